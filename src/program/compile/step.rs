//! One step to its instructions.
use super::emit::Emitter;
use super::operand;
use crate::diag::Bag;
use crate::graph::ObjectKind;
use crate::graph::{Action, Datum, ExecInto, Kind, Name, ObjectId, ParamKind, PipeMode, Step};
use crate::program::{
    End, ExecSlots, Found, Instr, Op, Operand, Patience, ProcessProperty, ProcessRef, Property, Source, StepInfo,
    Thing, Waitee, WaiteeKind, find, split_property,
};
use crate::value::Str;

impl<'a> Emitter<'_, 'a> {
    pub fn step(&mut self, step: &'a Step) -> Option<()> {
        let info = self.info(step);
        let id = self.enter(info);
        match &step.action {
            Action::Print { text, stderr } => {
                let text = self.operand(text)?;
                self.op(Op::Print { text, stderr: *stderr });
            }
            Action::Log { text, level } => {
                let text = self.operand(text)?;
                self.op(Op::Log { text, level: *level });
            }
            Action::Let(pairs) => {
                for (name, value) in pairs {
                    let value = self.operand(value)?;
                    let slot = self.variable(&name.value);
                    self.push(Instr::Set(slot, value));
                }
            }
            Action::Sleep(duration) => {
                let duration = self.operand(duration)?;
                self.op(Op::Sleep(duration));
            }
            Action::Put { queue, value, block, timeout } => {
                let queue = self.object(queue)?;
                let (value, patience) = (self.operand(value)?, self.patience(block, timeout)?);
                self.op(Op::Put { queue, value, patience });
            }
            Action::Get { queue, into, block, timeout } => {
                let queue = self.object(queue)?;
                let (into, patience) = (self.into(into), self.patience(block, timeout)?);
                self.op(Op::Get { queue, into, patience });
            }
            Action::TaskDone { queue } => {
                let queue = self.object(queue)?;
                self.op(Op::TaskDone(queue));
            }
            Action::Join { of, timeout, into } => {
                let (thing, patience) = (self.thing(of)?, self.patience(&None, timeout)?);
                let into = self.into(into);
                match thing {
                    Thing::Process(process) => self.op(Op::JoinProcess { process, into, patience }),
                    Thing::Object(queue) => self.op(Op::JoinQueue { queue, into, patience }),
                    Thing::End(_) => return None,
                }
            }
            Action::Close { of } => match self.thing(of)? {
                Thing::Object(queue) => self.op(Op::CloseQueue(queue)),
                Thing::End(end) => self.op(Op::CloseEnd(end)),
                Thing::Process(_) => return None,
            },
            Action::Send { end, value } => {
                let (end, value) = (self.end(end)?, self.operand(value)?);
                self.op(Op::Send { end, value });
            }
            Action::Recv { end, into, timeout, size, until } => {
                let end = self.end(end)?;
                let size = self.optional(size)?;
                let (into, patience) = (self.into(into), self.patience(&None, timeout)?);
                let bytes = self.is_bytes(end);
                self.op(Op::Recv { end, size, until: *until, bytes, into, patience });
            }
            Action::Acquire { of, block, timeout, into } => {
                let (of, patience) = (self.object(of)?, self.patience(block, timeout)?);
                let into = self.into(into);
                self.op(Op::Acquire { of, into, patience });
            }
            Action::Release { of } => {
                let of = self.object(of)?;
                self.op(Op::Release(of));
            }
            Action::With { of, body } => {
                let of = self.object(of)?;
                // The release stands for the acquire, too: a dead owner's lock is held when `OwnerDied` is raised.
                let info = self.info(step);
                self.guarded(
                    |this| {
                        this.op(Op::Acquire { of, into: None, patience: Patience::default() });
                        this.block(body)
                    },
                    |this| {
                        this.enter(info);
                        this.op(Op::Release(of));
                        Some(())
                    },
                )?;
            }
            Action::Wait { on, timeout, into } => {
                let (object, patience) = (self.object(on)?, self.patience(&None, timeout)?);
                let into = self.into(into);
                match self.compiler.graph.object(object).kind() {
                    Kind::Event => self.op(Op::WaitEvent { event: object, into, patience }),
                    Kind::Barrier => self.op(Op::WaitBarrier { barrier: object, into, patience }),
                    Kind::Condition => self.op(Op::WaitCondition { condition: object, into, patience }),
                    _ => return None,
                }
            }
            Action::WaitAny { on, timeout, into } => {
                let mut waitees = Vec::new();
                for name in on {
                    waitees.push(self.waitee(name)?);
                }
                let (into, patience) = (self.into(into), self.patience(&None, timeout)?);
                self.op(Op::WaitAny { on: waitees.into(), into, patience });
            }
            Action::Set { event } => {
                let event = self.object(event)?;
                self.op(Op::SetEvent(event));
            }
            Action::Clear { event } => {
                let event = self.object(event)?;
                self.op(Op::ClearEvent(event));
            }
            Action::Notify { condition, n, all } => {
                let (condition, n) = (self.object(condition)?, self.optional(n)?);
                self.op(Op::Notify { condition, n, all: *all });
            }
            Action::Abort { barrier } => {
                let barrier = self.object(barrier)?;
                self.op(Op::AbortBarrier(barrier));
            }
            Action::Reset { barrier } => {
                let barrier = self.object(barrier)?;
                self.op(Op::ResetBarrier(barrier));
            }
            Action::Read { of, into, index } => self.read_step(of, into, index)?,
            Action::Write { of, value, index } => {
                let (of, index) = (self.object(of)?, self.optional(index)?);
                let value = self.operand(value)?;
                self.op(Op::Write { of, index, value });
            }
            Action::Add { of, by, index, into } => {
                let (of, index) = (self.object(of)?, self.optional(index)?);
                let (by, into) = (self.optional(by)?, self.into(into));
                self.op(Op::Add { of, index, by, into });
            }
            Action::Start { process } => {
                let process = self.process(process)?;
                self.op(Op::Start(process));
            }
            Action::Terminate { process } => {
                let process = self.process(process)?;
                self.op(Op::Terminate(process));
            }
            Action::Kill { process } => {
                let process = self.process(process)?;
                self.op(Op::Kill(process));
            }
            Action::Apply { .. } | Action::Map { .. } => self.pool_step(step)?,
            Action::Await { handle, timeout, into } => {
                let handle = Operand::Code(handle.compile(self, &mut Bag::new())?);
                let (into, patience) = (self.into(into), self.patience(&None, timeout)?);
                self.op(Op::Await { handle, into, patience });
            }
            Action::Exec { argv, input, into, timeout } => {
                let mut words = Vec::new();
                for word in argv {
                    words.push(self.operand(word)?);
                }
                let (input, patience) = (self.optional(input)?, self.patience(&None, timeout)?);
                let into = match into {
                    None => ExecSlots::default(),
                    Some(ExecInto::Stdout(name)) => {
                        ExecSlots { stdout: Some(self.variable(&name.value)), ..Default::default() }
                    }
                    Some(ExecInto::Parts { stdout, stderr, exit }) => {
                        ExecSlots { stdout: self.into(stdout), stderr: self.into(stderr), exit: self.into(exit) }
                    }
                };
                self.op(Op::Exec { argv: words, input, into, patience });
            }
            Action::If { condition, then, otherwise } => self.if_step(condition, then, otherwise)?,
            Action::While { condition, body } => self.while_step(Some(condition), body, id)?,
            Action::Loop { body } => self.while_step(None, body, id)?,
            Action::Repeat { times, body } => self.repeat_step(times, body, id)?,
            Action::ForIn { variable, list, body } => self.for_in_step(&variable.value, list, body, id)?,
            Action::ForFrom { variable, from, body } => {
                let from = match self.thing(from)? {
                    Thing::Object(queue) => Source::Queue(queue),
                    Thing::End(end) => Source::End(end),
                    Thing::Process(_) => return None,
                };
                self.for_from_step(&variable.value, from, body, id)?;
            }
            Action::Try { body, handlers, otherwise, finally } => {
                self.try_step(body, handlers, otherwise, finally, id)?;
            }
            Action::Raise { text, error } => {
                let (error, text) = (self.optional(error)?, self.operand(text)?);
                self.push(Instr::Raise { error, text });
            }
            Action::Return(value) => {
                let value = self.optional(value)?;
                self.return_step(value);
            }
            Action::Exit(code) => {
                let code = self.optional(code)?;
                self.push(Instr::Exit(code));
            }
            Action::Break => self.break_step(),
            Action::Continue => self.continue_step(),
            Action::Pass => self.push(Instr::Pass),
        }
        Some(())
    }

    fn read_step(&mut self, of: &Name, into: &Option<Name>, index: &Option<Datum>) -> Option<()> {
        let (index, into) = (self.optional(index)?, self.into(into));
        match of.value.as_str() {
            "clock" => self.op(Op::ReadClock { into }),
            "active_children" => self.op(Op::ReadActiveChildren { into }),
            word => {
                let (word, property) = split_property(self.compiler.graph, &self.bindings, word);
                let op = match (self.find(word)?, property) {
                    (Thing::Process(process), Some(property)) => {
                        Op::ReadProcess { process, what: ProcessProperty::parse(property)?, into }
                    }
                    (Thing::End(end), Some("poll")) => Op::ReadPoll { end, into },
                    (Thing::Object(of), Some(property)) => {
                        Op::ReadProperty { of, property: Property::parse(property)?, into }
                    }
                    (Thing::Object(of), None) => match self.compiler.graph.object(of).kind() {
                        Kind::Value => Op::ReadValue { of, into },
                        Kind::Array => Op::ReadArray { of, index, into },
                        _ => return None,
                    },
                    _ => return None,
                };
                self.op(op);
            }
        }
        Some(())
    }

    /// A blocking call is two operations: it is handed in, and its result awaited.
    fn pool_step(&mut self, step: &'a Step) -> Option<()> {
        let (pool, target, into, asynchronous) = match &step.action {
            Action::Apply { pool, target, into, asynchronous, .. }
            | Action::Map { pool, target, into, asynchronous, .. } => (pool, target, into, *asynchronous),
            _ => return None,
        };
        let pool = self.object(pool)?;
        let id = self.compiler.graph.target_named(&target.value)?;
        let graph = self.compiler.graph;
        let body = graph.target(id);
        let into = self.into(into);
        let handle = if asynchronous { into } else { Some(self.hidden()) };
        let bindings = self.bindings.clone();
        match &step.action {
            Action::Apply { args, .. } => {
                let job = self.compiler.job(body, id, args, &bindings)?;
                let mut arguments = Vec::new();
                for param in body.params.iter().filter(|param| matches!(param.kind, ParamKind::Value(_))) {
                    let argument = args.iter().find(|argument| argument.name.value == param.name.value)?;
                    arguments.push(self.operand(&argument.value)?);
                }
                self.op(Op::Apply { pool, job, arguments, into: handle });
            }
            Action::Map { over, chunksize, ordered, .. } => {
                let job = self.compiler.job(body, id, &[], &bindings)?;
                let (over, chunksize) = (self.operand(over)?, self.optional(chunksize)?);
                let parameters = body.params.iter().map(|param| Str::from(param.name.value.as_str())).collect();
                let ObjectKind::Pool(declared) = &graph.object(pool).kind else { return None };
                let (workers, ordered) = (declared.processes.value, *ordered);
                self.op(Op::Map { pool, job, over, chunksize, workers, parameters, ordered, into: handle });
            }
            _ => return None,
        }
        if let (false, Some(handle)) = (asynchronous, handle) {
            self.op(Op::Await { handle: Operand::Slot(handle), into, patience: Patience::default() });
        }
        Some(())
    }

    fn info(&self, step: &Step) -> StepInfo {
        let sources = self.compiler.sources;
        // Not the whole line: in flow style another step, or the key of the list, may stand on it.
        let line = sources.text(step.span).lines().next().unwrap_or_default().trim_end();
        StepInfo {
            span: step.span,
            verb: step.verb.value,
            place: Str::from(sources.place(step.span).as_str()),
            text: Str::from(line),
        }
    }

    fn operand(&mut self, datum: &Datum) -> Option<Operand> {
        operand::datum(datum, self, &mut Bag::new())
    }

    /// The outer `None`: it does not compile.
    fn optional(&mut self, datum: &Option<Datum>) -> Option<Option<Operand>> {
        match datum {
            Some(datum) => self.operand(datum).map(Some),
            None => Some(None),
        }
    }

    fn patience(&mut self, block: &Option<Datum>, timeout: &Option<Datum>) -> Option<Patience> {
        Some(Patience { block: self.optional(block)?, timeout: self.optional(timeout)? })
    }

    fn find(&self, word: &str) -> Option<Thing> {
        match find(self.compiler.graph, &self.bindings, word).ok()? {
            Found::Thing(thing) => Some(thing),
            _ => None,
        }
    }

    fn thing(&self, name: &Name) -> Option<Thing> {
        self.find(&name.value)
    }

    fn object(&self, name: &Name) -> Option<ObjectId> {
        match self.thing(name)? {
            Thing::Object(id) => Some(id),
            _ => None,
        }
    }

    fn end(&self, name: &Name) -> Option<End> {
        match self.thing(name)? {
            Thing::End(end) => Some(end),
            _ => None,
        }
    }

    fn process(&self, name: &Name) -> Option<ProcessRef> {
        match self.thing(name)? {
            Thing::Process(process) => Some(process),
            _ => None,
        }
    }

    fn waitee(&self, name: &Name) -> Option<Waitee> {
        let what = match self.thing(name)? {
            Thing::End(end) => WaiteeKind::End(end),
            Thing::Process(process) => WaiteeKind::Process(process),
            Thing::Object(id) => match self.compiler.graph.object(id).kind() {
                Kind::Queue => WaiteeKind::Queue(id),
                Kind::Event => WaiteeKind::Event(id),
                _ => return None,
            },
        };
        Some(Waitee { name: Str::from(name.value.as_str()), what })
    }

    fn is_bytes(&self, end: End) -> bool {
        matches!(&self.compiler.graph.object(end.pipe).kind, ObjectKind::Pipe(pipe) if pipe.mode == PipeMode::Bytes)
    }
}

impl ProcessProperty {
    pub fn parse(text: &str) -> Option<ProcessProperty> {
        Some(match text {
            "is_alive" => ProcessProperty::IsAlive,
            "exitcode" => ProcessProperty::ExitCode,
            "pid" => ProcessProperty::Pid,
            _ => return None,
        })
    }
}
