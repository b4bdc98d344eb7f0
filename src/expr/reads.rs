//! What an expression looks at besides its constants.
use super::code::Code;
use super::op::Op;
use super::tree::Operator;
use crate::value::Value;
use std::collections::BTreeSet;

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reads {
    /// The variables, by slot.
    pub slots: BTreeSet<u16>,
    /// `self.name`, `self.index` or `self.target`.
    pub me: bool,
    /// A function whose value its arguments do not tell: the random ones, `cpu_count`.
    pub chance: bool,
}

impl Code {
    pub fn reads(&self) -> Reads {
        let mut reads = Reads::default();
        reads.add(self.op());
        reads
    }

    /// Whether a comparison or a choice in it looks at one of these variables: its value is more than what they show.
    pub fn decides_by(&self, slots: &[u16]) -> bool {
        decides(self.op(), slots)
    }

    /// Whether it is this variable and something else added, or something else taken from it.
    pub fn adds_to(&self, slot: u16) -> bool {
        let Op::Binary(operator, sides) = self.op() else { return false };
        let is_slot = |op: &Op| matches!(op, Op::Slot(own, _) if *own == slot);
        let other = match (operator, sides.as_ref()) {
            (Operator::Add | Operator::Subtract, [first, other]) if is_slot(first) => other,
            (Operator::Add, [other, second]) if is_slot(second) => other,
            _ => return false,
        };
        let mut reads = Reads::default();
        reads.add(other);
        !reads.slots.contains(&slot) && !reads.chance
    }
}

/// A comparison of a variable with a constant.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Comparison<'a> {
    pub slot: u16,
    pub constant: &'a Value,
    /// `==`, else `!=`.
    pub equal: bool,
}

impl Code {
    /// The variable that it is, if it is nothing more.
    pub fn variable(&self) -> Option<u16> {
        if let Op::Slot(slot, _) = self.op() { Some(*slot) } else { None }
    }

    /// The other variable, if it is this one and the other added, or the other taken from it.
    pub fn addend(&self, slot: u16) -> Option<u16> {
        let Op::Binary(operator, sides) = self.op() else { return None };
        match (operator, sides.as_ref()) {
            (Operator::Add | Operator::Subtract, [Op::Slot(own, _), Op::Slot(other, _)]) if *own == slot => {
                Some(*other)
            }
            (Operator::Add, [Op::Slot(other, _), Op::Slot(own, _)]) if *own == slot => Some(*other),
            _ => None,
        }
        .filter(|other| *other != slot)
    }

    /// The comparison, if it is one of a variable with a constant for equality, and nothing more.
    pub fn comparison(&self) -> Option<Comparison<'_>> {
        let Op::Binary(operator @ (Operator::Equal | Operator::Unequal), sides) = self.op() else { return None };
        let equal = *operator == Operator::Equal;
        match sides.as_ref() {
            [Op::Slot(slot, _), Op::Constant(constant)] | [Op::Constant(constant), Op::Slot(slot, _)] => {
                Some(Comparison { slot: *slot, constant, equal })
            }
            _ => None,
        }
    }
}

fn decides(op: &Op, slots: &[u16]) -> bool {
    let looks = |op: &Op| {
        let mut reads = Reads::default();
        reads.add(op);
        slots.iter().any(|slot| reads.slots.contains(slot))
    };
    match op {
        Op::Binary(Operator::Add | Operator::Subtract | Operator::Multiply | Operator::Divide, sides) => {
            sides.iter().any(|side| decides(side, slots))
        }
        Op::List(ops) | Op::Join(ops) | Op::Call(_, ops) => ops.iter().any(|op| decides(op, slots)),
        Op::Slot(..) => false,
        Op::Negate(op) => decides(op, slots),
        other => looks(other),
    }
}

