//! `names/unknown` and `names/wrong-kind`: a word where an object or a process is to stand.
//!
//! Bad: `put: taks` where the queue is `tasks`; `put: ready` where `ready` is an event. Good: `put: tasks`.
use super::reader::Reader;
use crate::diag::{Code, Finding, Span, nearest_all, nearest_help};
use crate::graph::{Accept, Graph, Kind, Name, ObjectKind, ParamKind};
use crate::program::{Binding, Found, Lost, Thing, find};

/// Where a word stands, and what may stand there.
pub(super) struct Position<'p> {
    /// As written; the word may be a part of it.
    pub name: &'p Name,
    pub word: &'p str,
    /// Who takes it: a verb, a key.
    pub verb: &'p str,
    pub accepts: &'p [Accept],
}

impl Reader<'_, '_> {
    /// What the word stands for, if that may stand there; otherwise it has been reported.
    pub fn word(&mut self, position: &Position) -> Option<Found> {
        let Position { name, word, .. } = *position;
        let found = match find(self.graph, &self.bindings, word) {
            Ok(found) => found,
            Err(lost) => {
                self.lost(position, lost);
                return None;
            }
        };
        self.mark(word, found);
        let fits = match found {
            Found::Thing(Thing::Object(id)) => self.takes(position, self.graph.object(id).kind()),
            Found::Thing(Thing::End(_)) => position.accepts.contains(&Accept::End),
            Found::Thing(Thing::Process(_)) | Found::SomeProcess => position.accepts.contains(&Accept::Process),
            Found::Some(kind) => self.takes(position, kind),
            Found::Value | Found::WholePipe(_) => false,
        };
        if fits {
            return Some(found);
        }
        // Another of the same name may be meant, and a parameter that could not be read.
        if self.graph.is_ambiguous(word) || self.may_be_declared() && !self.bindings.contains_key(word) {
            return None;
        }
        let (what, declared) = self.described(word, found);
        let message = format!("`{}` takes {}, and `{word}` is {what}", position.verb, either(position.accepts));
        let finding = Finding::new(Code::NamesWrongKind, span_of(name, word), message, what.clone());
        let finding = match declared {
            Some(span) => finding.also(span, format!("declared here as {what}")),
            None => finding,
        };
        let help = match found {
            Found::WholePipe(id) if position.accepts.contains(&Accept::End) => ends_help(self.graph, id),
            _ => format!("name {} here", either(position.accepts)),
        };
        self.out.bag.add(finding.help(help));
        None
    }

    fn takes(&self, position: &Position, kind: Kind) -> bool {
        position.accepts.iter().any(|accept| accept.takes(kind))
    }

    /// It is used, rightly or not.
    fn mark(&mut self, word: &str, found: Found) {
        match found {
            Found::Thing(Thing::Object(id)) | Found::WholePipe(id) => {
                self.out.objects.insert(id);
            }
            Found::Thing(Thing::End(end)) => {
                self.out.objects.insert(end.pipe);
            }
            _ => {}
        }
        if self.bindings.contains_key(word) {
            self.read.insert(word.to_owned());
        }
    }

    /// What a word stands for, in words, and where that is declared.
    pub fn described(&self, word: &str, found: Found) -> (String, Option<Span>) {
        if let Some(param) = self.param(word) {
            let what = match param.kind {
                ParamKind::Value(_) => format!("a parameter of kind `{}`", param.kind.name()),
                ParamKind::Object(Kind::Pipe) => "an end of a pipe".to_owned(),
                ParamKind::Object(kind) => kind.with_article().to_owned(),
                ParamKind::Process => "a process".to_owned(),
            };
            return (what, Some(param.kind_span));
        }
        let object = |id| self.graph.object(id);
        match found {
            Found::Thing(Thing::Object(id)) => {
                (object(id).kind().with_article().to_owned(), Some(object(id).name.span))
            }
            Found::Thing(Thing::End(end)) => ("an end of a pipe".to_owned(), Some(object(end.pipe).name.span)),
            Found::WholePipe(id) => ("a whole pipe".to_owned(), Some(object(id).name.span)),
            Found::Thing(Thing::Process(process)) => {
                ("a process".to_owned(), Some(self.graph.process(process.process).name.span))
            }
            Found::Some(kind) => (kind.with_article().to_owned(), None),
            Found::SomeProcess => ("a process".to_owned(), None),
            Found::Value => ("a value".to_owned(), None),
        }
    }

