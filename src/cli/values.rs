//! What the text of a flag means.
use std::time::Duration;

use crate::diag::{Code, nearest_help};
use crate::value;

/// `250ms`, `2s`, a number of seconds.
pub fn duration(text: &str) -> Result<Duration, String> {
    value::Duration::parse(text).map(|duration| Duration::from_nanos(duration.ns()))
}

/// `64KiB`, `2GiB`, a number of bytes.
pub fn size(text: &str) -> Result<u64, String> {
    value::Size::parse(text).map(value::Size::bytes)
}

/// `NAME=VALUE`.
pub fn assignment(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), value.to_owned())),
        _ => Err(format!("`{text}` sets nothing: write NAME=VALUE")),
    }
}

/// A diagnostic's code.
pub fn code(text: &str) -> Result<Code, String> {
    Code::parse(text).ok_or_else(|| {
        let known = Code::ALL.iter().map(|code| code.as_str());
        let near = nearest_help(text, "", known);
        // The family is easily left out.
        let whole = Code::ALL.iter().find(|code| code.as_str().split_once('/').is_some_and(|(_, rest)| rest == text));
        let help = match whole {
            Some(code) => format!("did you mean `{code}`?"),
            None if near.starts_with("did") => near,
            None => "`mpgraph explain` lists them".to_owned(),
        };
        format!("there is no diagnostic `{text}`; {help}")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_of_flags_are_read_as_in_graphs() {
        assert_eq!(duration("1.5s"), Ok(Duration::from_millis(1500)));
        assert_eq!(duration("2"), Ok(Duration::from_secs(2)));
        assert_eq!(size("64KiB"), Ok(65536));
        assert_eq!(assignment("a=b=c"), Ok(("a".into(), "b=c".into())));
        assert_eq!(assignment("a="), Ok(("a".into(), String::new())));
        assert!(assignment("=b").is_err() && assignment("a").is_err());
    }

    #[test]
    fn a_mistyped_code_gets_a_hint() {
        let wrong = code("sync/lock-ordre").unwrap_err();
        assert!(wrong.contains("did you mean `sync/lock-order`?"), "{wrong}");
        assert!(code("never-set").unwrap_err().contains("did you mean `sync/never-set`?"));
        assert!(code("zzz").unwrap_err().contains("mpgraph explain"));
    }
}
