//! Where a step computes something, and which variables it reads there.
use super::{Action, Argument, Datum, Step};
use crate::diag::Span;
use crate::expr::Expr;

impl Step {
    /// The values written in this step itself, in the order of evaluation; not those of nested steps.
    pub fn data(&self) -> Vec<&Datum> {
        match &self.action {
            Action::Print { text, .. } | Action::Log { text, .. } => vec![text],
            Action::Let(pairs) => pairs.iter().map(|(_, value)| value).collect(),
            Action::Sleep(duration) => vec![duration],
            Action::Put { value, block, timeout, .. } => [value].into_iter().chain(block).chain(timeout).collect(),
            Action::Get { block, timeout, .. } | Action::Acquire { block, timeout, .. } => {
                block.iter().chain(timeout).collect()
            }
            Action::Join { timeout, .. }
            | Action::Wait { timeout, .. }
            | Action::WaitAny { timeout, .. }
            | Action::Await { timeout, .. } => timeout.iter().collect(),
            Action::Send { value, .. } => vec![value],
            Action::Recv { timeout, size, .. } => size.iter().chain(timeout).collect(),
            Action::Notify { n, .. } => n.iter().collect(),
            Action::Read { index, .. } => index.iter().collect(),
            Action::Write { value, index, .. } => index.iter().chain([value]).collect(),
            Action::Add { by, index, .. } => index.iter().chain(by).collect(),
            Action::Apply { args, .. } => args.iter().map(|Argument { value, .. }| value).collect(),
            Action::Map { over, chunksize, .. } => [over].into_iter().chain(chunksize).collect(),
            Action::Exec { argv, input, timeout, .. } => argv.iter().chain(input).chain(timeout).collect(),
            Action::ForIn { list, .. } => vec![list],
            Action::Raise { text, error } => error.iter().chain([text]).collect(),
            Action::Return(value) | Action::Exit(value) => value.iter().collect(),
            _ => Vec::new(),
        }
    }

    /// The fields of this step that are expressions.
    pub fn conditions(&self) -> Vec<&Expr> {
        match &self.action {
            Action::If { condition, .. } | Action::While { condition, .. } => vec![condition],
            Action::Repeat { times, .. } => vec![times],
            Action::Await { handle, .. } => vec![handle],
            _ => Vec::new(),
        }
    }

    /// Every place of this step itself where a variable or parameter is read.
    pub fn reads(&self) -> Vec<(&str, Span)> {
        let mut found = Vec::new();
        for condition in self.conditions() {
            condition.add_names(&mut found);
        }
        for datum in self.data() {
            datum.reads(&mut found);
        }
        found
    }
}

impl Datum {
    /// Every place where a variable or parameter is read.
    pub fn reads<'a>(&'a self, found: &mut Vec<(&'a str, Span)>) {
        match self {
            Datum::Constant(..) => {}
            Datum::Template(template, _) => template.add_names(found),
            Datum::List(items, _) => items.iter().for_each(|item| item.reads(found)),
            Datum::Map(entries, _) => entries.iter().for_each(|(_, _, value)| value.reads(found)),
        }
    }
}
