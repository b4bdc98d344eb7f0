//! A bit of the arena is flipped by somebody who has no business there. Whoever meets it must come out right, or stop and say
//! "arena damaged": never crash, never go round in circles.
//!
//! `--kills N` is here the number of flips.
use crate::Test;
use crate::child::{self, Change};
use crate::dice::Dice;
use crate::workload::{CREW, Workload};
use mpgraph::shm::{SlotIndex, supervise};
use std::collections::BTreeMap;
use std::os::fd::AsRawFd;
use std::time::{Duration, Instant};

pub fn all() -> Vec<Test> {
    vec![("damage_of_single_bits", Box::new(damage))]
}

/// Far more than the handful of rounds takes on a machine with other work to do.
const PATIENCE: Duration = Duration::from_secs(10);

const RIGHT: i32 = 0;
const DAMAGED: i32 = 41;
const CONFUSED: i32 = 42;
const WAITS: i32 = 43;
const A_WHILE: Duration = Duration::from_millis(400);

fn waits(work: &Workload) -> bool {
    (0..2).any(|slot| work.arena.slot(SlotIndex(slot)).waiting().is_some())
}

fn damage() -> String {
    let flips = crate::kills().unwrap_or(300);
    let (mut dice, seed) = Dice::new();
    let (mut outcomes, mut confusions) = (BTreeMap::<&str, u64>::new(), Vec::new());
    for n in 0..flips {
        let work = Workload::new();
        work.play_for_a_while();
        let words = work.words_in_use();
        let (at, bit) = (words[dice.below(words.len() as u64) as usize] * 8 + dice.below(8), dice.below(8));
        let said = Said::new();
        let pid = child::fork(|| {
            said.instead_of_stderr();
            let met = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
                flip(&work, at, bit);
                // The dead one was in the middle of something, the others go on.
                work.note_death(0);
                supervise::recover(&work.arena, SlotIndex(0), true);
                supervise::begin(&work.arena, SlotIndex(0), 1);
                work.play_for_a_while();
                (0..CREW).for_each(|slot| drop(supervise::waiting_list(&work.arena, SlotIndex(slot))));
                (0..CREW).for_each(|slot| supervise::ended(&work.arena, SlotIndex(slot), 0, false));
            }));
            let code = match met {
                Ok(()) => RIGHT,
                Err(panic) if says_damaged(&*panic) => DAMAGED,
                Err(_) => CONFUSED,
            };
            // SAFETY: leaves without running what belongs to the parent.
            unsafe { libc::_exit(code) };
        });
        let begin = Instant::now();
        let ended = loop {
            match child::poll(pid) {
                Some(change) => break Some(change),
                None if begin.elapsed() > PATIENCE => break None,
                // It says what it waits for: that is for the watch over deadlocks, which a run has.
                None if begin.elapsed() > A_WHILE && waits(&work) => {
                    child::kill(pid, libc::SIGKILL);
                    child::wait(pid);
                    break Some(Change::Exited(WAITS));
                }
                None => std::thread::sleep(Duration::from_micros(200)),
            }
        };
        let outcome = match ended {
            Some(Change::Exited(RIGHT)) => "ended",
            Some(Change::Exited(WAITS)) => "waited and said for what",
            Some(Change::Exited(DAMAGED)) => "said damaged",
            Some(Change::Exited(CONFUSED)) => "said something else",
            Some(_) => "crashed",
            None => {
                child::kill(pid, libc::SIGKILL);
                child::wait(pid);
                "hung"
            }
        };
        *outcomes.entry(outcome).or_default() += 1;
        if !matches!(outcome, "ended" | "said damaged" | "waited and said for what") {
            let what = format!("flip {n}, bit {bit} of byte {at:#x}: {outcome}: {}", said.text());
            confusions.push(what);
        }
    }
    confusions.iter().take(40).for_each(|what| println!("  {what}"));
    let counts: Vec<String> = outcomes.iter().map(|(outcome, times)| format!("{times} {outcome}")).collect();
    let counts = format!("{flips} flips: {}, seed {seed}", counts.join(", "));
    assert!(confusions.is_empty(), "{counts}");
    counts
}

/// What the workload itself says of a wrong content is a program's business: a wrong sum, an item that is not whole.
fn says_damaged(panic: &(dyn std::any::Any + Send)) -> bool {
    let said = panic.downcast_ref::<String>().map(String::as_str).or(panic.downcast_ref::<&str>().copied());
    said.is_some_and(|said| said.starts_with("arena damaged") || said.contains("workload: "))
}

fn flip(work: &Workload, at: u64, bit: u64) {
    let byte = work.arena.bytes(at, 1).expect("a byte of the arena");
    // SAFETY: a byte of the arena, whose content is anybody's.
    unsafe { byte.write(byte.read() ^ 1 << bit) };
}

/// A file for what a child says.
struct Said(std::fs::File);

impl Said {
    fn new() -> Said {
        // SAFETY: makes a descriptor, which is ours.
        let fd = unsafe { libc::memfd_create(c"said".as_ptr(), libc::MFD_CLOEXEC) };
        // SAFETY: as above.
        Said(unsafe { std::os::fd::FromRawFd::from_raw_fd(fd) })
    }

    fn instead_of_stderr(&self) {
        // SAFETY: both are open.
        unsafe { libc::dup2(self.0.as_raw_fd(), 2) };
    }

    fn text(&self) -> String {
        let mut text = vec![0; 300];
        let length = std::os::unix::fs::FileExt::read_at(&self.0, &mut text, 0).unwrap_or(0);
        String::from_utf8_lossy(&text[..length]).lines().take(3).collect::<Vec<_>>().join(" ")
    }
}
