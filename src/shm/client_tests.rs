//! What clients of a command take, deliver, close and leave behind.
use super::*;
use std::time::Duration;

const LIMIT: u64 = 16 << 20;
const COMMAND: SlotIndex = SlotIndex(0);
/// Another process.
const OTHER: SlotIndex = SlotIndex(3);

/// A command with two places for clients, and another process.
fn arena() -> Arena {
    let bytes = Heap::reservation(4, LIMIT) + (8 << 20);
    let arena = Arena::create(Sizes { bytes, slots: 4, objects: 8, longest_wait: 4 }).unwrap();
    arena.set_limit(LIMIT);
    Heap::build(&arena, LIMIT).unwrap();
    [COMMAND, OTHER].into_iter().for_each(|slot| supervise::begin(&arena, slot, 100));
    arena
}

fn client(arena: &Arena, slot: u32) -> Actor<'_> {
    supervise::begin_client(arena, SlotIndex(slot), 7, COMMAND);
    Actor::new(arena, SlotIndex(slot))
}

fn ends_well(client: Actor) {
    client.leave();
    supervise::client_ended(client.arena(), client.index(), None);
}

fn is_killed(client: Actor) {
    supervise::client_ended(client.arena(), client.index(), None);
}

fn redelivering(arena: &Arena) -> &Queue {
    let all = [COMMAND, OTHER];
    let form = QueueForm {
        redeliver: true,
        putters: &all,
        takers: &all,
        clients: &[SlotIndex(1), SlotIndex(2)],
        ..QueueForm::default()
    };
    arena.object(Queue::create(arena, &form, &[b"a", b"b"]).unwrap()).unwrap()
}

fn take(queue: &Queue, actor: &Actor) -> Option<Vec<u8>> {
    let mut into = Vec::new();
    queue.get(actor, &mut into, Wait::Poll).ok().map(|()| into)
}

#[test]
fn a_lock_taken_by_one_client_is_released_by_the_next() {
    let arena = arena();
    let lock: &Lock = arena.object(Lock::create(&arena, false).unwrap()).unwrap();
    let first = client(&arena, 1);
    lock.acquire(&first, Wait::Poll).unwrap();
    assert_eq!(lock.holder(), Some(SlotIndex(1)));
    lock.entrust(&first);
    ends_well(first);
    assert_eq!(lock.holder(), Some(COMMAND));
    let other = Actor::new(&arena, OTHER);
    assert_eq!((lock.acquire(&other, Wait::Poll), lock.release(&other)), (Err(TimedOut), Err(NotHeld)));
    let second = client(&arena, 1);
    assert_eq!(lock.acquire(&second, Wait::Poll), Err(TimedOut), "it is not recursive");
    lock.release(&second).unwrap();
    assert_eq!(lock.release(&second), Err(NotHeld));
    assert!(!lock.locked());
}

#[test]
fn a_recursive_lock_is_taken_and_released_by_clients_in_turn() {
    let arena = arena();
    let lock: &Lock = arena.object(Lock::create(&arena, true).unwrap()).unwrap();
    for _ in 0..3 {
        let client = client(&arena, 1);
        assert_eq!(lock.acquire(&client, Wait::Poll), Ok(Acquired::Clean));
        lock.entrust(&client);
        ends_well(client);
    }
    for left in (0..3).rev() {
        let client = client(&arena, 2);
        lock.release(&client).unwrap();
        lock.entrust(&client);
        ends_well(client);
        assert_eq!(lock.locked(), left > 0);
    }
}

#[test]
fn a_client_killed_before_it_delivered_died_with_the_lock_held() {
    let arena = arena();
    let lock: &Lock = arena.object(Lock::create(&arena, false).unwrap()).unwrap();
    let first = client(&arena, 1);
    lock.acquire(&first, Wait::Poll).unwrap();
    is_killed(first);
    let other = Actor::new(&arena, OTHER);
    assert_eq!(lock.acquire(&other, Wait::Poll), Ok(Acquired::OwnerDied { slot: SlotIndex(1) }));
}

#[test]
fn a_command_that_ends_with_a_lock_held_died_with_it() {
    let arena = arena();
    let lock: &Lock = arena.object(Lock::create(&arena, false).unwrap()).unwrap();
    let first = client(&arena, 1);
    lock.acquire(&first, Wait::Poll).unwrap();
    lock.entrust(&first);
    ends_well(first);
    supervise::recover(&arena, COMMAND, false);
    let other = Actor::new(&arena, OTHER);
    assert_eq!(lock.acquire(&other, Wait::Poll), Ok(Acquired::OwnerDied { slot: COMMAND }));
}

#[test]
fn a_client_waits_for_another_of_its_command_that_has_the_lock_in_hand() {
    let arena = arena();
    let lock: &Lock = arena.object(Lock::create(&arena, false).unwrap()).unwrap();
    let (first, second) = (client(&arena, 1), client(&arena, 2));
    lock.acquire(&first, Wait::Poll).unwrap();
    std::thread::scope(|scope| {
        let releases = scope.spawn(|| lock.release(&second));
        std::thread::sleep(Duration::from_millis(5));
        lock.entrust(&first);
        assert_eq!(releases.join().unwrap(), Ok(()));
    });
    assert!(!lock.locked());
}

