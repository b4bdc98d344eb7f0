//! What was found, told: the finding, the trace, the schedule.
use super::expectation::Broken;
use super::found::{Found, Wrong};
use super::lateness::lateness;
use super::layout::Object;
use super::moves::Flag;
use super::path::Event;
use super::report::Counterexample;
use super::system::{Time, View};
use super::waits::Waiting;
use super::world::World;
use crate::diag::{Code, Finding, Span};
use crate::graph::OutcomeKind;
use crate::program::{Entry, Finds, Schedule};
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

    pub(super) fn name(&self, actor: usize) -> Str {
        self.system.actors.get(actor).map_or(Str::EMPTY, |actor| actor.name.clone())
    }
}

fn listed(names: &[String]) -> String {
    match names {
        [] => String::new(),
        [one] => one.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}
