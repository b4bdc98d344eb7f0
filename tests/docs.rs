//! The README and the pages of `docs` are executed: their graphs are written to a folder, their commands run in it.
//!
//! A block ` ```yaml NAME` is the file NAME. A block ` ```console` is commands (`$ ...`), each followed by what it prints,
//! standard error after standard output; `[..]` stands for anything in a line, `...` for any lines.
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};

/// No command of a page has to take nearly as long.
const PATIENCE: &str = "60";

struct Block<'a> {
    /// The word behind the backquotes, and what stands behind it.
    language: &'a str,
    name: &'a str,
    text: String,
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn page(name: &str) -> String {
    fs::read_to_string(root().join(name)).unwrap()
}

fn blocks(page: &str) -> Vec<Block<'_>> {
    let mut blocks = Vec::new();
    let mut lines = page.lines();
    while let Some(line) = lines.next() {
        let Some(info) = line.strip_prefix("```") else { continue };
        let (language, name) = info.split_once(' ').unwrap_or((info, ""));
        let text = lines.by_ref().take_while(|line| !line.starts_with("```"));
        blocks.push(Block { language, name, text: text.map(|line| format!("{line}\n")).collect() });
    }
    blocks
}

/// A folder with the project's graphs in it, removed with its content.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Folder {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("mpgraph-docs-{}-{number}", std::process::id()));
        fs::create_dir_all(&path).unwrap();
        symlink(root().join("graphs"), path.join("graphs")).unwrap();
        Folder(path)
    }

    fn write(&self, name: &str, text: &str) {
        let path = self.0.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    /// By a shell: the exit code, and all it printed.
    fn run(&self, command: &str) -> (i32, String) {
        let program = Path::new(env!("CARGO_BIN_EXE_mpgraph")).parent().unwrap();
        let path = format!("{}:{}", program.display(), std::env::var("PATH").unwrap());
        let mut shell = Command::new("timeout");
        shell.args([PATIENCE, "sh", "-c", command]).current_dir(&self.0).env("PATH", path).env("LC_ALL", "C.UTF-8");
        let output = shell.output().unwrap();
        let text = [output.stdout, output.stderr].concat();
        (output.status.code().unwrap_or(-1), String::from_utf8_lossy(&text).into_owned())
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// Runs a page from its first block to its last.
fn execute(name: &str) {
    let page = page(name);
    let folder = Folder::new();
    let mut last = 0;
    for block in blocks(&page) {
        match (block.language, block.name) {
            ("yaml", file) if !file.is_empty() => folder.write(file, &block.text),
            ("console", _) => {
                let mut shown = String::new();
                for command in block.text.lines().filter_map(|line| line.strip_prefix("$ ")) {
                    let (code, text) = match command {
                        "echo $?" => (0, format!("{last}\n")),
                        command => folder.run(command),
                    };
                    last = code;
                    shown += &format!("$ {command}\n{text}");
                }
                snapbox::assert_data_eq!(shown, block.text);
            }
            _ => {}
        }
    }
}

#[test]
fn the_readme_says_what_happens() {
    execute("README.md");
}

#[test]
fn the_page_on_running_says_what_happens() {
    execute("docs/running.md");
}

#[test]
fn the_page_on_drawing_says_what_happens() {
    execute("docs/drawing.md");
}

#[test]
fn the_page_on_editors_says_what_happens() {
    execute("docs/editors.md");
    for block in blocks(&page("docs/editors.md")).iter().filter(|block| block.language == "json") {
        serde_json::from_str::<serde_json::Value>(&block.text).unwrap();
    }
}

/// Every text in a YAML document.
fn texts(value: &serde_yaml::Value, found: &mut Vec<String>) {
    match value {
        serde_yaml::Value::String(text) => found.push(text.clone()),
        serde_yaml::Value::Sequence(items) => items.iter().for_each(|item| texts(item, found)),
        serde_yaml::Value::Mapping(map) => map.values().for_each(|value| texts(value, found)),
        _ => {}
    }
}

#[test]
fn every_command_of_the_page_on_ci_and_of_the_hooks_passes() {
    let (page, hooks) = (page("docs/ci.md"), page(".pre-commit-hooks.yaml"));
    let blocks = blocks(&page);
    let mut found = Vec::new();
    let files = blocks.iter().filter(|block| block.language == "yaml").map(|block| block.text.as_str());
    for text in files.chain([hooks.as_str()]) {
        texts(&serde_yaml::from_str(text).unwrap(), &mut found);
    }
    found.extend(blocks.iter().filter(|block| block.language == "sh").map(|block| block.text.trim().to_owned()));
    let commands: Vec<&String> =
        found.iter().filter(|text| text.starts_with("mpgraph ") && text.contains(" .")).collect();
    assert_eq!(commands.len(), 8, "{found:?}");
    let folder = Folder::new();
    fs::remove_file(folder.0.join("graphs")).unwrap();
    folder.write("graphs/hello.yaml", "mpgraph: 1\nprocesses: {main: {steps: [print: hi]}}\nexpect: {stdout: [hi]}\n");
    for command in commands {
        let (code, text) = folder.run(command);
        assert_eq!(code, 0, "{command}\n{text}");
    }
    assert!(folder.0.join("graphs.xml").is_file() && folder.0.join("graphs.sarif").is_file());
}

#[test]
fn the_problem_matcher_matches_the_output_for_people() {
    let matcher: serde_json::Value = serde_json::from_str(&page("docs/problem-matcher.json")).unwrap();
    let folder = Folder::new();
    folder.write("a.yaml", "mpgraph: 1\nprocesses: {main: {steps: [get: tasks]}}\n");
    // A sentence that goes over several lines.
    let long = "x".repeat(100);
    folder.write("b.yaml", &format!("mpgraph: 1\nprocesses: {{main: {{steps: [get: {long}]}}}}\n"));
    let update = "[{read: v, into: x}, {write: v, value: '${x + 1}'}]";
    let processes = format!("a: {{steps: {update}}}, b: {{steps: {update}}}");
    folder.write("c.yaml", &format!("mpgraph: 1\nvalues: {{v: {{type: i64}}}}\nprocesses: {{{processes}}}\n"));
    let (_, text) = folder.run("mpgraph validate --color never a.yaml b.yaml c.yaml");
    let matchers = matcher["problemMatcher"].as_array().unwrap();
    let mut files: Vec<String> = matchers.iter().flat_map(|matcher| matched(matcher, &text)).collect();
    files.sort();
    assert_eq!(files, ["a.yaml", "b.yaml", "c.yaml"], "{text}");
}

/// The files of the problems that one matcher finds.
fn matched(matcher: &serde_json::Value, text: &str) -> Vec<String> {
    let patterns = matcher["pattern"].as_array().unwrap();
    let regex = |at: usize| regex::Regex::new(patterns[at]["regexp"].as_str().unwrap()).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    let whole = lines.windows(patterns.len()).filter(|lines| (0..lines.len()).all(|at| regex(at).is_match(lines[at])));
    let file = patterns.last().unwrap()["file"].as_u64().unwrap() as usize;
    whole.map(|lines| regex(lines.len() - 1).captures(lines[lines.len() - 1]).unwrap()[file].to_owned()).collect()
}

#[test]
fn the_task_for_the_editor_matches_the_workflow_commands() {
    let text = page("docs/editors.md");
    let task = blocks(&text).into_iter().find(|block| block.text.contains("problemMatcher")).unwrap();
    let task: serde_json::Value = serde_json::from_str(&task.text).unwrap();
    let regex = task["tasks"][0]["problemMatcher"]["pattern"]["regexp"].as_str().unwrap();
    let folder = Folder::new();
    folder.write("a.yaml", "mpgraph: 1\nprocesses: {main: {steps: [get: tasks]}}\n");
    let (_, line) = folder.run("mpgraph validate --format github a.yaml");
    let found = regex::Regex::new(regex).unwrap();
    let found = found.captures(line.trim_end()).unwrap_or_else(|| panic!("{regex} does not match {line}"));
    assert_eq!((&found[2], &found[3], &found[7]), ("a.yaml", "2", "names/unknown"));
    assert!(found[8].ends_with("`tasks`"), "{found:?}");
    // Of what goes over several lines no columns are told.
    folder.write("b.yaml", "mpgraph: 1\nprocesses:\n  - main\n  - other\n");
    let (_, line) = folder.run("mpgraph validate --format github b.yaml 2> /dev/null");
    let found = regex::Regex::new(regex).unwrap();
    let found = found.captures(line.trim_end()).unwrap_or_else(|| panic!("{regex} does not match {line}"));
    assert_eq!((&found[3], &found[4], found.get(5)), ("3", "4", None));
}

#[test]
fn the_first_commands_of_the_readme_are_the_promised_ones() {
    let text = page("README.md");
    let first = blocks(&text).into_iter().find(|block| block.language == "sh").unwrap();
    let commands: Vec<&str> = first.text.lines().map(|line| line.split('#').next().unwrap().trim()).collect();
    assert_eq!(commands, ["cargo run --release -- run graphs/consumer.yaml", "cargo test"]);
    assert!(page(".ci/run").contains("cargo test\n"));
}

#[test]
fn links_between_pages_lead_somewhere() {
    for name in ["README.md", "docs/running.md", "docs/drawing.md", "docs/ci.md", "docs/editors.md", "graphs/README.md"]
    {
        let text = page(name);
        for link in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            if !link.starts_with("http") && !link.starts_with('#') {
                let path = root().join(name).parent().unwrap().join(link);
                assert!(path.exists(), "{name} links to {link}");
            }
        }
    }
}
