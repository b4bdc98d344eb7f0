//! What the crew of `everything` does, and the books it keeps in the arena beside the objects.
use crate::told_once::Deaths;
use mpgraph::shm::{
    Acquired, Actor, Arena, Array, Barrier, Condition, End, Event, Heap, Lock, ObjectIndex, Offset, Pipe, Queue,
    QueueForm, Scalar, ScalarType, Semaphore, Sizes, SlotIndex, Value, Wait, supervise,
};
use std::sync::atomic::{AtomicU8, AtomicU64, Ordering::*};
use std::time::Duration;

pub const CREW: u32 = 8;

/// In the order in which `Workload::round` knows them.
pub const PRIMITIVES: [&str; 10] =
    ["lock", "semaphore", "event", "barrier", "condition", "value", "array", "queue", "redelivering queue", "pipe"];

const LOCK: usize = 0;
const VALUE: usize = 5;
const QUEUE: usize = 7;
const REDELIVERING: usize = 8;
const PIPE: usize = 9;
const LIMIT: u64 = 32 << 20;
const CELLS: usize = 6;
/// Rounds of each in a row.
const TIMES: [u64; PRIMITIVES.len()] = [2000, 1000, 1, 1, 1, 8000, 500, 6, 6, 6];
/// Items with books, of each putter and each of the three things that carry them.
const MOST: u64 = 2_000_000;

pub struct Workload {
    pub arena: Arena,
    objects: [ObjectIndex; PRIMITIVES.len()],
    words: Offset<AtomicU64>,
    /// Of each item: how often its put returned (low half) and how often it was taken.
    items: Offset<AtomicU8>,
}

/// One word per member, then some that all share.
const WORDS: u64 = 256;
const PROGRESS: u64 = 0;
const AT: u64 = 8;
const ADDED: u64 = 16;
const NEXT: u64 = 24;
const ROUNDS: u64 = 48;
const X: u64 = 64;
const Y: u64 = 65;
const TOLD: u64 = 66;
const HOLDERS_DIED: u64 = 67;
const UNHEARD: u64 = 71;
const INSIDE: u64 = 68;
const COMPLAINTS: u64 = 69;
const TORN: u64 = 70;

impl Workload {
    pub fn new() -> Workload {
        let bytes = Heap::reservation(CREW + 1, LIMIT) + 3 * u64::from(CREW) * MOST + (16 << 20);
        let arena = Arena::create(Sizes { bytes, slots: CREW + 1, objects: 16, longest_wait: 2 }).unwrap();
        arena.set_limit(LIMIT);
        Heap::build(&arena, LIMIT).unwrap();
        let all: Vec<_> = (0..=CREW).map(SlotIndex).collect();
        let queue = |redeliver| {
            let form = QueueForm { maxsize: 8, redeliver, putters: &all, takers: &all, clients: &[] };
            Queue::create(&arena, &form, &[]).unwrap()
        };
        let objects = [
            Lock::create(&arena, false).unwrap(),
            Semaphore::create(&arena, 2, true).unwrap(),
            Event::create(&arena, false).unwrap(),
            Barrier::create(&arena, 3).unwrap(),
            Condition::create(&arena, None).unwrap(),
            Value::create(&arena, ScalarType::I64, Scalar::Int(0)).unwrap(),
            Array::create(&arena, ScalarType::I64, CELLS as u64).unwrap(),
            queue(false),
            queue(true),
            Pipe::create(&arena, true, [&all, &all]).unwrap(),
        ];
        let words = arena.reserve(WORDS).unwrap();
        let items = arena.reserve_aligned(3 * u64::from(CREW) * MOST, 4096).unwrap();
        Workload { arena, objects, words, items }
    }

    fn word(&self, n: u64) -> &AtomicU64 {
        self.arena.at(self.words.nth(n))
    }

