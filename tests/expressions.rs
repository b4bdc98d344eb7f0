//! The expression language, from text to value, and what it says about expressions that are wrong.
use mpgraph::diag::{Bag, FileId, Span};
use mpgraph::expr::{Code, Env, Me, Random, Resolved, Scope, parse_expr, parse_template};
use mpgraph::value::{Fault, Map, Value, from_json};
use std::ops::Range;

/// Variables `n`, `x`, `f`, `s`, `xs`, `m` in slots, `unset` in one without a value, `limit` a constant, `tasks` refused.
struct Names;

const SLOTS: [&str; 7] = ["n", "x", "f", "s", "xs", "m", "unset"];

impl Scope for Names {
    fn resolve(&mut self, name: &str, span: Span) -> Resolved {
        match name {
            "limit" => Resolved::Constant(Value::Int(10)),
            "tasks" => Resolved::Refused(Box::new(mpgraph::diag::Finding::new(
                mpgraph::diag::Code::NamesWrongKind,
                span,
                "`tasks` is a queue",
                "here",
            ))),
            _ => match SLOTS.iter().position(|known| *known == name) {
                Some(i) => Resolved::Slot(i as u16),
                None => Resolved::Unknown,
            },
        }
    }

    fn known(&self) -> Vec<String> {
        SLOTS.iter().chain(&["limit"]).map(|name| (*name).to_owned()).collect()
    }
}

fn slots() -> Vec<Option<Value>> {
    let m: Map = [("a", Value::Int(1)), ("b", Value::from("two"))].into_iter().collect();
    vec![
        Some(Value::Null),
        Some(Value::Int(7)),
        Some(Value::Float(2.5)),
        Some(Value::from("grün")),
        Some(from_json("[3,1,2]").unwrap()),
        Some(Value::map(m)),
        None,
    ]
}

fn at(range: Range<usize>) -> Span {
    Span::new(FileId(0), range.start, range.end)
}

fn eval(text: &str) -> Result<Value, Fault> {
    let mut bag = Bag::new();
    let code = parse_expr(text, &at, &mut bag).and_then(|expr| expr.compile(&mut Names, &mut bag));
    run(code, text, bag)
}

fn eval_template(text: &str) -> Result<Value, Fault> {
    let mut bag = Bag::new();
    let code = parse_template(text, &at, &mut bag).and_then(|template| template.compile(&mut Names, &mut bag));
    run(code, text, bag)
}

fn run(code: Option<Code>, text: &str, bag: Bag) -> Result<Value, Fault> {
    let Some(code) = code else {
        // A constant that fails is found when it is compiled, and would raise the same in the run.
        let message = &bag.iter().next().expect("without code there is a finding").message;
        let fault = message.strip_prefix("this always fails with ").unwrap_or_else(|| panic!("{text}: {bag:?}"));
        return Err(Fault::new(fault.split(':').next().unwrap_or_default(), fault));
    };
    let me = Me { name: "worker-2".into(), index: 2, target: "work".into() };
    code.eval(&mut Env { slots: &slots(), me: &me, random: &mut Random::new(0, "worker-2") })
}

/// What `text` gives, as JSON.
fn shown(text: &str) -> String {
    eval(text).and_then(|value| value.json()).unwrap_or_else(|fault| panic!("{text}: {fault}"))
}

/// The words and messages of what is wrong with `text`.
fn wrong(text: &str) -> Vec<(String, &'static str, String, String)> {
    let mut bag = Bag::new();
    let code = parse_template(text, &at, &mut bag).and_then(|template| template.compile(&mut Names, &mut bag));
    assert_eq!(code.is_none(), bag.has_errors(), "{text}");
    bag.into_iter()
        .map(|finding| {
            let span = finding.primary().span;
            (
                text[span.start as usize..span.end as usize].to_owned(),
                finding.code.as_str(),
                finding.message,
                finding.help,
            )
        })
        .collect()
}

