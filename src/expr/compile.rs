//! Tree to code: every name is resolved, every constant part computed.
use super::{Code, Expr, Scope};
use crate::diag::Bag;

impl Expr {
    /// Reports *all* that is wrong with this one expression: unknown variables and functions as `names/unknown`, wrong
    /// argument counts and constant parts that always fail as `syntax/expression`. `None` after an error.
    pub fn compile(&self, _scope: &mut dyn Scope, _bag: &mut Bag) -> Option<Code> {
        unimplemented!("filled in the next commit")
    }
}
