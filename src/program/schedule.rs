//! A path as orders for real processes: who takes which step when, and what must come of it.
use super::Outcome;
use crate::diag::Code;
use crate::value::{Map, Str, Value};

/// In the order in which the steps are to be taken.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Schedule {
    /// The name of the graph; empty where nobody has said it.
    pub graph: Str,
    pub entries: Vec<Entry>,
    /// What it is a counterexample to.
    pub finds: Option<Finds>,
    /// The number of the entry from which on the rest can be taken again and again.
    pub again: Option<usize>,
}

/// A finding that a schedule shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finds {
    /// `verify/...`.
    pub code: String,
    pub message: String,
    /// How long it takes by the schedule's own clock is what is wrong.
    pub by_clock: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The process, thread or worker; empty: the runner.
    pub process: Str,
    /// `file:line` of the step.
    pub place: Str,
    /// The verb.
    pub verb: Str,
    pub phase: Phase,
    /// What must come of it, as JSON where it is a value: `done`, `done 3`, `timeout`, `ended`, `error Empty`.
    pub result: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// The step is begun and answered.
    Whole,
    /// The step is begun, and waits.
    Begin,
    /// A step that was begun before is answered, by what another did or by the clock.
    End,
    /// The process ends.
    Exit,
    /// The process is started by the runner, again or after others.
    Start,
    /// The clock goes on.
    Clock,
    /// Daemons and workers are stopped.
    Stop,
    /// The time that the process may take is over, or the run.
    TimeUp,
}

impl Phase {
    const ALL: [(Phase, &'static str); 8] = [
        (Phase::Whole, "step"),
        (Phase::Begin, "begin"),
        (Phase::End, "end"),
        (Phase::Exit, "exit"),
        (Phase::Start, "start"),
        (Phase::Clock, "clock"),
        (Phase::Stop, "stop"),
        (Phase::TimeUp, "time_up"),
    ];

    pub fn as_str(self) -> &'static str {
        Self::ALL.iter().find(|(phase, _)| *phase == self).map_or("", |(_, word)| word)
    }

    pub fn parse(word: &str) -> Option<Phase> {
        Self::ALL.iter().find(|(_, known)| *known == word).map(|(phase, _)| *phase)
    }
}

impl Schedule {
    /// As it stands in a file: JSON, one entry a line.
    pub fn to_json(&self) -> String {
        let text = |text: &str| Value::from(text).json().unwrap_or_default();
        let entry = |entry: &Entry| {
            format!(
                "  {{\"process\": {}, \"place\": {}, \"verb\": {}, \"phase\": {}, \"result\": {}}}",
                text(&entry.process),
                text(&entry.place),
                text(&entry.verb),
                text(entry.phase.as_str()),
                text(&entry.result)
            )
        };
        let entries: Vec<String> = self.entries.iter().map(entry).collect();
        let finds = self.finds.as_ref().map_or(String::new(), |finds| {
            let by_clock = if finds.by_clock { ", \"by_clock\": true" } else { "" };
            let (code, message) = (text(&finds.code), text(&finds.message));
            format!("\"finds\": {{\"code\": {code}, \"message\": {message}{by_clock}}}, ")
        });
        let again = self.again.map_or(String::new(), |again| format!("\"again\": {again}, "));
        let (graph, entries) = (text(&self.graph), entries.join(",\n"));
        format!("{{\"schedule\": 1, \"graph\": {graph}, {finds}{again}\"steps\": [\n{entries}\n]}}\n")
    }

    /// The error says what is wrong with the file.
    pub fn from_json(text: &str) -> Result<Schedule, String> {
        let file = crate::value::from_json(text).map_err(|fault| fault.to_string())?;
        let file = file.as_map().ok_or("a schedule is a map")?;
        if file.field("schedule") != Some(&Value::Int(1)) {
            return Err("it is no schedule of this version (`schedule: 1`)".into());
        }
        let steps = file.field("steps").and_then(Value::as_list).ok_or("it has no list `steps`")?;
        let entries: Result<Vec<Entry>, String> = steps.iter().map(Entry::from_value).collect();
        let finds = file.field("finds").map(Finds::from_value).transpose()?;
        let again = match file.field("again") {
            None => None,
            Some(Value::Int(again)) if usize::try_from(*again).is_ok_and(|again| again <= steps.len()) => {
                Some(*again as usize)
            }
            Some(_) => return Err("`again` is no number of a step".into()),
        };
        let graph = Str::from(file.field("graph").and_then(Value::as_str).unwrap_or_default());
        Ok(Schedule { graph, entries: entries?, finds, again })
    }
}

