//! What was observed against what was expected: pure.
use super::deadlock::Deadlock;
use super::reactor::Cause;
use super::record::Record;
use super::world::{Shared, World};
use crate::check::Plan;
use crate::diag::{Bag, Span};
use crate::expr::{Env, Me, Random};
use crate::graph::{
    self, ExitPattern, Expect, Kind, LinePattern, Lines, ObjectId, ObjectKind, OutcomeKind, ValuePattern,
};
use crate::program::ConstantScope;
use crate::shm;
use crate::value::{Str, Value, compare, decode, equals};

/// Something that did not hold.
#[derive(Clone, Debug)]
pub struct Failure {
    /// Where in the graph it is asked for; the process itself where nothing is asked.
    pub span: Span,
    /// One sentence: what of whom.
    pub message: String,
    /// For a diff; both empty where the sentence says it all.
    pub expected: Vec<String>,
    pub observed: Vec<String>,
}

/// How the run came out, by the contract of the command line.
#[derive(Clone, Debug)]
pub struct Outcome {
    pub exit: i32,
    pub failures: Vec<Failure>,
}

pub struct Observed<'a> {
    pub world: &'a World<'a>,
    pub record: &'a Record,
    pub cause: Cause,
    pub deadlock: Option<&'a Deadlock>,
    pub elapsed_ns: u64,
}

/// `check`: whether `expect` counts (`--no-expect`).
pub fn judge(observed: &Observed, check: bool) -> Outcome {
    let plan = observed.world.plan;
    let expect = plan.graph().expect.as_ref().filter(|_| check);
    let mut judge = Judge { observed, plan, failures: Vec::new() };
    let wanted = expect.and_then(|expect| expect.outcome.as_ref()).map(|outcome| outcome.value);
    match observed.cause {
        Cause::Signal(signal) => return Outcome { exit: 128 + signal, failures: Vec::new() },
        Cause::OutputClosed => return Outcome { exit: 0, failures: Vec::new() },
        _ => {}
    }
    if observed.cause == Cause::NoRoom {
        judge.fail(plan.graph().span, "the run was given up: not everything could be started".into());
    }
    if observed.cause == Cause::Followed {
        // Cut off in the middle: only what has ended by itself can be judged.
        judge.processes(None);
        return Outcome { exit: i32::from(!judge.failures.is_empty()), failures: judge.failures };
    }
    judge.outcome(expect);
    judge.processes(expect);
    if let Some(expect) = expect {
        judge.expect(expect);
    }
    let failures = judge.failures;
    let exit = match observed.cause {
        Cause::Deadlock if wanted != Some(OutcomeKind::Deadlock) => 3,
        Cause::Timeout if wanted != Some(OutcomeKind::Timeout) => 5,
        _ => i32::from(!failures.is_empty()),
    };
    Outcome { exit, failures }
}

struct Judge<'a> {
    observed: &'a Observed<'a>,
    plan: &'a Plan,
    failures: Vec<Failure>,
}