    pub fn lost(&mut self, position: &Position, lost: Lost) {
        let Position { name, word, verb, accepts } = *position;
        match lost {
            Lost::Name(lost) => {
                self.breaks_locks(accepts);
                if self.may_be_declared() {
                    self.out.doubt.lost(self.graph, lost, accepts);
                    return;
                }
                if let Some(set) = self.variables.get(lost) {
                    let message = format!("`{verb}` takes {}, and `{lost}` is a variable", either(accepts));
                    let finding = Finding::new(Code::NamesWrongKind, span_of(name, lost), message, "a variable");
                    let finding = finding.also(*set, "set here");
                    self.read.insert(lost.to_owned());
                    self.out.bag.add(finding.help("name the object itself; which one a step touches is not computed"));
                    return;
                }
                let message = format!("no {} has the name `{lost}`", any_of(accepts));
                let finding = Finding::new(Code::NamesUnknown, span_of(name, lost), message, "unknown name");
                if !self.out.lose(self.graph.objects.len() + self.graph.processes.len()) {
                    self.out.bag.add(finding.help("correct the name, or declare it"));
                    return;
                }
                self.out.bag.add(finding.help(self.suggestion(lost, verb, accepts)));
                self.meant(lost, accepts);
            }
            Lost::End(pipe, part) => {
                self.out.objects.insert(pipe);
                if !self.out.doubt.is_sound(pipe) {
                    return;
                }
                let declared = self.graph.object(pipe);
                let message = format!("the pipe `{}` has no end `{part}`", declared.name.value);
                let finding = Finding::new(Code::NamesUnknown, span_of(name, part), message, "unknown end");
                let finding = finding.also(declared.name.span, "the pipe");
                let help = match &declared.kind {
                    ObjectKind::Pipe(ends) => {
                        nearest_help(part, "its ends are", ends.ends.iter().map(|end| end.value.as_str()))
                    }
                    _ => String::new(),
                };
                self.out.bag.add(finding.help(help));
                self.out.doubt.objects.insert(pipe);
            }
            Lost::Part(owner) => {
                let part = word.get(owner.len() + 1..).unwrap_or(word);
                let (what, declared) = match find(self.graph, &self.bindings, owner) {
                    Ok(found) => {
                        self.mark(owner, found);
                        self.described(owner, found)
                    }
                    Err(_) => ("a name".to_owned(), None),
                };
                let message = format!("`{owner}` is {what} and has no part `{part}`");
                let finding = Finding::new(Code::NamesUnknown, span_of(name, part), message, "unknown part");
                let finding = match declared {
                    Some(span) => finding.also(span, format!("declared here as {what}")),
                    None => finding,
                };
                self.out.bag.add(finding.help(format!("write `{owner}` alone")));
            }
        }
    }

    /// What a lost name may have been meant for is used, of all that fits if it is near to nothing.
    fn meant(&mut self, lost: &str, accepts: &[Accept]) {
        let fits: Vec<&str> = self
            .bindings
            .iter()
            .filter(|(_, binding)| may_stand(**binding, accepts))
            .map(|(name, _)| name.as_str())
            .collect();
        let near = nearest_all(lost, fits.iter().copied());
        let meant = if near.is_empty() { &fits } else { &near };
        let meant: Vec<String> = meant.iter().map(|name| (*name).to_owned()).collect();
        if near.is_empty() {
            self.out.doubt.lost(self.graph, lost, accepts);
        } else {
            // Any object of the kind may stand behind it.
            self.out.doubt.lost(self.graph, "", accepts);
        }
        self.read.extend(meant);
    }

    /// Where the name of a lock is lost, what is held is not known.
    fn breaks_locks(&mut self, accepts: &[Accept]) {
        let locks = [Kind::Lock, Kind::Semaphore, Kind::Condition];
        if let Some(body) = self.around
            && locks.iter().any(|kind| accepts.len() < 4 && accepts.iter().any(|accept| accept.takes(*kind)))
        {
            self.out.doubt.breaks(body);
        }
    }

