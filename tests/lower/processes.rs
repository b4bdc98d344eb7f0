//! Processes: one body, and how it lives.
use crate::{graph, process, told};
use mpgraph::graph::{Body, ExitPattern, Format, Process, Start, Stdin, Stdout};
use mpgraph::value::Value;

fn one(attributes: &str) -> Process {
    graph(&process(attributes)).processes.remove(0)
}

fn bad(attributes: &str, finding: &str) {
    assert_eq!(told(&process(attributes)), [finding], "{attributes}");
}

#[test]
fn a_process_has_exactly_one_body() {
    bad("daemon: true", "syntax/missing-key: main");
    bad("steps: [pass]\ncommand: [ls]", "syntax/conflict: command");
    bad("shell: ls\ntarget: t\nsteps: [pass]", "syntax/conflict: target");
    bad("steps: [pass]\nargs: {a: 1}", "syntax/conflict: args");
    bad("args: {a: 1}", "syntax/missing-key: main");
    assert_eq!(told("mpgraph: 1\nprocesses: {main: }"), ["syntax/missing-key: main"]);
    assert_eq!(told("mpgraph: 1\nprocesses: {main: [pass]}"), ["syntax/wrong-type: [pass]"]);
}

#[test]
fn what_is_wrong_inside_a_second_body_is_told_too() {
    let yaml = process("steps: [pass]\ncommand: [a, [b]]");
    assert_eq!(told(&yaml), ["syntax/conflict: command", "syntax/wrong-type: [b]"]);
}

#[test]
fn the_four_bodies_are_read() {
    let Body::Target { target, args, .. } = one("target: work\nargs: {tasks: tasks, n: '${3}', pause: 100ms}").body
    else {
        panic!()
    };
    assert_eq!((target.value.as_str(), args.len()), ("work", 3));
    assert_eq!(args[0].value.constant(), Some(&Value::from("tasks")));
    let Body::Command(words, _) = one("command: [sleep, 010, 1.50, true, 'x ${self.name}']").body else { panic!() };
    let constants: Vec<Option<&Value>> = words.iter().map(|word| word.constant()).collect();
    let text = |text: &str| Value::from(text);
    assert_eq!(constants, [Some(&text("sleep")), Some(&text("010")), Some(&text("1.50")), Some(&text("true")), None]);
    assert!(matches!(one("shell: |\n  echo $HOME\n  echo $${HOME}").body, Body::Shell(..)));
    assert!(matches!(one("steps:").body, Body::Steps(steps) if steps.is_empty()));
}

#[test]
fn a_missing_argument_has_a_place_to_be_shown() {
    let yaml = process("target: work");
    let graph = graph(&yaml);
    let Body::Target { args_span, .. } = &graph.processes[0].body else { panic!() };
    assert_eq!(&yaml[args_span.start as usize..args_span.end as usize], "target");
}

#[test]
fn bodies_of_the_wrong_type_are_told() {
    bad("command: ls -l", "syntax/wrong-type: ls -l");
    bad("command: []", "syntax/bad-value: []");
    bad("command: [a, {b: c}]", "syntax/wrong-type: {b: c}");
    bad("shell: [ls]", "syntax/wrong-type: [ls]");
    bad("target: 3", "syntax/wrong-type: 3");
    bad("target: '${t}'", "syntax/bad-value: '${t}'");
    bad("steps: {print: a}", "syntax/wrong-type: {print: a}");
}

#[test]
fn replicas_are_an_expression_over_the_parameters() {
    let count = |text: &str| {
        let yaml = format!("mpgraph: 1\nparams: {{n: 2}}\nprocesses:\n  w:\n    replicas: {text}\n    steps: [pass]");
        graph(&yaml).processes[0].replicas.as_ref().map(|replicas| replicas.value)
    };
    assert_eq!(count("3"), Some(3));
    assert_eq!(count("n"), Some(2));
    assert_eq!(count("${n + 1}"), Some(3));
    assert_eq!(count("2 * n"), Some(4));
    assert_eq!(count("0"), Some(0));
    assert!(graph(&process("steps: [pass]")).processes[0].replicas.is_none());
    bad("replicas: -1\nsteps: [pass]", "syntax/bad-value: -1");
    bad("replicas: 1.5\nsteps: [pass]", "syntax/wrong-type: 1.5");
    bad("replicas: [1]\nsteps: [pass]", "syntax/wrong-type: [1]");
    bad("replicas: many\nsteps: [pass]", "names/unknown: many");
    bad("replicas: \"'2'\"\nsteps: [pass]", "syntax/wrong-type: \"'2'\"");
    bad("replicas: 1 +\nsteps: [pass]", told(&process("replicas: 1 +\nsteps: [pass]"))[0].clone().as_str());
}

