//! The steps of a counterexample: for people, and as orders for real processes.
use super::layout::Object;
use super::moves::What;
use super::path::Event;
use super::report::TraceStep;
use super::world::World;
use crate::diag::Span;
use crate::program::{Entry, Outcome, Phase, Readable, Request, Source};
use crate::value::{Duration, Str, Value};

impl World<'_, '_> {
    pub(super) fn trace(&self, event: &Event) -> Vec<TraceStep> {
        let mut steps = Vec::new();
        if event.actor >= self.system.actors.len() {
            let result = match &event.told.what {
                What::Clock(ns) => format!("the clock goes on by {}", Duration::from_ns(*ns)),
                _ => "the run is over: daemons and workers are stopped".to_owned(),
            };
            steps.push(TraceStep {
                process: Str::EMPTY,
                span: Span::default(),
                place: Str::EMPTY,
                line: 0,
                step: Str::EMPTY,
                result,
                changes: Vec::new(),
            });
            return steps;
        }
        let is_late = matches!(self.block(&event.before, event.actor).phase, super::block::Phase::Asleep(_));
        let result = self.result(&event.told.what, is_late);
        steps.push(self.trace_step(event, event.actor, result, self.changes(event)));
        for (other, outcome) in &event.told.also {
            steps.push(self.trace_step(event, *other, outcome_text(outcome), Vec::new()));
        }
        steps
    }

    fn trace_step(&self, event: &Event, actor: usize, result: String, changes: Vec<(String, String)>) -> TraceStep {
        let (span, place, step) = self.stands(&event.before, actor);
        let line = self.system.plan.sources().start(span).line;
        TraceStep { process: self.name(actor), span, place, line, step, result, changes }
    }

    /// `is_late`: it slept in a condition, and nobody called it.
    fn result(&self, what: &What, is_late: bool) -> String {
        match what {
            What::Answered(outcome) => outcome_text(outcome),
            What::Begun if is_late => "not in time".into(),
            What::Begun => "waits".into(),
            What::Started => "starts".into(),
            What::Skipped => "is skipped".into(),
            What::Left(code) => format!("ends with {code}"),
            What::Died(code) => format!("is ended by signal {}", -code),
            What::Takes => "takes a chunk of calls".into(),
            What::Delivers => "delivers its results".into(),
            What::RunEnds | What::Clock(_) => String::new(),
        }
    }

    /// The objects that an event changes, as they are afterwards.
    fn changes(&self, event: &Event) -> Vec<(String, String)> {
        let graph = self.system.plan.graph();
        let mut changes = Vec::new();
        for (place, (id, side)) in self.system.layout.owners.iter().enumerate() {
            if event.before[self.slot(place)] == event.after[self.slot(place)] {
                continue;
            }
            let declared = graph.object(*id);
            let name = match self.object(&event.after, place).as_ref() {
                Object::Channel(_) | Object::Stream(_) => self.end_name(crate::program::End { pipe: *id, side: *side }),
                _ => declared.name.value.clone(),
            };
            changes.push((name, self.object(&event.after, place).shown()));
        }
        changes
    }

    pub(super) fn entries(&self, event: &Event) -> Vec<Entry> {
        let mut entries = Vec::new();
        let runner = event.actor >= self.system.actors.len();
        let stood = |actor: usize| match runner {
            true => (Str::EMPTY, Str::EMPTY),
            false => {
                let (_, place, _) = self.stands(&event.before, actor);
                let block = self.block(&event.before, actor);
                let verb = block
                    .machine
                    .as_ref()
                    .map(|machine| self.system.body(block.body as usize).program.step_at(machine.pc()).verb);
                (place, Str::from(verb.unwrap_or("")))
            }
        };
        let mut begun = !runner && self.block(&event.before, event.actor).phase != super::block::Phase::Before;
        for waiting in self.come_to_wait(event) {
            begun |= waiting == event.actor;
            let (place, verb) = stood(waiting);
            let (process, result) = (self.name(waiting), String::new());
            entries.push(Entry { process, place, verb, phase: Phase::Begin, result });
        }
        let is_unforeseen = || {
            let asked = self.asks(event.before[event.actor]);
            matches!(asked, Some(Request::Read(Readable::Pid(_) | Readable::Clock)))
        };
        let (phase, result) = match &event.told.what {
            What::Answered(outcome) if !matches!(**outcome, Outcome::Done(Value::Null)) && is_unforeseen() => {
                (Phase::Whole, Entry::UNFORESEEN.into())
            }
            What::Answered(outcome) => (if begun { Phase::End } else { Phase::Whole }, outcome.word()),
            // One who sleeps in a condition leaves for want of time, and has to take the lock back first.
            What::Begun if matches!(self.block(&event.before, event.actor).phase, super::block::Phase::Asleep(_)) => {
                (Phase::Begin, "timeout".into())
            }
            What::Begun => (Phase::Begin, String::new()),
            What::Started => (Phase::Start, String::new()),
            What::Skipped => (Phase::Start, "skipped".into()),
            What::Left(code) | What::Died(code) => (Phase::Exit, code.to_string()),
            What::Takes => (Phase::Whole, "takes".into()),
            What::Delivers => (Phase::Whole, "delivers".into()),
            What::RunEnds => (Phase::Stop, String::new()),
            What::Clock(ns) => (Phase::Clock, ns.to_string()),
        };
        let (place, verb) = stood(event.actor);
        entries.push(Entry { process: self.name(event.actor), place, verb, phase, result });
        if phase == Phase::Clock {
            entries.extend(self.out_of_time(event).into_iter().map(Entry::time_up));
        }
        for (other, outcome) in &event.told.also {
            let (place, verb) = stood(*other);
            entries.push(Entry { process: self.name(*other), place, verb, phase: Phase::End, result: outcome.word() });
        }
        entries
    }

