//! `wiring/one-end`: a message pipe of which one end is used by nobody.
//!
//! Bad: `send: chan.a`, and `chan.b` nowhere. Good: another process with `recv: chan.b`.
use crate::check::names::is_backwards;
use crate::check::study::Study;
use crate::diag::{Bag, Code, Finding};
use crate::graph::{ObjectId, ObjectKind, PipeMode};
use crate::program::{End, Thing};

pub(in crate::check) fn one_end(study: &Study, bag: &mut Bag) {
    for (number, object) in study.graph.objects.iter().enumerate() {
        let id = ObjectId(number as u32);
        let ObjectKind::Pipe(pipe) = &object.kind else { continue };
        if pipe.mode != PipeMode::Message || !study.is_certain(id) {
            continue;
        }
        let touches = |side| study.touches(Thing::End(End { pipe: id, side }));
        // That it is used the wrong way round is reported.
        let backwards =
            |side| touches(side).iter().any(|touch| is_backwards(pipe, End { pipe: id, side }, touch.operation));
        if backwards(0) || backwards(1) {
            continue;
        }
        let (used, unused) = match (touches(0).is_empty(), touches(1).is_empty()) {
            (false, true) => (0, 1),
            (true, false) => (1, 0),
            _ => continue,
        };
        let name = &object.name;
        let end = |side: u8| format!("{}.{}", name.value, pipe.ends[usize::from(side)].value);
        let message = format!("nobody uses the end `{}` of the pipe `{}`", end(unused), name.value);
        let finding = Finding::new(Code::WiringOneEnd, name.span, message, "only one end of it is used");
        let help = format!("what goes into one end comes out of the other: let a process use `{}`", end(unused));
        bag.add(study.show(finding, touches(used)).help(help));
    }
}
