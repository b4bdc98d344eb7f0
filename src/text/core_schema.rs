//! What a plain word means: the core schema of YAML 1.2, and nothing of YAML 1.1.

/// A plain scalar, resolved.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Word {
    Null,
    Bool(bool),
    Int(i64),
    /// A whole number past 64 bits.
    Huge,
    Float(f64),
    Text,
}

impl Word {
    pub(super) fn read(word: &str) -> Word {
        match word {
            "" | "~" | "null" | "Null" | "NULL" => Word::Null,
            "true" | "True" | "TRUE" => Word::Bool(true),
            "false" | "False" | "FALSE" => Word::Bool(false),
            // Only these can begin a number; most words are told apart here.
            _ if word.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '+' | '-' | '.')) => number(word),
            _ => Word::Text,
        }
    }
}

fn number(word: &str) -> Word {
    let digits = |text: &str, radix: u32| -> Option<Word> {
        (!text.is_empty() && text.chars().all(|c| c.is_digit(radix)))
            .then(|| i64::from_str_radix(text, radix).map_or(Word::Huge, Word::Int))
    };
    if let Some(octal) = word.strip_prefix("0o") {
        return digits(octal, 8).unwrap_or(Word::Text);
    }
    if let Some(hexadecimal) = word.strip_prefix("0x") {
        return digits(hexadecimal, 16).unwrap_or(Word::Text);
    }
    let unsigned = word.strip_prefix(['+', '-']).unwrap_or(word);
    if !unsigned.is_empty() && unsigned.bytes().all(|b| b.is_ascii_digit()) {
        return word.parse().map_or(Word::Huge, Word::Int);
    }
    match unsigned {
        ".inf" | ".Inf" | ".INF" => {
            return Word::Float(if word.starts_with('-') { f64::NEG_INFINITY } else { f64::INFINITY });
        }
        ".nan" | ".NaN" | ".NAN" if word == unsigned => return Word::Float(f64::NAN),
        _ => {}
    }
    // Rust reads more as a float than YAML does (`inf`, `+nan`), so the shape comes first.
    if is_float(unsigned) { word.parse().map_or(Word::Text, Word::Float) } else { Word::Text }
}

/// `( \. [0-9]+ | [0-9]+ ( \. [0-9]* )? ) ( [eE] [-+]? [0-9]+ )?`
fn is_float(unsigned: &str) -> bool {
    let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (unsigned, None),
    };
    let all_digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let exponent_fits = exponent.is_none_or(|exponent| {
        let digits = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
        !digits.is_empty() && all_digits(digits)
    });
    all_digits(whole) && all_digits(fraction) && !(whole.is_empty() && fraction.is_empty()) && exponent_fits
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_mean_what_the_core_schema_says() {
        for (word, meaning) in [
            ("", Word::Null),
            ("~", Word::Null),
            ("NULL", Word::Null),
            ("nUll", Word::Text),
            ("true", Word::Bool(true)),
            ("False", Word::Bool(false)),
            ("yes", Word::Text),
            ("on", Word::Text),
            ("017", Word::Int(17)),
            ("0o17", Word::Int(15)),
            ("0x1F", Word::Int(31)),
            ("-0x1F", Word::Text),
            ("0b11", Word::Text),
            ("0o8", Word::Text),
            ("+5", Word::Int(5)),
            ("-0", Word::Int(0)),
            ("1_000", Word::Text),
            ("12:30", Word::Text),
            ("9223372036854775807", Word::Int(i64::MAX)),
            ("-9223372036854775808", Word::Int(i64::MIN)),
            ("9223372036854775808", Word::Huge),
            ("0xFFFFFFFFFFFFFFFF", Word::Huge),
            ("1.5", Word::Float(1.5)),
            ("1.", Word::Float(1.0)),
            (".5", Word::Float(0.5)),
            ("-.5e-1", Word::Float(-0.05)),
            ("1e3", Word::Float(1000.0)),
            ("1e", Word::Text),
            (".", Word::Text),
            (".e3", Word::Text),
            ("-", Word::Text),
            ("+", Word::Text),
            (".inf", Word::Float(f64::INFINITY)),
            ("-.INF", Word::Float(f64::NEG_INFINITY)),
            ("inf", Word::Text),
            ("-infinity", Word::Text),
            ("+nan", Word::Text),
            ("+.nan", Word::Text),
            ("1.2.3", Word::Text),
        ] {
            assert_eq!(Word::read(word), meaning, "{word:?}");
        }
        assert!(matches!(Word::read(".NaN"), Word::Float(f) if f.is_nan()));
    }
}
