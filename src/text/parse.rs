//! A text to its tree. A syntax error ends the file; all else is reported and read past.
//!
//! What must stay true: the tree is never deeper than [`NESTING_MAX`] and never, aliases counted as what they stand
//! for, larger than [`NODES_MAX`]; reading takes time and memory in proportion to the text.
use std::borrow::Cow;
use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

use super::core_schema::Word;
use super::events::{Event, Properties, Tag, Trouble, events};
use super::layout::Layout;
use super::map::{MapBuilder, PendingKey};
use super::{FILE_MAX_BYTES, Kind, Node, Scalar, Style};
use crate::diag::{Bag, Code, FileId, Finding, Span, nearest_help};

/// Lists and maps inside one another.
const NESTING_MAX: usize = 128;
/// Keys, values and items, what aliases stand for counted each time.
const NODES_MAX: usize = 1_000_000;
/// Of one file; what comes after is not told.
const FINDINGS_MAX: usize = 1000;

/// Reads one file. Nothing comes back if it is not YAML, or not a map; why is then in the bag.
pub fn parse(file: FileId, text: &str, bag: &mut Bag) -> Option<Node> {
    let mut builder = Builder {
        file,
        text,
        bag,
        told: 0,
        frames: Vec::new(),
        skipping: 0,
        nodes: 0,
        anchors: HashMap::new(),
        anchor_names: Vec::new(),
        last_anchor: 0,
        root: None,
        documents: 0,
        too_deep: false,
    };
    if text.len() > FILE_MAX_BYTES {
        let message = format!("the file has {} bytes, more than the {FILE_MAX_BYTES} that are read", text.len());
        builder.report(Code::SyntaxLimit, 0..0, message, "here", "split it with `include`");
        return None;
    }
    if let Some(at) = text.bytes().position(|b| b < 0x20 && !matches!(b, b'\t' | b'\n' | b'\r')) {
        let message = format!("the byte {:#04x} cannot stand in YAML", text.as_bytes()[at]);
        builder.report(
            Code::SyntaxYaml,
            at..at + 1,
            message,
            "here",
            "remove it, or write it as an escape in double quotes",
        );
        return None;
    }
    builder.read()
}

/// A list or map that is still open.
struct Frame {
    content: Content,
    start: usize,
    /// Where its last child ends so far.
    end: usize,
    flow: bool,
    anchor: usize,
    /// Of the whole tree before it.
    nodes_before: usize,
    /// How many collections its children are high.
    height: usize,
    /// A tag that made it unusable.
    broken: bool,
}

enum Content {
    List(Vec<Node>),
    Map(MapBuilder),
}

/// What an alias stands for.
#[derive(Clone)]
struct Anchored {
    node: Node,
    nodes: usize,
    height: usize,
}

struct Builder<'a> {
    file: FileId,
    text: &'a str,
    bag: &'a mut Bag,
    told: usize,
    frames: Vec<Frame>,
    /// Collections open past the bound on nesting.
    skipping: usize,
    nodes: usize,
    /// Finished nodes with an anchor.
    anchors: HashMap<usize, Anchored>,
    anchor_names: Vec<String>,
    /// The largest anchor seen so far; an alias of one that is not finished is inside it.
    last_anchor: usize,
    root: Option<Node>,
    documents: usize,
    too_deep: bool,
}

/// The rest of the file is not read.
struct Stop;

impl<'a> Builder<'a> {
    fn read(mut self) -> Option<Node> {
        for next in events(self.text) {
            let (event, range) = match next {
                Ok(next) => next,
                Err(trouble) => {
                    self.syntax_error(&trouble);
                    return None;
                }
            };
            if let Event::Document { explicit } = event {
                self.documents += 1;
                if self.documents > 1 {
                    let range = if explicit { range.start..range.start + 3 } else { self.word_at(range.start) };
                    let message = "a second document begins here, but a file holds one graph";
                    self.report(Code::SyntaxYaml, range, message, "second document", "move it to a file of its own");
                    break;
                }
                continue;
            }
            if self.event(event, range).is_err() {
                return None;
            }
        }
        let start = self.text.len() - self.text.trim_start_matches('\u{feff}').len();
        let Some(root) = self.root.take() else {
            self.report(Code::SyntaxYaml, start..start, "the file is empty", "here", "begin with `mpgraph: 1`");
            return None;
        };
        match root.kind {
            Kind::Map(_) => Some(root),
            Kind::Broken => None,
            _ => {
                let empty = root.is_null() && root.span.is_empty();
                let message = if empty { "the file is empty" } else { "a graph is a map of keys" };
                let label = if empty { "here" } else { root.describe() };
                let range = root.span.start as usize..root.span.end as usize;
                let range = if empty { start..start } else { range };
                self.report(Code::SyntaxYaml, range, message, label, "begin with `mpgraph: 1`");
                None
            }
        }
    }

