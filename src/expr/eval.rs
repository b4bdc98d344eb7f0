//! Evaluating an [`Op`]. Pure but for the random numbers; nothing is allocated for ints, bools and short text.
use super::budget::Budget;
use super::op::{Each, Op};
use super::operate;
use super::tree::{Operator, Rule};
use super::{Env, Random};
use crate::value::{Fault, Map, Str, Value, weigh};

/// One evaluation: what it sees, the variables of its own that are set, what it may still use up.
pub(super) struct Frame<'e, 'a> {
    env: &'e mut Env<'a>,
    own: Vec<Value>,
    pub budget: Budget,
}

/// A value that need not be cloned to be looked at.
enum Operand<'a> {
    Shared(&'a Value),
    Owned(Value),
}

impl std::ops::Deref for Operand<'_> {
    type Target = Value;

    fn deref(&self) -> &Value {
        match self {
            Operand::Shared(value) => value,
            Operand::Owned(value) => value,
        }
    }
}

impl<'e, 'a> Frame<'e, 'a> {
    pub fn new(env: &'e mut Env<'a>, budget: Budget) -> Self {
        Frame { env, own: Vec::new(), budget }
    }

    /// To compute a constant part that stands inside so many `map`s and their kin, none of whose variables it reads.
    pub fn inside(mut self, depth: usize) -> Self {
        self.own.resize(depth, Value::Null);
        self
    }

    pub fn random(&mut self) -> &mut Random {
        self.env.random
    }

    pub fn eval(&mut self, op: &Op) -> Result<Value, Fault> {
        match op {
            Op::Constant(value) => Ok(value.clone()),
            Op::Slot(slot, name) => slot_of(self.env.slots, *slot, name).cloned(),
            Op::Own(i) => Ok(self.own[*i].clone()),
            Op::Binary(operator, parts) => self.binary(*operator, parts),
            Op::Settle(word, parts) => self.settle(*word, parts),
            Op::Not(part) => self.truth(part, "`!`").map(|b| Value::Bool(!b)),
            Op::Negate(part) => operate::negate(&*self.operand(part)?),
            Op::Choose(parts) => {
                let chosen = if self.truth(&parts[0], "`?`")? { &parts[1] } else { &parts[2] };
                self.eval(chosen)
            }
            Op::At(parts) => {
                let container = self.operand(&parts[0])?;
                let key = self.operand(&parts[1])?;
                operate::at(&container, &key)
            }
            Op::Field(part) => operate::field(&*self.operand(&part.0)?, &part.1),
            Op::Has(part) => match &*self.operand(&part.0)? {
                Value::Map(map) => Ok(Value::Bool(map.field(&part.1).is_some())),
                other => Err(Fault::type_error(format!("`has` looks into a map, not {}", other.type_name()))),
            },
            Op::Name => Ok(Value::Str(self.env.me.name.clone())),
            Op::Index => Ok(Value::Int(self.env.me.index)),
            Op::Target => Ok(Value::Str(self.env.me.target.clone())),
            Op::Call(function, arguments) => match &**arguments {
                [] => (function.run)(self, &[]),
                [a] => {
                    let arguments = [self.eval(a)?];
                    (function.run)(self, &arguments)
                }
                [a, b] => {
                    let arguments = [self.eval(a)?, self.eval(b)?];
                    (function.run)(self, &arguments)
                }
                many => {
                    let arguments = many.iter().map(|op| self.eval(op)).collect::<Result<Vec<Value>, Fault>>()?;
                    (function.run)(self, &arguments)
                }
            },
            Op::Matches(parts) => match &*self.operand(&parts.0)? {
                Value::Str(text) => Ok(Value::Bool(parts.1.is_match(text))),
                other => Err(Fault::type_error(format!("`matches` takes a string, not {}", other.type_name()))),
            },
            Op::List(parts) => self.list(parts),
            Op::Map(parts) => self.map(parts),
            Op::Each(each) => self.each(each),
            Op::Join(pieces) => self.join(pieces),
        }
    }

    #[inline]
    fn binary(&mut self, operator: Operator, parts: &[Op; 2]) -> Result<Value, Fault> {
        let left = match self.peek(&parts[0]) {
            Some(left) => Operand::Shared(left),
            None => Operand::Owned(self.eval(&parts[0])?),
        };
        match self.peek(&parts[1]) {
            Some(right) => operate::binary(operator, &left, right, &mut self.budget),
            None => {
                let right = self.eval(&parts[1])?;
                operate::binary(operator, &left, &right, &mut self.budget)
            }
        }
    }

