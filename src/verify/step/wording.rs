//! Errors of steps, in the words of a run: a graph may print them.
use super::super::layout::Place;
use super::super::model::Barrier;
use super::super::world::World;
use crate::graph::{ObjectId, ObjectKind, PipeMode};
use crate::program::{End, Outcome, Readable, Request, Source};
use crate::value::Fault;

impl World<'_, '_> {
    /// The models of objects do not know what they are called.
    pub(super) fn worded(&mut self, actor: usize, request: &Request, place: Place, fault: Fault) -> Fault {
        let name = &self.system.plan.graph().object(self.system.layout.owners[place].0).name;
        match request {
            Request::Write { .. } | Request::Add { .. } | Request::Read(_) => {
                let named = format!("`{}`", **name);
                let message = fault.message.replacen("the array", &named, 1).replacen("the cell", &named, 1);
                Fault { message, ..fault }
            }
            Request::Release { of } if super::super::layout::is_lock(self.system.plan.graph(), *of) => {
                self.does_not_hold(actor, &format!("`{}`", **name))
            }
            Request::Release { .. } => Fault::value(format!("`{}` was released too many times", **name)),
            Request::TaskDone { .. } => Fault::value("task_done() called too many times"),
            Request::Put { .. } if fault.is(Fault::VALUE) => Fault::value(format!("the queue `{}` is closed", **name)),
            _ => fault,
        }
    }

    pub(super) fn does_not_hold(&mut self, actor: usize, what: &str) -> Fault {
        self.names(actor);
        Fault::value(format!("`{}` does not hold {what}", self.system.actors[actor].name))
    }

    /// A message says who it is: it cannot change places with another.
    pub(in crate::verify) fn names(&mut self, actor: usize) {
        if self.system.groups.iter().any(|group| group.contains(&actor)) {
            self.apart.get_or_insert(self.system.actors[actor].class as usize);
        }
    }

    pub(super) fn lock_not_held(&mut self, actor: usize, condition: ObjectId) -> Outcome {
        let name = &*self.system.plan.graph().object(condition).name;
        Outcome::Failed(self.does_not_hold(actor, &format!("the lock of `{name}`")))
    }

    pub(super) fn broken_barrier(&mut self, barrier: Barrier, place: Place) -> Outcome {
        let name = &*self.system.plan.graph().object(self.system.layout.owners[place].0).name;
        let message = match barrier.dead() {
            None => format!("`{name}` is broken"),
            Some(dead) => {
                self.names(dead as usize);
                let instance = self.system.actors[dead as usize].instance;
                format!("`{name}` is broken: `{}` died", self.system.instances[instance].name)
            }
        };
        Outcome::Failed(Fault::broken_barrier(message))
    }

    /// What becomes of a call whose worker ended with `code` while it was at it.
    pub(super) fn lost_call(&self, worker: &str, code: i32) -> Fault {
        let how = match code {
            signal if signal < 0 => format!("was killed by signal {}", -signal),
            code => format!("ended with {code}"),
        };
        Fault::worker_died(format!("the worker `{worker}` {how} while it was at this task"))
    }

    /// What becomes of the calls of a pool whose initializer failed.
    pub(super) fn failed_pool(&self, pool: ObjectId) -> Fault {
        let name = &*self.system.plan.graph().object(pool).name;
        Fault::worker_died(format!("the initializer of the pool `{name}` failed"))
    }

    /// Of a pipe that is not duplex the first end only receives and the second only sends.
    pub(super) fn wrong_way(&self, request: &Request) -> Option<Outcome> {
        let sends = matches!(request, Request::Send { .. });
        let end = end_of(request).filter(|_| !matches!(request, Request::Read(_)))?;
        let ObjectKind::Pipe(pipe) = &self.system.plan.graph().object(end.pipe).kind else { return None };
        let wrong = !pipe.duplex && (end.side == 0) == sends;
        let way = if sends { "reads" } else { "writes" };
        wrong.then(|| Outcome::Failed(Fault::os(format!("the end `{}` only {way}", self.end_name(end)))))
    }

    /// It has closed the end itself.
    pub(super) fn closed(&self, request: &Request) -> Outcome {
        let name = end_of(request).map_or(String::new(), |end| self.end_name(end));
        Outcome::Failed(Fault::os(format!("the end `{name}` is closed")))
    }

    pub(super) fn broken_pipe(&self, request: &Request) -> Outcome {
        let end = end_of(request);
        let is_bytes = |end: &End| {
            let kind = &self.system.plan.graph().object(end.pipe).kind;
            matches!(kind, ObjectKind::Pipe(pipe) if pipe.mode == PipeMode::Bytes)
        };
        let what = match end {
            Some(end) if !is_bytes(&end) => format!("`{}`", self.end_name(end)),
            _ => "the pipe".to_owned(),
        };
        Outcome::Failed(Fault::broken_pipe(format!("nobody has the other end of {what}")))
    }

    /// A `for .. from` goes on behind its loop; a `recv` raises.
    pub(super) fn at_its_end(&self, request: &Request) -> Outcome {
        let name = end_of(request).map_or(String::new(), |end| self.end_name(end));
        match request {
            Request::Next { .. } => Outcome::Ended,
            _ => Outcome::Failed(Fault::eof(format!("the other side of `{name}` is closed"))),
        }
    }

    /// The end that a request uses, by the place it receives from.
    pub(super) fn own_end(&self, request: &Request) -> Option<Place> {
        end_of(request).map(|end| self.system.layout.inlet(end))
    }
}

fn end_of(request: &Request) -> Option<End> {
    match request {
        Request::Send { end, .. }
        | Request::Recv { end, .. }
        | Request::Next { from: Source::End(end) }
        | Request::Read(Readable::Poll(end)) => Some(*end),
        _ => None,
    }
}
