//! Graphs with known verdicts: `tests/corpus/verify/VERDICT/NAME.yaml`.
//!
//! Comments at the top say more: `# finds: CODE` what must be among the findings, `# timing-dependent` that it is, `#
//! time: ideal` which clock to look at, `# steps: N` how long the shortest trace is.
use mpgraph::check::{CheckOptions, Plan, check};
use mpgraph::graph::lower::{LoadOptions, load, load_text};
use mpgraph::verify::{Limit, Limits, Options, Report, Times, Verdict, verify};
use std::path::{Path, PathBuf};

fn corpus() -> Vec<(String, PathBuf)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus/verify");
    let mut all = Vec::new();
    for verdict in std::fs::read_dir(root).expect("the corpus is there").flatten() {
        for graph in std::fs::read_dir(verdict.path()).expect("a folder a verdict").flatten() {
            all.push((verdict.file_name().to_string_lossy().into_owned(), graph.path()));
        }
    }
    all.sort();
    assert!(all.len() > 85, "{} graphs", all.len());
    all
}

fn plan(path: &Path) -> Result<Plan, String> {
    plan_with(path, Vec::new())
}

fn plan_with(path: &Path, set: Vec<(String, String)>) -> Result<Plan, String> {
    let loaded = load(path, &LoadOptions { set, seed: None }).map_err(|error| error.to_string())?;
    let checked = check(loaded, &CheckOptions::default());
    let errors: Vec<String> = checked
        .findings
        .iter()
        .filter(|finding| finding.is_error())
        .map(|finding| format!("{} {}", finding.code, finding.message))
        .collect();
    checked.plan.ok_or(errors.join("\n"))
}

/// The lines of a comment `# WORD: ...`.
fn notes<'t>(text: &'t str, word: &str) -> Vec<&'t str> {
    let note = |line: &'t str| line.strip_prefix("# ")?.strip_prefix(word)?.strip_prefix(": ");
    text.lines().filter_map(note).collect()
}

fn options(text: &str) -> Options {
    let times = notes(text, "time").first().and_then(|word| Times::parse(word)).unwrap_or_default();
    Options { times, ..Options::default() }
}

fn shown(report: &Report) -> String {
    let mut text = format!("{} states, depth {}", report.states, report.depth);
    for obstacle in &report.obstacles {
        text += &format!("\n  {}", obstacle.message);
    }
    for example in &report.counterexamples {
        text += &format!("\n  {} ({}): {}", example.finding.code, example.time.as_str(), example.finding.message);
        for step in &example.trace {
            text += &format!("\n    {:12} {:22} {} {}", step.process, step.place, step.step, step.result);
        }
    }
    text
}

/// A model, its parameters, its states as SPIN 6.5.2 counts them on the models in `benches/verify`, and whether that is
/// too much for an unoptimised build.
type Count = (&'static str, &'static [(&'static str, &'static str)], u64, bool);

const COUNTS: &[Count] = &[
    ("philosophers", &[], 7_759, false),
    ("philosophers_ordered", &[], 6_336, false),
    ("consumers", &[("consumers", "2"), ("jobs", "6")], 3_617, false),
    ("consumers", &[("consumers", "2"), ("jobs", "8")], 14_649, false),
    ("consumers", &[("consumers", "2"), ("jobs", "10")], 58_801, true),
    ("consumers", &[("consumers", "3"), ("jobs", "4")], 10_283, false),
    ("consumers", &[("consumers", "3"), ("jobs", "6")], 93_795, true),
    ("consumers", &[("consumers", "3"), ("jobs", "8")], 846_011, true),
    ("consumers", &[("consumers", "4"), ("jobs", "4")], 84_087, true),
    ("account", &[("rounds", "20")], 413_965, true),
    ("account", &[("rounds", "40")], 6_284_725, true),
    ("account", &[("workers", "4"), ("rounds", "2")], 71_865, true),
    ("account", &[("workers", "4"), ("rounds", "3")], 1_116_629, true),
    ("account_lock", &[("rounds", "20")], 3_125, false),
    ("account_lock", &[("rounds", "40")], 11_845, false),
    ("account_lock", &[("rounds", "100")], 71_605, true),
    ("account_lock", &[("rounds", "200")], 283_205, true),
    ("account_lock", &[("workers", "4"), ("rounds", "4")], 11_665, false),
    ("account_lock", &[("workers", "4"), ("rounds", "8")], 106_001, true),
];

