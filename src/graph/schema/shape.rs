//! What may stand at a field, as a person would say it and as the JSON Schema does.
use super::Table;

/// Wherever a constant may stand, a string with `${ }` may stand too.
#[derive(Debug)]
pub enum Shape {
    Any,
    Null,
    /// A string, or a scalar taken as its text.
    Text,
    Bool,
    Int {
        min: i64,
        max: i64,
    },
    Number,
    Duration,
    Size,
    /// An expression, with or without `${ }`.
    Expr,
    /// The name of a new thing: `[A-Za-z_][A-Za-z0-9_]*`.
    Name,
    /// A word for an object, an end, a process, a target or a parameter that stands for one.
    Reference,
    Choice(&'static [&'static str]),
    List(&'static Shape),
    /// A list with something in it.
    Filled(&'static Shape),
    /// A map from names to this.
    Named(&'static Shape),
    /// A map from any words to this.
    Words(&'static Shape),
    /// A map from names of processes to this.
    NamedProcesses(&'static Shape),
    Map(&'static Table),
    Steps,
    OneOf(&'static [Shape]),
}

impl Shape {
    /// A whole number from 0.
    pub const COUNT: Shape = Shape::Int { min: 0, max: i64::MAX };
    /// A whole number from 1.
    pub const POSITIVE: Shape = Shape::Int { min: 1, max: i64::MAX };
}

impl std::fmt::Display for Shape {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Shape::Any => f.write_str("any value"),
            Shape::Null => f.write_str("null"),
            Shape::Text => f.write_str("text"),
            Shape::Bool => f.write_str("bool"),
            Shape::Int { min, max: i64::MAX } if *min != i64::MIN => write!(f, "int >= {min}"),
            Shape::Int { min, max } if *min != i64::MIN => write!(f, "int from {min} to {max}"),
            Shape::Int { .. } => f.write_str("int"),
            Shape::Number => f.write_str("number"),
            Shape::Duration => f.write_str("duration"),
            Shape::Size => f.write_str("size"),
            Shape::Expr => f.write_str("expression"),
            Shape::Name => f.write_str("name"),
            Shape::Reference => f.write_str("name of something declared"),
            Shape::Choice(words) => {
                write!(f, "{}", words.iter().map(|w| format!("`{w}`")).collect::<Vec<_>>().join(", "))
            }
            Shape::List(of) | Shape::Filled(of) => write!(f, "list of {of}"),
            Shape::Named(of) | Shape::Words(of) | Shape::NamedProcesses(of) => write!(f, "map of names to {of}"),
            Shape::Map(table) => f.write_str(table.what),
            Shape::Steps => f.write_str("list of steps"),
            Shape::OneOf(shapes) => {
                let shapes: Vec<String> = shapes.iter().map(Shape::to_string).collect();
                f.write_str(&shapes.join(" or "))
            }
        }
    }
}
