//! Are the tests of the shared memory able to find a bug? Bugs are put into a copy of it, one at a time, and they must.
//!
//! `cargo test --test seeded_bugs` only checks that each of them still fits the source. `cargo test --test seeded_bugs -- hunt`
//! makes the copy (below `target`), with every bug behind a switch, builds it once with the explorer, the stepping and the
//! storms, runs these for each bug in turn, and says who found it. `hunt NAME...` takes only those whose name contains one of these
//! words. The sources themselves know nothing of it.
mod bugs;

use bugs::{BUGS, Bug};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| !argument.starts_with('-')).collect();
    if std::env::args().any(|argument| argument == "--list") {
        println!("seeded_bugs_fit: test");
        return;
    }
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    for bug in BUGS {
        let source = fs::read_to_string(root.join("src/shm").join(bug.file)).expect("a source file");
        let times = source.matches(bug.right).count();
        assert_eq!(times, 1, "{}: its text stands {times} times in {}; choose it anew", bug.name, bug.file);
    }
    println!("test seeded_bugs_fit ... ok ({} bugs)", BUGS.len());
    if arguments.first().is_some_and(|word| word == "hunt") {
        hunt(&root, &arguments[1..]);
    }
}

/// The tests that hunt, the quickest first: target, what of it, environment.
const HUNTERS: [(&str, &[&str], &str); 6] = [
    ("explorer", &["explore::"], "mpgraph"),
    ("steps of queues", &["step_"], "queue_deaths"),
    ("steps of words", &["steps_of"], "shm_death"),
    ("deaths in sleep", &["asleep"], "shm_death"),
    ("storms", &["storm"], "shm_death"),
    ("storms of queues", &["storm"], "queue_deaths"),
];

fn hunt(root: &Path, only: &[String]) {
    let copy = root.join("target/seeded");
    plant(root, &copy);
    let built = Command::new(env!("CARGO"))
        .args(["test", "--offline", "--no-run", "--lib", "--test", "shm_death", "--test", "queue_deaths"])
        .current_dir(&copy)
        .env("CARGO_TARGET_DIR", copy.join("target"))
        .output()
        .expect("cargo");
    let said = String::from_utf8_lossy(&built.stderr);
    assert!(built.status.success(), "{said}");
    let program = |target: &str| {
        let path = said.lines().filter_map(|line| line.split_once('(')?.1.strip_suffix(')'));
        let mut paths = path.filter(|path| path.contains(&format!("deps/{target}-")));
        copy.join(paths.next().unwrap_or_else(|| panic!("no {target} in {said}")))
    };
    if let Some(by) = seek(&program, 0) {
        panic!("without a bug the tests do not pass either: {by}");
    }
    let (mut found, mut sought) = (0, 0);
    let wanted = |bug: &Bug| only.is_empty() || only.iter().any(|part| bug.name.contains(part));
    for (n, bug) in (1..).zip(BUGS).filter(|(_, bug)| wanted(bug)) {
        sought += 1;
        match seek(&program, n) {
            Some(by) => {
                found += 1;
                println!("found by the {by}: {}", bug.name);
            }
            None => println!("NOT FOUND: {}", bug.name),
        }
    }
    println!("{found} of {sought} seeded bugs were found");
    assert_eq!(found, sought, "a bug that no test finds");
}

/// Who finds that bug, and in what time. Who has to be stopped has found nothing: it says so, and the next one goes on.
fn seek(program: &dyn Fn(&str) -> PathBuf, bug: u32) -> Option<String> {
    HUNTERS.iter().find_map(|(name, what, target)| {
        let begin = Instant::now();
        match run(&program(target), what, bug) {
            Some(status) if status.success() => None,
            Some(_) => Some(format!("{name} in {:.1} s", begin.elapsed().as_secs_f32())),
            None => {
                println!("the {name} had to be stopped");
                None
            }
        }
    })
}

