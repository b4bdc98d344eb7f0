//! Shared values and arrays.
use super::{Fields, Given, Lower};
use crate::diag::{Code, Finding, Span};
use crate::graph::{Array, Cell, Misfit, ScalarType};
use crate::value::Value;

/// Cells of one array at most.
const CELLS: u64 = 1 << 24;

pub(super) fn value(lower: &mut Lower, fields: &Fields) -> Cell {
    let given = fields.get("initial");
    let initial = given.and_then(|given| Some((given.node.span, lower.fold(given.node)?)));
    let Some(scalar) = scalar(lower, fields) else {
        return Cell { scalar: ScalarType::I64, initial: initial.map_or(Value::Int(0), |(_, initial)| initial) };
    };
    let initial = initial.and_then(|(span, initial)| admit(lower, scalar, &initial, span));
    Cell { scalar, initial: initial.unwrap_or_else(|| scalar.zero()) }
}

pub(super) fn array(lower: &mut Lower, fields: &Fields) -> Array {
    let scalar = scalar(lower, fields);
    let zero = scalar.unwrap_or(ScalarType::I64).zero();
    let initial = match (fields.get("length"), fields.get("initial")) {
        (Some(length), Some(initial)) => {
            let message = "`length` and `initial` exclude each other: the list says how long the array is";
            let finding = Finding::new(Code::SyntaxConflict, initial.key, message, "this one or")
                .also(length.key, "this one")
                .help("remove one of them");
            lower.bag.add(finding);
            cells(lower, initial, scalar)
        }
        (None, Some(initial)) => cells(lower, initial, scalar),
        (Some(length), None) => self::length(lower, length).map(|length| vec![zero; length]),
        (None, None) => {
            fields.missing(lower, "`length` or `initial`", "add `length: 10`, or `initial: [..]` with the cells");
            None
        }
    };
    Array { scalar: scalar.unwrap_or(ScalarType::I64), initial: initial.unwrap_or_default() }
}

fn scalar(lower: &mut Lower, fields: &Fields) -> Option<ScalarType> {
    let given = fields.require(lower, "type")?;
    lower.choice(given, ScalarType::NAMES).and_then(ScalarType::parse)
}

fn length(lower: &mut Lower, given: Given) -> Option<usize> {
    let length = lower.count(given)?;
    if length > CELLS {
        let message = format!("an array of {length} cells is past the bound of {CELLS}");
        lower.bag.add(
            Finding::new(Code::SyntaxLimit, given.node.span, message, "too long")
                .help("use a shorter array, or several"),
        );
        return None;
    }
    usize::try_from(length).ok()
}

/// The cells of `initial`. Where each stands in the text is known only if the list is written out.
fn cells(lower: &mut Lower, given: Given, scalar: Option<ScalarType>) -> Option<Vec<Value>> {
    let places: Option<Vec<Span>> = given.node.as_list().map(|nodes| nodes.iter().map(|node| node.span).collect());
    let values = lower.fold_list(given)?;
    let Some(scalar) = scalar else { return Some(values) };
    let admitted = values.iter().enumerate().map(|(i, value)| {
        let span = places.as_ref().and_then(|places| places.get(i)).copied().unwrap_or(given.node.span);
        admit(lower, scalar, value, span).unwrap_or_else(|| scalar.zero())
    });
    Some(admitted.collect())
}

fn admit(lower: &mut Lower, scalar: ScalarType, value: &Value, span: Span) -> Option<Value> {
    match scalar.admit(value) {
        Ok(value) => return Some(value),
        Err(Misfit::Type) => {
            let expected = match scalar {
                ScalarType::Bool => "true or false",
                ScalarType::F32 | ScalarType::F64 => "a number",
                _ => "a whole number",
            };
            lower.wrong_value(span, value, &format!("{expected} for `{}`", scalar.name()));
        }
        Err(Misfit::Range) => {
            let help = match scalar.range() {
                Some((least, most)) => format!("`{}` holds {least} to {most}", scalar.name()),
                None => format!("it is past what `{}` holds", scalar.name()),
            };
            lower.bad_value(span, &format!("{value} does not fit into `{}`", scalar.name()), &help);
        }
    }
    None
}
