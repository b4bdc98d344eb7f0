//! Queues.
use super::{Fields, Lower};
use crate::graph::Queue;

pub(super) fn queue(lower: &mut Lower, fields: &Fields) -> Queue {
    Queue {
        maxsize: fields.get("maxsize").and_then(|given| lower.count(given)).unwrap_or(0),
        joinable: lower.flag(fields, "joinable", false),
        items: fields.get("items").and_then(|given| lower.fold_list(given)).unwrap_or_default(),
        redeliver: redeliver(lower, fields),
    }
}

fn redeliver(lower: &mut Lower, fields: &Fields) -> bool {
    let Some(given) = fields.get("redeliver") else { return false };
    let redeliver = lower.boolean(given).unwrap_or(false);
    // A queue whose `joinable` is itself in doubt is not judged.
    let joinable = fields.get("joinable").is_some_and(|joinable| lower.boolean(joinable).unwrap_or(true));
    if redeliver && !joinable {
        lower.conflict(
            given.key,
            "`redeliver` needs `joinable: true`: only a joinable queue knows what was not marked done",
            "only for a joinable queue",
            "add `joinable: true`, or remove `redeliver`",
        );
    }
    redeliver
}
