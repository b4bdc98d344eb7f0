//! The bytes of a file to its text and tree.
use super::{FILE_MAX_BYTES, Node, parse};
use crate::diag::{Bag, Code, FileId, Finding, Source, Sources, Span};

/// Takes a file in: its text is kept under `path` for the findings that point at it, its tree is read. Whoever
/// reads the bytes need not read more than [`FILE_MAX_BYTES`] and one.
pub fn read_file(path: &str, bytes: Vec<u8>, sources: &mut Sources, bag: &mut Bag) -> (FileId, Option<Node>) {
    if bytes.len() > FILE_MAX_BYTES {
        let file = sources.add(Source::new(path, ""));
        let message = format!("the file is larger than {} MiB", FILE_MAX_BYTES >> 20);
        let finding = Finding::new(Code::SyntaxLimit, Span::new(file, 0, 0), message, "too large");
        bag.add(finding.help("split it with `include`"));
        return (file, None);
    }
    match String::from_utf8(bytes) {
        Ok(text) => {
            let file = sources.add(Source::new(path, text));
            (file, parse(file, &sources.get(file).text, bag))
        }
        Err(error) => {
            let at = error.utf8_error().valid_up_to();
            let byte = error.as_bytes()[at];
            // What comes before the first wrong byte keeps its place.
            let file = sources.add(Source::new(path, String::from_utf8_lossy(error.as_bytes())));
            let message =
                format!("the file is not UTF-8: the byte {byte:#04x} at offset {at} is not part of a character");
            let span = Span::new(file, at, at + char::REPLACEMENT_CHARACTER.len_utf8());
            bag.add(Finding::new(Code::SyntaxYaml, span, message, "here").help("save the file as UTF-8"));
            (file, None)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn findings(bytes: &[u8]) -> (Sources, Vec<Finding>, bool) {
        let (mut sources, mut bag) = (Sources::new(), Bag::new());
        let (_, tree) = read_file("a.yaml", bytes.to_vec(), &mut sources, &mut bag);
        (sources, bag.into_sorted(), tree.is_some())
    }

    #[test]
    fn a_byte_that_is_not_utf8_is_told_with_its_offset() {
        let (sources, findings, read) = findings(b"a: 1\nb: caf\xe9\n");
        assert!(!read);
        assert_eq!(findings.len(), 1);
        assert_eq!(findings[0].code, Code::SyntaxYaml);
        assert!(findings[0].message.contains("0xe9 at offset 11"), "{}", findings[0].message);
        assert_eq!(sources.start(findings[0].primary().span).line, 2);
        assert_eq!(sources.text(findings[0].primary().span), "\u{fffd}");
    }

    #[test]
    fn utf16_is_told_at_its_first_byte() {
        let (_, findings, read) = findings(b"\xff\xfea\0:\0");
        assert!(!read);
        assert_eq!(findings[0].primary().span.start, 0);
    }

    #[test]
    fn a_file_past_the_bound_is_not_read() {
        let (_, findings, read) = findings(&vec![b'#'; FILE_MAX_BYTES + 1]);
        assert!(!read);
        assert_eq!(findings[0].code, Code::SyntaxLimit);
    }
}
