//! Steps to the ways through them.
mod route;

use std::collections::{BTreeMap, HashMap};

use super::few::Few;
use super::flow::{Act, Flow, Known, Locals, Node, NodeId, Settled};
use super::locals::{forget, learn};
use crate::expr::Expr;
use crate::graph::{Action, Handler, Step};

/// `None` if there are too many.
pub(super) fn build<'a>(steps: &'a [Step], known: &dyn Known) -> Option<Flow<'a>> {
    let mut size = 0;
    for step in steps {
        step.walk(&mut |_| size += 1);
    }
    // In the order of the numbers that `Flow` names.
    let fixed = [Act::Entry, Act::End, Act::Exit, Act::Died];
    let node = |act| Node { act, next: Few::None, raises: Few::None };
    let nodes = fixed.into_iter().map(node).collect();
    let led = vec![false; 4];
    let mut builder = Builder {
        nodes,
        led,
        frames: Vec::new(),
        known,
        locals: Locals::new(),
        settled: HashMap::new(),
        bound: 1000 + 40 * size,
    };
    if let Some(last) = builder.block(steps, Some(Flow::ENTRY))? {
        builder.link(last, Flow::END);
    }
    Some(Flow { nodes: builder.nodes, settled: builder.settled })
}

struct Builder<'a, 't> {
    nodes: Vec<Node<'a>>,
    /// Whether something leads to the node, by number.
    led: Vec<bool>,
    frames: Vec<Frame<'a>>,
    known: &'t dyn Known,
    /// At the place in hand.
    locals: Locals,
    settled: HashMap<*const Step, Settled>,
    bound: usize,
}

/// What lies around the step in hand, innermost last.
#[derive(Clone)]
enum Frame<'a> {
    Loop {
        again: NodeId,
        end: NodeId,
    },
    Catch {
        handlers: Vec<(&'a Handler, NodeId)>,
        /// Where an error goes of which nothing is known.
        unknown: Option<NodeId>,
    },
    /// With a copy for each way out.
    Finally {
        last: Last<'a>,
        copies: BTreeMap<Goal, NodeId>,
    },
}

#[derive(Clone, Copy)]
enum Last<'a> {
    Steps(&'a [Step]),
    Release(&'a Step),
}

/// Where control is bound for as it leaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Goal {
    Break,
    Continue,
    Return,
    Exit,
    Error,
}

/// How a loop can be gone through.
#[derive(Clone, Copy)]
struct Loop {
    /// From its head into its body.
    enters: bool,
    /// From its head past it.
    leaves: bool,
    /// The first time surely into its body.
    once: bool,
}

impl Loop {
    /// A loop over items: whether there are any, if that is known.
    fn counted(any: Option<bool>) -> Loop {
        Loop { enters: any != Some(false), leaves: true, once: any == Some(true) }
    }
}

/// The place that a block leaves control at; the inner `None` if it never comes out at its end.
type After = Option<NodeId>;

