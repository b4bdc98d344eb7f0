use super::*;
use crate::diag::FileId;

fn findings(text: &str) -> Vec<(String, String)> {
    let mut bag = Bag::new();
    let at = |range: Range<usize>| Span::new(FileId(0), range.start, range.end);
    let parsed = parse_expr(text, &at, &mut bag);
    assert_eq!(parsed.is_none(), bag.has_errors(), "{text}");
    bag.into_iter()
        .map(|f| (text[f.primary().span.start as usize..f.primary().span.end as usize].to_owned(), f.message))
        .collect()
}

#[test]
fn what_is_wrong_is_said_at_the_word() {
    for (text, word, message) in [
        ("", "", "the expression is empty"),
        ("1 +", "", "a value is expected, and the end found"),
        ("1 + * 2", "*", "a value is expected, and `*` found"),
        ("a b", "b", "an operator or the end is expected, and `b` found"),
        ("a and b", "and", "an operator or the end is expected, and `and` found"),
        ("f(1", "", "`,` or `)` is expected, and the end found"),
        ("[1, 2", "", "`,` or `]` is expected, and the end found"),
        ("{1 2}", "2", "`:` is expected, and a number found"),
        ("a ? b", "", "`:` is expected, and the end found"),
        ("a.1", ".1", "an operator or the end is expected, and a number found"),
        ("a.", "", "the name of a field or method is expected, and the end found"),
        ("${ a", "${", "`${` is not closed"),
        ("${ a + }", "}", "a value is expected, and the end found"),
        ("${ a } + 1", " + 1", "this field is one expression, and text follows its closing `}`"),
        ("xs.map(x)", "map", "`map` takes a variable and an expression, not 1 argument"),
        ("xs.all(1, true)", "1", "`all` takes the name of a variable first"),
        ("has(a)", "has(a)", "`has` takes one field"),
        ("9223372036854775808", "9223372036854775808", "`9223372036854775808` is too large"),
        ("a // b", "//", "`//` has no meaning in an expression"),
    ] {
        assert_eq!(findings(text), [(word.to_owned(), message.to_owned())], "{text}");
    }
}

#[test]
fn everything_that_is_no_word_is_reported_at_once() {
    assert_eq!(findings("a # b @ c").len(), 2);
}

#[test]
fn nesting_and_chains_are_bounded() {
    let nested = |n: usize| "(".repeat(n) + "1" + &")".repeat(n);
    assert_eq!(findings(&nested(127)), []);
    assert!(findings(&nested(128))[0].1.contains("deeper than 128"));
    assert!(findings(&nested(100_000))[0].1.contains("deeper than 128"));
    assert!(findings(&("!".repeat(100_000) + "true"))[0].1.contains("deeper than 128"));
    assert!(findings(&("1".to_owned() + &" ? 1 : 1".repeat(1000)))[0].1.contains("deeper"));
    assert_eq!(findings(&("1".to_owned() + &"+1".repeat(256))), []);
    assert!(findings(&("1".to_owned() + &"+1".repeat(257)))[0].1.contains("longer than 256"));
    assert!(findings(&("a".to_owned() + &".b".repeat(100_000)))[0].1.contains("longer than 256"));
}

#[test]
fn names_are_the_free_variables_in_order() {
    let mut bag = Bag::new();
    let at = |range: Range<usize>| Span::new(FileId(0), range.start, range.end);
    let text = "b + xs.map(x, x > a, x + ys.filter(y, y in x)[0]) + f(x) + self.name + m.k";
    let expr = parse_expr(text, &at, &mut bag).unwrap();
    let names: Vec<String> = expr.names().into_iter().map(|(name, _)| name.to_string()).collect();
    assert_eq!(names, ["b", "xs", "a", "ys", "x", "m"]);
    let (_, span) = &expr.names()[4];
    assert_eq!(span.start as usize, text.find("f(x)").unwrap() + 2);
}
