//! The smallest bounds of queues, for people and for programs.
use std::io::{self, Write};

use serde::Serialize;

use crate::verify::{Answer, Capacities, Limit};

pub fn capacities(found: &Capacities, path: &str, out: &mut dyn Write) -> io::Result<()> {
    match &found.answer {
        Answer::NoBoundHelps => {
            return writeln!(out, "{path}: runs can get stuck whatever the bounds of the queues are");
        }
        Answer::Limited(limit) => {
            return writeln!(out, "{path}: not decided, the limit of {} was reached", limit.as_str());
        }
        Answer::NotVerifiable(obstacles) => {
            let why = obstacles.first().map_or("", |obstacle| obstacle.message.as_str());
            return writeln!(out, "{path}: NOT VERIFIABLE, {why}");
        }
        Answer::Found if found.queues.is_empty() => return writeln!(out, "{path}: no queue has a bound"),
        Answer::Found => writeln!(out, "{path}: no run gets stuck with these bounds")?,
    }
    let wide = found.queues.iter().map(|queue| queue.queue.chars().count()).max().unwrap_or(0);
    for queue in &found.queues {
        let smallest = queue.smallest.map_or(String::from("?"), |smallest| smallest.to_string());
        let name = &queue.queue;
        writeln!(out, "  {name:wide$}  maxsize: {smallest}  (declared: {})", queue.declared)?;
    }
    Ok(())
}

/// One document and a line end.
pub fn capacities_json(found: &Capacities, path: &str, out: &mut dyn Write) -> io::Result<()> {
    let (answer, limit, obstacles): (_, Option<Limit>, &[crate::verify::Obstacle]) = match &found.answer {
        Answer::Found => ("found", None, &[]),
        Answer::NoBoundHelps => ("no-bound-helps", None, &[]),
        Answer::Limited(limit) => ("bounded", Some(*limit), &[]),
        Answer::NotVerifiable(obstacles) => ("not-verifiable", None, obstacles),
    };
    let queues = found.queues.iter().map(|queue| QueueRecord {
        queue: &queue.queue,
        declared: queue.declared,
        smallest: queue.smallest,
    });
    let record = Record {
        path,
        answer,
        limit: limit.map(Limit::as_str),
        obstacles: obstacles.iter().map(|obstacle| obstacle.message.as_str()).collect(),
        capacities: queues.collect(),
    };
    serde_json::to_writer_pretty(&mut *out, &record)?;
    writeln!(out)
}

#[derive(Serialize)]
struct Record<'a> {
    path: &'a str,
    /// `found`, `no-bound-helps`, `bounded`, `not-verifiable`.
    answer: &'a str,
    limit: Option<&'a str>,
    obstacles: Vec<&'a str>,
    capacities: Vec<QueueRecord<'a>>,
}

#[derive(Serialize)]
struct QueueRecord<'a> {
    queue: &'a str,
    declared: u64,
    smallest: Option<u64>,
}
