//! Expectations bite: with any one of them altered, a graph no longer passes.
//!
//! Each expectation of each graph in `graphs/` is altered alone: another line, another count, one item more, another
//! exit. The graph has to be refused or to fail. By default every graph has a few of its alterations tried;
//! `MPGRAPH_ALTER_ALL=1` tries all of them.
mod support;

use std::path::{Path, PathBuf};

use serde_yaml::{Mapping, Value};
use support::{PATIENCE, each, graphs, mpgraph, root, run, short};

/// How many alterations of one graph are tried by default.
const FEW: usize = 4;
const AT_ONCE: usize = 6;

/// Takes what was altered, and the value with that alteration.
type Give<'g> = &'g mut dyn FnMut(String, Value);

/// A graph with one expectation altered.
struct Altered {
    graph: PathBuf,
    /// What was altered, as a path of keys.
    what: String,
    text: String,
}

#[test]
fn no_graph_passes_with_one_of_its_expectations_altered() {
    let all = std::env::var_os("MPGRAPH_ALTER_ALL").is_some();
    let mut altered = Vec::new();
    let paths = graphs("graphs");
    for path in &paths {
        let of_this = alterations(path);
        assert!(!of_this.is_empty(), "{} expects nothing", short(path));
        let step = if all { 1 } else { of_this.len().div_ceil(FEW) };
        altered.extend(of_this.into_iter().step_by(step));
    }
    assert!(altered.len() > 2 * paths.len(), "only {} alterations", altered.len());
    let ran = each(&altered, AT_ONCE, |altered| {
        // Beside the original, so that what it includes and reads is found; removed whatever happens.
        let place = Beside::new(altered);
        run(mpgraph().arg("run").arg(&place.0), PATIENCE)
    });
    let passed: Vec<String> = altered
        .iter()
        .zip(&ran)
        .filter(|(_, ran)| !matches!(ran.exit(), Some(1 | 2 | 3 | 5)))
        .map(|(altered, ran)| format!("{}: {} altered: {}", short(&altered.graph), altered.what, ran.told()))
        .collect();
    assert!(passed.is_empty(), "{} of {} passed\n{}", passed.len(), ran.len(), passed.join("\n"));
}

/// The altered graph, in a copy of the folder of graphs.
struct Beside(PathBuf, PathBuf);

impl Beside {
    fn new(altered: &Altered) -> Beside {
        static NEXT: std::sync::atomic::AtomicU32 = std::sync::atomic::AtomicU32::new(0);
        let number = NEXT.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        let folder = std::env::temp_dir().join(format!("mpgraph-altered-{}-{number}", std::process::id()));
        let from = root().join("graphs");
        copy(&from, &folder);
        let place = folder.join(altered.graph.strip_prefix(&from).expect("it is one of them"));
        std::fs::write(&place, &altered.text).expect("the altered graph can be written");
        Beside(place, folder)
    }
}

impl Drop for Beside {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.1);
    }
}

/// All but the graphs themselves: what they include and read.
fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).expect("a folder");
    for entry in std::fs::read_dir(from).expect("a readable folder").flatten() {
        let target = to.join(entry.file_name());
        match entry.path() {
            folder if folder.is_dir() => copy(&folder, &target),
            file => drop(std::fs::copy(file, target).expect("it can be copied")),
        }
    }
}

fn alterations(path: &Path) -> Vec<Altered> {
    let text = std::fs::read_to_string(path).expect("a readable file");
    let whole: Value = serde_yaml::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", short(path)));
    let Some(expect) = whole.get("expect") else { return Vec::new() };
    let mut found = Vec::new();
    expectation(expect, &mut |what, altered| {
        let mut graph = whole.clone();
        graph["expect"] = altered;
        let text = serde_yaml::to_string(&graph).expect("what was read can be written");
        found.push(Altered { graph: path.to_owned(), what, text });
    });
    found
}

/// Gives each alteration of a value in a map, as the whole map.
fn in_map(map: &Mapping, key: &Value, give: Give, alter: impl FnOnce(&Value, Give)) {
    let name = key.as_str().unwrap_or("?").to_owned();
    alter(&map[key], &mut |what, value| {
        let mut altered = map.clone();
        altered.insert(key.clone(), value);
        give(format!("{name}.{what}").trim_end_matches('.').to_owned(), Value::Mapping(altered));
    });
}

fn each_key(of: &Value, give: Give, alter: &dyn Fn(&str, &Value, Give)) {
    let Some(map) = of.as_mapping() else { return };
    for key in map.keys() {
        in_map(map, key, give, |value, give| alter(key.as_str().unwrap_or("?"), value, give));
    }
}

