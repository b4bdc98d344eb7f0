//! Which verb a step has.
use std::sync::LazyLock;

use super::Written;
use crate::diag::{Code, Finding, nearest, nearest_all};
use crate::graph::lower::Lower;
use crate::graph::lower::fields::{Fields, GUESSES_MAX, Given, What, is_slip};
use crate::graph::schema::{self, Shape, Verb};
use crate::text::{Entry, Kind, Node, Scalar};

pub(super) enum Choice<'n> {
    Word(&'static str),
    Verb(Written<'n>),
}

pub(super) fn choose<'n>(lower: &mut Lower, node: &'n Node) -> Option<Choice<'n>> {
    match &node.kind {
        Kind::Text(scalar) => word(lower, node, scalar),
        Kind::Map(entries) => {
            let (verb, entry) = verb(lower, node, entries)?;
            let what = What::Step(verb.name);
            let known = verb.modifiers.iter().map(|field| field.name);
            let others = entries.iter().filter(|other| !std::ptr::eq(*other, entry));
            let fields = Fields::of_entries(lower, (entry.key.span, what), others, known);
            let verb_given = Given { key: entry.key.span, node: &entry.value };
            Some(Choice::Verb(Written { name: verb.name, verb: verb_given, fields }))
        }
        _ => {
            lower.wrong_type(node, "a step: a map with one verb, or a word");
            None
        }
    }
}

/// A step that is a word alone.
fn word<'n>(lower: &mut Lower, node: &Node, scalar: &Scalar) -> Option<Choice<'n>> {
    if let Some(word) = schema::BARE_WORDS.iter().find(|word| **word == &*scalar.text) {
        return Some(Choice::Word(word));
    }
    let (place, other) = (node.place(), &*scalar.text);
    if other == "exit" {
        lower.bad_value(place, "`exit` is no step by itself", "write `exit: 0`");
    } else if schema::verb(other).is_some() {
        let help = format!("write `{other}: ..` with what it works on");
        lower.bad_value(place, &format!("`{other}` is no step by itself"), &help);
    } else if other.contains(' ') {
        lower.wrong_type(node, "a step: a map with one verb, or a word");
    } else {
        lower.bad_choice(place, other, schema::BARE_WORDS);
    }
    None
}

/// The one verb of a step. A slip of a verb is reported and read as that verb.
fn verb<'n>(lower: &mut Lower, node: &Node, entries: &'n [Entry]) -> Option<(&'static Verb, &'n Entry)> {
    let verbs: Vec<_> = entries.iter().filter_map(|entry| Some((schema::verb(&entry.key.text)?, entry))).collect();
    match verbs.as_slice() {
        [one] => Some(*one),
        [] => slip(lower, node, entries),
        [(first, first_entry), others @ ..] => {
            let (second, second_entry) = others[0];
            let message = format!("`{}` and `{}` are two verbs: a step has one", first.name, second.name);
            let mut finding = Finding::new(Code::SyntaxConflict, second_entry.key.span, message, "a second verb")
                .also(first_entry.key.span, "the first");
            for (_, other) in &others[1..] {
                finding = finding.also(other.key.span, "one more");
            }
            lower.report(finding.help("write them as two steps, each with its own `-`"));
            None
        }
    }
}

/// The help where none is near.
static ALL_VERBS: LazyLock<String> = LazyLock::new(|| {
    let names = schema::VERBS.iter().copied().flatten().map(|verb| format!("`{}`", verb.name));
    format!("the verbs are {}", names.collect::<Vec<_>>().join(", "))
});

fn slip<'n>(lower: &mut Lower, node: &Node, entries: &'n [Entry]) -> Option<(&'static Verb, &'n Entry)> {
    let is_modifier =
        |entry: &Entry| schema::VERBS.iter().copied().flatten().any(|verb| verb.modifier(&entry.key.text).is_some());
    let Some(stranger) = entries.iter().find(|entry| !is_modifier(entry)) else {
        let place = entries.first().map_or(node.place(), |entry| entry.key.span);
        let finding = Finding::new(Code::SyntaxMissingKey, place, "this step has no verb", "says how, not what");
        lower.report(finding.help("add what it does, such as `get: tasks`"));
        return None;
    };
    let names = || schema::VERBS.iter().copied().flatten().map(|verb| verb.name);
    let key = &stranger.key.text;
    let guesses = lower.bag.len() < GUESSES_MAX;
    let meant = if guesses { meant(entries, stranger) } else { Vec::new() };
    let near = meant.first().copied().or_else(|| if guesses { nearest(key, names()) } else { None });
    let help = match near {
        Some(near) => format!("did you mean `{near}`?"),
        None => ALL_VERBS.clone(),
    };
    let message = format!("`{key}` is no verb of a step");
    lower.report(Finding::new(Code::SyntaxUnknownKey, stranger.key.span, message, "not known here").help(help));
    // Of several nothing is concluded.
    let [verb] = meant.as_slice() else { return None };
    let verb = schema::verb(verb).filter(|verb| is_slip(key, verb.name))?;
    Some((verb, stranger))
}

/// The verbs that are nearest to the stranger, may have such a value, and know the most of the other keys.
fn meant(entries: &[Entry], stranger: &Entry) -> Vec<&'static str> {
    let is_map = stranger.value.as_map().is_some();
    let takes_map = |shape: &Shape| matches!(shape, Shape::Named(_) | Shape::Any);
    let verbs = schema::VERBS.iter().copied().flatten();
    let verbs = verbs.filter(|verb| !is_map || takes_map(&verb.value)).map(|verb| verb.name);
    let near = nearest_all(&stranger.key.text, verbs);
    let knows = |name: &str| {
        let verb = schema::verb(name);
        entries.iter().filter(|entry| verb.is_some_and(|verb| verb.modifier(&entry.key.text).is_some())).count()
    };
    let most = near.iter().map(|name| knows(name)).max();
    near.into_iter().filter(|name| Some(knows(name)) == most).collect()
}
