//! All primitives at once, and every kind of interruption: one dies, up to eight die in the same instant, others die while the
//! supervisor repairs, and some are stopped for a while and go on, or are killed while they stand.
//!
//! `cargo test --release --test shm_death -- everything --kills 100000` is the whole of it; a thousand otherwise. It prints what
//! those who died were at, and what came of it. `-- deaths_together --rounds 10000` (100 otherwise): in each round two to eight die
//! in the same instant, in every other one more of them while the supervisor repairs.
use crate::Test;
use crate::child::{self, Change};
use crate::dice::Dice;
use crate::workload::{CREW, PRIMITIVES, Workload};
use mpgraph::shm::{SlotIndex, supervise};
use std::sync::atomic::{AtomicI32, AtomicU32, Ordering::*};
use std::time::{Duration, Instant};

pub fn all() -> Vec<Test> {
    vec![("storm_over_everything", Box::new(everything)), ("storm_of_deaths_together", Box::new(together))]
}

/// The longest that anybody may live without getting anywhere, on a machine with other work to do.
const PATIENCE: Duration = Duration::from_secs(30);

/// Whom the alarm kills, while the supervisor is at its work.
static DOOMED: [AtomicI32; CREW as usize] = [const { AtomicI32::new(0) }; CREW as usize];
static FIRED: AtomicU32 = AtomicU32::new(0);

extern "C" fn kill_the_doomed(_: i32) {
    FIRED.store(1, SeqCst);
    for pid in DOOMED.iter().map(|pid| pid.load(SeqCst)).filter(|pid| *pid > 0) {
        // SAFETY: may be called in a signal handler; a child of ours that has not been waited for.
        unsafe { libc::kill(pid, libc::SIGKILL) };
    }
}

/// Rings once after so many microseconds; never with 0.
fn set_alarm(us: u64) {
    let at = libc::timeval { tv_sec: 0, tv_usec: us as _ };
    let timer = libc::itimerval { it_interval: libc::timeval { tv_sec: 0, tv_usec: 0 }, it_value: at };
    // SAFETY: a valid timer, whose signal has a handler.
    unsafe { libc::setitimer(libc::ITIMER_REAL, &timer, std::ptr::null_mut()) };
}

struct Member {
    pid: i32,
    seen: u64,
    since: Instant,
}

#[derive(Default)]
struct Counts {
    kills: [u64; PRIMITIVES.len()],
    total: u64,
    together: u64,
    during_repair: u64,
    stopped: u64,
    killed_stopped: u64,
}

struct Storm {
    work: Workload,
    crew: Vec<Member>,
    counts: Counts,
    seed: u64,
}

fn everything() -> String {
    let kills = crate::kills().unwrap_or(1000);
    let (mut storm, mut dice) = Storm::new();
    let begun = Instant::now();
    let mut told = 0;
    while storm.counts.total < kills {
        std::thread::sleep(Duration::from_micros(dice.below(4) * dice.below(150)));
        match dice.below(16) {
            0..=8 => storm.kill_some(&mut dice, 1, false),
            9..=11 => {
                let count = 2 + dice.below(7) as u32;
                storm.kill_some(&mut dice, count, false);
            }
            12..=13 => {
                let count = 1 + dice.below(2) as u32;
                storm.kill_some(&mut dice, count, true);
            }
            _ => storm.stop_one(&mut dice),
        }
        storm.look_after();
        if storm.counts.total >= told + 10_000 {
            told += 10_000;
            eprintln!("  {told} kills after {} s", begun.elapsed().as_secs());
        }
    }
    storm.close()
}

fn together() -> String {
    let rounds = crate::number("--rounds").unwrap_or(100);
    let (mut storm, mut dice) = Storm::new();
    for round in 0..rounds {
        std::thread::sleep(Duration::from_micros(dice.below(2000)));
        let count = 2 + dice.below(7) as u32;
        storm.kill_some(&mut dice, count, round % 2 == 1);
        storm.look_after();
    }
    format!("{rounds} rounds, {}", storm.close())
}

impl Storm {
    fn new() -> (Storm, Dice) {
        let (dice, seed) = Dice::new();
        // SAFETY: the handler does nothing but what handlers may.
        unsafe { libc::signal(libc::SIGALRM, kill_the_doomed as extern "C" fn(i32) as libc::sighandler_t) };
        let mut storm = Storm { work: Workload::new(), crew: Vec::new(), counts: Counts::default(), seed };
        storm.crew = (0..CREW).map(|n| storm.begin(n, n.into())).collect();
        (storm, dice)
    }

    fn begin(&self, slot: u32, dice: u64) -> Member {
        let work = &self.work;
        supervise::begin(&work.arena, SlotIndex(slot), 1);
        let seed = self.seed ^ self.counts.total << 20 ^ dice << 8;
        let pid = child::fork(|| work.work_for_ever(slot, seed | 1));
        supervise::set_pid(&work.arena, SlotIndex(slot), pid);
        Member { pid, seen: work.progress(slot), since: Instant::now() }
    }

