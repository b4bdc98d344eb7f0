//! A panic is a bug in mpgraph: it is said, with what is needed to report it, and the exit code is 70. But one that says that the
//! arena is damaged is the work of somebody who wrote into the run's shared memory without being asked: it is a failure of the run.
use std::any::Any;
use std::io::{IsTerminal, Write};
use std::panic::{AssertUnwindSafe, PanicHookInfo, catch_unwind, set_hook};

use super::Exit;
use crate::shm::DAMAGED;

/// Runs `body`; if it panics, that has been said, and the exit is [`Exit::Bug`].
pub fn guarded(body: impl FnOnce() -> Exit) -> Exit {
    set_hook(Box::new(say));
    caught(body)
}

fn caught(body: impl FnOnce() -> Exit) -> Exit {
    catch_unwind(AssertUnwindSafe(body)).unwrap_or_else(|panic| match said(&*panic) {
        Some(said) if said.starts_with(DAMAGED) => Exit::NotHeld,
        _ => Exit::Bug,
    })
}

fn say(panic: &PanicHookInfo<'_>) {
    let said = message(panic);
    if said.starts_with(DAMAGED) {
        let _ = std::io::stderr().write_all(damage(&said).as_bytes());
        return;
    }
    let words: Vec<String> = std::env::args_os().map(|word| word.to_string_lossy().into_owned()).collect();
    let place = panic.location().map(|place| format!(" at {}:{}", place.file(), place.line())).unwrap_or_default();
    let mut text = report(&said, &place, &words);
    if std::env::var_os("RUST_BACKTRACE").is_some_and(|value| value != "0") {
        text += &format!("{}\n", std::backtrace::Backtrace::force_capture());
    } else if std::io::stderr().is_terminal() {
        text += "With RUST_BACKTRACE=1 in the environment it also says how it came there.\n";
    }
    // There is nobody to tell when this fails.
    let _ = std::io::stderr().write_all(text.as_bytes());
}

fn message(panic: &PanicHookInfo) -> String {
    said(panic.payload()).unwrap_or("no message").to_owned()
}

fn said(payload: &(dyn Any + Send)) -> Option<&str> {
    payload.downcast_ref::<&str>().copied().or_else(|| payload.downcast_ref::<String>().map(String::as_str))
}

fn damage(said: &str) -> String {
    format!(
        "mpgraph: {said}.\n\
         The shared memory of this run holds what none of its processes writes there: a program has written into it, or the\n\
         machine's memory is faulty. The run is stopped.\n"
    )
}

fn report(message: &str, place: &str, words: &[String]) -> String {
    format!(
        "mpgraph: this is a bug in mpgraph, not in your graph.\n\
         Please open an issue with the graph and these lines:\n\
         \n    {}\n    panic{place}\n    version {} on {}-{}\n    command {}\n\n",
        message.replace('\n', "\n    "),
        env!("CARGO_PKG_VERSION"),
        std::env::consts::OS,
        std::env::consts::ARCH,
        words.join(" "),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_is_a_bug_and_everything_else_is_itself() {
        assert_eq!(caught(|| panic!("meant by a test")), Exit::Bug);
        assert_eq!(caught(|| Exit::Deadlock), Exit::Deadlock);
        assert_eq!(caught(|| panic!("{DAMAGED}: by a test")), Exit::NotHeld);
    }

    #[test]
    fn the_report_says_what_to_send() {
        let words = ["mpgraph".to_owned(), "run".to_owned(), "a.yaml".to_owned()];
        let text = report("index 3\nof 2", " at src/x.rs:7", &words);
        assert!(text.starts_with("mpgraph: this is a bug in mpgraph"), "{text}");
        for part in ["open an issue", "    index 3\n    of 2\n", "src/x.rs:7", "command mpgraph run a.yaml"] {
            assert!(text.contains(part), "{part}: {text}");
        }
    }
}