#[test]
fn operators_have_the_meaning_and_the_strength_of_cel() {
    for (text, value) in [
        ("1 + 2 * 3", "7"),
        ("(1 + 2) * 3", "9"),
        ("7 / 2", "3"),
        ("-7 / 2", "-3"),
        ("-7 % 3", "-1"),
        ("7 % -3", "1"),
        ("-9223372036854775808 % -1", "0"),
        ("2 - 3 - 4", "-5"),
        ("- 3 + 4", "1"),
        ("--3", "3"),
        ("1 + 1.5", "2.5"),
        ("7 / 2.0", "3.5"),
        ("1.0 / 0.0", "Infinity"),
        ("-1 / 0.0", "-Infinity"),
        ("7.5 % 2", "1.5"),
        ("0x1F", "31"),
        ("-9223372036854775808", "-9223372036854775808"),
        ("'a' + \"b\"", "\"ab\""),
        ("[1] + [2, 3,]", "[1,2,3]"),
        ("b'a' + b'\\xff'", "{\"$bytes\":\"Yf8=\"}"),
        ("1 == 1.0", "true"),
        ("[1, {'a': 2}] == [1.0, {'a': 2.0}]", "true"),
        ("{'a': 1, 'b': 2} == {'b': 2, 'a': 1}", "true"),
        ("1 == '1'", "false"),
        ("null == null && null != 0", "true"),
        ("9007199254740993 == 9007199254740992.0", "false"),
        ("1 < 1.5 && 2 > 1.5 && 'a' < 'b' && false < true && b'a' <= b'b'", "true"),
        ("[1, 2] < [1, 3] && [1] < [1, 0]", "true"),
        ("0.0 / 0.0 == 0.0 / 0.0 || 0.0 / 0.0 < 1", "false"),
        ("1 < 2 == true", "true"),
        ("2 in [1, 2.0] && !(3 in [1, 2])", "true"),
        ("'a' in {'a': 1} && 1.0 in {1: 2}", "true"),
        ("'rü' in s", "true"),
        ("true || false && false", "true"),
        ("!true || !false", "true"),
        ("true ? 1 : false ? 2 : 3", "1"),
        ("false ? 1 : false ? 2 : 3", "3"),
        ("x > 5 ? 'big' : 'small'", "\"big\""),
        ("[1, 2, 3][1] + xs[0]", "5"),
        ("{'a': {'b': [5]}}.a.b[0]", "5"),
        ("{1: 'int', true: 'bool', 'k': 'text'}[true]", "\"bool\""),
        ("{1: 2}[1.0]", "2"),
        ("m.a + m['a']", "2"),
        ("has(m.a) && !has(m.z)", "true"),
        ("{'z': 1, 'a': 2}", "{\"z\":1,\"a\":2}"),
        ("x * x + 1", "50"),
        ("n == null", "true"),
        ("limit + x", "17"),
        ("self.name + ':' + self.target + ':' + str(self.index)", "\"worker-2:work:2\""),
        ("${ x + 1 }", "8"),
        ("  ${ {'a': '}'}.a }  ", "\"}\""),
    ] {
        assert_eq!(shown(text), value, "{text}");
    }
}

#[test]
fn an_error_does_not_count_where_the_other_side_settles_the_matter() {
    for text in [
        "true || unset",
        "unset || true",
        "!(unset && false)",
        "!(xs[9] == 1 && false)",
        "x == 7 || xs[9] == 1",
        "xs[9] == 1 || x == 7",
        "[0, 1].exists(i, 10 / i == 10)",
        "![0, 2].all(i, 10 / i == 6)",
        "x == 7 ? true : 1 / 0 == 1",
    ] {
        assert_eq!(shown(text), "true", "{text}");
    }
    assert_eq!(eval("unset || false").unwrap_err().kind, Fault::NAME);
    assert_eq!(eval("xs.all(i, 1 / (i - 3) < 5)").unwrap_err().kind, Fault::ZERO_DIVISION);
}