#[test]
fn a_condition_is_waited_in_by_a_client_of_the_holder() {
    let arena = arena();
    let condition: &Condition = arena.object(Condition::create(&arena, None).unwrap()).unwrap();
    let lock = condition.lock(&arena);
    let first = client(&arena, 1);
    lock.acquire(&first, Wait::Poll).unwrap();
    lock.entrust(&first);
    ends_well(first);
    let (second, other) = (client(&arena, 2), Actor::new(&arena, OTHER));
    assert_eq!(condition.notify(&other, 1), Err(NotHeld));
    std::thread::scope(|scope| {
        let waits = scope.spawn(|| condition.wait(&second, Wait::at_most(Duration::from_secs(10))));
        lock.acquire(&other, Wait::at_most(Duration::from_secs(10))).unwrap();
        while !supervise::blocked(&arena, second.index()) {
            lock.release(&other).unwrap();
            std::thread::yield_now();
            lock.acquire(&other, Wait::at_most(Duration::from_secs(10))).unwrap();
        }
        condition.notify(&other, 1).unwrap();
        lock.release(&other).unwrap();
        assert!(waits.join().unwrap().unwrap().notified);
    });
    lock.entrust(&second);
    assert_eq!(lock.holder(), Some(COMMAND));
}

#[test]
fn units_of_a_semaphore_are_accounted_to_the_command() {
    let arena = arena();
    let semaphore: &Semaphore = arena.object(Semaphore::create(&arena, 3, true).unwrap()).unwrap();
    let other = Actor::new(&arena, OTHER);
    semaphore.acquire(&other, Wait::Poll).unwrap();
    for slot in [1, 2] {
        let client = client(&arena, slot);
        semaphore.acquire(&client, Wait::Poll).unwrap();
        ends_well(client);
    }
    assert_eq!(semaphore.holders(&arena), [(COMMAND, 2), (OTHER, 1)]);
    let third = client(&arena, 2);
    semaphore.release(&third).unwrap();
    ends_well(third);
    assert_eq!((semaphore.holders(&arena), semaphore.value()), (vec![(COMMAND, 1), (OTHER, 1)], 1));
    let killed = client(&arena, 1);
    semaphore.acquire(&killed, Wait::Poll).unwrap();
    is_killed(killed);
    assert_eq!(semaphore.value(), 1);
    supervise::recover(&arena, COMMAND, true);
    assert_eq!((semaphore.holders(&arena), semaphore.value()), (vec![(OTHER, 1)], 2));
}

#[test]
fn what_one_client_took_the_next_marks_done() {
    let arena = arena();
    let queue = redelivering(&arena);
    for item in [b"a", b"b"] {
        let client = client(&arena, 1);
        assert_eq!(take(queue, &client).unwrap(), item);
        queue.entrust(&client);
        ends_well(client);
    }
    let second = client(&arena, 2);
    queue.task_done(&second).unwrap();
    ends_well(second);
    assert_eq!(queue.unfinished(), 1);
    // The first taken is done; the other comes back when the command dies.
    supervise::recover(&arena, COMMAND, true);
    assert_eq!(take(queue, &Actor::new(&arena, OTHER)).unwrap(), b"b");
    let third = client(&arena, 1);
    assert_eq!(queue.task_done(&third), Err(TooOften));
}

#[test]
fn a_client_killed_before_it_delivered_gives_its_item_back() {
    let arena = arena();
    let queue = redelivering(&arena);
    let first = client(&arena, 1);
    assert_eq!(take(queue, &first).unwrap(), b"a");
    is_killed(first);
    let second = client(&arena, 1);
    assert_eq!(take(queue, &second).unwrap(), b"a");
}

#[test]
fn a_stream_ends_while_clients_of_its_putters_wait_for_its_end() {
    let arena = arena();
    let queue = redelivering(&arena);
    supervise::recover(&arena, OTHER, false);
    supervise::ended(&arena, OTHER, 0, false);
    let first = client(&arena, 1);
    let mut item = Vec::new();
    for _ in 0..2 {
        assert_eq!(queue.get_or_end(&first, &mut item, Wait::Poll), Ok(Next::Item));
        queue.task_done(&first).unwrap();
    }
    assert!(!queue.is_ready(&arena), "the command may put");
    let later = Wait::at_most(Duration::from_secs(10));
    assert_eq!(queue.get_or_end(&first, &mut item, later), Ok(Next::End));
    ends_well(first);
}

#[test]
fn what_a_client_closes_stays_closed_for_its_command() {
    let arena = arena();
    let queue = redelivering(&arena);
    let first = client(&arena, 1);
    queue.close(&first);
    ends_well(first);
    let second = client(&arena, 2);
    assert_eq!(queue.put(&second, b"c", Wait::Poll), Err(PutError::Closed));
    queue.put(&Actor::new(&arena, OTHER), b"c", Wait::Poll).unwrap();
    // The next incarnation has not closed anything.
    supervise::client_ended(&arena, second.index(), Some(true));
    supervise::recover(&arena, COMMAND, true);
    supervise::begin(&arena, COMMAND, 101);
    queue.put(&client(&arena, 2), b"d", Wait::Poll).unwrap();
}
