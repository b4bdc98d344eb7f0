//! The only file that knows the YAML parser: its events and errors in our own words, its places in bytes.
use std::borrow::Cow;
use std::ops::Range;

use granit_parser as yaml;

use super::Style;

/// Collections the parser itself follows before it gives up; the tree is bounded tighter.
const PARSER_NESTING_MAX: usize = 1024;

#[derive(Debug)]
pub(super) enum Event<'a> {
    /// `explicit`: opened by `---`.
    Document {
        explicit: bool,
    },
    Scalar {
        text: Cow<'a, str>,
        style: Style,
        node: Properties,
    },
    List {
        flow: bool,
        node: Properties,
    },
    Map {
        flow: bool,
        node: Properties,
    },
    /// Of the innermost open list or map.
    End,
    /// `id` is [`Properties::anchor`] of the node it stands for.
    Alias {
        id: usize,
    },
    UnknownAlias {
        name: Cow<'a, str>,
    },
    /// The name of the anchor of the node that has just been told.
    Anchor {
        name: Cow<'a, str>,
    },
}

/// What may stand before any node.
#[derive(Debug)]
pub(super) struct Properties {
    /// Unique in the file; 0 is none.
    pub anchor: usize,
    pub tag: Option<Tag>,
}

#[derive(Debug)]
pub(super) struct Tag {
    /// As written, more or less: `!!int`.
    pub text: String,
    /// `int` of `!!int`; the empty text for a lone `!`; nothing for a tag that is not of the core schema.
    pub core: Option<String>,
    pub range: Range<usize>,
}

/// Why the parser could not go on.
#[derive(Debug)]
pub(super) struct Trouble {
    pub at: usize,
    pub kind: yaml::ErrorKind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Slip {
    /// A quote is open.
    Quote,
    Escape,
    Tab,
    /// Where the parser stopped, or at a bracket that is open there.
    Here,
}

/// All events of a text in order, each with its bytes; ends after the first trouble.
pub(super) fn events(text: &str) -> impl Iterator<Item = Result<(Event<'_>, Range<usize>), Trouble>> {
    let options = yaml::options! {
        emit_comments: false,
        emit_anchor_events: true,
        emit_unresolved_aliases: true,
        flow_nesting_limit: PARSER_NESTING_MAX,
        block_nesting_limit: PARSER_NESTING_MAX,
    };
    yaml::Parser::new_from_str_with_options(text, options).filter_map(|next| match next {
        Ok((event, span)) => translate(event, &span).map(|event| Ok((event, bytes(&span)))),
        Err(error) => Some(Err(Trouble { at: error.marker().byte_offset().unwrap_or(0), kind: error.kind().clone() })),
    })
}

/// The bytes of every comment, from its `#` to the end of its line; up to the first trouble.
pub(super) fn comments(text: &str) -> Vec<Range<usize>> {
    let options = yaml::options! { flow_nesting_limit: PARSER_NESTING_MAX, block_nesting_limit: PARSER_NESTING_MAX };
    yaml::Scanner::with_options(yaml::StrInput::new(text), options)
        .map_while(Result::ok)
        .map(yaml::Token::into_parts)
        .filter(|(_, token)| matches!(token, yaml::TokenType::Comment(_)))
        .map(|(span, _)| bytes(&span))
        .collect()
}

fn translate<'a>(event: yaml::Event<'a>, span: &yaml::Span) -> Option<Event<'a>> {
    let properties = |anchor: usize, tag: Option<Cow<'_, yaml::Tag>>| Properties {
        anchor,
        tag: tag.map(|tag| Tag {
            text: tag.original(),
            core: if tag.parts() == ("", "!") || tag.parts() == ("!", "") {
                Some(String::new())
            } else {
                tag.core_suffix().map(str::to_owned)
            },
            range: span.tag_span().map_or_else(|| bytes(span), |tag| bytes(&tag)),
        }),
    };
    Some(match event {
        yaml::Event::DocumentStart(explicit, _) => Event::Document { explicit },
        yaml::Event::Scalar(text, style, anchor, tag) => {
            let style = match style {
                yaml::ScalarStyle::Plain => Style::Plain,
                yaml::ScalarStyle::SingleQuoted => Style::SingleQuoted,
                yaml::ScalarStyle::DoubleQuoted => Style::DoubleQuoted,
                yaml::ScalarStyle::Literal => Style::Literal,
                yaml::ScalarStyle::Folded => Style::Folded,
            };
            Event::Scalar { text, style, node: properties(anchor, tag) }
        }
        yaml::Event::SequenceStart(style, anchor, tag) => {
            Event::List { flow: style == yaml::StructureStyle::Flow, node: properties(anchor, tag) }
        }
        yaml::Event::MappingStart(style, anchor, tag) => {
            Event::Map { flow: style == yaml::StructureStyle::Flow, node: properties(anchor, tag) }
        }
        yaml::Event::SequenceEnd | yaml::Event::MappingEnd => Event::End,
        yaml::Event::Alias(id) => Event::Alias { id },
        yaml::Event::UnresolvedAlias(name) => Event::UnknownAlias { name },
        yaml::Event::Anchor(_, name) => Event::Anchor { name },
        _ => return None,
    })
}

/// Inputs of type `&str` always have byte offsets.
fn bytes(span: &yaml::Span) -> Range<usize> {
    span.byte_range().unwrap_or(0..0)
}

impl Trouble {
    /// A bound of the parser, not a fault of the syntax.
    pub(super) fn is_limit(&self) -> bool {
        matches!(self.kind, yaml::ErrorKind::RecursionLimitExceeded)
    }