#[test]
fn macros_go_over_lists_and_keys() {
    for (text, value) in [
        ("xs.map(i, i * x)", "[21,7,14]"),
        ("xs.map(i, i > 1, i * 10)", "[30,20]"),
        ("xs.filter(i, i > 1)", "[3,2]"),
        ("xs.all(i, i > 0) && xs.exists(i, i == 2) && xs.exists_one(i, i == 2)", "true"),
        ("[1, 1].exists_one(i, i == 1)", "false"),
        ("[].all(i, false) && ![].exists(i, true)", "true"),
        ("m.map(k, m[k])", "[1,\"two\"]"),
        ("m.filter(k, k != 'a')", "[\"b\"]"),
        ("[1, 2].map(i, [3, 4].map(j, i * j + x))", "[[10,11],[13,15]]"),
        ("[1, 2].map(i, [5].map(i, i) + [i])", "[[5,1],[5,2]]"),
        ("[1, 2].map(x, x)", "[1,2]"),
        ("xs.map(i, [1, 2].map(j, j * 2))", "[[2,4],[2,4],[2,4]]"),
        ("xs.map(i, [1, 2].filter(j, j == i))", "[[],[1],[2]]"),
    ] {
        assert_eq!(shown(text), value, "{text}");
    }
}

#[test]
fn functions_give_what_their_table_says() {
    for (text, value) in [
        ("size('grün') + len(s) + s.size()", "12"),
        ("len(b'gr\\xff') + len([1, 2]) + len({1: 1})", "6"),
        ("range(3)", "[0,1,2]"),
        ("range(2, 5)", "[2,3,4]"),
        ("range(5, 0, -2)", "[5,3,1]"),
        ("range(0) + range(5, 1) + range(0, 10, 20)", "[0]"),
        ("range(9223372036854775806, 9223372036854775807)", "[9223372036854775806]"),
        ("str(1) + str(1.5) + str('a') + str(null) + str([1, 'b']) + str(b'c')", "\"11.5anull[1,\\\"b\\\"]c\""),
        ("string(true)", "\"true\""),
        ("int(' -12 ') + int(2.9) + int(-2.9) + int(true)", "-11"),
        ("float('1.5') + double(1)", "2.5"),
        ("bool('true') && bool(1) && !bool('0')", "true"),
        ("bytes('é') == b'\\xc3\\xa9'", "true"),
        (
            "[type(1), type(1.0), type(''), type(b''), type(null), type([]), type({}), type(true)]",
            "[\"int\",\"float\",\"string\",\"bytes\",\"null\",\"list\",\"map\",\"bool\"]",
        ),
        ("sorted(xs)", "[1,2,3]"),
        ("sorted(['b', 'a']) + sorted([2, 1.5]) + sorted([[2], [1, 9]])", "[\"a\",\"b\",1.5,2,[1,9],[2]]"),
        ("sum(xs) + sum([])", "6"),
        ("sum([1, 0.5])", "1.5"),
        ("min(xs) + max(xs) + min(5, 4) + max(1, 2, 3)", "11"),
        ("max('a', 'b') + min(['d', 'c'])", "\"bc\""),
        ("abs(-3) + abs(3)", "6"),
        ("abs(-1.5)", "1.5"),
        ("join(['a', 1, null], '-')", "\"a-1-null\""),
        ("['a', 'b'].join() + ['c'].join(', ')", "\"abc\""),
        ("split('a,b,,c', ',') + 'a b'.split(' ')", "[\"a\",\"b\",\"\",\"c\",\"a\",\"b\"]"),
        ("split('  a  b ')", "[\"a\",\"b\"]"),
        ("split('grün', '')", "[\"g\",\"r\",\"ü\",\"n\"]"),
        ("'a,b,c'.split(',', 2) + 'a,b'.split(',', 0) + 'abc'.split('', 2)", "[\"a\",\"b,c\",\"a\",\"bc\"]"),
        ("'abc'.contains('b') && 'abc'.startsWith('ab') && 'abc'.endsWith('bc')", "true"),
        ("'job-12'.matches('^job-[0-9]+$') && matches(s, 'r.n') && !s.matches('x')", "true"),
        ("s.matches('g' + s.substring(1))", "true"),
        ("'AbÉ'.lowerAscii() + 'abé'.upperAscii()", "\"abÉABé\""),
        ("'  a b\\n'.trim()", "\"a b\""),
        ("'aXbXc'.replace('X', '-') + 'aXbXc'.replace('X', '', 1)", "\"a-b-cabXc\""),
        ("s.substring(2) + s.substring(0, 2) + s.charAt(2) + s.charAt(4)", "\"üngrü\""),
        ("s.indexOf('n') + s.indexOf('x') + 'abab'.indexOf('a', 1) + 'abab'.lastIndexOf('a')", "6"),
        ("[1, 2].reverse() + ['äb'.reverse()]", "[2,1,\"bä\"]"),
        ("cpu_count() >= 1", "true"),
        ("range(100).all(i, random_int(3, 5) in [3, 4, 5])", "true"),
        ("range(100).all(i, random_float() < 1)", "true"),
        ("random_string(8).matches('^[a-zA-Z0-9]{8}$') && random_string(0) == ''", "true"),
        ("dyn([1])", "[1]"),
    ] {
        assert_eq!(shown(text), value, "{text}");
    }
}

