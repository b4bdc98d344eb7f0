//! The caller's side: chunks handed in, waited for, read.
use super::super::Actor;
use super::super::actor::TimedOut;
use super::super::arena::OutOfMemory;
use super::super::futex::Wait;
use super::super::heap::{Block, SHEET_SIZE, SIZES};
use super::super::item;
use super::super::waiting::Verb;
use super::came::Came;
use super::mend::End;
use super::sheet::{Sheet, table};
use super::{OPENS, Pool};
use std::sync::atomic::Ordering::{Acquire, Relaxed, Release, SeqCst};

/// What the calls are of.
#[derive(Clone, Copy, Debug)]
pub struct Job {
    /// The caller's word for it; workers get it with each chunk.
    pub number: u64,
    /// The order in which results came is wanted of every one ([`Pool::next_order`]); else of errors only.
    pub notes_order: bool,
}

/// Chunks of calls that are about to be handed in together; kept for the next ones.
#[derive(Debug, Default)]
pub struct Draft {
    bytes: Vec<u8>,
    ends: Vec<u32>,
}

impl Draft {
    /// Where the next chunk's arguments are to be appended.
    #[inline]
    pub fn bytes(&mut self) -> &mut Vec<u8> {
        &mut self.bytes
    }

    /// What was appended since the last one is a chunk.
    ///
    /// # Errors
    /// [`OutOfMemory`] when it is larger than any that could be handed in.
    #[inline]
    pub fn end_chunk(&mut self) -> Result<(), OutOfMemory> {
        self.ends.push(u32::try_from(self.bytes.len()).map_err(|_| OutOfMemory)?);
        Ok(())
    }

    /// Another chunk like the last one would not fit on the same sheet.
    #[inline]
    pub fn is_full(&self) -> bool {
        let [.., before, last] = self.ends[..] else {
            return 2 * self.bytes.len() + table(2) > SIZES[SHEET_SIZE];
        };
        self.bytes.len() + (last - before) as usize + table(self.ends.len() + 1) > SIZES[SHEET_SIZE]
    }

    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// How many chunks are on it.
    pub fn count(&self) -> usize {
        self.ends.len()
    }

    pub fn clear(&mut self) {
        self.bytes.clear();
        self.ends.clear();
    }
}

/// A sheet that was handed in, for its caller: valid until it is released.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct SheetId(Block);