#[test]
fn how_it_lives_is_read() {
    let process = one("\
steps: [pass]
start: manual
after: [A, {B: exited}]
threads: 3
daemon: true
uses: [tasks.get, chan.a.recv]
env: {PORT: 8080, NAME: 'x${self.index}', FLAG: true}
cwd: sub
timeout: 2m
limits: {memory: 1GiB, cpu: 10s, files: 64}
restart: {on: failure, max: 2, backoff: 100ms}");
    assert_eq!(process.start, Start::Manual);
    let after: Vec<(&str, bool)> =
        process.after.iter().map(|after| (after.process.value.as_str(), after.any_end)).collect();
    assert_eq!(after, [("A", false), ("B", true)]);
    assert_eq!((process.threads.value, process.threaded, process.daemon), (3, true, true));
    assert_eq!(process.uses.unwrap()[1].value, "chan.a.recv");
    assert_eq!(process.env[0].1.constant(), Some(&Value::from("8080")));
    assert_eq!((process.env.len(), process.timeout.unwrap().as_secs()), (3, 120));
    assert_eq!((process.limits.memory, process.limits.files), (Some(1 << 30), Some(64)));
    let restart = process.restart.unwrap();
    assert_eq!((restart.max, restart.backoff.as_millis()), (2, 100));
    assert!(one("steps: [pass]\nrestart: never").restart.is_none());
}

#[test]
fn what_it_cannot_live_by_is_told() {
    bad("steps: [pass]\nthreads: 0", "syntax/bad-value: 0");
    bad("command: [ls]\nthreads: 2", "syntax/conflict: threads");
    bad("steps: [pass]\nmodel: [pass]", "syntax/conflict: model");
    bad("steps: [pass]\nstart: later", "syntax/bad-value: later");
    bad("steps: [pass]\nafter: A", "syntax/wrong-type: A");
    bad("steps: [pass]\nafter: [{A: started}]", "syntax/bad-value: started");
    bad("steps: [pass]\nafter: [3]", "syntax/wrong-type: 3");
    bad("steps: [pass]\nuses: tasks", "syntax/wrong-type: tasks");
    bad("steps: [pass]\nenv: [A]", "syntax/wrong-type: [A]");
    bad("steps: [pass]\nenv: {A: [1]}", "syntax/wrong-type: [1]");
    bad("steps: [pass]\nenv: {A=B: 1}", "syntax/bad-value: A=B");
    bad("steps: [pass]\ntimeout: -1", "syntax/bad-value: -1");
    bad("steps: [pass]\nlimits: {memory: lots}", "syntax/bad-value: lots");
    bad("steps: [pass]\nlimits: {memory: 1.5}", "syntax/wrong-type: 1.5");
    bad("steps: [pass]\nrestart: always", "syntax/bad-value: always");
    bad("steps: [pass]\nrestart: {max: 3}", "syntax/missing-key: restart");
    bad("steps: [pass]\nrestart: {on: always}", "syntax/bad-value: always");
}

#[test]
fn names_of_processes_may_have_dashes_and_those_of_others_may_not() {
    assert_eq!(told("mpgraph: 1\nprocesses: {worker-a: {steps: [pass]}}"), [""; 0]);
    assert_eq!(told("mpgraph: 1\nprocesses: {'worker a': {steps: [pass]}}"), ["syntax/bad-value: 'worker a'"]);
    assert_eq!(told("mpgraph: 1\nprocesses: {-a: {steps: [pass]}}"), ["syntax/bad-value: -a"]);
}

#[test]
fn streams_take_every_form() {
    assert!(matches!(one("command: [cat]").stdin, Stdin::Null));
    assert!(matches!(one("command: [cat]").stdout, Stdout::Captured));
    assert!(matches!(one("command: [cat]\nstdin: null").stdin, Stdin::Null));
    assert!(matches!(one("command: [cat]\nstdout: null").stdout, Stdout::Null));
    assert!(matches!(one("command: [cat]\nstderr: 'null'").stderr, Stdout::Null));
    assert!(matches!(one("command: [cat]\nstdin: inherit").stdin, Stdin::Inherit));
    assert!(matches!(one("command: [cat]\nstdin: {file: in.txt}").stdin, Stdin::File(..)));
    assert!(matches!(one("command: [cat]\nstdin: {pipe: chan.a}").stdin, Stdin::Pipe(end) if end.value == "chan.a"));
    let stdout = one("command: [cat]\nstdout: {queue: q, format: json}").stdout;
    assert!(matches!(stdout, Stdout::Queue { format: Format::Json, .. }));
    let stdin = one("command: [cat]\nstdin: {queue: q}").stdin;
    assert!(matches!(stdin, Stdin::Queue { format: Format::Lines, .. }));
}

#[test]
fn streams_of_no_form_are_told() {
    bad("command: [cat]\nstdin: keyboard", "syntax/bad-value: keyboard");
    bad("command: [cat]\nstdin: 3", "syntax/wrong-type: 3");
    bad("command: [cat]\nstdin: {file: a, queue: q}", "syntax/conflict: queue");
    bad("command: [cat]\nstdin: {path: a}", "syntax/unknown-key: path");
    bad("command: [cat]\nstdin: {}", "syntax/missing-key: stdin");
    bad("command: [cat]\nstdin: {queue: q, format: xml}", "syntax/bad-value: xml");
    bad("command: [cat]\nstdin: {file: a, format: json}", "syntax/unknown-key: format");
    bad("command: [cat]\nstdout: {pipe: [a]}", "syntax/wrong-type: [a]");
}

#[test]
fn targets_have_parameters_with_kinds() {
    let graph = graph(
        "mpgraph: 1\ntargets: {t: {params: {q: queue, p: process, d: duration}, steps: []}}\nprocesses: {main: {target: t}}",
    );
    let kinds: Vec<&str> = graph.targets[0].params.iter().map(|param| param.kind.name()).collect();
    assert_eq!(kinds, ["queue", "process", "duration"]);
    let told = |target: &str| told(&format!("mpgraph: 1\ntargets: {target}\nprocesses: {{main: {{target: t}}}}"));
    assert_eq!(told("{t: {params: {q: que}, steps: []}}"), ["syntax/bad-value: que"]);
    assert_eq!(told("{t: {params: {q: [queue]}, steps: []}}"), ["syntax/wrong-type: [queue]"]);
    assert_eq!(told("{t: {params: {in: queue}, steps: []}}"), [""; 0]);
    assert_eq!(told("{t: {params: {in: int}, steps: []}}"), ["syntax/bad-value: in"]);
    assert_eq!(told("{t: {params: [q], steps: []}}"), ["syntax/wrong-type: [q]"]);
    assert_eq!(told("{t: {params: {}}}"), ["syntax/missing-key: t"]);
    assert_eq!(told("{t: 3}"), ["syntax/wrong-type: 3"]);
    assert_eq!(told("{t-1: {steps: []}}"), ["syntax/bad-value: t-1"]);
}

#[test]
fn exit_patterns_know_signals_by_name() {
    let graph = graph(
        "mpgraph: 1\nprocesses: {main: {steps: [pass]}}\nexpect: {processes: {main: {exit: [3, -9, SIGTERM, nonzero]}}}",
    );
    let exit = graph.expect.unwrap().processes.remove(0).1.exit.unwrap();
    let patterns: Vec<ExitPattern> = exit.value.iter().map(|pattern| pattern.value).collect();
    use ExitPattern::{Code, Nonzero};
    assert_eq!(patterns, [Code(3), Code(-9), Code(-15), Nonzero]);
}