#[test]
fn the_same_seed_and_name_give_the_same_random_values() {
    let text = "[random_int(1, 1000000), random_float(), random_string(12)]";
    assert_eq!(shown(text), shown(text));
}

#[test]
fn what_fails_in_the_run_has_the_kind_that_except_names() {
    for (text, kind) in [
        ("x / (x - 7)", Fault::ZERO_DIVISION),
        ("x % (x - 7)", Fault::ZERO_DIVISION),
        ("x + 9223372036854775807", Fault::OVERFLOW),
        ("x * 9223372036854775807", Fault::OVERFLOW),
        ("-(x - 8 - 9223372036854775807)", Fault::OVERFLOW),
        ("(x - 8 - 9223372036854775807) / -1", Fault::OVERFLOW),
        ("abs(x - 8 - 9223372036854775807)", Fault::OVERFLOW),
        ("sum([x, 9223372036854775807])", Fault::OVERFLOW),
        ("int(f * 1e300)", Fault::OVERFLOW),
        ("xs[3]", Fault::INDEX),
        ("xs[-1]", Fault::INDEX),
        ("s.substring(5)", Fault::INDEX),
        ("s.substring(2, 1)", Fault::INDEX),
        ("s.charAt(-1)", Fault::INDEX),
        ("m.z", Fault::KEY),
        ("m['z']", Fault::KEY),
        ("m[null]", Fault::KEY),
        ("x + s", Fault::TYPE),
        ("x < s", Fault::TYPE),
        ("x && true", Fault::TYPE),
        ("x ? 1 : 2", Fault::TYPE),
        ("!x", Fault::TYPE),
        ("-s", Fault::TYPE),
        ("x in x", Fault::TYPE),
        ("1 in s", Fault::TYPE),
        ("s[0]", Fault::TYPE),
        ("xs['a']", Fault::TYPE),
        ("x.a", Fault::TYPE),
        ("has(x.a)", Fault::TYPE),
        ("x.map(i, i)", Fault::TYPE),
        ("xs.filter(i, i)", Fault::TYPE),
        ("len(x)", Fault::TYPE),
        ("sorted([x, s])", Fault::TYPE),
        ("{n: 1}", Fault::TYPE),
        ("{f: 1}", Fault::TYPE),
        ("{s: 1, 'grün': 2}", Fault::VALUE),
        ("int(s)", Fault::VALUE),
        ("float(s)", Fault::VALUE),
        ("bool(s)", Fault::VALUE),
        ("min(xs.filter(i, i > 9))", Fault::VALUE),
        ("range(0, 1, x - 7)", Fault::VALUE),
        ("random_int(x, 1)", Fault::VALUE),
        ("random_string(-x)", Fault::VALUE),
        ("s.matches(s + '(')", Fault::VALUE),
        ("unset + 1", Fault::NAME),
    ] {
        match eval(text) {
            Err(fault) => assert_eq!(fault.kind, kind, "{text}: {fault}"),
            Ok(value) => panic!("{text}: {value}"),
        }
    }
}