    fn event(&mut self, event: Event<'a>, range: Range<usize>) -> Result<(), Stop> {
        match event {
            Event::Document { .. } => {}
            Event::Anchor { name } => self.anchor_names.push(name.into_owned()),
            Event::Scalar { .. } | Event::Alias { .. } | Event::UnknownAlias { .. } if self.skipping > 0 => {
                if let Event::Scalar { node: Properties { anchor, .. }, .. } = event {
                    self.break_anchor(anchor);
                }
            }
            Event::Scalar { text, style, node } => {
                self.count(&range)?;
                self.scalar(text, style, &node, range);
            }
            Event::List { flow, node } => self.open(Content::List(Vec::new()), flow, &node, range)?,
            Event::Map { flow, node } => self.open(Content::Map(MapBuilder::default()), flow, &node, range)?,
            Event::End if self.skipping > 0 => {
                self.skipping -= 1;
                if self.skipping == 0 {
                    self.place(self.broken(range.start..range.start), 0, 0, None);
                }
            }
            Event::End => self.close(range),
            Event::Alias { id } => self.alias(id, range)?,
            Event::UnknownAlias { name } => {
                self.count(&range)?;
                let help = nearest_help(&name, "known anchors", self.anchor_names.iter().map(String::as_str));
                let message = format!("no anchor `&{name}` stands before this alias");
                self.report(Code::SyntaxYaml, range.clone(), message, "unknown anchor", help);
                self.place(self.broken(range.clone()), 0, 0, Some(range.end));
            }
        }
        Ok(())
    }

    fn scalar(&mut self, text: Cow<'a, str>, style: Style, properties: &Properties, range: Range<usize>) {
        self.last_anchor = self.last_anchor.max(properties.anchor);
        let span = self.span(&range);
        if let Some(Frame { content: Content::Map(map), .. }) = self.frames.last_mut()
            && map.wants_key()
            && properties.tag.is_none()
            && !(range.is_empty() && style == Style::Plain)
        {
            let text: Arc<str> = Arc::from(text);
            map.key(PendingKey { text: Some(text.clone()), span, style });
            self.grow(range.end, 0);
            if properties.anchor > 0 {
                let kind = if style == Style::Plain { self.plain(&text, &range) } else { None };
                let kind = kind.unwrap_or_else(|| self.text_kind(text, style, &range));
                self.remember(properties.anchor, Node { kind, span, used_at: None }, 1, 0);
            }
            return;
        }
        let kind = match &properties.tag {
            Some(tag) => self.tagged(tag, text, style, &range),
            None if style == Style::Plain => match self.plain(&text, &range) {
                Some(kind) => kind,
                None => self.text_kind(Arc::from(text), style, &range),
            },
            None => self.text_kind(Arc::from(text), style, &range),
        };
        let node = Node { kind, span, used_at: None };
        self.place(node, 0, properties.anchor, Some(range.end));
    }

    /// A plain scalar that is no text.
    fn plain(&mut self, text: &str, range: &Range<usize>) -> Option<Kind> {
        match Word::read(text) {
            Word::Null => Some(Kind::Null),
            Word::Bool(value) => Some(Kind::Bool(value)),
            Word::Int(value) => Some(Kind::Int(value)),
            Word::Float(value) => Some(Kind::Float(value)),
            Word::Huge => {
                let message = "this whole number does not fit in 64 bits";
                self.report(
                    Code::SyntaxBadValue,
                    range.clone(),
                    message,
                    "too large",
                    "put it in quotes if it is text",
                );
                Some(Kind::Broken)
            }
            Word::Text => None,
        }
    }

    fn text_kind(&self, text: Arc<str>, style: Style, range: &Range<usize>) -> Kind {
        let raw = self.text.get(range.clone()).unwrap_or("");
        let layout = Layout::new(style, raw, range.start, &text);
        Kind::Text(Scalar { text, span: self.span(range), style, layout })
    }

