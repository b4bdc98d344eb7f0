//! One finding: a code, one sentence, the word to change, its counterparts, and what to do.
use super::{Code, Span};

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    Error,
    Warning,
}

impl Severity {
    pub fn as_str(self) -> &'static str {
        match self {
            Severity::Error => "error",
            Severity::Warning => "warning",
        }
    }
}

/// A place that a finding points at, with a few words on why. The first label of a finding is its primary one.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Label {
    pub span: Span,
    pub text: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Finding {
    pub code: Code,
    pub severity: Severity,
    /// One plain sentence without a full stop.
    pub message: String,
    /// What to do; empty only where the message says it already.
    pub help: String,
    /// Never empty; the first is the primary one.
    pub labels: Vec<Label>,
}

impl Finding {
    /// A finding of the code's own severity at `span`. `label` says what is there, in a few words.
    pub fn new(code: Code, span: Span, message: impl Into<String>, label: impl Into<String>) -> Self {
        Finding {
            code,
            severity: code.severity(),
            message: message.into(),
            help: String::new(),
            labels: vec![Label { span, text: label.into() }],
        }
    }

    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = help.into();
        self
    }

    /// A counterpart: where the other half of the trouble stands.
    pub fn also(mut self, span: Span, text: impl Into<String>) -> Self {
        self.labels.push(Label { span, text: text.into() });
        self
    }

    pub fn with_severity(mut self, severity: Severity) -> Self {
        self.severity = severity;
        self
    }

    pub fn primary(&self) -> &Label {
        &self.labels[0]
    }

    pub fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }
}