/// 16 letters, multiplied by 16 so many times.
fn grow(times: usize) -> String {
    "'xxxxxxxxxxxxxxxx'".to_owned() + &".replace('x', 'xxxxxxxxxxxxxxxx')".repeat(times)
}

#[test]
fn one_expression_cannot_take_all_memory_or_time() {
    for text in [
        "range(100000000)",
        "range(-9223372036854775807, 9223372036854775807)",
        "range(5000).map(i, range(5000))",
        "random_string(1000000000000)",
        // 16 to the power of 7 or 8 bytes, and many times a mebibyte.
        &grow(6),
        &grow(7),
        &format!("range(1000).map(i, str(i) + {})", grow(4)),
    ] {
        // Not the value, should there be one: it is large.
        assert_eq!(eval(text).err().map(|fault| fault.kind), Some(Fault::MEMORY.into()), "{text}");
    }
    // Large but allowed: not computed when it is compiled, but when it is asked for.
    let mut bag = Bag::new();
    let code = parse_expr("range(1000000)", &at, &mut bag).unwrap().compile(&mut Names, &mut bag).unwrap();
    assert!(code.constant().is_none());
    assert_eq!(shown("len(range(1000000))"), "1000000");
}

#[test]
fn constants_are_known_when_the_graph_is_validated() {
    for (text, constant) in [
        ("${ 1 + 2 * limit }", Some("21")),
        ("${ [1, 2].map(i, i + limit) }", Some("[11,12]")),
        ("a ${ limit } b ${ 'c' } $${d}", Some("\"a 10 b c ${d}\"")),
        ("plain $ text $$", Some("\"plain $ text $$\"")),
        ("${ limit > 5 ? 1 : x }", Some("1")),
        ("${ x == 1 && false }", Some("false")),
        ("${ x }", None),
        ("${ self.index }", None),
        ("${ random_int(1, 1) }", None),
        ("${ cpu_count() }", None),
        ("a ${ x }", None),
    ] {
        let mut bag = Bag::new();
        let template = parse_template(text, &at, &mut bag).unwrap();
        let code = template.compile(&mut Names, &mut bag).unwrap();
        assert_eq!(code.constant().map(|value| value.json().unwrap()).as_deref(), constant, "{text}");
    }
}

#[test]
fn text_with_expressions_is_joined_as_text() {
    for (text, value) in [
        ("x is ${x}, xs ${ xs }, ${s}!", "\"x is 7, xs [3,1,2], grün!\""),
        ("${x}${x}", "\"77\""),
        ("${x}", "7"),
        (" ${x}", "\" 7\""),
        ("${ m }}", "\"{\\\"a\\\":1,\\\"b\\\":\\\"two\\\"}}\""),
        ("$${x} ${ '${x}' + \"}\" }", "\"${x} ${x}}\""),
        ("$$${x} costs $5", "\"$${x} costs $5\""),
        ("", "\"\""),
    ] {
        assert_eq!(eval_template(text).unwrap().json().unwrap(), value, "{text}");
    }
}

