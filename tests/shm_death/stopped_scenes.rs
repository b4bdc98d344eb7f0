//! What peers may do while somebody stands still in the middle of an operation, one primitive after the other.
use crate::Test;
use crate::stopped::{STOPPED, Scene, Story, Try, Waits};
use mpgraph::shm::{
    Actor, Arena, Array, Barrier, Condition, End, Event, Lock, Object, ObjectIndex, Offset, Pipe, Queue, QueueForm,
    Scalar, ScalarType, Semaphore, SlotIndex, Value, Wait,
};
use std::sync::atomic::{AtomicU32, Ordering::*};

pub fn all() -> Vec<Test> {
    vec![
        ("stopped_in_a_lock", Box::new(lock)),
        ("stopped_in_a_semaphore", Box::new(semaphore)),
        ("stopped_in_an_event", Box::new(event)),
        ("stopped_in_a_barrier", Box::new(barrier)),
        ("stopped_in_a_condition", Box::new(condition)),
        ("stopped_in_a_value", Box::new(value)),
        ("stopped_in_an_array", Box::new(array)),
        ("stopped_in_put", Box::new(put)),
        ("stopped_in_put_into_blocks", Box::new(put_into_blocks)),
        ("stopped_in_get", Box::new(get)),
        ("stopped_in_get_and_task_done", Box::new(get_and_mark)),
        ("stopped_in_send", Box::new(send)),
        ("stopped_in_recv", Box::new(recv)),
    ]
}

fn object<'a, T: Object>(actor: &Actor<'a>, index: ObjectIndex) -> &'a T {
    actor.arena().object(index).expect("an object")
}

fn lock() -> String {
    fn take(lock: &Lock, me: &Actor<'_>, until: Wait) -> bool {
        let got = lock.acquire(me, until).is_ok();
        if got {
            lock.release(me).unwrap();
        }
        got
    }
    Scene {
        build: |arena| Lock::create(arena, false).unwrap(),
        act: |lock, me| assert!(take(object(me, *lock), me, Wait::Forever)),
        tries: &[Try {
            name: "acquire",
            waits: Waits::InTheStep,
            attempt: |lock, me| {
                let lock: &Lock = object(me, *lock);
                let held = lock.holder() == Some(STOPPED);
                assert_ne!(take(lock, me, Wait::Poll), held, "kept out by nobody, or by nothing");
                !held
            },
        }],
        patient: |lock, me| assert!(take(object(me, *lock), me, Wait::Forever)),
        books: |lock, me, _| assert!(take(object(me, *lock), me, Wait::Poll)),
    }
    .play()
}

fn semaphore() -> String {
    fn take(me: &Actor<'_>, semaphore: &ObjectIndex, until: Wait) -> bool {
        let semaphore: &Semaphore = object(me, *semaphore);
        semaphore.acquire(me, until).is_ok() && semaphore.release(me).is_ok()
    }
    Scene {
        build: |arena| Semaphore::create(arena, 2, true).unwrap(),
        act: |semaphore, me| assert!(take(me, semaphore, Wait::Forever)),
        tries: &[Try {
            name: "acquire and release",
            waits: Waits::Never,
            attempt: |semaphore, me| take(me, semaphore, Wait::Poll),
        }],
        patient: |semaphore, me| assert!(take(me, semaphore, Wait::Forever)),
        books: |semaphore, me, _| {
            let semaphore: &Semaphore = object(me, *semaphore);
            assert_eq!((semaphore.value(), semaphore.holders(me.arena())), (2, vec![]));
        },
    }
    .play()
}

fn event() -> String {
    Scene {
        build: |arena| Event::create(arena, false).unwrap(),
        act: |event, me| {
            let event: &Event = object(me, *event);
            event.set();
            event.wait(me, Wait::Poll);
            event.clear();
        },
        tries: &[Try {
            name: "set and wait",
            waits: Waits::Never,
            attempt: |event, me| {
                let event: &Event = object(me, *event);
                event.set();
                event.wait(me, Wait::Poll)
            },
        }],
        patient: |event, me| object::<Event>(me, *event).set(),
        books: |event, me, _| {
            let event: &Event = object(me, *event);
            event.set();
            assert!(event.wait(me, Wait::Poll));
            event.clear();
            assert!(!event.wait(me, Wait::Poll));
        },
    }
    .play()
}

