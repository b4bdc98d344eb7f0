//! One kind of map: its fields in the order of the reference.
use super::Shape;

#[derive(Debug)]
pub struct Table {
    /// What the map is, with its article, for messages: `a queue`.
    pub what: &'static str,
    /// One sentence.
    pub doc: &'static str,
    pub fields: &'static [Field],
    /// Keys that begin with `x-` are ignored.
    pub extensible: bool,
    /// Exactly one of these keys is there; none if the table has no such rule.
    pub one_of: &'static [&'static str],
}

#[derive(Debug)]
pub struct Field {
    pub name: &'static str,
    pub shape: Shape,
    pub required: bool,
    /// As it would be written; `None` where absence is its own meaning.
    pub default: Option<&'static str>,
    /// One sentence.
    pub doc: &'static str,
}

impl Table {
    pub const fn new(what: &'static str, doc: &'static str, fields: &'static [Field]) -> Self {
        Table { what, doc, fields, extensible: false, one_of: &[] }
    }

    pub const fn extensible(mut self) -> Self {
        self.extensible = true;
        self
    }

    pub const fn one_of(mut self, keys: &'static [&'static str]) -> Self {
        self.one_of = keys;
        self
    }

    pub fn field(&self, name: &str) -> Option<&'static Field> {
        self.fields.iter().find(|field| field.name == name)
    }

    pub fn names(&self) -> impl Iterator<Item = &'static str> + use<> {
        self.fields.iter().map(|field| field.name)
    }
}

impl Field {
    pub const fn required(name: &'static str, shape: Shape, doc: &'static str) -> Self {
        Field { name, shape, required: true, default: None, doc }
    }

    pub const fn optional(name: &'static str, shape: Shape, doc: &'static str) -> Self {
        Field { name, shape, required: false, default: None, doc }
    }

    pub const fn default(mut self, text: &'static str) -> Self {
        self.default = Some(text);
        self
    }
}
