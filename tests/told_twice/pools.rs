//! A pool: calls handed in, taken, answered, awaited, by actors of which some die. All in one process, nobody waits.
use crate::op::Dice;
use crate::polled::end_of;
use mpgraph::program::{Calls, JobId};
use mpgraph::shm::{
    Actor, Answer, Arena, Draft, Heap, Job, ObjectIndex, Pool, PoolForm, SheetId, Sizes, SlotIndex, Wait, Worker,
    WorkerEnd, supervise,
};
use mpgraph::value::{Fault, Value};
use mpgraph::verify::model::{self, Task, Ticket};

const OPS: u64 = 400;
const CALLERS: usize = 2;
const WORKERS: usize = 3;
const LIMIT: u64 = 32 << 20;

/// A call whose caller has not yet been told how it ended.
struct Call {
    by: usize,
    ticket: Ticket,
    ordered: bool,
    begin: u32,
    sheets: Vec<SheetId>,
}

struct Round<'a> {
    arena: &'a Arena,
    pool: &'a Pool,
    told: model::Pool,
    workers: Vec<(Worker<'a>, Option<Task>)>,
    calls: Vec<Call>,
    /// Chunks so far: what each is called by.
    chunks: i64,
}

pub fn round(dice: &mut Dice) -> u64 {
    let slots = (CALLERS + WORKERS) as u32;
    let bytes = Heap::reservation(slots, LIMIT) + (16 << 20);
    let arena = Arena::create(Sizes { bytes, slots, objects: 4, longest_wait: 1 }).expect("an arena");
    arena.set_limit(LIMIT);
    Heap::build(&arena, LIMIT).expect("room");
    let slots: Vec<SlotIndex> = (0..slots).map(SlotIndex).collect();
    let (callers, workers) = slots.split_at(CALLERS);
    let index = Pool::create(&arena, &PoolForm { callers, workers }).expect("room");
    slots.iter().for_each(|slot| supervise::begin(&arena, *slot, 1));
    let pool = arena.object(index).expect("the pool");
    let worker = |slot: &SlotIndex| (Worker::new(pool, Actor::new(&arena, *slot)), None);
    let workers = workers.iter().map(worker).collect();
    let mut round = Round { arena: &arena, pool, told: model::Pool::new(), workers, calls: Vec::new(), chunks: 0 };
    let mut story = Vec::new();
    for _ in 0..OPS {
        let line = match dice.below(12) {
            0 | 1 => round.submit(dice),
            2..5 => round.take(dice.below(WORKERS), &story),
            5..8 => round.deliver(dice),
            8..10 => round.collect(dice, &story),
            10 => round.kill_worker(dice),
            _ if dice.one_in(4) => round.kill_caller(dice.below(CALLERS)),
            _ => continue,
        };
        story.push(line);
    }
    round.clear(&story);
    OPS
}

