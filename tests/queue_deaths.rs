//! Queues and pipes under SIGKILL: real processes, killed at random instants and after every single instruction.
//!
//! `storm_*`: putters and takers are killed and started again some thousand times while the books are kept in the arena
//! beside the queue. `step_*`: one process does one operation under single-stepping; each time the arena has changed, a copy
//! of it is what a death at this instruction would leave: the copy is repaired, must show the state of before or of after,
//! and must serve the survivors as if nothing had been.
//!
//! No test harness: forking wants a process with one thread. Every wait has a bound; a failure prints its seed.
//! `DEATHS=n` multiplies the kills, `SEED=n` repeats a run.
use mpgraph::shm::{
    Actor, Arena, End, Heap, Next, ObjectIndex, Pipe, Queue, QueueForm, Sizes, SlotIndex, Wait, supervise,
};
use std::cell::Cell;
use std::collections::BTreeMap;
use std::fs::File;
use std::os::fd::AsRawFd;
use std::os::unix::fs::FileExt;
use std::process::exit;
use std::sync::atomic::{AtomicU8, AtomicU32, AtomicU64, Ordering::*};
use std::time::{Duration, Instant};

const LIMIT: u64 = 48 << 20;
const PATIENCE: Duration = Duration::from_secs(2);

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let tests: [(&str, fn()); 14] = [
        ("storm_every_item_put_is_taken_once", || storm(Storm { redeliver: false, maxsize: 8, large: false })),
        ("storm_of_items_of_every_size", || storm(Storm { redeliver: false, maxsize: 0, large: true })),
        ("storm_what_a_dead_taker_had_comes_back", || storm(Storm { redeliver: true, maxsize: 8, large: false })),
        ("storm_over_a_pipe_with_shared_ends", storm_over_a_pipe),
        ("a_sleeper_killed_with_a_wake_up_in_hand_eats_none", killed_with_a_wake_up),
        ("a_wake_up_is_handed_on", handed_on),
        ("step_put", step_put),
        ("step_put_into_the_next_block", step_put_hop),
        ("step_get", step_get),
        ("step_get_from_the_next_block", step_get_hop),
        ("step_redelivering", step_redelivering),
        ("step_give_back_and_take_again", step_give_back),
        ("step_mark_close_and_end", step_mark_close_and_end),
        ("step_pipe", step_pipe),
    ];
    if arguments.iter().any(|argument| argument == "--list") {
        tests.iter().for_each(|(name, _)| println!("{name}: test"));
        return;
    }
    let named: Vec<&String> = arguments.iter().filter(|argument| !argument.starts_with('-')).collect();
    for (name, test) in tests {
        if named.is_empty() || named.iter().any(|part| name.contains(part.as_str())) {
            let begin = Instant::now();
            test();
            println!("test {name} ... ok ({} ms)", begin.elapsed().as_millis());
        }
    }
}

fn from_environment(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

/// A small generator of random numbers: the same seed, the same numbers.
struct Dice(u64);

impl Dice {
    fn new() -> Dice {
        let seed = from_environment("SEED").unwrap_or_else(|| u64::from(std::process::id()) * 0x9e37_79b9 + 1);
        println!("SEED={seed}");
        Dice(seed)
    }

    fn below(&mut self, bound: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % bound
    }
}

fn arena(slots: u32) -> Arena {
    let bytes = Heap::reservation(slots, LIMIT) + (32 << 20);
    let arena = Arena::create(Sizes { bytes, slots, objects: 4, longest_wait: 2 }).expect("an arena");
    arena.set_limit(LIMIT);
    assert_eq!(Heap::build(&arena, LIMIT), Ok(HEAP));
    arena
}

const HEAP: ObjectIndex = ObjectIndex(0);
const OBJECT: ObjectIndex = ObjectIndex(1);

fn in_use(arena: &Arena) -> u64 {
    arena.object::<Heap>(HEAP).expect("the heap").in_use()
}

/// Runs `body` as that actor in a process of its own.
fn spawn(arena: &Arena, slot: u32, body: impl FnOnce(&Actor)) -> i32 {
    supervise::begin(arena, SlotIndex(slot), 1);
    // SAFETY: this process has one thread, and the child ends by `_exit`.
    match unsafe { libc::fork() } {
        0 => {
            // SAFETY: asks for a signal when the parent ends, so that no failing test leaves processes behind.
            unsafe { libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGKILL) };
            body(&Actor::new(arena, SlotIndex(slot)));
            // SAFETY: ends the process at once.
            unsafe { libc::_exit(0) }
        }
        -1 => panic!("fork: {}", std::io::Error::last_os_error()),
        pid => pid,
    }
}

