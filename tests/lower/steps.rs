//! Steps: one verb and its modifiers.
use crate::{findings, step, stepping, told};
use mpgraph::graph::{Action, Datum, ExecInto, Until};
use mpgraph::value::Value;

fn bad(text: &str, finding: &str) {
    assert_eq!(told(&stepping(text)), [finding], "{text}");
}

fn action(text: &str) -> Action {
    step(text).action
}

fn int(datum: &Option<Datum>) -> Option<i64> {
    datum.as_ref()?.constant()?.as_int()
}

#[test]
fn a_step_knows_its_verb_and_its_place() {
    let yaml = stepping("put: tasks\nvalue: 1");
    let graph = crate::graph(&yaml);
    let mpgraph::graph::Body::Steps(steps) = &graph.processes[0].body else { panic!() };
    let text = |span: mpgraph::diag::Span| &yaml[span.start as usize..span.end as usize];
    assert_eq!((steps[0].verb.value, text(steps[0].verb.span)), ("put", "put"));
    assert_eq!(text(steps[0].span), "put: tasks\n        value: 1");
}

#[test]
fn bare_words_are_steps() {
    assert!(matches!(action("break"), Action::Break));
    assert!(matches!(action("continue"), Action::Continue));
    assert!(matches!(action("pass"), Action::Pass));
    assert!(matches!(action("return"), Action::Return(None)));
    assert!(matches!(action("pass:"), Action::Pass));
    assert!(matches!(action("return:"), Action::Return(None)));
    assert!(matches!(action("return: 0"), Action::Return(Some(_))));
    assert!(matches!(action("exit:"), Action::Exit(None)));
    bad("brek", "syntax/bad-value: brek");
    bad("print", "syntax/bad-value: print");
    bad("exit", "syntax/bad-value: exit");
    bad("print hello", "syntax/wrong-type: print hello");
    bad("3", "syntax/wrong-type: 3");
    bad("[pass]", "syntax/wrong-type: [pass]");
}

#[test]
fn a_step_has_one_verb() {
    bad("put: q\nget: q", "syntax/conflict: get");
    bad("prnt: hello", "syntax/unknown-key: prnt");
    bad("dance: q", "syntax/unknown-key: dance");
    bad("into: x", "syntax/missing-key: into");
    bad("{}", "syntax/missing-key: {}");
    let finding = &findings(&stepping("dance: q"))[0];
    assert!(finding.help.starts_with("the verbs are `print`"), "{}", finding.help);
}

#[test]
fn a_modifier_of_another_verb_is_unknown() {
    bad("get: q\nvalue: 1", "syntax/unknown-key: value");
    bad("set: e\ntimeout: 1", "syntax/unknown-key: timeout");
    bad("sleep: 1\ninto: x", "syntax/unknown-key: into");
}

#[test]
fn verbs_of_queues_and_pipes() {
    let Action::Put { queue, value, block, timeout } = action("put: q\nvalue: {n: '${x}'}\nblock: false\ntimeout: 2s")
    else {
        panic!()
    };
    assert_eq!((queue.value.as_str(), block.unwrap().constant()), ("q", Some(&Value::Bool(false))));
    assert!(matches!(value, Datum::Map(..)));
    assert_eq!(timeout.unwrap().constant(), Some(&Value::from("2s")));
    assert!(matches!(action("put: q\nvalue: null"), Action::Put { value: Datum::Constant(Value::Null, _), .. }));
    assert!(matches!(action("put: q\nvalue:"), Action::Put { value: Datum::Constant(Value::Null, _), .. }));
    assert!(matches!(action("get: q\ninto: x"), Action::Get { into: Some(_), block: None, timeout: None, .. }));
    assert!(matches!(
        action("join: q\ntimeout: ${t}\ninto: done"),
        Action::Join { timeout: Some(Datum::Template(..)), .. }
    ));
    assert!(matches!(action("task_done: q"), Action::TaskDone { .. }));
    assert!(matches!(action("close: chan.a"), Action::Close { of } if of.value == "chan.a"));
    assert!(matches!(action("send: chan.a\nvalue: [1, 2]"), Action::Send { value: Datum::Constant(..), .. }));
    let Action::Recv { size, until, .. } = action("recv: chan.a\nsize: 1KiB\nuntil: line") else { panic!() };
    assert_eq!((size.unwrap().constant(), until), (Some(&Value::from("1KiB")), Some(Until::Line)));
    bad("put: q", "syntax/missing-key: put");
    bad("send: e", "syntax/missing-key: send");
    bad("put: [q]\nvalue: 1", "syntax/wrong-type: [q]");
    bad("get: ${q}", "syntax/bad-value: ${q}");
    bad("get: q\nblock: maybe", "syntax/wrong-type: maybe");
    bad("get: q\ntimeout: soon", "syntax/bad-value: soon");
    bad("get: q\ntimeout: [1]", "syntax/wrong-type: [1]");
    bad("get: q\ninto: 3", "syntax/wrong-type: 3");
    bad("get: q\ninto: a-b", "syntax/bad-value: a-b");
    bad("get: q\ninto: self", "syntax/bad-value: self");
    bad("recv: e\nsize: -1", "syntax/bad-value: -1");
    bad("recv: e\nuntil: dawn", "syntax/bad-value: dawn");
}

