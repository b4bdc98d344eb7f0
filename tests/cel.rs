//! The expression language against the `cel` crate: random expressions must mean the same in both, but for the
//! differences that are meant and listed here.
use mpgraph::diag::{Bag, FileId, Span};
use mpgraph::expr::{Env, Me, Random, Resolved, Scope, parse_expr};
use mpgraph::value::{Value, equals};

const EXPRESSIONS: usize = 60_000;

#[test]
fn random_expressions_mean_what_they_mean_in_cel() {
    let mut random = Random::new(1, "cel");
    let mut values = 0;
    let mut errors = 0;
    let mut differences = Vec::new();
    let mut meant = std::collections::BTreeMap::<&str, usize>::new();
    for _ in 0..EXPRESSIONS {
        let mut writer = Writer { random: &mut random, own: Vec::new(), text: String::new() };
        let kind = *writer.pick(&[Kind::Int, Kind::Bool, Kind::Float, Kind::Text, Kind::List, Kind::Map]);
        writer.write(kind, 3);
        let text = writer.text;
        let (ours, theirs) = (ours(&text), theirs(&text));
        match (&ours, &theirs) {
            (Ok(a), Ok(b)) if same(a, b) => values += 1,
            (Err(_), Err(_)) => errors += 1,
            _ => match meant_difference(&text, &ours, &theirs) {
                Some(why) => *meant.entry(why).or_default() += 1,
                None => differences.push(format!("{text}\n  ours:   {ours:?}\n  theirs: {theirs:?}")),
            },
        }
    }
    let shown = differences.iter().take(20).cloned().collect::<Vec<_>>().join("\n");
    assert!(differences.is_empty(), "{} of {EXPRESSIONS} differ:\n{shown}", differences.len());
    // The test says something only while most expressions have a value and few differ.
    let differ: usize = meant.values().sum();
    assert!(
        values > EXPRESSIONS / 2 && differ < EXPRESSIONS / 50,
        "{values} values, {errors} errors, meant: {meant:?}"
    );
}

/// The differences that are meant, by what `cel` says.
fn meant_difference(
    text: &str,
    ours: &Result<Value, String>,
    theirs: &Result<cel::Value, String>,
) -> Option<&'static str> {
    let says = |part: &str| theirs.as_ref().is_err_and(|error| error.contains(part));
    let with_float = says("Float(") && says("Int(");
    Some(match ours {
        Ok(_) if says("Unsupported binary operator") && with_float => "an int and a float mix in arithmetic",
        Ok(_) if says("Unsupported binary operator 'rem'") && says("Float(") => "floats have a remainder",
        Ok(_) if says("Overflow from binary operator 'rem'") => "the least int has a remainder by -1: 0",
        Ok(_) if says("no matching overload for 'string'") => "every value has a text",
        Ok(_) if says("no matching overload for 'int' applied to '(bool)'") => "true is 1",
        Ok(_) if says("no matching overload for 'double' applied to '(bool)'") => "true is 1.0",
        Ok(_) if says("no matching overload for '@in' applied to '(string, string)'") => "a string is in a string",
        Ok(_) if says("integer overflow") && text.contains("-9223372036854775808") => "-2^63 as a float is an int",
        Ok(_) if says("invalid int literal") && text.contains("--9223372036854775808") => "`--` is negation twice",
        Err(error) if error.contains("`!` takes") && text.contains("!!") => "`!!` looks at the type of its operand",
        Ok(Value::Bool(false)) if says("applied to '(double, int)'") || says("applied to '(int, double)'") => {
            "nothing is less or greater than NaN"
        }
        Err(error) if error.contains("-(-9223372036854775808)") && text.contains("--") => "`--` is negation twice",
        Err(error) if error.contains("`-` takes") && text.contains("--") => "`--` looks at the type of its operand",
        _ if text.contains("string(")
            && [".", "e3", "double"].iter().any(|mark| text.contains(mark))
            && theirs.is_ok() =>
        {
            "the text of a float tells it from an int"
        }
        _ => return None,
    })
}

/// The same variables on both sides.
const VARIABLES: [(&str, i64); 3] = [("a", 3), ("b", -7), ("c", 0)];