/// Far more than any of them takes on a machine with other work to do: each says by itself that it hangs.
const PATIENCE: Duration = Duration::from_secs(1200);

/// `None` when it had to be stopped.
fn run(program: &Path, what: &[&str], bug: u32) -> Option<ExitStatus> {
    let mut child = Command::new(program)
        .args(what)
        .env("MPGRAPH_SEEDED_BUG", bug.to_string())
        .env("RUST_BACKTRACE", "0")
        .env("MPGRAPH_STORM_MS", "500")
        .env("MPGRAPH_EXPLORE", "6000")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("a test program");
    let begin = Instant::now();
    loop {
        if let Some(status) = child.try_wait().expect("a child of ours") {
            return Some(status);
        }
        if begin.elapsed() > PATIENCE {
            child.kill().expect("a child of ours");
            child.wait().expect("a child of ours");
            return None;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// Writes the crate that has all bugs, each behind its switch.
fn plant(root: &Path, copy: &Path) {
    let shm = copy.join("src/shm");
    if shm.exists() {
        fs::remove_dir_all(&shm).expect("an old copy");
    }
    copy_folder(&root.join("src/shm"), &shm);
    for (n, bug) in (1..).zip(BUGS) {
        let path = shm.join(bug.file);
        let source = fs::read_to_string(&path).expect("a copy");
        let seeded = source.replacen(bug.right, &switched(bug, n), 1);
        fs::write(&path, seeded).expect("a copy");
    }
    let switch = "\npub fn seeded(bug: u32) -> bool {\n    static BUG: std::sync::OnceLock<u32> = std::sync::OnceLock::new();\n    \
                  let given = || std::env::var(\"MPGRAPH_SEEDED_BUG\").ok()?.parse().ok();\n    \
                  *BUG.get_or_init(|| given().unwrap_or(0)) == bug\n}\n";
    let module = fs::read_to_string(shm.join("mod.rs")).expect("a copy") + switch;
    fs::write(shm.join("mod.rs"), module).expect("a copy");
    fs::write(copy.join("src/lib.rs"), "pub mod shm;\n").expect("a copy");
    let manifest = fs::read_to_string(root.join("Cargo.toml")).expect("the manifest");
    let needed = ["nix =", "rustix =", "libc =", "memmap2 ="];
    let needed: Vec<&str> = manifest.lines().filter(|line| needed.iter().any(|name| line.starts_with(name))).collect();
    let test = |name: &str| {
        let path = root.join("tests").join(name).join("main.rs");
        format!("[[test]]\nname = \"{name}\"\npath = {path:?}\nharness = false\n")
    };
    let text = format!(
        "[package]\nname = \"mpgraph\"\nversion = \"0.0.0\"\nedition = \"2024\"\n[dependencies]\n{}\n{}{}\
         [profile.dev]\nopt-level = 1\n[workspace]\n",
        needed.join("\n"),
        test("shm_death"),
        test("queue_deaths")
    );
    fs::write(copy.join("Cargo.toml"), text).expect("a manifest");
    fs::copy(root.join("Cargo.lock"), copy.join("Cargo.lock")).expect("a lock file");
}

fn switched(bug: &Bug, n: u32) -> String {
    let Bug { right, wrong, .. } = bug;
    let end = if right.ends_with(';') { ";" } else { "" };
    if right.ends_with(';') || right.ends_with('}') {
        format!("if crate::shm::seeded({n}) {{ {wrong} }} else {{ {right} }}{end}")
    } else {
        format!("(if crate::shm::seeded({n}) {{ {wrong} }} else {{ {right} }})")
    }
}

fn copy_folder(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a folder");
    for entry in fs::read_dir(from).expect("a folder") {
        let path = entry.expect("an entry").path();
        let target = to.join(path.file_name().expect("a name"));
        if path.is_dir() {
            copy_folder(&path, &target);
        } else {
            fs::copy(&path, &target).expect("a copy");
        }
    }
}