#[test]
fn all_that_is_wrong_is_reported_at_its_word() {
    let words = |text| wrong(text).into_iter().map(|(word, code, ..)| (word, code)).collect::<Vec<_>>();
    assert_eq!(
        words("${ xz + lenn(x) + len() + self.nme + x.foo() } and ${ y + 1/0 }"),
        [
            ("xz", "names/unknown"),
            ("lenn", "names/unknown"),
            ("len", "syntax/expression"),
            ("nme", "names/unknown"),
            ("foo", "names/unknown"),
            ("y", "names/unknown"),
        ]
        .map(|(word, code)| (word.to_owned(), code))
    );
    assert_eq!(words("${ 1 + } ${ 2 + }").len(), 2);
    assert_eq!(words("${ tasks }"), [("tasks".to_owned(), "names/wrong-kind")]);
    assert_eq!(words("${ x + self }"), [("self".to_owned(), "syntax/expression")]);
    assert_eq!(words("a ${ x"), [("${".to_owned(), "syntax/expression")]);
    assert_eq!(
        words("${ [1].map(i, i + j) + i }"),
        [("j".to_owned(), "names/unknown"), ("i".to_owned(), "names/unknown")]
    );
}

#[test]
fn a_constant_part_that_always_fails_is_an_error_of_the_graph() {
    for (text, word, fault) in [
        ("${ x + 1 / 0 }", "1 / 0", "ZeroDivisionError"),
        ("${ 10 / (limit - 10) }", "10 / (limit - 10)", "ZeroDivisionError"),
        ("${ int('abc') + x }", "int('abc')", "ValueError"),
        ("${ 'a' + 1 }", "'a' + 1", "TypeError"),
        ("${ 9223372036854775807 + 1 }", "9223372036854775807 + 1", "OverflowError"),
        ("${ [1][1] }", "[1][1]", "IndexError"),
        ("${ {'a': 1}.b }", "{'a': 1}.b", "KeyError"),
        ("${ 1 ? 2 : 3 }", "1 ? 2 : 3", "TypeError"),
        ("${ s.matches('(') }", "'('", "ValueError"),
        ("${ true ? 1 / 0 : 2 }", "1 / 0", "ZeroDivisionError"),
    ] {
        let wrong = wrong(text);
        assert_eq!(wrong.len(), 1, "{text}");
        let (found, code, message, _) = &wrong[0];
        assert_eq!((found.as_str(), *code), (word, "syntax/expression"), "{text}");
        assert!(message.contains(fault), "{text}: {message}");
    }
    for text in
        ["${ x == 0 ? 1 / 0 : 1 }", "${ x == 7 || 1 / 0 == 1 }", "${ xs.map(i, 1 / 0) }", "${ false ? 1 / 0 : 1 }"]
    {
        assert_eq!(wrong(text), [], "{text}");
    }
}

#[test]
fn suggestions_name_what_was_likely_meant() {
    for (text, help) in [
        ("${ limt }", "did you mean `limit`?"),
        ("${ rang(3) }", "did you mean `range`?"),
        ("${ s.startWith('a') }", "did you mean `startsWith`?"),
        ("${ s.range() }", "`range` is a function: write `range(..)`"),
        ("${ contains(s, 'a') }", "`contains` is a method: write `x.contains(..)`"),
        ("${ map(xs, 1) }", "`map` is a method: write `x.map(..)`"),
        ("${ self.id }", "it has: `index`, `name`, `target`"),
        ("${ len(s, s) }", "remove what is too much"),
        ("${ $x }", "an expression is not nested in another: leave out the `${ }`"),
    ] {
        let wrong = wrong(text);
        assert_eq!(wrong.len(), 1, "{text}: {wrong:?}");
        assert_eq!(wrong[0].3, help, "{text}");
    }
}

