use super::super::supervise;
use super::super::{Heap, Sizes};
use super::*;
use std::time::Duration;

const LIMIT: u64 = 64 << 20;

fn arena(slots: u32) -> Arena {
    let bytes = Heap::reservation(slots, LIMIT) + (8 << 20);
    let arena = Arena::create(Sizes { bytes, slots, objects: 8, longest_wait: 4 }).unwrap();
    arena.set_limit(LIMIT);
    Heap::build(&arena, LIMIT).unwrap();
    arena
}

fn slots(count: u32) -> Vec<SlotIndex> {
    (0..count).map(SlotIndex).collect()
}

/// A queue to which all of that many running actors are wired in both ways.
fn with_queue(count: u32, form: QueueForm, test: impl FnOnce(&Arena, &Queue, &[Actor])) {
    let (arena, slots) = (arena(count), slots(count));
    let index = Queue::create(&arena, &QueueForm { putters: &slots, takers: &slots, ..form }, &[]).unwrap();
    slots.iter().for_each(|slot| supervise::begin(&arena, *slot, 1));
    let actors: Vec<_> = slots.iter().map(|slot| Actor::new(&arena, *slot)).collect();
    test(&arena, arena.object(index).unwrap(), &actors);
}

fn take(queue: &Queue, actor: &Actor) -> Option<Vec<u8>> {
    let mut into = Vec::new();
    queue.get(actor, &mut into, Wait::Poll).ok().map(|()| into)
}

/// Bytes that depend on their position, so that none can be misplaced unseen.
fn pattern(length: usize, seed: usize) -> Vec<u8> {
    (0..length).map(|at| (at * 31 + at / 251 + seed) as u8).collect()
}

fn contents(queue: &Queue, arena: &Arena) -> Vec<Vec<u8>> {
    let mut all = Vec::new();
    queue.contents(arena, |item| all.push(item.to_vec()));
    all
}

#[test]
fn items_of_every_size_come_out_whole_and_in_order() {
    let sizes = [0, 1, 4, 8, 40, 63, 64, 500, 4096, 65_536, 131_072, 131_073, 1 << 20, (5 << 20) + 7, 3];
    for redeliver in [false, true] {
        with_queue(2, QueueForm { redeliver, ..QueueForm::default() }, |arena, queue, actors| {
            let before = arena.object::<Heap>(ObjectIndex(0)).unwrap().in_use();
            for (seed, size) in sizes.into_iter().enumerate() {
                queue.put(&actors[0], &pattern(size, seed), Wait::Poll).unwrap();
            }
            assert_eq!(queue.qsize(), sizes.len() as u64);
            let all = contents(queue, arena);
            for (seed, size) in sizes.into_iter().enumerate() {
                assert!(all[seed] == pattern(size, seed), "contents of {size} bytes");
                assert!(take(queue, &actors[1]).unwrap() == pattern(size, seed), "{size} bytes");
                queue.task_done(&actors[1]).unwrap();
            }
            assert_eq!((take(queue, &actors[1]), queue.unfinished()), (None, 0));
            let heap = arena.object::<Heap>(ObjectIndex(0)).unwrap();
            assert!(heap.in_use() <= before + (2 << 20), "only the last block of the log stays");
        });
    }
}

#[test]
fn a_long_queue_gives_its_memory_back_and_a_steady_one_takes_no_more() {
    with_queue(1, QueueForm::default(), |arena, queue, actors| {
        let heap = arena.object::<Heap>(ObjectIndex(0)).unwrap();
        for round in 0..3 {
            for n in 0..400_000u64 {
                queue.put(&actors[0], &n.to_le_bytes(), Wait::Poll).unwrap();
            }
            assert!(heap.in_use() > 6_000_000);
            for n in 0..400_000u64 {
                assert_eq!(take(queue, &actors[0]).unwrap(), n.to_le_bytes(), "round {round}");
            }
            assert!(heap.in_use() <= 1 << 20, "{} bytes stay in use", heap.in_use());
        }
    });
}

