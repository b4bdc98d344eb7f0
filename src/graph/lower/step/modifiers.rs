//! What the verbs have in common: an object, an outcome, how long to wait.
//!
//! A modifier that cannot be read is replaced by one that starts no further finding: a wait with a broken timeout is
//! still a wait that ends.
use super::Written;
use crate::graph::lower::{Given, Lower};
use crate::graph::{Datum, Name};
use crate::value::Value;

impl<'n> Written<'n> {
    /// The object the verb works on.
    pub(super) fn of(&self, lower: &mut Lower) -> Option<Name> {
        lower.reference(self.verb)
    }

    /// What stands at the verb's own key, if it is there.
    pub(super) fn value(&self, lower: &mut Lower) -> Option<Datum> {
        if self.verb.node.is_null() { None } else { Some(lower.datum_or_null(self.verb)) }
    }

    pub(super) fn get(&self, name: &str) -> Option<Given<'n>> {
        self.fields.get(name)
    }

    pub(super) fn into(&self, lower: &mut Lower) -> Option<Name> {
        let given = self.get("into")?;
        let name = lower.variable(given);
        if name.is_none() {
            lower.lose(given.node.place());
        }
        name
    }

    pub(super) fn timeout(&self, lower: &mut Lower) -> Option<Datum> {
        let given = self.get("timeout")?;
        Some(lower.timeout(given).unwrap_or(Datum::Constant(Value::Int(0), given.node.place())))
    }

    pub(super) fn block(&self, lower: &mut Lower) -> Option<Datum> {
        let given = self.get("block")?;
        let datum = lower.checked(given, |lower, value| {
            let truth = value.as_bool().is_some();
            if !truth {
                lower.wrong_value(given.node.place(), value, "true or false");
            }
            truth
        });
        Some(datum.unwrap_or(Datum::Constant(Value::Bool(false), given.node.place())))
    }

    /// The cell of an array; a negative one counts from its end.
    pub(super) fn index(&self, lower: &mut Lower) -> Option<Datum> {
        self.int(lower, "index", i64::MIN)
    }

    /// A whole number that, if it is constant, is at least `least`.
    pub(super) fn int(&self, lower: &mut Lower, name: &str, least: i64) -> Option<Datum> {
        let given = self.get(name)?;
        let int = lower.checked(given, |lower, value| {
            let value = crate::diag::Spanned::new(value.clone(), given.node.place());
            lower.int_value(&value, least, i64::MAX).is_some()
        });
        Some(int.unwrap_or(Datum::Constant(Value::Int(least.max(0)), given.node.place())))
    }

    /// A value that must be given, be it null.
    pub(super) fn required(&self, lower: &mut Lower, name: &str) -> Option<Datum> {
        let given = self.fields.require(lower, name)?;
        Some(lower.datum_or_null(given))
    }

    /// Steps that must be given.
    pub(super) fn body(&self, lower: &mut Lower) -> Option<Vec<crate::graph::Step>> {
        let given = self.fields.require(lower, "do")?;
        Some(lower.steps(given))
    }

    /// Steps that may be given.
    pub(super) fn branch(&self, lower: &mut Lower, name: &str) -> Vec<crate::graph::Step> {
        self.get(name).map(|given| lower.steps(given)).unwrap_or_default()
    }
}

impl Lower {
    /// A value; null in the place of one that cannot be read, so that the step is not lost.
    pub(super) fn datum_or_null(&mut self, given: Given) -> Datum {
        let datum = self.datum(given.node);
        if datum.is_none() {
            self.lose(given.node.place());
        }
        datum.unwrap_or(Datum::Constant(Value::Null, given.node.place()))
    }
}