struct Names;

impl Scope for Names {
    fn resolve(&mut self, name: &str, _: Span) -> Resolved {
        match VARIABLES.iter().position(|(known, _)| *known == name) {
            Some(i) => Resolved::Slot(i as u16),
            None => Resolved::Unknown,
        }
    }

    fn known(&self) -> Vec<String> {
        Vec::new()
    }
}

fn ours(text: &str) -> Result<Value, String> {
    let mut bag = Bag::new();
    let at = |range: std::ops::Range<usize>| Span::new(FileId(0), range.start, range.end);
    let code = parse_expr(text, &at, &mut bag).and_then(|expr| expr.compile(&mut Names, &mut bag));
    let Some(code) = code else { return Err(bag.into_sorted()[0].message.clone()) };
    let slots: Vec<Option<Value>> = VARIABLES.iter().map(|(_, i)| Some(Value::Int(*i))).collect();
    let mut env = Env { slots: &slots, me: &Me::default(), random: &mut Random::new(0, "") };
    code.eval(&mut env).map_err(|fault| fault.to_string())
}

fn theirs(text: &str) -> Result<cel::Value, String> {
    let program = cel::Program::compile(text).map_err(|error| format!("parse: {error}"))?;
    let mut context = cel::Context::default();
    for (name, value) in VARIABLES {
        context.add_variable_from_value(name, value);
    }
    program.execute(&context).map_err(|error| error.to_string())
}

fn same(ours: &Value, theirs: &cel::Value) -> bool {
    translated(theirs).is_some_and(|theirs| equals(ours, &theirs) || *ours == theirs)
}

fn translated(value: &cel::Value) -> Option<Value> {
    Some(match value {
        cel::Value::Null => Value::Null,
        cel::Value::Bool(b) => Value::Bool(*b),
        cel::Value::Int(i) => Value::Int(*i),
        cel::Value::Float(f) => Value::Float(*f),
        cel::Value::String(text) => Value::from(text.as_str()),
        cel::Value::Bytes(bytes) => Value::bytes(bytes.as_slice()),
        cel::Value::List(items) => Value::list(items.iter().map(translated).collect::<Option<_>>()?),
        cel::Value::Map(entries) => {
            let mut map = mpgraph::value::Map::new();
            for (key, value) in entries.map.iter() {
                let key = match key {
                    cel::objects::Key::Int(i) => Value::Int(*i),
                    cel::objects::Key::Bool(b) => Value::Bool(*b),
                    cel::objects::Key::String(text) => Value::from(text.as_str()),
                    _ => return None,
                };
                map.insert(key, translated(value)?).ok()?;
            }
            Value::map(map)
        }
        _ => return None,
    })
}

#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Int,
    Float,
    Bool,
    Text,
    /// Of ints.
    List,
    /// From text to int.
    Map,
}

struct Writer<'a> {
    random: &'a mut Random,
    /// Variables of enclosing macros, all of them ints.
    own: Vec<String>,
    text: String,
}

