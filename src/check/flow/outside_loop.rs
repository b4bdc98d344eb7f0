//! `flow/outside-loop`: `break` or `continue` where there is no loop.
//!
//! Bad: `steps: [break]`. Good: `steps: [{loop: [break]}]`.
use crate::check::study::Study;
use crate::diag::{Bag, Code, Finding};
use crate::graph::{Action, Step};

pub(in crate::check) fn outside_loop(study: &Study, bag: &mut Bag) {
    for steps in study.written() {
        block(steps, false, bag);
    }
}

fn block(steps: &[Step], in_loop: bool, bag: &mut Bag) {
    for step in steps {
        if matches!(step.action, Action::Break | Action::Continue) && !in_loop {
            let word = step.verb.value;
            let message = format!("`{word}` stands outside of any loop");
            let finding = Finding::new(Code::FlowOutsideLoop, step.verb.span, message, "no loop around it");
            let help = match word {
                "break" => "put it into a `loop`, `while`, `repeat` or `for`; to end the body, write `return`",
                _ => "put it into a `loop`, `while`, `repeat` or `for`",
            };
            bag.add(finding.help(help));
        }
        let within = in_loop || step.is_loop();
        step.bodies().into_iter().for_each(|body| block(body, within, bag));
    }
}

impl Step {
    /// What its body does is done again and again.
    pub(in crate::check) fn is_loop(&self) -> bool {
        matches!(
            self.action,
            Action::While { .. }
                | Action::Loop { .. }
                | Action::Repeat { .. }
                | Action::ForIn { .. }
                | Action::ForFrom { .. }
        )
    }
}
