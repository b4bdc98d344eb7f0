use super::super::{Actor, Arena, Heap, ObjectIndex, Sizes, SlotIndex, Wait, supervise};
use super::*;

const LIMIT: u64 = 8 << 20;
const CALLER: SlotIndex = SlotIndex(0);

fn with_pool(test: impl FnOnce(&Arena, &Pool, &[Actor])) {
    let slots = [0, 1, 2].map(SlotIndex);
    let bytes = Heap::reservation(3, LIMIT) + (8 << 20);
    let arena = Arena::create(Sizes { bytes, slots: 3, objects: 8, longest_wait: 4 }).unwrap();
    arena.set_limit(LIMIT);
    Heap::build(&arena, LIMIT).unwrap();
    let index = Pool::create(&arena, &PoolForm { callers: &slots[..1], workers: &slots[1..] }).unwrap();
    slots.iter().for_each(|slot| supervise::begin(&arena, *slot, 1));
    let actors = slots.map(|slot| Actor::new(&arena, slot));
    test(&arena, arena.object(index).unwrap(), &actors);
}

fn in_use(arena: &Arena) -> u64 {
    arena.object::<Heap>(ObjectIndex(0)).unwrap().in_use()
}

fn draft(chunks: &[&[u8]]) -> Draft {
    let mut draft = Draft::default();
    for chunk in chunks {
        draft.bytes().extend_from_slice(chunk);
        draft.end_chunk().unwrap();
    }
    draft
}

const JOB: Job = Job { number: 7, notes_order: true };

/// What came of the chunks, in order.
fn read(pool: &Pool, caller: &Actor, sheet: SheetId) -> Vec<Result<Vec<u8>, String>> {
    let mut all = Vec::new();
    pool.read(caller, sheet, |at, _, answer| {
        assert_eq!(at, all.len());
        all.push(match answer {
            Answer::Value(bytes) => Ok(bytes.to_vec()),
            other => Err(format!("{other:?}")),
        });
    });
    all
}

fn takes(worker: &mut Worker) -> Option<Vec<u8>> {
    let mut into = Vec::new();
    worker.take(&mut into, Wait::Poll).ok().map(|job| {
        assert_eq!(job, JOB.number);
        into
    })
}

#[test]
fn chunks_of_every_size_are_taken_in_order_and_their_results_come_back() {
    let sizes = [0, 1, 15, 16, 17, 500, 5000, 70_000, 0, 1_200_000, 3];
    let bytes: Vec<Vec<u8>> =
        sizes.iter().enumerate().map(|(n, size)| (0..*size).map(|at| (at * 31 + n) as u8).collect()).collect();
    let chunks: Vec<&[u8]> = bytes.iter().map(Vec::as_slice).collect();
    let more = |n: usize| if n.is_multiple_of(2) { 0 } else { 40 };
    with_pool(|arena, pool, actors| {
        // All on one sheet, and each on its own.
        for together in [chunks.len(), 1] {
            let sheets: Vec<SheetId> =
                chunks.chunks(together).map(|chunks| pool.submit(&actors[0], JOB, &draft(chunks)).unwrap()).collect();
            let mut workers = [1, 2].map(|n| Worker::new(pool, actors[n]));
            for (n, chunk) in chunks.iter().enumerate() {
                assert!(!sheets.iter().all(|sheet| pool.wait(&actors[0], *sheet, Wait::Poll).is_ok()));
                let mut taken = takes(&mut workers[n % 2]).unwrap();
                assert!(taken == *chunk, "chunk {n}");
                taken.reverse();
                // Of some there is more than there was of the arguments.
                taken.resize(taken.len() + more(n), 0);
                workers[n % 2].deliver(if n % 3 == 2 { Err(&taken) } else { Ok(&taken) });
            }
            assert!(workers.iter_mut().all(|worker| takes(worker).is_none()));
            let mut all = Vec::new();
            for sheet in sheets {
                pool.wait(&actors[0], sheet, Wait::Poll).unwrap();
                pool.read(&actors[0], sheet, |_, _, answer| {
                    let (Answer::Value(bytes) | Answer::Error(bytes)) = answer else { panic!("{answer:?}") };
                    assert_eq!(matches!(answer, Answer::Error(_)), all.len() % 3 == 2);
                    let bytes = &bytes[..bytes.len() - more(all.len())];
                    all.push(bytes.iter().rev().copied().collect::<Vec<u8>>());
                });
                pool.release(&actors[0], sheet);
            }
            assert!(all == bytes);
            assert_eq!(in_use(arena), 0);
        }
    });
}

#[test]
fn the_order_of_results_is_told() {
    with_pool(|_, pool, actors| {
        let sheet = pool.submit(&actors[0], JOB, &draft(&[b"a", b"b"])).unwrap();
        let mut workers = [1, 2].map(|n| Worker::new(pool, actors[n]));
        assert_eq!((takes(&mut workers[0]).unwrap(), takes(&mut workers[1]).unwrap()), (b"a".to_vec(), b"b".to_vec()));
        workers[1].deliver(Ok(b"second chunk first"));
        workers[0].deliver(Ok(b"first chunk"));
        let mut orders = Vec::new();
        pool.read(&actors[0], sheet, |_, order, _| orders.push(order));
        assert!(orders[1] < orders[0], "{orders:?}");
    });
}

