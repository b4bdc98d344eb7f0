//! What can happen next, and which of it the present schedule takes.
use super::{Agent, Engine, State, mix};

/// One way to go on. Agents are the slots' processes and, last, the supervisor.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Choice {
    Run(usize),
    Kill(usize),
    TimeOut(usize),
    /// The supervisor begins its repair anew.
    Restart,
    /// The `n`th of the sleepers is woken.
    Wake(usize),
}

/// A decision that was taken, and which of the choices is being followed.
pub(super) struct Node {
    pub choices: Vec<Choice>,
    pub at: usize,
}

impl Engine {
    /// What happens next when nobody is in the middle of anything; `None` when it is over, known already, or a hang.
    pub(super) fn choice_of_all(&mut self) -> Option<Choice> {
        let mut choices = self.choices();
        if choices.iter().all(|choice| matches!(choice, Choice::Kill(_))) {
            let in_state = |is: fn(State) -> bool| {
                (0..self.agents.len()).filter(|n| is(self.agents[*n].state)).collect::<Vec<usize>>()
            };
            let timed = in_state(|state| state == State::Asleep { timed: true });
            let asleep = in_state(|state| matches!(state, State::Asleep { .. }));
            if timed.is_empty() && !asleep.is_empty() {
                self.fail(format!("hangs: {asleep:?} sleep and nobody will wake them"));
                return None;
            }
            choices.extend(timed.into_iter().map(Choice::TimeOut));
        }
        self.over = choices.is_empty();
        if self.over { None } else { self.pick(choices) }
    }

    pub(super) fn choices(&mut self) -> Vec<Choice> {
        let mut choices: Vec<Choice> = Vec::new();
        let can_run = |agent: &Agent| matches!(agent.state, State::Ready | State::Fresh);
        // The current one first: the fewest changes of stacks.
        let order = (0..self.agents.len()).map(|n| (n + self.current) % self.agents.len());
        for agent in order {
            if can_run(&self.agents[agent]) && (agent != self.supervisor() || !self.jobs.is_empty()) {
                choices.push(Choice::Run(agent));
            }
        }
        for agent in 0..self.supervisor() {
            self.offer_death(agent, &mut choices);
        }
        if self.left.timeouts > 0 {
            let timed = |n: &usize| self.agents[*n].state == State::Asleep { timed: true };
            choices.extend((0..self.agents.len()).filter(timed).map(Choice::TimeOut));
        }
        self.offer_restart(&mut choices);
        choices
    }

    /// What the current agent may do before something that concerns nobody else.
    pub(super) fn private_choices(&mut self) -> Vec<Choice> {
        let me = self.current;
        let mut choices = vec![Choice::Run(me)];
        self.offer_death(me, &mut choices);
        if me == self.supervisor() {
            self.offer_restart(&mut choices);
        }
        choices
    }

    fn offer_restart(&mut self, choices: &mut Vec<Choice>) {
        let supervisor = self.supervisor();
        let agent = &mut self.agents[supervisor];
        if self.left.restarts > 0 && agent.dirty && matches!(agent.state, State::Ready) {
            agent.dirty = false;
            choices.push(Choice::Restart);
        }
    }

    fn offer_death(&mut self, agent: usize, choices: &mut Vec<Choice>) {
        let mortal = agent != self.supervisor() && self.left.deaths > 0;
        let agent_ = &mut self.agents[agent];
        if mortal && agent_.dirty && matches!(agent_.state, State::Ready | State::Asleep { .. }) {
            agent_.dirty = false;
            choices.push(Choice::Kill(agent));
        }
    }

    /// The choice that the present schedule takes; `None` when this state was met before.
    pub(super) fn pick(&mut self, choices: Vec<Choice>) -> Option<Choice> {
        if let [only] = choices[..] {
            return Some(only);
        }
        if let Some(dice) = &mut self.dice {
            *dice = mix(*dice, 1);
            let at = (*dice >> 32) as usize % choices.len();
            let chosen = choices[at];
            self.path.push(Node { choices, at });
            self.depth += 1;
            return Some(chosen);
        }
        if self.depth < self.path.len() {
            let node = &self.path[self.depth];
            assert_eq!(node.choices, choices, "a schedule leads to the same state each time");
            self.depth += 1;
            return Some(node.choices[node.at]);
        }
        let state = self.hash(&choices);
        if !self.visited.insert(state) {
            return None;
        }
        let first = choices[0];
        self.report.deaths += choices.iter().filter(|choice| matches!(choice, Choice::Kill(_))).count() as u64;
        self.path.push(Node { choices, at: 0 });
        self.depth += 1;
        Some(first)
    }

    /// The next schedule; false when there is none.
    pub(super) fn back(&mut self) -> bool {
        while let Some(node) = self.path.last_mut() {
            if node.at + 1 < node.choices.len() {
                node.at += 1;
                return true;
            }
            self.path.pop();
        }
        false
    }
}
