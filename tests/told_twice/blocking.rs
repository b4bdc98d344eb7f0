//! Actors are processes, and wait. When all stand still, who has gone on and what each got must be what the model allows
//! in some order, and whoever still waits must have to wait in the model too.
use crate::child;
use crate::op::{ACTORS, Dice, Op, Outcome};
use crate::polled::end_of;
use crate::real::Real;
use crate::told::Told;
use mpgraph::shm::Wait;
use std::io::ErrorKind;
use std::os::unix::net::UnixDatagram;
use std::time::{Duration, Instant};

const OPS: u64 = 300;
/// The longest that anybody may take to come to rest, on a machine with other work to do.
const PATIENCE: Duration = Duration::from_secs(20);

/// A process that does as it is told, and says what came of it.
struct Child {
    pid: i32,
    line: UnixDatagram,
    busy: bool,
}

impl Child {
    fn fork(real: &Real, actor: usize) -> Child {
        real.begin(actor);
        let (line, theirs) = UnixDatagram::pair().expect("a pair of sockets");
        line.set_nonblocking(true).expect("a socket");
        let pid = child::fork(|| {
            let mut buffer = [0; 4096];
            loop {
                let length = theirs.recv(&mut buffer).expect("an order");
                let Some((op, poll)) = rmp_serde::from_slice(&buffer[..length]).expect("an order") else { return };
                let outcome = real.perform(actor, op, if poll { Wait::Poll } else { Wait::Forever });
                theirs.send(&rmp_serde::to_vec(&outcome).expect("an outcome")).expect("a listener");
            }
        });
        Child { pid, line, busy: false }
    }

    /// `None`: end well.
    fn order(&mut self, order: Option<(Op, bool)>) {
        self.line.send(&rmp_serde::to_vec(&order).expect("an order")).expect("a listener");
        self.busy = order.is_some();
    }

    fn answer(&mut self) -> Option<Outcome> {
        let mut buffer = [0; 4096];
        match self.line.recv(&mut buffer) {
            Ok(length) => {
                self.busy = false;
                Some(rmp_serde::from_slice(&buffer[..length]).expect("an outcome"))
            }
            Err(error) => {
                assert_eq!(error.kind(), ErrorKind::WouldBlock, "the child is gone");
                None
            }
        }
    }

    fn kill(&self) {
        child::kill(self.pid, libc::SIGKILL);
        assert_eq!(child::wait(self.pid), child::Change::Killed(libc::SIGKILL));
    }
}

pub fn round(dice: &mut Dice) -> u64 {
    let (real, mut told) = (Real::new(), Told::new());
    let mut crew: Vec<Option<Child>> = (0..ACTORS).map(|actor| Some(Child::fork(&real, actor))).collect();
    let mut story = Vec::new();
    let mut done = 0;
    while done < OPS {
        let living: Vec<usize> = (0..ACTORS).filter(|actor| crew[*actor].is_some()).collect();
        let actor = living[dice.below(living.len())];
        let busy = |actor: &usize| crew[*actor].as_ref().is_some_and(|child| child.busy);
        if living.iter().all(busy) || dice.one_in(40) {
            let again = living.len() == 1 || !dice.one_in(6);
            let badly = again || busy(&actor) || dice.one_in(2);
            story.push(format!("{actor}: dies, badly {badly}, again {again}"));
            let mut child = crew[actor].take().expect("a living one");
            if badly {
                child.kill();
            } else {
                child.order(None);
                assert_eq!(child::wait(child.pid), child::Change::Exited(0), "{}", end_of(&story));
            }
            real.recover(actor, badly);
            told.recover(actor, badly);
            if again {
                crew[actor] = Some(Child::fork(&real, actor));
                told.begin(actor);
            } else {
                real.ended(actor, badly);
                told.ended(actor);
            }
        } else if !busy(&actor) {
            let (op, poll) = (dice.op(actor), dice.one_in(4));
            story.push(format!("{actor}: {op:?}{}", if poll { ", at once" } else { "" }));
            told.start(actor, op, poll);
            crew[actor].as_mut().expect("a living one").order(Some((op, poll)));
            done += 1;
        } else {
            continue;
        }
        let came = come_to_rest(&real, &mut crew, &story);
        story.extend(came.iter().map(|(actor, outcome)| format!("    {actor}: -> {outcome:?}")));
        told = explain(&told, &came).unwrap_or_else(|| panic!("the model allows no such thing\n{}", end_of(&story)));
        for actor in (0..ACTORS).filter(|actor| crew[*actor].as_ref().is_some_and(|child| child.busy)) {
            let could = told.clone().advance(actor);
            assert!(could.is_none(), "{actor} still waits, and the model says {could:?}\n{}", end_of(&story));
        }
        let (seen, expected) = (real.seen(), told.seen());
        assert!(
            seen == expected,
            "the model looks like {expected:?}\n      it looks like {seen:?}\n{}",
            end_of(&story)
        );
    }
    crew.iter().flatten().for_each(Child::kill);
    OPS
}

/// Waits until every actor is idle or can really not go on; answers who has become idle, and with what.
fn come_to_rest(real: &Real, crew: &mut [Option<Child>], story: &[String]) -> Vec<(usize, Outcome)> {
    let begin = Instant::now();
    let (mut came, mut waits_before) = (Vec::new(), None);
    loop {
        let mut moving = None;
        for (actor, child) in crew.iter_mut().enumerate() {
            let Some(child) = child.as_mut().filter(|child| child.busy) else { continue };
            // In this order: who is blocked after it has not answered has not answered.
            if let Some(outcome) = child.answer() {
                came.push((actor, outcome));
                moving = moving.or(Some(actor));
            } else if !real.is_blocked(actor) {
                moving = Some(actor);
            }
        }
        // Twice the same: nobody was let go by one that was looked at later.
        let waits = moving.is_none().then(|| (0..ACTORS).map(|actor| real.waits(actor)).sum::<u64>());
        if waits.is_some() && waits == waits_before {
            return came;
        }
        waits_before = waits;
        assert!(begin.elapsed() < PATIENCE, "{moving:?} neither waits nor gets on\n{}", end_of(story));
        std::thread::yield_now();
    }
}

/// The model after these came through in an order that it allows.
fn explain(told: &Told, came: &[(usize, Outcome)]) -> Option<Told> {
    if came.is_empty() {
        return Some(told.clone());
    }
    (0..came.len()).find_map(|n| {
        let mut next = told.clone();
        if next.advance(came[n].0).as_ref() != Some(&came[n].1) {
            return None;
        }
        explain(&next, &[&came[..n], &came[n + 1..]].concat())
    })
}
