//! What an expectation is about.
use super::Expected;
use crate::diag::{Code, Finding, nearest_help};
use crate::graph::{Kind, Name, ObjectId};

impl Expected<'_, '_> {
    /// The object of this name and kind; that there is none is reported.
    pub fn object(&mut self, name: &Name, kind: Kind) -> Option<ObjectId> {
        let graph = self.study.graph;
        if let Some(id) = graph.object_named(name) {
            let object = graph.object(id);
            if object.kind() == kind {
                return Some(id);
            }
            if graph.is_ambiguous(name) {
                return None;
            }
            let (is, wanted) = (object.kind().with_article(), kind.with_article());
            let message = format!("`{}` is {is}, and {wanted} is expected here", name.value);
            let also = Some((object.name.span, "declared here"));
            let help = match graph.expect {
                _ if matches!(object.kind(), Kind::Queue | Kind::Event | Kind::Value | Kind::Array) => {
                    format!("move it to `{}`", object.kind().root_key())
                }
                _ => "remove it; queues, values, arrays and events can be expected".to_owned(),
            };
            self.never(name.span, message, also, &help);
            return None;
        }
        if self.study.may_be_declared() {
            return None;
        }
        let known =
            graph.objects.iter().filter(|object| object.kind() == kind).map(|object| object.name.value.as_str());
        let message = match graph.process_named(name) {
            Some(_) => format!("`{}` is a process, and {} is expected here", name.value, kind.with_article()),
            None => format!("the graph has no {} `{}`", kind.name(), name.value),
        };
        let help = nearest_help(name, "it has", known);
        let finding = Finding::new(Code::ExpectImpossible, name.span, message, "names nothing");
        self.bag.add(finding.help(if help.is_empty() {
            format!("the graph has no {}", kind.root_key())
        } else {
            help
        }));
        None
    }
}
