//! How a verification stands, in one line.
use crate::value::Size;
use crate::verify::Progress;

pub fn progress(now: &Progress) -> String {
    let seconds = now.elapsed.as_secs_f64().max(1e-9);
    let rate = now.states as f64 / seconds;
    let memory = Size::from_bytes(now.memory >> 20 << 20);
    let (states, depth, frontier) = (now.states, now.depth, now.frontier);
    let positions = now.positions;
    format!(
        "{states} states, {rate:.0}/s, depth {depth}, {frontier} to look at, {memory} (at most {positions:.0e} positions)"
    )
}
