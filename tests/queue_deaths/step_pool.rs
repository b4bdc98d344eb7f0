//! A pool: a caller and a worker are stepped through, and whenever they die nothing is lost, twice, or leaked.
use crate::Test;
use crate::ground::{OBJECT, actor, arena, in_use};
use crate::steps::step;
use mpgraph::shm::{Actor, Answer, Arena, Draft, Job, Pool, PoolForm, SheetId, SlotIndex, Wait, Worker, supervise};

pub const ALL: &[Test] = &[
    ("step_pool_handing_in", step_handing_in),
    ("step_pool_working", step_working),
    ("step_pool_all_of_it", step_all_of_it),
    ("step_pool_tidying_up", step_tidying_up),
];

const JOB: Job = Job { number: 3, notes_order: true };
/// What stands in for a chunk: its result is the same, and a byte that tells whose.
const CHUNKS: [&[u8]; 2] = [&[7; 1500], b"short"];

/// Everybody calls and works; 1 is about to.
fn with_pool() -> Arena {
    let arena = arena(3);
    let all = [0, 1, 2].map(SlotIndex);
    assert_eq!(Pool::create(&arena, &PoolForm { callers: &all, workers: &all }), Ok(OBJECT));
    [0, 2].into_iter().for_each(|slot| supervise::begin(&arena, SlotIndex(slot), 1));
    arena
}

fn pool(arena: &Arena) -> &Pool {
    arena.object(OBJECT).expect("the pool")
}

fn hand_in(actor: &Actor) -> SheetId {
    let mut draft = Draft::default();
    for chunk in CHUNKS {
        draft.bytes().extend_from_slice(chunk);
        draft.end_chunk().expect("a short one");
    }
    pool(actor.arena()).submit(actor, JOB, &draft).expect("room")
}

/// Does what is there; how many chunks that was.
fn work(worker: &mut Worker, by: u8) -> usize {
    let mut into = Vec::new();
    let mut count = 0;
    while worker.take(&mut into, Wait::Poll).is_ok() {
        assert!(CHUNKS.contains(&&into[..]), "torn");
        into.push(by);
        worker.deliver(Ok(&into));
        count += 1;
    }
    count
}

/// By chunk: who did it, 0 for a worker that died.
fn results(actor: &Actor, sheet: SheetId) -> Vec<u8> {
    let pool = pool(actor.arena());
    pool.wait(actor, sheet, Wait::Poll).expect("all is done");
    let mut who = Vec::new();
    pool.read(actor, sheet, |at, _, answer| match answer {
        Answer::Value(bytes) => {
            assert!(bytes[..bytes.len() - 1] == *CHUNKS[at], "torn");
            who.push(bytes[bytes.len() - 1]);
        }
        Answer::Died(_) => who.push(0),
        other => panic!("{other:?}"),
    });
    who
}

/// The next incarnation of the dead one, and the others, go round once; then nothing is in use.
fn survive(arena: &Arena) {
    supervise::begin(arena, SlotIndex(1), 1);
    let others = [1, 2].map(|slot| Actor::new(arena, SlotIndex(slot)));
    let mut workers = others.map(|actor| Worker::new(pool(arena), actor));
    for worker in &mut workers {
        work(worker, 9);
    }
    for caller in [actor(arena), others[0]] {
        let sheet = hand_in(&caller);
        assert_eq!(work(&mut workers[1], 2), 2);
        assert_eq!(results(&caller, sheet), [2, 2]);
        pool(arena).release(&caller, sheet);
    }
    no_block_is_free_twice(&actor(arena), &mut workers[1]);
    workers.iter_mut().for_each(Worker::leave);
    assert_eq!(in_use(arena), 0, "leaked");
}

