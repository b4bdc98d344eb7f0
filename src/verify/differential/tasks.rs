//! Graphs of tasks and results: items that are only moved, printed and added up, and items that somebody decides by.
use crate::expr::Random;
use std::fmt::Write;

const OBJECTS: &str = "values: {x: {type: i8}}
events: {e: }
locks: {l: }
processes:
";

const ALLOWED: &str = "allow: [wiring/no-consumer, wiring/shared-end, sync/lock-order, sync/not-released, \
                       sync/unprotected-update, sync/task-done, flow/unreachable]\n";

/// What is put into the first queue, pills aside.
const ITEMS: [&str; 7] = ["1", "2", "3", "1", "2", "a", "2.5"];

/// A process that puts, some that take and put on, one that takes the results.
pub(super) fn tasks(random: &mut Random) -> String {
    let bound = |random: &mut Random| if random.int(0, 2) == 0 { random.int(1, 2) } else { 0 };
    let first = if random.int(0, 7) == 0 { "items: [1, 3], " } else { "" };
    let redeliver = if random.int(0, 15) == 0 { ", redeliver: true" } else { "" };
    let (tasks, results) = (bound(random), bound(random));
    let mut text = format!(
        "mpgraph: 1\nqueues:\n  t: {{{first}joinable: true, maxsize: {tasks}{redeliver}}}\n  r: {{maxsize: {results}}}\n  s: {{}}\n"
    );
    text.push_str(OBJECTS);
    let shape = Shape {
        items: random.int(2, 3),
        takers: if random.int(0, 3) == 0 { 1 } else { 2 },
        pill: of(random, &["null", "null", "0", "1"]),
        walks: random.int(0, 3) == 0,
        ints: random.int(0, 3) > 0,
        sink: random.int(0, 3) > 0,
    };
    let put = shape.producer(random, &mut text);
    shape.taker(random, &mut text);
    if shape.sink {
        shape.sink(random, &mut text);
    }
    if random.int(0, 2) == 0 {
        text.push_str("  M: {steps: [{add: x}, {set: e}]}\n");
    }
    shape.expectations(random, &put, &mut text);
    text.push_str(ALLOWED);
    text
}

struct Shape {
    items: i64,
    takers: i64,
    pill: String,
    /// The takers go on until nobody can put any more, and need no pill.
    walks: bool,
    /// All items are whole numbers.
    ints: bool,
    /// Somebody takes the results.
    sink: bool,
}