    fn die(&mut self, slot: u32) {
        let ended = child::wait(self.crew[slot as usize].pid);
        assert_eq!(ended, Change::Killed(libc::SIGKILL), "child {slot} ended by itself, seed {}", self.seed);
        self.counts.kills[self.work.was_at(slot)] += 1;
        self.counts.total += 1;
        self.work.note_death(slot);
    }

    fn kill_some(&mut self, dice: &mut Dice, count: u32, during_repair: bool) {
        let first = dice.below(u64::from(CREW)) as u32;
        let slots: Vec<u32> = (0..count).map(|n| (first + n) % CREW).collect();
        let more: Vec<u32> = (count..CREW.min(count + 2)).map(|n| (first + n) % CREW).collect();
        if count > 1 {
            self.counts.together += 1;
        }
        let all = |signal| slots.iter().for_each(|slot| child::kill(self.crew[*slot as usize].pid, signal));
        if count > 1 && dice.below(2) == 0 {
            // They stand still where they are: none of them sees another one dead.
            all(libc::SIGSTOP);
        }
        all(libc::SIGKILL);
        slots.iter().for_each(|slot| self.die(*slot));
        if during_repair {
            FIRED.store(0, SeqCst);
            DOOMED.iter().for_each(|pid| pid.store(0, SeqCst));
            DOOMED.iter().zip(&more).for_each(|(pid, slot)| pid.store(self.crew[*slot as usize].pid, SeqCst));
            set_alarm(1 + dice.below(40));
        }
        for slot in &slots {
            supervise::recover(&self.work.arena, SlotIndex(*slot), true);
        }
        for slot in &slots {
            // Begun anew while those who were killed meanwhile are not yet recovered from.
            self.crew[*slot as usize] = self.begin(*slot, dice.below(1 << 30));
        }
        if during_repair {
            set_alarm(0);
            DOOMED.iter().for_each(|pid| pid.store(0, SeqCst));
            if FIRED.load(SeqCst) != 0 {
                self.counts.during_repair += more.len() as u64;
                more.iter().for_each(|slot| self.die(*slot));
                for slot in more {
                    supervise::recover(&self.work.arena, SlotIndex(slot), true);
                    self.crew[slot as usize] = self.begin(slot, dice.below(1 << 30));
                }
            }
        }
    }

    /// Stops one in the middle of whatever it does; the others go on. Then it goes on too, or dies where it stands.
    fn stop_one(&mut self, dice: &mut Dice) {
        let slot = dice.below(u64::from(CREW)) as u32;
        let pid = self.crew[slot as usize].pid;
        child::kill(pid, libc::SIGSTOP);
        assert_eq!(child::wait_stopped(pid), Change::Stopped(libc::SIGSTOP), "seed {}", self.seed);
        self.counts.stopped += 1;
        std::thread::sleep(Duration::from_micros(dice.below(1500)));
        if dice.below(2) == 0 {
            child::kill(pid, libc::SIGCONT);
            return;
        }
        child::kill(pid, libc::SIGKILL);
        self.counts.killed_stopped += 1;
        self.die(slot);
        supervise::recover(&self.work.arena, SlotIndex(slot), true);
        self.crew[slot as usize] = self.begin(slot, dice.below(1 << 30));
    }

    fn look_after(&mut self) {
        for (slot, member) in (0..).zip(&mut self.crew) {
            let now = self.work.progress(slot);
            if now != member.seen {
                (member.seen, member.since) = (now, Instant::now());
            } else if member.since.elapsed() > PATIENCE {
                let words = self.work.arena.slot(SlotIndex(slot));
                panic!("child {slot} hangs: {:?} {:?}, seed {}", words.waiting(), words.doing(), self.seed);
            }
        }
        assert_eq!(self.work.complaints(), 0, "children complained, seed {}", self.seed);
    }

    fn close(mut self) -> String {
        for slot in 0..CREW {
            child::kill(self.crew[slot as usize].pid, libc::SIGKILL);
            self.die(slot);
            supervise::recover(&self.work.arena, SlotIndex(slot), true);
        }
        assert_eq!(self.work.complaints(), 0, "children complained, seed {}", self.seed);
        let Counts { kills, total, together, during_repair, stopped, killed_stopped } = self.counts;
        println!("  killed while at       kills   rounds");
        for (n, name) in PRIMITIVES.iter().enumerate() {
            println!("  {name:<20} {:>6} {:>8}", kills[n], self.work.rounds(n));
        }
        println!("  {together} times several in one instant, {during_repair} during a repair");
        println!("  {stopped} stopped in the middle, {killed_stopped} of them killed while stopped");
        let verdict = self.work.verdict(total);
        format!("{total} kills, 0 hangs, {verdict}, seed {}", self.seed)
    }
}
