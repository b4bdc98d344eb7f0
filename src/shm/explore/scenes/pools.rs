//! Pools, and the heap under them.
use super::{A_WHILE, One, Scene, explore, late_comer};
use crate::shm::explore::Outcome;
use crate::shm::{
    Actor, Answer, Arena, Draft, Heap, Job, ObjectIndex, Pool, PoolForm, SlotIndex, Wait, Worker, supervise,
};

const ALL: [SlotIndex; 5] = [SlotIndex(0), SlotIndex(1), SlotIndex(2), SlotIndex(3), SlotIndex(4)];
const JOB: Job = Job { number: 1, notes_order: true };

/// A pool which everybody may call and for which everybody works.
fn pool(arena: &Arena) -> ObjectIndex {
    Heap::build(arena, arena.limit()).unwrap();
    let all = &ALL[..arena.slot_count() as usize];
    Pool::create(arena, &PoolForm { callers: all, workers: all }).unwrap()
}

fn pool_of<'a>(player: &One<'a>) -> &'a Pool {
    player.arena.object(*player.objects).unwrap()
}

/// What is noted: that a chunk was taken, what came of it.
const TAKEN: u64 = 1000;
const GOOD: u64 = 2000;
const DIED: u64 = 3000;

/// The number of calls by a late comer.
const LATE: u8 = 9;

/// The result of a chunk: short of odd ones, long of even ones.
fn result(number: u8) -> Vec<u8> {
    vec![number; if number.is_multiple_of(2) { 20 } else { 2 }]
}

/// The number, and for some of the long results more, so that these fit where the arguments were.
fn arguments(number: u8) -> Vec<u8> {
    let length = if number.is_multiple_of(4) { 24 } else { 1 };
    let mut arguments = vec![0; length];
    arguments[0] = number;
    arguments
}

/// Hands these in together and notes what came of each, if it came while others could still go on.
fn calls(player: &One, numbers: &[u8]) {
    calls_until(player, numbers, A_WHILE);
}

fn calls_until(player: &One, numbers: &[u8], wait: Wait) {
    let pool = pool_of(player);
    let mut draft = Draft::default();
    for number in numbers {
        draft.bytes().extend(arguments(*number));
        draft.end_chunk().unwrap();
    }
    let Ok(sheet) = pool.submit(&player.actor, JOB, &draft) else { return };
    numbers.iter().for_each(|number| player.note(u64::from(*number)));
    if pool.wait(&player.actor, sheet, wait).is_ok() {
        pool.read(&player.actor, sheet, |at, _, answer| match answer {
            Answer::Value(bytes) => {
                assert_eq!(bytes, result(numbers[at]), "torn");
                player.note(GOOD + u64::from(numbers[at]));
            }
            Answer::Died(_) => player.note(DIED + u64::from(numbers[at])),
            other => panic!("{other:?}"),
        });
    }
    pool.release(&player.actor, sheet);
}

fn works(player: &One, times: usize) {
    let mut worker = Worker::new(pool_of(player), player.actor);
    let mut into = Vec::with_capacity(16);
    for _ in 0..times {
        if worker.take(&mut into, A_WHILE).is_ok() {
            player.note(TAKEN + u64::from(into[0]));
            worker.deliver(Ok(&result(into[0])));
        }
    }
    worker.leave();
}

