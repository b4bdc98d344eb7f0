//! A text to its tree. A syntax error ends the file; all else is reported and read past.
//!
//! What must stay true: the tree is never deeper than [`NESTING_MAX`] and never, aliases counted as what they stand
//! for, larger than [`NODES_MAX`]; reading takes time and memory in proportion to the text.
mod trouble;

use std::ops::Range;

use super::complaints::{Complaints, quoted};
use super::events::{Event, Properties, events};
use super::map::{MapBuilder, PendingKey};
use super::resolve::Written;
use super::{FILE_MAX_BYTES, Kind, Node, Style, places};
use crate::diag::{Bag, Code, FileId, nearest_help};

/// Lists and maps inside one another.
const NESTING_MAX: usize = 128;
/// Keys, values and items, what aliases stand for counted each time.
const NODES_MAX: usize = 1_000_000;
/// Anchors that a misspelt alias is compared with, and how long their names may be for that.
const NAMES_MAX: usize = 100;
const NAME_MAX_BYTES: usize = 64;

/// What is said of a text that is YAML and no map.
pub const NO_MAP: &str = "begin with `mpgraph: 1`";

/// Reads one file. Nothing comes back if it is not YAML, or not a map; why is then in the bag.
pub fn parse(file: FileId, text: &str, bag: &mut Bag) -> Option<Node> {
    let mut complaints = Complaints::new(file, bag);
    if text.len() > FILE_MAX_BYTES {
        let message = format!("the file has {} bytes, more than the {FILE_MAX_BYTES} that are read", text.len());
        complaints.report(Code::SyntaxLimit, 0..0, message, ("too large", "split it with `include`"));
        return None;
    }
    if let Some(at) = text.bytes().position(|b| b < 0x20 && !matches!(b, b'\t' | b'\n' | b'\r')) {
        let message = format!("the byte {:#04x} cannot stand in YAML", text.as_bytes()[at]);
        let words = ("here", "remove it, or write it as an escape in double quotes");
        complaints.report(Code::SyntaxYaml, at..at + 1, message, words);
        return None;
    }
    let mut builder = Builder {
        text,
        complaints,
        frames: Vec::new(),
        skipping: 0,
        too_deep: false,
        too_many: false,
        nodes: 0,
        anchors: Vec::new(),
        anchor_names: Vec::new(),
        reached: 0,
        root: None,
    };
    builder.document()?;
    builder.root()
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
    /// How many collections high the highest child is.
    height: usize,
    /// Its tag makes it unusable.
    broken: bool,
}

enum Content {
    List(Vec<Node>),
    Map(MapBuilder),
}

/// A finished node, and where it goes on from here.
struct Finished {
    node: Node,
    /// Where it ends in the source; an alias where the alias ends. Nothing if that says nothing.
    end: Option<usize>,
    /// Collections inside one another; a scalar has none.
    height: usize,
}

/// What an alias stands for.
#[derive(Clone)]
struct Anchored {
    node: Node,
    nodes: usize,
    height: usize,
}

struct Builder<'a> {
    text: &'a str,
    complaints: Complaints<'a>,
    frames: Vec<Frame>,
    /// Collections open past the bound on nesting; what is in them is left out.
    skipping: usize,
    /// That has been reported.
    too_deep: bool,
    /// It has been reported that aliases expand past the bound.
    too_many: bool,
    nodes: usize,
    /// Finished nodes with an anchor, by its number; the parser numbers anchors from 1 on.
    anchors: Vec<Option<Anchored>>,
    /// The first of them, as they are written.
    anchor_names: Vec<String>,
    /// Where the last scalar, alias or bracket ends.
    reached: usize,
    root: Option<Node>,
}

impl<'a> Builder<'a> {
    /// Reads the one document; nothing if the rest of the file cannot be read.
    fn document(&mut self) -> Option<()> {
        let mut documents = 0;
        for next in events(self.text) {
            match next {
                Err(trouble) => {
                    self.syntax_error(&trouble);
                    return None;
                }
                Ok((Event::Document { explicit }, range)) => {
                    documents += 1;
                    if documents > 1 {
                        let range = if explicit { range } else { places::character(self.text, range.start) };
                        let message = "a second document begins here, but a file holds one graph";
                        let words = ("second document", "move it to a file of its own");
                        self.complaints.report(Code::SyntaxYaml, range, message, words);
                        break;
                    }
                }
                Ok((event, range)) => self.event(event, range)?,
            }
        }
        Some(())
    }

