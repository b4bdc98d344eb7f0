//! Queues: one to one, and many to many with every item marked done.
use super::ground::{arena, first_number, fork, race, reap, result, shared, word};
use mpgraph::shm::{Actor, Next, Queue, QueueForm, SlotIndex, Wait, now_ns, supervise};
use std::sync::atomic::{AtomicU64, Ordering::SeqCst};

/// One putter, one taker; `maxsize` 0 is the default of the language: no bound.
pub fn queue(bytes: usize, count: u64, maxsize: u64) {
    let arena = arena(2);
    let form = QueueForm { maxsize, putters: &[SlotIndex(0)], takers: &[SlotIndex(1)], ..QueueForm::default() };
    let index = Queue::create(&arena, &form, &[]).expect("a queue");
    let queue: &Queue = arena.object(index).expect("the queue");
    let put = |actor: &Actor| {
        let mut item = vec![1; bytes.max(8)];
        for n in 0..count {
            item[..8].copy_from_slice(&n.to_le_bytes());
            queue.put(actor, &item, Wait::Forever).expect("room");
        }
    };
    let get = |actor: &Actor| {
        let mut into = Vec::new();
        for n in 0..count {
            queue.get(actor, &mut into, Wait::Forever).expect("an item");
            assert_eq!(first_number(&into), n);
        }
    };
    let seconds = race(&arena, &[&put, &get]);
    result("msgs", count as f64 / seconds, "1/s");
    result("bytes", count as f64 * bytes as f64 / seconds / 1e9, "GB/s");
}

/// 8-byte items, every one marked done; the clock stops when this process, which joins the queue, is let go.
pub fn joinable(putters: u32, takers: u32, count: u64) {
    let arena = arena(putters + takers + 1);
    let all: Vec<_> = (0..putters + takers).map(SlotIndex).collect();
    let (first, second) = all.split_at(putters as usize);
    let form = QueueForm { maxsize: 1024, putters: first, takers: second, ..QueueForm::default() };
    let index = Queue::create(&arena, &form, &[]).expect("a queue");
    let queue: &Queue = arena.object(index).expect("the queue");
    let sum = word(&arena);
    let each = count / u64::from(putters);
    let gate = shared::<super::ground::Gate>();
    let ended = shared::<AtomicU64>();
    let put = |actor: &Actor| {
        for n in 0..each {
            queue.put(actor, &n.to_le_bytes(), Wait::Forever).expect("room");
        }
        queue.close(actor);
    };
    let get = |actor: &Actor| {
        let (mut into, mut own) = (Vec::new(), 0);
        while queue.get_or_end(actor, &mut into, Wait::Forever) == Ok(Next::Item) {
            own += first_number(&into);
            queue.task_done(actor).expect("not too often");
        }
        sum.fetch_add(own, SeqCst);
    };
    let everybody = putters + takers + 1;
    (0..everybody).for_each(|slot| supervise::begin(&arena, SlotIndex(slot), 1));
    let start = |slot: u32| {
        fork(|| {
            let actor = Actor::new(&arena, SlotIndex(slot));
            gate.meet(everybody);
            if slot < putters { put(&actor) } else { get(&actor) }
        })
    };
    let (mut putting, mut taking): (Vec<i32>, Vec<i32>) = (Vec::new(), Vec::new());
    (0..putters).for_each(|slot| putting.push(start(slot)));
    (putters..putters + takers).for_each(|slot| taking.push(start(slot)));
    gate.meet(everybody);
    let begin = now_ns();
    reap(putting);
    let main = Actor::new(&arena, SlotIndex(putters + takers));
    queue.join(&main, Wait::Forever).expect("it waits for ever");
    ended.store(now_ns(), SeqCst);
    reap(taking);
    assert_eq!(sum.load(SeqCst), u64::from(putters) * (each * (each - 1) / 2), "every item once");
    let seconds = (ended.load(SeqCst) - begin) as f64 / 1e9;
    result("items", (each * u64::from(putters)) as f64 / seconds, "1/s");
}