impl<'a> Builder<'a, '_> {
    fn add(&mut self, act: Act<'a>) -> Option<NodeId> {
        if self.nodes.len() >= self.bound {
            return None;
        }
        self.nodes.push(Node { act, next: Few::None, raises: Few::None });
        self.led.push(false);
        Some(NodeId((self.nodes.len() - 1) as u32))
    }

    fn link(&mut self, from: NodeId, to: NodeId) {
        self.nodes[from.index()].next.push(to);
        self.led[to.index()] = true;
    }

    fn block(&mut self, steps: &'a [Step], mut at: After) -> Option<After> {
        for step in steps {
            // What follows a `return` is no part of the flow.
            let Some(from) = at else { break };
            at = self.step(step, from)?;
            learn(&mut self.locals, self.known, step);
        }
        Some(at)
    }

    /// A node for the step's own work, after `from`, with the ways of its errors.
    fn work(&mut self, step: &'a Step, from: NodeId) -> Option<NodeId> {
        let node = self.add(Act::Step(step))?;
        self.link(from, node);
        self.errors_of(step, node)?;
        Some(node)
    }

    fn step(&mut self, step: &'a Step, from: NodeId) -> Option<After> {
        Some(match &step.action {
            Action::If { condition, then, otherwise } => {
                let node = self.work(step, from)?;
                let known = self.truth(condition);
                self.settle(step, known.map(Settled::Branch));
                let ends = [(known != Some(false), then, true), (known != Some(true), otherwise, false)];
                let mut outs = Vec::new();
                for (open, body, side) in ends {
                    if open {
                        // An own place for each side, so that a walk can tell them apart.
                        let begin = self.add(Act::Branch(step, side))?;
                        self.link(node, begin);
                        outs.extend(self.branch(body, Some(begin))?);
                    } else {
                        let closed = self.add(Act::Place)?;
                        // Nothing leads here; the steps are there to be found.
                        self.branch(body, Some(closed))?;
                    }
                }
                self.meet(&outs)?
            }
            Action::While { condition, body } => {
                let first = self.truth(condition);
                forget(&mut self.locals, step);
                let known = self.truth(condition);
                let enters = known != Some(false);
                let once = first == Some(true) && enters;
                self.repeated(step, body, from, Loop { enters, leaves: known != Some(true), once })?
            }
            Action::Loop { body } => {
                forget(&mut self.locals, step);
                self.repeated(step, body, from, Loop { enters: true, leaves: false, once: false })?
            }
            Action::Repeat { times, body } => {
                let known = self.known.expr(times, &self.locals).and_then(|times| times.as_int());
                self.settle(step, known.map(|times| Settled::Times(times.max(0) as u64)));
                forget(&mut self.locals, step);
                self.repeated(step, body, from, Loop::counted(known.map(|times| times > 0)))?
            }
            Action::ForIn { list, body, .. } => {
                let known = self.known.datum(list, &self.locals).filter(|list| list.as_list().is_some());
                let any = known.as_ref().and_then(|list| list.as_list().map(|list| !list.is_empty()));
                self.settle(step, known.map(Settled::Items));
                forget(&mut self.locals, step);
                self.repeated(step, body, from, Loop::counted(any))?
            }
            Action::ForFrom { body, .. } => {
                forget(&mut self.locals, step);
                self.repeated(step, body, from, Loop::counted(None))?
            }
            Action::With { body, .. } => {
                let frame = Frame::Finally { last: Last::Release(step), copies: BTreeMap::new() };
                let node = self.work(step, from)?;
                self.frames.push(frame);
                let after = self.block(body, Some(node))?;
                self.frames.pop();
                match after {
                    Some(after) => Some(self.last(Last::Release(step), after)?.expect("a release goes on")),
                    None => None,
                }
            }
            Action::Try { body, handlers, otherwise, finally } => {
                forget(&mut self.locals, step);
                let guarded = !finally.is_empty();
                if guarded {
                    self.frames.push(Frame::Finally { last: Last::Steps(finally), copies: BTreeMap::new() });
                }
                let after = self.caught(body, handlers, otherwise, from)?;
                if guarded {
                    self.frames.pop();
                }
                match after {
                    Some(after) if guarded => self.last(Last::Steps(finally), after)?,
                    after => after,
                }
            }
            Action::Break => self.leave(step, from, Goal::Break)?,
            Action::Continue => self.leave(step, from, Goal::Continue)?,
            Action::Return(_) => self.leave(step, from, Goal::Return)?,
            Action::Exit(_) => self.leave(step, from, Goal::Exit)?,
            Action::Raise { .. } => {
                self.work(step, from)?;
                None
            }
            _ => Some(self.work(step, from)?),
        })
    }

    fn leave(&mut self, step: &'a Step, from: NodeId, goal: Goal) -> Option<After> {
        let node = self.work(step, from)?;
        let to = self.route(self.frames.len(), goal)?;
        self.link(node, to);
        Some(None)
    }

    fn repeated(&mut self, step: &'a Step, body: &'a [Step], from: NodeId, ways: Loop) -> Option<After> {
        let (again, end) = (self.add(Act::Place)?, self.add(Act::Place)?);
        // The list and the count are computed once, before; a condition, and what is next, each time.
        let before = matches!(step.action, Action::ForIn { .. } | Action::Repeat { .. });
        let first = if before { self.work(step, from)? } else { from };
        let head = if before { again } else { self.work(step, again)? };
        let item = self.add(Act::Item(step))?;
        if ways.once {
            self.link(first, item);
        } else {
            self.link(first, again);
        }
        if ways.enters {
            self.link(head, item);
        }
        if ways.leaves && matches!(step.action, Action::While { .. }) {
            let left = self.add(Act::Branch(step, false))?;
            self.link(head, left);
            self.link(left, end);
        } else if ways.leaves {
            self.link(head, end);
        }
        self.frames.push(Frame::Loop { again, end });
        let after = self.block(body, Some(item))?;
        self.frames.pop();
        if let Some(after) = after {
            self.link(after, again);
        }
        Some(self.led[end.index()].then_some(end))
    }

    /// Steps that are done perhaps: what they set is forgotten afterwards.
    fn branch(&mut self, steps: &'a [Step], at: After) -> Option<After> {
        let locals = self.locals.clone();
        let after = self.block(steps, at);
        self.locals = locals;
        after
    }

    fn settle(&mut self, step: &Step, known: Option<Settled>) {
        let known = known.unwrap_or(Settled::Open);
        let settled = self.settled.entry(std::ptr::from_ref(step)).or_insert_with(|| known.clone());
        if *settled != known {
            *settled = Settled::Open;
        }
    }

    fn truth(&self, condition: &Expr) -> Option<bool> {
        self.known.expr(condition, &self.locals)?.as_bool()
    }

    fn caught(
        &mut self,
        body: &'a [Step],
        handlers: &'a [Handler],
        otherwise: &'a [Step],
        from: NodeId,
    ) -> Option<After> {
        let mut entries = Vec::new();
        for handler in handlers {
            entries.push((handler, self.add(Act::Handler)?));
        }
        let before = self.locals.clone();
        self.frames.push(Frame::Catch { handlers: entries.clone(), unknown: None });
        let mut at = self.block(body, Some(from))?;
        self.frames.pop();
        if at.is_some() {
            at = self.block(otherwise, at)?;
        }
        let mut outs: Vec<NodeId> = at.into_iter().collect();
        self.locals = before;
        for (handler, entry) in entries {
            outs.extend(self.branch(&handler.body, Some(entry))?);
        }
        self.meet(&outs)
    }

    fn meet(&mut self, outs: &[NodeId]) -> Option<After> {
        if outs.is_empty() {
            return Some(None);
        }
        let place = self.add(Act::Place)?;
        outs.iter().for_each(|out| self.link(*out, place));
        Some(Some(place))
    }
}
