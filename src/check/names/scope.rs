//! What a name in an expression of a body means.
use std::collections::BTreeSet;

use super::reader::Reader;
use crate::diag::{Code, Finding, Span, nearest_all};
use crate::expr::{Resolved, Scope};
use crate::graph::ParamKind;
use crate::program::find_process;

/// Variables first, then the target's parameters, then the graph's.
impl Scope for Reader<'_, '_> {
    fn resolve(&mut self, name: &str, span: Span) -> Resolved {
        if self.variables.contains_key(name) {
            note(&mut self.read, name);
            // One that hides a parameter of the graph begins with its value.
            note(&mut self.out.params, name);
            return Resolved::Slot(0);
        }
        if let Some(param) = self.param(name) {
            note(&mut self.read, name);
            let what = match param.kind {
                ParamKind::Value(_) => return Resolved::Slot(0),
                ParamKind::Object(kind) => kind.with_article(),
                ParamKind::Process => "a process",
            };
            self.mistaken = true;
            return shared(name, span, what, param.name.span);
        }
        if let Some(param) = self.graph.param_named(name) {
            note(&mut self.out.params, name);
            return Resolved::Constant(param.value.clone());
        }
        if let Some(id) = self.graph.object_named(name) {
            self.out.objects.insert(id);
            self.mistaken = true;
            let object = self.graph.object(id);
            return shared(name, span, object.kind().with_article(), object.name.span);
        }
        if let Some(process) = find_process(self.graph, name) {
            self.mistaken = true;
            return shared(name, span, "a process", self.graph.process(process.process).name.span);
        }
        // A step that was not understood may have set it.
        if self.is_broken() || self.may_be_a_parameter() {
            return Resolved::Slot(0);
        }
        if !self.out.lose(self.variables.len() + self.graph.params.len()) {
            return Resolved::Unknown;
        }
        // The one that was meant is not unused.
        let known = self.known();
        let near = nearest_all(name, known.iter().map(String::as_str));
        for near in &near {
            self.read.insert((*near).to_owned());
            self.out.params.insert((*near).to_owned());
        }
        if near.is_empty() {
            self.read.extend(known);
        }
        Resolved::Unknown
    }

    fn known(&self) -> Vec<String> {
        if self.out.lost > super::reader::NEAREST_MAX {
            return Vec::new();
        }
        let variables = self.variables.keys().map(|name| (*name).to_owned());
        let values = self.params().filter(|param| matches!(param.kind, ParamKind::Value(_)));
        let values = values.map(|param| param.name.value.clone());
        variables.chain(values).chain(self.graph.params.iter().map(|param| param.name.value.clone())).collect()
    }
}

/// Most names are read more than once.
fn note(names: &mut BTreeSet<String>, name: &str) {
    if !names.contains(name) {
        names.insert(name.to_owned());
    }
}

fn shared(name: &str, span: Span, what: &str, declared: Span) -> Resolved {
    let message = format!("`{name}` is {what}, and expressions see variables and parameters only");
    let finding = Finding::new(Code::NamesWrongKind, span, message, "read in an expression");
    let finding = finding.also(declared, format!("{what}, declared here"));
    let help = match what {
        "a value" | "an array" => format!("read it by a step before: `read: {name}` with `into: x`, and use `x`"),
        "a queue" => {
            format!("read it by a step before: `get: {name}` or `read: {name}.qsize` with `into: x`, and use `x`")
        }
        _ => format!("read a property of it by a step before (`read: {name}...`, `into: x`), and use `x`"),
    };
    Resolved::Refused(Box::new(finding.help(help)))
}
