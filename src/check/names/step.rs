//! The words of one step.
use super::reader::Reader;
use super::word::Position;
use crate::diag::{Code, Finding};
use crate::graph::{Accept, Action, Kind, Name, ObjectKind, Operation, PipeMode, Step};
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
            Action::Map { target, .. } => self.map_call(target),
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
        if let (Action::TaskDone { .. } | Action::Join { .. }, Found::Thing(Thing::Object(id))) = (&step.action, found)
            && let ObjectKind::Queue(queue) = &self.graph.object(id).kind
            && !queue.joinable
            && self.out.doubt.is_sound(id)
        {
            let declared = &self.graph.object(id).name;
            let message = format!("`{}` takes a joinable queue, and `{}` is not", step.verb.value, declared.value);
            let finding = Finding::new(Code::NamesWrongKind, name.span, message, "does not count tasks");
            let finding = finding.also(declared.span, "declared here without `joinable: true`");
            self.out.bag.add(finding.help(format!("declare it as `{}: {{joinable: true}}`", declared.value)));
        }
        if let (Action::Recv { size, until, .. }, Found::Thing(Thing::End(end))) = (&step.action, found)
            && let ObjectKind::Pipe(pipe) = &self.graph.object(end.pipe).kind
            && pipe.mode == PipeMode::Message
            && self.out.doubt.is_sound(end.pipe)
            && (size.is_some() || until.is_some())
        {
            let word = if size.is_some() { "size" } else { "until" };
            let span = size.as_ref().map_or(name.span, |size| size.span());
            let declared = &self.graph.object(end.pipe).name;
            let message = format!("`{word}` is for a pipe of bytes, and `{}` carries messages", declared.value);
            let finding = Finding::new(Code::NamesWrongKind, span, message, "a message is received whole");
            let finding = finding.also(declared.span, "declared here without `mode: bytes`");
            self.out.bag.add(finding.help(format!("remove `{word}`, or declare the pipe with `mode: bytes`")));
        }
    }

    /// A word outside of steps: a stream, an expectation.
    pub fn outside(&mut self, name: &Name, verb: &str, accepts: &[Accept]) -> Option<Found> {
        self.word(&Position { name, word: name, verb, accepts })
    }
}
