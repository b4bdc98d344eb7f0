//! `order/start-twice`: a step starts a process that starts by itself, or that has surely been started before: by another
//! step, or in the round of a loop before.
//!
//! A process is started once, as a `Process` of Python is.
//!
//! Bad: `worker: {steps: [..]}` and a step `start: worker`. Good: `worker: {start: manual, steps: [..]}`.
use std::collections::BTreeMap;

use crate::check::body::Body;
use crate::check::flow::{Act, Analysis, Care, Node, Seen, rounds, solve, trace};
use crate::check::study::{By, Study};
use crate::diag::{Bag, Code, Finding, Span};
use crate::graph::{Action, Graph, Operation, ProcessId, Start, Step};
use crate::program::{Found, ProcessRef, Thing, find};

pub(in crate::check) fn start_twice(study: &Study, bag: &mut Bag) {
    for (number, process) in study.graph.processes.iter().enumerate() {
        if process.start == Start::Manual || !study.is_certain_process(ProcessId(number as u32)) {
            continue;
        }
        for (_, touch) in study.touches_of_process(ProcessId(number as u32)) {
            if touch.operation != Operation::Start || !touch.reached || matches!(touch.by, By::Command(_)) {
                continue;
            }
            let name = &process.name;
            let message = format!("`{}` starts by itself and cannot be started again", name.value);
            let finding = Finding::new(Code::OrderStartTwice, touch.span, message, "starts it a second time");
            let finding = finding.also(name.span, "starts when the run begins");
            bag.add(finding.help(format!("give `{}` `start: manual`, or remove the step", name.value)));
        }
    }
    for (_, body) in study.running() {
        again(study, body, bag);
    }
}

/// Steps in loops of which one body's ways are followed.
const LOOKED_AT_MAX: usize = 200;

/// Manual ones that this body has surely started before.
fn again(study: &Study, body: &Body, bag: &mut Bag) {
    let Some(flow) = &body.flow else { return };
    let started = Started::new(study.graph, body);
    if started.places.is_empty() {
        return;
    }
    let before = solve(flow, &started, Care::Every);
    let rounds = rounds(flow, body.steps);
    let mut looked_at = 0;
    for id in flow.ids() {
        let (Act::Step(step), Some(known)) = (flow.node(id).act, &before[id.index()]) else { continue };
        let Some(process) = started.by(step) else { continue };
        let declared = study.graph.process(process.process);
        // Who catches the error has it in mind.
        let caught = flow.node(id).raises.iter().any(|raise| matches!(flow.node(raise.to).act, Act::Handler));
        let Action::Start { process: name } = &step.action else { continue };
        if declared.start != Start::Manual || caught {
            continue;
        }
        let first = started.place_before(&process, name.span).filter(|_| started.has(known, &process));
        let finding = match first {
            Some(first) => {
                let message = format!("`{}` has been started before", name.value);
                let finding = Finding::new(Code::OrderStartTwice, name.span, message, "starts it a second time");
                finding.also(first, "has started it").help("remove one of the two steps")
            }
            None => {
                let back = &mut |at, _: &Node| if at == id { Seen::Found } else { Seen::GoOn };
                let around = rounds.get(&std::ptr::from_ref(step));
                looked_at += usize::from(around.is_some());
                let comes_back = looked_at <= LOOKED_AT_MAX && trace(flow, id, &|_| None, back).is_some();
                let Some(around) = around.filter(|_| comes_back) else { continue };
                let message = format!("`{}` is started again when the loop comes back here", name.value);
                let finding = Finding::new(Code::OrderStartTwice, name.span, message, "a process is started once");
                let help = "start it before the loop, or declare a process for each time";
                finding.also(around.verb.span, "the loop").help(help)
            }
        };
        bag.add(finding);
    }
}

/// What has surely been started: a bit for each that more than one step starts.
struct Started<'s, 'a> {
    graph: &'a Graph,
    body: &'s Body<'a>,
    /// Where each is started, in order.
    places: BTreeMap<ProcessRef, Vec<Span>>,
    numbers: BTreeMap<ProcessRef, usize>,
}

impl<'s, 'a> Started<'s, 'a> {
    fn new(graph: &'a Graph, body: &'s Body<'a>) -> Self {
        let mut places: BTreeMap<ProcessRef, Vec<Span>> = BTreeMap::new();
        for used in body.uses.iter().filter(|used| used.operation == Operation::Start) {
            if let Thing::Process(process) = used.thing {
                places.entry(process).or_default().push(used.span);
            }
        }
        let several = places.iter_mut().filter(|(_, places)| places.len() > 1);
        let several = several.map(|(process, places)| {
            places.sort_unstable();
            *process
        });
        let numbers = several.enumerate().map(|(number, process)| (process, number)).collect();
        Started { graph, body, places, numbers }
    }

    fn by(&self, step: &Step) -> Option<ProcessRef> {
        let Action::Start { process } = &step.action else { return None };
        match find(self.graph, &self.body.bindings, process) {
            Ok(Found::Thing(Thing::Process(process))) => Some(process),
            _ => None,
        }
    }

    fn has(&self, known: &[u64], process: &ProcessRef) -> bool {
        self.numbers.get(process).is_some_and(|number| known[number / 64] & (1 << (number % 64)) != 0)
    }

    /// The first other step that starts it.
    fn place_before(&self, process: &ProcessRef, own: Span) -> Option<Span> {
        self.places.get(process)?.iter().copied().find(|place| *place != own)
    }
}

impl Analysis for Started<'_, '_> {
    type State = Vec<u64>;

    fn entry(&self) -> Self::State {
        vec![0; self.numbers.len().div_ceil(64)]
    }

    fn join(&self, into: &mut Self::State, from: &Self::State) -> bool {
        let mut changed = false;
        for (word, other) in into.iter_mut().zip(from) {
            changed |= *word & !other != 0;
            *word &= other;
        }
        changed
    }

    fn done(&self, node: &Node, state: &Self::State) -> Self::State {
        let mut state = state.clone();
        if let Act::Step(step) = node.act
            && let Some(number) = self.by(step).and_then(|process| self.numbers.get(&process))
        {
            state[number / 64] |= 1 << (number % 64);
        }
        state
    }
}