impl Shape {
    fn item(&self, random: &mut Random) -> &'static str {
        ITEMS[random.int(0, if self.ints { 4 } else { 6 }) as usize]
    }

    /// Gives what it puts, as far as that is certain.
    fn producer(&self, random: &mut Random, text: &mut String) -> Vec<String> {
        let mut put = Vec::new();
        if random.int(0, 7) == 0 {
            // Who puts which is up to the order of steps.
            let _ = writeln!(text, "  B: {{steps: [{{read: x, into: c}}, {{put: t, value: \"${{c + 1}}\"}}]}}");
        }
        text.push_str("  A:\n    steps:\n");
        match random.int(0, 5) {
            0 => {
                let _ = writeln!(
                    text,
                    "      - for: i\n        in: range({})\n        do: [{{put: t, value: \"${{i}}\"}}]",
                    self.items
                );
            }
            1 => {
                let (one, other) = (self.item(random), self.item(random));
                let _ = writeln!(
                    text,
                    "      - {{read: e.is_set, into: c}}\n      - if: c\n        then: [{{put: t, value: {one}}}]\n        else: [{{put: t, value: {other}}}]"
                );
            }
            _ => {
                for _ in 0..self.items {
                    let item = self.item(random);
                    put.push(item.to_owned());
                    let _ = writeln!(text, "      - {{put: t, value: {item}}}");
                }
            }
        }
        let pills = if random.int(0, 9) == 0 { self.takers - 1 } else { self.takers };
        if !self.walks {
            (0..pills).for_each(|_| {
                let _ = writeln!(text, "      - {{put: t, value: {}}}", self.pill);
            });
        }
        if random.int(0, 2) == 0 {
            text.push_str("      - {join: t}\n");
        }
        if put.is_empty() {
            put.extend((0..self.items).map(|item| item.to_string()));
        }
        put
    }

    fn taker(&self, random: &mut Random, text: &mut String) {
        let _ = writeln!(text, "  C:\n    replicas: {}\n    steps:", self.takers);
        let k = of(random, &["let: {k: 0}", "let: {k: 1}", "{read: x, into: k}", "{read: x, into: k}"]);
        let _ = writeln!(text, "      - {k}");
        let pad = match (self.walks, random.int(0, 3)) {
            (true, _) => {
                text.push_str("      - for: i\n        from: t\n        do:\n");
                "          "
            }
            (false, 0) => {
                let _ = writeln!(text, "      - {{get: t, into: i}}\n      - while: i != {}\n        do:", self.pill);
                "          "
            }
            (false, _) => {
                let done =
                    of(random, &["{task_done: t}, ", "{task_done: t}, ", "", "{print: bye}, ", "{put: r, value: 9}, "]);
                let _ = writeln!(
                    text,
                    "      - loop:\n          - {{get: t, into: i}}\n          - if: i == {}\n            then: [{done}break]",
                    self.pill
                );
                "          "
            }
        };
        for _ in 0..random.int(1, 3) {
            let action = action(random, "i", "r");
            let _ = writeln!(text, "{pad}- {action}");
        }
        if random.int(0, 1) == 0 {
            let _ = writeln!(text, "{pad}- {{put: r, value: \"${{i}}\"}}");
        }
        let _ = writeln!(text, "{pad}- task_done: t");
        if text.contains("while: i") {
            let _ = writeln!(text, "{pad}- {{get: t, into: i}}");
        }
    }

    fn sink(&self, random: &mut Random, text: &mut String) {
        text.push_str("  D:\n    steps:\n");
        if random.int(0, 3) == 0 {
            text.push_str("      - join: C\n");
        }
        let sum = random.int(0, 1) == 0;
        text.push_str("      - let: {sum: 0, k: 2}\n");
        let count = if random.int(0, 4) == 0 { self.items - 1 } else { self.items };
        match random.int(0, 3) {
            0 => text.push_str("      - for: o\n        from: r\n        do:\n"),
            _ => {
                let _ = writeln!(text, "      - repeat: {count}\n        do:\n          - {{get: r, into: o}}");
            }
        }
        for _ in 0..random.int(0, 2) {
            let action = action(random, "o", "s");
            let _ = writeln!(text, "          - {action}");
        }
        if sum {
            let add =
                of(random, &["sum + o", "sum + o", "o + sum", "sum - o", "sum + o + 1", "o - sum", "sum + o * 2"]);
            let _ = writeln!(text, "          - let: {{sum: \"${{{add}}}\"}}");
        } else {
            text.push_str("          - pass\n");
        }
        if random.int(0, 3) == 0 {
            text.push_str("      - join: C\n");
        }
        if sum {
            let what = of(
                random,
                &[
                    "{print: \"sum ${sum}\"}",
                    "{write: x, value: \"${sum}\"}",
                    "{if: sum == 3, then: [{print: three}]}",
                    "{if: sum > 4, then: [{raise: too much}]}",
                    "{put: s, value: \"${sum}\"}",
                ],
            );
            let _ = writeln!(text, "      - {what}");
        }
    }
}

