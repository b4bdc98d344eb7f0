//! Whether the system has room for all that a graph starts at once: asked before the first fork, so that a graph that
//! cannot run is refused whole and not left half started.
//!
//! Processes that start later (`after`, `manual`) may find room by then, so only what starts together counts.
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use nix::sys::resource::{Resource, getrlimit};

use crate::check::Plan;
use crate::graph::{Body, ObjectKind, PipeMode, Start, Stdin, Stdout};

/// What the graph needs at one moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Need {
    /// Processes and threads.
    tasks: u64,
    /// Descriptors of the runner.
    files: u64,
}

/// One bound of the system.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Bound {
    name: String,
    most: u64,
    in_use: u64,
}

/// What does not fit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoRoom {
    what: &'static str,
    needed: u64,
    bound: Bound,
}

impl fmt::Display for NoRoom {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let NoRoom { what, needed, bound } = self;
        write!(f, "the graph needs {needed} {what} at once, and the limit is {bound}")
    }
}

impl fmt::Display for Bound {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let Bound { name, most, in_use } = self;
        write!(f, "{most} ({name}")?;
        if *in_use > 0 {
            write!(f, ", {in_use} of them in use")?;
        }
        f.write_str(")")
    }
}

/// Descriptors of the runner's own: streams, arena, epoll, signals, the wire, the folder of `/proc` that it reads.
const OWN_FILES: u64 = 16;

/// # Errors
/// The first bound that the graph does not keep.
pub fn check(plan: &Plan) -> Result<(), NoRoom> {
    let need = need(plan);
    fits("processes and threads", need.tasks, task_bounds())?;
    let files = getrlimit(Resource::RLIMIT_NOFILE).map_or(u64::MAX, |(_, hard)| hard);
    fits("open files", need.files, [Bound { name: "ulimit -Hn".into(), most: files, in_use: 0 }])
}

/// Which limit a start has run into, if it was one: the one that leaves the least.
pub fn limit(error: &io::Error) -> Option<String> {
    let open = |pid: &str| std::fs::read_dir(format!("/proc/{pid}/fd")).map_or(0, |list| list.count() as u64);
    let files = || {
        getrlimit(Resource::RLIMIT_NOFILE).ok().map(|(soft, _)| Bound {
            name: "ulimit -n".into(),
            most: soft,
            in_use: open("self"),
        })
    };
    let bound = match error.raw_os_error()? {
        libc::EAGAIN => task_bounds().into_iter().min_by_key(|bound| bound.most.saturating_sub(bound.in_use)),
        libc::EMFILE => files(),
        libc::ENOMEM | libc::ENFILE => None,
        _ => return None,
    };
    Some(bound.map_or_else(|| "the system has no more".into(), |bound| format!("the nearest limit is {bound}")))
}

fn fits(what: &'static str, needed: u64, bounds: impl IntoIterator<Item = Bound>) -> Result<(), NoRoom> {
    let short = bounds.into_iter().find(|bound| needed.saturating_add(bound.in_use) > bound.most);
    short.map_or(Ok(()), |bound| Err(NoRoom { what, needed, bound }))
}

fn need(plan: &Plan) -> Need {
    let graph = plan.graph();
    let mut need = Need { tasks: 1, files: OWN_FILES };
    for instance in plan.instances() {
        let process = graph.process(instance.process);
        if process.start == Start::Manual || !process.after.is_empty() {
            continue;
        }
        need.tasks += u64::from(process.threads.value);
        if matches!(process.body, Body::Command(..) | Body::Shell(..)) {
            let outputs = [&process.stdout, &process.stderr];
            let feeders = outputs.iter().filter(|to| matches!(to, Stdout::Queue { .. })).count()
                + usize::from(matches!(process.stdin, Stdin::Queue { .. }));
            need.tasks += feeders as u64;
            need.files += outputs.iter().filter(|to| matches!(to, Stdout::Captured)).count() as u64;
        }
    }
    for object in &graph.objects {
        match &object.kind {
            ObjectKind::Pool(pool) => need.tasks += u64::from(pool.processes.value),
            ObjectKind::Pipe(pipe) if pipe.mode == PipeMode::Bytes => need.files += 2,
            _ => {}
        }
    }
    need
}

