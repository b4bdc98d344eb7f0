//! Restartable sequences: the kernel writes down for each thread which processor it is on, whenever it lets it go on.
//!
//! The C library asks for that at the start of every thread, for the sake of `sched_getcpu`. A process that sleeps and is
//! woken again and again pays for it with each wake-up, some per cent of all that a blocking operation costs. Nothing here
//! asks for its processor, so it is given up; `sched_getcpu` goes on to work, by a system call. What is started by `exec`
//! begins with it anew.
use std::ffi::c_void;

/// The flag and the signature with which the C library has asked, as the kernel wants to see them again.
const UNREGISTER: libc::c_int = 1;
const SIGNATURE: u32 = 0x5305_3053;
/// Bytes of the area, as they are told to the kernel. The C library tells it more only when the kernel knows more.
const LENGTH: u32 = 32;

/// This thread, and every process it forks, does without. Where the C library is another one, or does without already,
/// nothing happens.
pub fn give_up_rseq() {
    if let Some(area) = area() {
        // SAFETY: the kernel compares the three with what it was told, and then only writes to the area, which is the C
        // library's for as long as the thread lives.
        unsafe { libc::syscall(libc::SYS_rseq, area, LENGTH, UNREGISTER, SIGNATURE) };
    }
}

/// Where the C library has put this thread's area.
#[cfg(all(target_arch = "x86_64", target_env = "gnu"))]
fn area() -> Option<*mut c_void> {
    let offset: *const isize;
    let thread: *mut u8;
    // SAFETY: reads the address of a variable of the C library, null where it has none (before 2.35), and the thread's own
    // pointer, which is the first word it points to.
    unsafe {
        std::arch::asm!(
            ".weak __rseq_offset",
            "mov {offset}, qword ptr [rip + __rseq_offset@GOTPCREL]",
            "mov {thread}, qword ptr fs:[0]",
            offset = out(reg) offset,
            thread = out(reg) thread,
            options(nostack, preserves_flags, readonly),
        );
        offset.as_ref().map(|offset| thread.offset(*offset).cast())
    }
}

#[cfg(not(all(target_arch = "x86_64", target_env = "gnu")))]
fn area() -> Option<*mut c_void> {
    None
}

#[cfg(all(test, target_arch = "x86_64", target_env = "gnu"))]
mod tests {
    use super::*;

    #[test]
    fn the_processor_is_still_told() {
        std::thread::scope(|scope| {
            let told = scope.spawn(|| {
                give_up_rseq();
                give_up_rseq();
                // SAFETY: only asks.
                unsafe { libc::sched_getcpu() }
            });
            assert!(told.join().unwrap() >= 0);
        });
    }

    #[test]
    fn it_is_given_up() {
        let registered = |area: *mut c_void| {
            // SAFETY: a registration that the kernel refuses changes nothing: asked for the same area again, it says so.
            let result = unsafe { libc::syscall(libc::SYS_rseq, area, LENGTH, 0, SIGNATURE) };
            let error = std::io::Error::last_os_error().raw_os_error();
            result == -1 && error == Some(libc::EBUSY)
        };
        std::thread::scope(|scope| {
            scope.spawn(|| {
                let Some(area) = area() else { return };
                if registered(area) {
                    give_up_rseq();
                    assert!(!registered(area), "it could be registered anew");
                }
            });
        });
    }
}
