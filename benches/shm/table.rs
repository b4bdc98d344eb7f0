//! Rounds, medians and ratios.
//!
//! In each round every entrant runs once, so that all meet the same weather; ratios are taken within a round, and then
//! their median. More is better in every ratio.
use super::cases::{Case, all, has_large_file};
use std::process::{Command, Stdio};
use std::time::Instant;

const PYTHON: &str = include_str!("python.py");

/// The samples of one entrant, one a round; `None` where it failed.
type Samples = Vec<Option<f64>>;

pub fn print(flags: &[&str]) {
    let value = |name: &str| flags.iter().position(|flag| *flag == name).and_then(|at| flags.get(at + 1));
    let rounds = value("--rounds").and_then(|text| text.parse().ok()).unwrap_or(3);
    let only = value("--only").copied().unwrap_or_default();
    let one_core = flags.contains(&"--one-core");
    let with_python = Command::new("python3").arg("-c").arg("import multiprocessing").status();
    let with_python = with_python.is_ok_and(|status| status.success());
    if !with_python {
        println!("python3 is not there: its columns stay empty");
    }
    println!(
        "{:<22}{:>12} {:<6}{:>12}{:>12}{:>10}{:>10}",
        "case", "mpgraph", "", "Python", "bare loop", "x Python", "of bare"
    );
    for case in all().iter().filter(|case| case.key.contains(only) && (!one_core || case.one_core)) {
        if case.key.starts_with("cat3") && !has_large_file() {
            continue;
        }
        measure(case, rounds, one_core, with_python);
    }
}

fn measure(case: &Case, rounds: usize, one_core: bool, with_python: bool) {
    let own = &std::env::current_exe().expect("this program is somewhere").display().to_string();
    let words = |first: &[&str], rest: &str| -> Vec<String> {
        first.iter().map(|word| word.to_string()).chain(rest.split(' ').map(String::from)).collect()
    };
    let entrants = [
        Some(case.ours.clone()),
        case.python.filter(|_| with_python).map(|rest| words(&["python3", "-c", PYTHON], rest)),
        case.bare.map(|rest| words(&[own, "bare"], rest)),
    ];
    let mut samples: [Samples; 3] = Default::default();
    for _ in 0..rounds {
        for (entrant, samples) in entrants.iter().zip(&mut samples) {
            samples.push(entrant.as_ref().and_then(|words| sample(words, case.metric, one_core)));
        }
    }
    let shown = |samples: &Samples| median(samples.iter().copied().flatten().collect()).map_or("-".into(), short);
    let against = |other: &Samples| {
        let pairs = samples[0].iter().zip(other).filter_map(|(ours, other)| Some(((*ours)?, (*other)?)));
        let ratio = |(ours, other): (f64, f64)| if case.more_is_better { ours / other } else { other / ours };
        median(pairs.map(ratio).collect()).map_or("-".into(), |ratio| format!("{ratio:.2}"))
    };
    let key = format!("{}{}", case.key, if one_core { "_one_core" } else { "" });
    let [ours, python, bare] = [&samples[0], &samples[1], &samples[2]];
    let (unit, x_python, of_bare) = (case.unit, against(python), against(bare));
    let [ours, python, bare] = [ours, python, bare].map(shown);
    println!("{key:<22}{ours:>12} {unit:<6}{python:>12}{bare:>12}{x_python:>10}{of_bare:>10}");
}

/// One run of an entrant: what it says of this metric, or its time from start to end.
fn sample(words: &[String], metric: &str, one_core: bool) -> Option<f64> {
    let mut command = match one_core {
        true => Command::new("taskset"),
        false => Command::new(&words[0]),
    };
    match one_core {
        true => command.args(["-c", "0"]).args(words),
        false => command.args(&words[1..]),
    };
    let begin = Instant::now();
    let output = command.stdin(Stdio::null()).stderr(Stdio::inherit()).output().ok()?;
    let wall_ms = begin.elapsed().as_secs_f64() * 1e3;
    if !output.status.success() {
        eprintln!("{}: {}", words.join(" ").chars().take(60).collect::<String>(), output.status);
        return None;
    }
    if metric == "wall" {
        return Some(wall_ms);
    }
    let text = String::from_utf8(output.stdout).ok()?;
    let mut results = text.lines().filter_map(|line| line.strip_prefix("RESULT "));
    results.find_map(|line| line.strip_prefix(metric)?.split_whitespace().next()?.parse().ok())
}

fn median(mut values: Vec<f64>) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied()
}

fn short(value: f64) -> String {
    let (value, suffix) = match value {
        value if value >= 1e6 => (value / 1e6, "M"),
        value if value >= 1e4 => (value / 1e3, "k"),
        value => (value, ""),
    };
    format!("{value:.2}{suffix}")
}