    /// The nearest name that may stand there, or all of them.
    fn suggestion(&self, lost: &str, verb: &str, accepts: &[Accept]) -> String {
        if let Some((owner, _)) = lost.rsplit_once('-')
            && accepts.contains(&Accept::Process)
            && let Some(id) = self.graph.process_named(owner)
            && self.graph.process(id).replicas.is_some()
        {
            return match self.graph.process(id).instances() {
                0 => format!("`{owner}` has no instances: its `replicas` is 0"),
                1 => format!("its only instance is `{owner}-1`"),
                n => format!("its instances are `{owner}-1` to `{owner}-{n}`"),
            };
        }
        let mut known: Vec<String> = Vec::new();
        for object in &self.graph.objects {
            match &object.kind {
                ObjectKind::Pipe(pipe) if accepts.contains(&Accept::End) => {
                    known.extend(pipe.ends.iter().map(|end| format!("{}.{}", object.name.value, end.value)));
                }
                kind if accepts.iter().any(|accept| accept.takes(kind.kind())) => known.push(object.name.value.clone()),
                _ => {}
            }
        }
        if verb == "read" {
            known.extend(["clock", "active_children"].map(str::to_owned));
        }
        if accepts.contains(&Accept::Process) {
            known.extend(self.graph.processes.iter().map(|process| process.name.value.clone()));
        }
        for (name, binding) in &self.bindings {
            if may_stand(*binding, accepts) {
                known.push(name.clone());
            }
        }
        if known.is_empty() {
            return match accepts {
                [Accept::Object(kind)] => format!("the graph has none; declare it under `{}`", kind.root_key()),
                _ => "the graph has none that may stand here".to_owned(),
            };
        }
        nearest_help(lost, "known here are", known.iter().map(String::as_str))
    }
}

fn may_stand(binding: Binding, accepts: &[Accept]) -> bool {
    match binding {
        Binding::Some(kind) => accepts.iter().any(|accept| accept.takes(kind)),
        Binding::SomeProcess => accepts.contains(&Accept::Process),
        _ => false,
    }
}

impl Accept {
    /// Whether a word of this kind may stand there; of kind pipe it is an end.
    pub(in crate::check) fn takes(self, kind: Kind) -> bool {
        match self {
            Accept::Object(taken) => taken == kind,
            Accept::End => kind == Kind::Pipe,
            Accept::Process => false,
        }
    }

    fn noun(self) -> &'static str {
        match self {
            Accept::Object(kind) => kind.name(),
            Accept::End => "end of a pipe",
            Accept::Process => "process",
        }
    }
}

/// `a lock, a semaphore or a condition`.
pub(super) fn either(accepts: &[Accept]) -> String {
    listed(accepts.iter().map(|accept| accept.with_article()))
}

/// `lock, semaphore or condition`.
fn any_of(accepts: &[Accept]) -> String {
    if accepts.len() > 4 {
        return "object or process".to_owned();
    }
    listed(accepts.iter().map(|accept| accept.noun()))
}

fn listed<'w>(words: impl Iterator<Item = &'w str>) -> String {
    let words: Vec<&str> = words.collect();
    match words.as_slice() {
        [] => "nothing".to_owned(),
        [one] => (*one).to_owned(),
        [most @ .., last] => format!("{} or {last}", most.join(", ")),
    }
}

pub(super) fn ends_help(graph: &Graph, pipe: crate::graph::ObjectId) -> String {
    let object = graph.object(pipe);
    let ObjectKind::Pipe(declared) = &object.kind else { return String::new() };
    let [a, b] = &declared.ends;
    format!("name one of its ends: `{0}.{1}` or `{0}.{2}`", object.name.value, a.value, b.value)
}

/// The place of a part of a word: its first occurrence as a whole part between dots.
pub(super) fn span_of(name: &Name, part: &str) -> Span {
    let word = name.value.as_str();
    if part.len() == word.len() {
        return name.span;
    }
    // A quoted word has its quotes in its span; of one with escapes the parts cannot be told.
    let quotes = match name.span.len().checked_sub(word.len()) {
        Some(0) => 0,
        Some(2) => 1,
        _ => return name.span,
    };
    let at = if word.starts_with(part) { 0 } else { word.rfind(part).unwrap_or(0) };
    name.span.slice(quotes + at, quotes + at + part.len())
}
