//! Words in colour, where there is colour.
use std::fmt::{self, Display};

use anstyle::{AnsiColor, Style};

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Paint {
    pub color: bool,
}

/// A word with its colour.
pub struct Painted<T> {
    word: T,
    style: Style,
}

impl Paint {
    pub fn bad<T: Display>(self, word: T) -> Painted<T> {
        self.paint(word, AnsiColor::Red.on_default().bold())
    }

    pub fn good<T: Display>(self, word: T) -> Painted<T> {
        self.paint(word, AnsiColor::Green.on_default())
    }

    /// What draws the eye without being good or bad.
    pub fn strong<T: Display>(self, word: T) -> Painted<T> {
        self.paint(word, Style::new().bold())
    }

    /// What may be read past.
    pub fn faint<T: Display>(self, word: T) -> Painted<T> {
        self.paint(word, Style::new().dimmed())
    }

    /// A line that was expected and did not come.
    pub fn missing<T: Display>(self, word: T) -> Painted<T> {
        self.paint(word, AnsiColor::Red.on_default())
    }

    fn paint<T>(self, word: T, style: Style) -> Painted<T> {
        Painted { word, style: if self.color { style } else { Style::new() } }
    }
}

impl<T: Display> Display for Painted<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}{}", self.style.render(), self.word, self.style.render_reset())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_colour_there_is_only_the_word() {
        assert_eq!(Paint { color: false }.bad("no").to_string(), "no");
        assert_eq!(Paint { color: true }.missing("no").to_string(), "\u{1b}[31mno\u{1b}[0m");
    }
}
