//! The operations of the primitives, what can come of them, and the dice that choose.
use serde::{Deserialize, Serialize};

pub const ACTORS: usize = 4;
pub const PARTIES: u32 = 3;
/// Locks: a plain one, a recursive one, and the own lock of the second condition. The first condition is on the first.
pub const LOCKS: usize = 3;
pub const CONDITION_LOCKS: [usize; 2] = [0, 2];
/// First value of the semaphores; the first is bounded.
pub const UNITS: [u32; 2] = [2, 1];
/// `maxsize` and `redeliver` of the queues.
pub const QUEUES: [(u64, bool); 3] = [(0, false), (2, false), (3, true)];
pub const PUTTERS: [&[usize]; 3] = [&[0, 1, 2, 3], &[0, 1], &[0, 1, 2]];
pub const TAKERS: [&[usize]; 3] = [&[0, 1, 2, 3], &[1, 2, 3], &[1, 2, 3]];
/// `duplex` of the pipes, and who is wired to their ends.
pub const PIPES: [bool; 2] = [true, false];
pub const WIRED: [[&[usize]; 2]; 2] = [[&[0, 1], &[1, 2]], [&[0, 3], &[2, 3]]];
pub const TYPES: usize = 11;
pub const CELLS: usize = 3;

/// A number on its way into a cell; floats by their bits, so that all of them are equal to themselves.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub enum Number {
    Int(i64),
    Float(u64),
    Bool(bool),
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub enum Op {
    Acquire(usize),
    Release(usize),
    Take(usize),
    Give(usize),
    Set,
    Clear,
    Await,
    Gather,
    Abort,
    Reset,
    Sleep(usize),
    Notify(usize, u32),
    Write(usize, Number),
    Add(usize, Number),
    ReadCell(usize, u64),
    WriteCell(usize, u64, Number),
    AddCell(usize, u64, Number),
    /// The whole array; the last cell gets another number, and the list may be too long.
    WriteAll(usize, Number, Number, usize),
    ReadAll(usize),
    Put(usize, u32),
    Get(usize),
    Drain(usize),
    Done(usize),
    Join(usize),
    Close(usize),
    /// To the front again: a copy of that item, or what was taken last.
    GiveBack(usize, u32),
    Send(usize, usize, u32),
    Recv(usize, usize),
    CloseEnd(usize, usize),
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Outcome {
    Done,
    /// It would have had to wait, or the time was over.
    TimedOut,
    Acquired(Option<usize>),
    NotHeld,
    AboveBound,
    Truth(bool),
    Index(u32),
    Broken(Option<usize>),
    Woken {
        notified: bool,
        died: Option<usize>,
    },
    Number(Number),
    Numbers(Vec<Number>),
    ValueError,
    IndexError,
    Item(u32),
    End,
    TooOften,
    Closed,
    BrokenPipe,
    Direction,
}

/// What anybody can see of the objects while nobody moves.
#[derive(Debug, PartialEq)]
pub struct Seen {
    /// Locked, and by whom.
    pub locks: Vec<(bool, Option<usize>)>,
    pub units: Vec<u32>,
    /// Of the bounded semaphore.
    pub holders: Vec<(usize, u32)>,
    pub set: bool,
    pub gathered: (u32, bool),
    pub queues: Vec<SeenQueue>,
    /// By pipe and end: messages to be received, and `poll`.
    pub pipes: Vec<[(u64, bool); 2]>,
}

#[derive(Debug, PartialEq)]
pub struct SeenQueue {
    pub qsize: u64,
    pub empty: bool,
    pub full: bool,
    pub unfinished: u64,
    pub contents: Vec<u32>,
}

/// The bytes of an item: most are short, some have to lie outside the log.
pub fn payload(item: u32) -> Vec<u8> {
    let length = match item % 61 {
        0 => 0,
        1 => 140_000,
        n if n % 7 == 0 => 600,
        n => n as usize % 40,
    };
    let mut bytes = item.to_le_bytes().to_vec();
    bytes.resize(4 + length, item as u8);
    bytes
}

pub fn item(bytes: &[u8]) -> u32 {
    let item = u32::from_le_bytes(bytes[..4].try_into().expect("four bytes at least"));
    assert!(bytes == payload(item), "item {item} is torn");
    item
}

pub struct Dice {
    state: u64,
    items: u32,
}

impl Dice {
    pub fn new(seed: u64) -> Dice {
        Dice { state: seed, items: 0 }
    }

    /// From 0 to below `n`.
    pub fn below(&mut self, n: usize) -> usize {
        // Steele, Lea and Flood's SplitMix: neighbouring seeds give unrelated rounds.
        self.state = self.state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.state;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((z ^ (z >> 31)) % n as u64) as usize
    }

    pub fn one_in(&mut self, n: usize) -> bool {
        self.below(n) == 0
    }

    fn one_of<T: Copy>(&mut self, all: &[T]) -> T {
        all[self.below(all.len())]
    }

    fn item(&mut self) -> u32 {
        self.items += 1;
        self.items
    }

    /// Often at the edge of a type.
    fn number(&mut self) -> Number {
        const EDGES: [i64; 14] = [
            127,
            -128,
            255,
            32_767,
            -32_768,
            65_535,
            (1 << 31) - 1,
            -(1 << 31),
            (1 << 32) - 1,
            1 << 53,
            i64::MAX,
            i64::MIN,
            i64::MAX - 1,
            -1,
        ];
        const FLOATS: [f64; 12] = [
            0.0,
            -0.0,
            0.5,
            1e300,
            f64::MAX,
            f64::MIN,
            3.4e38,
            -3.5e38,
            1e-310,
            f64::INFINITY,
            f64::NEG_INFINITY,
            f64::NAN,
        ];
        match self.below(8) {
            0..3 => Number::Int(self.below(5) as i64 - 2),
            3 | 4 => Number::Int(self.one_of(&EDGES).wrapping_add(self.below(3) as i64 - 1)),
            5 => Number::Float(self.one_of(&FLOATS).to_bits()),
            6 => Number::Float((self.below(2000) as f64 / 7.0 - 100.0).to_bits()),
            _ => Number::Bool(self.below(2) == 1),
        }
    }

    fn cell(&mut self) -> u64 {
        self.below(CELLS + 1) as u64
    }

    /// Something that this actor may do.
    pub fn op(&mut self, actor: usize) -> Op {
        let queue = self.below(QUEUES.len());
        let pipe = self.below(PIPES.len());
        let ends: Vec<usize> = (0..2).filter(|end| WIRED[pipe][*end].contains(&actor)).collect();
        let of = self.below(TYPES);
        match self.below(44) {
            0..3 => Op::Acquire(self.below(LOCKS)),
            3..6 => Op::Release(self.below(LOCKS)),
            6 | 7 => Op::Take(self.below(UNITS.len())),
            8 | 9 => Op::Give(self.below(UNITS.len())),
            10 => Op::Set,
            11 => Op::Clear,
            12 => Op::Await,
            13 | 14 => Op::Gather,
            15 => self.one_of(&[Op::Abort, Op::Reset, Op::Reset]),
            16 | 17 => Op::Sleep(self.below(2)),
            18 | 19 => Op::Notify(self.below(2), self.one_of(&[0, 1, 1, 2, u32::MAX])),
            20 => Op::Write(of, self.number()),
            21 => Op::Add(of, self.number()),
            22 => Op::ReadCell(of, self.cell()),
            23 => Op::WriteCell(of, self.cell(), self.number()),
            24 => Op::AddCell(of, self.cell(), self.number()),
            25 => Op::WriteAll(of, self.number(), self.number(), CELLS + usize::from(self.one_in(8))),
            26 => Op::ReadAll(of),
            27..31 if PUTTERS[queue].contains(&actor) => Op::Put(queue, self.item()),
            31 | 32 if TAKERS[queue].contains(&actor) => Op::Get(queue),
            33 if TAKERS[queue].contains(&actor) => Op::Drain(queue),
            34 | 35 if TAKERS[queue].contains(&actor) => Op::Done(queue),
            36 => Op::Join(queue),
            37 if PUTTERS[queue].contains(&actor) && self.one_in(3) => Op::Close(queue),
            38 if TAKERS[queue].contains(&actor) => Op::GiveBack(queue, self.item()),
            39..41 if !ends.is_empty() => Op::Send(pipe, self.one_of(&ends), self.item()),
            41 | 42 if !ends.is_empty() => Op::Recv(pipe, self.one_of(&ends)),
            43 if !ends.is_empty() && self.one_in(3) => Op::CloseEnd(pipe, self.one_of(&ends)),
            _ => self.op(actor),
        }
    }
}
