//! A deadlock: who waits for what, who would have to act, and who merely hangs on the others.
use std::io::{self, Write};

use super::record::{DeadlockReport, WaiterReport};
use crate::report::paint::Paint;

/// Waiters shown of each sort, and names shown of those who would have to act.
const WAITERS_MAX: usize = 20;
const ACTORS_MAX: usize = 5;

pub fn deadlock(deadlock: &DeadlockReport, paint: Paint, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "{}: nothing can move", paint.bad("deadlock"))?;
    let (ring, others): (Vec<&WaiterReport>, Vec<&WaiterReport>) =
        deadlock.waiters.iter().partition(|waiter| waiter.in_cycle);
    if ring.is_empty() {
        return list(&others, out);
    }
    let mut names = deadlock.cycle.clone();
    names.extend(deadlock.cycle.first().cloned());
    let names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    writeln!(out, "each waits for the next: {}", few(&names, " -> "))?;
    list(&in_order(ring, &deadlock.cycle), out)?;
    if !others.is_empty() {
        writeln!(out, "and these hang on it:")?;
        list(&others, out)?;
    }
    Ok(())
}

/// The ring as it turns, then what other rings there are.
fn in_order<'a>(mut ring: Vec<&'a WaiterReport>, cycle: &[String]) -> Vec<&'a WaiterReport> {
    let place = |waiter: &WaiterReport| cycle.iter().position(|name| *name == waiter.name).unwrap_or(usize::MAX);
    ring.sort_by_key(|waiter| place(waiter));
    ring
}

fn list(waiters: &[&WaiterReport], out: &mut dyn Write) -> io::Result<()> {
    for waiter in waiters.iter().take(WAITERS_MAX) {
        writeln!(out, "  {}", sentence(waiter))?;
    }
    match waiters.len().saturating_sub(WAITERS_MAX) {
        0 => Ok(()),
        more => writeln!(out, "  ... and {more} more"),
    }
}

fn sentence(waiter: &WaiterReport) -> String {
    let mut text = format!("`{}` waits for {}", waiter.name, waiter.waits_for);
    if !waiter.place.is_empty() {
        text += &format!(" at {}", waiter.place);
    }
    if !waiter.step.is_empty() {
        text += &format!(" ({})", waiter.step);
    }
    text += &match waiter.would_have_to_act.as_slice() {
        [] => "; nobody could give it".to_owned(),
        actors => format!("; {} would have to act", few(actors, ", ")),
    };
    if !waiter.holds.is_empty() {
        let held: Vec<String> = waiter.holds.iter().map(|name| format!("`{name}`")).collect();
        text += &format!("; it holds {}", few(&held, ", "));
    }
    text
}

fn few(words: &[String], between: &str) -> String {
    match words.len().saturating_sub(ACTORS_MAX.max(1)) {
        0 => words.join(between),
        more => format!("{}{between}... ({more} more)", words[..ACTORS_MAX].join(between)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn waiter(name: &str, waits_for: &str, actor: &str, in_cycle: bool) -> WaiterReport {
        WaiterReport {
            name: name.into(),
            place: "graph.yaml:12".into(),
            step: format!("acquire: {name}"),
            waits_for: waits_for.into(),
            would_have_to_act: vec![actor.into()],
            in_cycle,
            holds: Vec::new(),
        }
    }

    fn shown(report: &DeadlockReport) -> String {
        let mut out = Vec::new();
        deadlock(report, Paint::default(), &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn the_ring_stands_in_its_order_and_those_who_hang_on_it_apart() {
        let report = DeadlockReport {
            cycle: vec!["b".into(), "a".into()],
            waiters: vec![
                waiter("a", "the lock `y`", "`b`", true),
                waiter("b", "the lock `x`", "`a`", true),
                waiter("c", "the end of `a`", "`a`", false),
            ],
        };
        let text = shown(&report);
        assert_eq!(
            text,
            "deadlock: nothing can move\n\
             each waits for the next: `b` -> `a` -> `b`\n  \
             `b` waits for the lock `x` at graph.yaml:12 (acquire: b); `a` would have to act\n  \
             `a` waits for the lock `y` at graph.yaml:12 (acquire: a); `b` would have to act\n\
             and these hang on it:\n  \
             `c` waits for the end of `a` at graph.yaml:12 (acquire: c); `a` would have to act\n"
        );
    }

    #[test]
    fn without_a_ring_there_is_a_list_and_it_is_bounded() {
        let waiters = (0..30).map(|n| waiter(&format!("w-{n}"), "the event `go`", "`main` (ended with 0)", false));
        let text = shown(&DeadlockReport { cycle: Vec::new(), waiters: waiters.collect() });
        assert!(!text.contains("each waits"), "{text}");
        assert!(text.ends_with("  ... and 10 more\n"), "{text}");
    }
}
