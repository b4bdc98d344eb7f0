//! Stopped (SIGSTOP) after an instruction of an operation, and the others go on.
//!
//! A child is traced up to that instruction and left there, stopped as by Ctrl-Z. While it stands a peer tries what it may try
//! without being kept out for long, and another one, that has no time limit, is started. Then the stopped one goes on, or it is
//! killed where it stands and repaired: everybody must come to the end, and the books must balance.
//!
//! Each instruction wants a run of its own, for what the peers do cannot be undone. So `--positions N` of each operation are
//! chosen by dice (12 otherwise); `--positions 0` takes them all.
use crate::child::{self, Change};
use crate::dice::Dice;
use mpgraph::shm::{Actor, Arena, Heap, Sizes, SlotIndex, supervise};
use std::time::{Duration, Instant};

pub const STOPPED: SlotIndex = SlotIndex(0);
pub const PEER: SlotIndex = SlotIndex(1);
pub const PATIENT: SlotIndex = SlotIndex(2);

const LIMIT: u64 = 8 << 20;
/// The longest that anybody takes once nobody stands in its way, on a machine with other work to do.
const PATIENCE: Duration = Duration::from_secs(30);
const MOST_STEPS: u64 = 2_000_000;

pub struct Scene<T: 'static> {
    pub build: fn(&Arena) -> T,
    /// What the one that is stopped does.
    pub act: fn(&T, &Actor<'_>),
    /// What a peer tries in the meantime, none of it for longer than the grace.
    pub tries: &'static [Try<T>],
    /// What another one does that waits as long as it has to.
    pub patient: fn(&T, &Actor<'_>),
    /// What must hold when both have come to the end.
    pub books: fn(&T, &Actor<'_>, &Story),
}

pub struct Try<T> {
    pub name: &'static str,
    /// Whether the one that is stopped may keep it out.
    pub waits: Waits,
    /// Whether it got through.
    pub attempt: fn(&T, &Actor<'_>) -> bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Waits {
    Never,
    /// As long as the other one is in its critical step.
    InTheStep,
}

/// How it went.
pub struct Story {
    pub got_through: Vec<bool>,
    /// It was killed where it stood.
    pub killed: bool,
}

impl<T> Scene<T> {
    pub fn play(&self) -> String {
        let (mut dice, seed) = Dice::new();
        let instructions = self.once(None, false).0;
        let asked = crate::number("--positions").unwrap_or(12);
        let all = asked == 0 || asked >= instructions;
        let positions: Vec<u64> = match all {
            true => (0..instructions).collect(),
            false => (0..asked).map(|_| dice.below(instructions)).collect(),
        };
        let mut kept_out = vec![0; self.tries.len()];
        for at in &positions {
            for killed in [false, true] {
                let (_, story) = self.once(Some(*at), killed);
                for (n, (one, got)) in self.tries.iter().zip(&story.got_through).enumerate() {
                    let before_or_after = *at == 0;
                    let must = one.waits == Waits::Never || before_or_after;
                    assert!(*got || !must, "{} was kept out by one stopped at instruction {at}, seed {seed}", one.name);
                    kept_out[n] += u64::from(!got && !killed);
                }
            }
        }
        let counts: Vec<String> =
            self.tries.iter().zip(kept_out).map(|(one, times)| format!("{} kept out at {times}", one.name)).collect();
        let of = positions.len();
        format!("stopped at {of} of {instructions} instructions: {}, seed {seed}", counts.join(", "))
    }

    /// `at`: after how many instructions it is stopped; `None`: not at all, and they are counted.
    fn once(&self, at: Option<u64>, killed: bool) -> (u64, Story) {
        let bytes = Heap::reservation(3, LIMIT) + (1 << 20);
        let arena = Arena::create(Sizes { bytes, slots: 3, objects: 4, longest_wait: 2 }).unwrap();
        arena.set_limit(LIMIT);
        Heap::build(&arena, LIMIT).unwrap();
        [STOPPED, PEER, PATIENT].into_iter().for_each(|slot| supervise::begin(&arena, slot, 1));
        let scene = (self.build)(&arena);
        let pid = child::fork(|| {
            let actor = Actor::new(&arena, STOPPED);
            // SAFETY: plain calls; the parent waits for both stops.
            unsafe {
                libc::ptrace(libc::PTRACE_TRACEME, 0, 0, 0);
                libc::raise(libc::SIGSTOP);
            }
            (self.act)(&scene, &actor);
            // SAFETY: as above.
            unsafe { libc::raise(libc::SIGSTOP) };
        });
        assert_eq!(child::wait(pid), Change::Stopped(libc::SIGSTOP), "tracing must be allowed");
        let steps = step(pid, at.unwrap_or(MOST_STEPS));
        // Left to itself, stopped.
        trace(libc::PTRACE_DETACH, pid, libc::SIGSTOP);
        assert_eq!(child::wait_stopped(pid), Change::Stopped(libc::SIGSTOP));
        let mut story = Story { got_through: Vec::new(), killed };
        if at.is_some() {
            let peer = Actor::new(&arena, PEER);
            story.got_through = self.tries.iter().map(|one| (one.attempt)(&scene, &peer)).collect();
        }
        let patient = child::fork(|| (self.patient)(&scene, &Actor::new(&arena, PATIENT)));
        if killed {
            child::kill(pid, libc::SIGKILL);
            assert_eq!(child::wait(pid), Change::Killed(libc::SIGKILL));
            supervise::recover(&arena, STOPPED, true);
        } else {
            go_on(pid);
            supervise::recover(&arena, STOPPED, false);
        }
        let begin = Instant::now();
        while let None | Some(Change::Stopped(_)) = child::poll(patient).inspect(|change| {
            assert_eq!(*change, Change::Exited(0), "the patient one failed");
        }) {
            assert!(begin.elapsed() < PATIENCE, "the patient one hangs, {at:?} of {steps}, killed: {killed}");
            std::thread::sleep(Duration::from_micros(50));
        }
        supervise::recover(&arena, PATIENT, false);
        if at.is_some() {
            (self.books)(&scene, &Actor::new(&arena, PEER), &story);
        }
        (steps, story)
    }
}

/// Takes so many instructions, fewer if the operation has ended before.
fn step(pid: i32, most: u64) -> u64 {
    for n in 0..most {
        trace(libc::PTRACE_SINGLESTEP, pid, 0);
        match child::wait(pid) {
            Change::Stopped(libc::SIGTRAP) => (),
            Change::Stopped(libc::SIGSTOP) => return n,
            other => panic!("the operation ended as {other:?} after {n} instructions"),
        }
    }
    most
}

fn trace(what: libc::c_uint, pid: i32, signal: i32) {
    // SAFETY: a stopped child that asked to be traced.
    let done = unsafe { libc::ptrace(what, pid, 0, signal) };
    assert_eq!(done, 0, "{}", std::io::Error::last_os_error());
}

/// Lets it go on to its end.
fn go_on(pid: i32) {
    let begin = Instant::now();
    loop {
        child::kill(pid, libc::SIGCONT);
        match child::poll(pid) {
            Some(Change::Exited(0)) => return,
            None | Some(Change::Stopped(_)) => std::thread::sleep(Duration::from_micros(20)),
            Some(other) => panic!("the one that was stopped ended as {other:?}"),
        }
        assert!(begin.elapsed() < PATIENCE, "the one that was stopped does not come to its end");
    }
}
