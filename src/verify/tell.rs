//! What was found, told: the finding, the trace, the schedule.
use super::expectation::Broken;
use super::explore::{Found, Wrong};
use super::lateness::lateness;
use super::layout::Object;
use super::moves::{Flag, What};
use super::path::Event;
use super::report::{Counterexample, TraceStep};
use super::system::{Time, View};
use super::waits::Waiting;
use super::world::World;
use crate::diag::{Code, Finding, Span};
use crate::graph::OutcomeKind;
use crate::program::{Entry, Finds, Outcome, Phase, Schedule};
use crate::value::{Duration, Str, Value};

impl World<'_, '_> {
    pub fn tell(&mut self, found: &Found, symmetric: bool, view: &View) -> Counterexample {
        let events = self.retrace(&found.path, symmetric);
        let events = self.cut_to_what_shows(events, &found.what);
        let shorter = match found.what {
            Wrong::Endless => None,
            _ => self.shortest(&found.what, events.len()),
        };
        let (events, what) = match shorter {
            Some(shorter) => shorter,
            None => (self.with_few_switches(events), found.what.clone()),
        };
        let end = events.last().map_or_else(|| self.initial(), |event| event.after.clone());
        let waiting = match &what {
            Wrong::Deadlock | Wrong::Endless => self.waiting(&end),
            _ => Vec::new(),
        };
        let finding = self.finding(&what, &events, &waiting);
        let trace = events.iter().flat_map(|event| self.trace(event)).collect();
        let mut entries: Vec<Entry> = events.iter().flat_map(|event| self.entries(event)).collect();
        let mut again = None;
        if what == Wrong::Endless {
            again = Some(entries.len());
            let circle = self.circle(&end);
            entries.extend(circle.iter().flat_map(|event| self.entries(event)));
        }
        let graph = Str::from(self.system.plan.graph().name.as_str());
        let by_clock = matches!(what, Wrong::End(Broken::Elapsed { .. }));
        let finds = Some(Finds { code: finding.code.as_str().into(), message: finding.message.clone(), by_clock });
        let late = match view.time {
            Time::Any if self.system.has_timers() => lateness(view, self.system, &events, &what),
            _ => Vec::new(),
        };
        let schedule = Schedule { graph, entries, finds, again };
        Counterexample { finding, time: view.time, trace, waiting, late, schedule }
    }

    fn finding(&self, what: &Wrong, events: &[Event], waiting: &[Waiting]) -> Finding {
        match what {
            Wrong::Deadlock => self.deadlock(waiting),
            Wrong::Endless => {
                let mut finding = Finding::new(
                    Code::VerifyDeadlock,
                    waiting.first().map_or(Span::default(), |first| first.span),
                    "the run can come to where it goes on for ever and has no way to end",
                    format!("`{}` is here", waiting.first().map_or("", |first| &first.process)),
                );
                for other in waiting.iter().skip(1) {
                    finding = finding.also(other.span, format!("`{}` is here", other.process));
                }
                finding.help("find what would end the loop, and who is kept from doing it")
            }
            Wrong::Flag(flag) => self.flagged(flag, events),
            Wrong::Line { rule } => {
                let last = events.last();
                let who = last.map_or(Str::EMPTY, |event| self.name(event.actor));
                Finding::new(
                    Code::VerifyExpectation,
                    self.system.rules[*rule].span,
                    format!("`{who}` can print what is not expected here"),
                    "this cannot hold any more then",
                )
                .help("see the trace: the last step prints it")
            }
            Wrong::End(broken) => self.broken(broken),
        }
    }

    fn deadlock(&self, waiting: &[Waiting]) -> Finding {
        let cycle: Vec<&Waiting> = waiting.iter().filter(|waiting| waiting.in_cycle).collect();
        let shown: Vec<&Waiting> = if cycle.is_empty() { waiting.iter().collect() } else { cycle.clone() };
        let names: Vec<String> = shown.iter().map(|waiting| format!("`{}`", waiting.process)).collect();
        let message = match (names.len(), cycle.is_empty()) {
            (0, _) => "the run can come to where nothing moves".to_owned(),
            (1, true) => format!("{} can wait for {} for ever", names[0], shown[0].what),
            (_, true) => format!("{} can wait for ever", listed(&names)),
            (_, false) => format!("{} can wait for one another for ever", listed(&names)),
        };
        let first = shown.first().map_or(Span::default(), |waiting| waiting.span);
        let label = |waiting: &Waiting| format!("`{}` waits here for {}", waiting.process, waiting.what);
        let mut finding = Finding::new(
            Code::VerifyDeadlock,
            first,
            message,
            shown.first().map_or(String::new(), |waiting| label(waiting)),
        );
        for waiting in shown.iter().skip(1) {
            finding = finding.also(waiting.span, label(waiting));
        }
        finding.help("change the order of the steps, or make sure that what is waited for comes in every order")
    }