impl Shape {
    /// Some that fit what was put, and some that do not.
    fn expectations(&self, random: &mut Random, put: &[String], text: &mut String) {
        let quoted: Vec<String> = put.iter().map(|item| format!("\"{item}\"")).collect();
        let (all, last) = (quoted.join(", "), &quoted[quoted.len() - 1]);
        let lines = |random: &mut Random| {
            of(
                random,
                &[
                    &format!("{{any_order: [{all}]}}"),
                    &format!("{{any_order: [{{regex: \".*\"}}, {all}]}}"),
                    &format!("{{contains: [{all}]}}"),
                    &format!("{{contains: [{last}, {{regex: \".*\"}}], count: {}}}", put.len()),
                    &format!("{{excludes: [{last}]}}"),
                    &format!("{{contains: [{last}]}}"),
                    "{contains: [{regex: \".* 2\"}, \"1\"], count: 3}",
                    "{count: 3}",
                    "{in_order: [{regex: \".*\"}, {regex: \"sum.*\"}]}",
                    "{in_order: [{regex: \"[12]\"}, {regex: \"[23]\"}]}",
                    &format!("[{all}]"),
                ],
            )
        };
        let items = put.join(", ");
        let queue = of(
            random,
            &[
                &format!("{{any_order: [{items}]}}"),
                &format!("{{contains: [{}]}}", put[put.len() - 1]),
                "{count: 2}",
                &format!("[{items}]"),
            ],
        );
        let mut parts = Vec::new();
        if random.int(0, 1) == 0 {
            parts.push(format!("stdout: {}", lines(random)));
        }
        match random.int(0, 5) {
            0..=2 => parts.push(format!("queues: {{{}: {queue}}}", if self.sink { "s" } else { "r" })),
            3 => parts.push("clean: true".into()),
            _ => {}
        }
        match random.int(0, 7) {
            0 | 1 => parts.push(format!("processes: {{C: {{stdout: {}}}}}", lines(random))),
            2 if self.sink => parts.push(format!("processes: {{D: {{stdout: {}}}}}", lines(random))),
            3 => parts.push("processes: {C: {exit: [0, 1]}}".into()),
            _ => {}
        }
        match random.int(0, 9) {
            0 => parts.push("outcome: deadlock".into()),
            1 => parts.push("values: {x: {min: 0, max: 2}}".into()),
            _ => {}
        }
        if !parts.is_empty() {
            let _ = writeln!(text, "expect: {{{}}}", parts.join(", "));
        }
    }
}

/// Something to do with an item, or with something else.
fn action(random: &mut Random, item: &str, on: &str) -> String {
    // Seldom enough something by which items are told apart.
    let most = if random.int(0, 2) == 0 { 22 } else { 8 };
    let text = match random.int(0, most) {
        0 | 1 => "{print: \"${@}\"}",
        2 => "{print: \"got ${@}\"}",
        3 => "{print: \"${self.name} ${@}\"}",
        4 => "{print: one}",
        5 | 6 => "{put: >, value: \"${@}\"}",
        7 => "{put: >, value: \"${@ + 1}\"}",
        8 => "{if: k == 1, then: [{print: \"${@}\"}]}",
        22 => "{put: >, value: {a: \"${@}\"}}",
        9 => "{put: s, value: \"${@}\"}",
        10 => "{put: >, value: 1}",
        11 => "{let: {@: \"${@ * 2}\"}}",
        12 => "{let: {j: \"${@}\"}}",
        13 => "{print: \"${k} ${@}\"}",
        // Somebody decides by it.
        14 => "{if: @ == 1, then: [{print: one}]}",
        15 => "{if: @ == 2, then: [{put: >, value: \"${@}\"}]}",
        16 => "{write: x, value: \"${@}\"}",
        17 => "{if: k == 1, then: [{print: \"${@}\"}]}",
        18 => "{read: e.is_set, into: k1}",
        19 => "{try: [{print: \"${@ + 1}\"}], except: {any: [{print: no}]}}",
        20 => "{with: l, do: [{add: x}]}",
        21 => "{if: k == 0, then: [{print: \"${@}\"}]}",
        _ => "{sleep: 1s}",
    };
    text.replace('@', item).replace('>', on)
}

fn of(random: &mut Random, all: &[&str]) -> String {
    all[random.int(0, all.len() as i64 - 1) as usize].to_owned()
}