/// Of two parties: who arrives while the other one stands in its arrival meets it, or gives up and breaks it.
fn barrier() -> String {
    type Meeting = (ObjectIndex, Offset<AtomicU32>);
    fn arrive((barrier, met): &Meeting, me: &Actor<'_>) -> bool {
        let through = object::<Barrier>(me, *barrier).wait(me, Wait::Poll).is_ok();
        me.arena().at(*met).fetch_add(u32::from(through), SeqCst);
        true
    }
    Scene {
        build: |arena| (Barrier::create(arena, 2).unwrap(), arena.reserve(1).unwrap()),
        act: |meeting, me| assert!(arrive(meeting, me)),
        tries: &[Try { name: "wait", waits: Waits::Never, attempt: arrive }],
        patient: |_, _| (),
        books: |(barrier, met), me, story| {
            let met = me.arena().at(*met).load(SeqCst);
            assert!(met == 0 || met == 2 || story.killed, "one alone was let through");
            let barrier: &Barrier = object(me, *barrier);
            barrier.reset();
            assert_eq!((barrier.broken(), barrier.n_waiting()), (false, 0));
        },
    }
    .play()
}

fn condition() -> String {
    fn notify(condition: &ObjectIndex, me: &Actor<'_>, until: Wait) -> bool {
        let condition: &Condition = object(me, *condition);
        let lock = condition.lock(me.arena());
        let got = lock.acquire(me, until).is_ok();
        if got {
            condition.notify(me, 1).unwrap();
            lock.release(me).unwrap();
        }
        got
    }
    Scene {
        build: |arena| Condition::create(arena, None).unwrap(),
        act: |condition, me| {
            let condition: &Condition = object(me, *condition);
            let lock = condition.lock(me.arena());
            lock.acquire(me, Wait::Forever).unwrap();
            condition.wait(me, Wait::Poll).unwrap();
            lock.release(me).unwrap();
        },
        tries: &[Try {
            name: "acquire and notify",
            waits: Waits::InTheStep,
            attempt: |condition, me| {
                let held = object::<Condition>(me, *condition).lock(me.arena()).holder() == Some(STOPPED);
                assert_ne!(notify(condition, me, Wait::Poll), held, "kept out by nobody, or by nothing");
                !held
            },
        }],
        patient: |condition, me| assert!(notify(condition, me, Wait::Forever)),
        books: |condition, me, _| {
            let condition: &Condition = object(me, *condition);
            let lock = condition.lock(me.arena());
            lock.acquire(me, Wait::Poll).unwrap();
            assert!(!condition.wait(me, Wait::Poll).unwrap().notified, "a notification out of nothing");
            lock.release(me).unwrap();
        },
    }
    .play()
}

fn value() -> String {
    fn add(value: &ObjectIndex, me: &Actor<'_>) -> bool {
        object::<Value>(me, *value).add(Scalar::Int(1)).is_ok()
    }
    Scene {
        build: |arena| Value::create(arena, ScalarType::I64, Scalar::Int(0)).unwrap(),
        act: |value, me| assert!(add(value, me)),
        tries: &[Try { name: "add", waits: Waits::Never, attempt: add }],
        patient: |value, me| assert!(add(value, me)),
        books: |value, me, story| {
            let Scalar::Int(sum) = object::<Value>(me, *value).read() else { panic!("not an int") };
            assert!(sum == 3 || story.killed && sum == 2, "{sum}");
        },
    }
    .play()
}

