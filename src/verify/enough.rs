//! How many units of a semaphore could ever be taken: more of them need not be counted.
use super::body::Body;
use super::layout::Object;
use super::system::System;
use crate::graph::{ObjectId, ObjectKind};
use crate::program::{Op, Pc};

impl System<'_> {
    /// Units of a semaphore past all that could ever be taken are not counted, if nobody asks for the number.
    pub(super) fn cap_semaphores(&mut self) {
        let graph = self.plan.graph();
        for (number, object) in graph.objects.iter().enumerate() {
            let id = ObjectId(number as u32);
            if !matches!(&object.kind, ObjectKind::Semaphore(semaphore) if !semaphore.bounded) {
                continue;
            }
            let ops = self.bodies.iter().flatten().flat_map(Body::ops);
            let asked = ops.into_iter().any(|(_, op)| matches!(op, Op::ReadProperty { of, .. } if *of == id));
            let Some(takes) = self.takes(id).filter(|_| !asked) else { continue };
            let place = self.layout.place(id);
            if let Object::Semaphore(semaphore) = &mut self.layout.objects[place] {
                semaphore.cap(takes);
            }
        }
    }

    /// How often a semaphore can be acquired at most in a run; `None` if nothing says.
    fn takes(&self, of: ObjectId) -> Option<u32> {
        let mut all = 0u32;
        for (number, body) in self.bodies.iter().enumerate() {
            let Some(body) = body else { continue };
            let acquires = |op: &Op| matches!(op, Op::Acquire { of: taken, .. } if *taken == of);
            let here: Vec<Pc> = body.ops().filter(|(_, op)| acquires(op)).map(|(pc, _)| pc).collect();
            if here.is_empty() {
                continue;
            }
            let process = self.plan.graph().processes.get(number)?;
            let again = process.restart.as_ref().map_or(0, |restart| restart.max);
            if here.iter().any(|pc| body.edges.comes_back(*pc)) {
                return None;
            }
            let threads = if process.threaded { process.threads.value } else { 1 };
            let times = process.instances().checked_mul(threads)?.checked_mul(again.checked_add(1)?)?;
            all = all.checked_add(times.checked_mul(here.len() as u32)?)?;
        }
        Some(all)
    }
}
