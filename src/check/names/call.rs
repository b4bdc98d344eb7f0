//! `names/arguments`: what a target is given is what it takes.
//!
//! Bad: `args: {task: tasks}` for a target with `params: {tasks: queue}`. Good: `args: {tasks: tasks}`.
use std::collections::{HashMap, HashSet};

use super::reader::Reader;
use super::word::{either, ends_help};
use crate::diag::{Code, Finding, Span, nearest, nearest_all, nearest_help};
use crate::graph::{Accept, Argument, Datum, Name, ParamKind, Target, TargetId, TargetParam, ValueKind};
use crate::program::{Found, Lost, Thing, bound, find};
use crate::value::Value;

/// Parameters that a help names.
const SHOWN_MAX: usize = 20;

impl<'a> Reader<'a, '_> {
    /// The target of this name; that there is none is reported.
    pub fn target_named(&mut self, name: &Name) -> Option<&'a Target> {
        let Some(id) = self.graph.target_named(name) else {
            if self.out.doubt.undeclared_targets {
                return None;
            }
            let message = format!("there is no target `{}`", name.value);
            let finding = Finding::new(Code::NamesUnknown, name.span, message, "unknown target");
            if !self.out.lose(self.graph.targets.len()) {
                self.out.bag.add(finding.help("correct the name, or declare the target"));
                return None;
            }
            let known = self.graph.targets.iter().map(|target| target.name.value.as_str());
            let mut help = nearest_help(name, "the graph's targets are", known.clone());
            if help.is_empty() {
                help = "the graph has none; declare it under `targets`".to_owned();
            }
            self.out.bag.add(finding.help(help));
            // The one that was meant is not unused, and what it would do is not missing.
            let near = nearest_all(name, known);
            let all = (0..).map(TargetId).zip(&self.graph.targets);
            self.out.targets.extend(
                all.filter(|(_, target)| near.is_empty() || near.contains(&target.name.value.as_str()))
                    .map(|(id, _)| id),
            );
            self.out.doubt.complete = false;
            return None;
        };
        self.out.targets.insert(id);
        Some(self.graph.target(id))
    }

    /// `around` is the map in which the call stands.
    pub fn call(&mut self, name: &Name, args: &'a [Argument], args_span: Span, around: Span) {
        let Some(target) = self.target_named(name) else {
            // Objects that are handed to a lost target are used all the same.
            args.iter().for_each(|argument| self.unjudged(argument));
            return;
        };
        if !self.is_judged(target) {
            // What it takes is not known.
            args.iter().for_each(|argument| self.unjudged(argument));
            return;
        }
        let params: HashMap<&str, &TargetParam> =
            target.params.iter().map(|param| (param.name.value.as_str(), param)).collect();
        let given: HashSet<&str> = args.iter().map(|argument| argument.name.value.as_str()).collect();
        let open: Vec<&str> =
            target.params.iter().map(|param| param.name.value.as_str()).filter(|name| !given.contains(name)).collect();
        // A misspelled one is told where it is given.
        let mut misspelled = HashSet::new();
        for argument in args {
            match params.get(argument.name.value.as_str()) {
                Some(param) => self.argument(target, param, argument),
                None => {
                    let looks = self.out.lose(open.len());
                    let near = if looks { nearest(&argument.name, open.iter().copied()) } else { None };
                    misspelled.extend(near);
                    self.surplus(target, argument, near);
                }
            }
        }
        // An argument may be among what could not be read.
        let incomplete = self.out.doubt.has_gap(around);
        for param in &target.params {
            let name = param.name.value.as_str();
            if !given.contains(name) && !misspelled.contains(name) && !incomplete {
                self.missing(target, param, args_span);
            }
        }
    }

    /// What it takes is known.
    fn is_judged(&self, target: &Target) -> bool {
        target.params_known && !self.graph.is_ambiguous_target(&target.name)
    }

    fn surplus(&mut self, target: &Target, argument: &'a Argument, near: Option<&str>) {
        let message = format!("the target `{}` has no parameter `{}`", target.name.value, argument.name.value);
        let finding = Finding::new(Code::NamesArguments, argument.name.span, message, "unknown parameter");
        let finding = finding.also(target.name.span, "the target");
        let help = match near {
            Some(near) => format!("did you mean `{near}`?"),
            None if target.params.is_empty() => "it takes no arguments; remove this one".to_owned(),
            None => {
                let names = target.params.iter().take(SHOWN_MAX).map(|param| format!("`{}`", param.name.value));
                let more = if target.params.len() > SHOWN_MAX { ", .." } else { "" };
                format!("remove it; the target takes {}{more}", names.collect::<Vec<_>>().join(", "))
            }
        };
        self.unjudged(argument);
        self.out.bag.add(finding.help(help));
    }

    /// An argument of which nobody knows what it is for: what it names is used.
    fn unjudged(&mut self, argument: &'a Argument) {
        self.datum(&argument.value);
        let Some(word) = argument.value.constant().and_then(Value::as_str) else { return };
        match find(self.graph, &self.bindings, word) {
            Ok(Found::Thing(Thing::Object(id)) | Found::WholePipe(id)) => {
                self.out.objects.insert(id);
                self.out.doubt.objects.insert(id);
            }
            Ok(Found::Thing(Thing::End(end))) => {
                self.out.objects.insert(end.pipe);
                self.out.doubt.objects.insert(end.pipe);
            }
            Ok(Found::Thing(Thing::Process(process))) => {
                self.out.doubt.processes.insert(process.process);
            }
            _ => {}
        }
        if self.bindings.contains_key(word) {
            self.read.insert(word.to_string());
        }
    }

    fn missing(&mut self, target: &Target, param: &TargetParam, args_span: Span) {
        let name = &param.name.value;
        let message = format!("the target `{}` is given nothing for its parameter `{name}`", target.name.value);
        let finding = Finding::new(Code::NamesArguments, args_span, message, format!("`{name}` is missing"));
        let finding = finding.also(param.name.span, format!("of kind `{}`", param.kind.name()));
        let what = match accepted(param.kind) {
            Some(accept) => format!("the name of {}", accept.with_article()),
            None => "a value".to_owned(),
        };
        self.out.bag.add(finding.help(format!("add `{name}: ...`, {what}")));
        if let Some(accept) = accepted(param.kind) {
            self.out.doubt.lost(self.graph, name, &[accept]);
        }
    }

    fn argument(&mut self, target: &Target, param: &TargetParam, argument: &'a Argument) {
        // It could not be read.
        if self.out.doubt.has_gap(argument.value.span()) {
            self.unjudged(argument);
            return;
        }
        let Some(accept) = accepted(param.kind) else {
            if let Some(value) = self.datum(&argument.value) {
                self.value_argument(param, &argument.value, &value);
            }
            return;
        };
        let (wanted, name) = (accept.with_article(), &param.name.value);
        let wrong = |message: String, label: &str| {
            Finding::new(Code::NamesArguments, argument.value.span(), message, label)
                .also(param.kind_span, format!("`{name}` is {wanted}"))
        };
        let word = match &argument.value {
            Datum::Constant(Value::Str(word), _) => word.clone(),
            other => {
                let message = format!("`{name}` of `{}` takes the name of {wanted}", target.name.value);
                let help = match other {
                    Datum::Template(..) => "write the name itself: which object it is, is not computed",
                    _ => "write the name of one",
                };
                let label = if matches!(other, Datum::Template(..)) { "computed" } else { "not a name" };
                self.out.bag.add(wrong(message, label).help(help));
                self.out.doubt.lost(self.graph, name, &[accept]);
                return;
            }
        };
        let spanned = Name::new(word.to_string(), argument.value.span());
        let position =
            super::word::Position { name: &spanned, word: &spanned, verb: "the parameter", accepts: &[accept] };
        let found = match find(self.graph, &self.bindings, &spanned) {
            Ok(found) => found,
            // A name that is nowhere is unknown, whoever takes it.
            Err(lost @ (Lost::Name(_) | Lost::End(..) | Lost::Part(_))) => {
                self.lost(&position, lost);
                return;
            }
        };
        let fits = match found {
            Found::Thing(Thing::Object(id)) => accept.takes(self.graph.object(id).kind()),
            Found::Thing(Thing::End(_)) => accept == Accept::End,
            Found::Thing(Thing::Process(_)) | Found::SomeProcess => accept == Accept::Process,
            Found::Some(kind) => accept.takes(kind),
            Found::Value | Found::WholePipe(_) => false,
        };
        // Whatever it is, it is used.
        match found {
            Found::Thing(Thing::Object(id)) | Found::WholePipe(id) => {
                self.out.objects.insert(id);
            }
            Found::Thing(Thing::End(end)) => {
                self.out.objects.insert(end.pipe);
            }
            _ => {}
        }
        if self.bindings.contains_key(spanned.value.as_str()) {
            self.read.insert(spanned.value.clone());
        }
        if fits {
            return;
        }
        let (what, declared) = self.described(&spanned, found);
        let message = format!("`{name}` of `{}` takes {wanted}, and `{word}` is {what}", target.name.value);
        let mut finding = wrong(message, &what);
        if let Some(span) = declared {
            finding = finding.also(span, format!("declared here as {what}"));
        }
        let help = match found {
            Found::WholePipe(id) if accept == Accept::End => ends_help(self.graph, id),
            _ => format!("give it {}", either(&[accept])),
        };
        self.out.bag.add(finding.help(help));
        self.out.doubt.lost(self.graph, name, &[accept]);
    }

    fn value_argument(&mut self, param: &TargetParam, written: &Datum, value: &Value) {
        let ParamKind::Value(kind) = param.kind else { return };
        if bound(value.clone(), kind).is_some() {
            return;
        }
        let name = &param.name.value;
        let wanted = param.kind.name();
        let message = format!("the parameter `{name}` is of kind `{wanted}`, and this is {}", described(value));
        let finding = Finding::new(Code::NamesArguments, written.span(), message, described(value));
        let finding = finding.also(param.kind_span, format!("`{name}` is declared as `{wanted}`"));
        let help = match kind {
            ValueKind::Duration => "write a duration like `250ms`, `2s` or a number of seconds".to_owned(),
            _ => format!("give a value of kind `{wanted}`"),
        };
        self.out.bag.add(finding.help(help));
    }

    /// A `map` gives its items to the parameters, so they are values, and there is one at least.
    pub fn map_call(&mut self, name: &Name, over: &Datum) {
        let Some(target) = self.target_named(name).filter(|target| self.is_judged(target)) else { return };
        if target.params.iter().all(|param| accepted(param.kind).is_none()) {
            self.items(target, over);
        }
        if target.params.is_empty() {
            let message = format!("`map` gives each item to a parameter, and the target `{}` has none", name.value);
            let finding = Finding::new(Code::NamesArguments, name.span, message, "takes no item");
            let finding = finding.also(target.name.span, "the target");
            self.out.bag.add(finding.help("give the target a parameter, or use `apply`"));
        }
        for param in &target.params {
            if let Some(accept) = accepted(param.kind) {
                let wanted = accept.with_article();
                let message =
                    format!("`map` gives values to the target, and its parameter `{}` is {wanted}", param.name.value);
                let finding = Finding::new(Code::NamesArguments, name.span, message, "cannot be mapped");
                let finding = finding.also(param.kind_span, format!("`{}` is {wanted}", param.name.value));
                self.out
                    .bag
                    .add(finding.help("use the object by its own name in the target, or use `apply` with `args`"));
                self.out.doubt.lost(self.graph, &param.name, &[accept]);
            }
        }
    }

    /// The items that are written down: of the first that does not fit.
    fn items(&mut self, target: &Target, over: &Datum) {
        let items: Vec<(Value, Span)> = match over {
            Datum::Constant(list, span) => {
                list.as_list().unwrap_or_default().iter().map(|item| (item.clone(), *span)).collect()
            }
            Datum::List(items, _) => {
                items.iter().filter_map(|item| Some((item.constant()?.clone(), item.span()))).collect()
            }
            _ => return,
        };
        if let Some((why, span)) = items.iter().find_map(|(item, span)| Some((misfit(target, item)?, *span))) {
            let message = format!("an item does not fit the parameters of `{}`: {why}", target.name.value);
            let finding = Finding::new(Code::NamesArguments, span, message, "does not fit");
            let places: Vec<Span> = target.params.iter().map(|param| param.name.span).take(SHOWN_MAX).collect();
            let finding = places.into_iter().fold(finding, |finding, span| finding.also(span, "a parameter"));
            let help = match target.params.len() {
                1 => "each item goes to the one parameter".to_owned(),
                n => format!("give each item as a list of {n}, or as a map by name"),
            };
            self.out.bag.add(finding.help(help));
        }
    }

    /// A pool's `initializer` is run without arguments.
    pub fn initializer(&mut self, name: &Name) {
        let Some(target) = self.target_named(name).filter(|target| self.is_judged(target)) else { return };
        for param in &target.params {
            let message =
                format!("an initializer is given no arguments, and `{}` takes `{}`", name.value, param.name.value);
            let finding = Finding::new(Code::NamesArguments, name.span, message, "given no arguments");
            let finding = finding.also(param.name.span, "its parameter");
            self.out.bag.add(finding.help("name a target without parameters"));
        }
    }
}