/// Readers go on whatever a writer does; writers wait for it.
fn array() -> String {
    const LENGTH: usize = 3;
    fn write(array: &ObjectIndex, me: &Actor<'_>, n: i64) {
        object::<Array>(me, *array).write_all(me, &[Scalar::Int(n); LENGTH]).unwrap();
    }
    Scene {
        build: |arena| Array::create(arena, ScalarType::I64, LENGTH as u64).unwrap(),
        act: |array, me| {
            write(array, me, 1);
            object::<Array>(me, *array).add(me, 0, Scalar::Int(0)).unwrap();
        },
        tries: &[Try {
            name: "read",
            waits: Waits::Never,
            attempt: |array, me| {
                let row = object::<Array>(me, *array).read_all(me);
                row == [Scalar::Int(0); LENGTH] || row == [Scalar::Int(1); LENGTH]
            },
        }],
        patient: |array, me| write(array, me, 2),
        books: |array, me, story| {
            let row = object::<Array>(me, *array).read_all(me);
            let whole = |n| row == [Scalar::Int(n); LENGTH];
            assert!(whole(2) || whole(1) && !story.killed, "{row:?}");
        },
    }
    .play()
}

/// A queue with `first` in it, and what the stopped one has got of it.
type Stock = (ObjectIndex, Offset<AtomicU32>);

const FIRST: u8 = 1;
const MINE: u8 = 2;
const PEERS: u8 = 3;
const PATIENTS: u8 = 4;

fn stock(arena: &Arena, redeliver: bool) -> Stock {
    let all: Vec<SlotIndex> = (0..3).map(SlotIndex).collect();
    let form = QueueForm { maxsize: 0, redeliver, putters: &all, takers: &all, clients: &[] };
    let items: [&[u8]; 2] = [&[FIRST], &[FIRST]];
    (Queue::create(arena, &form, &items).unwrap(), arena.reserve(1).unwrap())
}

fn put_one(stock: &Stock, me: &Actor<'_>, item: &[u8], until: Wait) -> bool {
    object::<Queue>(me, stock.0).put(me, item, until).is_ok()
}

fn get_one(stock: &Stock, me: &Actor<'_>, until: Wait) -> bool {
    let (queue, mut into): (&Queue, _) = (object(me, stock.0), Vec::new());
    let got = queue.get(me, &mut into, until).is_ok();
    if got {
        me.arena().at(stock.1).fetch_add(1, SeqCst);
        queue.task_done(me).unwrap();
    }
    got
}

const PUT: Try<Stock> =
    Try { name: "put", waits: Waits::InTheStep, attempt: |stock, me| put_one(stock, me, &[PEERS], Wait::Poll) };
const GET: Try<Stock> =
    Try { name: "get", waits: Waits::InTheStep, attempt: |stock, me| get_one(stock, me, Wait::Poll) };

/// Everything that was put and not taken is in the queue, once.
fn balance(stock: &Stock, me: &Actor<'_>, puts: usize, story: &Story, lenient: usize) {
    let (queue, mut into): (&Queue, _) = (object(me, stock.0), Vec::new());
    let mut left = Vec::new();
    while queue.get(me, &mut into, Wait::Poll).is_ok() {
        left.push(into[0]);
        queue.task_done(me).unwrap();
    }
    let all = left.len() + me.arena().at(stock.1).load(SeqCst) as usize;
    let missing = puts.checked_sub(all).unwrap_or_else(|| panic!("{all} came out of {puts}"));
    assert!(missing <= if story.killed { lenient } else { 0 }, "{all} came out of {puts}: {left:?}");
    for item in [MINE, PEERS, PATIENTS] {
        assert!(left.iter().filter(|one| **one == item).count() <= 1, "{item} is there twice: {left:?}");
    }
}

/// Whatever takes goes on while a putter stands, but other putters wait for its critical step.
fn put() -> String {
    Scene {
        build: |arena| stock(arena, false),
        act: |stock, me| assert!(put_one(stock, me, &[MINE], Wait::Forever)),
        tries: &[Try { waits: Waits::Never, ..GET }, PUT],
        patient: |stock, me| assert!(put_one(stock, me, &[PATIENTS], Wait::Forever)),
        books: |stock, me, story| balance(stock, me, 4 + usize::from(story.got_through[1]), story, 1),
    }
    .play()
}

/// As all items of a queue that redelivers, and large ones of any: the item's blocks are taken from the heap, whose guard is one
/// for all.
fn put_into_blocks() -> String {
    Scene {
        build: |arena| stock(arena, true),
        act: |stock, me| assert!(put_one(stock, me, &[MINE; 100], Wait::Forever)),
        // A mark gives a block back.
        tries: &[GET, PUT],
        patient: |stock, me| assert!(put_one(stock, me, &[PATIENTS], Wait::Forever)),
        books: |stock, me, story| balance(stock, me, 4 + usize::from(story.got_through[1]), story, 1),
    }
    .play()
}