impl<'a> Round<'a> {
    fn caller(&self, n: usize) -> Actor<'a> {
        Actor::new(self.arena, SlotIndex(n as u32))
    }

    fn submit(&mut self, dice: &mut Dice) -> String {
        let by = dice.below(CALLERS);
        let (count, ordered) = (1 + dice.below(5), dice.one_in(2));
        let numbers: Vec<i64> = (self.chunks..).take(count).collect();
        self.chunks += count as i64;
        let ticket = Ticket { by: by as u32, number: self.chunks as u64 };
        let chunks = numbers.iter().map(|number| vec![vec![Value::Int(*number)]]).collect();
        self.told.submit(ticket, JobId(0), Calls::Many { chunks, ordered });
        let (begin, mut sheets) = (self.pool.next_order(), Vec::new());
        let mut draft = Draft::default();
        for number in &numbers {
            draft.bytes().extend_from_slice(&number.to_le_bytes());
            draft.bytes().extend(std::iter::repeat_n(1, if dice.one_in(8) { 70_000 } else { 0 }));
            draft.end_chunk().expect("a short one");
            if dice.one_in(3) || Some(number) == numbers.last() {
                let job = Job { number: 0, notes_order: !ordered };
                sheets.push(self.pool.submit(&self.caller(by), job, &draft).expect("room"));
                draft.clear();
            }
        }
        self.calls.push(Call { by, ticket, ordered, begin, sheets });
        format!("{by}: submits {numbers:?}, ordered {ordered}")
    }

    fn take(&mut self, n: usize, story: &[String]) -> String {
        let (worker, task) = &mut self.workers[n];
        if task.is_some() {
            return format!("worker {n}: busy");
        }
        let mut into = Vec::new();
        let taken = worker
            .take(&mut into, Wait::Poll)
            .ok()
            .map(|_| Value::Int(i64::from_le_bytes(into[..8].try_into().expect("a number"))));
        *task = self.told.take();
        let expected = task.as_ref().map(|task| task.calls[0][0].clone());
        assert!(taken == expected, "worker {n}: the model takes {expected:?}, not {taken:?}\n{}", end_of(story));
        format!("worker {n}: takes {taken:?}")
    }

    fn deliver(&mut self, dice: &mut Dice) -> String {
        let n = dice.below(WORKERS);
        let (worker, task) = &mut self.workers[n];
        let Some(task) = task.take() else { return format!("worker {n}: idle") };
        let number = task.calls[0][0].clone();
        let good = !dice.one_in(6);
        let mut bytes = number.as_int().expect("an int").to_le_bytes().to_vec();
        bytes.resize(if dice.one_in(3) { 300 } else { 8 }, 2);
        worker.deliver(if good { Ok(&bytes) } else { Err(&bytes) });
        let result = if good { Ok(vec![number.clone()]) } else { Err(Fault::value(number.to_string())) };
        self.told.finish(task.ticket, task.chunk, result);
        format!("worker {n}: delivers {number:?}, good {good}")
    }

    /// Awaits a call without waiting.
    fn collect(&mut self, dice: &mut Dice, story: &[String]) -> String {
        if self.calls.is_empty() {
            return "nothing to await".into();
        }
        let n = dice.below(self.calls.len());
        let Call { by, ticket, ordered, begin, sheets } = &self.calls[n];
        let (caller, expected) = (self.caller(*by), self.told.result(*ticket));
        let done = sheets.iter().all(|sheet| self.pool.wait(&caller, *sheet, Wait::Poll).is_ok());
        assert!(done == expected.is_some(), "{ticket:?}: the model has {expected:?}\n{}", end_of(story));
        let Some(expected) = expected else { return format!("{by}: awaits {ticket:?} in vain") };
        let (mut values, mut errors) = (Vec::new(), Vec::new());
        for sheet in sheets {
            self.pool.read(&caller, *sheet, |_, order, answer| {
                let order = order.wrapping_sub(*begin);
                let number = |bytes: &[u8]| i64::from_le_bytes(bytes[..8].try_into().expect("a number"));
                match answer {
                    Answer::Value(bytes) => values.push((order, Value::Int(number(bytes)))),
                    Answer::Error(bytes) => errors.push((order, Fault::value(Value::Int(number(bytes)).to_string()))),
                    Answer::Died(WorkerEnd { number, .. }) => {
                        errors.push((order, Fault::worker_died(number.to_string())));
                    }
                    other => panic!("{other:?}"),
                }
            });
            self.pool.release(&caller, *sheet);
        }
        if !ordered {
            values.sort_by_key(|(order, _)| *order);
        }
        errors.sort_by_key(|(order, _)| *order);
        let came = match errors.into_iter().next() {
            Some((_, fault)) => Err(fault),
            None => Ok(Value::list(values.into_iter().map(|(_, value)| value).collect())),
        };
        assert!(came == expected, "{ticket:?}: the model has {expected:?}, not {came:?}\n{}", end_of(story));
        let line = format!("{by}: awaits {ticket:?}: {came:?}");
        self.calls.swap_remove(n);
        line
    }

    fn kill_worker(&mut self, dice: &mut Dice) -> String {
        let n = dice.below(WORKERS);
        let slot = SlotIndex((CALLERS + n) as u32);
        let number = dice.below(1000) as u32;
        for _ in 0..2 {
            self.pool.fail_taken(self.arena, slot, WorkerEnd { number, exit: -9 });
            supervise::recover(self.arena, slot, true);
        }
        supervise::begin(self.arena, slot, 1);
        let (worker, task) = &mut self.workers[n];
        *worker = Worker::new(self.pool, Actor::new(self.arena, slot));
        if let Some(task) = task.take() {
            self.told.finish(task.ticket, task.chunk, Err(Fault::worker_died(number.to_string())));
        }
        format!("worker {n}: dies and is replaced")
    }

    /// What it has handed in is worked at all the same; nobody will ask for it.
    fn kill_caller(&mut self, n: usize) -> String {
        let slot = SlotIndex(n as u32);
        (0..2).for_each(|_| supervise::recover(self.arena, slot, true));
        supervise::begin(self.arena, slot, 1);
        self.calls.retain(|call| call.by != n);
        format!("{n}: dies and is started again")
    }

    /// Everything is done and let go: nothing is in use then.
    fn clear(&mut self, story: &[String]) {
        for (worker, task) in &mut self.workers {
            if task.take().is_some() {
                worker.deliver(Ok(&[]));
            }
        }
        let mut into = Vec::new();
        for (worker, _) in &mut self.workers {
            while worker.take(&mut into, Wait::Poll).is_ok() {
                worker.deliver(Ok(&[]));
            }
            worker.leave();
        }
        for Call { by, sheets, .. } in std::mem::take(&mut self.calls) {
            sheets.into_iter().for_each(|sheet| self.pool.release(&self.caller(by), sheet));
        }
        let in_use = self.arena.object::<Heap>(ObjectIndex(0)).expect("the heap").in_use();
        assert!(in_use == 0, "{in_use} bytes leaked\n{}", end_of(story));
    }
}
