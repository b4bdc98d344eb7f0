//! Graphs that are large in one way each.
pub struct Shape {
    pub name: &'static str,
    pub graph: fn(usize) -> String,
    /// The largest that is measured.
    pub size: usize,
    /// It has errors, which are reported too.
    pub is_wrong: bool,
}

pub const fn shape(name: &'static str, size: usize, graph: fn(usize) -> String) -> Shape {
    Shape { name, graph, size, is_wrong: false }
}

pub const SHAPES: &[Shape] = &[
    shape("processes", 10_000, processes),
    shape("one-target", 100_000, one_target),
    shape("after-all", 10_000, after_all),
    shape("after-chain", 10_000, after_chain),
    shape("starts", 10_000, starts),
    shape("queues", 10_000, queues),
    shape("events", 10_000, events),
    shape("targets", 10_000, targets),
    shape("arguments", 10_000, arguments),
    shape("variables", 10_000, variables),
    shape("if-chain", 10_000, if_chain),
    shape("nesting", 10_000, nesting),
    shape("tries", 10_000, tries),
    shape("locks", 10_000, locks),
    shape("locks-held", 200, locks_held),
    shape("one-lock", 10_000, one_lock),
    shape("values", 10_000, values),
    shape("one-value", 10_000, one_value),
    shape("expectations", 10_000, expectations),
    shape("expressions", 10_000, expressions),
];

/// What `text` says of each of so many, one behind the other.
pub fn many(n: usize, text: impl Fn(usize) -> String) -> String {
    (0..n).map(text).collect()
}

pub fn graph(body: String) -> String {
    format!("mpgraph: 1\n{body}")
}

/// Ten steps each, all on one of a hundred queues, events and values.
fn processes(n: usize) -> String {
    let queues = many(100, |i| format!("  q{i}: {{joinable: true}}\n"));
    let values = many(100, |i| format!("  v{i}: {{type: i64}}\n"));
    let processes = many(n, |i| {
        let q = i % 100;
        format!(
            "  p{i}:
    steps:
      - let: {{n: {i}}}
      - put: q{q}
        value: ${{n + 1}}
      - get: q{q}
        into: item
      - task_done: q{q}
      - if: item > 3
        then:
          - print: ${{item}} of ${{self.name}}
        else:
          - sleep: 10ms
      - add: v{q}
        by: ${{n}}
        into: sum
      - print: got ${{sum}}
      - for: i
        in: range(3)
        do:
          - print: ${{i}}
"
        )
    });
    graph(format!("queues:\n{queues}values:\n{values}processes:\n{processes}"))
}

fn one_target(n: usize) -> String {
    let steps = many(n, |i| match i % 4 {
        0 => format!("      - put: to\n        value: {i}\n"),
        1 => "      - get: to\n        into: x\n".to_owned(),
        2 => "      - print: ${x}\n".to_owned(),
        _ => "      - sleep: 1ms\n".to_owned(),
    });
    graph(format!(
        "queues: {{q: }}
targets:
  all:
    params: {{to: queue}}
    steps:
{steps}processes: {{main: {{target: all, args: {{to: q}}}}}}
"
    ))
}

fn after_all(n: usize) -> String {
    let processes = many(n, |i| format!("  p{i}: {{steps: [print: a]}}\n"));
    let names = many(n, |i| format!("p{i}, "));
    graph(format!("processes:\n{processes}  last:\n    after: [{names}]\n    steps: [print: b]\n"))
}

fn after_chain(n: usize) -> String {
    let processes = many(n, |i| format!("  p{}: {{after: [p{i}], steps: [print: a]}}\n", i + 1));
    graph(format!("processes:\n  p0: {{steps: [print: a]}}\n{processes}"))
}

fn starts(n: usize) -> String {
    let processes = many(n, |i| format!("  p{i}: {{start: manual, steps: [print: a]}}\n"));
    let started = many(n, |i| format!("      - start: p{i}\n"));
    let joined = many(n, |i| format!("      - join: p{i}\n"));
    graph(format!("processes:\n{processes}  main:\n    steps:\n{started}{joined}"))
}

fn queues(n: usize) -> String {
    let queues = many(n, |i| format!("  q{i}: {{maxsize: 3}}\n"));
    let puts = many(n, |i| format!("      - put: q{i}\n        value: {i}\n"));
    let gets = many(n, |i| format!("      - get: q{i}\n        into: x\n      - print: ${{x}}\n"));
    graph(format!("queues:\n{queues}processes:\n  fill:\n    steps:\n{puts}  empty:\n    steps:\n{gets}"))
}

fn events(n: usize) -> String {
    let events = many(n, |i| format!("  e{i}:\n"));
    let pairs = many(n, |i| format!("  s{i}: {{steps: [set: e{i}]}}\n  w{i}: {{steps: [wait: e{i}]}}\n"));
    graph(format!("events:\n{events}processes:\n{pairs}"))
}

fn targets(n: usize) -> String {
    let targets = many(n, |i| {
        format!("  t{i}: {{params: {{to: queue, n: int}}, steps: [{{put: to, value: \"${{n}}\"}}, {{get: to}}]}}\n")
    });
    let processes = many(n, |i| format!("  p{i}: {{target: t{i}, args: {{to: q, n: {i}}}}}\n"));
    graph(format!("queues: {{q: }}\ntargets:\n{targets}processes:\n{processes}"))
}

