//! Readers of single words and numbers, all of them constants.
use super::name::Naming;
use super::{Fields, Given, Lower};
use crate::diag::Spanned;
use crate::graph::Name;
use crate::text::{Kind, Node};
use crate::value::Value;

impl Lower {
    /// Text; a number or a truth is taken as it is written.
    pub(super) fn text(&mut self, given: Given) -> Option<Spanned<String>> {
        let place = given.node.place();
        if let Kind::Bool(_) | Kind::Int(_) | Kind::Float(_) = &given.node.kind {
            return Some(Spanned::new(self.sources.text(given.node.span).to_owned(), place));
        }
        match self.fold(given.node)? {
            Value::Str(text) => Some(Spanned::new(text.into(), place)),
            value @ (Value::Bool(_) | Value::Int(_) | Value::Float(_)) => Some(Spanned::new(value.to_string(), place)),
            value => {
                self.wrong_value(place, &value, "text");
                None
            }
        }
    }

    pub(super) fn boolean(&mut self, given: Given) -> Option<bool> {
        let value = self.fold(given.node)?;
        if value.as_bool().is_none() {
            self.wrong_value(given.node.place(), &value, "true or false");
        }
        value.as_bool()
    }

    /// A truth with its default.
    pub(super) fn flag(&mut self, fields: &Fields, name: &str, default: bool) -> bool {
        fields.get(name).and_then(|given| self.boolean(given)).unwrap_or(default)
    }

    /// A whole number from `least` to `most`.
    pub(super) fn int(&mut self, given: Given, least: i64, most: i64) -> Option<i64> {
        let value = self.fold(given.node)?;
        self.int_value(&Spanned::new(value, given.node.place()), least, most)
    }

    pub(super) fn int_value(&mut self, value: &Spanned<Value>, least: i64, most: i64) -> Option<i64> {
        let Value::Int(int) = value.value else {
            self.wrong_value(value.span, value, "a whole number");
            return None;
        };
        if !(least..=most).contains(&int) {
            let help = match (least, most) {
                (_, i64::MAX) => format!("it is {least} or more"),
                _ => format!("it is from {least} to {most}"),
            };
            self.bad_value(value.span, &format!("{int} is out of range"), &help);
            return None;
        }
        Some(int)
    }

    pub(super) fn at_least(&mut self, given: Given, least: u64) -> Option<u64> {
        self.int(given, least as i64, i64::MAX).map(|int| int as u64)
    }

    /// A whole number from 0.
    pub(super) fn count(&mut self, given: Given) -> Option<u64> {
        self.at_least(given, 0)
    }

    /// A whole number from `least` that fits into 32 bits.
    pub(super) fn small(&mut self, given: Given, least: u32) -> Option<Spanned<u32>> {
        let int = self.int(given, least.into(), u32::MAX.into())?;
        Some(Spanned::new(int as u32, given.node.place()))
    }

    /// One of a few words.
    pub(super) fn choice(&mut self, given: Given, known: &[&'static str]) -> Option<&'static str> {
        let place = given.node.place();
        let value = self.fold(given.node)?;
        let Some(word) = value.as_str() else {
            let list = known.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(" or ");
            self.wrong_value(place, &value, if known.len() > 3 { "a word" } else { &list });
            return None;
        };
        let found = known.iter().find(|name| **name == word).copied();
        if found.is_none() {
            self.bad_choice(place, word, known);
        }
        found
    }

    /// A word that names something: it stands as it is, nothing in it is computed.
    pub(super) fn reference(&mut self, given: Given) -> Option<Name> {
        self.reference_at(given.node)
    }

    pub(super) fn reference_at(&mut self, node: &Node) -> Option<Name> {
        let name = self.word(node, "a name")?;
        if name.value.contains("${") {
            let help = "write the name itself; a target takes what differs as a parameter";
            self.bad_value(name.span, "a name is not computed: the wiring is known before the run", help);
            return None;
        }
        if name.value.is_empty() {
            self.bad_value(name.span, "an empty text names nothing", "write a name");
            return None;
        }
        Some(name)
    }

    /// The name of a variable that is set here.
    pub(super) fn variable(&mut self, given: Given) -> Option<Name> {
        let name = self.word(given.node, "the name of a variable")?;
        Some(self.check_name(&name, Naming::Variable))
    }

    /// Text as it is.
    pub(super) fn word(&mut self, node: &Node, expected: &str) -> Option<Spanned<String>> {
        match &node.kind {
            Kind::Text(scalar) => Some(Spanned::new(scalar.text.to_string(), node.place())),
            _ => {
                self.wrong_type(node, expected);
                None
            }
        }
    }

    /// A list that is written out.
    pub(super) fn list<'n>(&mut self, given: Given<'n>, expected: &str) -> Option<&'n [Node]> {
        let list = given.node.as_list();
        if list.is_none() {
            self.wrong_type(given.node, expected);
        }
        list
    }

    /// A map from the names of new things to what they are; null is an empty one. Bad names are reported and kept.
    pub(super) fn named<'n>(&mut self, given: Given<'n>, naming: Naming) -> Vec<(Name, Given<'n>)> {
        let entries = match &given.node.kind {
            Kind::Map(entries) => entries,
            Kind::Null => return Vec::new(),
            _ => {
                self.lose(given.node.place());
                self.undeclared(naming);
                self.wrong_type(given.node, "a map of names");
                return Vec::new();
            }
        };
        if entries.iter().any(|entry| self.doubled.contains(&entry.key.span)) {
            // Which of two objects of one name is meant changes nothing in what is done with it.
            self.gaps.complete &= naming == Naming::Object;
            self.undeclared(naming);
        }
        let name = |entry: &crate::text::Entry| Spanned::new(entry.key.text.to_string(), entry.key.span);
        entries
            .iter()
            .map(|entry| (self.check_name(&name(entry), naming), Given { key: entry.key.span, node: &entry.value }))
            .collect()
    }

    /// A map from names that exist elsewhere.
    pub(super) fn entries<'n>(&mut self, given: Given<'n>) -> Vec<(Name, Given<'n>)> {
        match &given.node.kind {
            Kind::Map(entries) => entries
                .iter()
                .map(|entry| {
                    let name = Spanned::new(entry.key.text.to_string(), entry.key.span);
                    (name, Given { key: entry.key.span, node: &entry.value })
                })
                .collect(),
            Kind::Null => Vec::new(),
            _ => {
                self.lose(given.node.place());
                self.wrong_type(given.node, "a map of names");
                Vec::new()
            }
        }
    }
}