impl Writer<'_> {
    fn below(&mut self, n: usize) -> usize {
        self.random.int(0, n as i64 - 1) as usize
    }

    fn pick<'x, T>(&mut self, choices: &'x [T]) -> &'x T {
        &choices[self.below(choices.len())]
    }

    /// `$i`, `$b` and so on are replaced by expressions of that kind.
    fn write(&mut self, kind: Kind, depth: usize) {
        // Now and then the wrong type, to compare the errors too. But no map for a list: `cel` goes over the keys of a map in
        // another order every time.
        let kind = match *self.pick(&[Kind::Int, Kind::Bool, Kind::Float, Kind::Text, Kind::List, Kind::Map]) {
            Kind::Map if kind == Kind::List => kind,
            other if self.below(60) == 0 => other,
            _ => kind,
        };
        if depth == 0 || self.below(6) == 0 {
            return self.leaf(kind);
        }
        let patterns: &[&str] = match kind {
            Kind::Int => &[
                "$i + $i",
                "$i - $i",
                "$i * $i",
                "$i / $i",
                "$i % $i",
                "-$i",
                "($i)",
                "($b ? ($i) : $i)",
                "$l[$i]",
                "size($t)",
                "$l.size()",
                "size($m)",
                "$m.k",
                "$m['k']",
                "int($f)",
                "int($t)",
                "$i + $i * $i",
                "($i - ($i - $i))",
                "$b ? ($i) : $b ? ($i) : $i",
            ],
            Kind::Float => {
                &["$f + $f", "$f - $f", "$f * $f", "$f / $f", "-$f", "($f)", "($b ? ($f) : $f)", "double($i)"]
            }
            Kind::Bool => &[
                "$i < $i",
                "$i <= $i",
                "$i > $i",
                "$i >= $i",
                "$i == $i",
                "$i != $i",
                "$f < $f",
                "$f == $f",
                "$f >= $i",
                "$i < $f",
                "$i == $f",
                "$t < $t",
                "$t == $t",
                "$t != $t",
                "$b && $b",
                "$b || $b",
                "!$b",
                "!($b)",
                "($b)",
                "$b == $b",
                "$b < $b",
                "$i in $l",
                "$t in $m",
                "$l == $l",
                "$m == $m",
                "$l != $m",
                "$t.contains($t)",
                "$t.startsWith($t)",
                "$t.endsWith($t)",
                "has($m.k)",
                "$l.all(v, @b)",
                "$l.exists(v, @b)",
                "$l.exists_one(v, @b)",
                "$b ? ($b) : $b",
                "$b || $b && $b",
                "null == $i",
            ],
            Kind::Text => &["$t + $t", "($t)", "string($i)", "($b ? ($t) : $t)", "string($b)", "string($t)"],
            Kind::List => &[
                "[$i, $i]",
                "[$i]",
                "$l + $l",
                "($l)",
                "$l.map(v, @i)",
                "$l.filter(v, @b)",
                "$l.map(v, @b, @i)",
                "[$i, $i, $i]",
                "($b ? ($l) : $l)",
            ],
            Kind::Map => &["{'k': $i}", "{'k': $i, 'n': $i}", "{'n': $i, $t: $i}", "($m)", "($b ? ($m) : $m)"],
        };
        let pattern = *self.pick(patterns);
        let mut inside = false;
        let mut hole = None;
        for c in pattern.chars() {
            match (hole, c) {
                (None, '$' | '@') => {
                    hole = Some(c);
                }
                (Some(mark), letter) => {
                    hole = None;
                    let kind = match letter {
                        'i' => Kind::Int,
                        'f' => Kind::Float,
                        'b' => Kind::Bool,
                        't' => Kind::Text,
                        'l' => Kind::List,
                        _ => Kind::Map,
                    };
                    if mark == '@' && !inside {
                        self.own.push("v".to_owned());
                        inside = true;
                    }
                    self.write(kind, depth - 1);
                }
                (None, c) => self.text.push(c),
            }
        }
        if inside {
            self.own.pop();
        }
    }

    fn leaf(&mut self, kind: Kind) {
        if kind == Kind::Int && !self.own.is_empty() && self.below(2) == 0 {
            return self.text.push('v');
        }
        let leaves: &[&str] = match kind {
            Kind::Int => &[
                "0",
                "1",
                "2",
                "3",
                "7",
                "10",
                "0x1F",
                "-1",
                "a",
                "b",
                "c",
                "9223372036854775807",
                "-9223372036854775808",
                "4611686018427387904",
            ],
            Kind::Float => &["0.0", "1.0", "1.5", "-2.25", "1e3", ".5", "9007199254740993.0", "1e300"],
            Kind::Bool => &["true", "false", "a > 0", "b > 0"],
            Kind::Text => &["''", "'a'", "\"b\"", "'k'", "'é'", "r'\\n'", "'\\n\\x41'", "'''q'q'''", "'12'", "'-7'"],
            Kind::List => &["[]", "[1]", "[1, 2, 3]", "[0, a, b]", "[3, 1, 2, 1]"],
            Kind::Map => &["{}", "{'k': 1}", "{'k': a, 'é': 2}", "{'n': 5}"],
        };
        let leaf = *self.pick(leaves);
        self.text.push_str(leaf);
    }
}