fn arguments(n: usize) -> String {
    let params = many(n, |i| format!("      a{i}: int\n"));
    let steps = many(n, |i| format!("      - print: ${{a{i}}}\n"));
    let args = many(n, |i| format!("      a{i}: {i}\n"));
    graph(format!(
        "targets:
  all:
    params:
{params}    steps:
{steps}processes:
  main:
    target: all
    args:
{args}"
    ))
}

/// One process of these steps.
fn main_of(declared: &str, steps: String) -> String {
    graph(format!("{declared}processes:\n  main:\n    steps:\n{steps}"))
}

fn variables(n: usize) -> String {
    main_of("", many(n, |i| format!("      - let: {{x{i}: {i}}}\n      - print: ${{x{i}}}\n")))
}

fn if_chain(n: usize) -> String {
    let steps = many(n, |i| {
        format!(
            "      - if: x == {i}
        then: [acquire: l, print: a, release: l]
        else: [let: {{x: {i}}}]
"
        )
    });
    main_of("locks: {l: }\n", format!("      - let: {{x: 1}}\n{steps}"))
}

/// Blocks in blocks, as deep as a graph may be.
fn nesting(n: usize) -> String {
    const DEEP: usize = 25;
    let dent = |depth: usize| " ".repeat(6 + 4 * depth);
    let opened = many(DEEP, |i| format!("{0}- for: i{i}\n{0}  in: range(2)\n{0}  do:\n", dent(i)));
    let innermost = format!("{}- print: ${{i0 + i24}}\n", dent(DEEP));
    let closed = many(DEEP - 2, |i| format!("{}- print: ${{i{}}}\n", dent(DEEP - 1 - i), DEEP - 2 - i));
    main_of("", many(n / DEEP, |_| format!("{opened}{innermost}{closed}")))
}

fn tries(n: usize) -> String {
    let steps = many(n, |i| {
        format!(
            "      - try: [{{put: q, value: {i}, timeout: 1s}}, {{get: q, into: x, timeout: 1s}}]
        except: {{Empty: [print: empty], any: [print: '${{error.type}}']}}
        finally: [print: done]
"
        )
    });
    main_of("queues: {q: }\n", steps)
}

/// Two processes of the same steps.
fn two_of(declared: String, steps: &str) -> String {
    let processes = many(2, |p| format!("  p{p}:\n    steps:\n{steps}"));
    graph(format!("{declared}processes:\n{processes}"))
}

fn locks(n: usize) -> String {
    let locks = many(n, |i| format!("  l{i}:\n"));
    let steps = many(n, |i| format!("      - with: l{i}\n        do: [print: a]\n"));
    two_of(format!("locks:\n{locks}"), &steps)
}

/// Each is taken while all those before it are held.
fn locks_held(n: usize) -> String {
    let locks = many(n, |i| format!("  l{i}:\n"));
    let taken = many(n, |i| format!("      - acquire: l{i}\n"));
    let given = many(n, |i| format!("      - release: l{}\n", n - 1 - i));
    two_of(format!("locks:\n{locks}"), &format!("{taken}{given}"))
}

fn one_lock(n: usize) -> String {
    let processes = many(n, |i| {
        format!(
            "  p{i}:
    steps:
      - with: l
        do:
          - read: v
            into: x
          - write: v
            value: ${{x + 1}}
"
        )
    });
    graph(format!("locks: {{l: }}\nvalues: {{v: {{type: i64}}}}\nprocesses:\n{processes}"))
}

fn values(n: usize) -> String {
    let values = many(n, |i| format!("  v{i}: {{type: i64}}\n"));
    let steps = many(n, |i| format!("      - add: v{i}\n        into: x\n      - print: ${{x}}\n"));
    two_of(format!("values:\n{values}"), &steps)
}

fn one_value(n: usize) -> String {
    let processes = many(n, |i| {
        format!("  p{i}:\n    steps:\n      - add: v\n        by: {i}\n        into: x\n      - print: ${{x}}\n")
    });
    graph(format!("values: {{v: {{type: i64}}}}\nprocesses:\n{processes}"))
}

fn expectations(n: usize) -> String {
    let queues = many(n, |i| format!("  q{i}: {{items: [1, 2]}}\n"));
    let processes = many(n, |i| format!("  p{i}: {{steps: [print: a{i}]}}\n"));
    let ends = many(n, |i| format!("    p{i}: {{exit: 0, stdout: [a{i}]}}\n"));
    let left = many(n, |i| format!("    q{i}: [1, 2]\n"));
    graph(format!("queues:\n{queues}processes:\n{processes}expect:\n  processes:\n{ends}  queues:\n{left}"))
}

fn expressions(n: usize) -> String {
    let steps = many(n, |i| {
        format!("      - print: \"${{len(xs) > {i} ? str(xs[0] + {i}) : join(xs.map(x, str(x)), ', ')}} and ${{n}}\"\n")
    });
    main_of("params: {n: 3}\n", format!("      - let: {{xs: '${{range(n).map(i, i * 2)}}'}}\n{steps}"))
}