fn get() -> String {
    Scene {
        build: |arena| stock(arena, false),
        act: |stock, me| assert!(get_one(stock, me, Wait::Forever)),
        tries: &[Try { waits: Waits::Never, ..PUT }, GET],
        patient: |stock, me| assert!(get_one(stock, me, Wait::Forever)),
        books: |stock, me, story| balance(stock, me, 3, story, 1),
    }
    .play()
}

/// What one that is killed had taken comes back: nothing is lost, only what it had counted may be counted twice.
fn get_and_mark() -> String {
    Scene {
        build: |arena| stock(arena, true),
        act: |stock, me| {
            let (queue, mut into): (&Queue, _) = (object(me, stock.0), Vec::new());
            queue.get(me, &mut into, Wait::Forever).unwrap();
            queue.task_done(me).unwrap();
            me.arena().at(stock.1).fetch_add(1, SeqCst);
        },
        // A put wants a block of the heap, where a mark gives one back.
        tries: &[PUT, GET],
        patient: |stock, me| assert!(put_one(stock, me, &[PATIENTS], Wait::Forever)),
        books: |stock, me, story| {
            balance(stock, me, 3 + usize::from(story.got_through[0]), story, 1);
            assert_eq!(object::<Queue>(me, stock.0).unfinished(), 0);
        },
    }
    .play()
}

fn pipe(arena: &Arena) -> Stock {
    let all: Vec<SlotIndex> = (0..3).map(SlotIndex).collect();
    (Pipe::create(arena, true, [&all, &all]).unwrap(), arena.reserve(1).unwrap())
}

fn send_one(stock: &Stock, me: &Actor<'_>) -> bool {
    object::<Pipe>(me, stock.0).send(me, End::A, b"message").is_ok()
}

fn recv_one(stock: &Stock, me: &Actor<'_>, until: Wait) -> bool {
    let got = object::<Pipe>(me, stock.0).recv(me, End::B, &mut Vec::new(), until).is_ok();
    me.arena().at(stock.1).fetch_add(u32::from(got), SeqCst);
    got
}

fn all_received(stock: &Stock, me: &Actor<'_>, sent: u32, story: &Story) {
    while recv_one(stock, me, Wait::Poll) {}
    let all = me.arena().at(stock.1).load(SeqCst);
    assert!(all == sent || story.killed && all + 1 == sent, "{all} of {sent} messages came out");
}

/// The other direction has guards of its own.
const OTHER_WAY: Try<Stock> = Try {
    name: "the other way",
    waits: Waits::Never,
    attempt: |stock, me| {
        let pipe: &Pipe = object(me, stock.0);
        pipe.send(me, End::B, b"back").is_ok() && pipe.recv(me, End::A, &mut Vec::new(), Wait::Poll).is_ok()
    },
};

fn send() -> String {
    Scene {
        build: pipe,
        act: |stock, me| assert!(send_one(stock, me)),
        // A send has no time limit of its own, so only the patient one tries it.
        tries: &[OTHER_WAY],
        patient: |stock, me| assert!(send_one(stock, me)),
        books: |stock, me, story| all_received(stock, me, 2, story),
    }
    .play()
}

fn recv() -> String {
    Scene {
        build: |arena| {
            let stock = pipe(arena);
            let me = Actor::new(arena, SlotIndex(1));
            (0..3).for_each(|_| assert!(send_one(&stock, &me)));
            stock
        },
        act: |stock, me| assert!(recv_one(stock, me, Wait::Forever)),
        tries: &[
            Try { name: "send", waits: Waits::Never, attempt: send_one },
            OTHER_WAY,
            Try { name: "recv", waits: Waits::InTheStep, attempt: |stock, me| recv_one(stock, me, Wait::Poll) },
        ],
        patient: |stock, me| assert!(recv_one(stock, me, Wait::Forever)),
        books: |stock, me, story| all_received(stock, me, 4, story),
    }
    .play()
}
