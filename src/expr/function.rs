//! The table of functions: what they are called, how, with how many arguments.
use super::eval::Frame;
use super::{chance, convert, list, string};
use crate::diag::nearest_help;
use crate::value::{Fault, Value};

#[derive(Debug)]
pub(super) struct Function {
    pub name: &'static str,
    /// The fewest and the most arguments, the receiver of a method counted among them.
    pub least: usize,
    pub most: usize,
    pub style: Style,
    /// Whether the same arguments always give the same value.
    pub fixed: bool,
    /// Told the arguments, as many as `least` and `most` allow.
    pub run: Run,
}

pub(super) type Run = fn(&mut Frame<'_, '_>, &[Value]) -> Result<Value, Fault>;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Style {
    /// `f(x)`
    Function,
    /// `x.f()`
    Method,
    /// Either.
    Both,
}

const MANY: usize = usize::MAX;

const fn function(name: &'static str, least: usize, most: usize, run: Run) -> Function {
    Function { name, least, most, style: Style::Function, fixed: true, run }
}

const fn method(name: &'static str, least: usize, most: usize, run: Run) -> Function {
    Function { name, least, most, style: Style::Method, fixed: true, run }
}

const fn both(name: &'static str, least: usize, most: usize, run: Run) -> Function {
    Function { name, least, most, style: Style::Both, fixed: true, run }
}

const fn varying(name: &'static str, arguments: usize, run: Run) -> Function {
    Function { name, least: arguments, most: arguments, style: Style::Function, fixed: false, run }
}

pub(super) static FUNCTIONS: &[Function] = &[
    function("abs", 1, 1, list::abs),
    function("bool", 1, 1, convert::bool),
    function("bytes", 1, 1, convert::bytes),
    method("charAt", 2, 2, string::char_at),
    method("contains", 2, 2, string::contains),
    varying("cpu_count", 0, chance::cpu_count),
    function("double", 1, 1, convert::float),
    function("dyn", 1, 1, convert::same),
    method("endsWith", 2, 2, string::ends_with),
    function("float", 1, 1, convert::float),
    method("indexOf", 2, 3, string::index_of),
    function("int", 1, 1, convert::int),
    both("join", 1, 2, string::join),
    method("lastIndexOf", 2, 2, string::last_index_of),
    both("len", 1, 1, list::size),
    method("lowerAscii", 1, 1, string::lower_ascii),
    both("matches", 2, 2, string::matches),
    both("max", 1, MANY, list::max),
    both("min", 1, MANY, list::min),
    varying("random_float", 0, chance::random_float),
    varying("random_int", 2, chance::random_int),
    varying("random_string", 1, chance::random_string),
    function("range", 1, 3, list::range),
    method("replace", 3, 4, string::replace),
    method("reverse", 1, 1, list::reverse),
    both("size", 1, 1, list::size),
    both("sorted", 1, 1, list::sorted),
    both("split", 1, 3, string::split),
    method("startsWith", 2, 2, string::starts_with),
    function("str", 1, 1, convert::string),
    function("string", 1, 1, convert::string),
    method("substring", 2, 3, string::substring),
    both("sum", 1, 1, list::sum),
    method("trim", 1, 1, string::trim),
    function("type", 1, 1, convert::type_name),
    method("upperAscii", 1, 1, string::upper_ascii),
];

/// Called like functions or methods, but read by the parser: their arguments are no values.
const MACROS: [(&str, Style); 6] = [
    ("all", Style::Method),
    ("exists", Style::Method),
    ("exists_one", Style::Method),
    ("filter", Style::Method),
    ("has", Style::Function),
    ("map", Style::Method),
];

pub(super) fn find(name: &str) -> Option<&'static Function> {
    FUNCTIONS.iter().find(|function| function.name == name)
}

/// What may have been meant by a function, or else a method, that does not exist.
pub(super) fn suggestion(name: &str, style: Style) -> String {
    if let Some((_, kind)) = MACROS.iter().find(|(known, kind)| *known == name && *kind != style) {
        return called(name, *kind);
    }
    let fits = |kind: Style| kind == style || kind == Style::Both;
    let functions = FUNCTIONS.iter().filter(|f| fits(f.style)).map(|f| f.name);
    let macros = MACROS.iter().filter(|(_, kind)| fits(*kind)).map(|(name, _)| *name);
    nearest_help(name, "known are", functions.chain(macros))
}

/// How to call what was called the wrong way.
pub(super) fn called(name: &str, style: Style) -> String {
    match style {
        Style::Method => format!("`{name}` is a method: write `x.{name}(..)`"),
        _ => format!("`{name}` is a function: write `{name}(..)`"),
    }
}

/// A receiver or argument of the wrong type.
#[cold]
pub(super) fn unfit(name: &str, wanted: &str, found: &Value) -> Fault {
    Fault::type_error(format!("`{name}` takes {wanted}, not {}", found.type_name()))
}

pub(super) fn text<'v>(name: &str, value: &'v Value) -> Result<&'v str, Fault> {
    value.as_str().ok_or_else(|| unfit(name, "a string", value))
}

pub(super) fn int(name: &str, value: &Value) -> Result<i64, Fault> {
    value.as_int().ok_or_else(|| unfit(name, "an int", value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_stands_once_and_in_order() {
        assert!(FUNCTIONS.is_sorted_by(|a, b| a.name < b.name));
        assert!(MACROS.iter().all(|(name, _)| find(name).is_none()));
    }
}
