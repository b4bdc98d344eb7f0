//! Which names a step uses, and for what: the one table behind kinds, wiring and permissions.
use super::{Action, Datum, Kind, Name, Step};
use crate::value::Value;

/// What is done to an object, an end of a pipe or a process. The words are those of `uses`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Operation {
    Put,
    Get,
    TaskDone,
    Join,
    Close,
    Send,
    Recv,
    Acquire,
    Release,
    Wait,
    Set,
    Clear,
    Notify,
    Abort,
    Reset,
    Read,
    Write,
    Add,
    Apply,
    Start,
    Terminate,
    Kill,
}

/// One name in an object position of a step.
#[derive(Clone, Copy, Debug)]
pub struct Usage<'a> {
    pub name: &'a Name,
    pub operation: Operation,
    /// The verb as written, for messages: `apply_async`.
    pub verb: &'static str,
    /// What may stand here.
    pub accepts: &'static [Accept],
    /// The wait may end by itself: it has a timeout or does not block.
    pub bounded: bool,
}

/// A kind of thing that an object position takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Accept {
    Object(Kind),
    /// `chan.a`; an object of kind pipe is always used by an end.
    End,
    Process,
}

use Accept::{End, Object, Process};

impl Operation {
    pub const ALL: &'static [Operation] = &[
        Operation::Put,
        Operation::Get,
        Operation::TaskDone,
        Operation::Join,
        Operation::Close,
        Operation::Send,
        Operation::Recv,
        Operation::Acquire,
        Operation::Release,
        Operation::Wait,
        Operation::Set,
        Operation::Clear,
        Operation::Notify,
        Operation::Abort,
        Operation::Reset,
        Operation::Read,
        Operation::Write,
        Operation::Add,
        Operation::Apply,
        Operation::Start,
        Operation::Terminate,
        Operation::Kill,
    ];

    /// The word of `uses`: `task_done`.
    pub fn name(self) -> &'static str {
        match self {
            Operation::Put => "put",
            Operation::Get => "get",
            Operation::TaskDone => "task_done",
            Operation::Join => "join",
            Operation::Close => "close",
            Operation::Send => "send",
            Operation::Recv => "recv",
            Operation::Acquire => "acquire",
            Operation::Release => "release",
            Operation::Wait => "wait",
            Operation::Set => "set",
            Operation::Clear => "clear",
            Operation::Notify => "notify",
            Operation::Abort => "abort",
            Operation::Reset => "reset",
            Operation::Read => "read",
            Operation::Write => "write",
            Operation::Add => "add",
            Operation::Apply => "apply",
            Operation::Start => "start",
            Operation::Terminate => "terminate",
            Operation::Kill => "kill",
        }
    }

    pub fn parse(text: &str) -> Option<Operation> {
        Operation::ALL.iter().copied().find(|operation| operation.name() == text)
    }

    /// The operations that an object of this kind has (of a pipe: its ends).
    pub fn of_kind(kind: Kind) -> &'static [Operation] {
        use Operation::*;
        match kind {
            Kind::Queue => &[Put, Get, TaskDone, Join, Close, Wait, Read],
            Kind::Pipe => &[Send, Recv, Close, Wait, Read],
            Kind::Event => &[Set, Clear, Wait, Read],
            Kind::Barrier => &[Wait, Abort, Reset, Read],
            Kind::Lock | Kind::Semaphore => &[Acquire, Release, Read],
            Kind::Condition => &[Acquire, Release, Wait, Notify],
            Kind::Value | Kind::Array => &[Read, Write, Add],
            Kind::Pool => &[Apply],
        }
    }
}

impl Accept {
    /// With its article, for messages.
    pub fn with_article(self) -> &'static str {
        match self {
            Object(kind) => kind.with_article(),
            End => "an end of a pipe",
            Process => "a process",
        }
    }
}

const QUEUE: &[Accept] = &[Object(Kind::Queue)];
const QUEUE_OR_PROCESS: &[Accept] = &[Object(Kind::Queue), Process];
const QUEUE_OR_END: &[Accept] = &[Object(Kind::Queue), End];
const END: &[Accept] = &[End];
const LOCKING: &[Accept] = &[Object(Kind::Lock), Object(Kind::Semaphore), Object(Kind::Condition)];
const WAITING: &[Accept] = &[Object(Kind::Event), Object(Kind::Barrier), Object(Kind::Condition)];
const WAITING_ANY: &[Accept] = &[End, Object(Kind::Queue), Process, Object(Kind::Event)];
const EVENT: &[Accept] = &[Object(Kind::Event)];
const CONDITION: &[Accept] = &[Object(Kind::Condition)];
const BARRIER: &[Accept] = &[Object(Kind::Barrier)];
const CELLS: &[Accept] = &[Object(Kind::Value), Object(Kind::Array)];
const POOL: &[Accept] = &[Object(Kind::Pool)];
const PROCESS: &[Accept] = &[Process];
const READABLE: &[Accept] = &[
    Object(Kind::Queue),
    End,
    Object(Kind::Event),
    Object(Kind::Barrier),
    Object(Kind::Lock),
    Object(Kind::Semaphore),
    Object(Kind::Value),
    Object(Kind::Array),
    Process,
];

