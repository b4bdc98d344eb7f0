//! Where control goes that leaves what lies around a step: through each `finally`, to the handlers, out of loops.
use super::super::errors::{Chance, chance, is_quiet};
use super::super::flow::{Act, Flow, NodeId, OwnerDied, Raise};
use super::{After, Builder, Frame, Goal, Last};
use crate::graph::{Action, Step};

impl<'a> Builder<'a, '_> {
    /// What a `finally` or a `with` does at last, after `from`.
    pub(super) fn last(&mut self, last: Last<'a>, from: NodeId) -> Option<After> {
        match last {
            Last::Steps(steps) => {
                // It is come to from several places.
                let locals = std::mem::take(&mut self.locals);
                let after = self.block(steps, Some(from));
                self.locals = locals;
                after
            }
            Last::Release(step) => {
                let node = self.add(Act::Release(step))?;
                self.link(from, node);
                Some(Some(node))
            }
        }
    }

    /// Where control goes that leaves the first `depth` frames for `goal`.
    pub(super) fn route(&mut self, depth: usize, goal: Goal) -> Option<NodeId> {
        for i in (0..depth).rev() {
            match &self.frames[i] {
                Frame::Loop { again, end } => match goal {
                    Goal::Break => return Some(*end),
                    Goal::Continue => return Some(*again),
                    _ => {}
                },
                Frame::Catch { handlers, unknown } if goal == Goal::Error => {
                    if let Some(place) = unknown {
                        return Some(*place);
                    }
                    let entries: Vec<NodeId> = handlers.iter().map(|(_, entry)| *entry).collect();
                    let all = handlers.iter().any(|(handler, _)| handler.error.value == "any");
                    let place = self.add(Act::Place)?;
                    entries.iter().for_each(|entry| self.link(place, *entry));
                    if !all {
                        let out = self.route(i, goal)?;
                        self.link(place, out);
                    }
                    if let Frame::Catch { unknown, .. } = &mut self.frames[i] {
                        *unknown = Some(place);
                    }
                    return Some(place);
                }
                Frame::Catch { .. } => {}
                Frame::Finally { last, copies } => {
                    if let Some(copy) = copies.get(&goal) {
                        return Some(*copy);
                    }
                    let last = *last;
                    let entry = self.add(Act::Place)?;
                    if let Frame::Finally { copies, .. } = &mut self.frames[i] {
                        copies.insert(goal, entry);
                    }
                    let onward = self.route(i, goal)?;
                    let inner = self.frames.split_off(i);
                    let after = self.last(last, entry)?;
                    self.frames.extend(inner);
                    if let Some(after) = after {
                        self.link(after, onward);
                    }
                    return Some(entry);
                }
            }
        }
        Some(match goal {
            Goal::Exit => Flow::EXIT,
            Goal::Error => Flow::DIED,
            // A `break` outside a loop is reported elsewhere; here it ends the body.
            Goal::Return | Goal::Break | Goal::Continue => Flow::END,
        })
    }

    /// Adds the ways that errors of `step` take from `node`.
    pub(super) fn errors_of(&mut self, step: &'a Step, node: NodeId) -> Option<()> {
        if is_quiet(step, self.known) {
            return Some(());
        }
        let takes = matches!(step.action, Action::Acquire { .. });
        for i in (0..self.frames.len()).rev() {
            match &self.frames[i] {
                Frame::Loop { .. } => {}
                Frame::Catch { handlers, .. } => {
                    let mut raises = Vec::new();
                    let mut caught = false;
                    for (handler, entry) in handlers {
                        let error = handler.error.value.as_str();
                        let owner_died = match error {
                            "OwnerDied" if takes => OwnerDied::Surely,
                            "any" if takes => OwnerDied::Maybe,
                            _ => OwnerDied::No,
                        };
                        match chance(step, error, self.known) {
                            Chance::Never => {}
                            chance => {
                                raises.push(Raise { to: *entry, known: chance == Chance::Known, owner_died });
                            }
                        }
                        caught |= error == "any";
                    }
                    raises.into_iter().for_each(|raise| self.nodes[node.index()].raises.push(raise));
                    if caught {
                        return Some(());
                    }
                }
                Frame::Finally { .. } => {
                    let to = self.route(i + 1, Goal::Error)?;
                    let known = chance(step, "any", self.known) == Chance::Known;
                    let owner_died = if takes { OwnerDied::Maybe } else { OwnerDied::No };
                    self.nodes[node.index()].raises.push(Raise { to, known, owner_died });
                    return Some(());
                }
            }
        }
        let known = chance(step, "any", self.known) == Chance::Known;
        let owner_died = if takes { OwnerDied::Maybe } else { OwnerDied::No };
        self.nodes[node.index()].raises.push(Raise { to: Flow::DIED, known, owner_died });
        Some(())
    }
}