#[test]
fn the_memory_limit_is_an_error_and_passes() {
    with_queue(1, QueueForm::default(), |_, queue, actors| {
        let big = vec![7; 10 << 20];
        let mut put = 0;
        while queue.put(&actors[0], &big, Wait::Forever).is_ok() {
            put += 1;
        }
        assert_eq!(put, 6);
        assert_eq!(queue.put(&actors[0], &big, Wait::Forever), Err(PutError::Memory));
        queue.put(&actors[0], b"small", Wait::Forever).unwrap();
        assert!(take(queue, &actors[0]).unwrap() == big);
        queue.put(&actors[0], &big, Wait::Forever).unwrap();
        assert_eq!(queue.qsize(), 7);
    });
}

#[test]
fn maxsize_full_and_empty_tell_the_same_story() {
    with_queue(2, QueueForm { maxsize: 2, ..QueueForm::default() }, |_, queue, actors| {
        assert!(queue.empty() && !queue.full());
        queue.put(&actors[0], b"a", Wait::Poll).unwrap();
        queue.put(&actors[0], b"b", Wait::Poll).unwrap();
        assert!(queue.full());
        assert_eq!(queue.put(&actors[0], b"c", Wait::Poll), Err(PutError::Full));
        let begin = std::time::Instant::now();
        assert_eq!(queue.put(&actors[0], b"c", Wait::at_most(Duration::from_millis(20))), Err(PutError::Full));
        assert!(begin.elapsed() >= Duration::from_millis(20));
        queue.give_back(&actors[1], b"front").unwrap();
        assert_eq!(queue.qsize(), 3, "what comes back needs no room");
        assert_eq!(take(queue, &actors[1]).unwrap(), b"front");
        assert_eq!(queue.put(&actors[0], b"c", Wait::Poll), Err(PutError::Full));
        assert_eq!(take(queue, &actors[1]).unwrap(), b"a");
        queue.put(&actors[0], b"c", Wait::Poll).unwrap();
    });
}

#[test]
fn task_done_counts_and_join_waits_for_the_last() {
    for redeliver in [false, true] {
        with_queue(2, QueueForm { redeliver, ..QueueForm::default() }, |_, queue, actors| {
            assert_eq!(queue.task_done(&actors[0]), Err(TooOften));
            queue.join(&actors[0], Wait::Poll).unwrap();
            for n in 0..3u8 {
                queue.put(&actors[0], &[n], Wait::Poll).unwrap();
            }
            assert_eq!(queue.join(&actors[0], Wait::Poll), Err(TimedOut));
            for left in (0..3).rev() {
                take(queue, &actors[1]).unwrap();
                queue.task_done(&actors[1]).unwrap();
                assert_eq!(queue.unfinished(), left);
            }
            queue.join(&actors[0], Wait::Forever).unwrap();
            assert_eq!(queue.task_done(&actors[1]), Err(TooOften));
        });
    }
}

#[test]
fn what_the_dead_held_comes_back_in_order_and_what_was_marked_done_does_not() {
    with_queue(3, QueueForm { redeliver: true, ..QueueForm::default() }, |arena, queue, actors| {
        for n in 0..5u8 {
            queue.put(&actors[0], &[n], Wait::Poll).unwrap();
        }
        for n in 0..4u8 {
            assert_eq!(take(queue, &actors[1]).unwrap(), [n]);
        }
        queue.task_done(&actors[1]).unwrap();
        supervise::recover(arena, SlotIndex(1), true);
        assert_eq!(contents(queue, arena), [[1], [2], [3], [4]]);
        assert_eq!((queue.qsize(), queue.unfinished()), (4, 4));
        assert_eq!(take(queue, &actors[2]).unwrap(), [1]);
        queue.give_back(&actors[2], &[]).unwrap();
        for n in 1..5u8 {
            assert_eq!(take(queue, &actors[2]).unwrap(), [n]);
        }
        // A process that ends well has decided not to mark them: they are gone, and still unfinished.
        supervise::recover(arena, SlotIndex(2), false);
        assert_eq!((queue.qsize(), queue.unfinished()), (0, 4));
        assert_eq!(arena.object::<Heap>(ObjectIndex(0)).unwrap().in_use(), 4096);
    });
}