    /// What kind of slip it is, where that says more about the place than the parser does.
    pub(super) fn slip(&self) -> Slip {
        use yaml::ErrorKind as E;
        match &self.kind {
            E::UnclosedQuotedScalar | E::InvalidQuotedScalarIndent | E::DocumentIndicatorInQuotedScalar => Slip::Quote,
            E::TabNotAllowed | E::TabInBlockIndentation | E::TabInIndentation | E::TabAtBlockScalarStart => Slip::Tab,
            E::UnknownQuotedScalarEscape | E::InvalidQuotedScalarHexEscape | E::InvalidUnicodeEscape => Slip::Escape,
            other if other.to_string().contains("surrogate") => Slip::Escape,
            _ => Slip::Here,
        }
    }

    /// What is wrong, in a sentence, and what to do.
    pub(super) fn explain(&self) -> (String, &'static str) {
        use yaml::ErrorKind as E;
        let (message, help): (&str, &'static str) = match &self.kind {
            E::UnclosedFlowCollection { open } => {
                return (format!("`{open}` is never closed"), "close it with the matching bracket");
            }
            E::MismatchedFlowCollectionEnd { open, close } => {
                return (format!("`{open}` is closed by `{close}`"), "use the matching bracket");
            }
            E::UnexpectedCharacter { character } => {
                let character = character.escape_default();
                return (format!("nothing can begin with `{character}` here"), "put the text in quotes");
            }
            E::UnexpectedEofFlowSequence => ("the file ends inside a list", "close it with `]`"),
            E::UnexpectedEofFlowMapping | E::UnexpectedEofImplicitFlowMapping => {
                ("the file ends inside a map", "close it with `}`")
            }
            E::UnexpectedEofBlockSequence | E::UnexpectedEofBlockMapping | E::UnexpectedEof => {
                ("the file ends too early", "finish what was begun")
            }
            E::ExpectedBlockMappingKey => {
                ("a key is expected here", "give it the indentation of the keys above, or of a value below one of them")
            }
            E::ExpectedFlowMappingSeparator => ("`,` or `}` is expected here", "separate the entries by commas"),
            E::ExpectedFlowSequenceSeparator => ("`,` or `]` is expected here", "separate the items by commas"),
            E::ExpectedBlockSequenceEntry => {
                ("an item `- ` is expected here", "give it the indentation of the items above")
            }
            E::ExpectedNodeContent => ("a value is expected here", "write one, or `null`"),
            E::SimpleKeyExpected => {
                ("this line is neither a key with `:` nor part of the text above", "write `key: value`")
            }
            E::InvalidSimpleKey => (
                "a key must end with `:` on its own line and be shorter than 1024 characters",
                "write `key: value` on one line",
            ),
            E::InvalidQuotedScalarIndent => {
                ("a quoted text runs into this line", "close the quote above, or indent the line")
            }
            E::InvalidIndentation | E::InvalidFlowScalarIndent | E::InvalidBlockScalarIndent => {
                ("this line is not indented far enough", "indent it deeper than the key it belongs to")
            }
            E::BomInsideDocument => ("a byte order mark stands inside the file", "remove it"),
            E::TabNotAllowed
            | E::TabInBlockIndentation
            | E::TabInIndentation
            | E::TabAtBlockScalarStart
            | E::TabInPlainScalar => ("a tab cannot indent", "use spaces"),
            E::CommentInterceptedScalar => {
                ("a comment stands inside a text of several lines", "put the text in quotes, or the comment above it")
            }
            E::CommentNotSeparated => ("a comment must stand after a blank", "put a space before the `#`"),
            E::UndeclaredTagHandle => ("the tag's prefix is not declared", "remove the tag"),
            E::MissingAnchorOrAliasName => {
                ("`&` and `*` need a name behind them", "name it, or put the text in quotes")
            }
            E::MisplacedFlowCollectionEnd => ("this bracket closes nothing", "remove it"),
            E::BlockEntryInFlowCollection => ("`- ` cannot stand inside brackets", "separate items by commas"),
            E::BlockSequenceEntryNotAllowed => {
                ("an item `- ` cannot stand here", "begin the list on a line of its own")
            }
            E::UnclosedQuotedScalar => ("this quote is never closed", "close it"),
            E::DocumentIndicatorInQuotedScalar => {
                ("`---` or `...` stands inside a quoted text", "close the quote, or indent the line")
            }
            E::InvalidTrailingSingleQuotedScalar | E::InvalidTrailingDoubleQuotedScalar => {
                ("something stands behind the closing quote", "put all of the text inside the quotes")
            }
            E::UnknownQuotedScalarEscape => {
                ("this escape is unknown", "write `\\\\` for a backslash, or use single quotes")
            }
            E::InvalidQuotedScalarHexEscape | E::InvalidUnicodeEscape => {
                ("this escape is not a character", "`\\x` takes two hexadecimal digits, `\\u` four, `\\U` eight")
            }
            E::InvalidColonPlacement => {
                ("a `:` cannot stand here", "close the bracket above, or put the text in quotes")
            }
            E::MappingKeyNotAllowed => ("a key cannot stand here", "begin the map on a line of its own"),
            E::MappingValueNotAllowed => (
                "a `:` cannot stand here",
                "align it with the keys above if it is a key; put the text in quotes if it is none",
            ),
            other if other.to_string().contains("surrogate") => {
                ("half of a character stands alone in this escape", "write both halves, or the character itself")
            }
            other => return (sentence(&other.to_string()), "correct it, or put the text in quotes"),
        };
        (message.to_owned(), help)
    }
}

/// The parser's own words, where they are rare enough.
fn sentence(words: &str) -> String {
    words.rsplit_once(", ").map_or(words, |(_, end)| end).to_owned()
}
