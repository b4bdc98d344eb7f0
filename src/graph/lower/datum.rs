//! Values inside steps and arguments: any YAML, computed when the step runs.
use super::{Given, Lower};
use crate::expr::Template;
use crate::graph::Datum;
use crate::text::{Kind, Node};
use crate::value::{Map, Value};

impl Lower {
    /// `None` after a finding, of which there may be several.
    pub(super) fn datum(&mut self, node: &Node) -> Option<Datum> {
        let place = node.place();
        Some(match &node.kind {
            Kind::Null => Datum::Constant(Value::Null, place),
            Kind::Bool(truth) => Datum::Constant(Value::Bool(*truth), place),
            Kind::Int(int) => Datum::Constant(Value::Int(*int), place),
            Kind::Float(float) => Datum::Constant(Value::Float(*float), place),
            Kind::Text(scalar) => match self.template(scalar)? {
                Template::Constant(value, _) => Datum::Constant(value, place),
                template => Datum::Template(template, place),
            },
            Kind::List(nodes) => {
                let items: Vec<Option<Datum>> = nodes.iter().map(|node| self.datum(node)).collect();
                let items: Vec<Datum> = items.into_iter().collect::<Option<_>>()?;
                match items.iter().map(|item| item.constant().cloned()).collect::<Option<Vec<Value>>>() {
                    Some(values) => Datum::Constant(Value::list(values), place),
                    None => Datum::List(items, place),
                }
            }
            Kind::Map(entries) => {
                let items: Vec<Option<_>> = entries
                    .iter()
                    .map(|entry| Some((entry.key.text.to_string(), entry.key.span, self.datum(&entry.value)?)))
                    .collect();
                let items: Vec<_> = items.into_iter().collect::<Option<_>>()?;
                let values = items.iter().map(|(key, _, item)| Some((key.as_str(), item.constant()?.clone())));
                match values.collect::<Option<Map>>() {
                    Some(map) => Datum::Constant(Value::map(map), place),
                    None => Datum::Map(items, place),
                }
            }
            Kind::Broken => return None,
        })
    }

    /// A value that, where it is constant, must pass `check`; it reports what it dislikes.
    pub(super) fn checked(&mut self, given: Given, check: impl FnOnce(&mut Self, &Value) -> bool) -> Option<Datum> {
        let datum = self.datum(given.node)?;
        match &datum {
            Datum::Constant(value, _) => check(self, value).then_some(datum),
            Datum::List(_, span) | Datum::Map(_, span) => {
                // A list is never a number, whatever its items are.
                let empty =
                    if matches!(datum, Datum::List(..)) { Value::list(Vec::new()) } else { Value::map(Map::new()) };
                let span = *span;
                debug_assert_eq!(span, given.node.place());
                check(self, &empty).then_some(datum)
            }
            // Of text that is joined the type is known, but not whether it reads as a duration.
            Datum::Template(..) => Some(datum),
        }
    }
}
