//! What performs a machine's requests: one actor's hands.
use std::collections::BTreeMap;

use super::Sink;
use super::await_result::Call;
use crate::expr::Me;
use crate::graph::LogLevel;
use crate::program::{Outcome, Request, Source, Wait};
use crate::run::NodeId;
use crate::run::wire::FrameKind;
use crate::run::world::World;
use crate::shm;
use crate::value::{Fault, Str, Value, encode};

/// One actor of a node: the process itself, one thread of it, a pool's worker.
pub struct Hands<'w> {
    pub world: &'w World<'w>,
    pub actor: shm::Actor<'w>,
    pub node: NodeId,
    /// From 0.
    pub thread: u32,
    pub me: Me,
    pub stdout: &'w Sink,
    pub stderr: &'w Sink,
    /// Messages on their way, kept for the next.
    pub(super) bytes: Vec<u8>,
    /// Calls handed to pools and not awaited yet.
    pub(super) calls: BTreeMap<u64, Call>,
    /// Calls on their way to a pool, kept for the next.
    pub(super) draft: shm::Draft,
    pub(super) next_ticket: u64,
    pub(super) gated: bool,
    /// `file:line` of the step that is being taken at the gate.
    pub(super) place: Str,
    /// A wait with an end ends when the gate says so.
    pub(super) waits_until_told: bool,
}

/// Why a request could not be done: in time, or at all.
pub(super) enum Undone {
    TimedOut,
    Ended,
    Fault(Fault),
}

impl From<Fault> for Undone {
    fn from(fault: Fault) -> Self {
        Undone::Fault(fault)
    }
}

impl From<shm::TimedOut> for Undone {
    fn from(_: shm::TimedOut) -> Self {
        Undone::TimedOut
    }
}

pub(super) type Done = Result<Value, Undone>;

