//! Steps, by the groups of their verbs.
mod choose;
mod exec;
mod flow;
mod memory;
mod modifiers;
mod output;
mod pipe;
mod pool;
mod process;
mod queue;
mod sync;

use super::{Fields, Given, Lower};
use crate::diag::{Code, Finding, Spanned};
use crate::graph::{Action, Step};
use crate::text::{Kind, Node};
use choose::Choice;

/// One step as it stands in the text.
struct Written<'n> {
    name: &'static str,
    /// What stands at the verb's own key.
    verb: Given<'n>,
    /// The modifiers.
    fields: Fields<'n>,
}

impl Lower {
    /// A list of steps; null is an empty one. What cannot be read is reported and left out.
    pub(super) fn steps(&mut self, given: Given) -> Vec<Step> {
        match &given.node.kind {
            Kind::List(nodes) => {
                let mut steps = Vec::with_capacity(nodes.len());
                steps.extend(nodes.iter().filter_map(|node| self.step(node)));
                steps
            }
            Kind::Null => Vec::new(),
            _ => {
                self.lose(given.node.place());
                self.no_steps(given.node);
                Vec::new()
            }
        }
    }

    /// Dashes without a blank behind them make keys of what are to be items.
    fn no_steps(&mut self, node: &Node) {
        let dash = node.as_map().and_then(|entries| entries.first()).filter(|entry| entry.key.text.starts_with('-'));
        match dash {
            Some(entry) => {
                let (place, message) = (entry.key.span, "expected a list of steps, found a key that begins with `-`");
                let finding = Finding::new(Code::SyntaxWrongType, place, message, "no item");
                self.report(finding.help("put a blank behind each `-`"));
            }
            None => self.wrong_type(node, "a list of steps"),
        }
    }

    fn step(&mut self, node: &Node) -> Option<Step> {
        let step = self.step_or_none(node);
        if step.is_none() {
            self.lose(node.place());
        }
        step
    }

    fn step_or_none(&mut self, node: &Node) -> Option<Step> {
        let span = node.place();
        match choose::choose(self, node)? {
            Choice::Word(word) => Some(Step { span, verb: Spanned::new(word, span), action: bare(word) }),
            Choice::Verb(written) => {
                let verb = Spanned::new(written.name, written.verb.key);
                Some(Step { span: node.span, verb, action: action(self, &written)? })
            }
        }
    }
}

/// A step that is a word alone.
fn bare(word: &str) -> Action {
    match word {
        "break" => Action::Break,
        "continue" => Action::Continue,
        "return" => Action::Return(None),
        _ => Action::Pass,
    }
}

fn action(lower: &mut Lower, step: &Written) -> Option<Action> {
    match step.name {
        "print" => output::print(lower, step),
        "log" => output::log(lower, step),
        "let" => output::bind(lower, step),
        "sleep" => output::sleep(lower, step),
        "put" => queue::put(lower, step),
        "get" => queue::get(lower, step),
        "task_done" => step.of(lower).map(|queue| Action::TaskDone { queue }),
        "join" => queue::join(lower, step),
        "close" => step.of(lower).map(|of| Action::Close { of }),
        "send" => pipe::send(lower, step),
        "recv" => pipe::recv(lower, step),
        "acquire" => sync::acquire(lower, step),
        "release" => step.of(lower).map(|of| Action::Release { of }),
        "with" => sync::with(lower, step),
        "wait" => sync::wait(lower, step),
        "set" => step.of(lower).map(|event| Action::Set { event }),
        "clear" => step.of(lower).map(|event| Action::Clear { event }),
        "notify" => sync::notify(lower, step),
        "abort" => step.of(lower).map(|barrier| Action::Abort { barrier }),
        "reset" => step.of(lower).map(|barrier| Action::Reset { barrier }),
        "read" => memory::read(lower, step),
        "write" => memory::write(lower, step),
        "add" => memory::add(lower, step),
        "start" => process::start(lower, step),
        "terminate" => process::terminate(lower, step),
        "kill" => process::kill(lower, step),
        "apply" => pool::apply(lower, step, false),
        "apply_async" => pool::apply(lower, step, true),
        "map" => pool::map(lower, step, false),
        "map_async" => pool::map(lower, step, true),
        "await" => pool::wait_for(lower, step),
        "exec" => exec::exec(lower, step),
        "if" => flow::choose(lower, step),
        "while" => flow::repeat_while(lower, step),
        "loop" => Some(Action::Loop { body: lower.steps(step.verb) }),
        "repeat" => flow::repeat(lower, step),
        "for" => flow::each(lower, step),
        "try" => flow::attempt(lower, step),
        "raise" => flow::raise(lower, step),
        "return" => Some(Action::Return(step.value(lower))),
        "exit" => Some(Action::Exit(flow::exit_code(lower, step))),
        "break" => flow::bare(lower, step, Action::Break),
        "continue" => flow::bare(lower, step, Action::Continue),
        "pass" => Some(Action::Pass),
        other => unreachable!("the table of verbs has `{other}` and this one has not"),
    }
}
