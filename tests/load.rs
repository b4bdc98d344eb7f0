//! Every graph that the project ships loads without a finding.
use mpgraph::graph::lower::{LoadOptions, load};
use std::path::{Path, PathBuf};

/// What is found in it is written down next to it.
fn is_reported(path: &Path) -> bool {
    std::fs::metadata(path.with_extension("findings")).is_ok_and(|findings| findings.len() > 0)
}

fn yaml_files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let Ok(entries) = std::fs::read_dir(folder) else { return found };
    for entry in entries {
        let path = entry.expect("the folder can be read").path();
        if path.is_dir() {
            found.extend(yaml_files(&path));
        } else if is_reported(&path) {
            // It is there for what is wrong with it.
        } else if path.extension().is_some_and(|extension| extension == "yaml" || extension == "yml") {
            found.push(path);
        }
    }
    found.sort();
    found
}

#[test]
fn every_graph_in_the_repository_loads_without_findings() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut trouble = String::new();
    let mut graphs = 0;
    for path in ["graphs", "tests/corpus"].into_iter().flat_map(|folder| yaml_files(&root.join(folder))) {
        let text = std::fs::read_to_string(&path).expect("the graph can be read");
        if !text.contains("\nprocesses:") {
            continue;
        }
        graphs += 1;
        let loaded = load(&path, &LoadOptions::default()).expect("the graph can be read");
        let sources = loaded.sources.clone();
        for finding in loaded.bag {
            let place = sources.place(finding.primary().span);
            trouble += &format!("{place}: {}: {} ({})\n", finding.code, finding.message, finding.help);
        }
        if loaded.graph.is_none() || !loaded.gaps.complete {
            trouble += &format!("{}: not complete\n", path.display());
        }
    }
    assert!(graphs > 300, "only {graphs} graphs were found");
    assert_eq!(trouble, "");
}
