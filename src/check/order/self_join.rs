//! `order/self-join`: a process waits for its own end.
//!
//! It would never get past that step. `join: Worker` in a replica of `Worker` means all of them, itself too.
//!
//! Bad: `main: {steps: [join: main]}`. Good: `main: {steps: [join: worker]}`.
use crate::check::study::{By, Study};
use crate::check::wiring::Actor;
use crate::diag::{Bag, Code, Finding};
use crate::graph::{Operation, ProcessId};

pub(in crate::check) fn self_join(study: &Study, bag: &mut Bag) {
    for (number, process) in study.graph.processes.iter().enumerate() {
        let id = ProcessId(number as u32);
        for (meant, touch) in study.touches_of_process(id) {
            let own = matches!(touch.by, By::Body(_)) && study.actors(touch.by).contains(&Actor::Process(id));
            // One replica may well wait for another.
            let whole = meant.instance.is_none() || process.instances() == 1;
            if touch.operation != Operation::Join || !own || !whole || !touch.reached {
                continue;
            }
            let name = &process.name;
            let message = match &process.replicas {
                Some(_) => format!("`{}` joins all of its instances, itself too", name.value),
                None => format!("`{}` joins itself", name.value),
            };
            let finding = Finding::new(Code::OrderSelfJoin, touch.span, message, "waits for its own end");
            bag.add(
                finding
                    .also(name.span, "the process that runs this step")
                    .help("remove the step, or join another process"),
            );
        }
    }
}
