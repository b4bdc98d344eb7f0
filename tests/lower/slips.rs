//! One slip is one finding.
use crate::{findings, graph, loaded, process, stepping, told, with};

#[test]
fn a_key_that_is_a_slip_is_read_as_the_key_that_was_meant() {
    let loaded =
        loaded("mpgraph: 1\nqueus: {tasks: {maxsze: 3}}\nproceses: {main: {stepps: [{gett: tasks, inot: x}]}}");
    let codes: Vec<&str> = loaded.bag.iter().map(|finding| finding.code.as_str()).collect();
    assert_eq!(codes, ["syntax/unknown-key"; 6]);
    let graph = loaded.graph.unwrap();
    assert!(loaded.gaps.complete);
    assert!(matches!(&graph.objects[0].kind, mpgraph::graph::ObjectKind::Queue(queue) if queue.maxsize == 3));
}

#[test]
fn an_unknown_key_comes_with_the_nearest_one_and_the_list() {
    let finding = &findings(&with("events: {e: {sett: true}}"))[0];
    assert_eq!(finding.message, "unknown key `sett` in an event");
    assert_eq!(finding.help, "did you mean `set`? the only key of an event is `set`");
    let finding = &findings(&with("locks: {l: {zzzzzz: 1}}"))[0];
    assert_eq!(finding.help, "the only key of a lock is `recursive`");
    let finding = &findings(&stepping("put: q\nvalue: 1\ntimout: 3"))[0];
    assert_eq!(finding.message, "unknown key `timout` in a `put` step");
    assert_eq!(finding.help, "did you mean `timeout`? the keys of a `put` step are `value`, `block`, `timeout`");
}

#[test]
fn a_key_that_is_there_already_is_not_guessed_again() {
    assert_eq!(told(&stepping("get: q\ntimeout: 1\ntimeouts: 2")), ["syntax/unknown-key: timeouts"]);
}

#[test]
fn an_alias_is_judged_once_for_what_is_inside_it() {
    let yaml = "mpgraph: 1\nx-body: &body\n  - {put: q}\nprocesses:\n  A: {steps: *body}\n  B: {steps: *body}\n";
    assert_eq!(told(yaml), ["syntax/missing-key: put"]);
}

#[test]
fn what_could_not_be_built_makes_the_graph_incomplete() {
    assert!(!loaded(&stepping("dance: q")).gaps.complete);
    assert!(!loaded(&process("daemon: true")).gaps.complete);
    assert!(!loaded(&process("target: [a]")).gaps.complete);
    assert!(loaded(&stepping("get: q\ntimeout: soon")).gaps.complete);
    assert!(loaded(&process("steps: [pass]\ntimeout: soon")).gaps.complete);
}

#[test]
fn merged_keys_are_as_good_as_written_ones() {
    let yaml =
        "mpgraph: 1\nx-q: &q {maxsize: 5}\nqueues: {a: {<<: *q, joinable: true}}\nprocesses: {main: {steps: [pass]}}";
    let graph = graph(yaml);
    let mpgraph::graph::ObjectKind::Queue(queue) = &graph.objects[0].kind else { panic!() };
    assert_eq!((queue.maxsize, queue.joinable), (5, true));
}