#[test]
fn what_the_dead_held_can_be_done_in_its_name() {
    with_queue(3, QueueForm { redeliver: true, ..QueueForm::default() }, |arena, queue, actors| {
        for n in 0..4u8 {
            queue.put(&actors[0], &[n], Wait::Poll).unwrap();
        }
        (0..3).for_each(|_| drop(take(queue, &actors[1]).unwrap()));
        let mut shown = Vec::new();
        queue.finish_held(arena, SlotIndex(1), |item| shown.push(item.to_vec()));
        supervise::recover(arena, SlotIndex(1), true);
        assert_eq!(shown, [[0], [1], [2]]);
        assert_eq!((queue.qsize(), queue.unfinished()), (1, 1));
        assert_eq!(take(queue, &actors[2]).unwrap(), [3]);
        queue.task_done(&actors[2]).unwrap();
        assert_eq!((queue.join(&actors[0], Wait::Poll), queue.task_done(&actors[2])), (Ok(()), Err(TooOften)));
    });
}

#[test]
fn what_is_done_in_a_dead_ones_name_is_counted_once_though_begun_anew() {
    with_queue(2, QueueForm { redeliver: true, ..QueueForm::default() }, |arena, queue, actors| {
        for n in 0..5u8 {
            queue.put(&actors[0], &[n], Wait::Poll).unwrap();
        }
        (0..4).for_each(|_| drop(take(queue, &actors[1]).unwrap()));
        for until in [0, 2, 3] {
            let cut = || queue.finish_held(arena, SlotIndex(1), |item| assert!(item[0] < until, "cut short here"));
            std::panic::catch_unwind(std::panic::AssertUnwindSafe(cut)).unwrap_err();
        }
        let mut shown = Vec::new();
        queue.finish_held(arena, SlotIndex(1), |item| shown.push(item[0]));
        supervise::recover(arena, SlotIndex(1), true);
        assert_eq!((shown, queue.qsize(), queue.unfinished()), (vec![3], 1, 1));
        assert_eq!(take(queue, &actors[0]).unwrap(), [4]);
        queue.task_done(&actors[0]).unwrap();
        assert_eq!((queue.unfinished(), queue.task_done(&actors[0])), (0, Err(TooOften)));
    });
}

#[test]
fn nothing_is_held_where_nothing_is_redelivered() {
    with_queue(12, QueueForm::default(), |arena, queue, actors| {
        queue.put(&actors[0], &[1], Wait::Poll).unwrap();
        let objects = arena.objects().count();
        for slot in 0..12 {
            queue.finish_held(arena, SlotIndex(slot), |_| panic!("nothing is held"));
        }
        assert_eq!((arena.objects().count(), queue.qsize()), (objects, 1));
        assert_eq!(take(queue, &actors[1]).unwrap(), [1]);
    });
}

#[test]
fn a_stream_ends_when_every_putter_has_ended_closed_or_waits_in_it() {
    with_queue(4, QueueForm::default(), |arena, queue, actors| {
        let mut into = Vec::new();
        let soon = || Wait::at_most(Duration::from_millis(5));
        queue.put(&actors[0], b"x", Wait::Poll).unwrap();
        assert_eq!(queue.get_or_end(&actors[3], &mut into, soon()), Ok(Next::Item));
        assert_eq!(queue.get_or_end(&actors[3], &mut into, soon()), Err(Empty));
        queue.close(&actors[0]);
        assert_eq!(queue.put(&actors[0], b"x", Wait::Poll), Err(PutError::Closed));
        supervise::recover(arena, SlotIndex(1), false);
        assert_eq!(queue.get_or_end(&actors[3], &mut into, soon()), Err(Empty), "it may be started again");
        supervise::ended(arena, SlotIndex(1), 0, false);
        assert_eq!(queue.get_or_end(&actors[3], &mut into, soon()), Err(Empty));
        std::thread::scope(|scope| {
            let other = scope.spawn(|| queue.get_or_end(&actors[2], &mut Vec::new(), Wait::Forever));
            let end = queue.get_or_end(&actors[3], &mut into, Wait::Forever);
            assert_eq!((end, other.join().unwrap()), (Ok(Next::End), Ok(Next::End)));
        });
        // Who heard the end may open the stream again.
        queue.put(&actors[2], b"y", Wait::Poll).unwrap();
        assert_eq!(queue.get_or_end(&actors[3], &mut into, soon()), Ok(Next::Item));
        assert_eq!(queue.get_or_end(&actors[3], &mut into, soon()), Err(Empty));
    });
}

