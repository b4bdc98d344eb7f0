//! The steps that every round of a loop comes to, of a loop that goes round more than once, each with that loop.
use std::collections::HashMap;

use super::{Flow, Settled};
use crate::graph::{Action, Step};

pub(in crate::check) type Rounds<'a> = HashMap<*const Step, &'a Step>;

pub(in crate::check) fn rounds<'a>(flow: &Flow, steps: &'a [Step]) -> Rounds<'a> {
    let mut found = HashMap::new();
    block(flow, steps, None, &mut found);
    found
}

fn block<'a>(flow: &Flow, steps: &'a [Step], around: Option<&'a Step>, found: &mut Rounds<'a>) {
    for step in steps {
        if let Some(around) = around {
            found.insert(std::ptr::from_ref(step), around);
        }
        match &step.action {
            Action::With { body, .. } => block(flow, body, around, found),
            Action::Try { body, handlers, otherwise, finally } => {
                block(flow, body, around, found);
                block(flow, finally, around, found);
                block(flow, otherwise, None, found);
                handlers.iter().for_each(|handler| block(flow, &handler.body, None, found));
            }
            Action::While { .. } => step.bodies().into_iter().for_each(|body| block(flow, body, None, found)),
            _ if step.is_loop() => {
                let around = goes_round(flow, step).then_some(step);
                step.bodies().into_iter().for_each(|body| block(flow, body, around, found));
            }
            _ => step.bodies().into_iter().for_each(|body| block(flow, body, None, found)),
        }
    }
}

fn goes_round(flow: &Flow, step: &Step) -> bool {
    match flow.settled.get(&std::ptr::from_ref(step)) {
        Some(Settled::Times(times)) => *times > 1,
        Some(Settled::Items(items)) => items.as_list().is_none_or(|items| items.len() > 1),
        _ => true,
    }
}