#[test]
fn a_negative_timeout_does_not_block_and_a_negative_pause_is_refused() {
    let Action::Get { timeout, .. } = action("get: q\ntimeout: -1") else { panic!() };
    assert_eq!(int(&timeout), Some(-1));
    let Action::Get { timeout, .. } = action("get: q\ntimeout: -1s") else { panic!() };
    assert_eq!(int(&timeout), Some(0));
    assert!(matches!(action("get: q\ntimeout: null"), Action::Get { timeout: None, .. }));
    bad("sleep: -1", "syntax/bad-value: -1");
    bad("sleep: -1s", "syntax/bad-value: -1s");
    bad("sleep: long", "syntax/bad-value: long");
    bad("sleep:", "syntax/wrong-type: ");
    assert!(matches!(action("sleep: ${pause}"), Action::Sleep(Datum::Template(..))));
}

#[test]
fn verbs_that_synchronise() {
    assert!(matches!(action("acquire: l\nblock: false\ninto: got"), Action::Acquire { into: Some(_), .. }));
    assert!(matches!(action("release: l"), Action::Release { .. }));
    assert!(matches!(action("with: l\ndo: [pass, pass]"), Action::With { body, .. } if body.len() == 2));
    assert!(matches!(action("wait: e\ntimeout: 2"), Action::Wait { .. }));
    assert!(matches!(action("wait: [a.a, q, main]\ninto: ready"), Action::WaitAny { on, .. } if on.len() == 3));
    assert!(matches!(action("set: e"), Action::Set { .. }));
    assert!(matches!(action("clear: e"), Action::Clear { .. }));
    assert!(matches!(action("notify: c"), Action::Notify { n: None, all: false, .. }));
    assert!(matches!(action("notify: c\nn: all"), Action::Notify { n: None, all: true, .. }));
    assert!(matches!(action("notify: c\nn: 2"), Action::Notify { n: Some(_), all: false, .. }));
    assert!(matches!(action("abort: b"), Action::Abort { .. }));
    assert!(matches!(action("reset: b"), Action::Reset { .. }));
    bad("with: l", "syntax/missing-key: with");
    bad("with: l\ndo: pass", "syntax/wrong-type: pass");
    bad("wait: []", "syntax/bad-value: []");
    bad("wait: [a, 3]", "syntax/wrong-type: 3");
    bad("notify: c\nn: some", "syntax/bad-value: some");
    bad("notify: c\nn: -1", "syntax/bad-value: -1");
}

#[test]
fn verbs_of_memory_and_processes() {
    let Action::Read { of, index, .. } = action("read: a\nindex: -1\ninto: x") else { panic!() };
    assert_eq!((of.value.as_str(), int(&index)), ("a", Some(-1)));
    assert!(matches!(action("read: A-1.is_alive\ninto: x"), Action::Read { of, .. } if of.value == "A-1.is_alive"));
    assert!(matches!(action("write: v\nvalue: 1"), Action::Write { index: None, .. }));
    let Action::Add { by, .. } = action("add: v\nby: -2") else { panic!() };
    assert_eq!(int(&by), Some(-2));
    assert!(matches!(action("start: A"), Action::Start { .. }));
    assert!(matches!(action("terminate: A"), Action::Terminate { .. }));
    assert!(matches!(action("kill: A"), Action::Kill { .. }));
    bad("write: v", "syntax/missing-key: write");
    bad("add: v\nby: two", "syntax/wrong-type: two");
    bad("read: a\nindex: first", "syntax/wrong-type: first");
    bad("start: 3", "syntax/wrong-type: 3");
}

