//! The small verbs: `init`, `explain`, `schema`, `completions`, `man`.
use super::command::{Folder, HELLO};

#[test]
fn init_writes_a_graph_that_is_clean_and_runs_and_passes() {
    let folder = Folder::new();
    folder.run(&["init"]).code(0).says("wrote graph.yaml");
    folder.run(&["init", "other"]).code(0);
    folder.run(&["init", "third.yml"]).code(0);
    assert_eq!(folder.names(), ["graph.yaml", "other.yaml", "third.yml"]);
    folder.run(&["validate", "--deny", "warnings", "graph.yaml"]).code(0).is_silent();
    let done = folder.run(&["run", "graph.yaml", "--set", "workers=4"]);
    assert_eq!(done.code(0).is_silent().stdout, "The squares of 1 to 5 add up to 55\n");
    folder.run(&["test", "."]).code(0).prints("3 passed");
}

#[test]
fn init_overwrites_nothing() {
    let folder = Folder::with(&[("graph.yaml", HELLO)]);
    folder.run(&["init"]).code(2).says("graph.yaml is there already");
    assert_eq!(folder.read("graph.yaml"), HELLO);
    folder.run(&["init", "no/folder"]).code(2).says("cannot make no/folder.yaml");
}

#[test]
fn explain_tells_of_every_code_it_lists() {
    let folder = Folder::new();
    let list = folder.run(&["explain"]).code(0).stdout.clone();
    assert!(list.lines().count() > 40);
    for line in list.lines() {
        let code = line.split_whitespace().next().unwrap();
        folder.run(&["explain", code]).code(0).is_silent().prints(code).prints("\nBad:\n").prints("\nGood:\n");
    }
    folder.run(&["explain", "names/unknwon"]).code(2).says("did you mean `names/unknown`?");
}

#[test]
fn the_schema_is_the_committed_one() {
    let committed = include_str!("../../schemas/graph.schema.json");
    assert_eq!(Folder::new().run(&["schema"]).code(0).stdout, committed);
}

#[test]
fn every_shell_has_completions_and_every_verb_a_page() {
    let folder = Folder::new();
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        folder.run(&["completions", shell]).code(0).is_silent().prints("validate");
    }
    folder.run(&["man"]).code(0).is_silent().prints(".TH mpgraph 1");
    folder.run(&["man", "run"]).code(0).is_silent().prints("no\\-expect");
    folder.run(&["man", "walk"]).code(2).says("there is no verb `walk`");
}

#[test]
fn help_and_version_go_to_stdout() {
    let folder = Folder::new();
    folder.run(&["--version"]).code(0).is_silent().prints(concat!("mpgraph ", env!("CARGO_PKG_VERSION")));
    folder.run(&["help", "run"]).code(0).is_silent().prints("--no-expect");
    folder.run(&["run", "-h"]).code(0).is_silent().prints("--prefix");
}
