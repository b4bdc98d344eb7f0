//! `run`: validates a graph, runs it, checks what it expects.
//!
//! Nothing of its own is printed when all is well; otherwise findings or a summary go to stderr.
use std::io::{self, ErrorKind, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::time::Duration;

use nix::sys::signal::{SigSet, Signal};
use nix::unistd::{Pid, getppid};

use super::args::Global;
use super::paint::Color;
use super::values::{assignment, duration, size};
use super::{Exit, findings, graphs, results, schedules};
use crate::check::{CheckOptions, Plan, check};
use crate::diag::Code;
use crate::graph::LogLevel;
use crate::graph::lower::LoadOptions;
use crate::program::Schedule;
use crate::report::paint::Paint;
use crate::report::run::{self as report, RunReport};
use crate::run::{self, Cause, Finished, Observed, Order, RunOptions, Supervisor};

#[derive(Clone, Debug, clap::Args)]
pub struct Args {
    /// The graph; `-` is standard input
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Override a parameter of the graph (repeatable)
    #[arg(long, value_name = "NAME=VALUE", value_parser = assignment)]
    set: Vec<(String, String)>,
    /// The seed of every random function, instead of the graph's
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
    /// A limit on the whole run, such as `30s`, instead of the graph's
    #[arg(long, value_name = "D", value_parser = duration)]
    timeout: Option<Duration>,
    /// What queues and pipes may hold together, such as `2GiB` [default: half of the machine's memory]
    #[arg(long, value_name = "SIZE", value_parser = size)]
    memory: Option<u64>,
    /// Do not check what the graph expects
    #[arg(long)]
    no_expect: bool,
    /// Write the result to FILE, as JSON
    #[arg(long, value_name = "FILE")]
    report: Option<PathBuf>,
    /// Write every step with its time to FILE, as a Chrome trace: Perfetto and `draw --trace` read it
    #[arg(long, value_name = "FILE", conflicts_with = "random_schedules")]
    trace: Option<PathBuf>,
    /// Begin each line with the name of its process
    #[arg(long, value_enum, value_name = "WHEN", default_value = "auto")]
    prefix: When,
    /// The format of findings and of the summary
    #[arg(long, value_enum, default_value = "human")]
    format: Format,
    /// Take the steps in exactly the order of FILE, as `verify --counterexample` or `--record` wrote it
    #[arg(long, value_name = "FILE", conflicts_with_all = ["random_schedules", "record"])]
    schedule: Option<PathBuf>,
    /// Run N times, the steps in a random order each time, from the seed on; end with the first that goes wrong
    #[arg(long, value_name = "N", conflicts_with = "record")]
    random_schedules: Option<u64>,
    /// Take the steps one at a time, as they come, and write their order to FILE
    #[arg(long, value_name = "FILE")]
    record: Option<PathBuf>,
    /// For `test`: end when this process, which tells how the run came out, has ended
    #[arg(long, value_name = "PID", hide = true)]
    on_behalf_of: Option<i32>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum When {
    /// On a terminal
    Auto,
    Always,
    Never,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    Human,
    Json,
}

impl Args {
    pub fn perform(self, global: Global) -> Exit {
        if let Some(Err(exit)) = self.on_behalf_of.map(end_with) {
            return exit;
        }
        let loading = LoadOptions { set: self.set.clone(), seed: self.seed };
        let loaded = match self.file == Path::new("-") {
            true => graphs::load_stdin(&self.file, &loading),
            false => graphs::load(&self.file, &loading),
        };
        let checked = match loaded {
            Ok(loaded) => check(loaded, &CheckOptions { allow: self.allowed() }),
            Err(exit) => return exit,
        };
        match self.format {
            Format::Human => findings::tell(&checked, global),
            Format::Json => findings::tell_json(&checked, global),
        }
        match &checked.plan {
            Some(plan) => match self.random_schedules {
                Some(count) => self.sample(plan, count, global),
                None => self.run(plan, global),
            },
            None => Exit::NotStarted,
        }
    }

    fn run(&self, plan: &Plan, global: Global) -> Exit {
        let order = match (&self.schedule, &self.record) {
            (Some(path), _) => match schedules::read(path).and_then(|schedule| schedules::fits(schedule, path, plan)) {
                Ok(schedule) => Some(Order::Schedule(schedule.into())),
                Err(exit) => return exit,
            },
            (None, Some(_)) => Some(Order::Record),
            (None, None) => None,
        };
        self.run_once(plan, RunOptions { order, ..self.options(plan, global) }, global)
    }

    /// Random orders, one after the other: a sample, and no proof.
    fn sample(&self, plan: &Plan, count: u64, global: Global) -> Exit {
        let options = self.options(plan, global);
        for seed in (options.seed..).take(usize::try_from(count).unwrap_or(usize::MAX)) {
            let order = Some(Order::Random(seed));
            let exit = self.run_once(plan, RunOptions { seed, order, silent: count > 1, ..options.clone() }, global);
            if exit != Exit::Held {
                results::say(&format!(
                    "this was the order of seed {seed}: `--random-schedules 1 --seed {seed}` takes it again"
                ));
                return exit;
            }
        }
        if !global.quiet {
            results::note(&format!(
                "{}: SAMPLED: {count} orders from seed {} on, drawn evenly among the processes that could go on, and all \
                 held: that is no proof",
                self.file.display(),
                options.seed
            ));
        }
        Exit::Undecided
    }

    fn run_once(&self, plan: &Plan, options: RunOptions, global: Global) -> Exit {
        let schedule = match &options.order {
            Some(Order::Schedule(schedule)) => Some(Rc::clone(schedule)),
            _ => None,
        };
        let supervisor = match Supervisor::new(plan, options) {
            Ok(supervisor) => supervisor,
            Err(error) => {
                results::say(&format!("nothing could be started: {error}"));
                return Exit::NotStarted;
            }
        };
        let finished = supervisor.run();
        if let (Some(divergence), Some(schedule)) = (&finished.divergence, &schedule) {
            return left(divergence.step, schedule, &divergence.message);
        }
        if let Some(path) = &self.record {
            let text = Schedule { graph: plan.graph().name.as_str().into(), ..finished.recorded.clone() }.to_json();
            if let Err(error) = results::to_file(path, |out| out.write_all(text.as_bytes())) {
                return results::cannot_write(&path.display().to_string(), &error);
            }
        }
        let observed = Observed {
            world: &finished.world,
            record: &finished.record,
            cause: finished.cause,
            deadlock: finished.deadlock.as_ref(),
            elapsed_ns: finished.elapsed_ns,
        };
        let outcome = run::judge(&observed, !self.no_expect);
        let report = report::report(&finished, &outcome);
        let mut exit = Exit::from_verdict(outcome.exit);
        if let Some(schedule) = &schedule {
            exit = self.followed(schedule, &finished, exit, global);
        }
        if let Some(error) = finished.output_error.as_ref().filter(|error| error.kind() != ErrorKind::BrokenPipe) {
            exit = not_held(exit, results::cannot_write("the output of the run", error));
        }
        if let Some(path) = &self.report {
            let written = results::to_file(path, |out| json(&report, out));
            if let Err(error) = written {
                exit = not_held(exit, results::cannot_write(&path.display().to_string(), &error));
            }
        }
        if let (Some(path), Some(trace)) = (&self.trace, &finished.trace) {
            if trace.lost > 0 {
                let kept = trace.steps.len();
                results::say(&format!("the trace holds the first {kept} steps; {} more were taken", trace.lost));
            }
            if let Err(error) = results::to_file(path, |out| report::trace(trace, out)) {
                exit = not_held(exit, results::cannot_write(&path.display().to_string(), &error));
            }
        }
        self.tell_summary(&report, global);
        exit
    }

    /// A schedule was followed: whether what it is there to show has been seen. Gives the exit of the run.
    fn followed(&self, schedule: &Schedule, finished: &Finished, exit: Exit, global: Global) -> Exit {
        let (steps, taken) = (schedule.entries.len(), finished.steps_taken);
        let Some(finds) = schedule.finds.as_ref().filter(|_| !matches!(exit, Exit::Signal(_))) else {
            if !global.quiet {
                results::note(&format!("the schedule was followed: {taken} of {steps} steps, each as foreseen"));
            }
            return exit;
        };
        let expected = match finds.is_deadlock() {
            true => Exit::Deadlock,
            false => Exit::NotHeld,
        };
        // What goes on for ever is cut off, and nothing but the steps shows an update that is lost, or how long they take.
        let by_its_steps = finished.cause == Cause::Followed || finds.is_lost_update() || finds.by_clock;
        let seen = by_its_steps
            || match finds.is_deadlock() {
                true => exit == Exit::Deadlock,
                false => exit != Exit::Held || self.no_expect,
            };
        if !seen {
            return left(steps, schedule, &format!("all of it was followed, and {} did not come", finds.code));
        }
        if !global.quiet {
            let circle = schedule.again.map_or(String::new(), |again| match steps - again {
                0 => "; it goes on for ever from there, and was ended".into(),
                1 => "; the last one can be taken again and again for ever".into(),
                last => format!("; the last {last} can be taken again and again for ever"),
            });
            results::note(&format!(
                "the schedule was followed: {taken} of {steps} steps, each as foreseen{circle}\n\
                 reproduced: {}: {}",
                finds.code, finds.message
            ));
        }
        match exit {
            Exit::Held => expected,
            _ if schedule.again.is_some() => expected,
            exit => exit,
        }
    }

    /// What is not checked may be impossible.
    fn allowed(&self) -> Vec<Code> {
        if self.no_expect { vec![Code::ExpectImpossible] } else { Vec::new() }
    }

    fn options(&self, plan: &Plan, global: Global) -> RunOptions {
        let graph = plan.graph();
        RunOptions {
            seed: graph.seed,
            timeout: self.timeout.or(graph.timeout.as_ref().map(|timeout| timeout.value)),
            memory: self.memory,
            expect: !self.no_expect,
            prefix: match self.prefix {
                When::Auto => io::stdout().is_terminal(),
                When::Always => true,
                When::Never => false,
            },
            log: log_level(graph.log.as_ref().map(|log| log.value), global),
            silent: false,
            order: None,
            trace: self.trace.is_some(),
        }
    }

    fn tell_summary(&self, report: &RunReport, global: Global) {
        to_stderr(|out| match self.format {
            Format::Json => json(report, out),
            // Who started this run tells of it, if it has the report.
            Format::Human if self.on_behalf_of.is_some() && self.report.is_some() => Ok(()),
            Format::Human => report::human(report, Paint { color: on_stderr(global.color) }, out),
        });
    }
}

/// The schedule was not followed to its end, or did not lead where it should.
fn left(step: usize, schedule: &Schedule, message: &str) -> Exit {
    results::say(&format!(
        "the schedule was left at step {step} of {}: {message}\n\
         the graph has changed since it was written, or this is a bug in mpgraph",
        schedule.entries.len()
    ));
    Exit::Bug
}

/// What the graph asks for is part of what it may expect, so flags only add to it.
fn log_level(of_graph: Option<LogLevel>, global: Global) -> LogLevel {
    let flags = match (global.quiet, global.verbose) {
        (true, _) => LogLevel::Error,
        (_, 0) => LogLevel::Warning,
        (_, 1) => LogLevel::Info,
        (_, _) => LogLevel::Debug,
    };
    of_graph.map_or(flags, |level| if global.verbose > 0 { level.max(flags) } else { level })
}

/// A run whose results are incomplete has not held, whatever else it did.
fn not_held(exit: Exit, instead: Exit) -> Exit {
    if exit == Exit::Held { instead } else { exit }
}

fn json(report: &RunReport, out: &mut dyn Write) -> io::Result<()> {
    serde_json::to_writer_pretty(&mut *out, report)?;
    writeln!(out)
}

fn on_stderr(color: Color) -> bool {
    color.on(&io::stderr())
}

/// In one piece; without a reader of stderr there is nobody to tell.
fn to_stderr(write: impl FnOnce(&mut dyn Write) -> io::Result<()>) {
    let mut text = Vec::new();
    if write(&mut text).is_ok() {
        let _ = io::stderr().write_all(&text);
    }
}

/// Makes this process end in good order when its parent, `parent`, has ended.
fn end_with(parent: i32) -> Result<(), Exit> {
    let armed = nix::sys::prctl::set_pdeathsig(Signal::SIGTERM);
    // It may have blocked the signals that end this process, and may have ended before.
    let _ = SigSet::empty().thread_set_mask();
    match armed.is_ok() && getppid() == Pid::from_raw(parent) {
        true => Ok(()),
        false => Err(Exit::Signal(Signal::SIGTERM as u8)),
    }
}
