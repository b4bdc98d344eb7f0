//! Expectations.
use crate::{graph, told, with};
use mpgraph::graph::{Expect, LinePattern, OutcomeKind, ValuePattern};
use mpgraph::value::Value;

fn expect(text: &str) -> Expect {
    graph(&with(&format!("expect: {text}"))).expect.unwrap()
}

fn bad(text: &str, finding: &str) {
    assert_eq!(told(&with(&format!("expect: {text}"))), [finding], "{text}");
}

fn texts(lines: &[LinePattern]) -> Vec<String> {
    lines
        .iter()
        .map(|line| match line {
            LinePattern::Text(template, _) => {
                template.constant().map_or("${..}", |text| text.as_str().unwrap()).to_owned()
            }
            LinePattern::Regex(regex, _) => format!("/{regex}/"),
        })
        .collect()
}

#[test]
fn the_outcome_and_its_bounds() {
    let expect = expect("{outcome: deadlock, clean: true, elapsed: {min: 1s, max: 2s}, events: {e: false}}");
    assert_eq!(expect.outcome.unwrap().value, OutcomeKind::Deadlock);
    assert!(expect.clean.unwrap().value);
    assert_eq!(expect.elapsed.unwrap().max.unwrap().as_secs(), 2);
    assert!(!expect.events[0].1.value);
}

#[test]
fn lines_take_a_list_a_block_and_a_map() {
    let lines = expect("{stdout: [a, 1.50, true, {regex: 'b+'}, 'x ${1}']}").stdout.unwrap();
    assert_eq!(texts(&lines.exact.unwrap()), ["a", "1.50", "true", r"/\A(?:b+)\z/", "${..}"]);
    let lines = expect("\n  stdout: |\n    first\n\n    third ${1}\n").stdout.unwrap();
    assert_eq!(texts(&lines.exact.unwrap()), ["first", "", "${..}"]);
    assert_eq!(texts(&expect("{stdout: ''}").stdout.unwrap().exact.unwrap()), [""; 0]);
    assert_eq!(texts(&expect("{stdout: one}").stdout.unwrap().exact.unwrap()), ["one"]);
    assert_eq!(texts(&expect("{stdout: []}").stdout.unwrap().exact.unwrap()), [""; 0]);
    let lines =
        expect("{stdout: {any_order: [a], contains: [b], in_order: [c], excludes: [d], count: 3}}").stdout.unwrap();
    assert!(lines.exact.is_none() && lines.any_order.is_some() && lines.excludes.is_some());
    assert_eq!(lines.count.unwrap().value, 3);
}

#[test]
fn lines_of_a_block_know_their_places() {
    let yaml = with("expect:\n  stdout: |\n    first\n    ${1 +}\n");
    let told = told(&yaml);
    assert_eq!(told.len(), 1);
    assert!(!told[0].contains("first"), "{told:?}");
    let graph = graph(&with("expect:\n  stdout: |\n    first\n    second\n"));
    let lines = graph.expect.unwrap().stdout.unwrap().exact.unwrap();
    let yaml = with("expect:\n  stdout: |\n    first\n    second\n");
    let span = lines[1].span();
    assert_eq!(&yaml[span.start as usize..span.end as usize], "second");
}

#[test]
fn what_is_left_in_objects() {
    let expect = expect(
        "{queues: {q: [1, 2], r: {any_order: [a], count: 2}}, values: {v: 3, w: {min: 1}, x: {any_of: [1, 2]}}, arrays: {a: [0, 1]}}",
    );
    assert_eq!(expect.queues[0].1.exact.as_ref().unwrap().len(), 2);
    assert_eq!(expect.queues[1].1.count.as_ref().unwrap().value, 2);
    assert!(matches!(&expect.values[0].1, ValuePattern::Equals(Value::Int(3), ..)));
    assert!(matches!(&expect.values[1].1, ValuePattern::Bounds(bounds) if bounds.max.is_none()));
    assert!(matches!(&expect.values[2].1, ValuePattern::AnyOf(values, _) if values.len() == 2));
    assert!(matches!(&expect.arrays[0].1, ValuePattern::Equals(Value::List(_), ..)));
}

#[test]
fn expectations_may_be_computed_from_the_parameters() {
    let graph = graph(&with(
        "params: {n: 2}\nexpect: {values: {v: '${n * 100}'}, processes: {main: {exit: '${n}', stdout: {count: '${n}'}}}}",
    ));
    let expect = graph.expect.unwrap();
    assert!(matches!(&expect.values[0].1, ValuePattern::Equals(Value::Int(200), ..)));
    assert_eq!(expect.processes[0].1.stdout.as_ref().unwrap().count.as_ref().unwrap().value, 2);
}

#[test]
fn expectations_that_mean_nothing_are_told() {
    bad("[a]", "syntax/wrong-type: [a]");
    bad("{outcome: sucess}", "syntax/bad-value: sucess");
    bad("{clean: 1}", "syntax/wrong-type: 1");
    bad("{elapsed: 3s}", "syntax/wrong-type: 3s");
    bad("{elapsed: {min: soon}}", "syntax/bad-value: soon");
    bad("{stdout: 3}", "syntax/wrong-type: 3");
    bad("{stdout: [[a]]}", "syntax/wrong-type: [a]");
    bad("{stdout: {exactly: [a]}}", "syntax/unknown-key: exactly");
    bad("{stdout: {contains: a}}", "syntax/wrong-type: a");
    bad("{stdout: {count: -1}}", "syntax/bad-value: -1");
    bad("{stdout: [{regex: 'a('}]}", "syntax/bad-value: 'a('");
    bad("{stdout: [{regexp: 'a'}]}", "syntax/unknown-key: regexp");
    bad("{processes: {main: {exit: 256}}}", "syntax/bad-value: 256");
    bad("{processes: {main: {exit: -65}}}", "syntax/bad-value: -65");
    bad("{processes: {main: {exit: SIGTREM}}}", "syntax/bad-value: SIGTREM");
    bad("{processes: {main: {exit: []}}}", "syntax/bad-value: []");
    bad("{processes: {main: {exit: {a: b}}}}", "syntax/wrong-type: {a: b}");
    bad("{processes: {main: 0}}", "syntax/wrong-type: 0");
    bad("{processes: [main]}", "syntax/wrong-type: [main]");
    bad("{queues: {q: 3}}", "syntax/wrong-type: 3");
    bad("{values: {v: {min: low}}}", "syntax/wrong-type: low");
    bad("{values: {v: {min: 1, any_of: [1]}}}", "syntax/conflict: any_of");
    bad("{values: {v: {}}}", "syntax/missing-key: v");
    bad("{events: {e: maybe}}", "syntax/wrong-type: maybe");
}

#[test]
fn a_regex_matches_the_whole_line_and_ignores_case_when_asked() {
    let lines = expect("{stdout: [{regex: 'a|b'}, {regex: '(?i)É+'}]}").stdout.unwrap().exact.unwrap();
    let [LinePattern::Regex(first, _), LinePattern::Regex(second, _)] = &lines[..] else { panic!() };
    assert!(first.is_match("a") && !first.is_match("ab"));
    assert!(second.is_match("éé"));
}
