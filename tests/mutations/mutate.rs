//! What becomes of a graph in careless or hostile hands: keys dropped and renamed, values exchanged, moved and retyped,
//! and bytes that nobody meant.
use super::dice::Dice;
use super::parts::{Part, Parts, column, parts};
use std::ops::Range;

/// Values that are at home somewhere in a graph, and some that are nowhere.
const VALUES: &[&str] = &[
    "",
    "~",
    "true",
    "0",
    "-1",
    "3",
    "1.5",
    ".nan",
    "1e400",
    "0x7f",
    "9223372036854775807",
    "-9223372036854775808",
    "99999999999999999999",
    "1s",
    "-1s",
    "500ms",
    "64KiB",
    "999PiB",
    "text",
    "''",
    "\"a\\nb\\0\"",
    "'${x}'",
    "'${1 / 0}'",
    "'${'",
    "'$${'",
    "'${self.name}'",
    "'${n + 1}'",
    "'${args.n}'",
    "[]",
    "{}",
    "[~]",
    "[a, 1, {b: c}]",
    "{a: 1}",
    "{equals: 1}",
    "{min: 2, max: 1}",
    "[[[[[]]]]]",
    "pass",
    "break",
    "continue",
    "all",
    "nonzero",
    "SIGTERM",
    "'('",
    "{regex: '('}",
    "i8",
    "u64",
    "f32",
    "bytes",
    "json",
    "manual",
    "auto",
    "exited",
    "never",
    "always",
    "on-failure",
    "deadlock",
    "timeout",
    "main",
    "self",
    "1000000",
    "!!str 1",
    "!x y",
    "&a b",
    "*a",
    "\u{e9}\u{1f600}",
    "|\n  block",
    ">-\n  folded",
];

/// `text` after some such changes, mostly one. `words` are keys and names that can stand for others.
pub fn mutated(text: &str, words: &[String], dice: &mut Dice) -> Vec<u8> {
    let mut text = text.to_owned();
    let changes = *dice.pick(&[1, 1, 1, 1, 2, 2, 3, 5]).expect("one of these");
    for _ in 0..changes {
        // When it is no YAML any more, that is what is looked at.
        let Some(parts) = parts(&text) else { break };
        if let Some(changed) = structural(&text, &parts, words, dice) {
            text = changed;
        }
    }
    match dice.below(5) {
        0 => broken(text.as_bytes(), dice),
        _ => text.into_bytes(),
    }
}

/// One to eight changes that know nothing of YAML.
pub fn broken(bytes: &[u8], dice: &mut Dice) -> Vec<u8> {
    const BYTES: &[u8] = b"\0\t\n\r \"#$%&'*,-.0:>?@[]_{|}!~\\\x7f\x80\xc3\xe2\xff";
    let mut bytes = bytes.to_vec();
    for _ in 0..=dice.below(8) {
        let at = dice.below(bytes.len() + 1);
        let until = (at + dice.below(40)).min(bytes.len());
        let byte = dice.pick(BYTES).copied().unwrap_or_default();
        match dice.below(7) {
            0 => bytes.insert(at, byte),
            1 if at < bytes.len() => bytes[at] = byte,
            2 if at < bytes.len() => bytes[at] ^= 1 << dice.below(8),
            3 => drop(bytes.drain(at..until)),
            4 => {
                let piece = bytes[at..until].to_vec();
                let to = dice.below(bytes.len() + 1);
                bytes.splice(to..to, piece);
            }
            5 => bytes.truncate(at),
            _ => {
                let many = vec![byte; dice.below(300)];
                bytes.splice(at..at, many);
            }
        }
    }
    bytes
}

