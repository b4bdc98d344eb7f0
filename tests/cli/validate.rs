//! `validate`: files, folders, standard input; formats; what makes it fail.
use super::command::{Folder, HELLO, INVALID, WARNED, finish};

#[test]
fn a_clean_graph_is_0_and_nothing_is_said() {
    let done = Folder::with(&[("a.yaml", HELLO)]).run(&["validate", "a.yaml"]);
    assert_eq!(done.code(0).is_silent().stdout, "");
}

#[test]
fn errors_are_1_and_the_report_goes_to_stdout() {
    let done = Folder::with(&[("a.yaml", INVALID)]).run(&["validate", "a.yaml"]);
    done.code(1).prints("error[names/unknown]").prints("a.yaml:2:33").says("1 error in 1 file");
}

#[test]
fn warnings_are_0_unless_denied_or_allowed() {
    let folder = Folder::with(&[("a.yaml", WARNED)]);
    folder.run(&["validate", "a.yaml"]).code(0).prints("warning[names/unused]").says("1 warning in 1 file");
    folder.run(&["validate", "--deny", "warnings", "a.yaml"]).code(1).prints("warning[names/unused]");
    assert_eq!(folder.run(&["validate", "-q", "a.yaml"]).code(0).is_silent().stdout, "");
    let queue = "mpgraph: 1\nqueues: {q: }\nprocesses: {main: {steps: [{put: q, value: 1}]}}\n";
    folder.write("q.yaml", queue);
    folder.run(&["validate", "--deny=warnings", "q.yaml"]).code(1).prints("wiring/no-consumer");
    folder.run(&["validate", "--deny=warnings", "--allow", "wiring/no-consumer", "q.yaml"]).code(0).is_silent();
}

#[test]
fn folders_are_searched_for_graphs() {
    let library = "mpgraph: 1\ntargets: {t: {steps: [print: t]}}\n";
    let folder = Folder::with(&[
        ("good/a.yaml", HELLO),
        ("good/deep/b.yml", INVALID),
        ("good/lib.yaml", library),
        ("good/other.yaml", "services: {}\n"),
        ("good/build/c.yaml", INVALID),
        ("good/.gitignore", "build/\n"),
        ("empty/other.yaml", "services: {}\n"),
    ]);
    let done = folder.run(&["validate", "good"]);
    done.code(1).prints("good/deep/b.yml:2:33").says("1 error in 2 files");
    let done = folder.run(&["validate", "--format=json", "."]);
    let paths: Vec<String> = done.code(1).json()["files"]
        .as_array()
        .unwrap()
        .iter()
        .map(|file| file["path"].as_str().unwrap().into())
        .collect();
    assert_eq!(paths, ["good/a.yaml", "good/deep/b.yml"]);
    folder.run(&["validate", "empty"]).code(2).says("mpgraph: empty: no graph in this folder");
    folder.run(&["validate", "good", "nowhere"]).code(2).says("nowhere: No such file");
}

#[test]
fn a_file_that_is_named_twice_is_told_once_and_paths_are_relative() {
    let folder = Folder::with(&[("a.yaml", INVALID)]);
    let absolute = folder.path("a.yaml");
    let args = ["validate", "--format", "json", "a.yaml", "./a.yaml", absolute.to_str().unwrap(), "."];
    let report = folder.run(&args).code(1).json();
    assert_eq!(report["files"].as_array().unwrap().len(), 1, "{report}");
    assert_eq!(report["files"][0]["path"], "a.yaml");
}

#[test]
fn standard_input_has_the_name_that_is_given() {
    let folder = Folder::new();
    folder.run_with_stdin(&["validate", "-"], HELLO).code(0).is_silent();
    folder.run_with_stdin(&["validate", "-"], INVALID).code(1).prints("-:2:33");
    let args = ["validate", "--stdin-filename", "sub/x.yaml", "-"];
    folder.run_with_stdin(&args, INVALID).code(1).prints("sub/x.yaml:2:33");
    let done = folder.run_with_stdin(&["run", "-"], HELLO);
    assert_eq!(done.code(0).stdout, "hello\n");
}

#[test]
fn every_format_has_the_finding() {
    let folder = Folder::with(&[("a.yaml", INVALID)]);
    let json = folder.run(&["validate", "--format", "json", "a.yaml"]).code(1).is_silent().json();
    let finding = &json["files"][0]["diagnostics"][0];
    assert_eq!((&finding["code"], &finding["severity"]), (&"names/unknown".into(), &"error".into()));
    assert_eq!(finding["labels"][0]["column"], 33);
    let sarif = folder.run(&["validate", "--format", "sarif", "a.yaml"]).code(1).is_silent().json();
    assert_eq!(sarif["version"], "2.1.0");
    assert_eq!(sarif["runs"][0]["results"][0]["ruleId"], "names/unknown");
    let github = folder.run(&["validate", "--format", "github", "a.yaml"]);
    github.code(1).is_silent().prints("::error file=a.yaml,line=2,endLine=2,col=33,");
    let first = folder.run(&["validate", "a.yaml"]).stdout;
    assert_eq!(first, folder.run(&["validate", "a.yaml"]).stdout);
}