    fn flagged(&self, flag: &Flag, events: &[Event]) -> Finding {
        let last = events.last().expect("a step raised the flag");
        let who = self.name(last.actor);
        match flag {
            Flag::LostUpdate { place, cell, body, site } => {
                let (object, _) = self.system.layout.owners[*place];
                let name = &*self.system.plan.graph().object(object).name;
                let what = match self.object(&last.before, *place).as_ref() {
                    Object::Array(_) => format!("cell {cell} of `{name}`"),
                    _ => format!("`{name}`"),
                };
                let read = self.system.body(*body as usize).program.step_at(*site).span;
                let (write, _, _) = self.stands(&last.before, last.actor);
                let mut finding = Finding::new(
                    Code::VerifyLostUpdate,
                    write,
                    format!(
                        "`{who}` can write {what} from a value that is out of date: what others wrote since is lost"
                    ),
                    "computed from what was read before",
                )
                .also(read, "read here");
                let changed = |event: &&Event| {
                    event.actor != last.actor && event.before[self.slot(*place)] != event.after[self.slot(*place)]
                };
                if let Some(between) = events.iter().rev().find(changed) {
                    let (span, _, _) = self.stands(&between.before, between.actor);
                    finding = finding.also(span, format!("`{}` changes it in between", self.name(between.actor)));
                }
                finding.help("hold a lock from the read to the write, or use `add`")
            }
            Flag::Error { code, error, .. } => {
                let field = |name| {
                    let map = error.as_ref().and_then(Value::as_map);
                    map.and_then(|map| map.field(name)).and_then(Value::as_str).unwrap_or_default().to_owned()
                };
                let stands = self.last_stand(last.actor, events);
                let span = self.step_at(&field("place"), stands).unwrap_or(stands);
                let (message, label) = match error {
                    Some(_) => {
                        let (kind, text) = (field("type"), field("message"));
                        (format!("`{who}` can fail with {kind}: {text}"), format!("{kind} here"))
                    }
                    None if *code < 0 => {
                        (format!("`{who}` can be ended by signal {}", -code), "it stands here then".to_owned())
                    }
                    None => (format!("`{who}` can end with {code}"), "it ends after this".to_owned()),
                };
                Finding::new(Code::VerifyError, span, message, label)
                    .help("catch the error, or say with `expect: processes:` that this end is meant")
            }
            Flag::Exit { code, .. } => {
                let instance = self.instance_of(last.actor);
                let span = instance.exits.as_ref().map_or(Span::default(), |(_, span)| *span);
                Finding::new(
                    Code::VerifyExpectation,
                    span,
                    format!("`{}` can end with {code}", instance.name),
                    "another end is expected",
                )
                .also(self.last_stand(last.actor, events), "it ends after this")
            }
            Flag::Skipped { .. } => {
                let (span, _, _) = self.stands(&last.before, last.actor);
                let name = &self.instance_of(last.actor).name;
                Finding::new(
                    Code::VerifyError,
                    span,
                    format!("`{name}` can be skipped: one that it comes after does not end with 0"),
                    "never started then",
                )
            }
        }
    }

    /// The step at `file:line`, where an error says that it arose: of several the one that stands there, else the
    /// smallest. A step that only computes is none that anybody stands at.
    fn step_at(&self, place: &str, stands: Span) -> Option<Span> {
        let steps = self.system.bodies.iter().flatten().flat_map(|body| &body.program.steps);
        let there: Vec<Span> =
            steps.filter(|step| !step.verb.is_empty() && *step.place == *place).map(|step| step.span).collect();
        match there.contains(&stands) {
            true => Some(stands),
            false => there.into_iter().min_by_key(|span| span.end - span.start),
        }
    }

