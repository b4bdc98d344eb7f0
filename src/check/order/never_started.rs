//! `order/never-started`: a process that waits to be started, and nobody does it.
//!
//! Bad: `worker: {start: manual, ..}` and no step `start: worker`. Good: add the step, or remove `start: manual`.
use crate::check::study::{By, Study};
use crate::check::wiring::Actor;
use crate::diag::{Bag, Code, Finding};
use crate::graph::{Operation, ProcessId, Start};

pub(in crate::check) fn never_started(study: &Study, bag: &mut Bag) {
    for (number, process) in study.graph.processes.iter().enumerate() {
        let id = ProcessId(number as u32);
        if process.start != Start::Manual || process.instances() == 0 || !study.is_certain_process(id) {
            continue;
        }
        let own = |by: By| study.actors(by).iter().all(|actor| *actor == Actor::Process(id));
        let mut starts = study.touches_of_process(id).filter(|(_, touch)| touch.operation == Operation::Start);
        if starts.any(|(_, touch)| !own(touch.by)) {
            continue;
        }
        let name = &process.name;
        let message =
            format!("`{}` is to be started by a step, and no other process has `start: {}`", name.value, name.value);
        let finding = Finding::new(Code::OrderNeverStarted, name.span, message, "never runs");
        let finding = match process.start_span {
            Some(span) => finding.also(span, "it does not start by itself"),
            None => finding,
        };
        bag.add(finding.help(format!("add a step `start: {}`, or remove `start: manual`", name.value)));
    }
}
