//! Branches, loops, `try`, and the ways out of them.
//!
//! A `finally` block stands in the code once. Whoever enters it says in its slot where to go on: null falls
//! through, a place is jumped to, an error is raised again.
use super::emit::{Emitter, Enclosing, Label};
use super::operand;
use crate::diag::Bag;
use crate::expr::Expr;
use crate::graph::{Datum, Handler, Step};
use crate::program::{Instr, Op, Operand, Slot, Source};
use crate::value::Str;

impl<'a> Emitter<'_, 'a> {
    pub fn block(&mut self, steps: &'a [Step]) -> Option<()> {
        for step in steps {
            self.step(step)?;
        }
        Some(())
    }

    pub fn if_step(&mut self, condition: &Expr, then: &'a [Step], otherwise: &'a [Step]) -> Option<()> {
        let (no, end) = (self.label(), self.label());
        let code = condition.compile(self, &mut Bag::new())?;
        self.push(Instr::Unless(code, self.to(no)));
        self.block(then)?;
        if otherwise.is_empty() {
            self.here(no);
        } else {
            self.push(Instr::Jump(self.to(end)));
            self.here(no);
            self.block(otherwise)?;
        }
        self.here(end);
        Some(())
    }

    /// `while` and `loop`.
    pub fn while_step(&mut self, condition: Option<&Expr>, body: &'a [Step], step: u32) -> Option<()> {
        let (again, end) = (self.label(), self.label());
        self.here(again);
        if let Some(condition) = condition {
            let code = condition.compile(self, &mut Bag::new())?;
            self.push_for(step, Instr::Unless(code, self.to(end)));
        }
        self.loop_body(again, end, body, step)
    }

    pub fn repeat_step(&mut self, times: &Expr, body: &'a [Step], step: u32) -> Option<()> {
        let (again, end) = (self.label(), self.label());
        let left = self.hidden();
        let code = times.compile(self, &mut Bag::new())?;
        self.push(Instr::Count(left, code));
        self.here(again);
        self.push(Instr::CountDown(left, self.to(end)));
        self.loop_body(again, end, body, step)
    }

    pub fn for_in_step(&mut self, variable: &str, list: &Datum, body: &'a [Step], step: u32) -> Option<()> {
        let (again, end) = (self.label(), self.label());
        let (items, position) = (self.hidden(), self.hidden());
        let operand = operand::datum(list, self, &mut Bag::new())?;
        self.push(Instr::Iterate(items, position, operand));
        self.here(again);
        let variable = self.variable(variable);
        self.push(Instr::Advance { list: items, position, variable, end: self.to(end) });
        self.loop_body(again, end, body, step)
    }

    pub fn for_from_step(&mut self, variable: &str, from: Source, body: &'a [Step], step: u32) -> Option<()> {
        let (again, end) = (self.label(), self.label());
        self.here(again);
        let variable = self.variable(variable);
        self.op(Op::Next { from, variable, end: self.to(end) });
        self.loop_body(again, end, body, step)
    }

    fn loop_body(&mut self, again: Label, end: Label, body: &'a [Step], step: u32) -> Option<()> {
        self.enclosing.push(Enclosing::Loop { again, end });
        self.block(body)?;
        self.enclosing.pop();
        self.push_for(step, Instr::Jump(self.to(again)));
        self.here(end);
        Some(())
    }

    pub fn break_step(&mut self) {
        self.leave_loop(|_, end| end);
    }

    pub fn continue_step(&mut self) {
        self.leave_loop(|again, _| again);
    }

    /// Outside a loop (reported elsewhere) it does nothing.
    fn leave_loop(&mut self, goal: impl Fn(Label, Label) -> Label) {
        let mut passed = Vec::new();
        for enclosing in self.enclosing.iter().rev() {
            match *enclosing {
                Enclosing::Loop { again, end } => {
                    let goal = goal(again, end);
                    self.pass(&passed);
                    self.push(Instr::Jump(self.to(goal)));
                    return;
                }
                Enclosing::Finally { slot, entry } => passed.push((slot, entry)),
            }
        }
        self.push(Instr::Pass);
    }

    pub fn return_step(&mut self, value: Option<Operand>) {
        let passed: Vec<(Slot, Label)> = self
            .enclosing
            .iter()
            .rev()
            .filter_map(|enclosing| match *enclosing {
                Enclosing::Finally { slot, entry } => Some((slot, entry)),
                Enclosing::Loop { .. } => None,
            })
            .collect();
        if passed.is_empty() {
            self.push(Instr::Return(value));
            return;
        }
        let kept = self.hidden();
        self.push(Instr::Set(kept, value.unwrap_or(Operand::Constant(crate::value::Value::Null))));
        self.pass(&passed);
        self.push(Instr::ReturnSlot(kept));
    }

    /// Through the `finally` blocks, inner first, each of which comes back to the next instruction.
    fn pass(&mut self, passed: &[(Slot, Label)]) {
        for &(slot, entry) in passed {
            let back = self.label();
            self.push(Instr::Then(slot, self.to(back)));
            self.push(Instr::Jump(self.to(entry)));
            self.here(back);
        }
    }

    /// `body` with `last` run however it ends. `body` and `last` emit their own instructions.
    pub fn guarded(
        &mut self,
        body: impl FnOnce(&mut Self) -> Option<()>,
        last: impl FnOnce(&mut Self) -> Option<()>,
    ) -> Option<()> {
        let slot = self.hidden();
        let (start, end, entry) = (self.label(), self.label(), self.label());
        self.push(Instr::Unset(slot));
        self.here(start);
        self.enclosing.push(Enclosing::Finally { slot, entry });
        body(self)?;
        self.enclosing.pop();
        self.here(end);
        self.catch(start, end, entry, slot, true);
        self.here(entry);
        last(self)?;
        self.push(Instr::EndFinally(slot));
        Some(())
    }

    pub fn try_step(
        &mut self,
        body: &'a [Step],
        handlers: &'a [Handler],
        otherwise: &'a [Step],
        finally: &'a [Step],
        step: u32,
    ) -> Option<()> {
        if finally.is_empty() {
            return self.try_except(body, handlers, otherwise, step);
        }
        self.guarded(|this| this.try_except(body, handlers, otherwise, step), |this| this.block(finally))
    }

    fn try_except(
        &mut self,
        body: &'a [Step],
        handlers: &'a [Handler],
        otherwise: &'a [Step],
        step: u32,
    ) -> Option<()> {
        if handlers.is_empty() {
            self.block(body)?;
            return self.block(otherwise);
        }
        let slot = self.hidden();
        let (start, end, entry, done) = (self.label(), self.label(), self.label(), self.label());
        self.here(start);
        self.block(body)?;
        self.here(end);
        // Inner ranges of the body are in the list already; handlers and `else` lie outside this one.
        self.catch(start, end, entry, slot, false);
        self.block(otherwise)?;
        self.push_for(step, Instr::Jump(self.to(done)));
        self.here(entry);
        let error = self.variable("error");
        for handler in handlers {
            let next = self.label();
            let errors = match handler.error.value.as_str() {
                "any" => Vec::new(),
                name => vec![Str::from(name)],
            };
            self.push_for(step, Instr::Catches { slot, errors, otherwise: self.to(next) });
            self.push_for(step, Instr::Copy(slot, error));
            self.block(&handler.body)?;
            self.push_for(step, Instr::Jump(self.to(done)));
            self.here(next);
        }
        self.push_for(step, Instr::Reraise(slot));
        self.here(done);
        Some(())
    }
}
