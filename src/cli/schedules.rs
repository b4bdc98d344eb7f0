//! Schedules, read from the files that `verify --counterexample` and `run --record` write.
use std::path::Path;

use super::{Exit, results};
use crate::check::Plan;
use crate::graph::ProcessId;
use crate::program::{Entry, Phase, Schedule, StepInfo};

/// More is no schedule.
const BYTES_MAX: u64 = 1 << 30;

pub fn read(path: &Path) -> Result<Schedule, Exit> {
    let text = || {
        let size = std::fs::metadata(path).map_err(|error| error.to_string())?.len();
        if size > BYTES_MAX {
            return Err(format!("it has {size} bytes, and a schedule has at most {BYTES_MAX}"));
        }
        std::fs::read_to_string(path).map_err(|error| error.to_string())
    };
    let schedule = text().and_then(|text| Schedule::from_json(&text).map_err(|error| format!("no schedule: {error}")));
    schedule.map_err(|error| refused(path, &error))
}

/// The schedule, if it is one of this graph.
pub fn fits(schedule: Schedule, path: &Path, plan: &Plan) -> Result<Schedule, Exit> {
    let known = crate::run::actors(plan);
    let stranger = schedule.entries.iter().find(|entry| !entry.process.is_empty() && !known.contains(&entry.process));
    if let Some(entry) = stranger {
        let graph = &plan.graph().name;
        let error = format!("it speaks of `{}`, and the graph `{graph}` has no such process", entry.process);
        return Err(refused(path, &error));
    }
    if let (false, graph) = (schedule.graph.is_empty(), &plan.graph().name)
        && *schedule.graph != **graph
    {
        let error = format!("it is a schedule of the graph `{}`, and this one is `{graph}`", schedule.graph);
        return Err(refused(path, &error));
    }
    let programs = (0..plan.graph().processes.len()).filter_map(|number| plan.program(ProcessId(number as u32)));
    let steps: Vec<&StepInfo> = programs.chain(plan.jobs()).flat_map(|program| &program.steps).collect();
    let is_step = |entry: &&Entry| {
        let placed = matches!(entry.phase, Phase::Whole | Phase::Begin | Phase::End) && !entry.verb.is_empty();
        let own = matches!(&*entry.verb, "takes" | "delivers" | "exit");
        !placed
            || own
            || steps.iter().any(|step| step.verb == &*entry.verb && Entry::same_place(&step.place, &entry.place))
    };
    if let Some(entry) = schedule.entries.iter().find(|entry| !is_step(entry)) {
        let error = format!("it is of another version of the graph: there is no `{}` at {}", entry.verb, entry.place);
        return Err(refused(path, &error));
    }
    Ok(schedule)
}

fn refused(path: &Path, error: &str) -> Exit {
    results::say(&format!("{}: {error}", path.display()));
    Exit::NotStarted
}