impl Judge<'_> {
    fn fail(&mut self, span: Span, message: String) {
        self.failures.push(Failure { span, message, expected: Vec::new(), observed: Vec::new() });
    }

    fn differ(&mut self, span: Span, message: String, expected: Vec<String>, observed: Vec<String>) {
        self.failures.push(Failure { span, message, expected, observed });
    }

    fn outcome(&mut self, expect: Option<&Expect>) {
        let Some(outcome) = expect.and_then(|expect| expect.outcome.as_ref()) else { return };
        let (wanted, word) = match outcome.value {
            OutcomeKind::Completed => (Cause::Completed, "that the run completes"),
            OutcomeKind::Deadlock => (Cause::Deadlock, "a deadlock"),
            OutcomeKind::Timeout => (Cause::Timeout, "that the run hits its timeout"),
        };
        let came = match self.observed.cause {
            Cause::Deadlock => "it is deadlocked",
            Cause::Timeout => "it hit its timeout",
            Cause::NoRoom => "it was given up",
            _ => "it completed",
        };
        if self.observed.cause != wanted {
            self.fail(outcome.span, format!("expected {word}, and {came}"));
        }
    }

    /// Exits: those that are asked for, and 0 of every process that is no daemon and that nobody asks about.
    fn processes(&mut self, expect: Option<&Expect>) {
        let stopped_run = self.observed.cause != Cause::Completed;
        for (index, instance) in self.plan.instances().iter().enumerate() {
            let record = &self.observed.record.processes[index];
            let process = self.plan.graph().process(instance.process);
            if let Some(cut_short) = &record.cut_short {
                self.fail(process.name.span, format!("`{}`: {cut_short}", instance.name));
            }
            let asked = expect.and_then(|expect| {
                let of = |name: &str| expect.processes.iter().find(|(of, _)| of.value == name);
                // What is said of one instance goes before what is said of all.
                let one = of(&instance.name).filter(|(_, expect)| expect.exit.is_some());
                one.or_else(|| of(&process.name.value)).and_then(|(_, expect)| expect.exit.as_ref())
            });
            if let Some(asked) = asked {
                let holds = record.exit.is_some_and(|exit| {
                    asked.value.iter().any(|pattern| match pattern.value {
                        ExitPattern::Code(code) => code == exit,
                        ExitPattern::Nonzero => exit != 0,
                    })
                });
                if !holds {
                    let wanted: Vec<String> = asked.value.iter().map(|pattern| exit_text(pattern.value)).collect();
                    let came = record.exit.map_or("it never ran".into(), |exit| format!("it ended with {exit}"));
                    let message =
                        format!("`{}` was expected to end with {}, and {came}", instance.name, wanted.join(" or "));
                    self.fail(asked.span, message);
                }
                continue;
            }
            if let Some(culprit) = &record.skipped_by {
                self.fail(
                    process.name.span,
                    format!("`{}` was skipped: `{culprit}` did not end with 0", instance.name),
                );
                continue;
            }
            let Some(exit) = record.exit else {
                // Nobody has to start what waits to be started; what starts by itself was to have run.
                if process.start == graph::Start::Auto && !process.daemon && !stopped_run {
                    self.fail(
                        process.name.span,
                        format!("`{}` never started: what it comes after never ended", instance.name),
                    );
                }
                continue;
            };
            if exit != 0 && !process.daemon && !(record.stopped && (stopped_run || exit < 0)) {
                self.fail(process.name.span, format!("`{}` {}", instance.name, ending(exit, record)));
            }
        }
    }

    fn expect(&mut self, expect: &Expect) {
        if self.observed.record.overflowed {
            self.fail(
                expect.span,
                "more lines were printed than are kept, so expectations on lines cannot be judged".into(),
            );
            return;
        }
        // Where steps go in a given order time does not pass as it would.
        if let Some(elapsed) = expect.elapsed.as_ref().filter(|_| !self.observed.world.gated) {
            let took = std::time::Duration::from_nanos(self.observed.elapsed_ns);
            if elapsed.min.is_some_and(|min| took < min) {
                self.fail(elapsed.span, format!("the run took {took:.3?}, less than expected"));
            }
            if elapsed.max.is_some_and(|max| took > max) {
                self.fail(elapsed.span, format!("the run took {took:.3?}, more than expected"));
            }
        }
        if let Some(lines) = &expect.stdout {
            self.lines(lines, "stdout", &self.observed.record.stdout, &Me::default());
        }
        for (name, wanted) in &expect.processes {
            for index in self.instances_named(&name.value) {
                let record = &self.observed.record.processes[index];
                let instance = &self.plan.instances()[index];
                let target = self.plan.graph().process(instance.process).name.value.as_str();
                let me = Me { name: record.name.clone(), index: i64::from(instance.index), target: Str::from(target) };
                for (stream, lines, came) in
                    [("stdout", &wanted.stdout, &record.stdout), ("stderr", &wanted.stderr, &record.stderr)]
                {
                    if let Some(lines) = lines {
                        self.lines(lines, &format!("{stream} of `{}`", record.name), came, &me);
                    }
                }
            }
        }
        self.objects(expect);
        if expect.clean.as_ref().is_some_and(|clean| clean.value) {
            self.clean(expect);
        }
    }

    fn instances_named(&self, name: &str) -> Vec<usize> {
        match crate::program::find_process(self.plan.graph(), name) {
            Some(process) => self.plan.instances_of(process).collect(),
            None => Vec::new(),
        }
    }

    fn lines(&mut self, wanted: &Lines, of: &str, came: &[Vec<u8>], me: &Me) {
        let came: Vec<String> = came.iter().map(|line| String::from_utf8_lossy(line).into_owned()).collect();
        let patterns = |list: &Option<Vec<LinePattern>>| -> Option<Vec<Pattern>> {
            list.as_ref().map(|list| list.iter().map(|pattern| self.pattern(pattern, me)).collect())
        };
        let (exact, any_order) = (patterns(&wanted.exact), patterns(&wanted.any_order));
        let (contains, in_order) = (patterns(&wanted.contains), patterns(&wanted.in_order));
        let excludes = patterns(&wanted.excludes);
        let shown = |list: &[Pattern]| list.iter().map(Pattern::shown).collect::<Vec<String>>();
        if let Some(list) = exact
            && !(list.len() == came.len() && list.iter().zip(&came).all(|(pattern, line)| pattern.matches(line)))
        {
            // Lines that match a pattern are shown as the pattern, so that only what differs differs.
            let came = align(&list, &came);
            self.differ(wanted.span, format!("{of} is not what was expected"), shown(&list), came);
        }
        if let Some(list) = any_order
            && !(list.len() == came.len() && assignment(&list, &came).iter().all(Option::is_some))
        {
            let (missing, surplus) = left_over(&list, &came);
            self.differ(wanted.span, format!("{of} is not what was expected, in any order"), missing, surplus);
        }
        if let Some(list) = contains {
            let found = assignment(&list, &came);
            let missing: Vec<String> = list
                .iter()
                .zip(&found)
                .filter(|(_, found)| found.is_none())
                .map(|(pattern, _)| pattern.shown())
                .collect();
            if !missing.is_empty() {
                self.differ(wanted.span, format!("{of} does not contain what was expected"), missing, came.clone());
            }
        }
        if let Some(list) = in_order {
            let mut rest = came.iter();
            if let Some(missing) = list.iter().find(|pattern| !rest.any(|line| pattern.matches(line))) {
                let message = format!("{of} does not have `{}` where the order asks for it", missing.shown());
                self.differ(wanted.span, message, shown(&list), came.clone());
            }
        }
        for pattern in excludes.into_iter().flatten() {
            if let Some(line) = came.iter().find(|line| pattern.matches(line)) {
                self.fail(wanted.span, format!("{of} has `{line}`, which is excluded"));
            }
        }
        if let Some(count) = &wanted.count
            && count.value != came.len() as u64
        {
            let message = format!("{of} has {} lines, and {} were expected", came.len(), count.value);
            self.differ(count.span, message, Vec::new(), came);
        }
    }

    fn pattern(&self, pattern: &LinePattern, me: &Me) -> Pattern {
        match pattern {
            LinePattern::Regex(regex, _) => Pattern::Regex(regex.clone()),
            LinePattern::Text(template, _) => {
                let mut scope = ConstantScope { graph: self.plan.graph() };
                let mut random = Random::new(self.observed.world.seed, &me.name);
                let mut env = Env { slots: &[], me, random: &mut random };
                let text = template.compile(&mut scope, &mut Bag::new()).and_then(|code| code.eval(&mut env).ok());
                Pattern::Text(text.and_then(|value| value.text().ok()).map(|text| text.to_string()).unwrap_or_default())
            }
        }
    }

    fn objects(&mut self, expect: &Expect) {
        let (world, plan) = (self.observed.world, self.plan);
        let id = |name: &graph::Name| plan.graph().object_named(&name.value);
        for (name, wanted) in &expect.queues {
            let Some(id) = id(name) else { continue };
            let items = contents(world, id);
            let of = format!("what is left in `{}`", name.value);
            let json =
                |values: &[Value]| values.iter().map(|value| value.json().unwrap_or_default()).collect::<Vec<_>>();
            let same = |a: &Value, b: &Value| equals(a, b);
            if let Some(list) = &wanted.exact
                && !(list.len() == items.len() && list.iter().zip(&items).all(|(a, b)| same(a, b)))
            {
                self.differ(wanted.span, format!("{of} is not what was expected"), json(list), json(&items));
            }
            if let Some(list) = &wanted.any_order
                && !(list.len() == items.len() && is_contained(list, &items))
            {
                self.differ(
                    wanted.span,
                    format!("{of} is not what was expected, in any order"),
                    json(list),
                    json(&items),
                );
            }
            if let Some(list) = &wanted.contains
                && !is_contained(list, &items)
            {
                self.differ(wanted.span, format!("{of} does not contain what was expected"), json(list), json(&items));
            }
            if let Some(count) = &wanted.count
                && count.value != items.len() as u64
            {
                self.fail(count.span, format!("{of} is {} items, and {} were expected", items.len(), count.value));
            }
        }
        for (name, wanted) in &expect.values {
            let Some(id) = id(name) else { continue };
            if let Ok(came) = super::cells::value(world.object::<shm::Value>(id).read()) {
                self.value(name, wanted, &came);
            }
        }
        for (name, wanted) in &expect.arrays {
            let Some(id) = id(name) else { continue };
            let actor = shm::Actor::new(&world.arena, super::world::SUPERVISOR);
            let cells = world.object::<shm::Array>(id).read_all(&actor);
            if let Ok(cells) = cells.into_iter().map(super::cells::value).collect::<Result<Vec<Value>, _>>() {
                self.value(name, wanted, &Value::list(cells));
            }
        }
        for (name, wanted) in &expect.events {
            let Some(id) = id(name) else { continue };
            let set = world.object::<shm::Event>(id).is_set();
            if set != wanted.value {
                let word = |set| if set { "set" } else { "clear" };
                let message =
                    format!("the event `{}` is {}, and {} was expected", name.value, word(set), word(wanted.value));
                self.fail(wanted.span, message);
            }
        }
    }

    fn value(&mut self, name: &graph::Name, wanted: &ValuePattern, came: &Value) {
        use std::cmp::Ordering::{Greater, Less};
        let json = |value: &Value| value.json().unwrap_or_default();
        let message = |wanted: String| format!("`{}` is {}, and {wanted} was expected", name.value, json(came));
        match wanted {
            ValuePattern::Equals(value, span) if !equals(value, came) => self.fail(*span, message(json(value))),
            ValuePattern::AnyOf(values, span) if !values.iter().any(|value| equals(value, came)) => {
                let any: Vec<String> = values.iter().map(json).collect();
                self.fail(*span, message(format!("one of {}", any.join(", "))));
            }
            ValuePattern::Bounds(bounds) => {
                let cells = match came {
                    Value::List(cells) => cells.to_vec(),
                    value => vec![value.clone()],
                };
                let breaks = |bound: &Option<Value>, wrong| {
                    bound.as_ref().is_some_and(|bound| {
                        cells.iter().any(|cell| compare(cell, bound).is_ok_and(|order| order == Some(wrong)))
                    })
                };
                if breaks(&bounds.min, Less) {
                    self.fail(
                        bounds.span,
                        message(format!("at least {}", bounds.min.as_ref().map(json).unwrap_or_default())),
                    );
                }
                if breaks(&bounds.max, Greater) {
                    self.fail(
                        bounds.span,
                        message(format!("at most {}", bounds.max.as_ref().map(json).unwrap_or_default())),
                    );
                }
            }
            _ => {}
        }
    }

    /// Queues empty, tasks done, locks free.
    fn clean(&mut self, expect: &Expect) {
        let span = expect.clean.as_ref().map_or(expect.span, |clean| clean.span);
        let world = self.observed.world;
        for (index, object) in self.plan.graph().objects.iter().enumerate() {
            let (id, name) = (ObjectId(index as u32), &object.name.value);
            match &object.kind {
                ObjectKind::Queue(declared) => {
                    let queue: &shm::Queue = world.object(id);
                    if !queue.empty() {
                        self.fail(span, format!("the queue `{name}` still has {} items", queue.qsize()));
                    }
                    if declared.joinable && queue.unfinished() > 0 {
                        self.fail(span, format!("{} tasks of the queue `{name}` are not done", queue.unfinished()));
                    }
                }
                ObjectKind::Lock(_) => {
                    let lock: &shm::Lock = world.object(id);
                    if let Some(slot) = lock.holder().or_else(|| lock.abandoned_by()) {
                        let holder = world.node_of(slot).map_or("somebody", |node| &world.node(node).name);
                        self.fail(span, format!("the lock `{name}` was never released by `{holder}`"));
                    }
                }
                _ => {}
            }
        }
    }
}

