//! What a process gets from whoever started it and cannot work with.
use nix::sys::signal::{SigHandler, Signal, signal};

use super::front::FRONT_DIED;

/// An ignored signal stays ignored through an `exec`. With SIGCHLD the kernel then reaps children unseen, and nobody
/// learns how they ended; the other would not be heard when it says that the front has died. Those by which a user
/// stops a program (SIGINT, SIGTERM, SIGHUP) stay as they are: `nohup` means it.
pub fn heed_signals() {
    for number in [Signal::SIGCHLD, FRONT_DIED] {
        // SAFETY: the default action is no handler of ours.
        let _ = unsafe { signal(number, SigHandler::SigDfl) };
    }
}
