//! Graphs with a few processes that do a few things to objects of every kind.
use crate::expr::Random;
use std::fmt::Write;

const OBJECTS: &str = "mpgraph: 1
queues:
  q: {maxsize: 1}
  r: {joinable: true}
  s: {joinable: true, redeliver: true, items: [1]}
  o: {joinable: true, maxsize: 2}
pipes: {p: , d: {duplex: false}, y: {duplex: false, mode: bytes, capacity: 2}}
events: {e: , f: }
barriers: {b: {parties: 2}, h: {parties: 2, timeout: 1s}}
locks: {l: , m: {recursive: true}, n: }
semaphores: {u: {value: 1, bounded: true}, v: {value: 0}}
conditions: {c: {lock: l}, k: }
values: {x: {type: i8}, z: {type: i8}}
arrays: {a: {type: i8, length: 2}}
pools: {w: {processes: 1}, ww: {processes: 2}}
targets:
  job: {params: {n: int}, steps: [{add: x}, {return: \"${n + 1}\"}]}
processes:
";

/// Not reported: what the generator does not care about.
const ALLOWED: &str = "allow: [wiring/no-consumer, wiring/shared-end, sync/lock-order, sync/not-released, \
                       sync/unprotected-update, sync/task-done, flow/unreachable]\n";

/// How many kinds of steps there are; those from the second number on contain others.
const KINDS: i64 = 46;
const PLAIN: i64 = 36;

/// `focus`: kinds of steps to choose from, or none for all.
pub(super) fn graph(random: &mut Random, focus: &[i64]) -> String {
    let mut text = String::from(OBJECTS);
    let count = random.int(2, 3);
    // Few kinds of steps in one graph, so that they meet.
    let mut palette: Vec<i64> = (0..random.int(3, 7)).map(|_| random.int(0, KINDS - 1)).collect();
    if !focus.is_empty() {
        palette.truncate(1);
        palette.extend(focus);
        palette.extend(focus);
    }
    for number in 0..count {
        let name = ["A", "B", "C"][number as usize];
        let _ = writeln!(text, "  {name}:");
        match random.int(0, 7) {
            0 | 1 => text.push_str("    replicas: 2\n"),
            2 => text.push_str("    threads: 2\n"),
            _ => {}
        }
        match random.int(0, 15) {
            0 | 1 if number > 0 => text.push_str("    daemon: true\n"),
            2 | 3 if number > 0 => text.push_str("    after: [{A: exited}]\n"),
            4 if number > 0 => text.push_str("    start: manual\n"),
            5 => text.push_str("    timeout: 2s\n"),
            6 => text.push_str("    restart: {on: failure, max: 1, backoff: 1s}\n"),
            _ => {}
        }
        let _ = writeln!(text, "    steps:");
        for _ in 0..random.int(1, 4) {
            step(random, &palette, (6, 2), number as usize, &mut text);
        }
    }
    if random.int(0, 3) == 0 {
        text.push_str(match random.int(0, 2) {
            0 => "expect: {stdout: [one, two]}\n",
            1 => "expect: {stdout: {contains: [one], count: 2}, values: {x: {min: 0, max: 2}}}\n",
            _ => "expect: {processes: {A: {exit: [0, 1, -9, -15], stdout: {any_order: [one, two]}}}}\n",
        });
    }
    text.push_str(ALLOWED);
    text
}

/// One step of the process of this number; it may end or start the one before it. `indent`, and how deep steps may
/// still be inside one another.
fn step(random: &mut Random, palette: &[i64], (indent, depth): (usize, u32), own: usize, text: &mut String) {
    let verb = palette[random.int(0, palette.len() as i64 - 1) as usize];
    let verb = if depth == 0 { verb % PLAIN } else { verb };
    let pad = " ".repeat(indent);
    if verb >= PLAIN {
        return nest(random, palette, (indent, depth), (own, verb), text);
    }
    let line = plain(random, verb, own);
    let _ = writeln!(text, "{pad}- {line}");
}

fn of(random: &mut Random, all: &[&str]) -> String {
    all[random.int(0, all.len() as i64 - 1) as usize].to_owned()
}

/// A step with no other in it.
fn plain(random: &mut Random, verb: i64, own: usize) -> String {
    let queue = of(random, &["q", "r", "s", "o"]);
    let limit = of(random, &["", "", ", block: false", ", timeout: 1s"]);
    let timeout = of(random, &["", "", ", timeout: 1s", ", timeout: 2s"]);
    let cell = of(random, &["x", "z"]);
    match verb {
        0 | 1 => format!("{{put: {queue}, value: {}{limit}}}", random.int(0, 1)),
        2 | 3 => format!("{{get: {queue}, into: g{limit}}}"),
        4 => format!("{{task_done: {}}}", of(random, &["r", "s", "o"])),
        5 => format!("{{join: {}{timeout}}}", of(random, &["r", "s", "o"])),
        6 => format!("{{close: {queue}}}"),
        7 => format!("{{send: {}, value: ab}}", of(random, &["p.a", "p.b", "d.writer", "y.writer"])),
        8 => of(random, &["{recv: p.a", "{recv: p.b", "{recv: d.reader", "{recv: y.reader"]) + &timeout + "}",
        9 => format!("{{close: {}}}", of(random, &["p.a", "p.b", "d.reader", "d.writer", "y.writer", "y.reader"])),
        10 | 11 => format!("{{acquire: {}{limit}}}", of(random, &["l", "m", "n", "u", "v"])),
        12 | 13 => format!("{{release: {}}}", of(random, &["u", "v", "n"])),
        14 => format!("{{wait: {}{timeout}, into: t}}", of(random, &["e", "f"])),
        15 => format!("{{set: {}}}", of(random, &["e", "f"])),
        16 => of(random, &["{clear: e}", "{clear: f}", "{read: e.is_set, into: n1}"]),
        17 => of(random, &["{wait: b", "{wait: h", "{wait: b, into: i"]) + &timeout + "}",
        18 => of(random, &["{abort: b}", "{reset: b}", "{read: b.n_waiting, into: n1}", "{reset: h}", "{abort: h}"]),
        19 | 20 => format!("{{read: {cell}, into: z1}}"),
        21 => of(random, &["{write: x, value: 0}", "{write: x, value: 1}", "{write: z, value: \"${self.index}\"}"]),
        22 => of(random, &["{add: x}", "{add: z}", "{add: x, by: -1}", "{add: x, into: z1}", "{add: a, index: 1}"]),
        23 => format!("{{read: {queue}.{}, into: n1}}", of(random, &["qsize", "empty", "full", "unfinished"])),
        24 => format!("{{wait: [q, p.a, d.reader, e]{timeout}, into: n1}}"),
        25 => "{apply: w, target: job, args: {n: 1}, into: n1}".into(),
        26 if own > 0 => of(
            random,
            &["{kill: A}", "{terminate: A}", "{join: A}", "{read: A.is_alive, into: n1}", "{join: A, timeout: 1s}"],
        ),
        26 => "{write: a, index: 1, value: 2}".into(),
        27 => of(random, &["{sleep: 1s}", "{sleep: 2s}", "{raise: oops}", "{exit: 0}", "{exit: 3}"]),
        28 => of(random, &["{print: one}", "{print: two}", "{print: \"${self.index}\"}"]),
        29 => of(random, &["{read: a, into: n1}", "{read: a, index: 0, into: n1}", "{write: a, index: 0, value: 1}"]),
        30 if own > 0 => of(random, &["{read: A.exitcode, into: n1}", "{read: active_children, into: n1}"]),
        30 => of(random, &["{start: B}", "{read: l.locked, into: n1}", "{read: v.value, into: n1}"]),
        31 => "{map: ww, target: job, over: [1, 2], into: n1}".into(),
        32 => of(random, &["{recv: p.a, into: g", "{recv: d.reader, into: g"]) + &timeout + "}",
        33 => of(random, &["{read: d.reader.poll, into: n1}", "{read: p.a.poll, into: n1}"]),
        34 => "{read: clock, into: n1}".into(),
        _ => of(random, &["pass", "{let: {n1: 1}}", "{log: word}"]),
    }
}

/// Steps with others in them.
fn nest(
    random: &mut Random,
    palette: &[i64],
    (indent, depth): (usize, u32),
    (own, verb): (usize, i64),
    text: &mut String,
) {
    let pad = " ".repeat(indent);
    let cell = of(random, &["x", "z"]);
    let queue = of(random, &["q", "r", "s", "o"]);
    let timeout = of(random, &["", "", ", timeout: 1s", ", timeout: 2s"]);
    let inner = |random: &mut Random, text: &mut String| {
        step(random, palette, (indent + 4, depth - 1), own, text);
    };
    match verb {
        36 => {
            let lock = of(random, &["l", "m", "n", "u", "k"]);
            let _ = writeln!(text, "{pad}- with: {lock}\n{pad}  do:");
            inner(random, text);
        }
        37 | 38 => {
            let of = of(random, &["c", "k"]);
            let what = match random.int(0, 2) {
                0 => format!("{{wait: {of}{timeout}}}"),
                1 => format!("{{notify: {of}, n: all}}"),
                _ => format!("{{notify: {of}}}"),
            };
            let _ = writeln!(text, "{pad}- with: {of}\n{pad}  do: [{what}]");
        }
        39 => {
            let _ = writeln!(text, "{pad}- repeat: 2\n{pad}  do:");
            inner(random, text);
        }
        40 => {
            let _ = writeln!(text, "{pad}- read: {cell}\n{pad}  into: z1\n{pad}- if: z1 == 0\n{pad}  then:");
            inner(random, text);
        }
        41 => {
            let from = of(random, &["q", "r", "s", "d.reader", "p.a"]);
            let _ = writeln!(text, "{pad}- for: i\n{pad}  from: {from}\n{pad}  do:");
            inner(random, text);
        }
        42 => {
            let by = random.int(-1, 2);
            // What comes to the same in every order, and what only looks like it.
            let last = of(random, &["{release: n}", "{release: n}", "{print: \"${b1}\"}\n"]);
            let _ = writeln!(
                text,
                "{pad}- acquire: n\n{pad}- {{read: {cell}, into: b1}}\n{pad}- {{write: {cell}, value: \"${{b1 + {by}}}\"}}"
            );
            let _ = writeln!(text, "{pad}- {}", last.trim_end());
            if last.starts_with("{print") {
                let _ = writeln!(text, "{pad}- release: n");
            }
        }
        43 => {
            let call = of(
                random,
                &["{apply_async: w, target: job, args: {n: 1}", "{map_async: ww, target: job, over: [1, 2]"],
            );
            let _ = writeln!(text, "{pad}- {call}, into: h1}}");
            inner_or_pass(random, palette, (indent, depth), own, text);
            let _ = writeln!(text, "{pad}- {{await: h1{timeout}, into: n1}}");
        }
        44 => {
            let _ = writeln!(text, "{pad}- {{get: {queue}, into: g1}}");
            inner_or_pass(random, palette, (indent, depth), own, text);
            if queue != "q" {
                let _ = writeln!(text, "{pad}- task_done: {queue}");
            }
        }
        _ => {
            let _ = writeln!(text, "{pad}- try:");
            inner(random, text);
            let _ = writeln!(text, "{pad}  except: {{any: [{{add: z}}]}}");
        }
    }
}

/// Another step beside these, or none.
fn inner_or_pass(random: &mut Random, palette: &[i64], (indent, depth): (usize, u32), own: usize, text: &mut String) {
    if random.int(0, 1) == 0 {
        step(random, palette, (indent, depth - 1), own, text);
    }
}
