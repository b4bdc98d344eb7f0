//! The graphs that PATH... on the command line stands for.
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use super::{Exit, results};
use crate::graph::{self, lower};
use crate::text::FILE_MAX_BYTES;

/// Files as named, folders searched, each once. What cannot be read, and a folder without graphs, is said.
pub fn all(paths: &[PathBuf]) -> Result<Vec<PathBuf>, Exit> {
    let mut graphs: Vec<PathBuf> = Vec::new();
    let mut trouble = Ok(());
    for path in paths {
        let found = match path.metadata() {
            Ok(there) if there.is_dir() => graph::find(path),
            Ok(_) => Ok(vec![path.clone()]),
            Err(error) => Err(io::Error::new(error.kind(), format!("{}: {error}", path.display()))),
        };
        match found {
            Ok(found) if found.is_empty() => trouble = refuse(&format!("{}: no graph in this folder", path.display())),
            Ok(found) => graphs.extend(found.iter().map(|path| shown(path))),
            Err(error) => trouble = refuse(&error.to_string()),
        }
    }
    let mut seen = std::collections::BTreeSet::new();
    graphs.retain(|path| seen.insert(path.clone()));
    trouble.map(|()| graphs)
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

fn refuse(why: &str) -> Result<(), Exit> {
    results::say(why);
    Err(Exit::NotStarted)
}
