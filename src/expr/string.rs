//! Functions on text. Places in a string are counted in characters, from 0.
use super::eval::Frame;
use super::function::{int, text, unfit};
use crate::value::{Fault, Value};
use regex::RegexBuilder;

pub(super) fn contains(_: &mut Frame<'_, '_>, arguments: &[Value]) -> Result<Value, Fault> {
    Ok(Value::Bool(text("contains", &arguments[0])?.contains(text("contains", &arguments[1])?)))
}

pub(super) fn starts_with(_: &mut Frame<'_, '_>, arguments: &[Value]) -> Result<Value, Fault> {
    Ok(Value::Bool(text("startsWith", &arguments[0])?.starts_with(text("startsWith", &arguments[1])?)))
}

pub(super) fn ends_with(_: &mut Frame<'_, '_>, arguments: &[Value]) -> Result<Value, Fault> {
    Ok(Value::Bool(text("endsWith", &arguments[0])?.ends_with(text("endsWith", &arguments[1])?)))
}

/// `matches(text, pattern)`: whether the pattern is found anywhere in the text.
pub(super) fn matches(_: &mut Frame<'_, '_>, arguments: &[Value]) -> Result<Value, Fault> {
    let (text, pattern) = (text("matches", &arguments[0])?, text("matches", &arguments[1])?);
    Ok(Value::Bool(regex(pattern)?.is_match(text)))
}

/// A pattern, bounded in the memory it takes.
pub(super) fn regex(pattern: &str) -> Result<regex::Regex, Fault> {
    RegexBuilder::new(pattern).size_limit(1 << 20).nest_limit(128).build().map_err(|error| {
        // The crate draws a picture over several lines; its last line says what is wrong.
        let said = error.to_string();
        let last = said.lines().last().unwrap_or_default().trim_start_matches("error: ");
        Fault::value(format!("`{pattern}` is no regular expression: {last}"))
    })
}

pub(super) fn lower_ascii(frame: &mut Frame<'_, '_>, arguments: &[Value]) -> Result<Value, Fault> {
    let text = text("lowerAscii", &arguments[0])?;
    frame.budget.bytes(text.len())?;
    Ok(Value::from(text.to_ascii_lowercase()))
}

pub(super) fn upper_ascii(frame: &mut Frame<'_, '_>, arguments: &[Value]) -> Result<Value, Fault> {
    let text = text("upperAscii", &arguments[0])?;
    frame.budget.bytes(text.len())?;
    Ok(Value::from(text.to_ascii_uppercase()))
}

/// `trim`: without blanks, in the sense of Unicode, at both ends.
pub(super) fn trim(frame: &mut Frame<'_, '_>, arguments: &[Value]) -> Result<Value, Fault> {
    let text = text("trim", &arguments[0])?.trim();
    frame.budget.bytes(text.len())?;
    Ok(Value::from(text))
}

/// `text.replace(old, new)`, or the first `n` only: `text.replace(old, new, n)`.
pub(super) fn replace(frame: &mut Frame<'_, '_>, arguments: &[Value]) -> Result<Value, Fault> {
    let argument = |i: usize| text("replace", &arguments[i]);
    let (text, old, new) = (argument(0)?, argument(1)?, argument(2)?);
    let most = most("replace", arguments.get(3))?;
    let count = text.matches(old).take(most).count();
    let size = (text.len() - count * old.len()).saturating_add(count.saturating_mul(new.len()));
    frame.budget.bytes(size)?;
    Ok(Value::from(text.replacen(old, new, most)))
}

/// How many, where a number less than 0, or none, means all.
fn most(name: &str, limit: Option<&Value>) -> Result<usize, Fault> {
    limit.map_or(Ok(usize::MAX), |limit| Ok(usize::try_from(int(name, limit)?).unwrap_or(usize::MAX)))
}

