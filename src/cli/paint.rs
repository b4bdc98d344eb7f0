//! When there is colour: on a terminal, unless the flag or the environment (`NO_COLOR`, `CLICOLOR`) says otherwise.
use anstream::stream::RawStream;

use crate::report::diagnostics::Look;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Color {
    #[default]
    Auto,
    Always,
    Never,
}

impl Color {
    /// Whether what goes to `stream` has colour.
    pub fn on(self, stream: &impl RawStream) -> bool {
        match self {
            Color::Always => true,
            Color::Never => false,
            Color::Auto => anstream::AutoStream::choice(stream) != anstream::ColorChoice::Never,
        }
    }
}

/// How findings look on `stream`. With `NO_GRAPHICS` in the environment they are told in sentences.
pub fn look(color: Color, stream: &impl RawStream) -> Look {
    let narrated = set("NO_GRAPHICS").is_some_and(|value| value != "0");
    Look { color: color.on(stream), unicode: unicode(), narrated, ..Look::default() }
}

/// Whether the locale can show more than ASCII.
fn unicode() -> bool {
    let locale = set("LC_ALL").or_else(|| set("LC_CTYPE")).or_else(|| set("LANG"));
    locale.is_none_or(|locale| locale.to_ascii_uppercase().replace('-', "").contains("UTF8"))
}

fn set(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}