/// Kills the process and does what a supervisor does then.
fn kill(arena: &Arena, slot: u32, pid: i32) {
    // SAFETY: a child of ours, not reaped yet.
    unsafe { libc::kill(pid, libc::SIGKILL) };
    let status = reap(pid);
    supervise::recover(arena, SlotIndex(slot), status != 0);
}

fn reap(pid: i32) -> i32 {
    let mut status = 0;
    // SAFETY: a child of ours; the pointer is valid.
    assert_eq!(unsafe { libc::waitpid(pid, &mut status, 0) }, pid);
    status
}

/// Whether the process has ended by itself, with 0; reaps it.
fn has_ended(pid: i32) -> bool {
    let mut status = 0;
    // SAFETY: a child of ours; the pointer is valid.
    match unsafe { libc::waitpid(pid, &mut status, libc::WNOHANG) } {
        0 => false,
        found => {
            assert_eq!((found, status), (pid, 0), "a process failed: see above");
            true
        }
    }
}

/// An item that names its putter and number, and whose other bytes follow from them.
fn item(putter: u32, number: u32, large: bool, into: &mut Vec<u8>) {
    let length = match number % 64 {
        7 if large => 140_000 + number as usize % 1000,
        21 if large => 40_000,
        n if n % 16 == 3 => 700 + n as usize * 50,
        n => n as usize % 40,
    };
    into.clear();
    into.extend_from_slice(&putter.to_le_bytes());
    into.extend_from_slice(&number.to_le_bytes());
    into.extend((0..length).map(|at| (at as u32).wrapping_mul(31).wrapping_add(number) as u8));
}

fn named_in(bytes: &[u8]) -> (u32, u32) {
    let word = |at: usize| u32::from_le_bytes(bytes[at..at + 4].try_into().expect("a whole item"));
    (word(0), word(4))
}

/// Stops with the item if it is torn.
fn check_whole(bytes: &[u8], large: bool, whole: &mut Vec<u8>) -> (u32, u32) {
    let (putter, number) = named_in(bytes);
    item(putter, number, large, whole);
    if bytes != &whole[..] {
        eprintln!("torn: item {number} of {putter}, {} bytes instead of {}", bytes.len(), whole.len());
        exit(9);
    }
    (putter, number)
}

const PUTTERS: u32 = 2;
const TAKERS: u32 = 2;
const MOST: u32 = 4_000_000;

/// What is written down beside the queue, in the arena, so that a death loses nothing of it.
struct Books<'a> {
    stop: &'a AtomicU32,
    /// Per putter: the number it puts now (never used twice), and how many puts have returned.
    begun: &'a [AtomicU32],
    /// Per putter and number: 0, or 1 once the put has returned.
    put: &'a [AtomicU8],
    /// Per putter and number: how often it was taken.
    taken: &'a [AtomicU8],
    progress: &'a AtomicU64,
}

