//! What each diagnostic means: the texts of `src/check/explain`, whole or in pieces.
//!
//! A text is a heading, a paragraph that says what is found, one that says why and what to do, and a bad and a good
//! example, each a complete graph.
use std::io::{self, Write};

use crate::diag::Code;

macro_rules! texts {
    ($($code:ident = $path:literal,)*) => {
        fn text(code: Code) -> &'static str {
            match code {
                $(Code::$code => include_str!(concat!("../check/explain/", $path, ".md")),)*
            }
        }
    };
}

texts! {
    SyntaxYaml = "syntax/yaml",
    SyntaxDuplicateKey = "syntax/duplicate-key",
    SyntaxUnknownKey = "syntax/unknown-key",
    SyntaxMissingKey = "syntax/missing-key",
    SyntaxWrongType = "syntax/wrong-type",
    SyntaxBadValue = "syntax/bad-value",
    SyntaxExpression = "syntax/expression",
    SyntaxLimit = "syntax/limit",
    SyntaxConflict = "syntax/conflict",
    IncludeFailed = "include/failed",
    IncludeCycle = "include/cycle",
    AllowUnused = "allow/unused",
    NamesUnknown = "names/unknown",
    NamesDuplicate = "names/duplicate",
    NamesWrongKind = "names/wrong-kind",
    NamesArguments = "names/arguments",
    NamesUnused = "names/unused",
    OrderCycle = "order/cycle",
    OrderSelfJoin = "order/self-join",
    OrderNeverStarted = "order/never-started",
    OrderStartTwice = "order/start-twice",
    OrderJoinBeforeDrain = "order/join-before-drain",
    OrderJoinRing = "order/join-ring",
    OrderCloseCall = "order/close-call",
    OrderDaemonUnawaited = "order/daemon-unawaited",
    WiringNoProducer = "wiring/no-producer",
    WiringNoConsumer = "wiring/no-consumer",
    WiringOneEnd = "wiring/one-end",
    WiringSharedEnd = "wiring/shared-end",
    WiringNotAllowed = "wiring/not-allowed",
    WiringTooFewItems = "wiring/too-few-items",
    WiringOverfull = "wiring/overfull",
    WiringPills = "wiring/pills",
    SyncLockOrder = "sync/lock-order",
    SyncSelfDeadlock = "sync/self-deadlock",
    SyncNotReleased = "sync/not-released",
    SyncNotHeld = "sync/not-held",
    SyncNeverSet = "sync/never-set",
    SyncBarrierParties = "sync/barrier-parties",
    SyncBarrierRounds = "sync/barrier-rounds",
    SyncUnprotectedUpdate = "sync/unprotected-update",
    SyncTaskDone = "sync/task-done",
    FlowUnreachable = "flow/unreachable",
    FlowOutsideLoop = "flow/outside-loop",
    FlowUnsetVariable = "flow/unset-variable",
    FlowEndless = "flow/endless",
    ExpectImpossible = "expect/impossible",
    CommandNotFound = "command/not-found",
    VerifyDeadlock = "verify/deadlock",
    VerifyExpectation = "verify/expectation",
    VerifyError = "verify/error",
    VerifyLostUpdate = "verify/lost-update",
}

/// What one code means.
#[derive(Clone, Copy, Debug)]
pub struct Explanation {
    pub code: Code,
    /// Markdown, as it stands in the reference.
    pub text: &'static str,
}

/// A graph that gives the finding, or that shows how it is done without.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Example {
    /// Names and texts; the first is the graph, `graph.yaml`, and the others are what it includes.
    pub files: Vec<(&'static str, &'static str)>,
}

const BAD: &str = "\n## Bad\n";
const GOOD: &str = "\n## Good\n";

impl Explanation {
    pub fn of(code: Code) -> Explanation {
        Explanation { code, text: text(code) }
    }

    /// What is found, in a sentence or two.
    pub fn summary(&self) -> &'static str {
        self.paragraphs().next().unwrap_or("")
    }

    /// The paragraphs before the examples, a line each.
    pub fn paragraphs(&self) -> impl Iterator<Item = &'static str> {
        let (words, _) = self.text.split_once(BAD).unwrap_or((self.text, ""));
        words.lines().skip(1).filter(|line| !line.is_empty())
    }

    pub fn bad(&self) -> Example {
        let (_, rest) = self.text.split_once(BAD).unwrap_or(("", ""));
        Example::read(rest.split_once(GOOD).map_or(rest, |(bad, _)| bad))
    }

    pub fn good(&self) -> Example {
        Example::read(self.text.split_once(GOOD).map_or("", |(_, good)| good))
    }
}

impl Example {
    /// The fenced blocks of a section; behind `yaml` stands the name of a file that is not the graph.
    fn read(section: &'static str) -> Example {
        let mut files = Vec::new();
        let mut rest = section;
        while let Some((_, block)) = rest.split_once("```yaml") {
            let (name, block) = block.split_once('\n').unwrap_or((block, ""));
            let (text, after) = block.split_once("```").unwrap_or((block, ""));
            files.push((if name.is_empty() { "graph.yaml" } else { name.trim() }, text));
            rest = after;
        }
        Example { files }
    }
}

