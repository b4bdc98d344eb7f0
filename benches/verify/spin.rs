//! The same models in Promela, checked by SPIN: translated to C, compiled, run.
use super::measure::run as run_command;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

pub struct Counted {
    pub states: u64,
    pub seconds: f64,
    pub megabytes: u64,
}

pub fn is_installed() -> bool {
    ["spin", "gcc"].iter().all(|program| {
        let version = if *program == "spin" { "-V" } else { "--version" };
        Command::new(program).arg(version).stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok()
    })
}

/// The checker of a model at a size: exact, all states, no reduction.
pub fn compile(model: &str, defines: &[String], folder: &Path) -> Option<PathBuf> {
    let here = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/verify");
    let folder = folder.join("spin");
    std::fs::create_dir_all(&folder).ok()?;
    std::fs::copy(here.join(format!("{model}.pml")), folder.join("model.pml")).ok()?;
    let quiet = |command: &mut Command| {
        command.current_dir(&folder).stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok_and(|s| s.success())
    };
    let translated = quiet(Command::new("spin").args(defines).args(["-a", "model.pml"]));
    let flags = ["-O2", "-w", "-DSAFETY", "-DNOREDUCE", "-DMEMLIM=8000", "-DVECTORSZ=4096", "-o", "pan", "pan.c"];
    (translated && quiet(Command::new("gcc").args(flags))).then(|| folder.join("pan"))
}

/// `-c0`: on to the last state, whatever was found; a table of 2^24 slots, which grows no further.
pub fn run(program: &Path) -> Option<Counted> {
    let mut command = Command::new(program);
    command.args(["-m2000000", "-w24", "-n", "-c0"]).current_dir(program.parent()?);
    let ran = run_command(&mut command).ok()?;
    let line = ran.stdout.lines().find(|line| line.contains("states, stored"))?;
    let states: f64 = line.split_whitespace().next()?.parse().ok()?;
    Some(Counted { states: states as u64, seconds: ran.seconds, megabytes: ran.megabytes })
}