impl Books<'_> {
    fn open(arena: &Arena) -> Books<'_> {
        let cells = u64::from(PUTTERS * MOST);
        let cell = |count| arena.slice(arena.reserve::<AtomicU8>(count).expect("room for the books"), count);
        Books {
            stop: arena.at(arena.reserve(1).expect("room")),
            begun: arena.slice(arena.reserve(4).expect("room"), 4),
            put: cell(cells),
            taken: cell(cells),
            progress: arena.at(arena.reserve(1).expect("room")),
        }
    }

    fn cell(putter: u32, number: u32) -> usize {
        (putter * MOST + number) as usize
    }

    fn put_for_ever(&self, putter: u32, large: bool, mut put: impl FnMut(&[u8])) {
        let mut bytes = Vec::new();
        while self.stop.load(Relaxed) == 0 {
            let number = self.begun[putter as usize].fetch_add(1, SeqCst);
            if number >= MOST {
                return;
            }
            item(putter, number, large, &mut bytes);
            put(&bytes);
            self.put[Self::cell(putter, number)].store(1, SeqCst);
            self.progress.fetch_add(1, Relaxed);
        }
    }

    fn note_taken(&self, bytes: &[u8], large: bool, whole: &mut Vec<u8>) {
        let (putter, number) = check_whole(bytes, large, whole);
        self.taken[Self::cell(putter, number)].fetch_add(1, SeqCst);
        self.progress.fetch_add(1, Relaxed);
    }

    /// (put and never taken, taken more than once, taken and never known to be put)
    fn balance(&self) -> (u64, u64, u64) {
        let (mut lost, mut twice, mut unsure) = (0, 0, 0);
        for putter in 0..PUTTERS {
            for number in 0..self.begun[putter as usize].load(SeqCst).min(MOST) {
                let cell = Self::cell(putter, number);
                let (put, taken) = (self.put[cell].load(SeqCst), self.taken[cell].load(SeqCst));
                lost += u64::from(put == 1 && taken == 0);
                twice += u64::from(taken.saturating_sub(1));
                unsure += u64::from(put == 0 && taken > 0);
            }
        }
        (lost, twice, unsure)
    }
}

/// Kills and restarts actors `0..PUTTERS + TAKERS` until so many have died; then says stop and lets them end.
/// Answers how many putters and how many takers were killed.
fn rage(arena: &Arena, books: &Books, start: impl Fn(u32) -> i32) -> (u64, u64) {
    let mut dice = Dice::new();
    let deaths = 600 * from_environment("DEATHS").unwrap_or(1);
    let mut pids: Vec<i32> = (0..PUTTERS + TAKERS).map(&start).collect();
    let (mut putters, mut takers) = (0, 0);
    let mut seen = (Instant::now(), 0);
    for _ in 0..deaths {
        std::thread::sleep(Duration::from_micros(dice.below(900)));
        // Now and then several at once, and a repair while another one is dead already.
        let first = dice.below(u64::from(PUTTERS + TAKERS)) as u32;
        let count = if dice.below(8) == 0 { 1 + dice.below(u64::from(PUTTERS + TAKERS)) as u32 } else { 1 };
        let chosen: Vec<u32> = (0..count).map(|n| (first + n) % (PUTTERS + TAKERS)).collect();
        for slot in &chosen {
            // SAFETY: a child of ours, not reaped yet.
            unsafe { libc::kill(pids[*slot as usize], libc::SIGKILL) };
        }
        for slot in chosen {
            kill(arena, slot, pids[slot as usize]);
            pids[slot as usize] = start(slot);
            if slot < PUTTERS { putters += 1 } else { takers += 1 }
        }
        let progress = books.progress.load(Relaxed);
        if progress != seen.1 {
            seen = (Instant::now(), progress);
        }
        assert!(seen.0.elapsed() < PATIENCE, "nothing was put or taken for {PATIENCE:?}");
    }
    books.stop.store(1, SeqCst);
    let begin = Instant::now();
    for (slot, pid) in pids.into_iter().enumerate() {
        while !has_ended(pid) {
            assert!(begin.elapsed() < PATIENCE, "actor {slot} hangs at the end");
            std::thread::sleep(Duration::from_millis(1));
        }
        supervise::recover(arena, SlotIndex(slot as u32), false);
        supervise::ended(arena, SlotIndex(slot as u32), 0, false);
    }
    (putters, takers)
}

#[derive(Clone, Copy)]
struct Storm {
    redeliver: bool,
    maxsize: u64,
    large: bool,
}