    /// A queue is at its end when all who might put wait in it, and all who wait then hear of it: so they have begun to, and
    /// those last who might put. The one whose step it is begins and hears of it at once where it is the last.
    fn come_to_wait(&self, event: &Event) -> Vec<usize> {
        use super::block::Phase::{Before, Told};
        let phase = |row, actor| &self.block(row, actor).phase;
        let is_told = |other: &usize| {
            *other != event.actor && *phase(&event.before, *other) == Before && *phase(&event.after, *other) == Told
        };
        let mut all: Vec<usize> = (0..self.system.actors.len()).filter(is_told).collect();
        let queue = match event.before.get(event.actor).and_then(|block| self.asks(*block)) {
            Some(Request::Next { from: Source::Queue(queue) }) if !all.is_empty() => self.system.layout.place(*queue),
            _ => return all,
        };
        if *phase(&event.before, event.actor) == Before {
            all.push(event.actor);
        }
        all.sort_by_key(|actor| self.putters[queue].contains(&self.system.actors[*actor].instance));
        if all.last() == Some(&event.actor) {
            all.pop();
        }
        all
    }

    /// Whose time is over when the clock has gone on: processes, and the run (without a name).
    fn out_of_time(&self, event: &Event) -> Vec<Str> {
        let is_doomed = |row, actor| self.block(row, actor).rare.doom.is_some();
        let actors = (0..self.system.actors.len())
            .filter(|actor| is_doomed(&event.after, *actor) && !is_doomed(&event.before, *actor));
        let mut whose: Vec<Str> = actors.map(|actor| self.name(actor)).collect();
        whose.extend(self.is_timed_out(&event.after).then_some(Str::EMPTY));
        whose
    }
}

/// For people.
fn outcome_text(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Done(Value::Null) => "done".into(),
        Outcome::Done(Value::Handle(_)) => "handed in".into(),
        Outcome::Done(value) => format!("-> {}", value.json().unwrap_or_default()),
        Outcome::TimedOut => "not in time".into(),
        Outcome::Ended => "at its end".into(),
        Outcome::Failed(fault) => fault.to_string(),
    }
}

impl Object {
    /// In few words.
    fn shown(&self) -> String {
        let json = |value: &Value| value.json().unwrap_or_default();
        match self {
            Object::Queue(queue) => {
                let items: Vec<String> = queue.items().map(json).collect();
                format!("[{}]", items.join(", "))
            }
            Object::Channel(channel) => format!("{} messages", channel.len()),
            Object::Stream(stream) => format!("{} bytes", stream.len()),
            Object::Event(event) => if event.is_set() { "set" } else { "clear" }.into(),
            Object::Barrier(barrier) if barrier.broken() => "broken".into(),
            Object::Barrier(barrier) => format!("{} of {}", barrier.n_waiting(), barrier.parties()),
            Object::Lock(lock) => if lock.locked() { "held" } else { "free" }.into(),
            Object::Semaphore(semaphore) => semaphore.value().to_string(),
            Object::Cell(cell) => json(cell.read()),
            Object::Array(array) => json(&array.read()),
            Object::Pool(_) => "calls".into(),
        }
    }
}
