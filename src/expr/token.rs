//! The words of an expression: numbers, text, names and signs, each with its bytes.
//!
//! Inside `${ }` the text ends at the `}` that closes no brace of the expression itself; quotes hide braces.
use std::ops::Range;

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Token {
    /// Without its sign, so up to 2^63 must fit.
    Int(u64),
    Float(f64),
    Text(String),
    Bytes(Vec<u8>),
    /// A name or a word of the language.
    Word(String),
    Sign(&'static str),
    /// The end of the text or the closing `}`.
    End,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Placed {
    pub token: Token,
    pub range: Range<usize>,
}

/// What cannot be a word: where, what is wrong, what to do.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Trouble {
    pub range: Range<usize>,
    pub message: String,
    pub help: String,
}

pub(super) struct Tokens {
    /// Ends with [`Token::End`].
    pub tokens: Vec<Placed>,
    pub troubles: Vec<Trouble>,
    /// Past the closing `}`, or the end of the text.
    pub end: usize,
    /// Whether the closing `}` was found.
    pub closed: bool,
}

/// Longer signs first, so that the first that fits is the right one.
const SIGNS: [&str; 24] = [
    "==", "!=", "<=", ">=", "&&", "||", "<", ">", "+", "-", "*", "/", "%", "!", "?", ":", ".", ",", "(", ")", "[", "]",
    "{", "}",
];

/// Reads words from `start`; with `inside` up to the `}` that closes a `${`.
pub(super) fn tokens(text: &str, start: usize, inside: bool) -> Tokens {
    let mut reader = Reader { text, at: start, tokens: Vec::new(), troubles: Vec::new() };
    let mut open = 0usize;
    let mut closed = false;
    loop {
        let rest = reader.rest();
        reader.at += rest.len() - rest.trim_start().len();
        let Some(first) = reader.rest().chars().next() else { break };
        match first {
            '{' => open += 1,
            '}' if open == 0 && inside => {
                closed = true;
                break;
            }
            '}' => open = open.saturating_sub(1),
            _ => {}
        }
        reader.word(first);
    }
    let at = reader.at;
    let end = at + usize::from(closed);
    reader.tokens.push(Placed { token: Token::End, range: at..end });
    Tokens { tokens: reader.tokens, troubles: reader.troubles, end, closed }
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
    tokens: Vec<Placed>,
    troubles: Vec<Trouble>,
}

impl<'a> Reader<'a> {
    fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    fn push(&mut self, start: usize, token: Token) {
        self.tokens.push(Placed { token, range: start..self.at });
    }

    fn trouble(&mut self, range: Range<usize>, message: impl Into<String>, help: impl Into<String>) {
        self.troubles.push(Trouble { range, message: message.into(), help: help.into() });
    }

    fn word(&mut self, first: char) {
        let start = self.at;
        let rest = self.rest();
        if first.is_ascii_alphabetic() || first == '_' {
            let length = rest.bytes().take_while(|b| b.is_ascii_alphanumeric() || *b == b'_').count();
            let word = &rest[..length];
            let quoted = rest[length..].starts_with(['"', '\'']);
            let kind = word.to_ascii_lowercase();
            if quoted && matches!(kind.as_str(), "r" | "b" | "rb" | "br") {
                self.at += length;
                return self.quoted(start, kind.contains('r'), kind.contains('b'));
            }
            self.at += length;
            return self.push(start, Token::Word(word.to_owned()));
        }
        let fraction = first == '.' && rest[1..].starts_with(|c: char| c.is_ascii_digit());
        if first.is_ascii_digit() || fraction {
            return self.number();
        }
        if first == '"' || first == '\'' {
            return self.quoted(start, false, false);
        }
        if rest.starts_with("//") {
            self.at += 2;
            return self.trouble(
                start..self.at,
                "`//` has no meaning in an expression",
                "`/` divides ints without a remainder; a comment is written in the YAML, with `#`",
            );
        }
        if let Some(sign) = SIGNS.into_iter().find(|sign| rest.starts_with(sign)) {
            self.at += sign.len();
            return self.push(start, Token::Sign(sign));
        }
        self.at += first.len_utf8();
        let help = match first {
            '&' | '|' => format!("write `{first}{first}`"),
            '=' => "write `==` to compare".to_owned(),
            '$' => "an expression is not nested in another: leave out the `${ }`".to_owned(),
            _ => "remove it, or put text in quotes".to_owned(),
        };
        self.trouble(start..self.at, format!("`{first}` has no meaning in an expression"), help);
    }

    fn number(&mut self) {
        let start = self.at;
        let bytes = self.text.as_bytes();
        let digits = |mut at: usize| {
            while bytes.get(at).is_some_and(u8::is_ascii_digit) {
                at += 1;
            }
            at
        };
        let digit = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_digit);
        let hex = self.rest().starts_with("0x") || self.rest().starts_with("0X");
        let mut float = false;
        if hex {
            self.at += 2 + bytes[start + 2..].iter().take_while(|b| b.is_ascii_hexdigit()).count();
        } else {
            self.at = digits(start);
            if bytes.get(self.at) == Some(&b'.') && digit(self.at + 1) {
                float = true;
                self.at = digits(self.at + 1);
            }
            if matches!(bytes.get(self.at), Some(b'e' | b'E')) {
                let sign = usize::from(matches!(bytes.get(self.at + 1), Some(b'+' | b'-')));
                if digit(self.at + 1 + sign) {
                    float = true;
                    self.at = digits(self.at + 1 + sign);
                }
            }
        }
        let tail = self.rest().bytes().take_while(|b| b.is_ascii_alphanumeric() || *b == b'_').count();
        let written = &self.text[start..self.at];
        if tail > 0 || (hex && written.len() == 2) {
            self.at += tail;
            let whole = &self.text[start..self.at];
            let help = match &whole[written.len()..] {
                "u" | "U" => "there are no unsigned ints: leave out the `u`",
                _ => "an int is `12` or `0x1f`, a float `1.5` or `1e3`, and a name does not begin with a digit",
            };
            return self.trouble(start..self.at, format!("`{whole}` is no number"), help);
        }
        let token = if float {
            written.parse().ok().filter(|f: &f64| f.is_finite()).map(Token::Float)
        } else if hex {
            u64::from_str_radix(&written[2..], 16).ok().map(Token::Int)
        } else {
            written.parse().ok().map(Token::Int)
        };
        match token {
            Some(Token::Int(n)) if n > 1 << 63 => self.too_large(start),
            Some(token) => self.push(start, token),
            None => self.too_large(start),
        }
    }

    fn too_large(&mut self, start: usize) {
        let range = start..self.at;
        let message = format!("`{}` is too large", &self.text[range.clone()]);
        self.trouble(range, message, "an int has 64 bits, from -9223372036854775808 to 9223372036854775807");
    }

    /// Text or bytes, from the quote at `self.at`; `start` is where its prefix begins.
    fn quoted(&mut self, start: usize, raw: bool, bytes: bool) {
        let rest = self.rest();
        let one = &rest[..1];
        let quote = if rest.starts_with(&one.repeat(3)) { &rest[..3] } else { one };
        self.at += quote.len();
        let mut out = Vec::new();
        loop {
            let rest = self.rest();
            let Some(c) = rest.chars().next() else {
                self.trouble(start..start + 1, "the quote is not closed", format!("end the text with `{quote}`"));
                return;
            };
            if rest.starts_with(quote) {
                self.at += quote.len();
                break;
            }
            if c == '\n' && quote.len() == 1 {
                let help = "text over several lines stands in three quotes";
                self.trouble(start..self.at, "the quote is not closed on its line", help);
                return;
            }
            if c == '\\' && !raw {
                self.escape(bytes, &mut out);
            } else {
                self.at += c.len_utf8();
                out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
            }
        }
        let token = if bytes {
            Token::Bytes(out)
        } else {
            // Only characters went in, so this is UTF-8.
            Token::Text(String::from_utf8_lossy(&out).into_owned())
        };
        self.push(start, token);
    }

    fn escape(&mut self, bytes: bool, out: &mut Vec<u8>) {
        let start = self.at;
        let letter = self.rest()[1..].chars().next();
        let plain = match letter {
            Some('a') => 7,
            Some('b') => 8,
            Some('f') => 12,
            Some('n') => b'\n',
            Some('r') => b'\r',
            Some('t') => b'\t',
            Some('v') => 11,
            Some(c @ ('\\' | '?' | '"' | '\'' | '`')) => c as u8,
            _ => 0,
        };
        if plain != 0 {
            self.at += 2;
            return out.push(plain);
        }
        let (skip, count, base) = match letter {
            Some('x' | 'X') => (2, 2, 16),
            Some('u') if !bytes => (2, 4, 16),
            Some('U') if !bytes => (2, 8, 16),
            Some('0'..='3') => (1, 3, 8),
            _ => (0, 0, 0),
        };
        let digits = self.rest().get(skip..skip + count).filter(|d| d.chars().all(|c| c.is_digit(base)));
        let code = digits.filter(|d| !d.is_empty()).and_then(|d| u32::from_str_radix(d, base).ok());
        self.at += skip + count;
        match code {
            Some(code) if bytes => out.push(code as u8), // two hexadecimal or three octal digits up to 377
            Some(code) if char::from_u32(code).is_some() => {
                let c = char::from_u32(code).unwrap_or_default();
                out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
            }
            _ => {
                self.at = start + 1 + letter.map_or(0, char::len_utf8);
                let message = format!("`{}` is no escape", &self.text[start..self.at]);
                self.trouble(start..self.at, message, "write `\\\\` for a backslash, or raw text: r\"..\"");
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Vec<Token> {
        let read = tokens(text, 0, false);
        assert_eq!(read.troubles, [], "{text}");
        let mut tokens: Vec<Token> = read.tokens.into_iter().map(|t| t.token).collect();
        assert_eq!(tokens.pop(), Some(Token::End));
        tokens
    }

    #[test]
    fn numbers_of_every_form() {
        assert_eq!(read("0 12 0x1F 9223372036854775808"), [0, 12, 31, 1 << 63].map(Token::Int));
        assert_eq!(read("1.5 .5 1e3 1.5E-2"), [1.5, 0.5, 1000.0, 0.015].map(Token::Float));
        assert_eq!(read("1.f"), [Token::Int(1), Token::Sign("."), Token::Word("f".into())]);
    }

    #[test]
    fn text_of_every_form() {
        for (text, meant) in [
            (r#""a'b""#, "a'b"),
            (r#"'a"b'"#, "a\"b"),
            (r"'\n\t\\\'\x41\u00e9\U0001F600\101'", "\n\t\\'Aé😀A"),
            (r"r'\n'", "\\n"),
            ("'''a'b\nc'''", "a'b\nc"),
            ("\"\"\"\"x\"\"\"", "\"x"),
            ("''", ""),
            ("R\"}\"", "}"),
        ] {
            assert_eq!(read(text), [Token::Text(meant.to_owned())], "{text}");
        }
        assert_eq!(read(r"b'\xff\377é'"), [Token::Bytes(vec![0xFF, 0xFF, 0xC3, 0xA9])]);
        assert_eq!(read(r"rb'\x'"), [Token::Bytes(br"\x".to_vec())]);
    }

    #[test]
    fn the_closing_brace_is_past_nested_braces_and_quotes() {
        let text = r#"${ {"}": '''}'''}["}"] } rest }"#;
        let read = tokens(text, 2, true);
        assert!(read.closed);
        assert_eq!(&text[read.end..], " rest }");
        assert!(!tokens("${ {1: 2} ", 2, true).closed);
    }

    #[test]
    fn all_troubles_are_told_with_their_bytes() {
        let read = tokens(r"a // b # '\q' 12ab = 1u 0x 99999999999999999999 1e999", 0, false);
        let ranges: Vec<&str> = read
            .troubles
            .iter()
            .map(|t| &r"a // b # '\q' 12ab = 1u 0x 99999999999999999999 1e999"[t.range.clone()])
            .collect();
        assert_eq!(ranges, ["//", "#", r"\q", "12ab", "=", "1u", "0x", "99999999999999999999", "1e999"]);
        assert_eq!(tokens("x + 'abc", 0, false).troubles[0].range, 4..5);
        assert_eq!(tokens(r"'\u12", 0, false).troubles.len(), 2);
    }
}