fn storm(Storm { redeliver, maxsize, large }: Storm) {
    let arena = arena(PUTTERS + TAKERS);
    let putters: Vec<_> = (0..PUTTERS).map(SlotIndex).collect();
    let takers: Vec<_> = (PUTTERS..PUTTERS + TAKERS).map(SlotIndex).collect();
    let form = QueueForm { maxsize, redeliver, putters: &putters, takers: &takers };
    assert_eq!(Queue::create(&arena, &form, &[]), Ok(OBJECT));
    let queue: &Queue = arena.object(OBJECT).expect("the queue");
    let books = Books::open(&arena);
    let marked: &AtomicU64 = arena.at(arena.reserve(1).expect("room"));
    let (killed_putters, killed_takers) = rage(&arena, &books, |slot| {
        spawn(&arena, slot, |actor| match slot {
            0..PUTTERS => {
                books.put_for_ever(slot, large, |bytes| {
                    // Without a bound the queue is kept short by hand.
                    while maxsize == 0 && queue.qsize() > 50 && books.stop.load(Relaxed) == 0 {
                        std::thread::sleep(Duration::from_micros(50));
                    }
                    queue.put(actor, bytes, Wait::Forever).expect("a put");
                });
                queue.close(actor);
            }
            _ => {
                let (mut into, mut whole) = (Vec::new(), Vec::new());
                while queue.get_or_end(actor, &mut into, Wait::Forever) == Ok(Next::Item) {
                    books.note_taken(&into, large, &mut whole);
                    queue.task_done(actor).expect("not too often");
                    marked.fetch_add(1, SeqCst);
                }
            }
        })
    });
    let (lost, twice, unsure) = books.balance();
    let story = format!("lost {lost}, twice {twice}, unsure {unsure}, killed {killed_putters} + {killed_takers}");
    println!("  {} moved; {story}", books.progress.load(Relaxed));
    assert!(unsure <= killed_putters, "{story}");
    if redeliver {
        assert_eq!(lost, 0, "{story}");
        assert!(twice <= killed_takers, "{story}");
        assert_eq!(queue.unfinished(), 0, "{story}");
    } else {
        // Handed over, and its taker died before it wrote that down.
        assert!(lost <= killed_takers, "{story}");
        assert_eq!(twice, 0, "{story}");
        assert!(queue.unfinished() <= killed_takers, "{story}");
    }
    assert_eq!(queue.qsize(), 0);
    assert!([4096, 65_536, 1 << 20].contains(&in_use(&arena)), "{} bytes leaked", in_use(&arena));
}

fn storm_over_a_pipe() {
    let arena = arena(PUTTERS + TAKERS);
    let ends = [[SlotIndex(0), SlotIndex(1)], [SlotIndex(2), SlotIndex(3)]];
    assert_eq!(Pipe::create(&arena, true, [&ends[0], &ends[1]]), Ok(OBJECT));
    let pipe: &Pipe = arena.object(OBJECT).expect("the pipe");
    let books = Books::open(&arena);
    let (killed_senders, killed_receivers) = rage(&arena, &books, |slot| {
        spawn(&arena, slot, |actor| match slot {
            0..PUTTERS => {
                books.put_for_ever(slot, false, |bytes| {
                    while pipe.pending(End::B) > 50 && books.stop.load(Relaxed) == 0 {
                        std::thread::sleep(Duration::from_micros(50));
                    }
                    pipe.send(actor, End::A, bytes).expect("somebody may still receive");
                });
                pipe.close(actor, End::A);
            }
            _ => {
                let (mut into, mut whole) = (Vec::new(), Vec::new());
                while pipe.recv(actor, End::B, &mut into, Wait::Forever).is_ok() {
                    books.note_taken(&into, false, &mut whole);
                }
            }
        })
    });
    let (lost, twice, unsure) = books.balance();
    let story = format!("lost {lost}, twice {twice}, unsure {unsure}, killed {killed_senders} + {killed_receivers}");
    println!("  {} moved; {story}", books.progress.load(Relaxed));
    assert!(unsure <= killed_senders && lost <= killed_receivers && twice == 0, "{story}");
    assert_eq!(pipe.pending(End::B), 0);
}

