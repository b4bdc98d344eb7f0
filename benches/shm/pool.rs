//! A pool as a run has it; here without the graph's expressions.
use super::ground::{arena, first_number, fork, reap, result};
use mpgraph::shm::{Actor, Answer, Draft, Event, Job, Pool, PoolForm, SheetId, SlotIndex, Wait, now_ns, supervise};
use std::collections::VecDeque;

/// Cubes `0..count` in chunks; `chunk` 0 is a quarter of each worker's share, as for `map`.
pub fn map(count: u64, workers: u32, chunk: u64) {
    let begin = now_ns();
    let arena = arena(workers + 1);
    let taking: Vec<_> = (1..=workers).map(SlotIndex).collect();
    let made = Pool::create(&arena, &PoolForm { callers: &[SlotIndex(0)], workers: &taking }).expect("a pool");
    let pool: &Pool = arena.object(made).expect("the pool");
    let made = Event::create(&arena, false).expect("an event");
    let over: &Event = arena.object(made).expect("the event");
    (0..=workers).for_each(|slot| supervise::begin(&arena, SlotIndex(slot), 1));
    let work = |slot: SlotIndex| {
        let mut worker = mpgraph::shm::Worker::new(pool, Actor::new(&arena, slot));
        // The numbers become their cubes where they are, and the arguments become the result.
        let mut numbers = Vec::new();
        while worker.take(&mut numbers, Wait::Forever).is_ok() && !over.is_set() {
            for item in numbers.chunks_exact_mut(8) {
                let n = first_number(item);
                item.copy_from_slice(&(n * n * n).to_le_bytes());
            }
            worker.deliver(Ok(&numbers));
        }
    };
    let pids: Vec<i32> = taking.iter().map(|slot| fork(|| work(*slot))).collect();
    let main = Actor::new(&arena, SlotIndex(0));
    let calls = Calls { main, pool };
    // All workers are up before the clock runs.
    calls.map(u64::from(workers) * 4, 1);
    let chunk = if chunk == 0 { count.div_ceil(u64::from(workers) * 4).max(1) } else { chunk };
    let from = now_ns();
    let cubes = calls.map(count, chunk);
    let mapped = now_ns() - from;
    over.set();
    calls.hand_in(u64::from(workers), 1, &mut Vec::new());
    reap(pids);
    let whole = now_ns() - begin;
    assert!(cubes.iter().enumerate().all(|(n, cube)| *cube == (n * n * n) as u64), "every cube in its place");
    result("map", mapped as f64 / 1e6, "ms");
    result("with_start_and_join", whole as f64 / 1e6, "ms");
}

struct Calls<'a> {
    main: Actor<'a>,
    pool: &'a Pool,
}

impl Calls<'_> {
    fn map(&self, count: u64, chunk: u64) -> Vec<u64> {
        let mut cubes = Vec::with_capacity(count as usize);
        let mut sheets = self.hand_in(count, chunk, &mut cubes);
        self.read(&mut sheets, &mut cubes, Wait::Forever);
        cubes
    }

    /// What is done is read while the rest is handed in, as a run does it.
    fn hand_in(&self, count: u64, chunk: u64, cubes: &mut Vec<u64>) -> VecDeque<SheetId> {
        let mut sheets = VecDeque::new();
        let mut draft = Draft::default();
        let job = Job { number: 0, notes_order: false };
        for at in 0..count.div_ceil(chunk) {
            let numbers = at * chunk..((at + 1) * chunk).min(count);
            numbers.for_each(|number| draft.bytes().extend_from_slice(&number.to_le_bytes()));
            draft.end_chunk().expect("a short one");
            if draft.is_full() {
                sheets.push_back(self.pool.submit(&self.main, job, &draft).expect("room"));
                draft.clear();
                self.read(&mut sheets, cubes, Wait::Poll);
            }
        }
        if !draft.is_empty() {
            sheets.push_back(self.pool.submit(&self.main, job, &draft).expect("room"));
        }
        sheets
    }

    /// Reads the first sheets, as many as are done until then.
    fn read(&self, sheets: &mut VecDeque<SheetId>, cubes: &mut Vec<u64>, wait: Wait) {
        while let Some(sheet) = sheets.front().copied() {
            if self.pool.wait(&self.main, sheet, wait).is_err() {
                return;
            }
            self.pool.read(&self.main, sheet, |_, _, answer| {
                let Answer::Value(bytes) = answer else { panic!("{answer:?}") };
                cubes.extend(bytes.chunks_exact(8).map(first_number));
            });
            self.pool.release(&self.main, sheet);
            sheets.pop_front();
        }
    }
}
