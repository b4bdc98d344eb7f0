//! The graphs that PATH... on the command line stands for.
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use super::{Exit, results};
use crate::graph::{self, lower};
use crate::text::FILE_MAX_BYTES;

/// Those that were found, each once.
pub struct Graphs {
    pub files: Vec<PathBuf>,
    /// Whether all that was named could be read, and every folder has a graph. If not, it was said.
    pub complete: bool,
}

/// Files as named, folders searched.
pub fn search(paths: &[PathBuf]) -> Graphs {
    let mut graphs = Graphs { files: Vec::new(), complete: true };
    for path in paths {
        match path.metadata() {
            Ok(there) if there.is_dir() => graphs.folder(path),
            Ok(_) => graphs.files.push(shown(path)),
            Err(error) => graphs.missing(&format!("{}: {error}", path.display())),
        }
    }
    let mut seen = std::collections::BTreeSet::new();
    graphs.files.retain(|path| seen.insert(path.clone()));
    graphs
}

/// As [`search`], for those who do nothing unless all of it is there.
pub fn all(paths: &[PathBuf]) -> Result<Vec<PathBuf>, Exit> {
    let graphs = search(paths);
    if graphs.complete { Ok(graphs.files) } else { Err(Exit::NotStarted) }
}

impl Graphs {
    fn folder(&mut self, path: &Path) {
        let found = graph::find(path);
        if found.graphs.is_empty() && found.errors.is_empty() {
            self.missing(&format!("{}: no graph in this folder", path.display()));
        }
        self.files.extend(found.graphs.iter().map(|path| shown(path)));
        found.errors.iter().for_each(|error| self.missing(&error.to_string()));
    }

    fn missing(&mut self, why: &str) {
        results::say(why);
        self.complete = false;
    }
}

/// Reads a graph; that it cannot be read is said.
pub fn load(path: &Path, options: &lower::LoadOptions) -> Result<lower::Loaded, Exit> {
    lower::load(path, options).map_err(|error| cannot_read(path, &error))
}

/// Reads a graph from standard input as if it were the file `name`.
pub fn load_stdin(name: &Path, options: &lower::LoadOptions) -> Result<lower::Loaded, Exit> {
    let mut bytes = Vec::new();
    let read = io::stdin().lock().take(FILE_MAX_BYTES as u64 + 1).read_to_end(&mut bytes);
    read.map_err(|error| cannot_read(Path::new("standard input"), &error))?;
    let folder = name.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    Ok(lower::load_text(&name.display().to_string(), folder, &bytes, options))
}

/// As it stands in reports: from here, if it is below.
pub fn shown(path: &Path) -> PathBuf {
    let here = std::env::current_dir().ok();
    let below = here.and_then(|here| path.strip_prefix(here).ok().map(Path::to_path_buf));
    let path = below.unwrap_or_else(|| path.to_owned());
    path.strip_prefix(".").map(Path::to_path_buf).unwrap_or(path)
}

fn cannot_read(path: &Path, error: &io::Error) -> Exit {
    results::say(&format!("{}: {error}", path.display()));
    Exit::NotStarted
}
