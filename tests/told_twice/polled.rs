//! Nobody waits: an operation that would have to says so. All actors in one process, one operation after the other.
use crate::op::{ACTORS, Dice, Outcome};
use crate::real::Real;
use crate::told::Told;
use mpgraph::shm::Wait;

const OPS: u64 = 400;

pub fn round(dice: &mut Dice) -> u64 {
    let (real, mut told) = (Real::new(), Told::new());
    (0..ACTORS).for_each(|actor| real.begin(actor));
    let mut story = Vec::new();
    for _ in 0..OPS {
        let living: Vec<usize> = (0..ACTORS).filter(|actor| !told.has_ended(*actor)).collect();
        let actor = living[dice.below(living.len())];
        if dice.one_in(60) {
            // The last one does not end for good.
            let (again, badly) = (living.len() == 1 || !dice.one_in(4), !dice.one_in(3));
            let badly = badly || again;
            story.push(format!("{actor}: dies, badly {badly}, again {again}"));
            real.recover(actor, badly);
            told.recover(actor, badly);
            if again {
                real.begin(actor);
                told.begin(actor);
            } else {
                real.ended(actor, badly);
                told.ended(actor);
            }
        } else {
            let op = dice.op(actor);
            let outcome = real.perform(actor, op, Wait::Poll);
            told.start(actor, op, true);
            let expected = told.advance(actor).unwrap_or(Outcome::TimedOut);
            story.push(format!("{actor}: {op:?} -> {outcome:?}"));
            assert!(outcome == expected, "the model says {expected:?}\n{}", end_of(&story));
        }
        let (seen, expected) = (real.seen(), told.seen());
        assert!(
            seen == expected,
            "the model looks like {expected:?}\n      it looks like {seen:?}\n{}",
            end_of(&story)
        );
    }
    OPS
}

/// The last lines of what happened.
pub fn end_of(story: &[String]) -> String {
    story[story.len().saturating_sub(40)..].join("\n")
}
