//! Places that only one of several replicas comes to, or one in a round: behind `self.index == 1`, behind the number that
//! a barrier or an addition has given.
use std::collections::{BTreeSet, HashMap};

use super::hearing::barrier;
use crate::check::body::Body;
use crate::check::study::Study;
use crate::graph::{Action, Step};

/// For each step the equations that hold there, each of which holds for one only.
pub(super) type Alone = HashMap<*const Step, BTreeSet<String>>;

/// What is common to all that run the same steps as one process: the number of the replica.
pub(super) const OF_REPLICA: &str = "self.";

pub(super) fn alone(study: &Study, body: &Body) -> Alone {
    let mut numbers = BTreeSet::new();
    let mut others = BTreeSet::new();
    for step in body.steps {
        step.walk(&mut |step| {
            let gives = match &step.action {
                Action::Add { .. } => true,
                _ => barrier(study, body, step).is_some(),
            };
            let sets = step.sets().map(|name| name.value.clone());
            if gives { numbers.extend(sets) } else { others.extend(sets) }
        });
    }
    let mut alone = Alone::new();
    let unique = numbers.difference(&others).cloned().collect();
    note(study, &unique, body.steps, &BTreeSet::new(), &mut alone);
    alone
}

fn note(study: &Study, unique: &BTreeSet<String>, steps: &[Step], around: &BTreeSet<String>, alone: &mut Alone) {
    for step in steps {
        if !around.is_empty() {
            alone.insert(std::ptr::from_ref(step), around.clone());
        }
        match &step.action {
            Action::If { condition, then, otherwise } => {
                let mut within = around.clone();
                within.extend(equations(study.sources.text(condition.span()), unique));
                note(study, unique, then, &within, alone);
                note(study, unique, otherwise, around, alone);
            }
            _ => step.bodies().into_iter().for_each(|steps| note(study, unique, steps, around, alone)),
        }
    }
}

/// Of `a && b == 1` those that one alone fulfils, without spaces.
fn equations(condition: &str, unique: &BTreeSet<String>) -> Vec<String> {
    if condition.contains("||") || condition.contains('?') {
        return Vec::new();
    }
    let plain: String = condition.chars().filter(|c| !c.is_whitespace() && !"${}()".contains(*c)).collect();
    let one = |equation: &&str| {
        let Some((name, value)) = equation.split_once("==") else { return false };
        let is_constant = |text: &str| {
            text.parse::<i64>().is_ok()
                || (text.len() > 1 && text.starts_with(['\'', '"']) && text.ends_with(['\'', '"']))
        };
        (matches!(name, "self.index" | "self.name") || unique.contains(name)) && is_constant(value)
    };
    plain.split("&&").filter(one).map(str::to_owned).collect()
}
