//! The shared objects: every root key that declares some.
use super::name::Naming;
use super::{Fields, Given, Lower, barrier, cell, condition, event, lock, pipe, pool, queue, semaphore};
use crate::graph::{Kind, Object, ObjectKind, schema};

/// All objects of the graph, in the order of their declaration in the file.
pub(super) fn objects(lower: &mut Lower, root: &Fields) -> Vec<Object> {
    let mut objects = Vec::new();
    for kind in Kind::ALL {
        let Some(given) = root.get(kind.root_key()) else { continue };
        for (name, given) in lower.named(given, Naming::Object) {
            let findings = lower.bag.len();
            let kind = object_kind(lower, *kind, given);
            if lower.bag.len() > findings {
                lower.gaps.unsound.insert(name.span);
            }
            objects.push(Object { name, kind });
        }
    }
    objects.sort_by_key(|object| object.name.span);
    objects
}

fn object_kind(lower: &mut Lower, kind: Kind, given: Given) -> ObjectKind {
    // What is no map is reported, and the object is there with its defaults, so that its uses find it.
    let fields = Fields::read(lower, given, schema::of_kind(kind));
    let sound = fields.is_some();
    let fields = fields.unwrap_or_else(|| Fields::empty(given));
    lower.quietly(!sound, |lower| match kind {
        Kind::Queue => ObjectKind::Queue(queue::queue(lower, &fields)),
        Kind::Pipe => ObjectKind::Pipe(pipe::pipe(lower, &fields)),
        Kind::Event => ObjectKind::Event(event::event(lower, &fields)),
        Kind::Barrier => ObjectKind::Barrier(barrier::barrier(lower, &fields)),
        Kind::Lock => ObjectKind::Lock(lock::lock(lower, &fields)),
        Kind::Semaphore => ObjectKind::Semaphore(semaphore::semaphore(lower, &fields)),
        Kind::Condition => ObjectKind::Condition(condition::condition(lower, &fields)),
        Kind::Value => ObjectKind::Value(cell::value(lower, &fields)),
        Kind::Array => ObjectKind::Array(cell::array(lower, &fields)),
        Kind::Pool => ObjectKind::Pool(pool::pool(lower, &fields)),
    })
}
