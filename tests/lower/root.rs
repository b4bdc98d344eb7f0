//! The root map.
use crate::{findings, graph, loaded, told, with};
use mpgraph::diag::Code;
use mpgraph::graph::LogLevel;

#[test]
fn the_version_is_required_and_must_be_known() {
    assert_eq!(told("processes: {main: {steps: [pass]}}"), ["syntax/missing-key: processes"]);
    assert_eq!(told("mpgraph: 2\nprocesses: {main: {steps: [pass]}}"), ["syntax/bad-value: 2"]);
    assert_eq!(told("mpgraph: one\nprocesses: {main: {steps: [pass]}}"), ["syntax/wrong-type: one"]);
}

#[test]
fn a_graph_has_a_process_at_least() {
    assert_eq!(told("mpgraph: 1\nqueues: {tasks: }"), ["syntax/missing-key: mpgraph"]);
    assert_eq!(told("mpgraph: 1\nprocesses: {}"), ["syntax/bad-value: processes"]);
    assert_eq!(told("mpgraph: 1\nprocesses:\n"), ["syntax/bad-value: processes"]);
    assert!(loaded("mpgraph: 1\nprocesses: {}").graph.is_none());
}

#[test]
fn keys_that_begin_with_x_are_ignored_and_others_are_not() {
    graph(&with("x-anchors: {anything: [1, 2]}"));
    assert_eq!(told(&with("extra: 1")), ["syntax/unknown-key: extra"]);
}

#[test]
fn the_keys_of_the_root_may_stand_in_any_order() {
    let graph = graph("processes: {main: {steps: [pass]}}\nqueues: {tasks: }\nmpgraph: 1\nname: odd");
    assert_eq!((graph.name.as_str(), graph.objects.len()), ("odd", 1));
}

#[test]
fn the_name_is_the_stem_of_the_file_unless_given() {
    assert_eq!(graph(&with("")).name, "graph");
    assert_eq!(graph(&with("name: 2024")).name, "2024");
}

#[test]
fn the_settings_of_a_run_are_read() {
    let graph = graph(&with("timeout: 1.5s\nlog: info\nseed: 7\ndescription: d\nallow: [sync/lock-order]"));
    assert_eq!(graph.timeout.unwrap().value.as_millis(), 1500);
    assert_eq!(graph.log.unwrap().value, LogLevel::Info);
    assert_eq!((graph.seed, graph.description.as_deref()), (7, Some("d")));
    assert_eq!(graph.allow[0].value, Code::SyncLockOrder);
}

#[test]
fn settings_that_mean_nothing_are_told() {
    assert_eq!(
        told(&with(
            "timeout: soon\nlog: loud\nseed: -1\nallow: [sync/lock-oder, syntax/yaml, names/unused, include/failed]"
        )),
        [
            "syntax/bad-value: soon",
            "syntax/bad-value: loud",
            "syntax/bad-value: -1",
            "syntax/bad-value: sync/lock-oder",
            "syntax/bad-value: syntax/yaml",
            "syntax/bad-value: names/unused",
        ]
    );
    assert!(findings(&with("allow: [sync/lock-oder]"))[0].help.contains("`sync/lock-order`"));
}

#[test]
fn objects_and_processes_share_one_namespace_and_targets_have_their_own() {
    assert_eq!(
        told(
            "mpgraph: 1\nqueues: {a: , b: }\nevents: {a: }\ntargets: {b: {steps: [pass]}}\nprocesses: {b: {steps: [pass]}}"
        ),
        ["names/duplicate: a", "names/duplicate: b"]
    );
    let finding = &findings("mpgraph: 1\nqueues: {a: }\nevents: {a: }\nprocesses: {b: {steps: [pass]}}")[0];
    assert_eq!(finding.labels.len(), 2);
    assert!(finding.primary().span > finding.labels[1].span, "the later one is the one to change");
}

#[test]
fn an_instance_of_a_replicated_process_has_a_name_too() {
    let yaml = |replicas| {
        format!("mpgraph: 1\nprocesses: {{A: {{replicas: {replicas}, steps: [pass]}}, A-2: {{steps: [pass]}}}}")
    };
    assert_eq!(told(&yaml(2)), ["names/duplicate: A-2"]);
    assert_eq!(told(&yaml(1)), [""; 0]);
}

#[test]
fn everything_is_told_at_once_and_in_the_order_of_the_text() {
    let yaml = "\
mpgraph: 1
queues:
  tasks: {maxsze: 3, joinable: maybe}
  9lives: {maxsize: -1}
barriers: {gate: {}}
processes:
  A: {steps: [{put: tasks}, {gett: tasks}], daemon: 3}
  B: {command: []}
  C: {}
";
    assert_eq!(
        told(yaml),
        [
            "syntax/unknown-key: maxsze",
            "syntax/wrong-type: maybe",
            "syntax/bad-value: 9lives",
            "syntax/bad-value: -1",
            "syntax/missing-key: gate",
            "syntax/missing-key: put",
            "syntax/unknown-key: gett",
            "syntax/wrong-type: 3",
            "syntax/bad-value: []",
            "syntax/missing-key: C",
        ]
    );
}

#[test]
fn a_root_that_is_no_map_is_no_graph() {
    assert!(told("- 1\n")[0].starts_with("syntax/yaml"));
    assert!(loaded("- 1\n").graph.is_none());
    assert_eq!(told("\u{feff}mpgraph: 1\nprocesses: {main: {steps: [pass]}}"), [""; 0]);
    let loaded = mpgraph::graph::lower::load_text("g.yaml", std::path::Path::new("."), b"a: \xff", &Default::default());
    assert_eq!(loaded.bag.iter().map(|finding| finding.code).collect::<Vec<_>>(), [Code::SyntaxYaml]);
}

#[test]
fn too_many_instances_are_past_the_bound() {
    let yaml = |a, b| {
        format!("mpgraph: 1\nprocesses: {{A: {{replicas: {a}, steps: [pass]}}, B: {{replicas: {b}, steps: [pass]}}}}")
    };
    assert_eq!(told(&yaml(1_000_001, 1)), ["syntax/limit: 1000001"]);
    assert_eq!(told(&yaml(600_000, 500_000)), ["syntax/limit: 500000"]);
    assert_eq!(told(&yaml(600_000, 400_000)), [""; 0]);
}