    fn tagged(&mut self, tag: &Tag, text: Cow<'a, str>, style: Style, range: &Range<usize>) -> Kind {
        let Some(core) = tag.core.as_deref() else {
            self.unknown_tag(tag);
            return Kind::Broken;
        };
        let kind = match (core, Word::read(&text)) {
            ("str" | "", _) => Some(self.text_kind(Arc::from(text), style, range)),
            ("int", Word::Int(value)) => Some(Kind::Int(value)),
            ("int", Word::Huge) => self.plain(&text, range),
            ("float", Word::Float(value)) => Some(Kind::Float(value)),
            ("float", Word::Int(value)) => Some(Kind::Float(value as f64)),
            ("bool", Word::Bool(value)) => Some(Kind::Bool(value)),
            ("null", Word::Null) => Some(Kind::Null),
            _ => None,
        };
        kind.unwrap_or_else(|| {
            let message = format!("the tag `{}` does not fit its value", tag.text);
            self.report(Code::SyntaxYaml, tag.range.clone(), message, "this tag", "remove the tag");
            Kind::Broken
        })
    }

    fn unknown_tag(&mut self, tag: &Tag) {
        let message = format!("the tag `{}` has no meaning in a graph", tag.text);
        self.report(Code::SyntaxYaml, tag.range.clone(), message, "this tag", "remove the tag");
    }

    fn open(&mut self, content: Content, flow: bool, node: &Properties, range: Range<usize>) -> Result<(), Stop> {
        self.last_anchor = self.last_anchor.max(node.anchor);
        if self.skipping > 0 {
            self.skipping += 1;
            self.break_anchor(node.anchor);
            return Ok(());
        }
        let nodes_before = self.nodes;
        self.count(&range)?;
        if self.frames.len() >= NESTING_MAX {
            self.deeper_than_allowed(range);
            self.skipping = 1;
            self.break_anchor(node.anchor);
            return Ok(());
        }
        let mut broken = false;
        if let Some(tag) = &node.tag {
            let fits = match content {
                Content::List(_) => "seq",
                Content::Map(_) => "map",
            };
            match tag.core.as_deref() {
                None => {
                    self.unknown_tag(tag);
                    broken = true;
                }
                Some(core) if core.is_empty() || core == fits => {}
                Some(_) => {
                    let message = format!("the tag `{}` does not fit its value", tag.text);
                    self.report(Code::SyntaxYaml, tag.range.clone(), message, "this tag", "remove the tag");
                    broken = true;
                }
            }
        }
        let Range { start, end } = range;
        self.frames.push(Frame { content, start, end, flow, anchor: node.anchor, nodes_before, height: 0, broken });
        Ok(())
    }

    fn close(&mut self, range: Range<usize>) {
        let Some(frame) = self.frames.pop() else { return };
        let end = if frame.flow { range.end } else { frame.end };
        let span = self.span(&(frame.start..end));
        let kind = match frame.content {
            _ if frame.broken => Kind::Broken,
            Content::List(items) => Kind::List(items.into()),
            Content::Map(map) => Kind::Map(map.finish().into()),
        };
        let nodes = self.nodes - frame.nodes_before;
        let node = Node { kind, span, used_at: None };
        let height = frame.height + 1;
        self.remember(frame.anchor, node.clone(), nodes, height);
        self.place(node, height, 0, Some(end));
    }

    fn alias(&mut self, id: usize, range: Range<usize>) -> Result<(), Stop> {
        let used_at = self.span(&range);
        let Some(anchored) = self.anchors.get(&id) else {
            self.count(&range)?;
            let message = "this alias stands inside the very thing it names";
            self.report(Code::SyntaxYaml, range.clone(), message, "endless", "write the value out");
            self.place(self.broken(range.clone()), 0, 0, Some(range.end));
            return Ok(());
        };
        let Anchored { mut node, nodes, height } = anchored.clone();
        node.used_at = Some(used_at);
        let mut height = height;
        if self.nodes + nodes > NODES_MAX {
            let message = format!("with this alias the file expands past {NODES_MAX} nodes");
            self.report(Code::SyntaxLimit, range.clone(), message, "too much", "write less, or use `include`");
            (node.kind, height) = (Kind::Broken, 0);
            self.count(&range)?;
        } else if self.frames.len() + height > NESTING_MAX {
            self.deeper_than_allowed(range.clone());
            (node.kind, height) = (Kind::Broken, 0);
            self.count(&range)?;
        } else {
            self.nodes += nodes;
        }
        self.place(node, height, 0, Some(range.end));
        Ok(())
    }