enum Pattern {
    Text(String),
    Regex(regex::Regex),
}

impl Pattern {
    fn matches(&self, line: &str) -> bool {
        match self {
            Pattern::Text(text) => text == line,
            Pattern::Regex(regex) => regex.is_match(line),
        }
    }

    fn shown(&self) -> String {
        match self {
            Pattern::Text(text) => text.clone(),
            Pattern::Regex(regex) => format!("/{}/", regex.as_str()),
        }
    }
}

/// For each pattern a line of its own, if one can be found for it: a largest such matching (texts may match what a
/// regex matches, too, so the first that fits is not always right).
fn assignment(patterns: &[Pattern], lines: &[String]) -> Vec<Option<usize>> {
    let mut taken_by: Vec<Option<usize>> = vec![None; lines.len()];
    // Equal texts are the common case by far, and need no search.
    let mut by_text: std::collections::HashMap<&str, Vec<usize>> = std::collections::HashMap::new();
    for (index, line) in lines.iter().enumerate().rev() {
        by_text.entry(line).or_default().push(index);
    }
    for (index, pattern) in patterns.iter().enumerate() {
        if let Pattern::Text(text) = pattern
            && let Some(line) = by_text.get_mut(text.as_str()).and_then(Vec::pop)
        {
            taken_by[line] = Some(index);
        }
    }
    for index in 0..patterns.len() {
        if matches!(patterns[index], Pattern::Regex(_)) {
            augment(index, patterns, lines, &mut taken_by, &mut vec![false; lines.len()]);
        }
    }
    let mut found = vec![None; patterns.len()];
    for (line, pattern) in taken_by.iter().enumerate() {
        if let Some(pattern) = pattern {
            found[*pattern] = Some(line);
        }
    }
    found
}

