//! The whole of it: a plan in, a report out.
use super::explore::{Progress, Search};
use super::footprint::Footprint;
use super::obstacle::{Obstacle, obstacles};
use super::report::{Options, Report, Times, Verdict};
use super::system::{System, Time};
use super::world::World;
use crate::check::Plan;
use crate::graph::{OutcomeKind, Stdout};

/// Explores every interleaving of the plan's steps. `progress` is called about ten times a second.
pub fn verify(plan: &Plan, options: &Options, progress: &mut dyn FnMut(&Progress)) -> Report {
    let started = std::time::Instant::now();
    let first = System::new(plan, Time::Ideal);
    let mut report = Report {
        verdict: Verdict::Proved,
        times: options.times,
        timed: first.has_timers(),
        timing_dependent: false,
        counterexamples: Vec::new(),
        states: 0,
        transitions: 0,
        terminal_states: 0,
        depth: 0,
        limit: None,
        obstacles: obstacles(&first),
        assumptions: assumptions(&first),
        elapsed: started.elapsed(),
    };
    if !report.obstacles.is_empty() {
        report.verdict = Verdict::NotVerifiable;
        return report;
    }
    // Without timers there is but one time.
    let times = match options.times {
        Times::Ideal => vec![Time::Ideal],
        Times::Any => vec![Time::Any],
        Times::Both if !first.has_timers() => vec![Time::Ideal],
        Times::Both => vec![Time::Ideal, Time::Any],
    };
    let mut violated = Vec::new();
    for time in times {
        let system = System::new(plan, time);
        if search(&system, options, progress, &mut report) {
            violated.push(time);
        }
        if !report.obstacles.is_empty() {
            break;
        }
    }
    report.timing_dependent = options.times == Times::Both && violated == [Time::Any];
    report.verdict = match () {
        () if !violated.is_empty() => Verdict::Violated,
        () if !report.obstacles.is_empty() => Verdict::NotVerifiable,
        () if report.limit.is_some() => Verdict::Bounded,
        () => Verdict::Proved,
    };
    report.elapsed = started.elapsed();
    report
}

/// Adds what one search finds; `true` if that is anything.
fn search(system: &System, options: &Options, progress: &mut dyn FnMut(&Progress), report: &mut Report) -> bool {
    let footprint = Footprint::new(system);
    let mut world = World::new(system, &footprint);
    let mut search = Search::new(&mut world, options.reduction, options.limits);
    search.exhaust = options.exhaust;
    search.run(progress);
    report.states += search.store.len() as u64;
    report.transitions += search.transitions;
    report.terminal_states += search.terminal;
    report.depth = report.depth.max(search.depth);
    report.limit = report.limit.or(search.limit);
    let found = std::mem::take(&mut search.found);
    for found in &found {
        let told = world.tell(found, options.reduction, system.time);
        let known = |other: &super::Counterexample| other.finding == told.finding;
        if !report.counterexamples.iter().any(known) {
            report.counterexamples.push(told);
        }
    }
    if let Some((actor, place)) = &world.endless {
        let actor = &system.actors[*actor];
        let span = actor.body.and_then(|body| system.body(body).program.steps.iter().find(|step| step.place == *place));
        report.obstacles.push(Obstacle {
            node: actor.name.to_string(),
            span: span.map_or(system.plan.graph().span, |step| step.span),
            message: format!("`{}` computes for ever, or for too long, at {place}", actor.name),
            help: "a loop needs a step that concerns others, or an end".into(),
        });
    }
    !found.is_empty()
}

/// What a verdict on this graph rests on.
fn assumptions(system: &System) -> Vec<String> {
    let graph = system.plan.graph();
    let mut all =
        vec!["a real step is one atomic step of the model, as the tests of the runtime hold it to".to_owned()];
    for process in graph.processes.iter().filter(|process| process.is_external()) {
        let name = &*process.name;
        all.push(match process.model {
            Some(_) => format!("`{name}` behaves as its model says"),
            None => format!("`{name}` ends as it is expected to (with 0, if nothing is said), at any moment"),
        });
        if process.model.is_none() && matches!(process.stdout, Stdout::Captured) {
            all.push(format!("what `{name}` prints is not looked at"));
        }
    }
    if system.bodies.iter().flatten().any(|body| body.takes_chances) {
        all.push(format!("random numbers are those of seed {}, and the processors those of this machine", graph.seed));
    }
    let timeouts = graph.timeout.is_some() || system.instances.iter().any(|instance| instance.timeout_ns.is_some());
    if timeouts {
        all.push("the timeouts of the run and of processes count with an exact clock only".into());
    }
    let expect = graph.expect.as_ref();
    if expect.is_some_and(|expect| expect.elapsed.is_some()) {
        all.push("how long the run takes is not looked at".into());
    }
    if system.expected_outcome() == OutcomeKind::Deadlock {
        all.push("errors of processes are not looked at where a deadlock is expected".into());
    }
    all
}
