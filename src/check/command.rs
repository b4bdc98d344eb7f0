//! `command/not-found`: the program of a `command` is not where it is looked for.
//!
//! A path with a slash starts at the process's `cwd`, a bare name is looked for on the PATH that the process gets.
//!
//! Bad: `command: [pyhton3, job.py]`. Good: `command: [python3, job.py]`.
use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use super::study::Study;
use crate::diag::{Bag, Code, Finding};
use crate::expr::Template;
use crate::graph::{Body, Graph, Process};
use crate::program::ConstantScope;

pub(super) fn not_found(study: &Study, bag: &mut Bag) {
    let mut known: BTreeMap<PathBuf, bool> = BTreeMap::new();
    for process in &study.graph.processes {
        let Body::Command(words, _) = &process.body else { continue };
        let Some(word) = words.first() else { continue };
        let Some(program) = text(study.graph, word) else { continue };
        let Some(places) = places(study.graph, process, &program) else { continue };
        let found = places.iter().any(|place| *known.entry(place.clone()).or_insert_with(|| is_program(place)));
        if found {
            continue;
        }
        let (message, help) = if program.contains('/') {
            let place = places.first().map(|place| place.display().to_string()).unwrap_or_default();
            (format!("there is no program `{program}`"), format!("it was looked for as `{place}`"))
        } else {
            let help = "install it, or write its path; relative ones start at the folder of the graph".to_owned();
            (format!("the program `{program}` is not on the PATH"), help)
        };
        bag.add(Finding::new(Code::CommandNotFound, word.span(), message, "not found").help(help));
    }
}

/// Where the program would be; `None` if that is known only when it starts.
fn places(graph: &Graph, process: &Process, program: &str) -> Option<Vec<PathBuf>> {
    let folder = match &process.cwd {
        Some(cwd) => graph.folder.join(text(graph, cwd)?),
        None => graph.folder.clone(),
    };
    if program.contains('/') {
        return Some(vec![folder.join(program)]);
    }
    let path = match process.env.iter().find(|(name, _)| name.value == "PATH") {
        Some((_, path)) => text(graph, path)?.into(),
        None => std::env::var_os("PATH")?,
    };
    // An empty entry is the folder the command runs in.
    Some(std::env::split_paths(&path).map(|entry| folder.join(entry).join(program)).collect())
}

fn text(graph: &Graph, template: &Template) -> Option<String> {
    let code = template.compile(&mut ConstantScope { graph }, &mut Bag::new())?;
    Some(code.constant()?.text().ok()?.to_string())
}

fn is_program(place: &Path) -> bool {
    place.metadata().is_ok_and(|file| file.is_file() && file.permissions().mode() & 0o111 != 0)
}