/// Everything that limits how many tasks there may be. What cannot be read does not limit: then the fork itself says no.
fn task_bounds() -> Vec<Bound> {
    let in_use = std::fs::read_to_string("/proc/loadavg").ok().and_then(|text| tasks_in(&text)).unwrap_or(0);
    let mut bounds = Vec::new();
    for (name, path) in [("pid_max", "/proc/sys/kernel/pid_max"), ("threads-max", "/proc/sys/kernel/threads-max")] {
        if let Some(most) = number(Path::new(path)) {
            bounds.push(Bound { name: format!("kernel.{name}"), most, in_use });
        }
    }
    // The system does not hold root to it.
    if !nix::unistd::geteuid().is_root()
        && let Ok((most, _)) = getrlimit(Resource::RLIMIT_NPROC)
    {
        bounds.push(Bound { name: "ulimit -u".into(), most, in_use: tasks_of_user() });
    }
    let groups = std::fs::read_to_string("/proc/self/cgroup").unwrap_or_default();
    for folder in pids_folders(&groups) {
        if let Some(most) = number(&folder.join("pids.max")) {
            let in_use = number(&folder.join("pids.current")).unwrap_or(0);
            bounds.push(Bound { name: folder.join("pids.max").display().to_string(), most, in_use });
        }
    }
    bounds
}

/// What counts for `ulimit -u`, as far as `/proc` shows it.
fn tasks_of_user() -> u64 {
    use std::os::unix::fs::MetadataExt;
    let user = nix::unistd::getuid().as_raw();
    let Ok(list) = std::fs::read_dir("/proc") else { return 0 };
    let own = list.flatten().filter(|entry| {
        let is_process = entry.file_name().to_str().is_some_and(|name| name.bytes().all(|byte| byte.is_ascii_digit()));
        is_process && entry.metadata().is_ok_and(|of| of.uid() == user)
    });
    own.map(|entry| std::fs::read_dir(entry.path().join("task")).map_or(1, |tasks| tasks.count() as u64)).sum()
}

/// `0.52 0.58 0.59 2/467 12345`: of 467 tasks 2 run.
fn tasks_in(loadavg: &str) -> Option<u64> {
    loadavg.split_whitespace().nth(3)?.split_once('/')?.1.parse().ok()
}

/// The word `max` is no number, and no limit.
fn number(path: &Path) -> Option<u64> {
    std::fs::read_to_string(path).ok()?.trim().parse().ok()
}

/// The groups whose `pids.max` counts for this process, each with those above it.
fn pids_folders(of_process: &str) -> Vec<PathBuf> {
    let mut folders = Vec::new();
    for line in of_process.lines() {
        let mut fields = line.splitn(3, ':').skip(1);
        let (Some(controllers), Some(path)) = (fields.next(), fields.next()) else { continue };
        let root = match controllers {
            "" => "/sys/fs/cgroup",
            _ if controllers.split(',').any(|controller| controller == "pids") => "/sys/fs/cgroup/pids",
            _ => continue,
        };
        let relative = Path::new(path.trim_start_matches('/'));
        folders.extend(relative.ancestors().map(|folder| Path::new(root).join(folder)));
    }
    folders
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bound_that_is_not_kept_is_named_with_what_is_in_use() {
        let bound = |most, in_use| Bound { name: "kernel.pid_max".into(), most, in_use };
        assert_eq!(fits("processes and threads", 100, [bound(150, 50)]), Ok(()));
        let short = fits("processes and threads", 101, [bound(1000, 0), bound(150, 50)]).map_err(|why| why.to_string());
        let why = "the graph needs 101 processes and threads at once, and the limit is 150 (kernel.pid_max, 50 of them in use)";
        assert_eq!(short, Err(why.into()));
    }

    #[test]
    fn the_groups_of_both_generations_are_found_up_to_the_root() {
        let found = pids_folders("9:name=systemd:/x\n8:pids:/a/b\n4:cpu,cpuacct:/c\n0::/d\n");
        let expected = ["pids/a/b", "pids/a", "pids", "d", ""].map(|path| Path::new("/sys/fs/cgroup").join(path));
        assert_eq!(found, expected);
        assert_eq!(tasks_in("0.52 0.58 0.59 2/467 12345\n"), Some(467));
    }
}
