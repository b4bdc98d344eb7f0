//! From a file to a graph.
use super::{Gaps, Lower, root};
use crate::diag::{Bag, Code, FileId, Sources, Span};
use crate::graph::Graph;
use crate::text::{self, Allow, FILE_MAX_BYTES, Node};
use std::collections::BTreeSet;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

/// What the command line says about the graph.
#[derive(Clone, Debug, Default)]
pub struct LoadOptions {
    /// `--set NAME=VALUE`: the value is read as YAML and has the type of the default, an int also where that is a float.
    pub set: Vec<(String, String)>,
    /// `--seed N`, instead of the graph's own.
    pub seed: Option<u64>,
}

/// A graph as far as it could be built, and all that is wrong with its text.
#[derive(Debug)]
pub struct Loaded {
    pub sources: Sources,
    /// Present when there is a process at least, even if the bag has errors: checks go on for what could be built.
    pub graph: Option<Graph>,
    pub bag: Bag,
    /// The comments of all files that let a finding pass.
    pub allows: Vec<Allow>,
    pub gaps: Gaps,
    /// The graph's parameters that were read while it was built; those that steps read are not among them.
    pub read_params: BTreeSet<String>,
}

/// Reads a graph and what it includes. The error is of the graph's own file: nothing could be read.
///
/// Blocks as long as reading the file does.
pub fn load(path: &Path, options: &LoadOptions) -> io::Result<Loaded> {
    let bytes = read(path)?;
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    Ok(load_text(&path.display().to_string(), folder, &bytes, options))
}

/// As [`load`], of a text that is there. `display_path` names it in findings; relative paths in it start at `folder`.
pub fn load_text(display_path: &str, folder: &Path, bytes: &[u8], options: &LoadOptions) -> Loaded {
    let mut lower = Lower::new(Sources::new());
    let graph =
        parse(&mut lower, display_path, bytes).and_then(|(_, node)| root::graph(&mut lower, &node, folder, options));
    let allows = lower.sources.iter().flat_map(|(file, source)| text::allows(file, &source.text)).collect();
    let Lower { sources, bag, gaps, read_params, .. } = lower;
    Loaded { sources, graph, bag, allows, gaps, read_params }
}

/// Adds a file and reads its tree.
pub(super) fn parse(lower: &mut Lower, display_path: &str, bytes: &[u8]) -> Option<(FileId, Node)> {
    let (file, node) = text::read_file(display_path, bytes.to_vec(), &mut lower.sources, &mut lower.bag);
    let doubled = lower.bag.iter().filter(|finding| finding.code == Code::SyntaxDuplicateKey);
    let doubled: Vec<Span> = doubled.flat_map(|finding| finding.labels.iter().map(|label| label.span)).collect();
    lower.doubled.extend(doubled);
    node.map(|node| (file, node))
}

/// A file, or so much of one that is too long that it is seen to be.
pub(super) fn read(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)?.take(FILE_MAX_BYTES as u64 + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}
