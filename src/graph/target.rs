//! A named body with typed parameters.
use super::{Kind, Name, Step};
use crate::diag::Span;

#[derive(Clone, Debug)]
pub struct Target {
    pub name: Name,
    pub params: Vec<TargetParam>,
    /// False if a parameter could not be read: what the target takes is not known.
    pub params_known: bool,
    pub steps: Vec<Step>,
    /// The whole map of the target.
    pub span: Span,
}

#[derive(Clone, Debug)]
pub struct TargetParam {
    pub name: Name,
    pub kind: ParamKind,
    /// Where the kind is written.
    pub kind_span: Span,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ParamKind {
    /// An object by name; of a pipe one end.
    Object(Kind),
    Process,
    Value(ValueKind),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ValueKind {
    Any,
    Int,
    Float,
    String,
    Bool,
    List,
    Map,
    /// Bound as a number of seconds, whatever way it was written.
    Duration,
}

impl ParamKind {
    pub const VALUE_NAMES: &'static [&'static str] =
        &["any", "int", "float", "string", "bool", "list", "map", "duration"];

    pub fn parse(text: &str) -> Option<ParamKind> {
        let value = |kind| Some(ParamKind::Value(kind));
        match text {
            "process" => Some(ParamKind::Process),
            "any" => value(ValueKind::Any),
            "int" => value(ValueKind::Int),
            "float" => value(ValueKind::Float),
            "string" => value(ValueKind::String),
            "bool" => value(ValueKind::Bool),
            "list" => value(ValueKind::List),
            "map" => value(ValueKind::Map),
            "duration" => value(ValueKind::Duration),
            _ => Kind::ALL.iter().find(|kind| kind.name() == text).map(|kind| ParamKind::Object(*kind)),
        }
    }

    pub fn name(self) -> &'static str {
        match self {
            ParamKind::Object(kind) => kind.name(),
            ParamKind::Process => "process",
            ParamKind::Value(ValueKind::Any) => "any",
            ParamKind::Value(ValueKind::Int) => "int",
            ParamKind::Value(ValueKind::Float) => "float",
            ParamKind::Value(ValueKind::String) => "string",
            ParamKind::Value(ValueKind::Bool) => "bool",
            ParamKind::Value(ValueKind::List) => "list",
            ParamKind::Value(ValueKind::Map) => "map",
            ParamKind::Value(ValueKind::Duration) => "duration",
        }
    }
}