fn augment(
    pattern: usize,
    patterns: &[Pattern],
    lines: &[String],
    taken_by: &mut Vec<Option<usize>>,
    seen: &mut Vec<bool>,
) -> bool {
    for line in 0..lines.len() {
        if seen[line] || !patterns[pattern].matches(&lines[line]) {
            continue;
        }
        seen[line] = true;
        let free = match taken_by[line] {
            None => true,
            Some(other) => augment(other, patterns, lines, taken_by, seen),
        };
        if free {
            taken_by[line] = Some(pattern);
            return true;
        }
    }
    false
}

/// Patterns without a line, and lines without a pattern.
fn left_over(patterns: &[Pattern], lines: &[String]) -> (Vec<String>, Vec<String>) {
    let found = assignment(patterns, lines);
    let missing = patterns.iter().zip(&found).filter(|(_, line)| line.is_none()).map(|(pattern, _)| pattern.shown());
    let surplus = lines.iter().enumerate().filter(|(index, _)| !found.contains(&Some(*index)));
    (missing.collect(), surplus.map(|(_, line)| line.clone()).collect())
}

fn align(patterns: &[Pattern], lines: &[String]) -> Vec<String> {
    let mut next = 0;
    lines
        .iter()
        .map(|line| {
            let hit = patterns[next.min(patterns.len())..].iter().position(|pattern| pattern.matches(line));
            match hit {
                Some(ahead) => {
                    next += ahead + 1;
                    patterns[next - 1].shown()
                }
                None => line.clone(),
            }
        })
        .collect()
}

