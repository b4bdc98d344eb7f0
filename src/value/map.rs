//! A map that remembers the order in which its keys came. Keys are bools, ints and strings.
//!
//! Invariant: no two entries have the same key; `index` is present exactly when there are more than [`SMALL`] entries
//! and then knows the place of every key.
use super::{Fault, Str, Value};
use std::collections::HashMap;
use std::hash::{Hash, Hasher};

/// Up to here a scan beats a hash.
const SMALL: usize = 8;

#[derive(Clone, Debug, Default)]
pub struct Map {
    entries: Vec<(Value, Value)>,
    index: Option<HashMap<Value, usize>>,
}

impl Map {
    pub fn new() -> Map {
        Map::default()
    }

    pub fn with_capacity(entries: usize) -> Map {
        Map { entries: Vec::with_capacity(entries), index: None }
    }

    pub fn len(&self) -> usize {
        self.entries.len()
    }

    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&Value, &Value)> {
        self.entries.iter().map(|(key, value)| (key, value))
    }

    pub fn keys(&self) -> impl ExactSizeIterator<Item = &Value> {
        self.entries.iter().map(|(key, _)| key)
    }

    pub fn values(&self) -> impl ExactSizeIterator<Item = &Value> {
        self.entries.iter().map(|(_, value)| value)
    }

    /// What stands under `key`. A float that is a whole number finds the int, as `==` would.
    pub fn get(&self, key: &Value) -> Option<&Value> {
        let place = match key {
            Value::Float(f) => self.place(&Value::Int(whole(*f)?)),
            key => self.place(key),
        };
        place.map(|i| &self.entries[i].1)
    }

    /// What stands under a string key.
    pub fn field(&self, name: &str) -> Option<&Value> {
        match &self.index {
            None => self.entries.iter().find_map(|(key, value)| match key {
                Value::Str(key) if *key == *name => Some(value),
                _ => None,
            }),
            Some(_) => self.get(&Value::from(name)),
        }
    }

    /// Sets a string key; a key that is there keeps its place. Gives back what stood under it.
    pub fn set(&mut self, name: impl Into<Str>, value: impl Into<Value>) -> Option<Value> {
        self.put(Value::Str(name.into()), value.into())
    }

    /// Sets a key of any of the three types; another type is a `TypeError`.
    pub fn insert(&mut self, key: Value, value: Value) -> Result<Option<Value>, Fault> {
        match key {
            Value::Bool(_) | Value::Int(_) | Value::Str(_) => Ok(self.put(key, value)),
            other => Err(Fault::type_error(format!(
                "a key of a map is a string, an int or a bool, not {}",
                other.type_name()
            ))),
        }
    }

    fn put(&mut self, key: Value, value: Value) -> Option<Value> {
        if let Some(i) = self.place(&key) {
            return Some(std::mem::replace(&mut self.entries[i].1, value));
        }
        if let Some(index) = &mut self.index {
            index.insert(key.clone(), self.entries.len());
        }
        self.entries.push((key, value));
        if self.index.is_none() && self.entries.len() > SMALL {
            self.index = Some(self.entries.iter().enumerate().map(|(i, (key, _))| (key.clone(), i)).collect());
        }
        None
    }

    fn place(&self, key: &Value) -> Option<usize> {
        match &self.index {
            None => self.entries.iter().position(|(known, _)| known == key),
            Some(index) => index.get(key).copied(),
        }
    }
}

/// The int that equals this float, if there is one.
fn whole(f: f64) -> Option<i64> {
    // 2^63 is the first float past the ints; -2^63 is one of them.
    const PAST: f64 = 9_223_372_036_854_775_808.0;
    (f.fract() == 0.0 && (-PAST..PAST).contains(&f)).then_some(f as i64)
}

impl PartialEq for Map {
    fn eq(&self, other: &Map) -> bool {
        self.entries == other.entries
    }
}

impl Eq for Map {}

impl PartialOrd for Map {
    fn partial_cmp(&self, other: &Map) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Map {
    fn cmp(&self, other: &Map) -> std::cmp::Ordering {
        self.entries.cmp(&other.entries)
    }
}

impl Hash for Map {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.entries.hash(state);
    }
}

impl<N: Into<Str>, V: Into<Value>> FromIterator<(N, V)> for Map {
    fn from_iter<I: IntoIterator<Item = (N, V)>>(entries: I) -> Map {
        let mut map = Map::new();
        for (name, value) in entries {
            map.set(name, value);
        }
        map
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_keep_their_order_and_are_found_in_small_and_large_maps() {
        let mut map = Map::new();
        for i in (0..100).rev() {
            assert_eq!(map.insert(Value::Int(i), Value::Int(i * 2)).unwrap(), None);
            assert_eq!(map.set(format!("k{i}"), i), None);
        }
        assert_eq!(map.insert(Value::Int(7), Value::Null).unwrap(), Some(Value::Int(14)));
        assert_eq!(map.len(), 200);
        assert_eq!(map.keys().next(), Some(&Value::Int(99)));
        assert_eq!(map.get(&Value::Int(7)), Some(&Value::Null));
        assert_eq!(map.get(&Value::Float(8.0)), Some(&Value::Int(16)));
        assert_eq!(map.get(&Value::Float(8.5)), None);
        assert_eq!(map.field("k3"), Some(&Value::Int(3)));
        assert_eq!(map.field("k100"), None);
    }

    #[test]
    fn a_key_of_another_type_is_refused() {
        assert_eq!(Map::new().insert(Value::Null, Value::Null).unwrap_err().kind, Fault::TYPE);
        assert_eq!(Map::new().insert(Value::Float(1.0), Value::Null).unwrap_err().kind, Fault::TYPE);
    }
}
