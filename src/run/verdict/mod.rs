//! What was observed against what was expected: pure.
//!
//! | file | says |
//! |---|---|
//! | `exits` | how processes ended |
//! | `lines` | what they printed |
//! | `objects` | what is left in queues, cells and events; whether all is clean |
mod exits;
mod lines;
mod objects;

pub use exits::ending;

use super::deadlock::Deadlock;
use super::reactor::Cause;
use super::record::Record;
use super::world::World;
use crate::check::Plan;
use crate::diag::Span;
use crate::expr::Me;
use crate::graph::{Expect, OutcomeKind};
use crate::value::Str;

/// Something that did not hold.
#[derive(Clone, Debug)]
pub struct Failure {
    /// Where in the graph it is asked for; the process itself where nothing is asked.
    pub span: Span,
    /// One sentence: what of whom.
    pub message: String,
    /// For a diff; both empty where the sentence says it all.
    pub expected: Vec<String>,
    pub observed: Vec<String>,
}

/// How the run came out, by the contract of the command line.
#[derive(Clone, Debug)]
pub struct Outcome {
    pub exit: i32,
    pub failures: Vec<Failure>,
}

pub struct Observed<'a> {
    pub world: &'a World<'a>,
    pub record: &'a Record,
    pub cause: Cause,
    pub deadlock: Option<&'a Deadlock>,
    pub elapsed_ns: u64,
}

/// `check`: whether `expect` counts (`--no-expect`).
pub fn judge(observed: &Observed, check: bool) -> Outcome {
    let plan = observed.world.plan;
    let expect = plan.graph().expect.as_ref().filter(|_| check);
    let mut judge = Judge { observed, plan, failures: Vec::new() };
    let wanted = expect.and_then(|expect| expect.outcome.as_ref()).map(|outcome| outcome.value);
    match observed.cause {
        Cause::Signal(signal) => return Outcome { exit: 128 + signal, failures: Vec::new() },
        Cause::OutputClosed => return Outcome { exit: 0, failures: Vec::new() },
        _ => {}
    }
    if observed.cause == Cause::NoRoom {
        judge.fail(plan.graph().span, "the run was given up: not everything could be started".into());
    }
    if observed.cause == Cause::Damaged {
        // Whatever else is to be seen in it says nothing of the graph.
        let what = observed.record.damage.as_deref().unwrap_or(crate::shm::DAMAGED);
        judge.fail(plan.graph().span, format!("the run was given up: {what}"));
        return Outcome { exit: 1, failures: judge.failures };
    }
    if observed.cause == Cause::Followed {
        // Cut off in the middle: only what has ended by itself can be judged.
        judge.processes(None);
        return Outcome { exit: i32::from(!judge.failures.is_empty()), failures: judge.failures };
    }
    judge.outcome(expect);
    judge.processes(expect);
    if let Some(expect) = expect {
        judge.expect(expect);
    }
    let failures = judge.failures;
    let exit = match observed.cause {
        Cause::Deadlock if wanted != Some(OutcomeKind::Deadlock) => 3,
        Cause::Timeout if wanted != Some(OutcomeKind::Timeout) => 5,
        _ => i32::from(!failures.is_empty()),
    };
    Outcome { exit, failures }
}

struct Judge<'a> {
    observed: &'a Observed<'a>,
    plan: &'a Plan,
    failures: Vec<Failure>,
}

impl Judge<'_> {
    fn fail(&mut self, span: Span, message: String) {
        self.failures.push(Failure { span, message, expected: Vec::new(), observed: Vec::new() });
    }

    fn differ(&mut self, span: Span, message: String, expected: Vec<String>, observed: Vec<String>) {
        self.failures.push(Failure { span, message, expected, observed });
    }

    fn outcome(&mut self, expect: Option<&Expect>) {
        let Some(outcome) = expect.and_then(|expect| expect.outcome.as_ref()) else { return };
        let (wanted, word) = match outcome.value {
            OutcomeKind::Completed => (Cause::Completed, "that the run completes"),
            OutcomeKind::Deadlock => (Cause::Deadlock, "a deadlock"),
            OutcomeKind::Timeout => (Cause::Timeout, "that the run hits its timeout"),
        };
        let came = match self.observed.cause {
            Cause::Deadlock => "it is deadlocked",
            Cause::Timeout => "it hit its timeout",
            Cause::NoRoom | Cause::Damaged => "it was given up",
            _ => "it completed",
        };
        if self.observed.cause != wanted {
            self.fail(outcome.span, format!("expected {word}, and {came}"));
        }
    }

    fn expect(&mut self, expect: &Expect) {
        if self.observed.record.overflowed {
            self.fail(
                expect.span,
                "more lines were printed than are kept, so expectations on lines cannot be judged".into(),
            );
            return;
        }
        // Where steps go in a given order time does not pass as it would.
        if let Some(elapsed) = expect.elapsed.as_ref().filter(|_| !self.observed.world.gated) {
            let took = std::time::Duration::from_nanos(self.observed.elapsed_ns);
            if elapsed.min.is_some_and(|min| took < min) {
                self.fail(elapsed.span, format!("the run took {took:.3?}, less than expected"));
            }
            if elapsed.max.is_some_and(|max| took > max) {
                self.fail(elapsed.span, format!("the run took {took:.3?}, more than expected"));
            }
        }
        if let Some(lines) = &expect.stdout {
            self.lines(lines, "stdout", &self.observed.record.stdout, &Me::default());
        }
        for (name, wanted) in &expect.processes {
            for index in self.instances_named(&name.value) {
                let record = &self.observed.record.processes[index];
                let instance = &self.plan.instances()[index];
                let target = self.plan.graph().process(instance.process).name.value.as_str();
                let me = Me { name: record.name.clone(), index: i64::from(instance.index), target: Str::from(target) };
                for (stream, lines, came) in
                    [("stdout", &wanted.stdout, &record.stdout), ("stderr", &wanted.stderr, &record.stderr)]
                {
                    if let Some(lines) = lines {
                        self.lines(lines, &format!("{stream} of `{}`", record.name), came, &me);
                    }
                }
            }
        }
        self.objects(expect);
        if expect.clean.as_ref().is_some_and(|clean| clean.value) {
            self.clean(expect);
        }
    }

    fn instances_named(&self, name: &str) -> Vec<usize> {
        match crate::program::find_process(self.plan.graph(), name) {
            Some(process) => self.plan.instances_of(process).collect(),
            None => Vec::new(),
        }
    }
}