/// What came of a chunk.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Answer<'a> {
    Value(&'a [u8]),
    Error(&'a [u8]),
    /// The result did not fit into the run's memory.
    TooLarge,
    /// Its worker ended, in this way.
    Died(End),
    /// Nobody will take it: the pool has failed.
    Broken,
}

impl Pool {
    /// Hands in what is on the draft; workers may take it when this returns.
    ///
    /// # Errors
    /// [`OutOfMemory`]: the run's memory limit would be passed. Nothing was handed in.
    pub fn submit(&self, actor: &Actor, job: Job, draft: &Draft) -> Result<SheetId, OutOfMemory> {
        let (arena, heap) = (actor.arena(), self.heap(actor.arena()));
        let at = self.caller_at(arena, actor.index()).expect("only its callers call a pool");
        let caller = &self.callers(arena)[at];
        if caller.tag.load(Relaxed) != actor.tag().word() {
            self.succeed(actor, at);
        }
        let parts = [table(draft.count()) as u64, draft.bytes.len() as u64];
        let block = heap.make_parted(actor, parts, Wait::Forever).map_err(|_| OutOfMemory)?;
        let head = Sheet::write(arena, heap, block, &draft.ends, &draft.bytes).head();
        head.kept.store(1, Relaxed);
        head.caller.store(at as u32, Relaxed);
        head.notes_order.store(u32::from(job.notes_order), Relaxed);
        head.job.store(job.number, Relaxed);
        heap.links(arena, block).list.store(0, Relaxed);
        let hand = heap.hand(arena, actor.index());
        hand.commit.store(at as u64, Release);
        hand.home.store(self.place(arena), Release);
        hand.origin.store(OPENS, Release);
        // The guard is waited for without a limit, so nobody is busy.
        let _ = self.open.guard.lock(actor, Wait::Forever);
        let next = caller.first.load(Relaxed);
        head.next.store(next, Release);
        if next != 0 {
            self.sheet(arena, Block(next)).head().previous.store(block.0, Release);
        }
        caller.first.store(block.0, Release);
        match Block(self.open.first.load(Relaxed)) {
            Block::NONE => self.open.first.store(block.0, Release),
            _ => heap.links(arena, Block(self.open.last.load(Relaxed))).list.store(block.0, Release),
        }
        self.open.last.store(block.0, Release);
        hand.item.store(0, Release);
        self.open.guard.unlock();
        if draft.count() == 1 {
            self.filled.0.ring()
        } else {
            self.filled.0.ring_all()
        }
        Ok(SheetId(block))
    }

    /// What an earlier incarnation kept is given up.
    #[cold]
    fn succeed(&self, actor: &Actor, at: usize) {
        let caller = &self.callers(actor.arena())[at];
        loop {
            let _ = self.lock(actor, Wait::Forever);
            let first = caller.first.load(Relaxed);
            if first == 0 {
                caller.tag.store(actor.tag().word(), Release);
                return self.open.guard.unlock();
            }
            let unwanted = self.give_up(actor, at, Block(first));
            self.open.guard.unlock();
            if unwanted {
                self.shred(actor);
            }
        }
    }

    /// Waits until all chunks of the sheet are done.
    ///
    /// # Errors
    /// [`TimedOut`] when some are not yet.
    pub fn wait(&self, actor: &Actor, sheet: SheetId, wait: Wait) -> Result<(), TimedOut> {
        let arena = actor.arena();
        let at = self.caller_at(arena, actor.index()).expect("only its callers wait for it");
        let seen = self.sheet(arena, sheet.0);
        actor.note_wait(u64::from(sheet.0.0));
        actor.wait(&self.callers(arena)[at].bell, self.waits(Verb::Await), wait, || {
            if self.has_failed() {
                seen.give_up_free();
            }
            seen.is_done().then_some(())
        })
    }

    /// Shows what came of each chunk of a sheet that is done, with its number in the order of results as far as that is
    /// noted.
    pub fn read(&self, actor: &Actor, sheet: SheetId, mut show: impl FnMut(usize, u32, Answer)) {
        let (arena, heap) = (actor.arena(), self.heap(actor.arena()));
        let sheet = self.sheet(arena, sheet.0);
        let mut long = Vec::new();
        for at in 0..sheet.count() {
            let line = sheet.line(at);
            let Some((came, length, order)) = line.came() else { continue };
            let short = line.bytes();
            let long = if came.is_in_place() {
                sheet.result(at, &mut long)
            } else {
                if came.has_item() {
                    item::read(heap, arena, Block(line.item.load(Acquire)), &mut long);
                }
                &long
            };
            show(
                at,
                order,
                match came {
                    Came::Value => Answer::Value(&short[..length]),
                    Came::ValueInPlace | Came::ValueItem => Answer::Value(long),
                    Came::Error => Answer::Error(&short[..length]),
                    Came::ErrorInPlace | Came::ErrorItem => Answer::Error(long),
                    Came::TooLarge => Answer::TooLarge,
                    Came::Died => {
                        Answer::Died(End::from_word(u64::from_le_bytes(short[..8].try_into().expect("8 bytes"))))
                    }
                    Came::Broken => Answer::Broken,
                },
            );
        }
    }

    /// The caller wants nothing of the sheet any more. What nobody has taken yet is worked at all the same.
    pub fn release(&self, actor: &Actor, sheet: SheetId) {
        let at = self.caller_at(actor.arena(), actor.index()).expect("only its callers have sheets");
        // The guard is waited for without a limit, so nobody is busy.
        let _ = self.lock(actor, Wait::Forever);
        let unwanted = self.give_up(actor, at, sheet.0);
        self.open.guard.unlock();
        if unwanted {
            self.shred(actor);
        }
    }

    /// The next number in the order of results: what is handed in from now on gets this or a later one, modulo their width.
    pub fn next_order(&self) -> u32 {
        self.order.0.load(SeqCst)
    }
}