impl Reads {
    fn add(&mut self, op: &Op) {
        match op {
            Op::Constant(_) | Op::Own(_) => {}
            Op::Slot(slot, _) => {
                self.slots.insert(*slot);
            }
            Op::Name | Op::Index | Op::Target => self.me = true,
            Op::List(ops) | Op::Join(ops) => self.all(ops),
            Op::Map(pairs) => pairs.iter().for_each(|(key, value)| {
                self.add(key);
                self.add(value);
            }),
            Op::Not(op) | Op::Negate(op) => self.add(op),
            Op::Binary(_, ops) | Op::Settle(_, ops) | Op::At(ops) => self.all(ops.as_ref()),
            Op::Choose(ops) => self.all(ops.as_ref()),
            Op::Field(inner) | Op::Has(inner) => self.add(&inner.0),
            Op::Call(function, ops) => {
                self.chance |= !function.fixed;
                self.all(ops);
            }
            Op::Matches(inner) => self.add(&inner.0),
            Op::Each(each) => {
                self.add(&each.over);
                each.condition.iter().for_each(|condition| self.add(condition));
                self.add(&each.body);
            }
        }
    }

    fn all(&mut self, ops: &[Op]) {
        ops.iter().for_each(|op| self.add(op));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diag::{Bag, FileId, Finding, Span};
    use crate::expr::{Resolved, Scope, parse_expr};

    struct Letters;

    impl Scope for Letters {
        fn resolve(&mut self, name: &str, _: Span) -> Resolved {
            Resolved::Slot(u16::from(name.as_bytes()[0] - b'a'))
        }

        fn known(&self) -> Vec<String> {
            Vec::new()
        }
    }

    fn reads(text: &str) -> Reads {
        code(text).reads()
    }

    fn code(text: &str) -> Code {
        let mut bag = Bag::new();
        let at = |range: std::ops::Range<usize>| Span::new(FileId(0), range.start, range.end);
        let expr = parse_expr(text, &at, &mut bag).expect("it parses");
        let code = expr.compile(&mut Letters, &mut bag).expect("it compiles");
        assert_eq!(bag.into_sorted(), Vec::<Finding>::new());
        code
    }

    #[test]
    fn an_addition_to_a_variable_is_told_from_anything_else() {
        for text in ["a + 1", "b + a", "a - b", "a + (b * self.index)"] {
            assert!(code(text).adds_to(0), "{text}");
        }
        for text in ["a", "b - a", "a + a", "a * 2", "b + 1", "a + random_int(0, 1)", "a + b + 1"] {
            assert!(!code(text).adds_to(0), "{text}");
        }
    }

    #[test]
    fn a_sum_of_two_variables_and_a_comparison_with_a_constant_are_told_from_anything_else() {
        for text in ["a + b", "b + a", "a - b"] {
            assert_eq!(code(text).addend(0), Some(1), "{text}");
        }
        for text in ["b - a", "a + a", "a + 1", "a + b + c", "a * b"] {
            assert_eq!(code(text).addend(0), None, "{text}");
        }
        assert_eq!(code("a").variable(), Some(0));
        assert_eq!(code("a + 0").variable(), None);
        let null = Value::Null;
        for (text, equal) in [("a == null", true), ("null == a", true), ("a != null", false)] {
            assert_eq!(code(text).comparison(), Some(Comparison { slot: 0, constant: &null, equal }), "{text}");
        }
        for text in ["a == b", "a.b == null", "a < 1", "!(a == null)", "1 == 2"] {
            assert_eq!(code(text).comparison(), None, "{text}");
        }
    }

    #[test]
    fn every_variable_is_found_however_deep() {
        let found = reads("a ? [b, {'k': c}][d].k : has(e.f) && g.map(x, x + h).size() > 0 || !(i in [1]) || -j > 0");
        let names: String = found.slots.iter().map(|slot| char::from(b'a' + *slot as u8)).collect();
        assert_eq!(names, "abcdeghij");
        assert!(!found.me && !found.chance);
    }

    #[test]
    fn what_tells_processes_apart_is_told() {
        assert!(reads("a + self.index").me);
        assert!(reads("random_int(0, a)").chance);
        assert_eq!(reads("1 + 2"), Reads::default());
    }
}
