//! The gate: everything a graph must pass, and the one place where a [`Plan`] is made.
use super::allow::{self, Permission};
use super::plan::{Compiled, Plan};
use super::study::{Study, once_each};
use super::{command, expect, flow, names, order, sync, wiring};
use crate::diag::{Bag, Code, Finding, Severity, Sources};
use crate::graph::lower::Loaded;
use crate::graph::{Graph, ObjectKind, OutcomeKind};
use crate::program::{Compiler, JobId};

/// What the command line says about checking.
#[derive(Clone, Debug, Default)]
pub struct CheckOptions {
    /// Codes not to be reported; those of `syntax/` and `names/` are, all the same.
    pub allow: Vec<Code>,
}

/// All that is wrong with a graph, and if that is no error, what may be run.
#[derive(Debug)]
pub struct Checked {
    pub sources: Sources,
    /// In source order, once each, without those that are allowed.
    pub findings: Vec<Finding>,
    /// Present when no error is among the findings.
    pub plan: Option<Plan>,
}

/// All that is wrong with a graph, and nothing made of it: [`check`] where nothing is to be run.
#[derive(Debug)]
pub struct Judged {
    pub sources: Sources,
    /// As in [`Checked`].
    pub findings: Vec<Finding>,
}

pub fn judge(loaded: Loaded, options: &CheckOptions) -> Judged {
    let (judged, _) = judged(loaded, options, |_| None::<()>);
    judged
}

pub fn check(loaded: Loaded, options: &CheckOptions) -> Checked {
    let (Judged { sources, findings }, sound) = judged(loaded, options, compile);
    let plan = sound.map(|(graph, compiled)| Plan::new(graph, sources.clone(), compiled));
    Checked { sources, findings, plan }
}

/// With what `make` makes of a graph that has no errors, and the graph.
fn judged<T>(
    loaded: Loaded,
    options: &CheckOptions,
    make: impl FnOnce(&Study) -> Option<T>,
) -> (Judged, Option<(Graph, T)>) {
    let Loaded { sources, graph, mut bag, allows, read_params, gaps } = loaded;
    let Some(graph) = graph else {
        let permission = Permission::new(&[], &allows, options, &sources, &mut bag);
        let findings = permission.apply(bag).0.into_sorted();
        return (Judged { sources, findings }, None);
    };
    let permission = Permission::new(&graph.allow, &allows, options, &sources, &mut bag);
    let used: Vec<String> = read_params.into_iter().collect();
    let doubt = names::names(&graph, gaps, &used, &mut bag);
    let certain = doubt.complete;
    let study = Study::new(&graph, &sources, doubt);
    rules(&study, &mut bag);
    soften(&graph, &mut bag);
    let (mut bag, unused) = permission.apply(bag);
    // Where something is missing, an `allow` may have had its purpose there.
    let names_hold = !bag.iter().any(|finding| matches!(finding.code.family(), "names" | "syntax" | "include"));
    if certain && names_hold {
        bag.extend(allow::unused(unused, &permission));
    }
    let made = if bag.has_errors() { None } else { make(&study) };
    drop(study);
    (Judged { findings: bag.into_sorted(), sources }, made.map(|made| (graph, made)))
}

/// Every rule but those about names.
fn rules(study: &Study, bag: &mut Bag) {
    order::cycle(study.graph, bag);
    let mut found = Bag::new();
    let all: [fn(&Study, &mut Bag); 32] = [
        names::declared,
        order::self_join,
        order::never_started,
        order::start_twice,
        order::join_before_drain,
        order::join_ring,
        order::close_call,
        order::daemon_unawaited,
        wiring::no_producer,
        wiring::no_consumer,
        wiring::one_end,
        wiring::shared_end,
        wiring::not_allowed,
        wiring::too_few_items,
        wiring::overfull,
        wiring::pills,
        sync::self_deadlock,
        sync::not_held,
        sync::not_released,
        sync::lock_order,
        sync::unprotected_update,
        sync::task_done,
        sync::never_set,
        sync::barrier_parties,
        sync::barrier_rounds,
        flow::outside_loop,
        flow::unreachable,
        flow::unset_variable,
        flow::endless,
        flow::too_many_variables,
        expect::impossible,
        command::not_found,
    ];
    for rule in all {
        rule(study, &mut found);
    }
    // Where a step was left out, the way through the body is not known.
    found.retain(|finding| {
        let of_a_way = matches!(finding.code.family(), "sync" | "flow") && finding.code != Code::FlowOutsideLoop;
        !(of_a_way && finding.labels.iter().any(|label| study.is_broken(label.span)))
    });
    bag.extend(once_each(found));
}

/// A graph that is to go wrong is let go wrong.
fn soften(graph: &Graph, bag: &mut Bag) {
    let outcome = graph.expect.as_ref().and_then(|expect| expect.outcome.as_ref()).map(|outcome| outcome.value);
    if matches!(outcome, Some(OutcomeKind::Deadlock | OutcomeKind::Timeout)) {
        for finding in bag.iter_mut() {
            if matches!(finding.code.family(), "wiring" | "sync") {
                finding.severity = Severity::Warning;
            }
        }
    }
}

/// `None` cannot be: everything that keeps a body from compiling is an error, and has been reported.
fn compile(study: &Study) -> Option<Compiled> {
    let graph = study.graph;
    let mut compiler = Compiler::new(graph, study.sources);
    let mut programs = Vec::with_capacity(graph.processes.len());
    for process in &graph.processes {
        let program = compiler.process(process);
        let steps = !process.is_external() || process.model.is_some();
        debug_assert!(program.is_some() == steps, "`{}` passed all checks and does not compile", process.name.value);
        if steps && program.is_none() {
            return None;
        }
        programs.push(program);
    }
    let mut initializers: Vec<Option<JobId>> = vec![None; graph.objects.len()];
    for (number, object) in graph.objects.iter().enumerate() {
        if let ObjectKind::Pool(pool) = &object.kind
            && let Some(name) = &pool.initializer
        {
            initializers[number] = Some(compiler.initializer(name)?);
        }
    }
    let wiring = study.wiring(compiler.jobs.len(), |(target, things)| compiler.jobs.id(*target, things));
    let jobs = compiler.jobs.finish()?;
    Some(Compiled { programs, jobs, initializers, wiring })
}
