//! A run that was recorded with `run --trace`, as it is read back.
use std::collections::BTreeMap;

use serde::Deserialize;

/// Who took part, and what was done between them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Recording {
    pub graph: String,
    /// Processes (and their threads) as declared, then objects in the order in which they first appear.
    pub lanes: Vec<Lane>,
    /// In the order in which they took effect.
    pub acts: Vec<Act>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lane {
    pub name: String,
    pub is_process: bool,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Act {
    /// Seconds since the run began.
    pub at: f64,
    /// Places among the lanes.
    pub process: usize,
    pub object: Option<usize>,
    pub verb: String,
    /// What is named, an end of a pipe too.
    pub name: String,
    pub outcome: String,
    pub place: String,
}

impl Act {
    /// Something comes from the object.
    pub fn takes(&self) -> bool {
        matches!(self.verb.as_str(), "get" | "recv" | "read" | "wait" | "acquire" | "with" | "join" | "for")
    }

    /// `put`, `get: timeout`.
    pub fn label(&self) -> String {
        match self.outcome.as_str() {
            "done" => self.verb.clone(),
            other => format!("{}: {other}", self.verb),
        }
    }
}

#[derive(Deserialize)]
struct File {
    #[serde(rename = "traceEvents")]
    events: Vec<Event>,
    #[serde(rename = "otherData")]
    about: About,
}

#[derive(Deserialize)]
struct About {
    graph: String,
}

#[derive(Deserialize)]
struct Event {
    ph: String,
    name: String,
    pid: u64,
    tid: u64,
    #[serde(default)]
    cat: String,
    #[serde(default)]
    ts: f64,
    #[serde(default)]
    dur: f64,
    #[serde(default)]
    args: Args,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Args {
    name: String,
    verb: String,
    object: String,
    place: String,
    outcome: String,
}

impl Event {
    /// When it made a difference. What waits for nothing is dated by its begin: its doer may be put aside before it notes
    /// the end, and others have gone on by then. What may wait took effect when it was over.
    fn effect(&self) -> f64 {
        match self.args.verb.as_str() {
            "put" | "get" | "recv" | "for" | "acquire" | "with" | "wait" | "join" | "sleep" | "exec" | "await"
            | "apply" | "map" => self.ts + self.dur,
            _ => self.ts,
        }
    }
}

impl Recording {
    /// # Errors
    /// What is wrong with the file, in a sentence.
    pub fn read(text: &str) -> Result<Recording, String> {
        let file: File = serde_json::from_str(text).map_err(|error| format!("no trace of a run: {error}"))?;
        let mut names: BTreeMap<(u64, Option<u64>), String> = BTreeMap::new();
        for event in file.events.iter().filter(|event| event.ph == "M") {
            match event.name.as_str() {
                "process_name" => names.insert((event.pid, None), event.args.name.clone()),
                "thread_name" => names.insert((event.pid, Some(event.tid)), event.args.name.clone()),
                _ => None,
            };
        }
        let mut steps: Vec<&Event> =
            file.events.iter().filter(|event| event.ph == "X" && !event.args.verb.is_empty()).collect();
        let mut recording = Recording { graph: file.about.graph, ..Default::default() };
        // As they are declared.
        steps.sort_by_key(|step| (step.pid, step.tid));
        for step in &steps {
            let name = names.get(&(step.pid, Some(step.tid))).or_else(|| names.get(&(step.pid, None)));
            let name = name.cloned().unwrap_or_else(|| format!("process {}", step.pid));
            recording.lane(&name, true);
        }
        steps.sort_by(|a, b| a.effect().total_cmp(&b.effect()));
        for step in steps {
            let name = names.get(&(step.pid, Some(step.tid))).or_else(|| names.get(&(step.pid, None)));
            let process = recording.lane(&name.cloned().unwrap_or_else(|| format!("process {}", step.pid)), true);
            let object = step.args.object.as_str();
            let owner = if step.cat == "pipe" { object.split('.').next().unwrap_or(object) } else { object };
            let object = (!owner.is_empty()).then(|| recording.lane(owner, step.cat == "process"));
            recording.acts.push(Act {
                at: step.effect() / 1e6,
                process,
                object,
                verb: step.args.verb.clone(),
                name: step.args.object.clone(),
                outcome: step.args.outcome.clone(),
                place: step.args.place.clone(),
            });
        }
        Ok(recording)
    }

    /// The place of a lane, which is made if it is not there yet.
    fn lane(&mut self, name: &str, is_process: bool) -> usize {
        self.lanes.iter().position(|lane| lane.name == name).unwrap_or_else(|| {
            self.lanes.push(Lane { name: name.to_owned(), is_process });
            self.lanes.len() - 1
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn acts_stand_in_the_order_in_which_they_took_effect() {
        let text = r#"{"otherData": {"graph": "g"}, "traceEvents": [
            {"ph": "M", "name": "process_name", "pid": 1, "tid": 0, "args": {"name": "a"}},
            {"ph": "M", "name": "process_name", "pid": 2, "tid": 0, "args": {"name": "b"}},
            {"ph": "X", "cat": "process", "name": "a", "pid": 1, "tid": 0, "ts": 0, "dur": 9, "args": {"exit": 0}},
            {"ph": "X", "cat": "queue", "name": "get q", "pid": 2, "tid": 0, "ts": 1, "dur": 6,
             "args": {"verb": "get", "object": "q", "place": "g:2", "step": "get: q", "outcome": "done"}},
            {"ph": "X", "cat": "queue", "name": "put q", "pid": 1, "tid": 0, "ts": 4, "dur": 1,
             "args": {"verb": "put", "object": "q", "place": "g:1", "step": "put: q", "outcome": "done"}}]}"#;
        let recording = Recording::read(text).unwrap();
        let lanes: Vec<&str> = recording.lanes.iter().map(|lane| lane.name.as_str()).collect();
        assert_eq!(lanes, ["a", "b", "q"]);
        let verbs: Vec<&str> = recording.acts.iter().map(|act| act.verb.as_str()).collect();
        assert_eq!(verbs, ["put", "get"]);
        assert!(Recording::read("[]").is_err());
        assert!(Recording::read("{").is_err());
    }
}