/// What must be named for a parameter of this kind; `None` if it takes a value.
fn accepted(kind: ParamKind) -> Option<Accept> {
    match kind {
        ParamKind::Object(crate::graph::Kind::Pipe) => Some(Accept::End),
        ParamKind::Object(kind) => Some(Accept::Object(kind)),
        ParamKind::Process => Some(Accept::Process),
        ParamKind::Value(_) => None,
    }
}

/// Why an item of a `map` cannot be given to the target.
fn misfit(target: &Target, item: &Value) -> Option<String> {
    let fits = |param: &TargetParam, value: &Value| match param.kind {
        ParamKind::Value(kind) if bound(value.clone(), kind).is_none() => {
            Some(format!("`{}` is of kind `{}`, and this is {}", param.name.value, param.kind.name(), described(value)))
        }
        _ => None,
    };
    match (target.params.as_slice(), item) {
        ([], _) => None,
        ([one], item) => fits(one, item),
        (params, Value::List(values)) if values.len() == params.len() => {
            params.iter().zip(values.iter()).find_map(|(param, value)| fits(param, value))
        }
        (params, Value::List(values)) => Some(format!("it takes {}, and the item has {}", params.len(), values.len())),
        (params, Value::Map(values)) => params
            .iter()
            .find_map(|param| match values.field(&param.name.value) {
                Some(value) => fits(param, value),
                None => Some(format!("`{}` is missing", param.name.value)),
            })
            .or_else(|| {
                let known = |name: &str| params.iter().any(|param| param.name.value == name);
                let strange = |name: &&Value| !name.as_str().is_some_and(known);
                values.keys().find(strange).map(|name| format!("it has no parameter `{name}`"))
            }),
        (params, item) => Some(format!("it takes {}, and this is {}", params.len(), described(item))),
    }
}

fn described(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a bool",
        Value::Int(_) => "an int",
        Value::Float(_) => "a float",
        Value::Str(_) => "a string",
        Value::Bytes(_) => "bytes",
        Value::List(_) => "a list",
        Value::Map(_) => "a map",
        Value::Handle(_) => "a handle",
    }
}
