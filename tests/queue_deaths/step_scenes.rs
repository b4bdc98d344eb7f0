//! What is stepped through, and what must hold whenever the process dies.
use crate::Test;
use crate::ground::{OBJECT, PATIENCE, actor, arena, assert_no_leak, contents, get, in_use, put, queue_of, with_queue};
use crate::steps::{step, step_and_look};
use mpgraph::shm::{Actor, Arena, End, Next, Pipe, SlotIndex, Wait, supervise};
use std::cell::Cell;
use std::os::unix::fs::FileExt;

pub const ALL: &[Test] = &[
    ("step_put", step_put),
    ("step_put_into_the_next_block", step_put_hop),
    ("step_get", step_get),
    ("step_get_from_the_next_block", step_get_hop),
    ("step_redelivering", step_redelivering),
    ("step_give_back_and_take_again", step_give_back),
    ("step_mark_close_and_end", step_mark_close_and_end),
    ("step_pipe", step_pipe),
];

/// Survivors take all, go round three times, and nothing has leaked.
fn survive(arena: &Arena) {
    let expected = contents(arena);
    let redelivers = queue_of(arena).unfinished() == expected.len() as u64;
    for item in expected {
        assert!(get(arena) == item, "contents and takers agree");
        if redelivers {
            queue_of(arena).task_done(&actor(arena)).expect("not too often");
        }
    }
    for round in 0..3u32 {
        put(arena, &[&round.to_le_bytes(), &[7; 300]]);
        assert_eq!((get(arena), get(arena)), (round.to_le_bytes().to_vec(), vec![7; 300]));
        if redelivers {
            queue_of(arena).task_done(&actor(arena)).expect("not too often");
            queue_of(arena).task_done(&actor(arena)).expect("not too often");
            assert_eq!(queue_of(arena).unfinished(), 0);
        }
    }
    assert_no_leak(arena);
}

/// Every state must be `before` until it is `after`, for good.
fn turns_once(before: Vec<Vec<u8>>, after: Vec<Vec<u8>>) -> impl FnMut(&Arena) {
    let mut turned = false;
    move |arena| {
        let now = contents(arena);
        if now == after {
            turned = before != after;
        } else {
            assert!(!turned && now == before, "neither before nor after: {now:?}");
        }
        survive(arena);
    }
}

fn items(items: &[&[u8]]) -> Vec<Vec<u8>> {
    items.iter().map(|item| item.to_vec()).collect()
}

fn step_put() {
    for maxsize in [0, 2] {
        let arena = with_queue(maxsize, false);
        put(&arena, &[b"first"]);
        let act = |actor: &Actor| queue_of(actor.arena()).put(actor, b"second", Wait::Poll).expect("room");
        step(&arena, act, turns_once(items(&[b"first"]), items(&[b"first", b"second"])));
    }
}

/// Puts until the next small item begins a new block.
fn fill_block(arena: &Arena) -> Vec<Vec<u8>> {
    let filling = [5u8; 124];
    (0..31).for_each(|_| put(arena, &[&filling]));
    put(arena, &[&[6; 108]]);
    contents(arena)
}

fn step_put_hop() {
    let arena = with_queue(0, false);
    let before = fill_block(&arena);
    let used = in_use(&arena);
    let after = [before.clone(), items(&[b"in the next block"])].concat();
    let act = |actor: &Actor| queue_of(actor.arena()).put(actor, b"in the next block", Wait::Poll).expect("room");
    step(&arena, act, turns_once(before, after));
    assert!(in_use(&arena) > used, "this was about a new block");
}

/// Actor 1 takes one item. Whenever it dies, the item is in the queue still, or whole in the buffer it asked for: `before`
/// until then, `after` from then on.
fn step_taking(arena: &Arena, before: Vec<Vec<u8>>, after: Vec<Vec<u8>>) {
    // Large enough, so that it is not moved; the child's copy lies at the same place.
    let buffer = Cell::new(Vec::with_capacity(64));
    let place = buffer.take();
    let begin = place.as_ptr() as u64;
    buffer.set(place);
    let front = before[0].clone();
    let mut check = turns_once(before, after.clone());
    let act = |actor: &Actor| {
        let mut into = buffer.take();
        queue_of(actor.arena()).get(actor, &mut into, Wait::Poll).expect("an item");
        buffer.set(into);
    };
    step_and_look(arena, act, |left, memory| {
        if contents(left) == after {
            let mut bytes = vec![0; front.len()];
            memory.read_exact_at(&mut bytes, begin).expect("the buffer");
            assert!(bytes == front, "neither in the queue nor handed over");
        }
        check(left);
    });
    assert_eq!(contents(arena), after);
}

fn step_get() {
    for maxsize in [0, 2] {
        let arena = with_queue(maxsize, false);
        put(&arena, &[b"first", b"second"]);
        step_taking(&arena, items(&[b"first", b"second"]), items(&[b"second"]));
    }
}

fn step_get_hop() {
    let arena = with_queue(0, false);
    fill_block(&arena);
    put(&arena, &[b"in the next block", b"last"]);
    (0..32).for_each(|_| drop(get(&arena)));
    let used = in_use(&arena);
    step_taking(&arena, items(&[b"in the next block", b"last"]), items(&[b"last"]));
    assert!(in_use(&arena) < used, "this was about an old block");
}

