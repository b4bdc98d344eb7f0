//! The bugs: what stands there, and what a tired mind would have written.

pub struct Bug {
    pub name: &'static str,
    /// In `src/shm`.
    pub file: &'static str,
    /// Stands once in the file: statements with their `;`, or an expression.
    pub right: &'static str,
    pub wrong: &'static str,
}

const fn bug(name: &'static str, file: &'static str, right: &'static str, wrong: &'static str) -> Bug {
    Bug { name, file, right, wrong }
}

pub const BUGS: &[Bug] = &[
    bug("a released lock wakes nobody", "lock.rs", "self.bell.ring();", ""),
    bug(
        "the death of a holder is not told",
        "lock.rs",
        "let _ = self.word.compare_exchange(held, held << 32, SeqCst, Relaxed);",
        "let _ = self.word.compare_exchange(held, 0, SeqCst, Relaxed);",
    ),
    bug("a dead holder keeps the lock", "lock.rs", "u64::from(dead.tag.word())", "u64::MAX"),
    bug(
        "a semaphore's operation is not noted before its word is replaced",
        "semaphore.rs",
        "self.note_seen(accounts, word, slot)",
        "true",
    ),
    bug(
        "a unit taken and not yet accounted stays with the dead",
        "semaphore.rs",
        "balance(own) + last.change.sign()",
        "balance(own)",
    ),
    bug(
        "a repair that is begun anew gives units back twice",
        "semaphore.rs",
        "self.change_bounded(accounts, dead.slot(), Change::Give)",
        "{ let done = self.change_bounded(accounts, dead.slot(), Change::Give); account.own.store(own_word(owed, last), SeqCst); done }",
    ),
    bug("a set event wakes nobody", "event.rs", "return self.bell.ring_all()", "return"),
    bug(
        "a death in a barrier breaks nothing",
        "barrier.rs",
        "slot.scratch(GENERATION_NOTE) == u64::from(here.generation)",
        "false",
    ),
    bug(
        "an arrival is not published",
        "barrier.rs",
        "actor.begin(Doing { verb: Verb::Wait, stage: 0, object: self.index() });",
        "",
    ),
    bug(
        "the last to arrive wakes nobody",
        "barrier.rs",
        "if last {\n                    self.bell.ring_all();\n                }",
        "",
    ),
    bug(
        "a notification dies with the notified",
        "condition.rs",
        "self.notify_some(arena, 1, before);",
        "let _ = before;",
    ),
    bug("a notification wakes nobody", "condition.rs", "seat.bell.ring_all();", ""),
    bug(
        "the lock is given up before the seat is taken",
        "condition.rs",
        "self.take_seat(actor)",
        "{ let _ = lock.release(actor); let seat = self.take_seat(actor); let _ = lock.acquire(actor, Wait::Forever); seat }",
    ),
    bug("a guard is released and wakes nobody", "guard.rs", "self.bell.ring();", ""),
    bug(
        "a dead one's guard stays held",
        "guard.rs",
        "if self.is_held_by(dead) {\n            self.word.swap(0, SeqCst);\n        }",
        "",
    ),
    bug(
        "a block pushed before the death is freed twice",
        "heap/mend.rs",
        "item != Block::NONE && self.is_free(arena, item)",
        "false",
    ),
    bug(
        "what the dead had in hand is not freed",
        "heap/mend.rs",
        "self.reclaim(arena, block, Source::block(word, block, Block::NONE));",
        "word.store(0, Release);",
    ),
    bug(
        "a block is popped before the hand names it",
        "heap/list.rs",
        "name(block);",
        "if list.compare_exchange(top, pack(count.saturating_sub(1), Block(heap.links(arena, block).list.load(Acquire))), AcqRel, Relaxed).is_ok() { name(block); return Some(block); }",
    ),
    bug(
        "a repair that is begun anew does not look whether its last move was made",
        "heap/list.rs",
        "self.settle(arena, arena.at(Offset::from_bytes(list)));",
        "",
    ),
    bug(
        "who ends a move of the supervisor leaves the word that named the block as it is",
        "heap/list.rs",
        "let _ = word.compare_exchange(from as u32, to as u32, AcqRel, Relaxed);",
        "",
    ),
    bug(
        "the word that named a block is emptied before the block is in its list",
        "heap/list.rs",
        "moving.list.store(arena.place_of(list).bytes(), Release);",
        "moving.list.store(arena.place_of(list).bytes(), Release); match source.word { Word::Narrow(word) => word.store(source.to as u32, Release), Word::Wide(word) => word.store(source.to, Release) }",
    ),
    bug(
        "the first block of a chain is freed before the rest",
        "heap/mend.rs",
        "self.free(arena, second, Source::block(chain, second, third));",
        "let _ = third; self.free(arena, first, source); return self.reclaim(arena, second, Source::block(chain, second, second));",
    ),
    bug(
        "the end of a stream that the supervisor had rung for wakes nobody when it begins anew",
        "fifo/end.rs",
        "self.filled.0.ring_out();",
        "self.filled.0.ring_all();",
    ),
    bug(
        "an item that was put is freed with its putter",
        "fifo/put.rs",
        "hand.commit.store(next.count(), Release);",
        "",
    ),
    bug(
        "a put wakes nobody",
        "fifo/put.rs",
        "self.filled.0.ring();\n        if waited && !self.is_full() {\n            self.room.0.ring();\n        }",
        "if waited && !self.is_full() { self.room.0.ring(); }",
    ),
    bug(
        "a take makes no room known",
        "fifo/take.rs",
        "if self.plan.maxsize.load(Relaxed) != 0 {\n            self.room.0.ring();\n        }",
        "",
    ),
    bug(
        "the item is taken before it is copied",
        "fifo/take.rs",
        "into.clear();",
        "head.move_to(next);\n into.clear();",
    ),
    bug(
        "a block of the log is freed with who put it there",
        "log.rs",
        "self.tail.block(self.tail.at()).0 == hand.hop.load(Acquire)",
        "false",
    ),
    bug(
        "a block still in the log is freed with who was about to take it out",
        "log.rs",
        "self.head.block(self.head.at()).0 == hand.spent.load(Acquire)",
        "false",
    ),
    bug(
        "what a dead taker carried is lost",
        "fifo/mend.rs",
        "heap.bring(arena, &self.plan.returned, &[carried], Source::block(&hand.item, carried, Block::NONE));",
        "let _ = carried;",
    ),
    bug(
        "what a dead taker held is freed",
        "fifo/mend.rs",
        "if dead.badly {\n            return heap.bring(arena, &self.plan.returned, &held.all(heap, arena), held.whole());\n        }",
        "",
    ),
    bug(
        "a dead writer keeps the array",
        "array.rs",
        "self.version.fetch_add(COUNT, SeqCst);\n        self.writer.store(0, SeqCst);",
        "self.version.fetch_add(COUNT, SeqCst);",
    ),
    bug(
        "a listener does not say so",
        "bell.rs",
        "self.word.fetch_or(LISTENED, SeqCst) | LISTENED",
        "self.word.load(SeqCst) | LISTENED",
    ),
    bug(
        "a sleeper sleeps over a ring that came while it looked",
        "bell.rs",
        "futex::sleep(&self.word, heard.0, until)",
        "futex::sleep(&self.word, self.word.load(SeqCst), until)",
    ),
    bug("a repair wakes nobody", "supervise.rs", "each_object(arena, |object| object.wake_all(arena));", ""),
    bug("a mark wakes no joiner", "queue.rs", "self.idle.ring_all();", ""),
    bug(
        "the chunk of a dead worker is never done",
        "pool/mend.rs",
        "self.fail(arena, dead.tag, End { number: 0, exit: 0 });",
        "",
    ),
    bug(
        "a result is freed with the worker that has given it",
        "pool/mend.rs",
        "!self.is_given(arena, dead, block, commit as usize)",
        "true",
    ),
    bug(
        "a chunk is taken by whoever comes",
        "pool/sheet.rs",
        "line.state.compare_exchange(0, taken, AcqRel, Relaxed).is_ok()",
        "{ line.state.store(taken, Release); true }",
    ),
    bug(
        "a line is done before its result stands there",
        "pool/sheet.rs",
        "self.bytes[0].store(low, Relaxed);",
        "self.state.swap(done(came, bytes.len(), order), SeqCst); self.bytes[0].store(low, Relaxed);",
    ),
    bug(
        "a result is written over the arguments of the next chunk",
        "pool/sheet.rs",
        "result.len() > room",
        "result.len() > room + 16",
    ),
    bug("results are joined to their sheet again when that is begun anew", "pool/sheet.rs", "first != item.0", "true"),
    bug("who delivers last tells nobody", "pool/work.rs", "self.pool.tell_caller(self.actor.arena(), sheet);", ""),
    bug(
        "a result is shown before it is in its line",
        "pool/work.rs",
        "line.item.store(block.0, Release);\n        line.finish(came, &[], order);",
        "line.finish(came, &[], order); line.item.store(block.0, Release);",
    ),
    bug(
        "a sheet is left behind by the caller that died",
        "pool/mend.rs",
        "caller.left.store(dead.tag.word(), Release);",
        "",
    ),
];