/// Two checkers that agree to the state. `cargo bench --bench verify` has them side by side.
#[test]
fn without_reductions_the_states_are_as_many_as_another_checker_counts() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus/verify-counts");
    let mut wrong = Vec::new();
    for (model, parameters, states, large) in COUNTS {
        if *large && cfg!(debug_assertions) {
            continue;
        }
        let set = parameters.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let plan = plan_with(&root.join(format!("{model}.yaml")), set).expect("it is a graph");
        let options = Options { reduction: false, exhaust: true, ..Options::default() };
        let report = verify(&plan, &options, &mut |_| {});
        if report.states != *states {
            wrong.push(format!("{model} {parameters:?}: {} states, and not {states}", report.states));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_graph_of_the_corpus_gets_its_verdict() {
    let only = std::env::var("VERIFY_ONLY").unwrap_or_default();
    let mut wrong = Vec::new();
    for (verdict, path) in corpus() {
        let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        if !name.contains(&only) {
            continue;
        }
        let text = std::fs::read_to_string(&path).expect("a graph can be read");
        let plan = match plan(&path) {
            Ok(plan) => plan,
            Err(errors) => {
                wrong.push(format!("{verdict}/{name}: no plan: {errors}"));
                continue;
            }
        };
        let report = verify(&plan, &options(&text), &mut |_| {});
        let codes: Vec<&str> = report.counterexamples.iter().map(|found| found.finding.code.as_str()).collect();
        let finds = notes(&text, "finds").iter().all(|code| codes.contains(code));
        let timing = report.timing_dependent == text.contains("\n# timing-dependent\n");
        let steps = notes(&text, "steps").first().and_then(|steps| steps.parse().ok());
        let shortest = report.counterexamples.iter().map(|found| found.trace.len()).min();
        let short = steps.is_none() || steps == shortest;
        if report.verdict.as_str() != verdict || !finds || !timing || !short {
            wrong.push(format!("{verdict}/{name}: {} {}", report.verdict.as_str(), shown(&report)));
        } else if !only.is_empty() {
            println!("{verdict}/{name}: {}", shown(&report));
        }
    }
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
}

fn plan_of(text: &str) -> Plan {
    let loaded = load_text("chain.yaml", Path::new("."), text.as_bytes(), &LoadOptions::default());
    check(loaded, &CheckOptions::default()).plan.expect("it can be run")
}

/// One asks, the other answers: nothing to choose for hundreds of steps.
#[test]
fn of_a_chain_the_ends_are_kept_and_its_steps_are_told() {
    let text = |last: &str| {
        format!(
            "mpgraph: 1
values: {{x: {{type: i64}}}}
queues: {{q: {{maxsize: 1}}, r: {{maxsize: 1}}}}
processes:
  ask: {{steps: [{{repeat: 300, do: [{{put: q, value: 1}}, {{get: r}}]}}, {last}]}}
  answer: {{steps: [{{repeat: 300, do: [{{get: q}}, {{put: r, value: 1}}]}}]}}
"
        )
    };
    let report = verify(&plan_of(&text("pass")), &Options::default(), &mut |_| {});
    assert_eq!(report.verdict, Verdict::Proved);
    assert!(report.states < 40 && report.transitions >= 1200 && report.depth >= 1200, "{}", shown(&report));
    let report = verify(&plan_of(&text("raise: wrong")), &Options::default(), &mut |_| {});
    let trace = &report.counterexamples[0].trace;
    assert_eq!((report.verdict, trace.len()), (Verdict::Violated, 1201), "{}", shown(&report));
}

/// One counts for ever, so states never come to an end; the mistake of the others is near.
#[test]
fn where_states_never_end_what_is_near_is_found() {
    let plan = plan_of(
        "mpgraph: 1
values: {x: {type: i64}}
queues: {q: {maxsize: 1}}
processes:
  counts: {steps: [{loop: [{add: x}, {read: x, into: n}, {log: \"${n}\"}]}]}
  one: {steps: [{put: q, value: 1, block: false}]}
  other: {steps: [{put: q, value: 2, block: false}]}
",
    );
    let limits = |states| Limits { states, ..Options::default().limits };
    let report = verify(&plan, &Options { limits: limits(100), ..Options::default() }, &mut |_| {});
    assert_eq!((report.verdict, report.limit), (Verdict::Violated, Some(Limit::States)), "{}", shown(&report));
    assert_eq!(report.counterexamples[0].trace.len(), 3, "{}", shown(&report));
}

/// Wherever the limit falls: between two steps of a state, in a chain, in front of what is wrong.
#[test]
fn a_limit_may_be_reached_anywhere() {
    let plan = plan_of(
        "mpgraph: 1
values: {v: {type: i32}, w: {type: i32}}
processes:
  R: {steps: [{write: v, value: 7}]}
  Q: {steps: [{write: v, value: 5}]}
  P:
    steps:
      - {read: w, into: z}
      - {write: w, value: \"${z + 1}\"}
      - {read: w, into: z}
      - {write: w, value: \"${z + 2}\"}
      - {read: v, into: x}
      - {write: v, value: \"${x + 1}\"}
",
    );
    for states in 1..40 {
        let limits = Limits { states, ..Options::default().limits };
        let report = verify(&plan, &Options { limits, ..Options::default() }, &mut |_| {});
        let near = report.near.is_none_or(|near| near < 4);
        assert!(near && matches!(report.verdict, Verdict::Bounded | Verdict::Violated), "{}", shown(&report));
    }
}
