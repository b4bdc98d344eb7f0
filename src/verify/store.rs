//! All states found so far, exactly, each once, with a step that leads there on a path as short as any.
use super::moves::Label;

pub(super) struct Store {
    width: usize,
    /// So many of the first numbers of a row tell states apart.
    key: usize,
    /// So many states a chunk: what is there stays where it is, and no room for as much again is kept beside it.
    chunks: Vec<Vec<u32>>,
    buckets: Vec<Bucket>,
    parents: Vec<u32>,
    labels: Vec<(u16, u16)>,
    /// The depth, and behind it a bit for each [`Mark`].
    depths: Vec<u32>,
}

/// How a state was found: by this step from that state, so many steps from the first one.
#[derive(Clone, Copy, Debug)]
pub(super) struct Origin {
    pub parent: u32,
    pub label: Label,
    pub depth: u32,
}

/// What is noted of a state.
#[derive(Clone, Copy)]
pub(super) enum Mark {
    /// Its steps are taken.
    Expanded = 1,
    /// All of them, although fewer seemed enough.
    Widened = 2,
    /// The clock may go on there although others can move.
    Hurried = 4,
}

const MARKS: u32 = 3;

/// As a power of two.
const CHUNK_BITS: u32 = 13;
const CHUNK: usize = 1 << CHUNK_BITS;

/// So many states share a line of the processor's cache.
const SHARE: usize = 12;

/// States whose rows have the same lowest bits of their hash; when it is full, the next bucket takes the rest.
#[repr(align(64))]
#[derive(Clone, Copy)]
struct Bucket {
    /// Eight other bits of the hash, so that few rows are compared in vain. 0: free, and so are all behind it.
    tags: [u8; SHARE],
    numbers: [u32; SHARE],
}

const FREE: Bucket = Bucket { tags: [0; SHARE], numbers: [0; SHARE] };

impl Store {
    /// Of the numbers in a row so many as `key` are the state, those behind them belong to it.
    pub fn new(width: usize, key: usize) -> Store {
        let buckets = vec![FREE; 1 << 8];
        Store { width, key, chunks: Vec::new(), buckets, parents: Vec::new(), labels: Vec::new(), depths: Vec::new() }
    }

    /// Forgets all states.
    pub fn clear(&mut self) {
        *self = Store::new(self.width, self.key);
    }

    /// The number of a state; `true` if it is new, and then `origin` says how it was found.
    pub fn insert(&mut self, row: &[u32], hash: u64, origin: Origin) -> (u32, bool) {
        debug_assert_eq!(row.len(), self.width);
        match self.look(&row[..self.key], hash) {
            Ok(known) => (known, false),
            Err((bucket, at)) => {
                let number = self.parents.len() as u32;
                self.buckets[bucket].tags[at] = tag(hash);
                self.buckets[bucket].numbers[at] = number;
                if number as usize & (CHUNK - 1) == 0 {
                    // A small search takes little.
                    let room = if number == 0 { 0 } else { CHUNK * self.width };
                    self.chunks.push(Vec::with_capacity(room));
                }
                let chunk = self.chunks.last_mut().expect("one was just made");
                chunk.extend_from_slice(row);
                self.parents.push(origin.parent);
                self.labels.push((origin.label.actor, origin.label.choice));
                self.depths.push(origin.depth << MARKS);
                // Four fifths full.
                if self.parents.len() * 5 > self.buckets.len() * SHARE * 4 {
                    self.grow();
                }
                (number, true)
            }
        }
    }

    /// A state was found again, by a shorter path; `row` is what it is on that one.
    pub fn come_nearer(&mut self, number: u32, row: &[u32], origin: Origin) {
        let at = number as usize;
        let chunk = &mut self.chunks[at >> CHUNK_BITS];
        chunk[(at & (CHUNK - 1)) * self.width..][..self.width].copy_from_slice(row);
        self.parents[at] = origin.parent;
        self.labels[at] = (origin.label.actor, origin.label.choice);
        self.depths[at] = origin.depth << MARKS | self.depths[at] & ((1 << MARKS) - 1);
    }

    pub fn find(&self, key: &[u32]) -> Option<u32> {
        self.look(key, hash(key)).ok()
    }

    /// Has memory bring the bucket of a state that is soon to be looked for. The number means nothing.
    pub fn ask_ahead(&self, hash: u64) -> u32 {
        let bucket = &self.buckets[hash as usize & (self.buckets.len() - 1)];
        bucket.numbers[0]
    }

    /// The same for the row that it is probably compared with, when the bucket has come.
    pub fn ask_for_row(&self, hash: u64) -> u32 {
        let bucket = &self.buckets[hash as usize & (self.buckets.len() - 1)];
        let tag = tag(hash);
        let number = (0..SHARE).find(|at| bucket.tags[*at] == tag).map_or(0, |at| bucket.numbers[at]);
        self.row(number)[0]
    }

