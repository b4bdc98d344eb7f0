//! Graphs that are large in one way each.
use std::fmt::Write;

pub struct Shape {
    pub name: &'static str,
    pub graph: fn(usize) -> String,
    /// The largest that is measured.
    pub size: usize,
    /// It has errors, which are reported too.
    pub is_wrong: bool,
}

const fn shape(name: &'static str, size: usize, graph: fn(usize) -> String) -> Shape {
    Shape { name, graph, size, is_wrong: false }
}

pub const SHAPES: &[Shape] = &[
    shape("processes", 10_000, processes),
    shape("one-target", 100_000, one_target),
    shape("after-all", 10_000, after_all),
    shape("after-chain", 10_000, after_chain),
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
    Shape { name: "misspelt", graph: misspelt, size: 2_000, is_wrong: true },
    Shape { name: "rings", graph: rings, size: 2_000, is_wrong: true },
];

fn graph(body: impl FnOnce(&mut String)) -> String {
    let mut text = String::from("mpgraph: 1\n");
    body(&mut text);
    text
}

macro_rules! line {
    ($out:expr, $($text:tt)*) => {
        let _ = writeln!($out, $($text)*);
    };
}

/// Ten steps each, all on one of a hundred queues, events and values.
fn processes(n: usize) -> String {
    graph(|out| {
        line!(out, "queues:");
        (0..100).for_each(|i| {
            line!(out, "  q{i}: {{joinable: true}}");
        });
        line!(out, "values:");
        (0..100).for_each(|i| {
            line!(out, "  v{i}: {{type: i64}}");
        });
        line!(out, "processes:");
        for i in 0..n {
            let q = i % 100;
            line!(out, "  p{i}:\n    steps:\n      - let: {{n: {i}}}\n      - put: q{q}\n        value: ${{n + 1}}");
            line!(
                out,
                "      - get: q{q}\n        into: item\n      - task_done: q{q}\n      - if: item > 3\n        then:"
            );
            line!(out, "          - print: ${{item}} of ${{self.name}}\n        else:\n          - sleep: 10ms");
            line!(
                out,
                "      - add: v{q}\n        by: ${{n}}\n        into: sum\n      - print: got ${{sum}}\n      - for: i\n        in: range(3)\n        do:\n          - print: ${{i}}"
            );
        }
    })
}

fn one_target(n: usize) -> String {
    graph(|out| {
        line!(out, "queues: {{q: }}\ntargets:\n  all:\n    params: {{to: queue}}\n    steps:");
        for i in 0..n {
            match i % 4 {
                0 => {
                    line!(out, "      - put: to\n        value: {i}");
                }
                1 => {
                    line!(out, "      - get: to\n        into: x");
                }
                2 => {
                    line!(out, "      - print: ${{x}}");
                }
                _ => {
                    line!(out, "      - sleep: 1ms");
                }
            }
        }
        line!(out, "processes: {{main: {{target: all, args: {{to: q}}}}}}");
    })
}

fn after_all(n: usize) -> String {
    graph(|out| {
        line!(out, "processes:");
        (0..n).for_each(|i| {
            line!(out, "  p{i}: {{steps: [print: a]}}");
        });
        let all: Vec<String> = (0..n).map(|i| format!("p{i}")).collect();
        line!(out, "  last:\n    after: [{}]\n    steps: [print: b]", all.join(", "));
    })
}

fn after_chain(n: usize) -> String {
    graph(|out| {
        line!(out, "processes:\n  p0: {{steps: [print: a]}}");
        (1..n).for_each(|i| {
            line!(out, "  p{i}: {{after: [p{}], steps: [print: a]}}", i - 1);
        });
    })
}

fn queues(n: usize) -> String {
    graph(|out| {
        line!(out, "queues:");
        (0..n).for_each(|i| {
            line!(out, "  q{i}: {{maxsize: 3}}");
        });
        line!(out, "processes:\n  fill:\n    steps:");
        (0..n).for_each(|i| {
            line!(out, "      - put: q{i}\n        value: {i}");
        });
        line!(out, "  empty:\n    steps:");
        (0..n).for_each(|i| {
            line!(out, "      - get: q{i}\n        into: x\n      - print: ${{x}}");
        });
    })
}

fn events(n: usize) -> String {
    graph(|out| {
        line!(out, "events:");
        (0..n).for_each(|i| {
            line!(out, "  e{i}:");
        });
        line!(out, "processes:");
        (0..n).for_each(|i| {
            line!(out, "  s{i}: {{steps: [set: e{i}]}}\n  w{i}: {{steps: [wait: e{i}]}}");
        });
    })
}

fn targets(n: usize) -> String {
    graph(|out| {
        line!(out, "queues: {{q: }}\ntargets:");
        for i in 0..n {
            line!(
                out,
                "  t{i}: {{params: {{to: queue, n: int}}, steps: [{{put: to, value: \"${{n}}\"}}, {{get: to}}]}}"
            );
        }
        line!(out, "processes:");
        (0..n).for_each(|i| {
            line!(out, "  p{i}: {{target: t{i}, args: {{to: q, n: {i}}}}}");
        });
    })
}

fn arguments(n: usize) -> String {
    graph(|out| {
        line!(out, "targets:\n  all:\n    params:");
        (0..n).for_each(|i| {
            line!(out, "      a{i}: int");
        });
        line!(out, "    steps:");
        (0..n).for_each(|i| {
            line!(out, "      - print: ${{a{i}}}");
        });
        line!(out, "processes:\n  main:\n    target: all\n    args:");
        (0..n).for_each(|i| {
            line!(out, "      a{i}: {i}");
        });
    })
}

