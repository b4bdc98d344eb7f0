//! `ipc`: one step, said by a program that runs inside a graph.
use std::io::{self, Read, Write};
use std::time::Duration;

use super::values::{duration, size};
use super::{Exit, results};
use crate::graph::Until;
use crate::program::Wait;
use crate::run::{self, Call, ClientVerb, Made, Trouble};
use crate::value::{Value, from_json};

/// Do one step from inside a command of a graph that runs
#[derive(Clone, Debug, clap::Args)]
#[command(
    after_help = "Exit codes: 0 done; 1 it failed, was not done in time, or (next) there is no more; 2 it may not \
                        be done, or this is not inside a graph."
)]
pub struct Args {
    /// The step's verb; `next` is one turn of a `for .. from`
    #[arg(value_enum, value_name = "VERB")]
    verb: Verb,
    /// What `uses` names: an object, an end of a pipe, a process; of `read` a property (`wait` takes several)
    #[arg(value_name = "OBJECT", required = true, num_args = 1.., allow_negative_numbers = true)]
    words: Vec<String>,
    /// Give up after this time, such as `2s`
    #[arg(long, value_name = "D", value_parser = duration)]
    timeout: Option<Duration>,
    /// Do it at once or not at all
    #[arg(long, conflicts_with = "timeout")]
    no_block: bool,
    /// The cell of an array
    #[arg(long, value_name = "N", allow_negative_numbers = true)]
    index: Option<i64>,
    /// What `add` adds, unless that is its VALUE [default: 1]
    #[arg(long, value_name = "NUMBER", allow_negative_numbers = true)]
    by: Option<String>,
    /// How many `notify` wakes [default: 1]
    #[arg(long, value_name = "N")]
    n: Option<u64>,
    /// `notify` wakes everyone
    #[arg(long, conflicts_with = "n")]
    all: bool,
    /// How many bytes `recv` takes from a bytes pipe
    #[arg(long, value_name = "SIZE", value_parser = size)]
    size: Option<u64>,
    /// Up to where `recv` takes bytes
    #[arg(long, value_enum, conflicts_with = "size")]
    until: Option<Part>,
    /// VALUE is text as it stands, not JSON
    #[arg(short, long)]
    text: bool,
    /// Print text and bytes as they are, not as JSON
    #[arg(short, long)]
    raw: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Part {
    Line,
    Eof,
}

macro_rules! verbs {
    ($($verb:ident $about:literal,)*) => {
        #[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
        #[value(rename_all = "snake_case")]
        enum Verb {
            $(#[doc = $about] $verb,)*
        }

        impl From<Verb> for ClientVerb {
            fn from(verb: Verb) -> ClientVerb {
                match verb {
                    $(Verb::$verb => ClientVerb::$verb,)*
                }
            }
        }
    };
}

verbs! {
    Put "Put VALUE into a queue",
    Get "Take an item out of a queue, and print it",
    Next "The same, but end quietly with 1 when the stream is at its end",
    TaskDone "Mark an item done",
    Join "Wait until every item is marked done, or a process has ended",
    Close "Put, or send and receive, no more",
    Send "Send VALUE at an end of a pipe",
    Recv "Receive at an end of a pipe, and print it",
    Acquire "Acquire a lock, a semaphore, or a condition's lock",
    Release "Release it",
    Wait "Wait for an event, a barrier, a condition, or the first of several",
    Set "Set an event",
    Clear "Clear it",
    Notify "Wake who waits for a condition",
    Abort "Break a barrier",
    Reset "Make it whole",
    Read "Print a value, an array, or a property",
    Write "Write VALUE",
    Add "Add, and print what it is then",
    Start "Start a process",
    Terminate "Send it SIGTERM",
    Kill "Send it SIGKILL",
}

impl Args {
    pub fn perform(self) -> Exit {
        let raw = self.raw;
        let call = match self.call() {
            Ok(call) => call,
            Err(why) => {
                results::say(&why);
                return Exit::NotStarted;
            }
        };
        match run::call(&call, |value| print(value, raw)) {
            Ok(Made::Done) => Exit::Held,
            Ok(Made::NotInTime | Made::Finished) => Exit::NotHeld,
            Err(Trouble::Fault(fault)) => {
                results::note(&fault.to_string());
                Exit::NotHeld
            }
            Err(Trouble::Refused { message, help }) => {
                results::say(&message);
                if !help.is_empty() {
                    results::note(&format!("  help: {help}"));
                }
                Exit::NotStarted
            }
            Err(Trouble::Outside(why)) => {
                results::say(&why);
                Exit::NotStarted
            }
            Err(Trouble::Unheard(error)) => results::cannot_write("standard output", &error),
        }
    }

    fn call(mut self) -> Result<Call, String> {
        let verb = ClientVerb::from(self.verb);
        let takes_value = matches!(self.verb, Verb::Put | Verb::Send | Verb::Write);
        let value = match (takes_value, self.words.len()) {
            (true, 1) => return Err(format!("`{}` needs a value: VERB OBJECT VALUE", verb.name())),
            (true, 2) => self.words.pop().map(|word| read_value(word, self.text)).transpose()?,
            (true, _) => return Err("more than one value: quote it".to_owned()),
            (false, 1) => None,
            (false, 2) if self.verb == Verb::Add && self.by.is_none() => {
                self.by = self.words.pop();
                None
            }
            (false, _) if self.verb == Verb::Wait => None,
            (false, _) => return Err(format!("`{}` takes one object and no value", verb.name())),
        };
        let by = self.by.as_deref().map_or(Ok(Value::Int(1)), from_json);
        Ok(Call {
            verb,
            words: self.words,
            value,
            index: self.index,
            by: by.map_err(|fault| format!("--by: {fault}"))?,
            n: if self.all { None } else { Some(self.n.unwrap_or(1)) },
            size: self.size,
            until: self.until.map(|part| match part {
                Part::Line => Until::Line,
                Part::Eof => Until::Eof,
            }),
            wait: match self.timeout {
                _ if self.no_block => Wait::Poll,
                Some(time) if time.is_zero() => Wait::Poll,
                Some(time) => Wait::For(u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)),
                None => Wait::Forever,
            },
        })
    }
}

/// `-` is standard input, of which the last end of line is not part where it is text.
fn read_value(word: String, text: bool) -> Result<Value, String> {
    let given = match word.as_str() {
        "-" => {
            let mut bytes = Vec::new();
            io::stdin().lock().read_to_end(&mut bytes).map_err(|error| format!("standard input: {error}"))?;
            match String::from_utf8(bytes) {
                Ok(mut given) => {
                    if text && given.ends_with('\n') {
                        given.pop();
                    }
                    given
                }
                Err(error) if text => return Ok(Value::bytes(error.into_bytes())),
                Err(_) => return Err("standard input is not UTF-8".to_owned()),
            }
        }
        _ => word,
    };
    if text {
        return Ok(Value::Str(given.as_str().into()));
    }
    from_json(&given).map_err(|fault| format!("the value is no JSON ({}); with --text it is text", fault.message))
}

/// One line; bytes, when they are asked for as they are, without its end.
fn print(value: &Value, raw: bool) -> io::Result<()> {
    let fault = |fault: crate::value::Fault| io::Error::other(fault.to_string());
    let mut out = io::stdout().lock();
    match value {
        Value::Bytes(bytes) if raw => out.write_all(bytes)?,
        _ => {
            let mut line = if raw { value.text().map_err(fault)?.to_string() } else { value.json().map_err(fault)? };
            line.push('\n');
            out.write_all(line.as_bytes())?;
        }
    }
    out.flush()
}