/// One explanation for a terminal of `width` columns.
pub fn explain(code: Code, width: usize, out: &mut dyn Write) -> io::Result<()> {
    let explanation = Explanation::of(code);
    writeln!(out, "{code} ({})", code.severity().as_str())?;
    for paragraph in explanation.paragraphs() {
        writeln!(out)?;
        for line in wrap(paragraph, width) {
            writeln!(out, "{line}")?;
        }
    }
    for (heading, example) in [("Bad:", explanation.bad()), ("Good:", explanation.good())] {
        writeln!(out, "\n{heading}")?;
        for (i, (name, text)) in example.files.into_iter().enumerate() {
            writeln!(out, "{}", if i == 0 { String::new() } else { format!("\n  {name}:\n") })?;
            for line in text.lines() {
                writeln!(out, "    {line}")?;
            }
        }
    }
    Ok(())
}

/// Every code with its severity and the first sentence of what it means.
pub fn list(out: &mut dyn Write) -> io::Result<()> {
    let longest = Code::ALL.iter().map(|code| code.as_str().len()).max().unwrap_or(0);
    for &code in Code::ALL {
        let summary = Explanation::of(code).summary();
        let sentence = summary.split_once(". ").map_or(summary, |(first, _)| first).trim_end_matches('.');
        writeln!(out, "{:longest$}  {:7}  {sentence}", code.as_str(), code.severity().as_str())?;
    }
    Ok(())
}

/// The page of the reference: all texts in the order of the table.
pub fn reference() -> String {
    let mut page = String::from(
        "# Diagnostics\n\nEvery finding has a code; `mpgraph explain CODE` prints its text. \
         The examples are complete graphs, and tests run them.\n",
    );
    for &code in Code::ALL {
        let text = Explanation::of(code).text.trim_end();
        page += &format!("\n#{}\n", text.replace("\n## ", "\n### "));
    }
    page
}

/// Lines of at most `width` columns where words allow.
fn wrap(paragraph: &str, width: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in paragraph.split(' ') {
        match lines.last_mut() {
            Some(line) if line.chars().count() + 1 + word.chars().count() <= width => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diag::{Bag, FileId};

    #[test]
    fn every_text_has_its_heading_its_words_and_two_examples_that_are_yaml() {
        for &code in Code::ALL {
            let explanation = Explanation::of(code);
            assert!(explanation.text.starts_with(&format!("# {code}\n\n")), "{code}");
            assert_eq!(explanation.paragraphs().count(), 2, "{code}");
            let (bad, good) = (explanation.bad(), explanation.good());
            assert_ne!(bad, good, "{code}");
            for (name, text) in bad.files.iter().chain(&good.files) {
                assert!(text.starts_with("mpgraph: 1\n") && text.ends_with('\n'), "{code}: {name}");
            }
            for (_, text) in good.files {
                let mut bag = Bag::new();
                crate::text::parse(FileId(0), text, &mut bag);
                assert_eq!(bag.into_sorted(), [], "{code}");
            }
        }
    }

    #[test]
    fn bad_examples_of_the_reading_give_their_finding() {
        for code in [Code::SyntaxYaml, Code::SyntaxDuplicateKey, Code::SyntaxLimit] {
            let mut bag = Bag::new();
            crate::text::parse(FileId(0), Explanation::of(code).bad().files[0].1, &mut bag);
            let codes: Vec<Code> = bag.into_sorted().into_iter().map(|finding| finding.code).collect();
            assert_eq!(codes, [code]);
        }
    }

    #[test]
    fn the_files_of_an_example_have_their_names() {
        let good = Explanation::of(Code::IncludeFailed).good();
        let names: Vec<&str> = good.files.iter().map(|(name, _)| *name).collect();
        assert_eq!(names, ["graph.yaml", "library.yaml"]);
    }

    #[test]
    fn the_page_of_the_reference_is_made_of_the_texts() {
        snapbox::assert_data_eq!(reference(), snapbox::file!["../../docs/diagnostics.md"].raw());
    }

    #[test]
    fn an_explanation_fits_the_width() {
        let mut out = Vec::new();
        explain(Code::SyncLockOrder, 60, &mut out).unwrap();
        let text = String::from_utf8(out).unwrap();
        assert!(text.starts_with("sync/lock-order (warning)\n\nTwo locks are taken"), "{text}");
        assert!(text.lines().all(|line| line.chars().count() <= 60), "{text}");
        assert!(text.contains("\nBad:\n\n    mpgraph: 1\n"), "{text}");
    }

    #[test]
    fn the_list_has_a_line_for_every_code() {
        let mut out = Vec::new();
        list(&mut out).unwrap();
        let text = String::from_utf8(out).unwrap();
        assert_eq!(text.lines().count(), Code::ALL.len());
        assert!(text.contains("names/unused             warning  An object, a target"), "{text}");
    }
}