fn step_redelivering() {
    let arena = with_queue(0, true);
    put(&arena, &[b"first"]);
    // Three blocks.
    let long = [9; 9000];
    let act = |actor: &Actor| queue_of(actor.arena()).put(actor, &long, Wait::Poll).expect("room");
    step(&arena, act, turns_once(items(&[b"first"]), items(&[b"first", &long])));

    // Whatever it had taken comes back, whenever it dies.
    let all = items(&[b"first", &long]);
    let act = |actor: &Actor| {
        let mut into = Vec::new();
        queue_of(actor.arena()).get(actor, &mut into, Wait::Poll).expect("an item");
        queue_of(actor.arena()).get(actor, &mut into, Wait::Poll).expect("an item");
    };
    step(&arena, act, turns_once(all.clone(), all.clone()));
    assert_eq!(contents(&arena), all, "and so they did here: the next ones are taken from those that came back");
    step(&arena, act, turns_once(all.clone(), all.clone()));

    let act = |actor: &Actor| {
        let mut into = Vec::new();
        queue_of(actor.arena()).get(actor, &mut into, Wait::Poll).expect("an item");
        queue_of(actor.arena()).get(actor, &mut into, Wait::Poll).expect("an item");
        queue_of(actor.arena()).task_done(actor).expect("the oldest");
    };
    let mut check = turns_once(all, items(&[&long]));
    step(&arena, act, |arena| {
        assert_eq!(queue_of(arena).unfinished(), queue_of(arena).qsize(), "marked done and gone are one");
        check(arena);
    });
}

fn step_give_back() {
    // A copy, in a queue that does not redeliver.
    let arena = with_queue(0, false);
    put(&arena, &[b"second"]);
    let act = |actor: &Actor| queue_of(actor.arena()).give_back(actor, b"first").expect("memory");
    step(&arena, act, turns_once(items(&[b"second"]), items(&[b"first", b"second"])));
    step_taking(&arena, items(&[b"first", b"second"]), items(&[b"second"]));

    // The very item, in one that does.
    let arena = with_queue(0, true);
    put(&arena, &[b"first", b"second", b"third"]);
    let act = |actor: &Actor| {
        let mut into = Vec::new();
        queue_of(actor.arena()).get(actor, &mut into, Wait::Poll).expect("an item");
        queue_of(actor.arena()).get(actor, &mut into, Wait::Poll).expect("an item");
        queue_of(actor.arena()).give_back(actor, &[]).expect("memory");
    };
    let all = items(&[b"first", b"second", b"third"]);
    step(&arena, act, turns_once(all.clone(), all));
}

fn step_mark_close_and_end() {
    let arena = with_queue(0, false);
    put(&arena, &[b"x", b"y"]);
    let mut marked = false;
    step(
        &arena,
        |actor| queue_of(actor.arena()).task_done(actor).expect("two were put"),
        |arena| {
            let unfinished = queue_of(arena).unfinished();
            assert!(unfinished == 2 - u64::from(marked) || (!marked && unfinished == 1));
            marked = unfinished == 1;
            survive(arena);
        },
    );
    assert!(marked);

    // Whenever it dies while it closes or waits for the end: once it has ended for good, the stream is finished.
    let arena = with_queue(0, false);
    supervise::ended(&arena, SlotIndex(2), 0, false);
    queue_of(&arena).close(&actor(&arena));
    let is_finished_then = |arena: &Arena| {
        supervise::ended(arena, SlotIndex(1), -9, true);
        let next = queue_of(arena).get_or_end(&actor(arena), &mut Vec::new(), Wait::at_most(PATIENCE));
        assert_eq!(next, Ok(Next::End));
    };
    let act = |actor: &Actor| {
        let next = queue_of(actor.arena()).get_or_end(actor, &mut Vec::new(), Wait::Forever);
        assert_eq!(next, Ok(Next::End));
    };
    step(&arena, act, is_finished_then);
    step(&arena, |actor| queue_of(actor.arena()).close(actor), is_finished_then);
}

fn step_pipe() {
    let arena = arena(3);
    assert_eq!(Pipe::create(&arena, true, [&[SlotIndex(0)], &[SlotIndex(1), SlotIndex(2)]]), Ok(OBJECT));
    (0..3).for_each(|slot| supervise::begin(&arena, SlotIndex(slot), 1));
    fn pipe(arena: &Arena) -> &Pipe {
        arena.object(OBJECT).expect("the pipe")
    }
    fn recv(arena: &Arena, slot: u32, end: End) -> Vec<u8> {
        let mut into = Vec::new();
        let actor = Actor::new(arena, SlotIndex(slot));
        pipe(arena).recv(&actor, end, &mut into, Wait::at_most(PATIENCE)).expect("a message");
        into
    }
    fn serves(arena: &Arena) {
        let (left, right) = (actor(arena), Actor::new(arena, SlotIndex(2)));
        for _ in 0..3 {
            pipe(arena).send(&right, End::B, b"there").expect("a sender");
            pipe(arena).send(&left, End::A, b"back").expect("a sender");
            assert_eq!((recv(arena, 0, End::A), recv(arena, 2, End::B)), (b"there".to_vec(), b"back".to_vec()));
        }
    }
    step(
        &arena,
        |actor| pipe(actor.arena()).send(actor, End::B, b"message").expect("a receiver"),
        |arena| {
            if pipe(arena).pending(End::A) == 1 {
                assert_eq!(recv(arena, 0, End::A), b"message");
            }
            serves(arena);
        },
    );
    assert_eq!(recv(&arena, 0, End::A), b"message");
    pipe(&arena).send(&actor(&arena), End::A, b"message").expect("a receiver");
    step(
        &arena,
        |actor| assert_eq!(recv(actor.arena(), 1, End::B), b"message"),
        |arena| {
            if pipe(arena).pending(End::B) == 1 {
                assert_eq!(recv(arena, 2, End::B), b"message");
            }
            serves(arena);
        },
    );
    step(&arena, |actor| pipe(actor.arena()).close(actor, End::B), serves);
}
