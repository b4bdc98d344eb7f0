//! Death after every single instruction.
//!
//! A traced child does the operation, one instruction at a time. After each that changed the arena we keep a copy of it, treat
//! the child as dead (recovery, then what a survivor finds), and put the copy back, so the child can go on and never knows.
//! What recovery sees is the arena only, so this is what a kill at that instruction would leave.
use crate::child::{self, Change};
use mpgraph::shm::{Actor, Arena, Sizes, SlotIndex, supervise};

pub const VICTIM: SlotIndex = SlotIndex(0);
pub const SURVIVOR: SlotIndex = SlotIndex(1);

const BYTES: u64 = 1 << 16;
/// More instructions than any operation has, even in a debug build.
const MOST_STEPS: u32 = 2_000_000;

/// Steps through `operation`. `meanwhile` is what the survivor does between the death and the recovery, `after` what it finds.
/// Gives how many instructions were taken and how many states of the arena examined, in words.
pub fn every_instruction<T>(
    build: impl FnOnce(&Arena) -> T,
    operation: impl FnOnce(&T, &Arena, &Actor<'_>),
    meanwhile: impl Fn(&T, &Arena, &Actor<'_>),
    after: impl Fn(&T, &Arena, &Actor<'_>),
) -> String {
    let arena = Arena::create(Sizes { bytes: BYTES, slots: 3, objects: 4, longest_wait: 2 }).unwrap();
    [VICTIM, SURVIVOR].into_iter().for_each(|slot| supervise::begin(&arena, slot, 1));
    let scene = build(&arena);
    let pid = child::fork(|| {
        let actor = Actor::new(&arena, VICTIM);
        // SAFETY: plain calls; the parent waits for both stops.
        unsafe {
            libc::ptrace(libc::PTRACE_TRACEME, 0, 0, 0);
            libc::raise(libc::SIGSTOP);
        }
        operation(&scene, &arena, &actor);
        // SAFETY: as above.
        unsafe { libc::raise(libc::SIGSTOP) };
    });
    assert_eq!(child::wait(pid), Change::Stopped(libc::SIGSTOP), "tracing must be allowed");

    let survivor = Actor::new(&arena, SURVIVOR);
    let (mut steps, mut states) = (0, 0);
    let mut last = Vec::new();
    loop {
        if last != content(&arena) {
            last = content(&arena).to_vec();
            for other_first in [false, true] {
                if other_first {
                    meanwhile(&scene, &arena, &survivor);
                }
                // Twice: recovery may be begun anew.
                supervise::recover(&arena, VICTIM, true);
                supervise::recover(&arena, VICTIM, true);
                after(&scene, &arena, &survivor);
                restore(&arena, &last);
            }
            states += 1;
        }
        // SAFETY: a stopped child that asked to be traced.
        let stepped = unsafe { libc::ptrace(libc::PTRACE_SINGLESTEP, pid, 0, 0) };
        assert_eq!(stepped, 0, "{}", std::io::Error::last_os_error());
        steps += 1;
        match child::wait(pid) {
            Change::Stopped(libc::SIGTRAP) => assert!(steps < MOST_STEPS, "the operation does not end"),
            Change::Stopped(libc::SIGSTOP) => break,
            other => panic!("the operation ended as {other:?} after {steps} instructions"),
        }
    }
    child::kill(pid, libc::SIGKILL);
    while !matches!(child::wait(pid), Change::Killed(_) | Change::Exited(_)) {}
    assert!(states > 1, "the operation changed nothing");
    format!("{steps} instructions, {states} states")
}

fn content(arena: &Arena) -> &[u8] {
    let first = arena.bytes(0, BYTES).unwrap();
    // SAFETY: the whole arena; its only other user is stopped while we look.
    unsafe { std::slice::from_raw_parts(first, BYTES as usize) }
}

fn restore(arena: &Arena, content: &[u8]) {
    let first = arena.bytes(0, BYTES).unwrap();
    // SAFETY: as above, and no reference into the arena is read across this but atomics.
    unsafe { std::ptr::copy_nonoverlapping(content.as_ptr(), first, content.len()) };
}
