//! Forked children: they never return, and never outlive the test.

/// How a child ended or stopped.
#[derive(Debug, PartialEq, Eq)]
pub enum Change {
    Exited(i32),
    Killed(i32),
    Stopped(i32),
}

/// What a child exits with when its body panicked.
pub const PANICKED: i32 = 70;

/// Runs `body` in a child; gives its process id. This process has one thread.
pub fn fork(body: impl FnOnce()) -> i32 {
    let parent = std::process::id() as i32;
    // SAFETY: the test has no harness and starts no thread, so the child is a whole copy.
    match unsafe { libc::fork() } {
        -1 => panic!("fork: {}", std::io::Error::last_os_error()),
        0 => {
            // SAFETY: plain calls on this process; `_exit` leaves without running what belongs to the parent.
            unsafe {
                libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGKILL);
                if libc::getppid() != parent {
                    libc::_exit(0);
                }
            }
            let result = std::panic::catch_unwind(std::panic::AssertUnwindSafe(body));
            // SAFETY: as above.
            unsafe { libc::_exit(if result.is_ok() { 0 } else { PANICKED }) }
        }
        pid => pid,
    }
}

pub fn kill(pid: i32, signal: i32) {
    // SAFETY: a child of ours that has not been waited for, so the id is its own.
    unsafe { libc::kill(pid, signal) };
}

/// Waits for the next change of that child.
pub fn wait(pid: i32) -> Change {
    change(pid, 0).expect("a child that is waited for changes")
}

/// As [`wait`], for a child that is not traced: a stop is a change too.
pub fn wait_stopped(pid: i32) -> Change {
    change(pid, libc::WUNTRACED).expect("a child that is waited for changes")
}

/// The next change, if there is one already.
pub fn poll(pid: i32) -> Option<Change> {
    change(pid, libc::WNOHANG)
}

fn change(pid: i32, flags: i32) -> Option<Change> {
    let mut status = 0;
    loop {
        // SAFETY: `status` is ours.
        match unsafe { libc::waitpid(pid, &mut status, flags | libc::__WALL) } {
            0 => return None,
            -1 => assert_eq!(std::io::Error::last_os_error().kind(), std::io::ErrorKind::Interrupted),
            _ if libc::WIFEXITED(status) => return Some(Change::Exited(libc::WEXITSTATUS(status))),
            _ if libc::WIFSIGNALED(status) => return Some(Change::Killed(libc::WTERMSIG(status))),
            _ => return Some(Change::Stopped(libc::WSTOPSIG(status))),
        }
    }
}
