//! Death after every single instruction.
//!
//! One process does one operation under single-stepping. Each time the arena has changed, a copy of it is what a death at
//! this instruction would leave: the copy is repaired and examined, and the process goes on and never knows.
use crate::child::{self, Change};
use crate::ground::{kill, spawn};
use mpgraph::shm::{Actor, Arena, Sizes, SlotIndex, supervise};
use std::collections::BTreeMap;
use std::fs::File;
use std::os::fd::AsRawFd;
use std::os::unix::fs::FileExt;

/// What an arena holds: the pages that were ever touched.
type Pages = BTreeMap<u64, Vec<u8>>;

fn pages(arena: &Arena) -> Pages {
    let fd = arena.fd().as_raw_fd();
    let file = File::from(arena.fd().try_clone_to_owned().expect("a descriptor"));
    let (mut pages, mut at) = (Pages::new(), 0);
    loop {
        // SAFETY: seeks in a file of our own, whose position nobody uses.
        let begin = unsafe { libc::lseek(fd, at, libc::SEEK_DATA) };
        if begin < 0 {
            return pages;
        }
        // SAFETY: as above.
        at = unsafe { libc::lseek(fd, begin, libc::SEEK_HOLE) };
        let mut bytes = vec![0; (at - begin) as usize];
        file.read_exact_at(&mut bytes, begin as u64).expect("the arena's pages");
        pages.insert(begin as u64, bytes);
    }
}

/// What lies there now, while nobody runs who could change it.
fn here(arena: &Arena, at: u64, length: usize) -> &[u8] {
    let first = arena.bytes(at, length as u64).expect("a place of the arena");
    // SAFETY: the range lies in the mapping; the only process that writes to it is stopped.
    unsafe { std::slice::from_raw_parts(first, length) }
}

/// The same arena elsewhere.
fn copy(pages: &Pages, like: &Arena) -> Arena {
    let sizes = Sizes { bytes: like.size(), slots: 1, objects: 1, longest_wait: 1 };
    let fresh = Arena::create(sizes).expect("an arena");
    let file = File::from(fresh.fd().try_clone_to_owned().expect("a descriptor"));
    for (at, bytes) in pages {
        file.write_all_at(bytes, *at).expect("a page");
    }
    Arena::attach(fresh.fd().try_clone_to_owned().expect("a descriptor")).expect("a whole copy")
}

/// Actor 1 does `act` in `arena`, one instruction at a time; `examine` gets every different state that a death could leave,
/// repaired. In order, so it may remember.
pub fn step(arena: &Arena, act: impl Fn(&Actor), mut examine: impl FnMut(&Arena)) {
    step_and_look(arena, act, |left, _| examine(left));
}

/// [`step`], where `examine` may look into the process's own memory too. It gets a state several times: repaired, and with the
/// repair itself cut short and begun anew.
pub fn step_and_look(arena: &Arena, act: impl Fn(&Actor), mut examine: impl FnMut(&Arena, &File)) {
    let pid = spawn(arena, 1, |actor| stop_around(|| act(actor)));
    let memory = File::open(format!("/proc/{pid}/mem")).expect("a child of ours");
    let (mut states, mut cuts) = (0u32, 0u32);
    let instructions = each_state(arena, pid, |left| {
        let repaired = copy(left, arena);
        // Twice: recovery may be begun anew.
        supervise::recover(&repaired, SlotIndex(1), true);
        supervise::recover(&repaired, SlotIndex(1), true);
        examine(&repaired, &memory);
        if all_cuts() || states % CUT_EVERY == 1 {
            cuts += cut_short(left, arena, |arena| examine(arena, &memory));
        }
        states += 1;
    });
    kill(arena, 1, pid);
    println!("  {instructions} instructions, {states} states, {cuts} repairs cut short");
    assert!(states > 1, "the operation changes something");
    assert!(cuts > 0, "a repair changes something");
}

/// Of so many states one is repaired step by step.
const CUT_EVERY: u32 = 16;

/// `MPGRAPH_CUTS=all`: every state is.
fn all_cuts() -> bool {
    std::env::var_os("MPGRAPH_CUTS").is_some()
}

/// The repair of such a state is cut short after every instruction that has changed something, and begun anew; `examine` gets
/// each of the ends. How many there were.
fn cut_short(left: &Pages, like: &Arena, mut examine: impl FnMut(&Arena)) -> u32 {
    let arena = copy(left, like);
    let pid = child::fork(|| stop_around(|| supervise::recover(&arena, SlotIndex(1), true)));
    let mut cuts = 0;
    each_state(&arena, pid, |half| {
        let anew = copy(half, &arena);
        supervise::recover(&anew, SlotIndex(1), true);
        examine(&anew);
        cuts += 1;
    });
    child::kill(pid, libc::SIGKILL);
    assert_eq!(child::wait(pid), Change::Killed(libc::SIGKILL));
    cuts
}

/// Asks to be traced by the parent, and stops before and after.
fn stop_around(act: impl FnOnce()) {
    // SAFETY: no memory is involved.
    unsafe {
        libc::ptrace(libc::PTRACE_TRACEME, 0, 0, 0);
        libc::raise(libc::SIGSTOP);
    }
    act();
    // SAFETY: as above.
    unsafe { libc::raise(libc::SIGSTOP) };
}

/// Steps through what such a process does; `look` gets each different state of the arena. How many instructions it was.
fn each_state(arena: &Arena, pid: i32, mut look: impl FnMut(&Pages)) -> u32 {
    let (mut last, mut instructions) = (Pages::new(), 0);
    assert_eq!(child::wait(pid), Change::Stopped(libc::SIGSTOP), "tracing must be allowed");
    loop {
        // A page never touched before means nothing until a word on an old one leads to it.
        let same = |(at, bytes): (&u64, &Vec<u8>)| here(arena, *at, bytes.len()) == &bytes[..];
        if last.is_empty() || !last.iter().all(same) {
            last = pages(arena);
            look(&last);
        }
        // SAFETY: the child is stopped under our trace.
        assert_eq!(unsafe { libc::ptrace(libc::PTRACE_SINGLESTEP, pid, 0, 0) }, 0, "a step");
        match child::wait(pid) {
            Change::Stopped(libc::SIGSTOP) => return instructions,
            Change::Stopped(_) => (),
            other => panic!("the operation ended as {other:?} after {instructions} instructions"),
        }
        instructions += 1;
        assert!(instructions < 400_000, "an operation that never ends");
    }
}
