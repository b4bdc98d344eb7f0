//! The body of a process: one machine, or as many as it has threads.
use std::mem::ManuallyDrop;
use std::sync::atomic::{AtomicBool, Ordering};

use super::{Hands, Sink};
use crate::expr::{Me, Random};
use crate::graph::LogLevel;
use crate::program::{Ending, Machine, Program, Yield};
use crate::run::spawn::guarded;
use crate::run::world::{NodeKind, World};
use crate::run::{NodeId, trace};
use crate::value::{Str, Value};

/// Runs the body of an instance and gives its exit code. Threads that are still at work when one crashes or exits
/// are ended with the process: the caller leaves by `_exit`.
#[unsafe(link_section = "text_of_nodes")] // SAFETY: a section of code like any other; see `spawn`.
pub fn body(world: &World, node: NodeId, stdout: &Sink, stderr: &Sink) -> i32 {
    let NodeKind::Instance(instance) = world.node(node).kind else {
        unreachable!("only instances have bodies");
    };
    let process = world.process(instance);
    let id = world.plan.instances()[instance].process;
    let program = world.plan.program(id).expect("a process of steps has a program");
    let hands = |thread: u32| {
        let name = world.node(node).name.clone();
        let name = if process.threaded { Str::from(format!("{name}.{}", thread + 1)) } else { name };
        let me = Me { name, index: i64::from(world.plan.instances()[instance].index), target: program.name.clone() };
        Hands::new(world, node, thread, me, stdout, stderr)
    };
    // Nothing of it is given back: the process ends here, and tidying up would touch pages for nothing.
    let mut first = ManuallyDrop::new(hands(0));
    first.log(LogLevel::Info, "child process calling self.run()");
    let exit = match world.node(node).threads {
        1 => live(&mut first, program),
        threads => in_threads((0..threads).map(hands).collect(), program),
    };
    first.log(LogLevel::Info, "process shutting down");
    first.log(LogLevel::Debug, "leaving its queues and the ends of its pipes to the others");
    log_exit(&first, exit);
    exit
}

#[inline]
fn log_exit(hands: &Hands, exit: i32) {
    if LogLevel::Info <= hands.world.log {
        hands.log(LogLevel::Info, &format!("process exiting with exitcode {exit}"));
    }
}

/// The first that ends badly ends all; otherwise all come to their ends.
fn in_threads(hands: Vec<Hands>, program: &Program) -> i32 {
    let (tell, told) = std::sync::mpsc::channel();
    let count = hands.len();
    let leaving = AtomicBool::new(false);
    std::thread::scope(|scope| {
        for mut hands in hands {
            let (tell, leaving) = (tell.clone(), &leaving);
            scope.spawn(move || {
                crate::shm::give_up_rseq();
                let (world, node) = (hands.world, hands.node);
                let exit = guarded(world, node, || live(&mut hands, program));
                if exit != 0 && !leaving.swap(true, Ordering::SeqCst) {
                    // The scope would wait for the others, and they may wait for ever.
                    log_exit(&hands, exit);
                    super::super::leave(exit);
                }
                hands.actor.leave();
                crate::shm::supervise::thread_left(&hands.world.arena, hands.actor.index());
                let _ = tell.send(exit);
            });
        }
        (0..count).filter_map(|_| told.recv().ok()).max().unwrap_or(0)
    })
}

/// One machine from its beginning to its end.
#[unsafe(link_section = "text_of_nodes")] // SAFETY: a section of code like any other; see `spawn`.
fn live(hands: &mut Hands, program: &Program) -> i32 {
    let random = Random::new(hands.world.seed, &hands.me.name);
    // The process, or the last thing that its thread does, ends with it and its last value.
    let mut machine = ManuallyDrop::new(Machine::idle(random));
    machine.begin(program, std::iter::empty());
    let ending = ManuallyDrop::new(run(hands, program, &mut machine, 0));
    hands.come_to_gate("", "exit");
    match &*ending {
        Ending::Returned(_) => 0,
        Ending::Exit(code) => *code,
        Ending::Raised(error) => {
            hands.report(error);
            1
        }
    }
}

/// Runs a machine to its end. `code` tells whose it is where the steps are shown: 0 for the process's own, else a
/// job's number and 1.
#[unsafe(link_section = "text_of_nodes")] // SAFETY: a section of code like any other; see `spawn`.
pub(super) fn run(hands: &mut Hands, program: &Program, machine: &mut Machine, code: u32) -> Ending {
    let me = hands.me.clone();
    loop {
        let mut fuel = u64::MAX;
        match machine.run(program, &me, &mut fuel) {
            Yield::Ask(request) => {
                hands.actor.stand(code, machine.pc());
                let begun = trace::begin(hands.world, hands.actor.index(), code, machine.pc());
                let outcome = match hands.is_gated() {
                    false => hands.perform(request),
                    true => hands.perform_at_gate(program.step_at(machine.pc()), request),
                };
                if let (Some(begun), Some(trace)) = (begun, &hands.world.trace) {
                    trace.end(begun, outcome.how());
                }
                if let Some(ending) = machine.answer(program, outcome) {
                    return ending;
                }
            }
            Yield::End(ending) => return ending,
            Yield::Paused => {}
        }
    }
}

/// What a job's end is to the one who asked for it.
pub(super) fn result(ending: Ending) -> Result<Value, Ending> {
    match ending {
        Ending::Returned(value) => Ok(value),
        other => Err(other),
    }
}