fn structural(text: &str, parts: &Parts, words: &[String], dice: &mut Dice) -> Option<String> {
    match dice.below(10) {
        0 | 1 => Some(replaced(text, dice.pick(&parts.pieces)?.clone(), "")),
        2 => {
            let key = dice.pick(&parts.keys)?.clone();
            let other = dice.pick(words)?;
            Some(replaced(text, key, other))
        }
        3 => {
            let (key, other) = (dice.pick(&parts.keys)?.clone(), dice.pick(&parts.keys)?.clone());
            Some(replaced(text, key, &text[other]))
        }
        4 => misspelt(text, parts, dice),
        5 => exchanged(text, parts, dice),
        6 => {
            // Moved, or as if it were copied.
            let (to, from) = (dice.pick(&parts.values)?, dice.pick(&parts.values)?);
            Some(replaced(text, to.range.clone(), &fitted(text, from, to)))
        }
        7 => {
            let piece = dice.pick(&parts.pieces)?.clone();
            Some(replaced(text, piece.start..piece.start, &text[piece]))
        }
        8 => {
            let to = dice.pick(&parts.values)?;
            let name = dice.pick(words)?;
            Some(replaced(text, to.range.clone(), name))
        }
        _ => {
            let to = dice.pick(&parts.values)?;
            let value = dice.pick(VALUES)?;
            let space = if to.range.is_empty() { " " } else { "" };
            Some(replaced(text, to.range.clone(), &format!("{space}{value}")))
        }
    }
}

/// A word with a letter too many, too few, or another one.
fn misspelt(text: &str, parts: &Parts, dice: &mut Dice) -> Option<String> {
    let scalars: Vec<&Range<usize>> =
        parts.values.iter().filter(|value| !value.is_block).map(|value| &value.range).chain(&parts.keys).collect();
    let range = (*dice.pick(&scalars)?).clone();
    let mut letters: Vec<char> = text[range.clone()].chars().collect();
    let at = dice.below(letters.len());
    let letter = (b'a' + dice.below(26) as u8) as char;
    match dice.below(3) {
        0 => letters.insert(at, letter),
        1 if at < letters.len() => drop(letters.remove(at)),
        _ if at < letters.len() => letters[at] = letter,
        _ => {}
    }
    Some(replaced(text, range, &letters.into_iter().collect::<String>()))
}

fn exchanged(text: &str, parts: &Parts, dice: &mut Dice) -> Option<String> {
    let (one, other) = (dice.pick(&parts.values)?, dice.pick(&parts.values)?);
    let (first, second) = if one.range.start <= other.range.start { (one, other) } else { (other, one) };
    // Of two that lie in one another neither can have the other's place.
    if first.range.end > second.range.start {
        return None;
    }
    let behind = replaced(text, second.range.clone(), &fitted(text, first, second));
    Some(replaced(&behind, first.range.clone(), &fitted(text, second, first)))
}

/// The text of a part as it can stand in the place of another.
fn fitted(text: &str, part: &Part, place: &Part) -> String {
    let space = if place.range.is_empty() { " " } else { "" };
    if place.in_flow {
        return format!("{space}{}", part.flow);
    }
    let written = &text[part.range.clone()];
    let first_column = column(text, part.range.start);
    let own_line = place.is_block || (part.is_block && !place.is_item);
    let indent = match (own_line, place.is_block) {
        (true, true) => column(text, place.range.start),
        (true, false) => place.owner_column + 2,
        (false, _) if part.is_block => column(text, place.range.start),
        // The lines of a scalar are indented by more than what owns it.
        (false, _) => place.owner_column + 2,
    };
    let from = if part.is_block { first_column } else { part.owner_column };
    let mut lines = written.split('\n');
    let mut fitted = lines.next().unwrap_or_default().to_owned();
    for line in lines {
        let bare = line.trim_start_matches(' ');
        let deep = (line.len() - bare.len()).saturating_sub(from);
        fitted += &format!("\n{:1$}{bare}", "", indent + deep);
    }
    if part.is_block && own_line && !place.is_block {
        format!("\n{:1$}{fitted}", "", indent)
    } else {
        format!("{space}{fitted}")
    }
}

fn replaced(text: &str, range: Range<usize>, with: &str) -> String {
    [&text[..range.start], with, &text[range.end..]].concat()
}
