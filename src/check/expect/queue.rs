//! Queues: what is to be left fits, and somebody can have put it there.
use super::{Expected, counted};
use crate::graph::{Items, Kind, ObjectKind, Operation};
use crate::program::Thing;

impl Expected<'_, '_> {
    pub fn queues(&mut self) {
        let expect = self.expect;
        for (name, items) in &expect.queues {
            let Some(id) = self.object(name, Kind::Queue) else { continue };
            let object = self.study.graph.object(id);
            let ObjectKind::Queue(queue) = &object.kind else { continue };
            let Some(least) = self.least(items) else { continue };
            if queue.maxsize > 0 && least > queue.maxsize {
                let message = format!(
                    "`{}` holds {} at most, and {least} are expected",
                    name.value,
                    counted(queue.maxsize, "item")
                );
                let also = Some((object.name.span, "declared here with `maxsize`"));
                self.never(items.span, message, also, "expect fewer items, or raise `maxsize`");
                continue;
            }
            if let Some(clean) = expect.clean.as_ref().filter(|clean| clean.value && least > 0) {
                let message = format!(
                    "`clean` wants every queue empty, and `{}` is to hold {}",
                    name.value,
                    counted(least, "item")
                );
                self.never(items.span, message, Some((clean.span, "every queue is empty")), "remove one of the two");
                continue;
            }
            let starts = queue.items.len() as u64;
            let mut puts = self.study.touches_by(Thing::Object(id), Operation::Put);
            if least > starts && self.study.is_certain(id) && puts.next().is_none() {
                let message =
                    format!("nobody puts into `{}`, and it is expected to hold {}", name.value, counted(least, "item"));
                let also = Some((object.name.span, "declared here"));
                self.never(items.span, message, also, &format!("add a step `put: {}`, or expect none", name.value));
            }
        }
    }

    /// How many items there must be at least; `None` if that contradicts itself, which is reported.
    fn least(&mut self, items: &Items) -> Option<u64> {
        let len = |items: &Option<Vec<_>>| items.as_ref().map_or(0, Vec::len) as u64;
        if let (Some(count), Some(all)) = (&items.count, &items.any_order)
            && all.len() as u64 != count.value
        {
            let message =
                format!("`any_order` is exactly {}, and `count` is {}", counted(all.len() as u64, "item"), count.value);
            self.never(count.span, message, None, "remove `count`, or make them agree");
            return None;
        }
        let listed = len(&items.exact).max(len(&items.any_order)).max(len(&items.contains).min(1));
        Some(listed.max(items.count.as_ref().map_or(0, |count| count.value)))
    }
}
