//! What stands around the steps that read and set variables: a variable that is set and read under the same condition is
//! set where it is read.
use std::collections::{HashMap, HashSet};
use std::rc::Rc;

use super::unset_variable::Variables;
use crate::diag::{Sources, Span};
use crate::graph::{Action, Step};
use crate::value::Value;

pub(super) struct Around<'a> {
    sources: &'a Sources,
    /// The conditions around each step that has some.
    conditions: HashMap<*const Step, Rc<[Span]>>,
    /// The list of steps that each one stands in that sets something.
    blocks: HashMap<*const Step, *const Step>,
    /// Those that set a variable to false or null.
    lowers: HashSet<(*const Step, &'a str)>,
}

impl<'a> Around<'a> {
    pub fn new(sources: &'a Sources, steps: &'a [Step]) -> Around<'a> {
        let (conditions, blocks, lowers) = (HashMap::new(), HashMap::new(), HashSet::new());
        let mut around = Around { sources, conditions, blocks, lowers };
        around.block(steps, &Rc::from([]));
        around
    }

    fn block(&mut self, steps: &'a [Step], around: &Rc<[Span]>) {
        for step in steps {
            if !around.is_empty() {
                self.conditions.insert(std::ptr::from_ref(step), around.clone());
            }
            if step.sets().next().is_some() {
                self.blocks.insert(std::ptr::from_ref(step), steps.as_ptr());
            }
            if let Action::Let(pairs) = &step.action {
                let lowers = pairs
                    .iter()
                    .filter(|(_, value)| matches!(value.constant(), Some(Value::Bool(false) | Value::Null)));
                self.lowers.extend(lowers.map(|(name, _)| (std::ptr::from_ref(step), name.value.as_str())));
            }
            let around = match &step.action {
                Action::If { condition, .. } | Action::While { condition, .. } => {
                    &around.iter().copied().chain([condition.span()]).collect()
                }
                _ => around,
            };
            step.bodies().into_iter().for_each(|steps| self.block(steps, around));
        }
    }

    /// A condition around `step` stands, word for word, around a step that sets the variable.
    pub fn correlated(&self, variables: &Variables, step: &Step, number: usize) -> bool {
        let text = |span: &Span| self.sources.text(*span);
        let Some(around) = self.conditions.get(&std::ptr::from_ref(step)) else { return false };
        if around.iter().any(|span| self.is_flag(variables, text(span), number)) {
            return true;
        }
        let mut setters = variables.setters[number]
            .iter()
            .filter_map(|setter| self.conditions.get(setter))
            .flat_map(|all| all.iter());
        setters.any(|setter| around.iter().any(|own| own != setter && text(own) == text(setter)))
    }

    /// The condition is a variable that is false or null but where the other has been set with it.
    fn is_flag(&self, variables: &Variables, condition: &str, number: usize) -> bool {
        let plain: String = condition.chars().filter(|c| !c.is_whitespace() && !"${}()".contains(*c)).collect();
        let flag = plain.strip_suffix("==true").or(plain.strip_suffix("!=null")).unwrap_or(&plain);
        let Some(&raised) = variables.numbers.get(flag).filter(|raised| **raised != number) else { return false };
        let block = |step: &*const Step| self.blocks.get(step);
        let with_it =
            |setter: &*const Step| variables.setters[number].iter().any(|other| block(other) == block(setter));
        let raises: Vec<_> =
            variables.setters[raised].iter().filter(|setter| !self.lowers.contains(&(**setter, flag))).collect();
        !raises.is_empty() && raises.len() < variables.setters[raised].len() && raises.into_iter().all(with_it)
    }
}
