//! From steps to instructions.
//!
//! A body is compiled once for each binding of its object parameters: what it touches is then part of the code.
//! The names have been checked before; a body in which they have not all been found gives no program.
mod emit;
mod flow;
mod operand;
mod step;

use std::collections::BTreeMap;

use super::{Binding, Bindings, Instr, JobId, Operand, Pc, Program, Slot, StepInfo, Thing, find};
use crate::diag::{Bag, Sources, Span};
use crate::expr::{Resolved, Scope};
use crate::graph::{Argument, Body, Graph, ParamKind, Process, Step, Target, TargetId};
use crate::value::Str;

use emit::Emitter;
pub use operand::{datum as compile_datum, duration_ns};

/// The jobs that the graph's pools are given: targets with their objects bound, each compiled once.
#[derive(Debug, Default)]
pub struct Jobs {
    ids: BTreeMap<(TargetId, Vec<Option<Thing>>), JobId>,
    programs: Vec<Option<Program>>,
}

impl Jobs {
    /// How many there are.
    pub fn len(&self) -> usize {
        self.programs.len()
    }

    pub fn is_empty(&self) -> bool {
        self.programs.is_empty()
    }

    /// The number of a job: its target, and the things that the target's parameters stand for.
    pub fn id(&self, target: TargetId, things: &[Option<Thing>]) -> Option<JobId> {
        self.ids.get(&(target, things.to_vec())).copied()
    }

    /// The programs by [`JobId`]; `None` if one of them could not be compiled.
    pub fn finish(self) -> Option<Vec<Program>> {
        self.programs.into_iter().collect()
    }
}

/// Compiles the bodies of one graph.
pub struct Compiler<'a> {
    pub graph: &'a Graph,
    pub sources: &'a Sources,
    pub jobs: Jobs,
}

impl<'a> Compiler<'a> {
    pub fn new(graph: &'a Graph, sources: &'a Sources) -> Self {
        Compiler { graph, sources, jobs: Jobs::default() }
    }

    /// The body of a process of steps; of a command its `model`. `None` if it has neither, or names in it are lost.
    pub fn process(&mut self, process: &'a Process) -> Option<Program> {
        match &process.body {
            Body::Target { target, args, .. } => {
                let target = self.graph.target(self.graph.target_named(target)?);
                self.target(target, args)
            }
            Body::Steps(steps) => self.body(&process.name, steps, &[], &Bindings::new(), Vec::new()),
            Body::Command(..) | Body::Shell(..) => {
                self.body(&process.name, process.model.as_deref()?, &[], &Bindings::new(), Vec::new())
            }
        }
    }

    /// A target as the body of a process: its parameters are computed in the process's own scope first.
    fn target(&mut self, target: &'a Target, args: &[Argument]) -> Option<Program> {
        let bindings = self.bind(target, args, &Bindings::new())?;
        let mut binds = Vec::new();
        for param in &target.params {
            let ParamKind::Value(kind) = param.kind else { continue };
            let argument = args.iter().find(|argument| argument.name.value == param.name.value)?;
            let mut names = ConstantScope { graph: self.graph };
            let value = operand::datum(&argument.value, &mut names, &mut Bag::new())?;
            let Some(Binding::Value(slot)) = bindings.get(&param.name.value) else { return None };
            binds.push(Instr::Bind(*slot, value, kind));
        }
        self.body(&target.name, &target.steps, &value_params(target), &bindings, binds)
    }

    /// A target as a job of a pool: its value parameters come with each call.
    fn job(&mut self, target: &'a Target, id: TargetId, args: &[Argument], outer: &Bindings) -> Option<JobId> {
        let bindings = self.bind(target, args, outer)?;
        let things = target.params.iter().map(|param| match bindings.get(&param.name.value) {
            Some(Binding::Thing(thing)) => Some(*thing),
            _ => None,
        });
        let key = (id, things.collect());
        if let Some(job) = self.jobs.ids.get(&key) {
            return Some(*job);
        }
        let job = JobId(self.jobs.programs.len() as u32);
        self.jobs.ids.insert(key, job);
        // The place is taken first: a job may hand jobs of its own kind to a pool.
        self.jobs.programs.push(None);
        let binds = target
            .params
            .iter()
            .filter_map(|param| match (param.kind, bindings.get(&param.name.value)) {
                (ParamKind::Value(kind), Some(Binding::Value(slot))) => {
                    Some(Instr::Bind(*slot, Operand::Slot(*slot), kind))
                }
                _ => None,
            })
            .collect();
        let program = self.body(&target.name, &target.steps, &value_params(target), &bindings, binds);
        self.jobs.programs[job.0 as usize] = program;
        Some(job)
    }

    /// The job that a pool's initializer is: a target without parameters.
    pub fn initializer(&mut self, target: &str) -> Option<JobId> {
        let id = self.graph.target_named(target)?;
        self.job(self.graph.target(id), id, &[], &Bindings::new())
    }

    /// Objects to objects, value parameters to the first slots.
    fn bind(&self, target: &Target, args: &[Argument], outer: &Bindings) -> Option<Bindings> {
        let mut bindings = Bindings::new();
        let mut slot: Slot = 0;
        for param in &target.params {
            let binding = match param.kind {
                ParamKind::Value(_) => {
                    slot += 1;
                    Binding::Value(slot - 1)
                }
                ParamKind::Object(_) | ParamKind::Process => {
                    let argument = args.iter().find(|argument| argument.name.value == param.name.value)?;
                    let word = argument.value.constant()?.as_str()?;
                    match find(self.graph, outer, word).ok()? {
                        super::Found::Thing(thing) => Binding::Thing(thing),
                        super::Found::Some(kind) => Binding::Some(kind),
                        super::Found::SomeProcess => Binding::SomeProcess,
                        super::Found::Value | super::Found::WholePipe(_) => return None,
                    }
                }
            };
            bindings.insert(param.name.value.clone(), binding);
        }
        Some(bindings)
    }

    fn body(
        &mut self,
        name: &str,
        steps: &'a [Step],
        params: &[Str],
        bindings: &Bindings,
        binds: Vec<Instr>,
    ) -> Option<Program> {
        let mut emitter = Emitter::new(self, bindings.clone(), params);
        emitter.declare(steps);
        emitter.enter(StepInfo::default());
        for bind in binds {
            emitter.push(bind);
        }
        emitter.hidden_params();
        emitter.block(steps)?;
        emitter.enter(StepInfo::default());
        emitter.push(Instr::Return(None));
        let program = emitter.finish(name);
        (program.code.len() < Pc::MAX as usize).then_some(program)
    }
}

fn value_params(target: &Target) -> Vec<Str> {
    target
        .params
        .iter()
        .filter(|param| matches!(param.kind, ParamKind::Value(_)))
        .map(|param| Str::from(param.name.value.as_str()))
        .collect()
}

/// Graph parameters and nothing else: what arguments of processes, environments and paths may name.
pub struct ConstantScope<'a> {
    pub graph: &'a Graph,
}

impl Scope for ConstantScope<'_> {
    fn resolve(&mut self, name: &str, _span: Span) -> Resolved {
        match self.graph.param_named(name) {
            Some(param) => Resolved::Constant(param.value.clone()),
            None => Resolved::Unknown,
        }
    }

    fn known(&self) -> Vec<String> {
        self.graph.params.iter().map(|param| param.name.value.clone()).collect()
    }
}

impl Default for StepInfo {
    /// What belongs to no step: the binding of parameters, the end.
    fn default() -> Self {
        StepInfo { span: Span::default(), verb: "", place: Str::from(""), text: Str::from("") }
    }
}