/// Two takers asleep. Each takes one item and ends. Waking takes the kernel longer than the next line of the test.
fn with_two_asleep(test: impl FnOnce(&Arena, i32, i32)) {
    let arena = with_queue(0, false);
    let take_one = |slot| {
        let pid = spawn(&arena, slot, |actor| {
            // SAFETY: plain system call. One that is woken does not take the CPU away from this test's next line.
            unsafe { libc::sched_setscheduler(0, libc::SCHED_IDLE, &libc::sched_param { sched_priority: 0 }) };
            queue_of(actor.arena()).get(actor, &mut Vec::new(), Wait::Forever).expect("it waits for ever");
        });
        let begin = Instant::now();
        while !supervise::blocked(&arena, SlotIndex(slot)) {
            assert!(begin.elapsed() < PATIENCE, "it should wait by now");
        }
        // Published, and a moment later asleep.
        std::thread::sleep(Duration::from_millis(3));
        pid
    };
    test(&arena, take_one(1), take_one(2));
}

fn ends_soon(pid: i32) {
    let begin = Instant::now();
    while !has_ended(pid) {
        assert!(begin.elapsed() < PATIENCE, "a wake-up is lost");
        std::thread::sleep(Duration::from_micros(200));
    }
}

fn killed_with_a_wake_up() {
    for _ in 0..40 {
        with_two_asleep(|arena, first, second| {
            put(arena, &[b"for whoever lives"]);
            kill(arena, 1, first);
            if queue_of(arena).empty() {
                // The first one was faster, or the second one has it already.
                put(arena, &[b"one more"]);
            }
            ends_soon(second);
        });
    }
}

fn handed_on() {
    for _ in 0..40 {
        with_two_asleep(|arena, first, second| {
            put(arena, &[b"one", b"two"]);
            ends_soon(first);
            ends_soon(second);
        });
    }
}

/// What an arena holds: the pages that were ever touched.
type Pages = BTreeMap<u64, Vec<u8>>;

fn pages(arena: &Arena) -> Pages {
    let fd = arena.fd().as_raw_fd();
    let file = File::from(arena.fd().try_clone_to_owned().expect("a descriptor"));
    let (mut pages, mut at) = (Pages::new(), 0);
    loop {
        // SAFETY: seeks in a file of our own, whose position nobody uses.
        let begin = unsafe { libc::lseek(fd, at, libc::SEEK_DATA) };
        if begin < 0 {
            return pages;
        }
        // SAFETY: as above.
        at = unsafe { libc::lseek(fd, begin, libc::SEEK_HOLE) };
        let mut bytes = vec![0; (at - begin) as usize];
        file.read_exact_at(&mut bytes, begin as u64).expect("the arena's pages");
        pages.insert(begin as u64, bytes);
    }
}

/// What lies there now, while nobody runs who could change it.
fn here(arena: &Arena, at: u64, length: usize) -> &[u8] {
    let first = arena.bytes(at, length as u64).expect("a place of the arena");
    // SAFETY: the range lies in the mapping; the only process that writes to it is stopped.
    unsafe { std::slice::from_raw_parts(first, length) }
}

/// The same arena elsewhere.
fn copy(pages: &Pages, like: &Arena) -> Arena {
    let sizes = Sizes { bytes: like.size(), slots: 1, objects: 1, longest_wait: 1 };
    let fresh = Arena::create(sizes).expect("an arena");
    let file = File::from(fresh.fd().try_clone_to_owned().expect("a descriptor"));
    for (at, bytes) in pages {
        file.write_all_at(bytes, *at).expect("a page");
    }
    Arena::attach(fresh.fd().try_clone_to_owned().expect("a descriptor")).expect("a whole copy")
}