/// Whether a wait can end by itself: `block: true` and `timeout: null` say what is so anyway.
pub fn gives_up(block: &Option<Datum>, timeout: &Option<Datum>) -> bool {
    let says =
        |datum: &Option<Datum>, usual: &Value| datum.as_ref().is_some_and(|datum| datum.constant() != Some(usual));
    says(block, &Value::Bool(true)) || says(timeout, &Value::Null)
}

impl Step {
    /// The names this step itself uses, in the order written; those of nested steps are theirs.
    pub fn usages(&self) -> impl Iterator<Item = Usage<'_>> {
        let (first, others) = self.usages_in_order();
        first.into_iter().chain(others)
    }

    /// The first, and where there are several the others.
    fn usages_in_order(&self) -> (Option<Usage<'_>>, Vec<Usage<'_>>) {
        let verb = self.verb.value;
        let with = |name, operation, accepts, bounded| Usage { name, operation, verb, accepts, bounded };
        let one = |name, operation, accepts| (Some(with(name, operation, accepts, false)), Vec::new());
        let timed = |name, operation, accepts, bounded| (Some(with(name, operation, accepts, bounded)), Vec::new());
        let none = || (None, Vec::new());
        match &self.action {
            Action::Put { queue, block, timeout, .. } => timed(queue, Operation::Put, QUEUE, gives_up(block, timeout)),
            Action::Get { queue, block, timeout, .. } => timed(queue, Operation::Get, QUEUE, gives_up(block, timeout)),
            Action::TaskDone { queue } => one(queue, Operation::TaskDone, QUEUE),
            Action::Join { of, timeout, .. } => timed(of, Operation::Join, QUEUE_OR_PROCESS, gives_up(&None, timeout)),
            Action::Close { of } => one(of, Operation::Close, QUEUE_OR_END),
            Action::Send { end, .. } => one(end, Operation::Send, END),
            Action::Recv { end, timeout, .. } => timed(end, Operation::Recv, END, gives_up(&None, timeout)),
            Action::Acquire { of, block, timeout, .. } => {
                timed(of, Operation::Acquire, LOCKING, gives_up(block, timeout))
            }
            Action::Release { of } => one(of, Operation::Release, LOCKING),
            Action::With { of, .. } => {
                let released = with(of, Operation::Release, LOCKING, false);
                (Some(with(of, Operation::Acquire, LOCKING, false)), vec![released])
            }
            Action::Wait { on, timeout, .. } => timed(on, Operation::Wait, WAITING, gives_up(&None, timeout)),
            Action::WaitAny { on, timeout, .. } => {
                let bounded = gives_up(&None, timeout);
                (None, on.iter().map(|name| with(name, Operation::Wait, WAITING_ANY, bounded)).collect())
            }
            Action::Set { event } => one(event, Operation::Set, EVENT),
            Action::Clear { event } => one(event, Operation::Clear, EVENT),
            Action::Notify { condition, .. } => one(condition, Operation::Notify, CONDITION),
            Action::Abort { barrier } => one(barrier, Operation::Abort, BARRIER),
            Action::Reset { barrier } => one(barrier, Operation::Reset, BARRIER),
            Action::Read { of, .. } => match of.value.as_str() {
                "clock" | "active_children" => none(),
                _ => one(of, Operation::Read, READABLE),
            },
            Action::Write { of, .. } => one(of, Operation::Write, CELLS),
            Action::Add { of, .. } => one(of, Operation::Add, CELLS),
            Action::Start { process } => one(process, Operation::Start, PROCESS),
            Action::Terminate { process } => one(process, Operation::Terminate, PROCESS),
            Action::Kill { process } => one(process, Operation::Kill, PROCESS),
            Action::Apply { pool, .. } | Action::Map { pool, .. } => one(pool, Operation::Apply, POOL),
            Action::ForFrom { from, .. } => one(from, Operation::Get, QUEUE_OR_END),
            _ => none(),
        }
    }

    /// The bodies nested in this step, in the order written.
    pub fn bodies(&self) -> Vec<&[Step]> {
        let mut all = Vec::new();
        self.each_body(&mut |body| all.push(body));
        all
    }

    /// As [`Step::bodies`], one by one.
    fn each_body<'a>(&'a self, visit: &mut dyn FnMut(&'a [Step])) {
        match &self.action {
            Action::With { body, .. }
            | Action::While { body, .. }
            | Action::Loop { body }
            | Action::Repeat { body, .. }
            | Action::ForIn { body, .. }
            | Action::ForFrom { body, .. } => visit(body),
            Action::If { then, otherwise, .. } => {
                visit(then);
                visit(otherwise);
            }
            Action::Try { body, handlers, otherwise, finally } => {
                visit(body);
                handlers.iter().for_each(|handler| visit(&handler.body));
                visit(otherwise);
                visit(finally);
            }
            _ => {}
        }
    }

    /// This step and all nested ones, outer before inner, in the order written.
    pub fn walk<'a>(&'a self, visit: &mut dyn FnMut(&'a Step)) {
        visit(self);
        self.each_body(&mut |body| body.iter().for_each(|step| step.walk(visit)));
    }
}