fn expectation(expect: &Value, give: Give) {
    each_key(expect, give, &|key, value, give| match key {
        "outcome" => give(String::new(), if value == "completed" { "deadlock" } else { "completed" }.into()),
        "stdout" => lines(value, give),
        "elapsed" => each_key(value, give, &|key, _, give| {
            give(String::new(), if key == "min" { "1h" } else { "1ms" }.into());
        }),
        "processes" => each_key(value, give, &|_, of, give| {
            each_key(of, give, &|key, value, give| match key {
                "exit" => give(String::new(), Value::from(77)),
                _ => lines(value, give),
            });
        }),
        "queues" => each_key(value, give, &|_, items, give| lines(items, give)),
        "values" => each_key(value, give, &|_, value, give| cell(value, give)),
        "arrays" => each_key(value, give, &|_, value, give| match value {
            Value::Sequence(cells) => each_cell(cells, give),
            other => cell(other, give),
        }),
        "events" => each_key(value, give, &|_, value, give| {
            give(String::new(), Value::from(!value.as_bool().unwrap_or(false)));
        }),
        // `clean: true` asks for the most already, and `false` for nothing.
        _ => {}
    });
}

/// Lines of a stream, or items of a queue.
fn lines(value: &Value, give: Give) {
    match value {
        Value::String(block) => {
            give("one more".into(), Value::from(format!("{}\nnobody prints this", block.trim_end())));
            if block.trim_end().contains('\n') {
                let fewer: Vec<&str> = block.trim_end().lines().skip(1).collect();
                give("one less".into(), Value::from(fewer.join("\n")));
            }
        }
        Value::Sequence(list) => {
            listed(list, give);
            in_order(list, give);
        }
        Value::Mapping(_) => each_key(value, give, &|key, value, give| match (key, value) {
            ("count", count) => give(String::new(), Value::from(count.as_i64().unwrap_or(0) + 1)),
            ("any_order", Value::Sequence(list)) => listed(list, give),
            ("in_order", Value::Sequence(list)) => {
                with_other(list, give);
                in_order(list, give);
            }
            ("contains", Value::Sequence(list)) => with_other(list, give),
            // What is excluded is not there; nothing that is there is known here.
            ("excludes", Value::Sequence(_)) => give("everything".into(), everything()),
            _ => {}
        }),
        _ => {}
    }
}

fn everything() -> Value {
    Value::Sequence(vec![serde_yaml::from_str("{regex: '.*'}").expect("it is YAML")])
}

/// Exactly these.
fn listed(list: &[Value], give: Give) {
    let mut more = list.to_vec();
    more.push(nobody());
    give("one more".into(), Value::Sequence(more));
    if !list.is_empty() {
        give("one less".into(), Value::Sequence(list[1..].to_vec()));
    }
    with_other(list, give);
}

/// Each replaced by something else.
fn with_other(list: &[Value], give: Give) {
    for at in 0..list.len() {
        let mut other = list.to_vec();
        other[at] = nobody();
        give(format!("{at}"), Value::Sequence(other));
    }
}

/// Two different neighbours that trade places, where no regex could take either.
fn in_order(list: &[Value], give: Give) {
    for at in 1..list.len() {
        let plain = list[at - 1].is_string() && list[at].is_string() || list[at].is_i64() && list[at - 1].is_i64();
        let said_once = |line: &Value| list.iter().filter(|other| *other == line).count() == 1;
        if plain && said_once(&list[at]) && said_once(&list[at - 1]) {
            let mut turned = list.to_vec();
            turned.swap(at - 1, at);
            give(format!("order of {}", at - 1), Value::Sequence(turned));
        }
    }
}

fn nobody() -> Value {
    Value::from("nobody prints this")
}

fn cell(value: &Value, give: Give) {
    match value {
        Value::Number(number) => {
            let other =
                number.as_i64().map_or(Value::from(number.as_f64().unwrap_or(0.0) + 1.0), |n| Value::from(n + 1));
            give(String::new(), other);
        }
        Value::Bool(flag) => give(String::new(), Value::from(!flag)),
        Value::Mapping(_) => each_key(value, give, &|key, value, give| match (key, value) {
            ("min", Value::Number(_)) => give(String::new(), Value::from(1_000_000)),
            ("max", Value::Number(_)) => give(String::new(), Value::from(-1_000_000)),
            ("any_of", Value::Sequence(_)) => {
                give(String::new(), Value::Sequence(vec![Value::from(98), Value::from(99)]))
            }
            _ => {}
        }),
        _ => {}
    }
}

fn each_cell(cells: &[Value], give: Give) {
    for at in 0..cells.len() {
        cell(&cells[at], &mut |what, value| {
            let mut other = cells.to_vec();
            other[at] = value;
            give(format!("{at}{what}"), Value::Sequence(other));
        });
    }
}
