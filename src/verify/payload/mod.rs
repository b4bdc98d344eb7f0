//! Items that are only moved, printed and summed up: who has which of them makes no difference.
//!
//! | file | says |
//! |---|---|
//! | `trail` | what one body does with the items that it takes |
//! | `sums` | the variables in which it adds them up |
//! | `carriers` | the queues whose items no process decides by |
//! | `erase` | states without the items: the keys under which the search keeps them |
//!
//! Two states are taken for one if they differ only in which item is where. The one that is found first stands for all of
//! them, with its real items: so every path of the search is a path of the graph. Why that is sound: no process decides by
//! an item (but by whether it is the pill), so states that are alike take the same steps to states that are alike. What
//! has become of the items at the end, the lines and sums and what is left in the last queue, comes to the same if they
//! are all through, each in the same way: then it is made of all items that were ever put, and those are part of the key.
//!
//! What the bodies do not show is watched by the search, which is made again with all items told apart if it turns out
//! otherwise: items that are still on their way when a sum is looked at or the run ends, lines that tell more than their
//! number, errors. See [`World::is_spoilt`](super::world::World).
mod carriers;
mod erase;
mod sums;
mod trail;

pub(super) use carriers::Payloads;
pub(super) use erase::{Erasure, Shadow};

#[cfg(test)]
mod tests {
    use crate::check::{CheckOptions, Plan, check};
    use crate::graph::lower::{LoadOptions, load_text};
    use crate::verify::system::{System, Time, View};
    use crate::verify::{Options, Report, Verdict, verify};
    use std::path::Path;

    /// Two consumers of tasks and pills; what they do with a task, and what `main` does with a result.
    fn plan(task: &str, result: &str, more: &str) -> Plan {
        let text = format!(
            "mpgraph: 1
queues: {{tasks: {{joinable: true}}, results: }}
values: {{x: {{type: i64}}}}
processes:
  consumer:
    replicas: 2
    steps:
      - loop:
          - {{get: tasks, into: t}}
          - if: t == null
            then: [break]
          - {task}
          - {{put: results, value: \"${{t}}\"}}
  main:
    steps:
      - for: i
        in: range(4)
        do: [{{put: tasks, value: \"${{i}}\"}}]
      - repeat: 2
        do: [{{put: tasks, value: null}}]
      - let: {{sum: 0}}
      - repeat: 4
        do:
          - {{get: results, into: r}}
          - {result}
{more}
"
        );
        let loaded = load_text("items.yaml", Path::new("."), text.as_bytes(), &LoadOptions::default());
        check(loaded, &CheckOptions::default()).plan.unwrap_or_else(|| panic!("it can be run:\n{text}"))
    }

    fn run(task: &str, result: &str, more: &str) -> Report {
        verify(&plan(task, result, more), &Options::default(), &mut |_| {})
    }

    /// The queues whose items are not told apart.
    fn carriers(task: &str, result: &str, more: &str) -> Vec<String> {
        let plan = plan(task, result, more);
        let system = System::of(&plan, &View { opaque: true, ..Time::Ideal.into() });
        let places = system.payloads.iter().flat_map(|payloads| payloads.carriers().map(|(place, _)| place));
        places.map(|place| plan.graph().object(system.layout.owners[place].0).name.value.clone()).collect()
    }

    const SUM: &str = "let: {sum: \"${sum + r}\"}";

    #[test]
    fn items_that_are_moved_printed_and_summed_up_are_not_told_apart() {
        let lines = "expect: {stdout: {any_order: [\"0\", \"1\", \"2\", \"3\"]}}";
        for (task, result, more) in [
            ("pass", SUM, "      - if: sum != 6\n        then: [{raise: wrong}]"),
            ("print: \"${t}\"", "pass", lines),
            ("pass", "print: \"${r}\"", lines),
            ("let: {u: \"${t * 2}\"}", "pass", "expect: {queues: {results: {count: 0}}}"),
        ] {
            let report = run(task, result, more);
            assert_eq!((report.verdict, report.opaque), (Verdict::Proved, true), "{task} {result}");
            assert!(report.states < 120, "{} states with {task} {result}", report.states);
        }
    }

    #[test]
    fn what_is_wrong_with_items_that_are_not_told_apart_is_found() {
        let lines = "expect: {stdout: {any_order: [\"0\", \"1\", \"2\", \"4\"]}}";
        for (task, result, more) in [
            ("pass", SUM, "      - if: sum != 7\n        then: [{raise: wrong}]"),
            ("pass", "print: \"${r}\"", lines),
            ("pass", "print: \"${10 / (r - 2)}\"", ""),
        ] {
            let report = run(task, result, more);
            assert_eq!(report.verdict, Verdict::Violated, "{task} {result}");
        }
    }

    #[test]
    fn items_that_somebody_decides_by_are_told_apart() {
        assert_eq!(carriers("pass", SUM, ""), ["tasks", "results"]);
        for (task, of) in [
            ("if: t == 2\n            then: [{print: two}]", "decided by"),
            ("write: x\n            value: \"${t}\"", "kept elsewhere"),
            ("if: self.index == 1\n            then: [{print: \"${t}\"}]", "not all of one fate"),
        ] {
            assert!(carriers(task, "pass", "").is_empty(), "{of}");
        }
        for (result, of) in [
            ("print: \"${r} ${sum}\"", "with what is not of the item"),
            (
                "let: {sum: \"${sum + r}\"}\n          - if: sum == 3\n            then: [{print: three}]",
                "while it grows",
            ),
        ] {
            assert!(carriers("pass", result, "").is_empty(), "{of}");
        }
        let kept = "expect: {processes: {consumer: {stdout: {contains: [\"1\"]}}}}";
        assert!(carriers("print: \"${t}\"", "pass", kept).is_empty(), "each keeps his own");
        assert!(carriers("pass", "pass", "expect: {queues: {results: []}}").is_empty(), "in order");
    }

    #[test]
    fn what_only_the_search_can_see_ends_it_too() {
        let other = "  other: {steps: [{put: results, value: 7}]}";
        let early = format!("      - print: \"${{sum}}\"\n{other}");
        assert!(!run("pass", SUM, &early).opaque, "a sum is looked at with items on their way");
        let lines = |lines: &str| format!("expect: {{stdout: {lines}}}");
        let ordered = lines("{in_order: [{regex: \"[01]\"}, {regex: \"[23]\"}]}");
        assert!(!run("pass", "print: \"${r}\"", &ordered).opaque, "lines tell more than their number");
        let left = format!("{other}\nexpect: {{queues: {{results: {{count: 1}}}}}}");
        assert!(!run("pass", "print: \"${r}\"", &left).opaque, "an item is left");
    }
}
