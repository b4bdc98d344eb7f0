//! Who watches what an actor prints.
use super::system::System;
use super::watch::Rule;
use crate::expr::Me;
use crate::graph::Lines;
use std::ops::Range;

/// Who watches a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sink {
    /// A watch in the actor's own state: the rule, and the number of the watch.
    Own(usize, usize),
    /// A watch of the whole state.
    Shared(usize),
}

impl System<'_> {
    /// Expectations on lines become rules, each with its watches.
    pub(super) fn watch_lines(&mut self) {
        let Some(expect) = &self.plan.graph().expect else { return };
        if let Some(lines) = &expect.stdout {
            let everyone = 0..self.actors.len();
            self.watch(lines, 0, everyone, &Me::default());
        }
        for (name, expected) in &expect.processes {
            let Some(named) = crate::program::find_process(self.plan.graph(), name) else { continue };
            for instance in self.plan.instances_of(named) {
                let actors = self.instances[instance].actors.clone();
                let mut me = self.actors[actors.start].me.clone();
                me.name = self.instances[instance].name.clone();
                for (stream, lines) in [&expected.stdout, &expected.stderr].into_iter().enumerate() {
                    if let Some(lines) = lines {
                        self.watch(lines, stream, actors.clone(), &me);
                    }
                }
            }
        }
    }

    fn watch(&mut self, lines: &Lines, stream: usize, actors: Range<usize>, me: &Me) {
        // What a command prints nobody knows.
        if actors.clone().any(|actor| self.is_opaque(actor)) {
            return;
        }
        let Some(rule) = Rule::new(self.plan, lines, me) else { return };
        let (number, ordered) = (self.rules.len(), rule.is_ordered());
        self.rules.push(rule);
        if actors.len() == 1 {
            let actor = &mut self.actors[actors.start];
            let own = actor.sinks.iter().flatten().filter(|sink| matches!(sink, Sink::Own(..))).count();
            actor.sinks[stream].push(Sink::Own(number, own));
            actor.prints[stream] |= actor.is_cut_short;
            return;
        }
        self.shared_rules.push(number);
        let shared = self.shared_rules.len() - 1;
        for actor in actors {
            let actor = &mut self.actors[actor];
            actor.sinks[stream].push(Sink::Shared(shared));
            actor.ordered[stream] |= ordered;
            actor.prints[stream] |= ordered || actor.is_cut_short;
        }
    }
}
