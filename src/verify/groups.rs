//! Which actors may change places: nobody tells them apart.
use super::body::Body;
use super::system::{Role, System, processes};
use crate::graph::{ObjectId, ObjectKind, ProcessId};
use crate::program::{Op, Source};
use std::collections::BTreeSet;
use std::ops::Range;

impl System<'_> {
    /// Instances that nobody tells apart: not their body, not another process, not an expectation.
    pub(super) fn find_groups(&mut self, apart: &BTreeSet<usize>) {
        let graph = self.plan.graph();
        let mut named: BTreeSet<ProcessId> = BTreeSet::new();
        let mut listed = false;
        for (_, op) in self.bodies.iter().flatten().flat_map(Body::ops) {
            listed |= matches!(op, Op::ReadActiveChildren { .. });
            named.extend(processes(op).into_iter().filter(|of| of.instance.is_some()).map(|of| of.process));
        }
        for (name, _) in graph.expect.iter().flat_map(|expect| &expect.processes) {
            let found = crate::program::find_process(graph, name).filter(|found| found.instance.is_some());
            named.extend(found.map(|found| found.process));
        }
        if listed {
            return;
        }
        let mut begin = 0;
        while begin < self.instances.len() {
            let role = self.instances[begin].role;
            let count = self.instances[begin..].iter().take_while(|instance| instance.role == role).count();
            let actors = self.instances[begin].actors.start..self.instances[begin + count - 1].actors.end;
            let alike = match role {
                Role::Process(process) => !named.contains(&process) && self.is_anonymous(&[process.index()], &actors),
                Role::Worker(pool) => {
                    let jobs: Vec<usize> = self.jobs_of(pool).collect();
                    self.is_anonymous(&jobs, &actors)
                }
            };
            if alike && actors.len() == count {
                self.group(actors, apart);
            } else if alike && !self.gives_back_in_order(role) {
                // Threads change places within their process.
                for instance in begin..begin + count {
                    self.group(self.instances[instance].actors.clone(), apart);
                }
            }
            begin += count;
        }
    }

    /// What the threads of a process had taken goes back in their order, for they die in one step.
    fn gives_back_in_order(&self, role: Role) -> bool {
        let Role::Process(process) = role else { return false };
        let ops = self.bodies[process.index()].iter().flat_map(Body::ops);
        let mut queues = ops.filter_map(|(_, op)| match op {
            Op::Get { queue, .. } | Op::Next { from: Source::Queue(queue), .. } => Some(*queue),
            _ => None,
        });
        let redelivers = |queue: ObjectId| matches!(&self.plan.graph().object(queue).kind, ObjectKind::Queue(queue) if queue.redeliver);
        queues.any(redelivers)
    }

    fn group(&mut self, actors: Range<usize>, apart: &BTreeSet<usize>) {
        if actors.len() > 1 && !apart.contains(&actors.start) {
            for actor in actors.clone() {
                self.actors[actor].class = actors.start as u32;
            }
            self.groups.push(actors);
        }
    }

    /// Whether these bodies do the same whoever runs them.
    fn is_anonymous(&self, bodies: &[usize], actors: &Range<usize>) -> bool {
        // Of an error that nothing catches, everybody says whose it is.
        if !self.actors[actors.start].sinks[1].is_empty() {
            return false;
        }
        bodies.iter().filter_map(|body| self.bodies[*body].as_ref()).all(|body| {
            let calls = body.ops().any(|(_, op)| matches!(op, Op::Apply { .. } | Op::Map { .. }));
            !(body.knows_itself || body.takes_chances || calls)
        })
    }
}