fn is_contained(wanted: &[Value], came: &[Value]) -> bool {
    let mut rest: Vec<&Value> = came.iter().collect();
    wanted.iter().all(|value| match rest.iter().position(|other| equals(value, other)) {
        Some(at) => {
            rest.swap_remove(at);
            true
        }
        None => false,
    })
}

fn contents(world: &World, id: ObjectId) -> Vec<Value> {
    let mut items = Vec::new();
    if let (Kind::Queue, Shared::Object(_)) = (world.plan.graph().object(id).kind(), world.shared(id)) {
        world.object::<shm::Queue>(id).contents(&world.arena, |bytes| items.extend(decode(bytes)));
    }
    items
}

fn exit_text(pattern: ExitPattern) -> String {
    match pattern {
        ExitPattern::Code(code) => code.to_string(),
        ExitPattern::Nonzero => "nonzero".into(),
    }
}

/// How a process ended badly, in one phrase.
pub fn ending(exit: i32, record: &super::ProcessRecord) -> String {
    if let Some(why) = &record.unstarted {
        return format!("could not be started: {why}");
    }
    if record.timed_out {
        return "hit its timeout".into();
    }
    let signal = |number: i32| {
        nix::sys::signal::Signal::try_from(number)
            .map_or_else(|_| format!("signal {number}"), |signal| signal.as_str().into())
    };
    let field = |error: &Value, name| {
        error.as_map().and_then(|map| map.field(name)).and_then(Value::as_str).unwrap_or_default().to_owned()
    };
    match (&record.raised, exit) {
        (Some(error), 1) => {
            let (kind, message, place) = (field(error, "type"), field(error, "message"), field(error, "place"));
            let message = if message.is_empty() { kind } else { format!("{kind}: {message}") };
            format!("raised {message} ({place})")
        }
        (_, exit) if exit < 0 => format!("was ended by {}", signal(-exit)),
        (_, exit) => format!("ended with {exit}"),
    }
}
