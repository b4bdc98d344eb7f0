//! Which files of a folder are graphs: those with a root key `mpgraph` that are more than a library of targets.
//!
//! What version control ignores and what is hidden is passed over, as other tools that search folders do.
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use ignore::{DirEntry, WalkBuilder};

use super::schema;
use crate::diag::{Bag, FileId};
use crate::text::{self, FILE_MAX_BYTES};

/// What is below a folder.
#[derive(Debug, Default)]
pub struct Found {
    /// By path.
    pub graphs: Vec<PathBuf>,
    /// Of each folder and file that cannot be read, with its path: there may have been graphs.
    pub errors: Vec<io::Error>,
}

/// All graphs below a folder; links to folders are not followed. Blocks as long as reading its YAML files does.
pub fn find(folder: &Path) -> Found {
    let mut found = Found::default();
    let mut walk = WalkBuilder::new(folder);
    // A folder that is no repository may have a `.gitignore` all the same.
    walk.require_git(false).sort_by_file_path(Path::cmp);
    for entry in walk.build() {
        match entry {
            Ok(entry) if is_yaml(&entry) => match read(entry.path()) {
                Ok(bytes) if is_graph(&bytes) => found.graphs.push(entry.into_path()),
                Ok(_) => {}
                Err(error) => found.errors.push(error),
            },
            Ok(_) => {}
            Err(error) => found.errors.push(io::Error::other(error)),
        }
    }
    found
}

fn is_yaml(entry: &DirEntry) -> bool {
    // What looks like a file and is a folder, a socket or a link that leads nowhere is none.
    let ending = entry.path().extension().is_some_and(|ending| ending == "yaml" || ending == "yml");
    ending && entry.path().is_file()
}

fn read(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let read = File::open(path).and_then(|file| file.take(FILE_MAX_BYTES as u64 + 1).read_to_end(&mut bytes));
    read.map_err(|error| io::Error::new(error.kind(), format!("{}: {error}", path.display())))?;
    Ok(bytes)
}

/// Whether it has the key. A file that is broken YAML, or no text, is one if it looks as if it were meant to be.
fn is_graph(bytes: &[u8]) -> bool {
    if !bytes.windows(KEY.len()).any(|window| window == KEY) {
        return false;
    }
    let meant = || bytes.split(|byte| *byte == b'\n').any(|line| line.starts_with(b"mpgraph:"));
    let Ok(text) = std::str::from_utf8(bytes) else { return meant() };
    let Some(tree) = text::parse(FileId(0), text, &mut Bag::new()) else { return meant() };
    if tree.get("mpgraph").is_none() {
        return false;
    }
    let keys: Vec<&str> = tree.as_map().unwrap_or_default().iter().map(|entry| &*entry.key.text).collect();
    let of_library =
        |key: &&str| schema::LIBRARY.fields.iter().any(|field| field.name == *key) || key.starts_with("x-");
    let is_library = keys.iter().all(of_library) && keys.iter().any(|key| matches!(*key, "targets" | "include"));
    !is_library
}

const KEY: &[u8] = b"mpgraph";

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn a_graph_is_known_by_its_root_key() {
        assert!(is_graph(b"mpgraph: 1\nprocesses: {a: {steps: []}}\n"));
        assert!(is_graph(b"{\"mpgraph\": 1}"));
        assert!(is_graph(b"queues: {}\nmpgraph: 2\n"));
        assert!(is_graph(b"mpgraph: 1\nprocesses: [\n"), "broken, and meant to be one");
        assert!(is_graph(b"mpgraph: 1\nname: \xff\n"), "no text, and meant to be one");
        assert!(!is_graph(b"name: ci\njobs: {test: {run: mpgraph test}}\n"));
        assert!(!is_graph(b"tool:\n  mpgraph: 1\n"));
        assert!(!is_graph(b"- mpgraph: 1\n"));
        assert!(!is_graph(b"# mpgraph\nother: [\n"));
    }

    #[test]
    fn a_library_of_targets_is_no_graph() {
        assert!(!is_graph(b"mpgraph: 1\ntargets: {t: {steps: []}}\nx-note: 1\n"));
        assert!(is_graph(b"mpgraph: 1\ntargets: {t: {steps: []}}\nprocesses: {}\n"));
        assert!(is_graph(b"mpgraph: 1\n"), "its processes are missing");
    }

    #[test]
    fn hidden_and_ignored_files_are_passed_over() {
        let folder = std::env::temp_dir().join(format!("mpgraph-find-{}", std::process::id()));
        let graph = "mpgraph: 1\nprocesses: {a: {steps: []}}\n";
        for (name, text) in [
            ("b.yml", graph),
            ("a/z.yaml", graph),
            ("a/notes.txt", graph),
            ("a/compose.yaml", "services: {}\n"),
            (".hidden/c.yaml", graph),
            ("out/d.yaml", graph),
            (".gitignore", "out/\n"),
        ] {
            let path = folder.join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        std::os::unix::fs::symlink("nowhere.yaml", folder.join("dead.yaml")).unwrap();
        let Found { graphs: found, errors } = find(&folder);
        assert!(errors.is_empty(), "{errors:?}");
        let names: Vec<&Path> = found.iter().map(|path| path.strip_prefix(&folder).unwrap()).collect();
        assert_eq!(names, [Path::new("a/z.yaml"), Path::new("b.yml")]);
        fs::remove_dir_all(&folder).unwrap();
    }
}
