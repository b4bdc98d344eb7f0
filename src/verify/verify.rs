//! The whole of it: a plan in, a report out.
use super::commute::stays_in_range;
use super::explore::Search;
use super::footprint::Footprint;
use super::limits::{Limit, Limits, Progress};
use super::obstacle::{Obstacle, obstacles};
use super::report::{Counterexample, Options, Report, Times, Verdict};
use super::system::{System, Time, View, elapsed_max_ns};
use super::world::World;
use crate::check::Plan;
use crate::graph::{OutcomeKind, Stdout};
use crate::value::Str;

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
        complete: None,
        near: None,
        reduction: options.reduction,
        opaque: false,
        obstacles: obstacles(&first),
        assumptions: assumptions(&first),
        elapsed: started.elapsed(),
    };
    if !report.obstacles.is_empty() {
        report.verdict = Verdict::NotVerifiable;
        return report;
    }
    // Without timers there is but one time.
    let mut views: Vec<View> = match options.times {
        Times::Ideal => vec![Time::Ideal.into()],
        Times::Any => vec![Time::Any.into()],
        Times::Both if !first.has_timers() => vec![Time::Ideal.into()],
        Times::Both => vec![Time::Ideal.into(), Time::Any.into()],
    };
    // How long it takes is looked at by itself: with the time in every state circles would be long.
    if options.times != Times::Any && elapsed_max_ns(plan.graph()).is_some() {
        views.push(View { elapsed: true, ..Time::Ideal.into() });
    }
    let count = views.len();
    let mut violated = Vec::new();
    for (at, view) in views.into_iter().enumerate() {
        let time = view.time;
        if view.elapsed && (violated.contains(&Time::Ideal) || report.limit.is_some()) {
            continue;
        }
        // Each leaves half to those that follow; what it does not need, they have too.
        let left = options.limits.less(report.states, started.elapsed());
        let limits = if at + 1 < count { left.half() } else { left };
        let seen = search(plan, view, &Options { limits, ..*options }, progress);
        if !seen.counterexamples.is_empty() {
            violated.push(time);
        }
        report.add(seen);
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
    report.near = report.near.filter(|_| report.verdict == Verdict::Bounded);
    report.elapsed = started.elapsed();
    report
}

/// So many states are near.
const NEAR: u64 = 200_000;

/// What a search has come to.
struct Seen {
    counterexamples: Vec<Counterexample>,
    obstacles: Vec<Obstacle>,
    states: u64,
    transitions: u64,
    terminal_states: u64,
    depth: u32,
    limit: Option<Limit>,
    /// As in [`Report`], where a limit was reached.
    complete: u32,
    near: u32,
    opaque: bool,
}

/// What the searches with one view find. Where states never come to an end a reduced one may put a step off for ever, and
/// its way to where it goes round for ever may be long: then what is near is looked at in every order.
fn search(plan: &Plan, view: View, options: &Options, progress: &mut dyn FnMut(&Progress)) -> Seen {
    if !options.reduction {
        return search_once(plan, view, options, progress);
    }
    let limits = Limits { time: options.limits.time / 8 * 7, ..options.limits };
    let mut seen = search_once(plan, view.clone(), &Options { limits, ..*options }, progress);
    let endless = seen.counterexamples.iter().position(Counterexample::is_endless);
    if endless.is_none() && (seen.limit.is_none() || !seen.counterexamples.is_empty()) {
        return seen;
    }
    let limits = Limits { states: options.limits.states.min(NEAR), time: options.limits.time / 8, ..options.limits };
    let near = search_once(plan, view, &Options { limits, reduction: false, ..*options }, progress);
    match endless {
        Some(at) => {
            let far = seen.counterexamples[at].trace.len();
            let nearer = |example: &Counterexample| example.is_endless() && example.trace.len() < far;
            if let Some(nearer) = near.counterexamples.into_iter().find(nearer) {
                seen.counterexamples[at] = nearer;
            }
        }
        None if near.limit.is_none() && near.counterexamples.is_empty() => return near,
        None => (seen.counterexamples, seen.near) = (near.counterexamples, near.near),
    }
    seen
}

/// One search, begun anew as long as something that was taken for granted turns out not to be so.
fn search_once(plan: &Plan, mut view: View, options: &Options, progress: &mut dyn FnMut(&Progress)) -> Seen {
    let started = std::time::Instant::now();
    view.opaque = options.reduction;
    loop {
        let system = System::of(plan, &view);
        let footprint = Footprint::new(&system);
        let mut world = World::new(&system, &footprint);
        let mut search = Search::new(&mut world, options.reduction, options.limits.less(0, started.elapsed()));
        search.exhaust = options.exhaust;
        search.run(progress);
        let (found, depth, limit) = (std::mem::take(&mut search.found), search.depth, search.limit);
        let complete = search.complete();
        let [states, transitions, terminal_states] = [search.store.len() as u64, search.transitions, search.terminal];
        drop(search);
        if let Some(group) = world.apart {
            view.apart.insert(group);
            continue;
        }
        // What was found is so all the same; but not that there is nothing else, nor nothing nearer.
        let is_doubtful = system.payloads.is_some() && (world.is_spoilt.get() || limit.is_some());
        if is_doubtful && (found.is_empty() || options.exhaust) {
            view.opaque = false;
            continue;
        }
        let whole = found.is_empty() && limit.is_none();
        if view.commute && whole && !stays_in_range(&system, world.largest_addition, depth + 1) {
            view.commute = false;
            continue;
        }
        return Seen {
            counterexamples: found.iter().map(|found| world.tell(found, options.reduction, &view)).collect(),
            obstacles: world.endless.as_ref().map(|endless| computes_for_ever(&system, endless)).into_iter().collect(),
            states,
            transitions,
            terminal_states,
            depth,
            limit,
            complete,
            near: complete,
            opaque: system.payloads.is_some(),
        };
    }
}

impl Report {
    /// Adds what the searches with one view have come to, each finding once.
    fn add(&mut self, seen: Seen) {
        for told in seen.counterexamples {
            if !self.counterexamples.iter().any(|known| known.finding == told.finding) {
                self.counterexamples.push(told);
            }
        }
        self.obstacles.extend(seen.obstacles);
        self.opaque |= seen.opaque;
        self.states += seen.states;
        self.transitions += seen.transitions;
        self.terminal_states += seen.terminal_states;
        self.depth = self.depth.max(seen.depth);
        if let Some(limit) = seen.limit {
            self.limit.get_or_insert(limit);
            self.complete = Some(self.complete.map_or(seen.complete, |other| other.min(seen.complete)));
            self.near = Some(self.near.map_or(seen.near, |other| other.min(seen.near)));
        }
    }
}

fn computes_for_ever(system: &System, (actor, place): &(usize, Str)) -> Obstacle {
    let actor = &system.actors[*actor];
    let span = actor.body.and_then(|body| system.body(body).program.steps.iter().find(|step| step.place == *place));
    Obstacle {
        node: actor.name.to_string(),
        span: span.map_or(system.plan.graph().span, |step| step.span),
        message: format!("`{}` computes for ever, or for too long, at {place}", actor.name),
        help: "a loop needs a step that concerns others, or an end".into(),
    }
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
        all.push(match elapsed_max_ns(graph) {
            Some(_) => "how long the run takes counts with an exact clock only, in which steps take no time".into(),
            None => "how long the run takes is not looked at, as nobody knows how long its commands take".into(),
        });
    }
    if system.expected_outcome() == OutcomeKind::Deadlock {
        all.push("errors of processes are not looked at where a deadlock is expected".into());
    }
    all
}
