//! Included files: libraries of targets, which may include others.
use super::load::{parse, read};
use super::root::{beginning, version};
use super::{Fields, Given, Lower, target};
use crate::diag::{Code, FileId, Finding, Span};
use crate::graph::{Target, schema};
use crate::text::{NO_MAP, Node};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// Files of one graph at most.
const FILES: usize = 256;

pub(super) struct Includes {
    /// The files on the way to the one being read, the graph's own first.
    ring: Vec<Open>,
    /// All that were read: a second path to one adds nothing.
    done: BTreeSet<PathBuf>,
}

/// A file whose includes are being read.
struct Open {
    /// `None` if it has no path, as standard input.
    path: Option<PathBuf>,
    display: String,
    /// Where relative paths in it start.
    folder: PathBuf,
    /// The entry that included it; none for the graph's own file.
    entry: Option<Span>,
}

impl Includes {
    pub(super) fn of_graph(lower: &Lower, folder: &Path) -> Self {
        let display = lower.sources.get(FileId::default()).path.clone();
        let path = Path::new(&display).file_name().and_then(|name| folder.join(name).canonicalize().ok());
        let open = Open { path, display, folder: folder.to_owned(), entry: None };
        Includes { ring: vec![open], done: BTreeSet::new() }
    }

    /// The targets of all files of an `include` list and of those they include.
    pub(super) fn targets(&mut self, lower: &mut Lower, given: Given) -> Vec<Target> {
        let nodes = lower.list(given, "a list of files").unwrap_or_default();
        nodes.iter().flat_map(|node| self.file(lower, Given { key: given.key, node }).unwrap_or_default()).collect()
    }

    fn file(&mut self, lower: &mut Lower, given: Given) -> Option<Vec<Target>> {
        let written = lower.text(given);
        // Whatever cannot be had may have held the targets that others name.
        let Some(written) = written else {
            lost(lower);
            return None;
        };
        let open = self.ring.last().expect("the graph's own file is open");
        let path = open.folder.join(&written.value);
        let display = match Path::new(&open.display).parent() {
            Some(folder) if !folder.as_os_str().is_empty() => folder.join(&written.value).display().to_string(),
            _ => written.value.clone(),
        };
        let entry = written.span;
        let Ok(canonical) = path.canonicalize() else {
            return failed(lower, entry, format!("there is no file `{display}`"), "no such file");
        };
        if let Some(at) = self.ring.iter().position(|open| open.path.as_ref() == Some(&canonical)) {
            lost(lower);
            let finding = self.cycle(at, entry);
            lower.report(finding);
            return None;
        }
        if !self.done.insert(canonical.clone()) {
            return None;
        }
        if self.done.len() > FILES {
            lost(lower);
            let message = format!("more than {FILES} files are included");
            lower.report(Finding::new(Code::SyntaxLimit, entry, message, "one too many").help("join some of them"));
            return None;
        }
        if !canonical.is_file() {
            return failed(lower, entry, format!("`{display}` is not a file"), "not a file");
        }
        let bytes = match read(&canonical) {
            Ok(bytes) => bytes,
            Err(error) => {
                return failed(lower, entry, format!("`{display}` cannot be read: {error}"), "cannot be read");
            }
        };
        let before = std::mem::take(&mut lower.bag);
        let parsed = parse(lower, &display, &bytes);
        let found = std::mem::replace(&mut lower.bag, before);
        let Some((_, node)) = parsed else {
            if found.iter().any(|finding| finding.help == NO_MAP) {
                return failed(lower, entry, format!("`{display}` is no library of targets"), "not a map of keys");
            }
            lower.bag.extend(found);
            lost(lower);
            return None;
        };
        lower.bag.extend(found);
        let folder = path.parent().unwrap_or(Path::new(".")).to_owned();
        self.ring.push(Open { path: Some(canonical), display, folder, entry: Some(entry) });
        let targets = self.library(lower, &node, entry);
        self.ring.pop();
        targets
    }

    fn library(&mut self, lower: &mut Lower, node: &Node, entry: Span) -> Option<Vec<Target>> {
        let display = &self.ring.last().expect("the library was opened").display;
        // A whole graph is no library, and one finding says so.
        let graph_key = node.as_map().unwrap_or_default().iter().find(|entry| {
            schema::ROOT.field(&entry.key.text).is_some() && schema::LIBRARY.field(&entry.key.text).is_none()
        });
        let reason = match graph_key {
            Some(key) => {
                Some((format!("`{display}` is no library of targets: it has `{}`", key.key.text), key.key.span))
            }
            None if ["mpgraph", "targets", "include"].iter().all(|key| node.get(key).is_none()) => {
                Some((format!("`{display}` is no library of targets"), beginning(node)))
            }
            None => None,
        };
        if let Some((message, place)) = reason {
            lost(lower);
            let finding =
                Finding::new(Code::IncludeFailed, entry, message, "included here").also(place, "not of a library");
            let help = "an included file has `mpgraph: 1`, `targets` and `include` only";
            lower.report(finding.help(help));
            return None;
        }
        let fields = Fields::read(lower, Given { key: beginning(node), node }, &schema::LIBRARY)?;
        version(lower, &fields);
        if fields.get_null("targets").is_none() && fields.get_null("include").is_none() {
            let display = &self.ring.last().expect("the library was opened").display;
            return failed(
                lower,
                entry,
                format!("`{display}` is no library of targets: it has none"),
                "nothing to take in",
            );
        }
        let mut targets = target::targets(lower, &fields);
        if let Some(given) = fields.get("include") {
            targets.extend(self.targets(lower, given));
        }
        Some(targets)
    }

    /// The files from `at` on include one another; `entry` closes the ring.
    fn cycle(&self, at: usize, entry: Span) -> Finding {
        let ring = &self.ring[at..];
        let names: Vec<&str> = ring.iter().chain([&ring[0]]).map(|open| open.display.as_str()).collect();
        let mut entries: Vec<Span> = ring[1..].iter().filter_map(|open| open.entry).chain([entry]).collect();
        entries.sort();
        let message = match ring {
            [one] => format!("`{}` includes itself", one.display),
            _ => format!("these files include one another: {}", names.join(" -> ")),
        };
        let mut finding = Finding::new(Code::IncludeCycle, entries[0], message, "in the ring");
        for other in &entries[1..] {
            finding = finding.also(*other, "and this one");
        }
        finding.help("remove one of these entries; targets of one file are known in all")
    }
}

/// Targets may be where nothing can be read.
fn lost(lower: &mut Lower) {
    lower.gaps.complete = false;
    lower.gaps.undeclared_targets = true;
}

fn failed(lower: &mut Lower, entry: Span, message: String, label: &str) -> Option<Vec<Target>> {
    lost(lower);
    let help = "the path starts at the folder of the file that includes it";
    lower.report(Finding::new(Code::IncludeFailed, entry, message, label).help(help));
    None
}