#[test]
fn verbs_of_pools() {
    let Action::Apply { target, args, asynchronous, .. } = action("apply: p\ntarget: t\nargs: {x: 1}\ninto: r") else {
        panic!()
    };
    assert_eq!((target.value.as_str(), args.len(), asynchronous), ("t", 1, false));
    assert!(matches!(action("apply_async: p\ntarget: t"), Action::Apply { asynchronous: true, .. }));
    let Action::Map { over, chunksize, ordered, asynchronous, .. } =
        action("map_async: p\ntarget: t\nover: ${range(3)}\nchunksize: 2\nordered: false\ninto: h")
    else {
        panic!()
    };
    assert!(matches!(over, Datum::Template(..)));
    assert_eq!((int(&chunksize), ordered, asynchronous), (Some(2), false, true));
    assert!(matches!(action("await: h\ninto: r"), Action::Await { .. }));
    assert!(matches!(action("await: ${h}"), Action::Await { .. }));
    let Action::Await { handle, .. } = action("await: [a, '${b}']") else { panic!() };
    assert_eq!(handle.names().iter().map(|(name, _)| *name).collect::<Vec<_>>(), ["a", "b"]);
    bad("map: p\ntarget: t\nover: [1]\nchunksize: 0", "syntax/bad-value: 0");
    bad("map: p\ntarget: t\nover: 3", "syntax/wrong-type: 3");
    bad("map: p\ntarget: t\nover: items", "syntax/wrong-type: items");
    bad("map: p\ntarget: t", "syntax/missing-key: map");
    bad("map: p\nover: [1]", "syntax/missing-key: map");
    bad("apply: p", "syntax/missing-key: apply");
    bad("apply: p\ntarget: t\nargs: [1]", "syntax/wrong-type: [1]");
    bad("await: {a: b}", "syntax/wrong-type: {a: b}");
}

#[test]
fn commands_in_steps() {
    let Action::Exec { argv, input, into, .. } = action("exec: [sort, -n, 010]\ninput: ${x}\ninto: out") else {
        panic!()
    };
    assert_eq!((argv.len(), argv[2].constant()), (3, Some(&Value::from("010"))));
    assert!(input.is_some());
    assert!(matches!(into, Some(ExecInto::Stdout(name)) if name.value == "out"));
    let Action::Exec { into: Some(ExecInto::Parts { stdout, stderr, exit }), .. } =
        action("exec: [ls]\ninto: {stdout: a, exit: c}")
    else {
        panic!()
    };
    assert!(stdout.is_some() && stderr.is_none() && exit.is_some());
    bad("exec: ls", "syntax/wrong-type: ls");
    bad("exec: []", "syntax/bad-value: []");
    bad("exec: [ls, {a: b}]", "syntax/wrong-type: {a: b}");
    bad("exec: [ls]\ninto: {out: a}", "syntax/unknown-key: out");
    bad("exec: [ls]\ninto: {exit: [a]}", "syntax/wrong-type: [a]");
}