impl<'w> Hands<'w> {
    #[unsafe(link_section = "text_of_nodes")] // SAFETY: a section of code like any other; see `spawn`.
    pub fn new(
        world: &'w World<'w>,
        node: NodeId,
        thread: u32,
        me: Me,
        stdout: &'w Sink,
        stderr: &'w Sink,
    ) -> Hands<'w> {
        let slot = shm::SlotIndex(world.node(node).slots.start + thread);
        let actor = shm::Actor::new(&world.arena, slot);
        Hands {
            world,
            actor,
            node,
            thread,
            me,
            stdout,
            stderr,
            bytes: Vec::new(),
            calls: BTreeMap::new(),
            draft: shm::Draft::default(),
            next_ticket: 0,
            gated: world.gated,
            place: Str::EMPTY,
            waits_until_told: false,
        }
    }

    /// Blocks until it is done, or as long as it says.
    pub fn perform(&mut self, request: Request) -> Outcome {
        match self.try_perform(request) {
            Ok(value) => Outcome::Done(value),
            Err(Undone::TimedOut) => Outcome::TimedOut,
            Err(Undone::Ended) => Outcome::Ended,
            Err(Undone::Fault(fault)) => Outcome::Failed(fault),
        }
    }

    fn try_perform(&mut self, request: Request) -> Done {
        match request {
            Request::Print { line, stderr } => self.print(&line, stderr),
            Request::Log { text, level } => {
                self.log(level, &text);
                Ok(Value::Null)
            }
            Request::Sleep(ns) => {
                std::thread::sleep(std::time::Duration::from_nanos(ns));
                Ok(Value::Null)
            }
            Request::Put { queue, value, wait } => self.put(queue, &value, wait),
            Request::Get { queue, wait } => self.get(queue, wait),
            Request::Next { from: Source::Queue(queue) } => self.next_item(queue),
            Request::Next { from: Source::End(end) } => self.next_message(end),
            Request::TaskDone { queue } => self.task_done(queue),
            Request::JoinQueue { queue, wait } => self.join_queue(queue, wait),
            Request::CloseQueue { queue } => self.close_queue(queue),
            Request::Send { end, value } => self.send(end, &value),
            Request::Recv { end, part, wait } => self.recv(end, part, wait),
            Request::CloseEnd { end } => self.close_end(end),
            Request::Acquire { of, wait } => self.acquire(of, wait),
            Request::Release { of } => self.release(of),
            Request::WaitEvent { event, wait } => self.wait_event(event, wait),
            Request::WaitBarrier { barrier, wait } => self.wait_barrier(barrier, wait),
            Request::WaitCondition { condition, wait } => self.wait_condition(condition, wait),
            Request::WaitAny { on, wait } => self.wait_any(&on, wait),
            Request::SetEvent { event } => self.set_event(event),
            Request::ClearEvent { event } => self.clear_event(event),
            Request::Notify { condition, n } => self.notify(condition, n),
            Request::AbortBarrier { barrier } => self.abort_barrier(barrier),
            Request::ResetBarrier { barrier } => self.reset_barrier(barrier),
            Request::Read(what) => self.read(what),
            Request::Write { of, index, value } => self.write(of, index, &value),
            Request::Add { of, index, by } => self.add(of, index, &by),
            Request::Start(process) => self.start(process),
            Request::Terminate(process) => self.ask(process, FrameKind::Terminate),
            Request::Kill(process) => self.ask(process, FrameKind::Kill),
            Request::JoinProcess { process, wait } => self.join_process(process, wait),
            Request::Submit { pool, job, calls } => self.submit(pool, job, calls),
            Request::Await { handles, single, wait } => self.await_results(&handles, single, wait),
            Request::Exec { argv, input, shown, wait } => self.exec(&argv, input.as_ref(), shown, wait),
        }
    }

    pub(super) fn print(&mut self, line: &str, stderr: bool) -> Done {
        let (sink, kind) = match stderr {
            false => (self.stdout, FrameKind::Stdout),
            true => (self.stderr, FrameKind::Stderr),
        };
        match sink {
            Sink::Captured => {
                // A text of several lines is several lines.
                if line.contains('\n') {
                    let lines = line.split('\n').map(str::as_bytes);
                    self.world.wire.send_lines(self.node, self.thread, kind, lines);
                } else {
                    self.send_line(kind, line.as_bytes());
                }
                Ok(Value::Null)
            }
            Sink::Null => Ok(Value::Null),
            Sink::Descriptor(fd) => {
                super::sink::write_line(fd, line.as_bytes()).map(|()| Value::Null).map_err(Undone::from)
            }
            Sink::Queue(queue, format) => {
                let item = super::sink::item(line.as_bytes(), *format)?;
                self.put(*queue, &item, Wait::Forever)
            }
        }
    }

    pub(super) fn send_line(&self, kind: FrameKind, line: &[u8]) {
        self.world.wire.send(self.node, self.thread, kind, line);
    }

    /// A line of the log; the runner drops those below its level.
    #[inline]
    pub fn log(&self, level: LogLevel, text: &str) {
        if level <= self.world.log {
            self.send_log(level, text);
        }
    }

    #[cold]
    fn send_log(&self, level: LogLevel, text: &str) {
        let mut payload = Vec::with_capacity(text.len() + 1);
        payload.push(level as u8);
        payload.extend_from_slice(text.as_bytes());
        self.send_line(FrameKind::Log, &payload);
    }

    /// Says on stderr what nothing caught, as Python does, and tells the runner.
    pub fn report(&mut self, error: &Value) {
        let field = |name| error.as_map().and_then(|map| map.field(name)).and_then(Value::as_str).unwrap_or_default();
        let fault = Fault::new(Str::from(field("type")), field("message"));
        let mut lines = vec![format!("Process {}:", self.me.name)];
        if !field("place").is_empty() {
            lines.push(format!("  {}", field("place")));
        }
        lines.push(fault.to_string());
        if !matches!(self.stderr, Sink::Queue(..)) {
            // In one write.
            lines = vec![lines.join("\n")];
        }
        for line in lines {
            let _ = self.print(&line, true);
        }
        if let Ok(json) = error.json() {
            self.send_line(FrameKind::Raised, json.as_bytes());
        }
    }

    /// The time that a wait of a step is over, on the clock that shared memory goes by.
    pub(super) fn until(&self, wait: Wait) -> shm::Wait {
        match wait {
            Wait::Poll => shm::Wait::Poll,
            Wait::For(_) if self.waits_until_told => shm::Wait::Told,
            Wait::For(ns) => shm::Wait::Until(shm::now_ns().saturating_add(ns)),
            Wait::Forever => shm::Wait::Forever,
        }
    }

    /// The message's bytes in the buffer that is kept for them.
    pub(super) fn encoded(&mut self, value: &Value) -> Result<Vec<u8>, Fault> {
        let mut bytes = std::mem::take(&mut self.bytes);
        bytes.clear();
        encode(value, &mut bytes)?;
        Ok(bytes)
    }
}