impl Finds {
    pub fn is_deadlock(&self) -> bool {
        self.code == Code::VerifyDeadlock.as_str()
    }

    pub fn is_lost_update(&self) -> bool {
        self.code == Code::VerifyLostUpdate.as_str()
    }

    fn from_value(value: &Value) -> Result<Finds, String> {
        let text = |name: &str| value.as_map().and_then(|map| map.field(name)).and_then(Value::as_str);
        let by_clock = value.as_map().and_then(|map| map.field("by_clock")) == Some(&Value::Bool(true));
        match (text("code"), text("message")) {
            (Some(code), Some(message)) => Ok(Finds { code: code.into(), message: message.into(), by_clock }),
            _ => Err("`finds` has no `code` and `message`".into()),
        }
    }
}

impl Entry {
    /// The time of this process is over, or the run's (without a name).
    pub fn time_up(process: Str) -> Entry {
        Entry { process, place: Str::EMPTY, verb: Str::EMPTY, phase: Phase::TimeUp, result: String::new() }
    }

    /// The result of a step whose answer nobody can foresee: the number of a process, the time.
    pub const UNFORESEEN: &str = "done *";

    /// Whether this may have come of the step, instead of what stands here: some answers are told by one side only.
    pub fn agrees_with(&self, result: &str) -> bool {
        let worker = |text: &str| matches!(text, "takes" | "delivers" | "done");
        let waits = matches!(&*self.verb, "wait" | "acquire" | "with" | "join");
        let late = |text: &str| matches!(text, "timeout" | "error BrokenBarrierError");
        let either = |one: &str, other: &str| one == "done" && other.starts_with("done");
        self.result == result
            || *self.result == *Entry::UNFORESEEN && result.starts_with("done ")
            || worker(&self.result) && worker(result)
            || waits && (either(&self.result, result) || either(result, &self.result))
            // A barrier that is broken for want of time tells of it as of any other break.
            || late(&self.result) && late(result) && *self.verb == *"wait"
    }

    /// Two `file:line` that may be the same step: from where the graph was named is no part of it.
    pub fn same_place(one: &str, other: &str) -> bool {
        let tail = |place: &str| place.rsplit_once('/').map_or(place.len(), |(_, tail)| tail.len());
        one == other || one[one.len() - tail(one)..] == other[other.len() - tail(other)..]
    }

    fn from_value(value: &Value) -> Result<Entry, String> {
        let map: &Map = value.as_map().ok_or("a step is a map")?;
        let text =
            |name: &str| map.field(name).and_then(Value::as_str).ok_or_else(|| format!("a step has no text `{name}`"));
        let phase = text("phase")?;
        Ok(Entry {
            process: Str::from(text("process")?),
            place: Str::from(text("place")?),
            verb: Str::from(text("verb")?),
            phase: Phase::parse(phase).ok_or_else(|| format!("there is no phase `{phase}`"))?,
            result: text("result")?.to_owned(),
        })
    }
}

impl Outcome {
    /// As it stands in a schedule.
    pub fn word(&self) -> String {
        match self {
            Outcome::Done(Value::Null | Value::Handle(_)) => "done".into(),
            Outcome::Done(value) => format!("done {}", value.json().unwrap_or_default()),
            Outcome::TimedOut => "timeout".into(),
            Outcome::Ended => "ended".into(),
            Outcome::Failed(fault) => format!("error {}", fault.kind),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_schedule_comes_back_from_its_file() {
        let entry = |phase, result: &str| Entry {
            process: Str::from("a\"b"),
            place: Str::from("graph.yaml:7"),
            verb: Str::from("get"),
            phase,
            result: result.into(),
        };
        let schedule = Schedule {
            graph: Str::from("g"),
            entries: vec![entry(Phase::Begin, ""), entry(Phase::End, "done {\"a\":1}")],
            finds: Some(Finds {
                code: "verify/deadlock".into(),
                message: "`a` can wait \"for ever\"".into(),
                by_clock: true,
            }),
            again: Some(1),
        };
        assert_eq!(Schedule::from_json(&schedule.to_json()), Ok(schedule));
        assert!(Schedule::from_json("{}").is_err());
        assert!(Schedule::from_json(r#"{"schedule": 1, "steps": [{"process": "a"}]}"#).is_err());
    }
}
