//! One verb, and all of them.
use super::{exec, flow, memory, output, pipe, pool, process, queue, sync};
use crate::graph::schema::{Field, Shape};

/// A step is a map with one verb and its modifiers.
#[derive(Debug)]
pub struct Verb {
    pub name: &'static str,
    /// What stands at the verb's own key.
    pub value: Shape,
    pub modifiers: &'static [Field],
    /// Modifiers of which one at least must stand there.
    pub one_of: &'static [&'static str],
    /// One sentence.
    pub doc: &'static str,
}

/// All verbs, in the order of the reference.
pub static VERBS: &[&[Verb]] = &[
    output::VERBS,
    queue::VERBS,
    pipe::VERBS,
    sync::VERBS,
    memory::VERBS,
    process::VERBS,
    pool::VERBS,
    exec::VERBS,
    flow::VERBS,
];

/// Steps that may be written as a word alone.
pub static BARE_WORDS: &[&str] = &["break", "continue", "pass", "return"];

pub fn verb(name: &str) -> Option<&'static Verb> {
    VERBS.iter().copied().flatten().find(|verb| verb.name == name)
}

impl Verb {
    pub(super) const fn new(name: &'static str, value: Shape, modifiers: &'static [Field], doc: &'static str) -> Self {
        Verb { name, value, modifiers, one_of: &[], doc }
    }

    pub(super) const fn with_one_of(self, one_of: &'static [&'static str]) -> Self {
        Verb { one_of, ..self }
    }

    pub fn modifier(&self, name: &str) -> Option<&'static Field> {
        self.modifiers.iter().find(|field| field.name == name)
    }
}

pub(super) const TIMEOUT: Field = Field::optional(
    "timeout",
    Shape::Duration,
    "How long it waits; 0 or less does not block, null or absent waits for ever.",
);
pub(super) const BLOCK: Field =
    Field::optional("block", Shape::Bool, "Wait for it; false does not block.").default("true");
pub(super) const INDEX: Field =
    Field::optional("index", Shape::Int { min: i64::MIN, max: i64::MAX }, "The cell of an array.");

/// The variable that takes the result.
pub(super) const fn into(doc: &'static str) -> Field {
    Field::optional("into", Shape::Name, doc)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn a_verb_stands_in_the_table_once_and_is_never_a_modifier() {
        let mut seen = BTreeSet::new();
        for verb in VERBS.iter().copied().flatten() {
            assert!(seen.insert(verb.name), "{} twice", verb.name);
        }
        for field in VERBS.iter().copied().flatten().flat_map(|verb| verb.modifiers) {
            assert!(!seen.contains(field.name), "{} is a verb", field.name);
        }
    }
}