    fn broken(&self, broken: &Broken) -> Finding {
        let graph = self.system.plan.graph();
        let json = |value: &Value| value.json().unwrap_or_default();
        let new = |span, message, label: &str| Finding::new(Code::VerifyExpectation, span, message, label);
        match broken {
            Broken::Outcome { expected, got } => {
                let word = |outcome: &OutcomeKind| match outcome {
                    OutcomeKind::Completed => "complete",
                    OutcomeKind::Deadlock => "deadlock",
                    OutcomeKind::Timeout => "run out of time",
                };
                let outcome = graph.expect.as_ref().and_then(|expect| expect.outcome.as_ref());
                let span = outcome.map_or(graph.span, |outcome| outcome.span);
                new(span, format!("the run can {}, and is expected to {}", word(got), word(expected)), "expected here")
            }
            Broken::Queue { object, span, left } => {
                let items: Vec<String> = left.iter().map(json).collect();
                let name = &*graph.object(*object).name;
                new(*span, format!("`{name}` can be left with [{}]", items.join(", ")), "something else is expected")
            }
            Broken::Value { object, span, got } => {
                let name = &*graph.object(*object).name;
                new(*span, format!("`{name}` can be {} at the end", json(got)), "something else is expected")
            }
            Broken::Event { object, span, set } => {
                let (name, word) = (&*graph.object(*object).name, if *set { "set" } else { "clear" });
                new(*span, format!("`{name}` can be {word} at the end"), "the other is expected")
            }
            Broken::Unclean { object, how } => {
                let clean = graph.expect.as_ref().and_then(|expect| expect.clean.as_ref());
                let declared = graph.object(*object);
                let span = clean.map_or(declared.name.span, |clean| clean.span);
                new(span, format!("`{}` can be unclean at the end: {how}", *declared.name), "expected here")
                    .also(declared.name.span, "this one")
            }
            Broken::Lines { rule } => new(
                self.system.rules[*rule].span,
                "lines that are expected here can be missing at the end".into(),
                "not all of these",
            ),
            Broken::Elapsed { span, took_ns, too_long } => {
                let (than, took) = (if *too_long { "more" } else { "less" }, Duration::from_ns(*took_ns));
                let is_last = self.system.elapsed_max_ns == Some(*took_ns);
                let at_least = if is_last { "at least " } else { "" };
                new(*span, format!("the run can take {at_least}{took}, {than} than expected"), "by an exact clock")
            }
            Broken::NotEnded { class, span } => {
                let instance = self.instance_of(*class as usize);
                new(*span, format!("`{}` may never run", instance.name), "an end is expected")
            }
        }
    }

    /// The last step that an actor took, or stood at.
    fn last_stand(&self, actor: usize, events: &[Event]) -> Span {
        let stood = events
            .iter()
            .rev()
            .map(|event| event.before.as_slice())
            .find(|row| self.block(row, actor).machine.is_some());
        match (stood, events.first()) {
            (Some(row), _) => self.stands(row, actor).0,
            (None, Some(first)) => self.stands(&first.before, actor).0,
            (None, None) => Span::default(),
        }
    }

    fn instance_of(&self, actor: usize) -> &super::system::Instance {
        &self.system.instances[self.system.actors[actor].instance]
    }

    fn name(&self, actor: usize) -> Str {
        self.system.actors.get(actor).map_or(Str::EMPTY, |actor| actor.name.clone())
    }

    fn trace(&self, event: &Event) -> Vec<TraceStep> {
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

    fn entries(&self, event: &Event) -> Vec<Entry> {
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
        let begun = !runner && self.block(&event.before, event.actor).phase != super::block::Phase::Before;
        // A queue is at its end when all who might put wait in it: so they have begun to.
        let told = (0..self.system.actors.len()).filter(|other| {
            let phase = |row| &self.block(row, *other).phase;
            *other != event.actor
                && *phase(&event.before) == super::block::Phase::Before
                && *phase(&event.after) == super::block::Phase::Told
        });
        for other in told {
            let (place, verb) = stood(other);
            let (process, result) = (self.name(other), String::new());
            entries.push(Entry { process, place, verb, phase: Phase::Begin, result });
        }
        let (phase, result) = match &event.told.what {
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
        for (other, outcome) in &event.told.also {
            let (place, verb) = stood(*other);
            entries.push(Entry { process: self.name(*other), place, verb, phase: Phase::End, result: outcome.word() });
        }
        entries
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

fn listed(names: &[String]) -> String {
    match names {
        [] => String::new(),
        [one] => one.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
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
