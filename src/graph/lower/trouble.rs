//! The findings that every decoder makes.
use super::Lower;
use crate::diag::{Code, Finding, Span, nearest};
use crate::text::Node;
use crate::value::Value;

impl Lower {
    /// `expected a number, found a list`. Of what is already reported nothing more is said.
    pub(super) fn wrong_type(&mut self, node: &Node, expected: &str) {
        if !node.is_broken() {
            self.wrong_kind(node.place(), node.describe(), expected);
        }
    }

    /// As [`wrong_type`](Self::wrong_type), of a value that was computed.
    pub(super) fn wrong_value(&mut self, span: Span, value: &Value, expected: &str) {
        let found = match value {
            Value::Null => "nothing",
            Value::Bool(_) => "a boolean",
            Value::Int(_) => "a whole number",
            Value::Float(_) => "a number",
            Value::Str(_) => "text",
            Value::Bytes(_) => "bytes",
            Value::List(_) => "a list",
            Value::Map(_) => "a map",
            Value::Handle(_) => "a handle",
        };
        self.wrong_kind(span, found, expected);
    }

    fn wrong_kind(&mut self, span: Span, found: &str, expected: &str) {
        let message = format!("expected {expected}, found {found}");
        let finding = Finding::new(Code::SyntaxWrongType, span, message, format!("this is {found}"));
        self.gaps.unread.push(span);
        self.report(finding.help(format!("write {expected} here")));
    }

    pub(super) fn bad_value(&mut self, span: Span, message: &str, help: &str) {
        self.gaps.unread.push(span);
        self.report(Finding::new(Code::SyntaxBadValue, span, message, "not possible here").help(help));
    }

    /// A word that is none of `known`.
    pub(super) fn bad_choice(&mut self, span: Span, word: &str, known: &[&str]) {
        self.gaps.unread.push(span);
        let list = known.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
        let help = match nearest(word, known.iter().copied()) {
            _ if known.len() == 1 => format!("write {list}"),
            Some(near) => format!("did you mean `{near}`? it is one of {list}"),
            None => format!("it is one of {list}"),
        };
        self.report(
            Finding::new(Code::SyntaxBadValue, span, format!("`{word}` is no choice here"), "unknown word").help(help),
        );
    }

    /// A key that cannot stand where it stands.
    pub(super) fn conflict(&mut self, span: Span, message: &str, label: &str, help: &str) {
        self.report(Finding::new(Code::SyntaxConflict, span, message, label).help(help));
    }
}