#[test]
fn of_thousands_of_putters_the_last_one_ends_the_stream() {
    const PUTTERS: u32 = 3000;
    let (arena, all) = (arena(PUTTERS + 1), slots(PUTTERS + 1));
    let form = QueueForm { putters: &all[1..], takers: &all[..1], ..QueueForm::default() };
    let queue: &Queue = arena.object(Queue::create(&arena, &form, &[]).unwrap()).unwrap();
    supervise::begin(&arena, all[0], 1);
    let mut into = Vec::new();
    // In an order that is neither that of the table nor its reverse.
    let ends = (0..PUTTERS).map(|n| 1 + n * 1217 % PUTTERS);
    for (n, slot) in ends.enumerate() {
        let before = queue.get_or_end(&Actor::new(&arena, all[0]), &mut into, Wait::Poll);
        assert_eq!(before, Err(Empty), "{n} have ended");
        supervise::ended(&arena, SlotIndex(slot), 0, false);
    }
    assert_eq!(queue.get_or_end(&Actor::new(&arena, all[0]), &mut into, Wait::Poll), Ok(Next::End));
}

#[test]
fn an_item_that_could_come_back_keeps_the_stream_open() {
    with_queue(3, QueueForm { redeliver: true, ..QueueForm::default() }, |arena, queue, actors| {
        queue.put(&actors[0], b"x", Wait::Poll).unwrap();
        actors.iter().for_each(|actor| queue.close(actor));
        let mut into = Vec::new();
        take(queue, &actors[1]).unwrap();
        std::thread::scope(|scope| {
            let other = scope.spawn(|| {
                let next = queue.get_or_end(&actors[2], &mut Vec::new(), Wait::at_most(Duration::from_secs(10)));
                queue.task_done(&actors[2]).unwrap();
                next
            });
            std::thread::sleep(Duration::from_millis(10));
            supervise::recover(arena, SlotIndex(1), true);
            supervise::ended(arena, SlotIndex(1), -9, true);
            assert_eq!(other.join().unwrap(), Ok(Next::Item));
        });
        assert_eq!(queue.get_or_end(&actors[2], &mut into, Wait::Poll), Ok(Next::End));
    });
}

#[test]
fn many_putters_and_takers_lose_nothing_and_keep_each_putters_order() {
    for (maxsize, redeliver) in [(0, false), (3, false), (5, true)] {
        with_queue(7, QueueForm { maxsize, redeliver, ..QueueForm::default() }, |_, queue, actors| {
            let (putters, takers) = actors[..6].split_at(3);
            let got: Vec<Vec<(u8, u32)>> = std::thread::scope(|scope| {
                for (name, actor) in putters.iter().enumerate() {
                    scope.spawn(move || {
                        for n in 0..5000u32 {
                            let [a, b, c, d] = n.to_le_bytes();
                            queue.put(actor, &[name as u8, a, b, c, d], Wait::Forever).unwrap();
                            assert!(maxsize == 0 || queue.qsize() <= maxsize);
                        }
                        queue.close(actor);
                    });
                }
                queue.close(&actors[6]);
                let takers: Vec<_> = takers
                    .iter()
                    .map(|actor| {
                        scope.spawn(move || {
                            let (mut got, mut into) = (Vec::new(), Vec::new());
                            while queue.get_or_end(actor, &mut into, Wait::Forever) == Ok(Next::Item) {
                                got.push((into[0], u32::from_le_bytes(into[1..5].try_into().unwrap())));
                                queue.task_done(actor).unwrap();
                            }
                            got
                        })
                    })
                    .collect();
                queue.join(&actors[6], Wait::at_most(Duration::from_secs(20))).unwrap();
                takers.into_iter().map(|taker| taker.join().unwrap()).collect()
            });
            for got in &got {
                for name in 0..3 {
                    assert!(got.iter().filter(|item| item.0 == name).is_sorted());
                }
            }
            let mut all: Vec<_> = got.into_iter().flatten().collect();
            all.sort_unstable();
            assert!(all.iter().copied().eq((0..3).flat_map(|name| (0..5000).map(move |n| (name, n)))));
        });
    }
}