fn variables(n: usize) -> String {
    graph(|out| {
        line!(out, "processes:\n  main:\n    steps:");
        (0..n).for_each(|i| {
            line!(out, "      - let: {{x{i}: {i}}}\n      - print: ${{x{i}}}");
        });
    })
}

fn if_chain(n: usize) -> String {
    graph(|out| {
        line!(out, "locks: {{l: }}\nprocesses:\n  main:\n    steps:\n      - let: {{x: 1}}");
        for i in 0..n {
            line!(
                out,
                "      - if: x == {i}\n        then: [acquire: l, print: a, release: l]\n        else: [let: {{x: {i}}}]"
            );
        }
    })
}

/// Blocks in blocks, as deep as a graph may be.
fn nesting(n: usize) -> String {
    graph(|out| {
        line!(out, "processes:\n  main:\n    steps:");
        for _ in 0..n / 25 {
            let mut indent = 6;
            for i in 0..25 {
                line!(out, "{:indent$}- for: i{i}\n{:indent$}  in: range(2)\n{:indent$}  do:", "", "", "");
                indent += 4;
            }
            line!(out, "{:indent$}- print: ${{i0 + i24}}", "");
            for i in (1..24).rev() {
                indent -= 4;
                line!(out, "{:indent$}- print: ${{i{}}}", "", i);
            }
        }
    })
}

fn tries(n: usize) -> String {
    graph(|out| {
        line!(out, "queues: {{q: }}\nprocesses:\n  main:\n    steps:");
        for i in 0..n {
            line!(out, "      - try: [{{put: q, value: {i}, timeout: 1s}}, {{get: q, into: x, timeout: 1s}}]");
            line!(
                out,
                "        except: {{Empty: [print: empty], any: [print: '${{error.type}}']}}\n        finally: [print: done]"
            );
        }
    })
}

fn locks(n: usize) -> String {
    graph(|out| {
        line!(out, "locks:");
        (0..n).for_each(|i| {
            line!(out, "  l{i}:");
        });
        line!(out, "processes:");
        for p in 0..2 {
            line!(out, "  p{p}:\n    steps:");
            (0..n).for_each(|i| {
                line!(out, "      - with: l{i}\n        do: [print: a]");
            });
        }
    })
}

/// Each is taken while all those before it are held.
fn locks_held(n: usize) -> String {
    graph(|out| {
        line!(out, "locks:");
        (0..n).for_each(|i| {
            line!(out, "  l{i}:");
        });
        line!(out, "processes:");
        for p in 0..2 {
            line!(out, "  p{p}:\n    steps:");
            (0..n).for_each(|i| {
                line!(out, "      - acquire: l{i}");
            });
            (0..n).rev().for_each(|i| {
                line!(out, "      - release: l{i}");
            });
        }
    })
}

fn one_lock(n: usize) -> String {
    graph(|out| {
        line!(out, "locks: {{l: }}\nvalues: {{v: {{type: i64}}}}\nprocesses:");
        for i in 0..n {
            line!(
                out,
                "  p{i}:\n    steps:\n      - with: l\n        do:\n          - read: v\n            into: x\n          - write: v\n            value: ${{x + 1}}"
            );
        }
    })
}

fn values(n: usize) -> String {
    graph(|out| {
        line!(out, "values:");
        (0..n).for_each(|i| {
            line!(out, "  v{i}: {{type: i64}}");
        });
        line!(out, "processes:");
        for p in 0..2 {
            line!(out, "  p{p}:\n    steps:");
            (0..n).for_each(|i| {
                line!(out, "      - add: v{i}\n        into: x\n      - print: ${{x}}");
            });
        }
    })
}

fn one_value(n: usize) -> String {
    graph(|out| {
        line!(out, "values: {{v: {{type: i64}}}}\nprocesses:");
        (0..n).for_each(|i| {
            line!(out, "  p{i}:\n    steps:\n      - add: v\n        by: {i}\n        into: x\n      - print: ${{x}}");
        });
    })
}

fn expectations(n: usize) -> String {
    graph(|out| {
        line!(out, "queues:");
        (0..n).for_each(|i| {
            line!(out, "  q{i}: {{items: [1, 2]}}");
        });
        line!(out, "processes:");
        (0..n).for_each(|i| {
            line!(out, "  p{i}: {{steps: [print: a{i}]}}");
        });
        line!(out, "expect:\n  processes:");
        (0..n).for_each(|i| {
            line!(out, "    p{i}: {{exit: 0, stdout: [a{i}]}}");
        });
        line!(out, "  queues:");
        (0..n).for_each(|i| {
            line!(out, "    q{i}: [1, 2]");
        });
    })
}

fn expressions(n: usize) -> String {
    graph(|out| {
        line!(
            out,
            "params: {{n: 3}}\nprocesses:\n  main:\n    steps:\n      - let: {{xs: '${{range(n).map(i, i * 2)}}'}}"
        );
        for i in 0..n {
            line!(
                out,
                "      - print: \"${{len(xs) > {i} ? str(xs[0] + {i}) : join(xs.map(x, str(x)), ', ')}} and ${{n}}\""
            );
        }
    })
}

/// Every name is off by a letter, so that each is compared with all.
fn misspelt(n: usize) -> String {
    graph(|out| {
        line!(out, "queues:");
        (0..n).for_each(|i| {
            line!(out, "  queue_{i}: {{maksize: 1}}");
        });
        line!(out, "processes:\n  main:\n    steps:");
        (0..n).for_each(|i| {
            line!(out, "      - put: qeue_{i}\n        value: ${{nothing_{i}}}");
        });
    })
}

fn rings(n: usize) -> String {
    graph(|out| {
        line!(out, "processes:");
        for i in 0..n {
            line!(out, "  a{i}: {{after: [b{i}], steps: [print: a]}}\n  b{i}: {{after: [a{i}], steps: [print: a]}}");
        }
    })
}
