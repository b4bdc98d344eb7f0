//! Shared objects and their attributes.
use crate::{findings, graph, told, with};
use mpgraph::graph::{Object, ObjectKind, PipeMode};
use mpgraph::value::Value;

fn object(text: &str) -> Object {
    graph(&with(text)).objects.remove(0)
}

#[test]
fn an_object_of_null_has_the_defaults() {
    let graph =
        graph(&with("queues: {q: }\npipes: {p: }\nevents: {e: }\nlocks: {l: }\nsemaphores: {s: }\nconditions: {c: }"));
    let [q, p, e, l, s, c] = &graph.objects[..] else { panic!() };
    assert!(
        matches!(&q.kind, ObjectKind::Queue(q) if q.maxsize == 0 && !q.joinable && q.items.is_empty() && !q.redeliver)
    );
    let ObjectKind::Pipe(pipe) = &p.kind else { panic!() };
    assert_eq!((pipe.duplex, pipe.mode, pipe.capacity()), (true, PipeMode::Message, 65536));
    assert_eq!([&*pipe.ends[0].value, &*pipe.ends[1].value], ["a", "b"]);
    assert!(matches!(&e.kind, ObjectKind::Event(e) if !e.set));
    assert!(matches!(&l.kind, ObjectKind::Lock(l) if !l.recursive));
    assert!(matches!(&s.kind, ObjectKind::Semaphore(s) if s.value == 1 && !s.bounded));
    assert!(matches!(&c.kind, ObjectKind::Condition(c) if c.lock.is_none()));
}