#[test]
fn a_dead_worker_answers_for_its_chunk_and_no_other() {
    with_pool(|arena, pool, actors| {
        let sheet = pool.submit(&actors[0], JOB, &draft(&[b"a", b"b", b"c"])).unwrap();
        let mut workers = [1, 2].map(|n| Worker::new(pool, actors[n]));
        takes(&mut workers[0]).unwrap();
        takes(&mut workers[1]).unwrap();
        workers[1].deliver(Ok(b"B"));
        let end = End { number: 4, exit: -9 };
        for _ in 0..2 {
            pool.fail_taken(arena, SlotIndex(1), end);
            supervise::recover(arena, SlotIndex(1), true);
        }
        takes(&mut workers[1]).unwrap();
        workers[1].deliver(Ok(b"C"));
        pool.wait(&actors[0], sheet, Wait::Poll).unwrap();
        let expected = [Err(format!("{:?}", Answer::Died(end))), Ok(b"B".to_vec()), Ok(b"C".to_vec())];
        assert_eq!(read(pool, &actors[0], sheet), expected);
        pool.release(&actors[0], sheet);
        workers[1].leave();
        assert!(in_use(arena) > 0, "the dead one sits there still");
        supervise::begin(arena, SlotIndex(1), 1);
        assert_eq!(takes(&mut Worker::new(pool, Actor::new(arena, SlotIndex(1)))), None);
        assert_eq!(in_use(arena), 0);
    });
}

#[test]
fn what_a_caller_has_left_is_worked_at_and_freed() {
    with_pool(|arena, pool, actors| {
        let sheets = [b"a", b"b", b"c"].map(|chunk| pool.submit(&actors[0], JOB, &draft(&[chunk])).unwrap());
        let mut worker = Worker::new(pool, actors[1]);
        takes(&mut worker).unwrap();
        worker.deliver(Ok(&[1; 100]));
        takes(&mut worker).unwrap();
        pool.release(&actors[0], sheets[2]);
        supervise::recover(arena, CALLER, false);
        worker.deliver(Ok(&[2; 100]));
        assert_eq!(takes(&mut worker).unwrap(), b"c");
        worker.deliver(Ok(&[3; 100]));
        assert_eq!((takes(&mut worker), in_use(arena)), (None, 0));
        // Its next incarnation has none of them.
        supervise::begin(arena, CALLER, 1);
        let caller = Actor::new(arena, CALLER);
        let sheet = pool.submit(&caller, JOB, &draft(&[b"d"])).unwrap();
        takes(&mut worker).unwrap();
        worker.deliver(Ok(b"D"));
        assert_eq!(read(pool, &caller, sheet), [Ok(b"D".to_vec())]);
    });
}

#[test]
fn the_memory_limit_is_an_error_and_passes() {
    with_pool(|arena, pool, actors| {
        let big = vec![7; 3 << 20];
        let sheets: Vec<SheetId> =
            std::iter::from_fn(|| pool.submit(&actors[0], JOB, &draft(&[&big])).ok()).take(9).collect();
        assert_eq!(sheets.len(), 2);
        let mut worker = Worker::new(pool, actors[1]);
        let mut taken = takes(&mut worker).unwrap();
        // Where the arguments stand there is no room for one more.
        taken.push(7);
        worker.deliver(Ok(&taken));
        assert_eq!(read(pool, &actors[0], sheets[0]), [Err(format!("{:?}", Answer::TooLarge))]);
        pool.release(&actors[0], sheets[0]);
        takes(&mut worker).unwrap();
        worker.deliver(Ok(&[1; 100]));
        assert_eq!(read(pool, &actors[0], sheets[1]), [Ok(vec![1; 100])]);
        pool.release(&actors[0], sheets[1]);
        assert_eq!((takes(&mut worker), in_use(arena)), (None, 0));
    });
}

#[test]
fn a_failed_pool_answers_what_nobody_has_taken() {
    with_pool(|arena, pool, actors| {
        let first = pool.submit(&actors[0], JOB, &draft(&[b"a", b"b"])).unwrap();
        let second = pool.submit(&actors[0], JOB, &draft(&[b"c"])).unwrap();
        let third = pool.submit(&actors[0], JOB, &draft(&[b"d"])).unwrap();
        let mut worker = Worker::new(pool, actors[1]);
        takes(&mut worker).unwrap();
        pool.break_up(arena);
        assert!(pool.wait(&actors[0], first, Wait::Poll).is_err(), "one is at work still");
        worker.deliver(Ok(b"A"));
        let broken = || Err(format!("{:?}", Answer::Broken));
        for (sheet, expected) in
            [(second, vec![broken()]), (first, vec![Ok(b"A".to_vec()), broken()]), (third, vec![broken()])]
        {
            pool.wait(&actors[0], sheet, Wait::Poll).unwrap();
            assert_eq!(read(pool, &actors[0], sheet), expected);
            pool.release(&actors[0], sheet);
        }
        worker.leave();
        assert_eq!(in_use(arena), 0);
    });
}

#[test]
fn idle_workers_and_waiting_callers_are_seen() {
    with_pool(|arena, pool, actors| {
        let sheet = pool.submit(&actors[0], JOB, &draft(&[b"a"])).unwrap();
        std::thread::scope(|scope| {
            let caller = scope.spawn(|| pool.wait(&actors[0], sheet, Wait::Forever));
            let until = |ready: &dyn Fn() -> bool| {
                while !ready() {
                    std::thread::yield_now();
                }
            };
            until(&|| supervise::blocked(arena, CALLER));
            let mut worker = Worker::new(pool, actors[1]);
            takes(&mut worker).unwrap();
            scope.spawn(|| Worker::new(pool, actors[2]).take(&mut Vec::new(), Wait::Forever));
            until(&|| supervise::blocked(arena, SlotIndex(2)));
            worker.deliver(Ok(b"A"));
            caller.join().unwrap().unwrap();
            assert!(!supervise::blocked(arena, CALLER));
            pool.submit(&actors[0], JOB, &draft(&[b"b"])).unwrap();
        });
        assert!(!supervise::blocked(arena, SlotIndex(2)));
    });
}