#[test]
fn the_environment_can_ask_for_sentences_and_for_ascii() {
    let folder = Folder::with(&[("a.yaml", INVALID)]);
    let told = finish(folder.command(&["validate", "a.yaml"]).env("NO_GRAPHICS", "1").spawn().unwrap());
    told.code(1).prints("names/unknown").prints("declare it under `queues`");
    let plain = finish(folder.command(&["validate", "a.yaml"]).env("LC_ALL", "C").spawn().unwrap());
    plain.code(1).prints("names/unknown").prints("a.yaml:2:33");
    assert!(told.stdout.is_ascii() && plain.stdout.is_ascii() && told.stdout != plain.stdout);
}

#[test]
fn a_report_may_go_to_a_file() {
    let folder = Folder::with(&[("a.yaml", INVALID)]);
    let done = folder.run(&["validate", "--format", "json", "-o", "report.json", "a.yaml"]);
    assert_eq!(done.code(1).stdout, "");
    assert!(folder.read("report.json").contains("names/unknown"));
    assert_eq!(folder.names(), ["a.yaml", "report.json"]);
}

#[test]
fn a_parameter_that_is_set_is_checked() {
    let text = "mpgraph: 1\nparams: {n: 2}\nprocesses: {main: {replicas: '${n}', steps: [print: hello]}}\n";
    let folder = Folder::with(&[("a.yaml", text)]);
    folder.run(&["validate", "--set", "n=3", "a.yaml"]).code(0).is_silent();
    folder.run(&["validate", "--set", "n=-1", "a.yaml"]).code(1);
    assert_eq!(folder.run(&["run", "--set", "n=3", "a.yaml"]).code(0).stdout, "hello\n".repeat(3));
}

#[test]
fn json_has_the_shape_that_tools_rely_on() {
    let text =
        "mpgraph: 1\nname: \"ä€😀\"\nqueues: {q: null, q: null}\nprocesses: {main: {steps: [{print: \"äö ${x}\"}]}}\n";
    let folder = Folder::with(&[("a.yaml", text), ("b.yaml", HELLO)]);
    let report = folder.run(&["validate", "--format", "json", "a.yaml", "b.yaml"]).code(1).is_silent().json();
    let label = |line: usize, column: usize, text: &str, (offset, primary): (usize, bool)| {
        serde_json::json!({
            "path": "a.yaml", "line": line, "column": column, "end_line": line, "end_column": column + 1,
            "offset": offset, "length": 1, "text": text, "primary": primary,
        })
    };
    let expected = serde_json::json!({"files": [
        {"path": "a.yaml", "diagnostics": [
            {
                "code": "names/unused", "severity": "warning", "message": "nothing uses the queue `q`", "help": "remove it",
                "labels": [label(3, 10, "unused", (38, true))],
            },
            {
                "code": "syntax/duplicate-key", "severity": "error", "message": "the key `q` stands twice in this map",
                "help": "remove one of them, or rename it",
                "labels": [label(3, 19, "again here", (47, true)), label(3, 10, "first here", (38, false))],
            },
            {
                "code": "names/unknown", "severity": "error", "message": "there is no variable `x`",
                "help": "set it by a `let` step before, or put text in quotes",
                "labels": [label(4, 42, "here", (99, true))],
            },
        ]},
        {"path": "b.yaml", "diagnostics": []},
    ]});
    assert_eq!(report, expected);
}

#[test]
fn the_bounds_of_a_file_are_exact() {
    let folder = Folder::new();
    let graph = |filler: &str| format!("{HELLO}{filler}");
    let sized = |bytes: usize| {
        let text = graph("# ");
        let filler = "x".repeat(bytes - text.len());
        text + &filler
    };
    let limit = 16 << 20;
    folder.write("size.yaml", &sized(limit));
    folder.run(&["validate", "size.yaml"]).code(0).is_silent();
    folder.write("size.yaml", &sized(limit + 1));
    folder.run(&["validate", "size.yaml"]).code(1).prints("error[syntax/limit]").prints("16 MiB");
    folder.write("nodes.yaml", &graph(&format!("x-many: [{}]\n", "1,".repeat(1_000_001))));
    folder.run(&["validate", "nodes.yaml"]).code(1).prints("error[syntax/limit]").prints("1000000");
    let nested = |n: usize| graph(&format!("x-deep: {}1{}\n", "[".repeat(n), "]".repeat(n)));
    folder.write("deep.yaml", &nested(127));
    folder.run(&["validate", "deep.yaml"]).code(0).is_silent();
    folder.write("deep.yaml", &nested(128));
    folder.run(&["validate", "deep.yaml"]).code(1).prints("error[syntax/limit]").prints("128");
}