#[test]
fn attributes_are_read() {
    let queue = object("params: {n: 2}\nqueues: {q: {maxsize: '${n * 2}', items: [1, 'x${n}', '${[n]}', {k: '$${'}]}}");
    let ObjectKind::Queue(queue) = queue.kind else { panic!() };
    assert_eq!(queue.maxsize, 4);
    let items: Vec<String> = queue.items.iter().map(Value::to_string).collect();
    assert_eq!(items, ["1", "\"x2\"", "[2]", r#"{"k":"${"}"#]);
    let ObjectKind::Pipe(pipe) = object("pipes: {p: {duplex: false, mode: bytes, capacity: 1MiB}}").kind else {
        panic!()
    };
    assert_eq!((pipe.mode, pipe.capacity(), &*pipe.ends[1].value), (PipeMode::Bytes, 1 << 20, "writer"));
    let ObjectKind::Barrier(barrier) = object("barriers: {b: {parties: 3, timeout: 500ms}}").kind else { panic!() };
    assert_eq!((barrier.parties.value, barrier.timeout.unwrap().as_millis()), (3, 500));
    let ObjectKind::Array(array) = object("arrays: {a: {type: f32, length: 2}}").kind else { panic!() };
    assert_eq!(array.initial, [Value::Float(0.0), Value::Float(0.0)]);
    let ObjectKind::Array(array) = object("arrays: {a: {type: f64, initial: '${range(3)}'}}").kind else { panic!() };
    assert_eq!(array.initial, [Value::Float(0.0), Value::Float(1.0), Value::Float(2.0)]);
    let ObjectKind::Value(cell) = object("values: {v: {type: bool}}").kind else { panic!() };
    assert_eq!(cell.initial, Value::Bool(false));
    let ObjectKind::Pool(pool) = object("pools: {p: {processes: 4, maxtasksperchild: 2, initializer: setup}}").kind
    else {
        panic!()
    };
    assert_eq!(
        (pool.processes.value, pool.maxtasksperchild, pool.initializer.unwrap().value.as_str()),
        (4, Some(2), "setup")
    );
}

#[test]
fn values_past_their_range_are_told() {
    let bad = |text: &str, place: &str| assert_eq!(told(&with(text)), [format!("syntax/bad-value: {place}")], "{text}");
    bad("queues: {q: {maxsize: -1}}", "-1");
    bad("barriers: {b: {parties: 0}}", "0");
    bad("semaphores: {s: {value: -1}}", "-1");
    bad("pools: {p: {processes: 0}}", "0");
    bad("pools: {p: {processes: 1, maxtasksperchild: 0}}", "0");
    bad("values: {v: {type: i8, initial: 128}}", "128");
    bad("values: {v: {type: u16, initial: -1}}", "-1");
    bad("values: {v: {type: int}}", "int");
    bad("arrays: {a: {type: u8, initial: [1, 256]}}", "256");
    bad("arrays: {a: {type: u8, length: -1}}", "-1");
    bad("pipes: {p: {mode: bytes, capacity: 3 parsecs}}", "3 parsecs");
    bad("pipes: {p: {mode: bytes, capacity: 0}}", "0");
    bad("pipes: {p: {mode: letters}}", "letters");
    bad("pipes: {p: {ends: [a]}}", "[a]");
    bad("pipes: {p: {ends: [a, 'b c']}}", "'b c'");
    bad("barriers: {b: {parties: 2, timeout: -1s}}", "-1s");
    assert_eq!(told(&with("arrays: {a: {type: i64, length: 99999999999}}")), ["syntax/limit: 99999999999"]);
}

#[test]
fn values_of_the_wrong_type_are_told() {
    let wrong =
        |text: &str, place: &str| assert_eq!(told(&with(text)), [format!("syntax/wrong-type: {place}")], "{text}");
    wrong("queues: [tasks]", "[tasks]");
    wrong("queues: {q: 3}", "3");
    wrong("queues: {q: {maxsize: many}}", "many");
    wrong("queues: {q: {maxsize: 1.5}}", "1.5");
    wrong("queues: {q: {items: 3}}", "3");
    wrong("queues: {q: {joinable: 'true'}}", "'true'");
    wrong("events: {e: {set: yes}}", "yes");
    wrong("values: {v: {type: i8, initial: 1.5}}", "1.5");
    wrong("values: {v: {type: f64, initial: one}}", "one");
    wrong("values: {v: {type: bool, initial: one}}", "one");
    wrong("values: {v: {type: [i8]}}", "[i8]");
    wrong("arrays: {a: {type: u8, initial: 3}}", "3");
    wrong("pipes: {p: {ends: {a: b}}}", "{a: b}");
    wrong("pipes: {p: {ends: [a, [b]]}}", "[b]");
    wrong("conditions: {c: {lock: 3}}", "3");
    wrong("barriers: {b: {parties: two}}", "two");
    wrong("barriers: {b: 3}", "3");
}

#[test]
fn what_is_missing_is_shown_at_the_object() {
    for (text, place) in [
        ("barriers: {gate: }", "gate"),
        ("values: {v: {initial: 3}}", "v"),
        ("arrays: {a: {type: i8}}", "a"),
        ("pools: {p: {}}", "p"),
    ] {
        assert_eq!(told(&with(text)), [format!("syntax/missing-key: {place}")]);
    }
    assert_eq!(told(&with("arrays: {a: {}}")), ["syntax/missing-key: a", "syntax/missing-key: a"]);
}

#[test]
fn attributes_that_exclude_each_other_are_told() {
    assert_eq!(told(&with("arrays: {a: {type: i8, length: 2, initial: [1]}}")), ["syntax/conflict: initial"]);
    assert_eq!(told(&with("pipes: {p: {capacity: 1KiB}}")), ["syntax/conflict: capacity"]);
    assert_eq!(told(&with("queues: {q: {redeliver: true}}")), ["syntax/conflict: redeliver"]);
    assert_eq!(told(&with("pipes: {p: {ends: [a, a]}}")), ["names/duplicate: a"]);
}

#[test]
fn a_name_of_an_object_is_a_word() {
    for name in ["self", "in", "_", "A9"] {
        assert_eq!(told(&with(&format!("queues: {{{name}: }}"))), [""; 0]);
    }
    for name in ["a-b", "9a", "'a b'", "true", "null", "é"] {
        assert_eq!(told(&with(&format!("queues: {{{name}: }}"))), [format!("syntax/bad-value: {name}")]);
    }
}

#[test]
fn a_constant_that_fails_is_told_where_it_fails() {
    assert_eq!(told(&with("queues: {q: {maxsize: '${1 / 0}'}}"))[0].split(':').next(), Some("syntax/expression"));
    assert_eq!(told(&with("params: {n: 0}\nqueues: {q: {maxsize: '${1 / n}'}}")).len(), 1);
    assert_eq!(told(&with("params: {size: 1}\nqueues: {q: {maxsize: '${sise}'}}")), ["names/unknown: sise"]);
    assert_eq!(told(&with("queues: {q: {maxsize: '${self.index}'}}")), ["syntax/expression: self"]);
    let finding = &findings(&with("values: {v: {type: i8}}\nqueues: {q: {maxsize: '${v}'}}"))[0];
    assert_eq!(finding.code.as_str(), "names/wrong-kind");
}
