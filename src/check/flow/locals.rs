//! The variables whose values are known at a place, followed from step to step.
use super::flow::{Known, Locals};
use crate::graph::{Action, Step};
use crate::value::Value;

/// What the step sets, now that it is done.
pub(super) fn learn(locals: &mut Locals, known: &dyn Known, step: &Step) {
    let Action::Let(pairs) = &step.action else { return forget(locals, step) };
    for (name, value) in pairs {
        match known.datum(value, locals).filter(is_small) {
            Some(value) => locals.insert(name.value.clone(), value),
            None => locals.remove(name.value.as_str()),
        };
    }
}

/// The step, or one in it, may have set something, or will.
pub(super) fn forget(locals: &mut Locals, step: &Step) {
    if locals.is_empty() {
        return;
    }
    step.walk(&mut |step| {
        step.sets().for_each(|name| {
            locals.remove(name.value.as_str());
        });
        if matches!(step.action, Action::Try { .. }) {
            locals.remove("error");
        }
    });
}

/// Worth being remembered.
fn is_small(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(_) | Value::Int(_) | Value::Float(_) => true,
        Value::Str(text) => text.as_str().len() <= 100,
        Value::List(items) => items.len() <= 100 && items.iter().all(|item| item.as_list().is_none() && is_small(item)),
        Value::Bytes(_) | Value::Map(_) | Value::Handle(_) => false,
    }
}
