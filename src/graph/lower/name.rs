//! The names of new things: what they may look like, and what they may not be called.
use super::Lower;
use crate::diag::{Code, Finding, Spanned};
use crate::graph::Name;

/// Words that mean something in every expression, where only variables and parameters are read.
const RESERVED: &[&str] = &["self", "in"];

/// Words that are no text where a name is used.
const NO_TEXT: &[&str] = &["true", "false", "null"];

/// What is being named.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(in crate::graph::lower) enum Naming {
    Object,
    Param,
    Target,
    Variable,
    Process,
    End,
}

impl Naming {
    fn noun(self) -> &'static str {
        match self {
            Naming::Object => "an object",
            Naming::Param => "a parameter",
            Naming::Target => "a target",
            Naming::Variable => "a variable",
            Naming::Process => "a process",
            Naming::End => "an end of a pipe",
        }
    }
}

impl Lower {
    /// Checks the name of a new thing; a bad one is reported and kept, so that its uses still find it. In an expression
    /// `my-item` reads as a difference.
    pub(super) fn check_name(&mut self, name: &Spanned<String>, naming: Naming) -> Name {
        let mut letters = name.value.chars();
        let starts = letters.next().is_some_and(|c| c.is_ascii_alphabetic() || c == '_');
        let goes_on = letters.all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-' && naming == Naming::Process);
        let noun = naming.noun();
        if name.value.contains('-') && matches!(naming, Naming::Variable | Naming::Param) {
            self.lose(name.span);
        }
        if !(starts && goes_on) {
            let dash = if naming == Naming::Process { ", `_` and `-`" } else { " and `_`" };
            let message = format!("`{}` cannot be the name of {noun}", name.value);
            let help = format!("use letters, digits{dash}, beginning with a letter or `_`");
            self.bag.add(Finding::new(Code::SyntaxBadValue, name.span, message, "not a name").help(help));
        } else if NO_TEXT.contains(&name.value.as_str()) {
            let message = format!("`{}` cannot be the name of {noun}: where it is used, it is no text", name.value);
            self.bag.add(Finding::new(Code::SyntaxBadValue, name.span, message, "no name").help("choose another name"));
        } else if matches!(naming, Naming::Param | Naming::Variable) && RESERVED.contains(&name.value.as_str()) {
            let message = format!("`{}` cannot be the name of {noun}: it has a meaning in expressions", name.value);
            self.bag
                .add(Finding::new(Code::SyntaxBadValue, name.span, message, "reserved").help("choose another name"));
        }
        name.clone()
    }
}
