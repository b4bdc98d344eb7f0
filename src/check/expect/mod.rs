//! `expect/impossible`: an expectation that can never hold.
//!
//! It names nothing, or something of another kind; it wants a value of a type that is never there, more items than a queue
//! holds, a change that nobody makes; or it contradicts another one.
//!
//! Bad: `values: {balance: many}`, `queues: {ready: []}` for an event. Good: `values: {balance: 200}`.
mod cells;
mod event;
mod lines;
mod named;
mod process;
mod queue;
mod run;

use crate::check::study::Study;
use crate::diag::{Bag, Code, Finding, Span};
use crate::graph::Expect;

pub(super) fn impossible(study: &Study, bag: &mut Bag) {
    let Some(expect) = &study.graph.expect else { return };
    let mut expected = Expected { study, expect, bag };
    expected.run();
    expected.processes();
    expected.queues();
    expected.cells();
    expected.events();
}

struct Expected<'e, 'a> {
    study: &'e Study<'a>,
    expect: &'a Expect,
    bag: &'e mut Bag,
}

impl Expected<'_, '_> {
    fn never(&mut self, span: Span, message: String, also: Option<(Span, &str)>, help: &str) {
        let finding = Finding::new(Code::ExpectImpossible, span, message, "can never hold");
        let finding = match also {
            Some((span, text)) => finding.also(span, text),
            None => finding,
        };
        self.bag.add(finding.help(help));
    }
}

/// `1 line`, `2 lines`.
fn counted(n: u64, word: &str) -> String {
    if n == 1 { format!("1 {word}") } else { format!("{n} {word}s") }
}
