//! Expressions wherever they stand: compiled once here, so that all that is wrong with them is said.
use super::reader::Reader;
use crate::diag::Bag;
use crate::expr::{Expr, Template};
use crate::graph::Datum;
use crate::program::{Operand, compile_datum};
use crate::value::Value;

impl Reader<'_, '_> {
    /// The value, where it is known now.
    pub fn datum(&mut self, datum: &Datum) -> Option<Value> {
        let mut bag = Bag::new();
        let operand = compile_datum(datum, self, &mut bag);
        self.out.bag.extend(bag);
        match operand? {
            Operand::Constant(value) => Some(value),
            _ => None,
        }
    }

    pub fn expr(&mut self, expr: &Expr) -> Option<Value> {
        let mut bag = Bag::new();
        let code = expr.compile(self, &mut bag);
        self.out.bag.extend(bag);
        code?.constant().cloned()
    }

    pub fn template(&mut self, template: &Template) -> Option<Value> {
        let mut bag = Bag::new();
        let code = template.compile(self, &mut bag);
        self.out.bag.extend(bag);
        code?.constant().cloned()
    }
}
