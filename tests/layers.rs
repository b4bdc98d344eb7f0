//! Folders of `src` are layers: `use` points down only. The map stands in `src/lib.rs`.
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// Each folder with those directly below it; what is further down may be used as well.
const BELOW: &[(&str, &[&str])] = &[
    ("cli", &["report"]),
    ("report", &["run", "suite", "verify", "draw"]),
    ("run", &["check", "shm"]),
    ("suite", &["check"]),
    ("verify", &["check"]),
    ("draw", &["check"]),
    ("check", &["program"]),
    ("program", &["graph"]),
    ("graph", &["expr", "text"]),
    ("expr", &["value"]),
    ("text", &["value"]),
    ("value", &["diag"]),
    ("diag", &[]),
    // It knows no graph and no value.
    ("shm", &[]),
];

fn allowed(folder: &str) -> BTreeSet<&'static str> {
    let direct = BELOW.iter().find(|(name, _)| *name == folder).map(|(_, below)| *below);
    let direct = direct.unwrap_or_else(|| panic!("src/{folder} is not on the map of layers"));
    direct.iter().flat_map(|below| allowed(below).into_iter().chain([*below])).collect()
}

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            found.push(path);
        }
    }
}

/// The modules of this crate that a line of code names: the word behind each `crate::`.
fn named(text: &str) -> Vec<(usize, String)> {
    let mut all = Vec::new();
    for (number, line) in text.lines().enumerate() {
        let code = line.split("//").next().unwrap_or_default();
        for after in code.split("crate::").skip(1) {
            let word = |text: &str| text.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect::<String>();
            match after.strip_prefix('{') {
                None => all.push((number + 1, word(after))),
                // use crate::{run::Cause, text}: the first word of each part on this line.
                Some(list) => all.extend(list.split(',').map(|part| (number + 1, word(part.trim())))),
            }
        }
    }
    all
}

#[test]
fn no_arrow_points_up() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    sources(&root, &mut files);
    files.sort();
    let mut wrong = Vec::new();
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    for path in files {
        let inner = path.strip_prefix(&root).unwrap();
        let Some(folder) = inner.parent().and_then(|parent| parent.iter().next()) else { continue };
        let folder = folder.to_str().unwrap();
        let allowed = allowed(folder);
        *seen.entry(folder.to_owned()).or_default() += 1;
        // What only tests use may come from anywhere.
        let text = fs::read_to_string(&path).unwrap();
        let text = text.split("#[cfg(test)]\nmod ").next().unwrap_or_default();
        for (line, module) in named(text) {
            let is_layer = BELOW.iter().any(|(name, _)| *name == module);
            if is_layer && module != folder && !allowed.contains(module.as_str()) {
                wrong.push(format!("src/{}:{line}: {folder} uses {module}", inner.display()));
            }
        }
    }
    assert!(seen.len() > 8, "{seen:?}");
    assert!(wrong.is_empty(), "arrows that point up:\n{}", wrong.join("\n"));
}

#[test]
fn the_reader_of_use_lines_sees_them_all() {
    let text =
        "use crate::run::Cause; // crate::cli\nuse crate::{text, diag::Span};\nlet x = crate::value::Str::new();";
    let words: Vec<String> = named(text).into_iter().map(|(_, word)| word).collect();
    assert_eq!(words, ["run", "text", "diag", "value"]);
}

#[test]
fn the_map_in_the_library_names_every_folder() {
    let lib = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("src/lib.rs")).unwrap();
    let modules = lib.lines().filter_map(|line| line.strip_prefix("pub mod ")?.strip_suffix(';'));
    for module in modules {
        assert!(lib.contains(&format!("//! | [`{module}`] |")), "{module} has no row in the table of src/lib.rs");
        assert!(BELOW.iter().any(|(name, _)| *name == module), "{module} is not on the map of layers");
    }
}
