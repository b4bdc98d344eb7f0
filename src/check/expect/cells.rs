//! Values and arrays: what is expected is of their type, and somebody can have written it.
use super::Expected;
use crate::graph::{Bounds, Kind, Name, Object, ObjectId, ObjectKind, Operation, ScalarType, ValuePattern};
use crate::program::Thing;
use crate::value::{Value, equals};

impl Expected<'_, '_> {
    pub fn cells(&mut self) {
        let expect = self.expect;
        for (name, pattern) in &expect.values {
            let Some(id) = self.object(name, Kind::Value) else { continue };
            let object = self.study.graph.object(id);
            let ObjectKind::Value(cell) = &object.kind else { continue };
            if !self.study.is_sound(id) {
                continue;
            }
            let wrong = |value: &Value| wrong_cell(cell.scalar, value).map(|why| Wrong { cell: None, why });
            if !self.pattern((name, object), pattern, cell.scalar, &wrong) {
                self.unwritten(id, name, pattern, &cell.initial);
            }
        }
        for (name, pattern) in &expect.arrays {
            let Some(id) = self.object(name, Kind::Array) else { continue };
            let object = self.study.graph.object(id);
            let ObjectKind::Array(array) = &object.kind else { continue };
            if !self.study.is_sound(id) {
                continue;
            }
            let wrong = |value: &Value| wrong_array(array.scalar, array.initial.len(), value);
            if !self.pattern((name, object), pattern, array.scalar, &wrong) {
                self.unwritten(id, name, pattern, &Value::list(array.initial.clone()));
            }
        }
    }

    /// Whether it has been reported; `wrong` says why something can never be equal to a value.
    fn pattern(
        &mut self,
        (name, object): (&Name, &Object),
        pattern: &ValuePattern,
        scalar: ScalarType,
        wrong: &dyn Fn(&Value) -> Option<Wrong>,
    ) -> bool {
        let mut span = pattern.span();
        let why = match pattern {
            ValuePattern::Equals(value, _, cells) => wrong(value).map(|wrong| {
                span = wrong.cell.and_then(|cell| cells.get(cell)).copied().unwrap_or(span);
                wrong.why
            }),
            // One that can be is enough.
            ValuePattern::AnyOf(values, _) => match values.as_slice() {
                [] => Some("none is listed".to_owned()),
                _ => values
                    .iter()
                    .map(|value| wrong(value).map(|wrong| wrong.why))
                    .collect::<Option<Vec<String>>>()
                    .and_then(|all| all.into_iter().next()),
            },
            ValuePattern::Bounds(bounds) => wrong_bounds(scalar, bounds),
        };
        let Some(why) = why else { return false };
        let message = format!("`{}` can never be this: {why}", name.value);
        let also = Some((object.name.span, "declared here"));
        let help = match object.kind() {
            Kind::Array => format!("expect a list with a value of type `{}` for each cell", scalar.name()),
            _ => format!("expect a value of type `{}`", scalar.name()),
        };
        self.never(span, message, also, &help);
        true
    }

    fn unwritten(&mut self, id: ObjectId, name: &Name, pattern: &ValuePattern, initial: &Value) {
        let span = pattern.span();
        let holds = match pattern {
            ValuePattern::Equals(value, ..) => equals(value, initial),
            ValuePattern::AnyOf(values, _) => values.iter().any(|value| equals(value, initial)),
            ValuePattern::Bounds(bounds) => within(bounds, initial),
        };
        let changes = self.study.touches(Thing::Object(id)).iter();
        let mut changes = changes.filter(|touch| matches!(touch.operation, Operation::Write | Operation::Add));
        if holds || !self.study.is_certain(id) || changes.next().is_some() {
            return;
        }
        let message = format!("nobody writes `{}`, and it starts as {}", name.value, shown(initial));
        let also = Some((self.study.graph.object(id).name.span, "declared here"));
        self.never(span, message, also, &format!("add a step `write: {}`, or expect its initial value", name.value));
    }
}

/// Whether a number is within them; of what is none that is not known here.
fn within(bounds: &Bounds, value: &Value) -> bool {
    let Some(value) = value.as_float() else { return true };
    let bound = |bound: &Option<Value>| bound.as_ref().and_then(Value::as_float);
    bound(&bounds.min).is_none_or(|min| min <= value) && bound(&bounds.max).is_none_or(|max| value <= max)
}

fn shown(value: &Value) -> String {
    match value {
        // Of an array a few cells tell enough.
        Value::List(cells) if cells.len() > 8 => format!("a list of {} cells", cells.len()),
        value => value.text().map_or_else(|_| value.type_name().to_owned(), |text| text.to_string()),
    }
}

fn wrong_cell(scalar: ScalarType, value: &Value) -> Option<String> {
    if scalar.admit(value).is_ok() {
        return None;
    }
    match value {
        // A whole float is equal to the int.
        Value::Float(float) if scalar.range().is_some() && float.fract() == 0.0 => {
            let (least, most) = scalar.range()?;
            let fits = (least as f64..=most as f64).contains(float);
            (!fits).then(|| format!("it is past the range of `{}`", scalar.name()))
        }
        Value::Int(_) if scalar != ScalarType::Bool => Some(format!("it is past the range of `{}`", scalar.name())),
        value => Some(format!("it is of type `{}`, and this is {}", scalar.name(), type_of(value))),
    }
}

/// Why something can never be equal to a value.
struct Wrong {
    /// The first cell that is wrong by itself.
    cell: Option<usize>,
    why: String,
}

fn wrong_array(scalar: ScalarType, length: usize, value: &Value) -> Option<Wrong> {
    let whole = |why| Some(Wrong { cell: None, why });
    let Some(cells) = value.as_list() else {
        return whole(format!("it is an array of {length} cells, and this is {}", type_of(value)));
    };
    if cells.len() != length {
        return whole(format!("it has {length} cells, and here are {}", cells.len()));
    }
    let wrong = |(at, cell)| Some(Wrong { cell: Some(at), why: wrong_cell(scalar, cell)? });
    cells.iter().enumerate().find_map(wrong)
}

fn wrong_bounds(scalar: ScalarType, bounds: &Bounds) -> Option<String> {
    if scalar == ScalarType::Bool {
        return Some("a `bool` has no bounds".to_owned());
    }
    let (min, max) = (bounds.min.as_ref().and_then(Value::as_float), bounds.max.as_ref().and_then(Value::as_float));
    if let (Some(min), Some(max)) = (min, max)
        && min > max
    {
        return Some("`min` is more than `max`".to_owned());
    }
    let (least, most) = scalar.range()?;
    if min.is_some_and(|min| min > most as f64) || max.is_some_and(|max| max < least as f64) {
        return Some(format!("the bounds are past the range of `{}`", scalar.name()));
    }
    None
}

fn type_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a bool",
        Value::Int(_) => "an int",
        Value::Float(_) => "a float",
        Value::Str(_) => "a string",
        Value::Bytes(_) => "bytes",
        Value::List(_) => "a list",
        Value::Map(_) => "a map",
        Value::Handle(_) => "a handle",
    }
}