#[test]
fn verbs_that_steer() {
    assert!(
        matches!(action("if: x > 1\nthen: [pass]\nelse: [pass, pass]"), Action::If { otherwise, .. } if otherwise.len() == 2)
    );
    assert!(matches!(action("if: true\nelse: [pass]"), Action::If { .. }));
    assert!(matches!(action("while: ${x}\ndo: [pass]"), Action::While { .. }));
    assert!(matches!(action("loop: [break]"), Action::Loop { .. }));
    assert!(matches!(action("repeat: 3\ndo: [pass]"), Action::Repeat { .. }));
    assert!(matches!(action("for: x\nin: [1, '${y}']\ndo: [pass]"), Action::ForIn { list: Datum::List(..), .. }));
    assert!(matches!(action("for: x\nin: range(3)\ndo: [pass]"), Action::ForIn { list: Datum::Template(..), .. }));
    assert!(matches!(action("for: x\nin: ${range(3)}\ndo: [pass]"), Action::ForIn { list: Datum::Template(..), .. }));
    assert!(matches!(action("for: x\nfrom: q\ndo: [pass]"), Action::ForFrom { .. }));
    let Action::Try { body, handlers, otherwise, finally } =
        action("try: [pass]\nexcept: {Empty: [pass], any: }\nelse: [pass]\nfinally: [pass]")
    else {
        panic!()
    };
    let errors: Vec<&str> = handlers.iter().map(|handler| handler.error.value.as_str()).collect();
    assert_eq!((body.len(), errors, otherwise.len(), finally.len()), (1, vec!["Empty", "any"], 1, 1));
    assert!(matches!(action("raise: no"), Action::Raise { error: None, .. }));
    assert!(matches!(action("raise: no\nerror: ValueError"), Action::Raise { error: Some(_), .. }));
    assert!(matches!(action("exit: 3"), Action::Exit(Some(_))));
    bad("if: x", "syntax/missing-key: if");
    bad("if: [x]\nthen: [pass]", "syntax/wrong-type: [x]");
    bad("while: x", "syntax/missing-key: while");
    bad("repeat: -1\ndo: []", "syntax/bad-value: -1");
    bad("repeat: 1.5\ndo: []", "syntax/wrong-type: 1.5");
    bad("loop: pass", "syntax/wrong-type: pass");
    bad("for: x\ndo: []", "syntax/missing-key: for");
    bad("for: x\nin: [1]\nfrom: q\ndo: []", "syntax/conflict: from");
    bad("for: x\nin: 3\ndo: []", "syntax/wrong-type: 3");
    bad("for: x-y\nin: [1]\ndo: []", "syntax/bad-value: x-y");
    bad("try: [pass]", "syntax/missing-key: try");
    bad("try: [pass]\nexcept: [pass]", "syntax/wrong-type: [pass]");
    bad("raise:", "syntax/wrong-type: ");
    bad("raise: no\nerror: 3", "syntax/wrong-type: 3");
    bad("exit: 256", "syntax/bad-value: 256");
    bad("exit: -1", "syntax/bad-value: -1");
    bad("exit: soon", "syntax/wrong-type: soon");
    bad("break: 3", "syntax/wrong-type: 3");
}

#[test]
fn verbs_that_speak_and_remember() {
    assert!(matches!(action("print: hello\nto: stderr"), Action::Print { stderr: true, .. }));
    let Action::Print { text, .. } = action("print:") else { panic!() };
    assert_eq!(text.constant(), Some(&Value::from("")));
    let Action::Print { text, .. } = action("print: null") else { panic!() };
    assert_eq!(text.constant(), Some(&Value::Null));
    let Action::Let(bindings) = action("let: {b: 1, a: '${b}'}") else { panic!() };
    assert_eq!(bindings.iter().map(|(name, _)| name.value.as_str()).collect::<Vec<_>>(), ["b", "a"]);
    assert!(matches!(action("log: x\nlevel: debug"), Action::Log { .. }));
    bad("let: [x]", "syntax/wrong-type: [x]");
    bad("let:", "syntax/wrong-type: ");
    bad("let: {a-b: 1}", "syntax/bad-value: a-b");
    bad("print: x\nto: file", "syntax/bad-value: file");
    bad("log: x\nlevel: loud", "syntax/bad-value: loud");
}

#[test]
fn an_expression_that_does_not_parse_is_told_inside_the_string() {
    let told = told(&stepping("print: 'a ${1 +} b'"));
    assert_eq!(told.len(), 1);
    assert!(told[0].starts_with("syntax/expression: ") && told[0].len() < 40, "{told:?}");
}

#[test]
fn what_is_wrong_inside_a_broken_step_is_told_too() {
    let yaml = stepping("with: [l]\ndo: [{get: q, timeout: soon}]");
    assert_eq!(told(&yaml), ["syntax/wrong-type: [l]", "syntax/bad-value: soon"]);
}
