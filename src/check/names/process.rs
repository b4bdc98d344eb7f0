//! The words of a process outside of its steps: `after`, `uses`, streams, arguments, texts.
use super::reader::Reader;
use super::word::{ends_help, span_of};
use crate::check::permit::{Refusal, operations_of, permit};
use crate::diag::{Code, Finding, nearest_help};
use crate::graph::{Accept, Body, Kind, Name, ObjectKind, PipeMode, Process, Stdin, Stdout};
use crate::program::{Found, Thing};

impl<'a> Reader<'a, '_> {
    /// A reader of the graph's own names, without variables.
    pub fn process(&mut self, process: &'a Process) {
        for after in &process.after {
            self.outside(&after.process, "after", &[Accept::Process]);
        }
        match &process.body {
            Body::Target { target, args, args_span } => self.call(target, args, *args_span, process.span),
            Body::Steps(_) => {}
            Body::Command(words, _) => words.iter().for_each(|word| {
                self.template(word);
            }),
            Body::Shell(script, _) => {
                self.template(script);
            }
        }
        for entry in process.uses.iter().flatten() {
            self.permitted(entry);
        }
        match &process.stdin {
            Stdin::Queue { queue, .. } => self.stream(queue, "stdin"),
            Stdin::Pipe(end) => self.stream_end(end, "stdin"),
            Stdin::File(path, _) => {
                self.template(path);
            }
            Stdin::Inherit | Stdin::Null => {}
        }
        for (stream, key) in [(&process.stdout, "stdout"), (&process.stderr, "stderr")] {
            match stream {
                Stdout::Queue { queue, .. } => self.stream(queue, key),
                Stdout::Pipe(end) => self.stream_end(end, key),
                Stdout::File(path, _) => {
                    self.template(path);
                }
                Stdout::Captured | Stdout::Inherit | Stdout::Null => {}
            }
        }
        for (_, text) in &process.env {
            self.template(text);
        }
        if let Some(cwd) = &process.cwd {
            self.template(cwd);
        }
    }

    fn stream(&mut self, queue: &Name, key: &str) {
        self.outside(queue, key, &[Accept::Object(Kind::Queue)]);
    }

    fn stream_end(&mut self, end: &Name, key: &str) {
        let Some(Found::Thing(Thing::End(found))) = self.outside(end, key, &[Accept::End]) else { return };
        let declared = self.graph.object(found.pipe);
        if let ObjectKind::Pipe(pipe) = &declared.kind
            && pipe.mode == PipeMode::Message
            && self.out.doubt.is_sound(found.pipe)
        {
            let message =
                format!("`{key}` takes an end of a pipe of bytes, and `{}` carries messages", declared.name.value);
            let finding = Finding::new(Code::NamesWrongKind, end.span, message, "carries messages");
            let finding = finding.also(declared.name.span, "declared here without `mode: bytes`");
            self.out.bag.add(finding.help("declare the pipe with `mode: bytes`"));
            self.out.doubt.objects.insert(found.pipe);
        }
    }

    fn permitted(&mut self, entry: &Name) {
        const ANYTHING: &[Accept] = &[
            Accept::Object(Kind::Queue),
            Accept::End,
            Accept::Object(Kind::Event),
            Accept::Object(Kind::Barrier),
            Accept::Object(Kind::Lock),
            Accept::Object(Kind::Semaphore),
            Accept::Object(Kind::Condition),
            Accept::Object(Kind::Value),
            Accept::Object(Kind::Array),
            Accept::Object(Kind::Pool),
            Accept::Process,
        ];
        let thing = match permit(self.graph, entry) {
            Ok(permit) => {
                self.mark_thing(permit.thing);
                return;
            }
            Err(Refusal::Lost(lost)) => {
                let position = super::word::Position { name: entry, word: entry, verb: "uses", accepts: ANYTHING };
                self.lost(&position, lost);
                return;
            }
            Err(Refusal::WholePipe(pipe)) => {
                self.out.objects.insert(pipe);
                let message = format!("`uses` takes an end of a pipe, and `{}` is a whole pipe", entry.value);
                let finding = Finding::new(Code::NamesWrongKind, entry.span, message, "a whole pipe");
                let finding = finding.also(self.graph.object(pipe).name.span, "declared here as a pipe");
                self.out.bag.add(finding.help(ends_help(self.graph, pipe)));
                self.out.doubt.objects.insert(pipe);
                return;
            }
            Err(Refusal::NoOperation(thing, part)) => {
                let what = self.thing_name(thing);
                let message = format!("{what} has no operation `{part}`");
                let finding = Finding::new(Code::NamesUnknown, span_of(entry, part), message, "unknown operation");
                let known = operations_of(self.graph, thing).iter().map(|operation| operation.name());
                self.out.bag.add(self.declared(finding, thing).help(nearest_help(part, "it has", known)));
                thing
            }
            Err(Refusal::NotOfKind(thing, _, part)) => {
                let what = self.thing_name(thing);
                let message = format!("{what} has no operation `{part}`");
                let finding = Finding::new(Code::NamesWrongKind, span_of(entry, part), message, "not of this kind");
                let known = operations_of(self.graph, thing).iter().map(|operation| operation.name());
                self.out.bag.add(self.declared(finding, thing).help(nearest_help(part, "it has", known)));
                thing
            }
        };
        self.mark_thing(thing);
        match thing {
            Thing::Object(id) => self.out.doubt.objects.insert(id),
            Thing::End(end) => self.out.doubt.objects.insert(end.pipe),
            Thing::Process(process) => self.out.doubt.processes.insert(process.process),
        };
    }

    fn mark_thing(&mut self, thing: Thing) {
        match thing {
            Thing::Object(id) => self.out.objects.insert(id),
            Thing::End(end) => self.out.objects.insert(end.pipe),
            Thing::Process(_) => false,
        };
    }

    fn thing_name(&self, thing: Thing) -> &'static str {
        match thing {
            Thing::Object(id) => self.graph.object(id).kind().with_article(),
            Thing::End(_) => "an end of a pipe",
            Thing::Process(_) => "a process",
        }
    }

    fn declared(&self, finding: Finding, thing: Thing) -> Finding {
        let span = match thing {
            Thing::Object(id) => self.graph.object(id).name.span,
            Thing::End(end) => self.graph.object(end.pipe).name.span,
            Thing::Process(process) => self.graph.process(process.process).name.span,
        };
        finding.also(span, format!("declared here as {}", self.thing_name(thing)))
    }
}
