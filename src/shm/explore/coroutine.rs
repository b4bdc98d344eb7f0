//! A body on a stack of its own, left and entered again in the middle.
use std::ptr;

const STACK: usize = 512 << 10;

/// The stack and where it was left. Freed with it; what lived on the stack must have been unwound before.
pub(super) struct Coroutine {
    stack: *mut u8,
    top: *mut u8,
}

impl Coroutine {
    pub fn new() -> Coroutine {
        let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_NORESERVE;
        // SAFETY: a fresh mapping; its lowest page is made a guard.
        let stack = unsafe {
            let stack = libc::mmap(ptr::null_mut(), STACK, libc::PROT_READ | libc::PROT_WRITE, flags, -1, 0);
            assert_ne!(stack, libc::MAP_FAILED, "room for a stack");
            assert_eq!(libc::mprotect(stack, 4096, libc::PROT_NONE), 0);
            stack.cast::<u8>()
        };
        Coroutine { stack, top: ptr::null_mut() }
    }

    /// The next [`Coroutine::enter`] calls `entry`, which never returns.
    pub fn begin_at(&mut self, entry: extern "C" fn() -> !) {
        // SAFETY: inside the stack. What `switch` pops: six registers, the place to go on, and, for the alignment that a
        // called function finds, one word more.
        unsafe {
            let top = self.stack.add(STACK).cast::<usize>();
            top.sub(1).write(0);
            top.sub(2).write(entry as usize);
            (3..=8).for_each(|n| top.sub(n).write(0));
            self.top = top.sub(8).cast();
        }
    }

    /// Goes on in there; returns when it leaves. `home` is where this place is kept.
    ///
    /// # Safety
    /// It was begun, and is not finished.
    pub unsafe fn enter(&mut self, home: &mut Home) {
        // SAFETY: `top` was made by `begin_at` or by `leave`.
        unsafe { switch(&mut home.0, self.top) };
    }

    /// Leaves to `home`; returns when it is entered again.
    ///
    /// # Safety
    /// Called on this coroutine's own stack, which was entered from `home`.
    pub unsafe fn leave(&mut self, home: &Home) {
        // SAFETY: as the caller says.
        unsafe { switch(&mut self.top, home.0) };
    }
}

impl Drop for Coroutine {
    fn drop(&mut self) {
        // SAFETY: our own mapping, on which nothing runs.
        unsafe { libc::munmap(self.stack.cast(), STACK) };
    }
}

/// The place a coroutine was entered from.
pub(super) struct Home(*mut u8);

impl Home {
    pub const fn nowhere() -> Home {
        Home(ptr::null_mut())
    }
}

/// Keeps what a called function must keep, changes stacks, and returns there.
#[unsafe(naked)]
unsafe extern "C" fn switch(from: *mut *mut u8, to: *mut u8) {
    std::arch::naked_asm!(
        "push rbp",
        "push rbx",
        "push r12",
        "push r13",
        "push r14",
        "push r15",
        "mov [rdi], rsp",
        "mov rsp, rsi",
        "pop r15",
        "pop r14",
        "pop r13",
        "pop r12",
        "pop rbx",
        "pop rbp",
        "ret",
    )
}