/// The deepest expressions that parse, read and evaluated on the stack that a thread has by default.
#[test]
fn the_deepest_expressions_fit_the_stack_of_a_thread() {
    let nested = |open: &str, middle: &str, close: &str, n| open.repeat(n) + middle + &close.repeat(n);
    let texts = [
        nested("(", "x", ")", 127),
        nested("[", "x", "]", 127),
        nested("[", "1", "]", 127),
        nested("{1:", "x", "}", 127),
        nested("-", "x", "", 127),
        nested("abs(", "x", ")", 127),
        nested("x == 7 ? ", "x", " : 1", 127),
        nested("[x].map(i, ", "x", ")", 127),
        "x".to_owned() + &" + x".repeat(256),
        "true".to_owned() + &" && x == 7".repeat(255),
        "'a'".to_owned() + &".trim()".repeat(256),
    ];
    let run = move || {
        for text in &texts {
            eval(text).unwrap_or_else(|fault| panic!("{text}: {fault}"));
        }
    };
    std::thread::Builder::new().stack_size(2 << 20).spawn(run).unwrap().join().unwrap();
}

#[test]
fn a_value_nested_too_deep_is_an_error_of_the_step() {
    let nested = |n| "[".repeat(n) + "v" + &"]".repeat(n);
    let code = |n| format!("[{}].map(v, {})", nested(60).replace('v', "x"), nested(n));
    assert!(eval(&code(67)).is_ok());
    assert_eq!(eval(&code(68)).unwrap_err().kind, Fault::VALUE);
}

proptest::proptest! {
    /// Whatever stands in a string of a graph, reading it ends in a template or in findings inside its bounds.
    #[test]
    fn no_text_makes_the_reader_panic(
        text in proptest::collection::vec(proptest::sample::select(WORDS.to_vec()), 0..30), odd in "\\PC{0,4}"
    ) {
        let text = text.concat() + &odd;
        let mut bag = Bag::new();
        let template = parse_template(&text, &at, &mut bag);
        let code = template.and_then(|template| template.compile(&mut Names, &mut bag));
        if let Some(code) = &code {
            let _ = code.eval(&mut Env { slots: &slots(), me: &Me::default(), random: &mut Random::new(0, "") });
        }
        proptest::prop_assert_eq!(code.is_none(), bag.has_errors());
        let _ = parse_expr(&text, &at, &mut bag);
        for finding in bag.iter() {
            let span = finding.primary().span;
            proptest::prop_assert!(text.get(span.start as usize..span.end as usize).is_some());
        }
    }
}

const WORDS: [&str; 60] = [
    "${",
    "}",
    "$${",
    "$",
    "{",
    "(",
    ")",
    "[",
    "]",
    ",",
    ":",
    ".",
    "?",
    "+",
    "-",
    "*",
    "/",
    "%",
    "!",
    "=",
    "==",
    "<",
    "&&",
    "||",
    " ",
    "'",
    "\"",
    "'''",
    "\\",
    "\\x4",
    "r'",
    "b\"",
    "x",
    "xs",
    "m",
    "s",
    "self",
    ".name",
    "in",
    "null",
    "true",
    "1",
    "0x",
    "1.5",
    "1e",
    "9223372036854775808",
    "len(",
    ".map(",
    "has(",
    "range(3)",
    "i, ",
    "é",
    "//",
    "#",
    "'a'",
    "unset",
    "limit",
    "nope",
    "matches(",
    "\n",
];

/// Blocks of `cel` hold an expression a line, blocks of `template` a text with expressions in it.
#[test]
fn the_examples_of_the_reference_hold() {
    let mut block = None;
    let mut examples = 0;
    for line in include_str!("../docs/expressions.md").lines() {
        if let Some(language) = line.strip_prefix("```") {
            block = Some(language);
            continue;
        }
        let Some(language @ ("cel" | "template")) = block else { continue };
        let (text, expected) = line.rsplit_once(" -> ").expect(line);
        let found = if language == "cel" { eval(text) } else { eval_template(text.trim_end()) };
        let found = found.map_or_else(|fault| fault.kind.to_string(), |value| value.json().unwrap());
        assert_eq!(found, expected, "{line}");
        examples += 1;
    }
    assert!(examples > 80, "{examples}");
}
