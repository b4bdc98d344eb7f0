//! The words of one step.
use super::declared::refused;
use super::reader::Reader;
use super::word::Position;
use crate::diag::{Code, Finding};
use crate::graph::{Accept, Action, Kind, Name, Operation, Step};
use crate::program::{Found, Thing};

impl<'a> Reader<'a, '_> {
    pub fn steps(&mut self, steps: &'a [Step]) {
        for step in steps {
            step.walk(&mut |step| self.step(step));
        }
    }

    fn step(&mut self, step: &'a Step) {
        for expr in step.conditions() {
            self.expr(expr);
        }
        for datum in step.data() {
            self.datum(datum);
        }
        let mut seen: Option<&Name> = None;
        for usage in step.usages() {
            // A `with` uses its lock twice and names it once.
            if seen.replace(usage.name).is_some_and(|before| before.span == usage.name.span) {
                continue;
            }
            if let (Operation::Read, Action::Read { index, .. }) = (usage.operation, &step.action) {
                self.read_word(usage.name, usage.accepts, index.as_ref());
                continue;
            }
            let position = Position { name: usage.name, word: usage.name, verb: usage.verb, accepts: usage.accepts };
            if let Some(found) = self.word(&position) {
                self.attributes(step, usage.name, found);
            }
        }
        match &step.action {
            Action::Apply { target, args, args_span, .. } => self.call(target, args, *args_span, step.span),
            Action::Map { target, over, .. } => self.map_call(target, over),
            _ => {}
        }
    }

    /// What the kind allows and the declaration of this one does not.
    fn attributes(&mut self, step: &Step, name: &Name, found: Found) {
        let kind = match found {
            Found::Thing(Thing::Object(id)) => Some(self.graph.object(id).kind()),
            Found::Some(kind) => Some(kind),
            _ => None,
        };
        let index = match &step.action {
            Action::Write { index, .. } => Some((index, false)),
            Action::Add { index, .. } => Some((index, true)),
            _ => None,
        };
        match (index, kind) {
            (Some((Some(index), _)), Some(Kind::Value)) => {
                let message = format!("`index` is for a cell of an array, and `{}` is a value", name.value);
                let finding = Finding::new(Code::NamesWrongKind, index.span(), message, "nothing to count in");
                let (_, declared) = self.described(name, found);
                let finding = match declared {
                    Some(span) => finding.also(span, "declared here as a value"),
                    None => finding,
                };
                self.out.bag.add(finding.help("remove `index`"));
            }
            (Some((None, true)), Some(Kind::Array)) if !self.out.doubt.has_gap(step.span) => {
                let message = format!("`add` changes one cell of the array `{}`, and none is named", name.value);
                let finding = Finding::new(Code::SyntaxMissingKey, step.verb.span, message, "`index` is missing");
                self.out.bag.add(finding.help("add `index`: the number of the cell, from 0"));
            }
            _ => {}
        }
        if let Found::Thing(thing) = found
            && self.is_sound(thing)
            && let Some(finding) = refused(self.graph, step, name, thing)
        {
            self.out.bag.add(finding);
        }
    }

    fn is_sound(&self, thing: Thing) -> bool {
        match thing {
            Thing::Object(id) => self.out.doubt.is_sound(id),
            Thing::End(end) => self.out.doubt.is_sound(end.pipe),
            Thing::Process(_) => true,
        }
    }

    /// A word outside of steps: a stream, an expectation.
    pub fn outside(&mut self, name: &Name, verb: &str, accepts: &[Accept]) -> Option<Found> {
        self.word(&Position { name, word: name, verb, accepts })
    }
}