/// Actor 1 does `act` in `arena`, one instruction at a time; `examine` gets every different state that a death could leave,
/// repaired. In order, so it may remember.
fn step(arena: &Arena, act: impl Fn(&Actor), mut examine: impl FnMut(&Arena)) {
    step_and_look(arena, act, |left, _| examine(left));
}

/// [`step`], where `examine` may look into the process's own memory too.
fn step_and_look(arena: &Arena, act: impl Fn(&Actor), mut examine: impl FnMut(&Arena, &File)) {
    let pid = spawn(arena, 1, |actor| {
        // SAFETY: asks to be traced by the parent and stops twice, around the operation.
        unsafe {
            libc::ptrace(libc::PTRACE_TRACEME, 0, 0, 0);
            libc::raise(libc::SIGSTOP);
        }
        act(actor);
        // SAFETY: as above.
        unsafe { libc::raise(libc::SIGSTOP) };
    });
    let mut last = Pages::new();
    let memory = File::open(format!("/proc/{pid}/mem")).expect("a child of ours");
    let (mut instructions, mut states) = (0u32, 0u32);
    let mut status = 0;
    // SAFETY: a child of ours.
    unsafe { libc::waitpid(pid, &mut status, 0) };
    assert!(libc::WIFSTOPPED(status), "it stops before it begins");
    loop {
        // A page never touched before means nothing until a word on an old one leads to it.
        let same = |(at, bytes): (&u64, &Vec<u8>)| here(arena, *at, bytes.len()) == &bytes[..];
        if last.is_empty() || !last.iter().all(same) {
            let now = pages(arena);
            let left = copy(&now, arena);
            supervise::recover(&left, SlotIndex(1), true);
            examine(&left, &memory);
            last = now;
            states += 1;
        }
        // SAFETY: the child is stopped under our trace.
        assert_eq!(unsafe { libc::ptrace(libc::PTRACE_SINGLESTEP, pid, 0, 0) }, 0, "a step");
        // SAFETY: a child of ours.
        unsafe { libc::waitpid(pid, &mut status, 0) };
        assert!(libc::WIFSTOPPED(status), "it ended with {status:#x} in the middle");
        if libc::WSTOPSIG(status) == libc::SIGSTOP {
            break;
        }
        instructions += 1;
        assert!(instructions < 400_000, "an operation that never ends");
    }
    kill(arena, 1, pid);
    println!("  {instructions} instructions, {states} states");
    assert!(states > 1, "the operation changes something");
}

fn queue_of(arena: &Arena) -> &Queue {
    arena.object(OBJECT).expect("the queue")
}

/// An arena with a queue of three actors, of which 0 has begun.
fn with_queue(maxsize: u64, redeliver: bool) -> Arena {
    let arena = arena(3);
    let all = [SlotIndex(0), SlotIndex(1), SlotIndex(2)];
    let form = QueueForm { maxsize, redeliver, putters: &all, takers: &all };
    assert_eq!(Queue::create(&arena, &form, &[]), Ok(OBJECT));
    supervise::begin(&arena, SlotIndex(0), 1);
    arena
}

fn actor(arena: &Arena) -> Actor<'_> {
    Actor::new(arena, SlotIndex(0))
}

fn put(arena: &Arena, items: &[&[u8]]) {
    for item in items {
        queue_of(arena).put(&actor(arena), item, Wait::at_most(PATIENCE)).expect("room");
    }
}

fn get(arena: &Arena) -> Vec<u8> {
    let mut into = Vec::new();
    queue_of(arena).get(&actor(arena), &mut into, Wait::at_most(PATIENCE)).expect("an item");
    into
}

fn contents(arena: &Arena) -> Vec<Vec<u8>> {
    let mut all = Vec::new();
    queue_of(arena).contents(arena, |item| all.push(item.to_vec()));
    assert_eq!(all.len() as u64, queue_of(arena).qsize(), "one counter tells the truth");
    all
}

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
    assert!([4096, 65_536, 1 << 20].contains(&in_use(arena)), "{} bytes leaked", in_use(arena));
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
    let long = [9; 1500];
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