    /// The value where it lies already computed: a constant, a variable, a field of one.
    #[inline]
    fn peek<'o>(&self, op: &'o Op) -> Option<&'o Value>
    where
        'a: 'o,
    {
        match op {
            Op::Constant(value) => Some(value),
            Op::Slot(slot, _) => {
                let slots: &'a [Option<Value>] = self.env.slots;
                slots.get(usize::from(*slot))?.as_ref()
            }
            Op::Field(part) => self.peek(&part.0)?.as_map()?.field(&part.1),
            _ => None,
        }
    }

    #[inline]
    fn operand<'o>(&mut self, op: &'o Op) -> Result<Operand<'o>, Fault>
    where
        'a: 'o,
    {
        match self.peek(op) {
            Some(value) => Ok(Operand::Shared(value)),
            None => self.eval(op).map(Operand::Owned),
        }
    }

    fn truth(&mut self, op: &Op, who: &str) -> Result<bool, Fault> {
        match &*self.operand(op)? {
            Value::Bool(b) => Ok(*b),
            other => Err(Fault::type_error(format!("{who} takes a bool, not {}", other.type_name()))),
        }
    }

    /// `&&` and `||` as CEL has them: where either side settles the matter, an error of the other does not count.
    fn settle(&mut self, word: bool, parts: &[Op; 2]) -> Result<Value, Fault> {
        let who = if word { "`||`" } else { "`&&`" };
        let left = self.truth(&parts[0], who);
        if matches!(left, Ok(left) if left == word) {
            return Ok(Value::Bool(word));
        }
        match self.truth(&parts[1], who) {
            Ok(right) if right == word => Ok(Value::Bool(word)),
            right => left.and(right).map(Value::Bool),
        }
    }

    fn list(&mut self, parts: &[Op]) -> Result<Value, Fault> {
        self.budget.items(parts.len())?;
        let items = parts.iter().map(|part| self.eval(part)).collect::<Result<Vec<Value>, Fault>>()?;
        weigh(&items)?;
        Ok(Value::list(items))
    }

    fn map(&mut self, parts: &[(Op, Op)]) -> Result<Value, Fault> {
        self.budget.items(parts.len())?;
        let mut map = Map::with_capacity(parts.len());
        for (key, value) in parts {
            let (key, value) = (self.eval(key)?, self.eval(value)?);
            let shown = key.clone();
            if map.insert(key, value)?.is_some() {
                return Err(Fault::value(format!("the key {shown} stands twice in a map")));
            }
        }
        weigh(map.values())?;
        Ok(Value::map(map))
    }

    fn join(&mut self, pieces: &[Op]) -> Result<Value, Fault> {
        let mut text = String::new();
        for piece in pieces {
            let before = text.len();
            self.operand(piece)?.write_text(&mut text)?;
            self.budget.bytes(text.len() - before)?;
        }
        Ok(Value::Str(Str::from(text)))
    }

    fn each(&mut self, each: &Each) -> Result<Value, Fault> {
        let over = self.eval(&each.over)?;
        match &over {
            Value::List(items) => self.over(each, items.iter()),
            Value::Map(map) => self.over(each, map.keys()),
            other => {
                let name = each.rule.name();
                Err(Fault::type_error(format!(
                    "`{name}` goes over a list or the keys of a map, not {}",
                    other.type_name()
                )))
            }
        }
    }

    /// `all` and `exists` are chains of `&&` and `||`: an error counts only where no item settles the matter.
    fn over<'v>(&mut self, each: &Each, items: impl Iterator<Item = &'v Value>) -> Result<Value, Fault> {
        let mut out = Vec::new();
        let mut found = 0usize;
        let mut trouble = None;
        for item in items {
            self.budget.round()?;
            self.own.push(item.clone());
            let round = self.round(each);
            self.own.pop();
            match (each.rule, round) {
                (Rule::All, Ok(Some(Value::Bool(false)))) => return Ok(Value::Bool(false)),
                (Rule::Exists, Ok(Some(Value::Bool(true)))) => return Ok(Value::Bool(true)),
                (Rule::All | Rule::Exists, Err(fault)) => trouble = trouble.or(Some(fault)),
                (Rule::All | Rule::Exists, Ok(_)) => {}
                (_, Err(fault)) => return Err(fault),
                (Rule::ExistsOne, Ok(round)) => found += usize::from(round == Some(Value::Bool(true))),
                (Rule::Filter, Ok(round)) => {
                    if round == Some(Value::Bool(true)) {
                        self.budget.items(1)?;
                        out.push(item.clone());
                    }
                }
                (Rule::Map, Ok(Some(value))) => {
                    self.budget.items(1)?;
                    out.push(value);
                }
                (Rule::Map, Ok(None)) => {}
            }
        }
        match (each.rule, trouble) {
            (_, Some(fault)) => Err(fault),
            (Rule::All, None) => Ok(Value::Bool(true)),
            (Rule::Exists, None) => Ok(Value::Bool(false)),
            (Rule::ExistsOne, None) => Ok(Value::Bool(found == 1)),
            (Rule::Map | Rule::Filter, None) => {
                weigh(&out)?;
                Ok(Value::list(out))
            }
        }
    }

    /// The body's value for one item; none where the condition does not hold.
    fn round(&mut self, each: &Each) -> Result<Option<Value>, Fault> {
        if let Some(condition) = &each.condition
            && !self.truth(condition, "the condition of `map`")?
        {
            return Ok(None);
        }
        match each.rule {
            Rule::Map => self.eval(&each.body).map(Some),
            rule => self.truth(&each.body, rule.quoted()).map(|b| Some(Value::Bool(b))),
        }
    }
}

#[inline]
fn slot_of<'a>(slots: &'a [Option<Value>], slot: u16, name: &Str) -> Result<&'a Value, Fault> {
    match slots.get(usize::from(slot)) {
        Some(Some(value)) => Ok(value),
        _ => Err(Fault::name(format!("`{name}` has not been set"))),
    }
}