    fn root(mut self) -> Option<Node> {
        let start = self.text.len() - self.text.trim_start_matches('\u{feff}').len();
        let root = self.root.take().filter(|root| !(root.is_null() && root.span.is_empty()));
        let (range, message, label) = match &root {
            Some(Node { kind: Kind::Map(_), .. }) => return root,
            Some(Node { kind: Kind::Broken, .. }) => return None,
            Some(other) => {
                let range = other.span.start as usize..other.span.end as usize;
                (range, "a graph is a map of keys", other.describe())
            }
            None => (start..start, "the file is empty", "here"),
        };
        self.complaints.report(Code::SyntaxYaml, range, message, (label, NO_MAP));
        None
    }

    fn event(&mut self, event: Event<'a>, range: Range<usize>) -> Option<()> {
        match event {
            Event::Document { .. } => {}
            Event::Anchor { name } => {
                if self.anchor_names.len() < NAMES_MAX && name.len() <= NAME_MAX_BYTES {
                    self.anchor_names.push(name.into_owned());
                }
            }
            Event::List { flow, node } => self.open(Content::List(Vec::new()), flow, &node, range)?,
            Event::Map { flow, node } => self.open(Content::Map(MapBuilder::default()), flow, &node, range)?,
            Event::End if self.skipping > 0 => {
                self.skipping -= 1;
                if self.skipping == 0 {
                    let node = self.broken(range.start..range.start);
                    self.place(Finished { node, end: None, height: 0 });
                }
            }
            Event::End => self.close(range),
            Event::Scalar { node, .. } if self.skipping > 0 => self.lose(node.anchor),
            Event::Alias { .. } | Event::UnknownAlias { .. } if self.skipping > 0 => {}
            Event::Scalar { text, style, node } => {
                self.count(1, &range)?;
                let written = self.written(Written { text, style, range, raw: "" }, &node);
                self.scalar(written, &node);
            }
            Event::Alias { id } => self.alias(id, range)?,
            Event::UnknownAlias { name } => {
                self.count(1, &range)?;
                if !self.complaints.is_full() {
                    let names = self.anchor_names.iter().map(String::as_str);
                    let near = Some(&*name).filter(|name| name.len() <= NAME_MAX_BYTES);
                    let help = near.map_or_else(String::new, |name| nearest_help(name, "known anchors", names));
                    let message = format!("no anchor {} stands before this alias", quoted(&name));
                    self.complaints.report(Code::SyntaxYaml, range.clone(), message, ("unknown anchor", &help));
                }
                self.unusable(range);
            }
        }
        Some(())
    }

