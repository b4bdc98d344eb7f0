//! `read: OBJECT.PROPERTY`: the property is one of the object's kind, and one is named where one must be.
//!
//! Bad: `read: tasks.size`, `read: tasks`. Good: `read: tasks.qsize`.
use super::reader::Reader;
use super::word::{Position, ends_help, span_of};
use crate::diag::{Code, Finding, nearest_help};
use crate::graph::{Accept, Datum, Kind, Name};
use crate::program::{Found, Thing, find, split_property};

const OF_PROCESS: &[&str] = &["is_alive", "exitcode", "pid"];

impl Reader<'_, '_> {
    pub fn read_word(&mut self, of: &Name, accepts: &[Accept], index: Option<&Datum>) {
        let (word, property) = split_property(self.graph, &self.bindings, of);
        if property.is_none()
            && let Ok(Found::WholePipe(id)) = find(self.graph, &self.bindings, word)
            && !self.may_be_declared()
        {
            self.out.objects.insert(id);
            let declared = self.graph.object(id).name.span;
            let message = format!("`read` takes an end of a pipe, and `{word}` is a whole pipe");
            let finding = Finding::new(Code::NamesWrongKind, of.span, message, "a whole pipe");
            self.out.bag.add(finding.also(declared, "declared here as a pipe").help(ends_help(self.graph, id)));
            return;
        }
        let position = Position { name: of, word, verb: "read", accepts };
        let Some(found) = self.word(&position) else { return };
        let known = match found {
            Found::Thing(Thing::Object(id)) => self.graph.object(id).kind().properties(),
            Found::Thing(Thing::End(_)) => Kind::Pipe.properties(),
            Found::Some(kind) => kind.properties(),
            _ => OF_PROCESS,
        };
        let (what, declared) = self.described(word, found);
        let with_place = |finding: Finding| match declared {
            Some(span) => finding.also(span, format!("declared here as {what}")),
            None => finding,
        };
        let is = |kind| match found {
            Found::Thing(Thing::Object(id)) => self.graph.object(id).kind() == kind,
            Found::Some(some) => some == kind,
            _ => false,
        };
        let cell = is(Kind::Value) || is(Kind::Array);
        match property {
            Some(property) if known.contains(&property) => {}
            Some(property) => {
                let message = format!("{what} has no property `{property}`");
                let finding = Finding::new(Code::NamesUnknown, span_of(of, property), message, "unknown property");
                let help = if cell {
                    format!("read it whole: `read: {word}`")
                } else {
                    nearest_help(property, "it has", known.iter().copied())
                };
                self.out.bag.add(with_place(finding).help(help));
            }
            None if cell => {}
            None => {
                let message = format!("`read` needs a property of {what}: `{word}` has no value of its own");
                let finding = Finding::new(Code::NamesWrongKind, of.span, message, "a property is missing");
                let all: Vec<String> = known.iter().map(|property| format!("`{word}.{property}`")).collect();
                self.out.bag.add(with_place(finding).help(format!("read {}", all.join(", "))));
            }
        }
        if let Some(index) = index
            && !is(Kind::Array)
        {
            let message = format!("`index` is for a cell of an array, and `{word}` is {what}");
            let finding = Finding::new(Code::NamesWrongKind, index.span(), message, "nothing to count in");
            self.out.bag.add(with_place(finding).help("remove `index`"));
        }
    }
}