    /// Puts a finished node where it belongs. `end` is where it ends in the source, if it says.
    fn place(&mut self, node: Node, height: usize, anchor: usize, end: Option<usize>) {
        if anchor > 0 {
            self.remember(anchor, node.clone(), 1, height);
        }
        if let Some(end) = end {
            self.grow(end, height);
        }
        let Some(frame) = self.frames.last_mut() else {
            self.root = Some(node);
            return;
        };
        match &mut frame.content {
            Content::List(items) => items.push(node),
            Content::Map(map) if map.wants_key() => {
                let (pending, finding) = PendingKey::from_node(&node, self.text);
                map.key(pending);
                self.tell(finding);
            }
            Content::Map(map) => {
                let findings = map.value(node);
                for finding in findings {
                    self.tell(Some(finding));
                }
            }
        }
    }

    /// The innermost open collection reaches to `end` and is at least `height` high inside.
    fn grow(&mut self, end: usize, height: usize) {
        if let Some(frame) = self.frames.last_mut() {
            frame.end = frame.end.max(end);
            frame.height = frame.height.max(height);
        }
    }

    fn remember(&mut self, anchor: usize, node: Node, nodes: usize, height: usize) {
        if anchor > 0 {
            self.anchors.insert(anchor, Anchored { node, nodes, height });
        }
    }

    fn break_anchor(&mut self, anchor: usize) {
        let node = self.broken(0..0);
        self.remember(anchor, node, 1, 0);
    }

    fn broken(&self, range: Range<usize>) -> Node {
        Node { kind: Kind::Broken, span: self.span(&range), used_at: None }
    }

    fn count(&mut self, range: &Range<usize>) -> Result<(), Stop> {
        self.nodes += 1;
        if self.nodes <= NODES_MAX {
            return Ok(());
        }
        let message = format!("the file has more than {NODES_MAX} nodes");
        self.report(Code::SyntaxLimit, range.clone(), message, "one too many", "split it with `include`");
        Err(Stop)
    }

    fn deeper_than_allowed(&mut self, range: Range<usize>) {
        if !self.too_deep {
            self.too_deep = true;
            let range = if range.is_empty() { self.word_at(range.start) } else { range };
            let message = format!("lists and maps are nested deeper than {NESTING_MAX}");
            self.report(Code::SyntaxLimit, range, message, "one too deep", "nest less");
        }
    }

    fn syntax_error(&mut self, trouble: &Trouble) {
        if trouble.is_limit() {
            self.deeper_than_allowed(trouble.at..trouble.at);
            return;
        }
        let (message, help) = trouble.explain();
        let range = self.word_at(trouble.at);
        self.report(Code::SyntaxYaml, range, message, "here", help);
    }

    /// The character at `at`, or nothing at the end of a line.
    fn word_at(&self, at: usize) -> Range<usize> {
        let len = match self.text.get(at..).and_then(|rest| rest.chars().next()) {
            None | Some('\n' | '\r') => 0,
            Some(c) => c.len_utf8(),
        };
        at..at + len
    }

    fn span(&self, range: &Range<usize>) -> Span {
        Span::new(self.file, range.start, range.end)
    }

    fn report(
        &mut self,
        code: Code,
        range: Range<usize>,
        message: impl Into<String>,
        label: &str,
        help: impl Into<String>,
    ) {
        let finding = Finding::new(code, self.span(&range), message, label).help(help);
        self.tell(Some(finding));
    }

    fn tell(&mut self, finding: Option<Finding>) {
        let Some(finding) = finding else { return };
        self.told += 1;
        if self.told < FINDINGS_MAX {
            self.bag.add(finding);
        } else if self.told == FINDINGS_MAX {
            let message = format!("{FINDINGS_MAX} mistakes in the writing of this file; those after it are not told");
            self.bag.add(Finding::new(Code::SyntaxLimit, finding.primary().span, message, "the last one told"));
        }
    }
}