    /// With its exact place: of a block scalar the parser tells the content only.
    fn written(&mut self, mut written: Written<'a>, node: &Properties) -> Written<'a> {
        let range = written.range.clone();
        let mut start = range.start;
        if written.style.is_block() {
            let after = node.tag.as_ref().map_or(0, |tag| tag.range.end).max(self.reached);
            start = places::block_scalar(self.text, after, range.start);
        }
        written.raw = &self.text[start..range.end];
        let end = start + if written.style.is_block() { written.raw.trim_ascii_end().len() } else { written.raw.len() };
        written.range = start..end;
        if !range.is_empty() {
            self.reached = range.end;
        }
        written
    }

    fn scalar(&mut self, written: Written<'a>, properties: &Properties) {
        let span = self.complaints.span(&written.range);
        let end = Some(written.range.end).filter(|_| !written.range.is_empty());
        let omitted = end.is_none() && written.style == Style::Plain;
        if let Some(Frame { content: Content::Map(map), end: reached, .. }) = self.frames.last_mut()
            && map.wants_key()
            && properties.tag.is_none()
            && properties.anchor == 0
            && !omitted
        {
            // The usual key needs no resolving: it is its own spelling.
            map.key(PendingKey { text: Some(written.text.into()), span, style: written.style });
            *reached = written.range.end;
            return;
        }
        let kind = written.kind(properties.tag.as_ref(), &mut self.complaints);
        let node = Node { kind, span, used_at: None };
        self.remember(properties.anchor, Anchored { node: node.clone(), nodes: 1, height: 0 });
        self.place(Finished { node, end, height: 0 });
    }

    fn open(&mut self, content: Content, flow: bool, node: &Properties, range: Range<usize>) -> Option<()> {
        if self.skipping > 0 {
            self.skipping += 1;
            self.lose(node.anchor);
            return Some(());
        }
        let nodes_before = self.nodes;
        self.count(1, &range)?;
        if self.frames.len() >= NESTING_MAX {
            self.deeper_than_allowed(range);
            self.skipping = 1;
            self.lose(node.anchor);
            return Some(());
        }
        let Range { mut start, end } = range;
        self.reached = self.reached.max(end);
        let core = match content {
            Content::List(_) => "seq",
            Content::Map(_) => "map",
        };
        if core == "seq" && !flow && matches!(self.frames.last(), Some(Frame { content: Content::Map(_), .. })) {
            start = places::block_list(self.text, start);
        }
        let broken = node.tag.as_ref().is_some_and(|tag| !tag.fits(core, &mut self.complaints));
        self.frames.push(Frame { content, start, end, flow, anchor: node.anchor, nodes_before, height: 0, broken });
        Some(())
    }

    fn close(&mut self, range: Range<usize>) {
        let Some(frame) = self.frames.pop() else { return };
        let end = if frame.flow { range.end.max(frame.end) } else { frame.end };
        self.reached = self.reached.max(end);
        let span = self.complaints.span(&(frame.start..end));
        let kind = match frame.content {
            _ if frame.broken => Kind::Broken,
            Content::List(items) => Kind::List(items.into()),
            Content::Map(map) => Kind::Map(map.finish().into()),
        };
        let node = Node { kind, span, used_at: None };
        let height = frame.height + 1;
        let nodes = self.nodes - frame.nodes_before;
        self.remember(frame.anchor, Anchored { node: node.clone(), nodes, height });
        self.place(Finished { node, end: Some(end), height });
    }

    fn alias(&mut self, id: usize, range: Range<usize>) -> Option<()> {
        self.reached = range.end;
        let Some(Anchored { mut node, nodes, height }) = self.anchors.get(id).cloned().flatten() else {
            self.count(1, &range)?;
            let message = "this alias stands inside the very thing it names";
            self.complaints.report(Code::SyntaxYaml, range.clone(), message, ("endless", "write the value out"));
            self.unusable(range);
            return Some(());
        };
        if self.nodes + nodes > NODES_MAX {
            self.count(1, &range)?;
            if !self.too_many {
                self.too_many = true;
                let message = format!("with this alias the file expands past {NODES_MAX} nodes");
                let words = ("too much", "expand less: aliases of aliases multiply");
                self.complaints.report(Code::SyntaxLimit, range.clone(), message, words);
            }
            self.unusable(range);
        } else if self.frames.len() + height > NESTING_MAX {
            self.count(1, &range)?;
            self.deeper_than_allowed(range.clone());
            self.unusable(range);
        } else {
            self.count(nodes, &range)?;
            node.used_at = Some(self.complaints.span(&range));
            self.place(Finished { node, end: Some(range.end), height });
        }
        Some(())
    }

    /// Puts a finished node where it belongs.
    fn place(&mut self, Finished { node, end, height }: Finished) {
        let Some(frame) = self.frames.last_mut() else {
            self.root = Some(node);
            return;
        };
        frame.end = frame.end.max(end.unwrap_or(0));
        frame.height = frame.height.max(height);
        match &mut frame.content {
            Content::List(items) => items.push(node),
            Content::Map(map) if map.wants_key() => {
                let (pending, finding) = PendingKey::from_node(&node, self.text);
                map.key(pending);
                finding.into_iter().for_each(|finding| self.complaints.tell(finding));
            }
            Content::Map(map) => {
                let findings = map.value(node);
                findings.into_iter().for_each(|finding| self.complaints.tell(finding));
            }
        }
    }

    /// Here stands something that has been reported.
    fn unusable(&mut self, range: Range<usize>) {
        let (node, end) = (self.broken(range.clone()), Some(range.end));
        self.place(Finished { node, end, height: 0 });
    }

    fn broken(&self, range: Range<usize>) -> Node {
        Node { kind: Kind::Broken, span: self.complaints.span(&range), used_at: None }
    }

    fn remember(&mut self, anchor: usize, anchored: Anchored) {
        if anchor > 0 {
            if self.anchors.len() <= anchor {
                self.anchors.resize(anchor + 1, None);
            }
            self.anchors[anchor] = Some(anchored);
        }
    }

    /// The anchor of a node that is left out.
    fn lose(&mut self, anchor: usize) {
        let node = self.broken(0..0);
        self.remember(anchor, Anchored { node, nodes: 1, height: 0 });
    }

    /// Nothing once there are too many; that has then been reported.
    fn count(&mut self, nodes: usize, range: &Range<usize>) -> Option<()> {
        self.nodes += nodes;
        if self.nodes <= NODES_MAX {
            return Some(());
        }
        if !self.too_many {
            let message = format!("the file has more than {NODES_MAX} nodes");
            let words = ("one too many", "split it with `include`");
            self.complaints.report(Code::SyntaxLimit, range.clone(), message, words);
        }
        None
    }

    fn deeper_than_allowed(&mut self, range: Range<usize>) {
        if !self.too_deep {
            self.too_deep = true;
            let range = if range.is_empty() { places::character(self.text, range.start) } else { range };
            let message = format!("lists and maps are nested deeper than {NESTING_MAX}");
            self.complaints.report(Code::SyntaxLimit, range, message, ("one too deep", "nest less"));
        }
    }
}
