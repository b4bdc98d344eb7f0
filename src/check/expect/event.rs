//! Events: somebody can have made them what they are to be.
use super::Expected;
use crate::graph::{Kind, ObjectKind, Operation};
use crate::program::Thing;

impl Expected<'_, '_> {
    pub fn events(&mut self) {
        let expect = self.expect;
        for (name, set) in &expect.events {
            let Some(id) = self.object(name, Kind::Event) else { continue };
            let object = self.study.graph.object(id);
            let ObjectKind::Event(event) = &object.kind else { continue };
            let (operation, verb, starts) = match set.value {
                true => (Operation::Set, "sets", "clear"),
                false => (Operation::Clear, "clears", "set"),
            };
            let mut makes = self.study.touches_by(Thing::Object(id), operation);
            if event.set != set.value && self.study.is_certain(id) && makes.next().is_none() {
                let message = format!("the event `{}` starts {starts}, and nobody {verb} it", name.value);
                let also = Some((object.name.span, "declared here"));
                let help = format!("add a step `{}: {}`, or expect `{}`", operation.name(), name.value, event.set);
                self.never(set.span, message, also, &help);
            }
        }
    }
}
