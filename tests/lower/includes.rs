//! Included libraries of targets.
use mpgraph::graph::lower::{LoadOptions, Loaded, load};
use std::path::PathBuf;

/// A folder of files that is removed in the end.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str, files: &[(&str, &str)]) -> Self {
        let path = std::env::temp_dir().join(format!("mpgraph-lower-{}-{name}", std::process::id()));
        for (file, text) in files {
            let file = path.join(file);
            std::fs::create_dir_all(file.parent().unwrap()).unwrap();
            std::fs::write(file, text).unwrap();
        }
        Folder(path)
    }

    fn load(&self) -> Loaded {
        load(&self.0.join("main.yaml"), &LoadOptions::default()).unwrap()
    }

    /// Findings as `file: code: text`.
    fn told(&self) -> Vec<String> {
        let loaded = self.load();
        let sources = loaded.sources;
        let told = loaded.bag.into_sorted().into_iter().map(|finding| {
            let span = finding.primary().span;
            let path = sources.get(span.file).path.clone();
            let file = path.strip_prefix(self.0.to_str().unwrap()).unwrap().trim_start_matches('/').to_owned();
            format!("{file}: {}: {}", finding.code, sources.text(span))
        });
        told.collect()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn main_with(include: &str) -> String {
    format!("mpgraph: 1\ninclude: {include}\nprocesses: {{main: {{steps: [pass]}}}}\n")
}

const LIBRARY: &str = "mpgraph: 1\ntargets: {work: {steps: [pass]}}\n";

#[test]
fn targets_of_included_files_are_taken_in_once() {
    let main = main_with("[lib/a.yaml, lib/b.yaml]");
    let a = "mpgraph: 1\ninclude: [b.yaml]\ntargets: {a: {steps: [pass]}}\nx-note: mine\n";
    let folder = Folder::new("once", &[("main.yaml", &main), ("lib/a.yaml", a), ("lib/b.yaml", LIBRARY)]);
    assert_eq!(folder.told(), [""; 0]);
    let graph = folder.load().graph.unwrap();
    let names: Vec<&str> = graph.targets.iter().map(|target| target.name.value.as_str()).collect();
    assert_eq!(names, ["a", "work"]);
    assert_eq!(graph.folder, folder.0);
}

#[test]
fn what_is_wrong_in_an_included_file_is_told_there() {
    let library = "mpgraph: 1\ntargets: {work: {steps: [{put: q}]}}\n";
    let folder = Folder::new("there", &[("main.yaml", &main_with("[lib.yaml]")), ("lib.yaml", library)]);
    assert_eq!(folder.told(), ["lib.yaml: syntax/missing-key: put"]);
}

#[test]
fn a_file_that_cannot_be_included_is_told_at_its_entry() {
    let graph = main_with("[]");
    let folder = Folder::new(
        "cannot",
        &[
            ("main.yaml", &main_with("[none.yaml, sub, graph.yaml, other.yaml, bare.yaml, 3, [a]]")),
            ("graph.yaml", &graph),
            ("other.yaml", "key: value\n"),
            ("bare.yaml", "mpgraph: 1\n"),
            ("sub/x.yaml", ""),
        ],
    );
    assert_eq!(
        folder.told(),
        [
            "main.yaml: include/failed: none.yaml",
            "main.yaml: include/failed: sub",
            "main.yaml: include/failed: graph.yaml",
            "main.yaml: include/failed: other.yaml",
            "main.yaml: include/failed: bare.yaml",
            "main.yaml: include/failed: 3",
            "main.yaml: syntax/wrong-type: [a]",
        ]
    );
    assert!(!folder.load().gaps.complete);
}

#[test]
fn a_file_that_is_no_yaml_is_told_in_the_file() {
    let folder = Folder::new("yaml", &[("main.yaml", &main_with("[lib.yaml]")), ("lib.yaml", "a: [\n")]);
    let told = folder.told();
    assert_eq!(told.len(), 1);
    assert!(told[0].starts_with("lib.yaml: syntax/yaml"), "{told:?}");
}

#[test]
fn a_ring_of_includes_is_shown_at_its_earliest_entry() {
    let a = "mpgraph: 1\ninclude: [b.yaml]\n";
    let b = "mpgraph: 1\ninclude: [a.yaml]\n";
    let folder = Folder::new("ring", &[("main.yaml", &main_with("[a.yaml]")), ("a.yaml", a), ("b.yaml", b)]);
    assert_eq!(folder.told(), ["a.yaml: include/cycle: b.yaml"]);
    let message = folder.load().bag.into_sorted()[0].message.clone();
    assert!(message.ends_with("b.yaml -> ") || message.contains(" -> "), "{message}");
    let folder = Folder::new("self", &[("main.yaml", &main_with("[./main.yaml]"))]);
    assert_eq!(folder.told(), ["main.yaml: include/cycle: ./main.yaml"]);
    let back = "mpgraph: 1\ninclude: [../main.yaml]\n";
    let folder = Folder::new("back", &[("main.yaml", &main_with("[lib/a.yaml]")), ("lib/a.yaml", back)]);
    assert_eq!(folder.told(), ["main.yaml: include/cycle: lib/a.yaml"]);
}

#[test]
fn targets_of_one_name_in_two_files_are_told() {
    let main = format!("{}targets: {{work: {{steps: [pass]}}}}\n", main_with("[lib.yaml]"));
    let folder = Folder::new("twice", &[("main.yaml", &main), ("lib.yaml", LIBRARY)]);
    assert_eq!(folder.told(), ["lib.yaml: names/duplicate: work"]);
}

#[test]
fn a_library_has_a_version_too() {
    let library = "targets: {work: {steps: [pass]}}\nqueue: {}\n";
    let folder = Folder::new("version", &[("main.yaml", &main_with("[lib.yaml]")), ("lib.yaml", library)]);
    assert_eq!(folder.told(), ["lib.yaml: syntax/missing-key: targets", "lib.yaml: syntax/unknown-key: queue"]);
}

#[test]
fn a_graph_that_is_not_there_is_an_error_of_the_file() {
    let missing = std::env::temp_dir().join("mpgraph-lower-none/none.yaml");
    assert_eq!(load(&missing, &LoadOptions::default()).unwrap_err().kind(), std::io::ErrorKind::NotFound);
}