    /// The state's number, or the bucket and the place in it that are free for it.
    fn look(&self, key: &[u32], hash: u64) -> Result<u32, (usize, usize)> {
        let (mask, tag) = (self.buckets.len() - 1, tag(hash));
        let mut bucket = hash as usize & mask;
        loop {
            let Bucket { tags, numbers } = &self.buckets[bucket];
            for at in 0..SHARE {
                if tags[at] == tag && self.row(numbers[at])[..self.key] == *key {
                    return Ok(numbers[at]);
                }
            }
            if tags[SHARE - 1] == 0 {
                let free = tags.iter().position(|tag| *tag == 0).expect("the last is free");
                return Err((bucket, free));
            }
            bucket = (bucket + 1) & mask;
        }
    }

    pub fn row(&self, number: u32) -> &[u32] {
        let chunk = &self.chunks[(number >> CHUNK_BITS) as usize];
        &chunk[(number as usize & (CHUNK - 1)) * self.width..][..self.width]
    }

    pub fn len(&self) -> usize {
        self.parents.len()
    }

    /// How many bytes it takes.
    pub fn bytes(&self) -> u64 {
        let buckets = self.buckets.len() * size_of::<Bucket>();
        (self.chunks.len() * CHUNK * self.width * 4
            + buckets
            + self.parents.capacity() * 4
            + self.labels.capacity() * 4
            + self.depths.capacity() * 4) as u64
    }

    /// From which state it was found, and by which step of which actor.
    pub fn origin(&self, number: u32) -> (u32, (u16, u16)) {
        (self.parents[number as usize], self.labels[number as usize])
    }

    /// How many steps lead there.
    pub fn depth(&self, number: u32) -> u32 {
        self.depths[number as usize] >> MARKS
    }

    pub fn is(&self, number: u32, mark: Mark) -> bool {
        self.depths[number as usize] & mark as u32 != 0
    }

    pub fn mark(&mut self, number: u32, mark: Mark) {
        self.depths[number as usize] |= mark as u32;
    }

    fn grow(&mut self) {
        let mask = self.buckets.len() * 2 - 1;
        let mut buckets = vec![FREE; mask + 1];
        for number in 0..self.parents.len() as u32 {
            let hash = hash(&self.row(number)[..self.key]);
            let mut bucket = hash as usize & mask;
            while buckets[bucket].tags[SHARE - 1] != 0 {
                bucket = (bucket + 1) & mask;
            }
            let Bucket { tags, numbers } = &mut buckets[bucket];
            let free = tags.iter().position(|tag| *tag == 0).expect("the last is free");
            (tags[free], numbers[free]) = (tag(hash), number);
        }
        self.buckets = buckets;
    }
}

fn tag(hash: u64) -> u8 {
    (hash >> 56) as u8 | 1
}

/// Its lowest bits and its highest are independent of one another.
pub(super) fn hash(row: &[u32]) -> u64 {
    let mut hash = 0x51_7C_C1_B7_27_22_0A_95_u64;
    let mut pairs = row.chunks_exact(2);
    for pair in &mut pairs {
        hash = mix(hash ^ (u64::from(pair[0]) | u64::from(pair[1]) << 32));
    }
    if let [last] = pairs.remainder() {
        hash = mix(hash ^ u64::from(*last));
    }
    hash ^ (hash >> 29)
}

fn mix(word: u64) -> u64 {
    let product = u128::from(word) * 0x9E37_79B9_7F4A_7C15_u128;
    (product >> 64) as u64 ^ product as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn origin(parent: u32, depth: u32) -> Origin {
        Origin { parent, label: Label { actor: 1, choice: 2, flag: 0 }, depth }
    }

    #[test]
    fn each_state_is_kept_once_and_found_again_after_the_table_has_grown() {
        let mut store = Store::new(3, 3);
        for n in 0..20_000u32 {
            let row = [n, n / 2, 7];
            assert_eq!(store.insert(&row, hash(&row), origin(n.saturating_sub(1), n)), (n, true));
        }
        for n in 0..20_000 {
            let row = [n, n / 2, 7];
            assert_eq!(store.insert(&row, hash(&row), origin(0, 1)), (n, false));
            assert_eq!(store.find(&[n, n / 2, 7]), Some(n));
        }
        assert_eq!(store.find(&[1, 1, 1]), None);
        assert_eq!((store.origin(3), store.depth(3)), ((2, (1, 2)), 3));
    }

    #[test]
    fn a_state_that_comes_nearer_keeps_its_marks() {
        let mut store = Store::new(2, 1);
        for n in 0..3u32 {
            store.insert(&[n, n], hash(&[n]), origin(n.saturating_sub(1), 5 * n));
        }
        store.mark(2, Mark::Widened);
        store.come_nearer(2, &[2, 7], origin(0, 4));
        assert_eq!((store.origin(2).0, store.depth(2), store.row(2)), (0, 4, &[2, 7][..]));
        assert!(store.is(2, Mark::Widened) && !store.is(2, Mark::Expanded) && !store.is(1, Mark::Widened));
    }
}