/// Nothing was taken twice, nobody has what was not delivered, and nothing has leaked.
fn balance(arena: &Arena, index: &ObjectIndex, outcome: &Outcome) {
    let pool: &Pool = arena.object(*index).unwrap();
    let notes = |from: u64| -> Vec<u64> {
        let all = outcome.notes.iter().flatten().filter(|note| (from..from + 1000).contains(*note));
        let mut all: Vec<u64> = all.map(|note| note - from).collect();
        all.sort_unstable();
        all
    };
    let (submitted, mut taken, good, died) = (notes(0), notes(TAKEN), notes(GOOD), notes(DIED));
    let deaths = outcome.died.iter().filter(|died| **died).count();
    assert!(good.iter().all(|number| taken.contains(number)), "{:?}", outcome.notes);
    assert!(died.len() <= deaths, "{:?}", outcome.notes);
    // Whoever comes next in the seats of the dead leaves them, and what is left is worked at.
    let mut into = Vec::new();
    for slot in (0..outcome.died.len()).filter(|slot| outcome.died[*slot]) {
        supervise::begin(arena, SlotIndex(slot as u32), 1);
        Worker::new(pool, Actor::new(arena, SlotIndex(slot as u32))).leave();
    }
    // One more call, in what the dead may have freed and before anybody tidies up after them.
    let late = late_comer(arena);
    let mut draft = Draft::default();
    draft.bytes().push(LATE);
    draft.end_chunk().unwrap();
    let call = || pool.submit(&late, JOB, &draft).unwrap();
    let sheet = call();
    let mut worker = Worker::new(pool, late);
    let mut came = 0;
    while worker.take(&mut into, Wait::Poll).is_ok() {
        match into[0] {
            LATE => came += 1,
            number => taken.push(u64::from(number)),
        }
        worker.deliver(Ok(&result(into[0])));
    }
    assert_eq!(came, 1, "the late call");
    pool.wait(&late, sheet, Wait::Poll).unwrap();
    pool.read(&late, sheet, |_, _, answer| assert_eq!(answer, Answer::Value(&result(LATE))));
    pool.release(&late, sheet);
    taken.sort_unstable();
    let before = taken.len();
    taken.dedup();
    assert_eq!(before, taken.len(), "twice: {:?}", outcome.notes);
    let missing: Vec<&u64> = submitted.iter().filter(|number| !taken.contains(number)).collect();
    // Of those that died some may have taken one and had no time to note it.
    assert!(missing.len() <= deaths, "lost: {missing:?}, {:?}", outcome.notes);
    let heap: &Heap = arena.object(ObjectIndex(0)).unwrap();
    assert_eq!(heap.in_use(), 0, "leaked");
    // Once more around, with two sheets at a time: no block is free twice.
    let sheets = [0, 1].map(|_| call());
    assert_ne!(sheets[0], sheets[1], "a block is free twice");
    for sheet in sheets {
        worker.take(&mut into, Wait::Poll).unwrap();
        worker.deliver(Ok(&result(into[0])));
        pool.wait(&late, sheet, Wait::Poll).unwrap();
    }
    sheets.iter().for_each(|sheet| pool.release(&late, *sheet));
    worker.leave();
    assert_eq!(heap.in_use(), 0, "leaked");
}

/// All that was handed in came back, where nobody died.
fn all_came(arena: &Arena, index: &ObjectIndex, outcome: &Outcome) {
    let count = |from: u64| outcome.notes.iter().flatten().filter(|note| (from..from + 1000).contains(*note)).count();
    if !outcome.died.contains(&true) {
        assert_eq!(count(0), count(GOOD), "{:?}", outcome.notes);
    }
    balance(arena, index, outcome);
}

fn scene(scripts: &'static [fn(&One)], end: fn(&Arena, &ObjectIndex, &Outcome), deaths: u32) -> Scene<ObjectIndex> {
    Scene { build: pool, scripts, end, deaths, timeouts: 0, restarts: 1, reaps: true }
}

#[test]
fn pool_of_one_worker() {
    let scripts: &[fn(&One)] = &[|player| calls(player, &[1, 2]), |player| works(player, 2)];
    explore("pool, 1 caller, 1 worker", &scene(scripts, all_came, 1));
}

#[test]
fn pool_of_two_workers() {
    let scripts: &[fn(&One)] = &[|player| calls(player, &[1, 2]), |player| works(player, 1), |player| works(player, 1)];
    explore("pool, 1 caller, 2 workers", &scene(scripts, balance, 1));
}

#[test]
fn pool_of_two_callers() {
    let scripts: &[fn(&One)] = &[|player| calls(player, &[1]), |player| calls(player, &[2]), |player| works(player, 2)];
    explore("pool, 2 callers, 1 worker", &scene(scripts, balance, 1));
}

/// Its result stands where its arguments stood.
#[test]
fn pool_of_a_long_chunk() {
    let scripts: &[fn(&One)] = &[|player| calls(player, &[4, 1]), |player| works(player, 1), |player| works(player, 1)];
    explore("pool, a result in the arguments' place", &scene(scripts, balance, 1));
}

/// What is in the middle of being handed in is undone with its caller.
#[test]
fn pool_of_a_caller_alone() {
    let scripts: &[fn(&One)] = &[|player| calls(player, &[1, 2]), |_| {}];
    explore("pool, 1 caller", &scene(scripts, balance, 1));
}

/// Whoever is woken for one and leaves another passes the wake-up on, and whoever delivers last wakes the caller.
#[test]
fn pool_of_two_callers_and_two_workers() {
    let scripts: &[fn(&One)] = &[
        |player| calls_until(player, &[1], Wait::Forever),
        |player| calls_until(player, &[3], Wait::Forever),
        |player| works(player, 1),
        |player| works(player, 1),
    ];
    explore("pool, 2 callers, 2 workers", &scene(scripts, all_came, 0));
}

#[test]
fn pool_where_two_die() {
    let scripts: &[fn(&One)] = &[|player| calls(player, &[2]), |player| works(player, 1)];
    explore("pool, 1 caller, 1 worker, 2 deaths", &scene(scripts, balance, 2));
}