/// `split(text, sep)`, or into at most `n` parts: `split(text, sep, n)`. No separator splits at blanks, an empty one
/// between all characters.
pub(super) fn split(frame: &mut Frame<'_, '_>, arguments: &[Value]) -> Result<Value, Fault> {
    let whole = text("split", &arguments[0])?;
    frame.budget.bytes(whole.len())?;
    let mut parts = Vec::new();
    let mut add = |part: &str| {
        frame.budget.items(1)?;
        parts.push(Value::from(part));
        Ok::<(), Fault>(())
    };
    let Some(separator) = arguments.get(1) else {
        whole.split_whitespace().try_for_each(&mut add)?;
        return Ok(Value::list(parts));
    };
    let separator = text("split", separator)?;
    match most("split", arguments.get(2))? {
        0 => {}
        most if separator.is_empty() => {
            let cuts = whole.char_indices().skip(1).map(|(i, _)| i).take(most - 1);
            let mut start = 0;
            for cut in cuts {
                add(&whole[start..cut])?;
                start = cut;
            }
            if !whole.is_empty() {
                add(&whole[start..])?;
            }
        }
        most => whole.splitn(most, separator).try_for_each(add)?,
    }
    Ok(Value::list(parts))
}

/// `join(list, sep)`: the items as `${}` joins them; no separator is an empty one.
pub(super) fn join(frame: &mut Frame<'_, '_>, arguments: &[Value]) -> Result<Value, Fault> {
    let items = arguments[0].as_list().ok_or_else(|| unfit("join", "a list first", &arguments[0]))?;
    let separator = arguments.get(1).map_or(Ok(""), |separator| text("join", separator))?;
    let mut out = String::new();
    for (i, item) in items.iter().enumerate() {
        let before = out.len();
        if i > 0 {
            out.push_str(separator);
        }
        item.write_text(&mut out)?;
        frame.budget.bytes(out.len() - before)?;
    }
    Ok(Value::from(out))
}

/// `text.substring(start)`, `text.substring(start, end)`: `end` is not included.
pub(super) fn substring(frame: &mut Frame<'_, '_>, arguments: &[Value]) -> Result<Value, Fault> {
    let text = text("substring", &arguments[0])?;
    let start = place("substring", text, &arguments[1])?;
    let end = arguments.get(2).map_or(Ok(text.len()), |end| place("substring", text, end))?;
    let part = text.get(start..end).ok_or_else(|| Fault::index("a substring does not end before it starts"))?;
    frame.budget.bytes(part.len())?;
    Ok(Value::from(part))
}

/// `text.charAt(i)`: one character, or nothing at the very end.
pub(super) fn char_at(_: &mut Frame<'_, '_>, arguments: &[Value]) -> Result<Value, Fault> {
    let text = text("charAt", &arguments[0])?;
    let start = place("charAt", text, &arguments[1])?;
    Ok(Value::from(text[start..].chars().take(1).collect::<String>()))
}

/// `text.indexOf(part)`, or from a place on: `text.indexOf(part, i)`; -1 where it is not found.
pub(super) fn index_of(_: &mut Frame<'_, '_>, arguments: &[Value]) -> Result<Value, Fault> {
    let (whole, part) = (text("indexOf", &arguments[0])?, text("indexOf", &arguments[1])?);
    let start = arguments.get(2).map_or(Ok(0), |start| place("indexOf", whole, start))?;
    Ok(count_to(whole, whole[start..].find(part).map(|i| start + i)))
}

/// `text.lastIndexOf(part)`; -1 where it is not found.
pub(super) fn last_index_of(_: &mut Frame<'_, '_>, arguments: &[Value]) -> Result<Value, Fault> {
    let (whole, part) = (text("lastIndexOf", &arguments[0])?, text("lastIndexOf", &arguments[1])?);
    Ok(count_to(whole, whole.rfind(part)))
}

fn count_to(text: &str, byte: Option<usize>) -> Value {
    Value::Int(byte.map_or(-1, |byte| text[..byte].chars().count() as i64))
}

/// The byte at which a character begins; the end of the text is a place too.
fn place(name: &str, text: &str, index: &Value) -> Result<usize, Fault> {
    let i = int(name, index)?;
    let starts = text.char_indices().map(|(byte, _)| byte).chain([text.len()]);
    let byte = usize::try_from(i).ok().and_then(|i| starts.into_iter().nth(i));
    byte.ok_or_else(|| {
        Fault::index(format!("there is no place {i} in a string of {} characters", text.chars().count()))
    })
}
