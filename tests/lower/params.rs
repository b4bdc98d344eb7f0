//! Parameters and `--set`.
use crate::{graph, told, with};
use mpgraph::graph::lower::{LoadOptions, Loaded, load_text};
use mpgraph::value::Value;
use std::path::Path;

fn set(yaml: &str, flags: &[(&str, &str)]) -> Loaded {
    let set = flags.iter().map(|(name, value)| (name.to_string(), value.to_string())).collect();
    load_text("graph.yaml", Path::new("."), with(yaml).as_bytes(), &LoadOptions { set, seed: None })
}

fn value(yaml: &str, flags: &[(&str, &str)]) -> Value {
    let loaded = set(yaml, flags);
    assert!(loaded.bag.is_empty(), "{:?}", loaded.bag);
    loaded.graph.unwrap().params.remove(0).value
}

#[test]
fn a_default_is_any_value_and_may_be_computed_from_those_above_it() {
    let graph = graph(&with("params: {n: 2, list: [1, {a: b}], twice: '${n * 2}', text: 'n=${n}', none: }"));
    let shown: Vec<String> = graph.params.iter().map(|param| param.value.to_string()).collect();
    assert_eq!(shown, ["2", r#"[1,{"a":"b"}]"#, "4", "\"n=2\"", "null"]);
    assert_eq!(told(&with("params: {a: '${b}', b: 1}")), ["names/unknown: b"]);
}

#[test]
fn set_overrides_a_default_with_a_value_of_its_type() {
    assert_eq!(value("params: {n: 2}", &[("n", "5")]), Value::Int(5));
    assert_eq!(value("params: {n: 2}", &[("n", "5"), ("n", "6")]), Value::Int(6));
    assert_eq!(value("params: {x: 0.5}", &[("x", "3")]), Value::Float(3.0));
    assert_eq!(value("params: {s: a}", &[("s", "two words")]), Value::from("two words"));
    assert_eq!(value("params: {s: a}", &[("s", "'5'")]), Value::from("5"));
    assert_eq!(value("params: {s: a}", &[("s", "a ${b}")]), Value::from("a ${b}"));
    assert_eq!(value("params: {l: [1]}", &[("l", "[a, 2]")]), Value::list(vec![Value::from("a"), Value::Int(2)]));
    assert_eq!(value("params: {x: }", &[("x", "3")]), Value::Int(3));
}

#[test]
fn what_depends_on_a_parameter_sees_what_was_set() {
    let loaded = set("params: {n: 2, twice: '${2 * n}'}", &[("n", "5")]);
    assert_eq!(loaded.graph.unwrap().params[1].value, Value::Int(10));
}

#[test]
fn set_of_another_type_or_of_no_parameter_is_told() {
    let codes = |yaml, flags: &[(&str, &str)]| -> Vec<String> {
        let loaded = set(yaml, flags);
        let text = |finding: &mpgraph::diag::Finding| loaded.sources.text(finding.primary().span).to_owned();
        loaded.bag.iter().map(|finding| format!("{}: {}", finding.code, text(finding))).collect()
    };
    assert_eq!(codes("params: {n: 2}", &[("n", "many")]), ["syntax/wrong-type: n"]);
    assert_eq!(codes("params: {n: 2}", &[("n", "2.5")]), ["syntax/wrong-type: n"]);
    assert_eq!(codes("params: {s: a}", &[("s", "5")]), ["syntax/wrong-type: s"]);
    assert_eq!(codes("params: {n: 2}", &[("n", "[")]), ["syntax/bad-value: n"]);
    assert_eq!(codes("params: {n: 2}", &[("m", "3")]), ["names/unknown: params"]);
    assert_eq!(codes("", &[("m", "3")]), ["names/unknown: mpgraph"]);
}

#[test]
fn a_parameter_in_doubt_starts_no_further_finding() {
    let yaml = "params: {n: '${1 +}', m: '${n + 1}'}\nqueues: {q: {maxsize: '${m * n}'}}";
    assert_eq!(told(&with(yaml)).len(), 1);
}

#[test]
fn the_seed_of_the_command_line_wins_and_random_defaults_follow_it() {
    let random = |seed| {
        let yaml = with("seed: 3\nparams: {x: '${random_int(0, 1000000000)}'}");
        let options = LoadOptions { set: Vec::new(), seed };
        let graph = load_text("graph.yaml", Path::new("."), yaml.as_bytes(), &options).graph.unwrap();
        (graph.seed, graph.params[0].value.clone())
    };
    assert_eq!(random(None), random(Some(3)));
    assert_ne!(random(None).1, random(Some(4)).1);
}

#[test]
fn a_name_of_a_parameter_is_checked() {
    assert_eq!(
        told(&with("params: {a-b: 1, self: 2, 'null': 3}")),
        ["syntax/bad-value: a-b", "syntax/bad-value: self", "syntax/bad-value: 'null'"]
    );
}
