//! One map read against its field table: every key is known, or reported with the nearest that is.
//!
//! A key that is a slip of a known one is read as that one after it is reported, so that one slip is one finding.
use std::cell::Cell;
use std::fmt;

use super::Lower;
use crate::diag::{Code, Finding, Span, nearest};
use crate::graph::schema::Table;
use crate::text::{Entry, Kind, Node};

/// Findings after which no more is guessed what was meant.
pub(super) const GUESSES_MAX: usize = 1000;

/// What stands at a key.
#[derive(Clone, Copy)]
pub(super) struct Given<'n> {
    /// The key.
    pub key: Span,
    pub node: &'n Node,
}

/// What a map is, for messages.
#[derive(Clone, Copy)]
pub(super) enum What {
    /// With its article.
    Map(&'static str),
    /// By its verb.
    Step(&'static str),
}

impl fmt::Display for What {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            What::Map(what) => f.write_str(what),
            What::Step(verb) => write!(f, "a `{verb}` step"),
        }
    }
}

pub(super) struct Fields<'n> {
    /// The key that owns the map: where a missing key is shown.
    pub owner: Span,
    what: What,
    entries: Vec<(&'static str, Given<'n>)>,
    /// What may stand here; nothing where nothing is known of the map.
    known: Vec<&'static str>,
    /// Unknown keys that were read as none of those. Each may be one that is missing, and so many have been taken for one.
    strangers: Vec<Given<'n>>,
    taken: Cell<usize>,
}

impl<'n> Fields<'n> {
    /// Reads a map; null is an empty one. Anything else is reported.
    pub(super) fn read(lower: &mut Lower, given: Given<'n>, table: &Table) -> Option<Self> {
        let entries: &[Entry] = match &given.node.kind {
            Kind::Map(entries) => entries,
            Kind::Null => &[],
            _ => {
                lower.wrong_type(given.node, &format!("a map with the attributes of {}", table.what));
                return None;
            }
        };
        let mut fields = Fields::new(given.key, What::Map(table.what), table.names().collect());
        let entries = entries.iter().filter(|entry| !(table.extensible && entry.key.text.starts_with("x-")));
        fields.take(lower, entries);
        Some(fields)
    }

    /// A map of which nothing is known.
    pub(super) fn empty(given: Given<'n>) -> Self {
        Fields::new(given.key, What::Map("it"), Vec::new())
    }

    fn new(owner: Span, what: What, known: Vec<&'static str>) -> Self {
        Fields { owner, what, entries: Vec::new(), known, strangers: Vec::new(), taken: Cell::new(0) }
    }

    /// Takes the entries whose keys are among `known` and reports the others.
    pub(super) fn of_entries(
        lower: &mut Lower,
        place: (Span, What),
        entries: impl Iterator<Item = &'n Entry>,
        known: impl IntoIterator<Item = &'static str>,
    ) -> Self {
        let (owner, what) = place;
        let mut fields = Fields::new(owner, what, known.into_iter().collect());
        fields.take(lower, entries);
        fields
    }

    fn take(&mut self, lower: &mut Lower, entries: impl Iterator<Item = &'n Entry>) {
        let known = std::mem::take(&mut self.known);
        let mut strangers = Vec::new();
        for entry in entries {
            match known.iter().find(|name| ***name == *entry.key.text) {
                Some(name) => self.entries.push((name, Given { key: entry.key.span, node: &entry.value })),
                None => strangers.push(entry),
            }
        }
        for entry in strangers {
            let free = known.iter().copied().filter(|name| self.get_raw(name).is_none());
            let near = if lower.bag.len() < GUESSES_MAX { nearest(&entry.key.text, free) } else { None };
            lower.bag.add(unknown_key(entry, self.what, near, &known));
            let slip = near.filter(|near| is_slip(&entry.key.text, near));
            if let Some(name) = slip.and_then(|near| known.iter().find(|name| **name == near)) {
                self.entries.push((name, Given { key: entry.key.span, node: &entry.value }));
            } else {
                self.strangers.push(Given { key: entry.key.span, node: &entry.value });
                lower.lose(entry.key.span);
            }
        }
        self.known = known;
    }

    fn get_raw(&self, name: &str) -> Option<Given<'n>> {
        debug_assert!(
            self.known.is_empty() || self.known.contains(&name),
            "`{name}` is not in the table of {}",
            self.what
        );
        self.entries.iter().find(|(known, _)| *known == name).map(|(_, given)| *given)
    }

    /// What stands at `name`; null is as good as absent.
    pub(super) fn get(&self, name: &str) -> Option<Given<'n>> {
        self.get_raw(name).filter(|given| !given.node.is_null())
    }

    /// What stands at `name`, be it null.
    pub(super) fn get_null(&self, name: &str) -> Option<Given<'n>> {
        self.get_raw(name)
    }

    /// What stands at `name`, be it null; its absence is reported.
    pub(super) fn require(&self, lower: &mut Lower, name: &str) -> Option<Given<'n>> {
        let given = self.get_raw(name);
        if given.is_none() {
            self.missing(lower, &format!("`{name}`"), &format!("add `{name}`"));
        }
        given
    }

    pub(super) fn strangers(&self) -> &[Given<'n>] {
        &self.strangers
    }

    /// Reports that `key` is not there, unless an unknown key stands there that may be meant for it.
    pub(super) fn missing(&self, lower: &mut Lower, key: &str, help: &str) {
        if self.taken.get() < self.strangers.len() {
            self.taken.set(self.taken.get() + 1);
            return;
        }
        lower.bag.add(self.absent(key, help));
    }

    /// That `key` is not there, whatever else is.
    pub(super) fn absent(&self, key: &str, help: &str) -> Finding {
        let message = format!("{key} is missing in {}", self.what);
        Finding::new(Code::SyntaxMissingKey, self.owner, message, "needs it").help(help)
    }
}

/// So near that nothing else can be meant. A suggestion may be further off.
pub(super) fn is_slip(key: &str, near: &str) -> bool {
    let (key, near) = (key.to_lowercase(), near.to_lowercase());
    let length = key.chars().count();
    length >= 2 && near.starts_with(&key)
        || length >= 3 && strsim::damerau_levenshtein(&key, &near) <= (length / 3).max(1)
}

fn unknown_key(entry: &Entry, what: What, near: Option<&str>, known: &[&str]) -> Finding {
    let key = &entry.key.text;
    let list = known.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
    let known_keys = match known {
        [] => format!("{what} has no keys"),
        [_] => format!("the only key of {what} is {list}"),
        _ => format!("the keys of {what} are {list}"),
    };
    let help = match near {
        Some(near) => format!("did you mean `{near}`? {known_keys}"),
        None => known_keys,
    };
    Finding::new(Code::SyntaxUnknownKey, entry.key.span, format!("unknown key `{key}` in {what}"), "not known here")
        .help(help)
}
