//! `syntax/limit`: a body with more variables than a program can number, hidden ones included.
//!
//! Bad: sixty thousand `let` steps, each with a variable of its own. Good: one variable that holds a list.
use std::collections::HashSet;

use crate::check::study::Study;
use crate::diag::{Bag, Code, Finding};
use crate::graph::{Action, Body};

/// Of one body at most: instructions number variables in 16 bits.
const VARIABLES_MAX: usize = 60_000;

pub(in crate::check) fn too_many_variables(study: &Study, bag: &mut Bag) {
    let targets = study.graph.targets.iter().map(|target| (&target.name, target.steps.as_slice(), target.params.len()));
    let processes = study.graph.processes.iter().filter_map(|process| match (&process.body, &process.model) {
        (Body::Steps(steps), _) => Some((&process.name, steps.as_slice(), 0)),
        (_, Some(model)) => Some((&process.name, model.as_slice(), 0)),
        _ => None,
    });
    for (name, steps, params) in targets.chain(processes) {
        let (mut count, mut names) = (params, Vec::new());
        for step in steps {
            step.walk(&mut |step| {
                names.extend(step.sets().map(|name| name.value.as_str()));
                // What the compiler hides in a step: a list and a position, a count, a handle, an error.
                count += match &step.action {
                    Action::ForIn { .. } | Action::Try { .. } => 2,
                    Action::Repeat { .. }
                    | Action::With { .. }
                    | Action::Apply { .. }
                    | Action::Map { .. }
                    | Action::Return(_) => 1,
                    _ => 0,
                };
            });
        }
        if count + names.len() <= VARIABLES_MAX {
            continue;
        }
        let different: HashSet<&str> = names.into_iter().collect();
        if count + different.len() > VARIABLES_MAX {
            let message = format!("`{}` has more than {VARIABLES_MAX} variables", name.value);
            let finding = Finding::new(Code::SyntaxLimit, name.span, message, "too many variables");
            bag.add(finding.help("keep the values in a list or a map, or split the body into several targets"));
        }
    }
}