/// Many sheets and results at once, each of other bytes: none lies where another one does.
fn no_block_is_free_twice(caller: &Actor, worker: &mut Worker) {
    let pool = pool(caller.arena());
    let filling = |n: u8| [vec![n; 100], vec![n; 1600]];
    let sheets: Vec<(u8, SheetId)> = (0..6)
        .map(|n| {
            let mut draft = Draft::default();
            for chunk in filling(n) {
                draft.bytes().extend_from_slice(&chunk);
                draft.end_chunk().expect("a short one");
            }
            (n, pool.submit(caller, JOB, &draft).expect("room"))
        })
        .collect();
    let mut into = Vec::new();
    while worker.take(&mut into, Wait::Poll).is_ok() {
        worker.deliver(Ok(&into));
    }
    for (n, sheet) in sheets {
        pool.wait(caller, sheet, Wait::Poll).expect("all is done");
        pool.read(caller, sheet, |at, _, answer| assert_eq!(answer, Answer::Value(&filling(n)[at]), "overwritten"));
        pool.release(caller, sheet);
    }
}

fn step_handing_in() {
    let arena = with_pool();
    let mut turned = false;
    step(
        &arena,
        |actor| {
            hand_in(actor);
        },
        |arena| {
            let mut worker = Worker::new(pool(arena), Actor::new(arena, SlotIndex(2)));
            let count = work(&mut worker, 2);
            worker.leave();
            assert!(count == 2 || count == 0 && !turned, "handed in or not");
            turned = count == 2;
            survive(arena);
        },
    );
    assert!(turned);
}

fn step_working() {
    let arena = with_pool();
    let sheet = hand_in(&actor(&arena));
    // Each is done by the other one, then by nobody, then by this one.
    let mut stages = [0, 0];
    step(
        &arena,
        |actor| {
            let mut worker = Worker::new(pool(actor.arena()), *actor);
            assert_eq!(work(&mut worker, 1), 2);
            worker.leave();
        },
        |arena| {
            let mut worker = Worker::new(pool(arena), Actor::new(arena, SlotIndex(2)));
            work(&mut worker, 2);
            worker.leave();
            for (stage, who) in stages.iter_mut().zip(results(&actor(arena), sheet)) {
                let now = [2, 0, 1].iter().position(|by| *by == who).expect("one of them");
                assert!(now >= *stage, "back from {stage} to {now}");
                *stage = now;
            }
            pool(arena).release(&actor(arena), sheet);
            survive(arena);
        },
    );
    assert_eq!(stages, [2, 2]);
}

/// It calls, works for itself, reads, and lets go; an older sheet of another caller is in its way.
fn step_all_of_it() {
    let arena = with_pool();
    let first = hand_in(&actor(&arena));
    pool(&arena).release(&actor(&arena), first);
    step(
        &arena,
        |actor| {
            let sheets = [hand_in(actor), hand_in(actor)];
            let mut worker = Worker::new(pool(actor.arena()), *actor);
            assert_eq!(work(&mut worker, 1), 6);
            for sheet in sheets {
                assert_eq!(results(actor, sheet), [1, 1]);
                pool(actor.arena()).release(actor, sheet);
            }
            worker.leave();
            assert_eq!(in_use(actor.arena()), 0, "leaked");
        },
        survive,
    );
}

/// A caller has died with its results unread; 1, which only works, gives them up.
fn step_tidying_up() {
    let arena = with_pool();
    let caller = Actor::new(&arena, SlotIndex(2));
    let mut worker = Worker::new(pool(&arena), actor(&arena));
    (0..2).for_each(|_| {
        hand_in(&caller);
    });
    assert_eq!(work(&mut worker, 9), 4);
    hand_in(&caller);
    supervise::recover(&arena, SlotIndex(2), true);
    supervise::begin(&arena, SlotIndex(2), 1);
    let before = in_use(&arena);
    step(
        &arena,
        |actor| {
            let mut worker = Worker::new(pool(actor.arena()), *actor);
            assert_eq!(work(&mut worker, 1), 2);
            worker.leave();
        },
        survive,
    );
    assert!(in_use(&arena) < before);
}