    fn holders(&self) -> Deaths<'_> {
        Deaths { account: self.word(TOLD), died: self.word(HOLDERS_DIED), unheard: self.word(UNHEARD) }
    }

    pub fn progress(&self, slot: u32) -> u64 {
        self.word(PROGRESS + u64::from(slot)).load(Relaxed)
    }

    pub fn complaints(&self) -> u64 {
        self.word(COMPLAINTS).load(SeqCst)
    }

    pub fn rounds(&self, primitive: usize) -> u64 {
        self.word(ROUNDS + primitive as u64).load(Relaxed)
    }

    /// Which primitive that member was at.
    pub fn was_at(&self, slot: u32) -> usize {
        self.word(AT + u64::from(slot)).load(SeqCst) as usize
    }

    /// After a death and before recovery.
    pub fn note_death(&self, slot: u32) {
        if supervise::holder_of(&self.arena, self.objects[LOCK]) == Some(SlotIndex(slot)) {
            self.holders().holder_died(SlotIndex(slot));
        }
        self.word(INSIDE).fetch_and(!(1 << slot), SeqCst);
    }

    pub fn work_for_ever(&self, slot: u32, seed: u64) {
        let before = std::panic::take_hook();
        let complaints = std::ptr::from_ref(self.word(COMPLAINTS)) as usize;
        std::panic::set_hook(Box::new(move |panic| {
            // Counted at its first instruction: who panics may be killed before it has said so.
            // SAFETY: a word of the arena, which this child never unmaps.
            unsafe { &*(complaints as *const AtomicU64) }.fetch_add(1, SeqCst);
            before(panic);
        }));
        let me = Actor::new(&self.arena, SlotIndex(slot));
        let mut dice = seed;
        let (mut into, mut whole) = (Vec::new(), Vec::new());
        loop {
            dice ^= dice << 13;
            dice ^= dice >> 7;
            dice ^= dice << 17;
            let primitive = (dice >> 20) as usize % PRIMITIVES.len();
            self.word(AT + u64::from(slot)).store(primitive as u64, SeqCst);
            // Those that never wait are done so often that death meets them as often as the others.
            let times = TIMES[primitive];
            for n in 0..times {
                self.round(
                    primitive,
                    &me,
                    (dice >> 24).wrapping_mul(n * 2 + 1),
                    &mut Buffers { into: &mut into, whole: &mut whole },
                );
            }
            self.word(ROUNDS + primitive as u64).fetch_add(1, Relaxed);
            self.word(PROGRESS + u64::from(slot)).fetch_add(1, Relaxed);
        }
    }

    /// A few rounds of everything by two members in turn, none of which waits for long.
    pub fn play_for_a_while(&self) {
        let (mut into, mut whole) = (Vec::new(), Vec::new());
        for slot in 0..2 {
            if self.arena.slot(SlotIndex(slot)).pid().is_none() {
                supervise::begin(&self.arena, SlotIndex(slot), 1);
            }
        }
        for n in 0..3 * 2 * PRIMITIVES.len() as u64 {
            let me = Actor::new(&self.arena, SlotIndex(n as u32 % 2));
            let primitive = n as usize / 2 % PRIMITIVES.len();
            self.round(primitive, &me, n / 20 + 1, &mut Buffers { into: &mut into, whole: &mut whole });
        }
        // One is in the middle of something: it holds the lock and a unit, and has taken an item.
        let me = Actor::new(&self.arena, SlotIndex(0));
        let _ = self.object::<Lock>(LOCK).acquire(&me, Wait::Poll);
        let _ = self.object::<Semaphore>(1).acquire(&me, Wait::Poll);
        let _ = self.object::<Queue>(REDELIVERING).get(&me, &mut into, Wait::Poll);
    }

    /// The words that are not zero, as numbers, but the books'.
    pub fn words_in_use(&self) -> Vec<u64> {
        let fd = std::os::fd::AsRawFd::as_raw_fd(&self.arena.fd());
        let (mut words, mut at) = (Vec::new(), 0);
        loop {
            // SAFETY: seeks in a file of our own, whose position nobody uses.
            let (begin, end) = unsafe { (libc::lseek(fd, at, libc::SEEK_DATA), libc::lseek(fd, at, libc::SEEK_HOLE)) };
            if begin < 0 || begin as u64 >= self.words.bytes() {
                return words;
            }
            if end <= begin {
                at = begin;
                // SAFETY: as above.
                at = unsafe { libc::lseek(fd, at, libc::SEEK_HOLE) };
            } else {
                at = end;
            }
            let range = begin as u64 / 8..(at as u64).min(self.words.bytes()) / 8;
            let first = self.arena.bytes(0, range.end * 8).expect("the arena").cast::<u64>();
            // SAFETY: inside the arena; nobody else runs.
            words.extend(range.filter(|n| unsafe { first.add(*n as usize).read() } != 0));
        }
    }

    fn object<T: mpgraph::shm::Object>(&self, primitive: usize) -> &T {
        self.arena.object(self.objects[primitive]).expect("arena damaged: an object is gone")
    }

    fn round(&self, primitive: usize, me: &Actor, dice: u64, buffers: &mut Buffers) {
        let soon = || Wait::at_most(Duration::from_micros(dice % 300));
        match primitive {
            LOCK => self.lock(me),
            1 => {
                let semaphore: &Semaphore = self.object(1);
                semaphore.acquire(me, Wait::Forever).unwrap();
                let (inside, mine) = (self.word(INSIDE), 1 << me.index().0);
                let now = inside.fetch_or(mine, SeqCst) | mine;
                assert!(now.count_ones() <= 2, "workload: inside: {now:b}");
                inside.fetch_and(!mine, SeqCst);
                semaphore.release(me).unwrap_or_else(|_| panic!("workload: nobody else releases"));
            }
            2 => {
                let event: &Event = self.object(2);
                match dice % 3 {
                    0 => event.set(),
                    1 => event.clear(),
                    _ => drop(event.wait(me, soon())),
                }
            }
            3 => {
                let barrier: &Barrier = self.object(3);
                match barrier.wait(me, soon()) {
                    Ok(index) => assert!(index < 3, "workload: {index} arrived"),
                    Err(_) => barrier.reset(),
                }
            }
            4 => {
                let condition: &Condition = self.object(4);
                let lock = condition.lock(&self.arena);
                lock.acquire(me, Wait::Forever).unwrap();
                if dice.is_multiple_of(2) {
                    condition.notify(me, 1 + dice as u32 % 3).unwrap_or_else(|_| panic!("workload: the lock is held"));
                } else {
                    condition.wait(me, soon()).unwrap_or_else(|_| panic!("workload: the lock is held"));
                }
                lock.release(me).unwrap_or_else(|_| panic!("workload: it is held"));
            }
            VALUE => {
                self.object::<Value>(VALUE).add(Scalar::Int(1)).unwrap_or_else(|_| panic!("workload: too many"));
                self.word(ADDED + u64::from(me.index().0)).fetch_add(1, Relaxed);
            }
            6 => {
                let array: &Array = self.object(6);
                let row = array.read_all(me);
                assert!(row.iter().all(|cell| *cell == row[0]), "workload: {row:?}");
                assert!(row.len() == CELLS, "workload: another length");
                let row = [Scalar::Int(dice as u32 as i64); CELLS];
                array.write_all(me, &row).unwrap_or_else(|_| panic!("workload: another length"));
            }
            _ => self.carry(primitive, me, dice, buffers),
        }
    }

    /// Two words that are equal whenever nobody holds the lock, unless a holder died: then the next one is told.
    fn lock(&self, me: &Actor) {
        let lock: &Lock = self.object(LOCK);
        let (x, y) = (self.word(X), self.word(Y));
        let acquired = lock.acquire(me, Wait::Forever).unwrap();
        self.holders().taken(acquired);
        match acquired {
            Acquired::Clean => assert_eq!(x.load(Relaxed), y.load(Relaxed), "workload: half changed, and nobody died"),
            Acquired::OwnerDied { .. } => y.store(x.load(Relaxed), Relaxed),
        }
        let count = x.load(Relaxed) + 1;
        x.store(count, Relaxed);
        y.store(count, Relaxed);
        assert_eq!(x.load(Relaxed), count, "workload: two holders");
        lock.release(me).unwrap_or_else(|_| panic!("workload: it is held"));
    }

    fn carry(&self, primitive: usize, me: &Actor, dice: u64, Buffers { into, whole }: &mut Buffers) {
        let wait = Wait::at_most(Duration::from_micros(200));
        if dice.is_multiple_of(2) {
            let next = self.word(NEXT + (primitive - QUEUE) as u64 * 8 + u64::from(me.index().0));
            let number = next.fetch_add(1, SeqCst);
            item(me.index().0, number, into);
            let put = match primitive {
                PIPE if self.object::<Pipe>(PIPE).pending(End::B) > 50 => false,
                PIPE => self.object::<Pipe>(PIPE).send(me, End::A, into).is_ok(),
                _ => self.object::<Queue>(primitive).put(me, into, wait).is_ok(),
            };
            if put && number < MOST {
                self.item(primitive, me.index().0, number).fetch_add(1, SeqCst);
            }
        } else {
            let taken = match primitive {
                PIPE => self.object::<Pipe>(PIPE).recv(me, End::B, into, wait).is_ok(),
                _ => self.object::<Queue>(primitive).get(me, into, wait).is_ok(),
            };
            if taken {
                self.note_taken(primitive, into, whole);
                if primitive == REDELIVERING {
                    self.object::<Queue>(primitive).task_done(me).unwrap_or_else(|_| panic!("workload: it holds one"));
                }
            }
        }
    }

    fn item(&self, primitive: usize, putter: u32, number: u64) -> &AtomicU8 {
        let at = ((primitive - QUEUE) as u64 * u64::from(CREW) + u64::from(putter)) * MOST + number;
        self.arena.at(self.items.nth(at))
    }

    fn note_taken(&self, primitive: usize, bytes: &[u8], whole: &mut Vec<u8>) {
        assert!(bytes.len() >= 16, "workload: torn");
        let putter = u64::from_le_bytes(bytes[..8].try_into().unwrap_or_else(|_| panic!("workload: torn"))) as u32;
        let number = u64::from_le_bytes(bytes[8..16].try_into().unwrap_or_else(|_| panic!("workload: torn")));
        item(putter, number, whole);
        if bytes != &whole[..] {
            self.word(TORN).fetch_add(1, SeqCst);
            panic!("workload: torn: item {number} of {putter}");
        }
        assert!(putter < CREW, "workload: torn");
        if number < MOST {
            self.item(primitive, putter, number).fetch_add(16, SeqCst);
        }
    }

    /// When all are dead and recovered from: the books must balance.
    pub fn verdict(&self, kills: u64) -> String {
        let last = SlotIndex(CREW);
        supervise::begin(&self.arena, last, 1);
        let me = Actor::new(&self.arena, last);
        let (mut into, mut whole) = (Vec::new(), Vec::new());
        let (mut lost, mut twice) = ([0u64; 3], [0u64; 3]);
        for primitive in [QUEUE, REDELIVERING, PIPE] {
            loop {
                let taken = match primitive {
                    PIPE => self.object::<Pipe>(PIPE).recv(&me, End::B, &mut into, Wait::Poll).is_ok(),
                    _ => self.object::<Queue>(primitive).get(&me, &mut into, Wait::Poll).is_ok(),
                };
                if !taken {
                    break;
                }
                self.note_taken(primitive, &into, &mut whole);
                if primitive == REDELIVERING {
                    self.object::<Queue>(primitive).task_done(&me).unwrap_or_else(|_| panic!("workload: it holds one"));
                }
            }
            for putter in 0..CREW {
                let next = self.word(NEXT + (primitive - QUEUE) as u64 * 8 + u64::from(putter)).load(SeqCst);
                for number in 0..next.min(MOST) {
                    let cell = self.item(primitive, putter, number).load(SeqCst);
                    lost[primitive - QUEUE] += u64::from(cell == 1);
                    twice[primitive - QUEUE] += u64::from((cell >> 4).saturating_sub(1));
                }
            }
        }
        self.lock(&me);
        let torn = self.word(TORN).load(SeqCst);
        println!("  lock: {}", self.holders().verdict());
        println!("  taken and not noted by one who died: {} of the queue, {} of the pipe", lost[0], lost[2]);
        println!("  redelivered: {}", twice[1]);
        // What a taker got and had no time to note is not lost by the queue.
        assert!(lost[0] <= kills && lost[2] <= kills && lost[1] == 0, "lost {lost:?}");
        assert!(twice[0] == 0 && twice[2] == 0 && twice[1] <= kills, "twice {twice:?}");
        assert_eq!(self.object::<Queue>(REDELIVERING).unfinished(), 0);
        let added: u64 = (0..u64::from(CREW)).map(|slot| self.word(ADDED + slot).load(Relaxed)).sum();
        let Scalar::Int(value) = self.object::<Value>(VALUE).read() else { panic!("an int") };
        assert!((added..=added + kills).contains(&(value as u64)), "{value} of {added}");
        let semaphore: &Semaphore = self.object(1);
        assert_eq!((semaphore.value(), semaphore.holders(&self.arena)), (2, vec![]));
        let barrier: &Barrier = self.object(3);
        barrier.reset();
        assert_eq!((barrier.n_waiting(), barrier.broken()), (0, false));
        assert!(!self.object::<Condition>(4).lock(&self.arena).locked());
        let heap: &Heap = self.arena.object(ObjectIndex(0)).unwrap();
        assert!(heap.in_use() <= 4 << 20, "{} bytes leaked", heap.in_use());
        format!("0 lost, {torn} torn, 0 duplicates, {} redeliveries", twice[1])
    }
}

struct Buffers<'a> {
    into: &'a mut Vec<u8>,
    whole: &'a mut Vec<u8>,
}

/// An item that names its putter and number, and whose other bytes follow from them.
fn item(putter: u32, number: u64, into: &mut Vec<u8>) {
    let length = match number % 64 {
        7 => 140_000,
        21 => 9_000,
        n => n as usize % 40,
    };
    into.clear();
    into.extend_from_slice(&u64::from(putter).to_le_bytes());
    into.extend_from_slice(&number.to_le_bytes());
    into.extend((0..length).map(|at| (at as u64).wrapping_mul(31).wrapping_add(number) as u8));
}
