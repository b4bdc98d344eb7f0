//! The code under construction: instructions, labels, slots, who catches what.
use std::collections::BTreeMap;

use super::{Compiler, ConstantScope};
use crate::diag::Span;
use crate::expr::{Resolved, Scope};
use crate::graph::{Action, ExecInto, Name, Step};
use crate::program::{Bindings, HandlerRange, Instr, Op, Operand, Pc, Program, Slot, StepInfo};
use crate::value::Str;

/// A place in the code that is not known yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Label(usize);

/// What a `break`, a `continue` or a `return` has to pass on its way out, innermost last.
#[derive(Clone, Copy, Debug)]
pub(super) enum Enclosing {
    Loop { again: Label, end: Label },
    Finally { slot: Slot, entry: Label },
}

pub(super) struct Emitter<'c, 'a> {
    pub compiler: &'c mut Compiler<'a>,
    pub bindings: Bindings,
    code: Vec<Instr>,
    step_of: Vec<u32>,
    steps: Vec<StepInfo>,
    slots: Vec<Option<Str>>,
    parameters: Slot,
    variables: BTreeMap<String, Slot>,
    /// Where each label stands, once it does.
    labels: Vec<Option<Pc>>,
    /// Ranges in labels: start, end, handler.
    ranges: Vec<(Label, Label, Label, Slot, bool)>,
    pub enclosing: Vec<Enclosing>,
}

impl<'c, 'a> Emitter<'c, 'a> {
    pub fn new(compiler: &'c mut Compiler<'a>, bindings: Bindings, params: &[Str]) -> Self {
        let slots: Vec<Option<Str>> = params.iter().cloned().map(Some).collect();
        let variables = params.iter().enumerate().map(|(i, name)| (name.to_string(), i as Slot)).collect();
        Emitter {
            compiler,
            bindings,
            code: Vec::new(),
            step_of: Vec::new(),
            steps: Vec::new(),
            parameters: slots.len() as Slot,
            slots,
            variables,
            labels: Vec::new(),
            ranges: Vec::new(),
            enclosing: Vec::new(),
        }
    }

    /// Gives every variable that the body sets its slot.
    pub fn declare(&mut self, steps: &[Step]) {
        for step in steps {
            step.walk(&mut |step| {
                for name in step.sets() {
                    self.variable(&name.value);
                }
                if let Action::Try { handlers, .. } = &step.action
                    && !handlers.is_empty()
                {
                    self.variable("error");
                }
            });
        }
    }

    /// A variable that hides a graph parameter starts with the parameter's value.
    pub fn hidden_params(&mut self) {
        for param in &self.compiler.graph.params {
            if let Some(&slot) = self.variables.get(&param.name.value)
                && slot >= self.parameters
            {
                self.push(Instr::Set(slot, Operand::Constant(param.value.clone())));
            }
        }
    }

    pub fn variable(&mut self, name: &str) -> Slot {
        if let Some(slot) = self.variables.get(name) {
            return *slot;
        }
        let slot = self.slots.len() as Slot;
        self.slots.push(Some(Str::from(name)));
        self.variables.insert(name.to_owned(), slot);
        slot
    }

    pub fn into(&mut self, name: &Option<Name>) -> Option<Slot> {
        name.as_ref().map(|name| self.variable(&name.value))
    }

    /// A slot without a name.
    pub fn hidden(&mut self) -> Slot {
        self.slots.push(None);
        (self.slots.len() - 1) as Slot
    }

    /// What is pushed from here on belongs to this step.
    pub fn enter(&mut self, info: StepInfo) -> u32 {
        self.steps.push(info);
        (self.steps.len() - 1) as u32
    }

    pub fn push(&mut self, instr: Instr) {
        let step = (self.steps.len() - 1) as u32;
        self.push_for(step, instr);
    }

    /// An instruction of a step that was entered before.
    pub fn push_for(&mut self, step: u32, instr: Instr) {
        self.code.push(instr);
        self.step_of.push(step);
    }

    pub fn op(&mut self, op: Op) {
        self.push(Instr::Op(Box::new(op)));
    }

    pub fn label(&mut self) -> Label {
        self.labels.push(None);
        Label(self.labels.len() - 1)
    }

    /// The label stands here.
    pub fn here(&mut self, label: Label) {
        self.labels[label.0] = Some(self.code.len() as Pc);
    }

    /// The label as an operand of an instruction, to be filled in at the end.
    pub fn to(&self, label: Label) -> Pc {
        label.0 as Pc
    }

    /// Ranges are added inner before outer.
    pub fn catch(&mut self, start: Label, end: Label, handler: Label, slot: Slot, finally: bool) {
        self.ranges.push((start, end, handler, slot, finally));
    }

    pub fn finish(self, name: &str) -> Program {
        let place = |label: Pc| self.labels[label as usize].expect("every label is placed by the construct it is of");
        let mut code = self.code;
        for instr in &mut code {
            match instr {
                Instr::Jump(pc)
                | Instr::Unless(_, pc)
                | Instr::CountDown(_, pc)
                | Instr::Then(_, pc)
                | Instr::Advance { end: pc, .. }
                | Instr::Catches { otherwise: pc, .. } => *pc = place(*pc),
                Instr::Op(op) => {
                    if let Op::Next { end, .. } = op.as_mut() {
                        *end = place(*end);
                    }
                }
                _ => {}
            }
        }
        let handlers = self
            .ranges
            .iter()
            .map(|&(start, end, handler, slot, finally)| HandlerRange {
                start: place(start.0 as Pc),
                end: place(end.0 as Pc),
                handler: place(handler.0 as Pc),
                slot,
                finally,
            })
            .collect();
        Program {
            name: Str::from(name),
            code,
            step_of: self.step_of,
            steps: self.steps,
            slots: self.slots,
            parameters: self.parameters,
            handlers,
        }
    }
}

impl Scope for Emitter<'_, '_> {
    fn resolve(&mut self, name: &str, span: Span) -> Resolved {
        match self.variables.get(name) {
            Some(slot) => Resolved::Slot(*slot),
            None => ConstantScope { graph: self.compiler.graph }.resolve(name, span),
        }
    }

    fn known(&self) -> Vec<String> {
        self.variables.keys().cloned().collect()
    }
}

impl Step {
    /// The variables that this step itself sets, in the order written.
    pub fn sets(&self) -> impl Iterator<Item = &Name> {
        let pairs = match &self.action {
            Action::Let(pairs) => pairs.as_slice(),
            _ => &[],
        };
        pairs.iter().map(|(name, _)| name).chain(self.results().into_iter().flatten())
    }

    /// The variables that take what comes of the step.
    fn results(&self) -> [Option<&Name>; 3] {
        match &self.action {
            Action::Get { into, .. }
            | Action::Join { into, .. }
            | Action::Recv { into, .. }
            | Action::Acquire { into, .. }
            | Action::Wait { into, .. }
            | Action::WaitAny { into, .. }
            | Action::Read { into, .. }
            | Action::Add { into, .. }
            | Action::Apply { into, .. }
            | Action::Map { into, .. }
            | Action::Await { into, .. } => [into.as_ref(), None, None],
            Action::Exec { into, .. } => match into {
                Some(ExecInto::Stdout(name)) => [Some(name), None, None],
                Some(ExecInto::Parts { stdout, stderr, exit }) => [stdout.as_ref(), stderr.as_ref(), exit.as_ref()],
                None => [None; 3],
            },
            Action::ForIn { variable, .. } | Action::ForFrom { variable, .. } => [Some(variable), None, None],
            _ => [None; 3],
        }
    }
}
