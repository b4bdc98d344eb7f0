//! How processes ended, against how they were expected to: 0, where nobody says otherwise.
use super::Judge;
use crate::graph::{self, ExitPattern, Expect};
use crate::run::reactor::Cause;
use crate::value::Value;

impl Judge<'_> {
    /// Exits: those that are asked for, and 0 of every process that is no daemon and that nobody asks about.
    pub(super) fn processes(&mut self, expect: Option<&Expect>) {
        let stopped_run = self.observed.cause != Cause::Completed;
        for (index, instance) in self.plan.instances().iter().enumerate() {
            let record = &self.observed.record.processes[index];
            let process = self.plan.graph().process(instance.process);
            if let Some(cut_short) = &record.cut_short {
                self.fail(process.name.span, format!("`{}`: {cut_short}", instance.name));
            }
            let asked = expect.and_then(|expect| {
                let of = |name: &str| expect.processes.iter().find(|(of, _)| of.value == name);
                // What is said of one instance goes before what is said of all.
                let one = of(&instance.name).filter(|(_, expect)| expect.exit.is_some());
                one.or_else(|| of(&process.name.value)).and_then(|(_, expect)| expect.exit.as_ref())
            });
            if let Some(asked) = asked {
                let holds = record.exit.is_some_and(|exit| {
                    asked.value.iter().any(|pattern| match pattern.value {
                        ExitPattern::Code(code) => code == exit,
                        ExitPattern::Nonzero => exit != 0,
                    })
                });
                if !holds {
                    let wanted: Vec<String> = asked.value.iter().map(|pattern| exit_text(pattern.value)).collect();
                    let came = record.exit.map_or("it never ran".into(), |exit| format!("it ended with {exit}"));
                    let message =
                        format!("`{}` was expected to end with {}, and {came}", instance.name, wanted.join(" or "));
                    self.fail(asked.span, message);
                }
                continue;
            }
            if let Some(culprit) = &record.skipped_by {
                self.fail(
                    process.name.span,
                    format!("`{}` was skipped: `{culprit}` did not end with 0", instance.name),
                );
                continue;
            }
            let Some(exit) = record.exit else {
                // Nobody has to start what waits to be started; what starts by itself was to have run.
                if process.start == graph::Start::Auto && !process.daemon && !stopped_run {
                    self.fail(
                        process.name.span,
                        format!("`{}` never started: what it comes after never ended", instance.name),
                    );
                }
                continue;
            };
            if exit != 0 && !process.daemon && !(record.stopped && (stopped_run || exit < 0)) {
                self.fail(process.name.span, format!("`{}` {}", instance.name, ending(exit, record)));
            }
        }
    }
}

fn exit_text(pattern: ExitPattern) -> String {
    match pattern {
        ExitPattern::Code(code) => code.to_string(),
        ExitPattern::Nonzero => "nonzero".into(),
    }
}

/// How a process ended badly, in one phrase.
pub fn ending(exit: i32, record: &crate::run::ProcessRecord) -> String {
    if let Some(why) = &record.unstarted {
        return format!("could not be started: {why}");
    }
    if record.timed_out {
        return "hit its timeout".into();
    }
    let signal = |number: i32| {
        nix::sys::signal::Signal::try_from(number)
            .map_or_else(|_| format!("signal {number}"), |signal| signal.as_str().into())
    };
    let field = |error: &Value, name| {
        error.as_map().and_then(|map| map.field(name)).and_then(Value::as_str).unwrap_or_default().to_owned()
    };
    match (&record.raised, exit) {
        (Some(error), 1) => {
            let (kind, message, place) = (field(error, "type"), field(error, "message"), field(error, "place"));
            let message = if message.is_empty() { kind } else { format!("{kind}: {message}") };
            format!("raised {message} ({place})")
        }
        (_, exit) if exit < 0 => format!("was ended by {}", signal(-exit)),
        (_, exit) => format!("ended with {exit}"),
    }
}
