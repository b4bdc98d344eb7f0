//! What a step that takes a lock says about the conditions behind it, read as they are written.
use std::collections::HashMap;

use crate::check::study::Study;
use crate::expr::Expr;
use crate::graph::{Action, Step};

/// What is known of conditions once a certain step has taken its lock.
pub(super) struct Conditions<'s> {
    /// For each step the conditions around it, as text, and on which side of them it stands.
    around: HashMap<*const Step, Vec<(&'s str, bool)>>,
    study: &'s Study<'s>,
}

impl<'s> Conditions<'s> {
    pub fn new(study: &'s Study<'_>, steps: &'s [Step]) -> Self {
        let mut conditions = Conditions { around: HashMap::new(), study };
        conditions.block(steps, &mut Vec::new());
        conditions
    }

    fn block(&mut self, steps: &'s [Step], around: &mut Vec<(&'s str, bool)>) {
        for step in steps {
            match &step.action {
                Action::If { condition, then, otherwise } => {
                    let text = self.study.sources.text(condition.span());
                    for (side, body) in [(true, then), (false, otherwise)] {
                        around.push((text, side));
                        self.block(body, around);
                        around.pop();
                    }
                }
                Action::Acquire { .. } => {
                    self.around.insert(std::ptr::from_ref(step), around.clone());
                }
                _ => step.bodies().into_iter().for_each(|body| self.block(body, around)),
            }
        }
    }

    /// `step` was done and had what it wanted: does the condition hold?
    pub fn hold_after(&self, step: &Step, condition: &Expr) -> Option<bool> {
        let text = self.study.sources.text(condition.span());
        if let Action::Acquire { into: Some(into), .. } = &step.action {
            let plain: String = text.chars().filter(|c| !c.is_whitespace() && !matches!(c, '(' | ')')).collect();
            let name = &into.value;
            if plain == *name || plain == format!("{name}==true") || plain == format!("{name}!=false") {
                return Some(true);
            }
            if plain == format!("!{name}") || plain == format!("{name}==false") || plain == format!("{name}!=true") {
                return Some(false);
            }
        }
        let around = self.around.get(&std::ptr::from_ref(step))?;
        around.iter().find(|(around, _)| *around == text).map(|(_, side)| *side)
    }
}
