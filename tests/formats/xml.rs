//! As much of an XML reader as it takes to see that a report is well-formed: elements, attributes, text, references.

#[derive(Debug, Default)]
pub struct Element {
    pub name: String,
    pub attributes: Vec<(String, String)>,
    pub children: Vec<Element>,
    /// All of its own text, without that of its children.
    pub text: String,
}

/// The root, or what is wrong and behind what.
pub fn read(text: &str) -> Result<Element, String> {
    if let Some(c) = text.chars().find(|c| !allowed(*c)) {
        return Err(format!("{c:?} cannot stand in XML"));
    }
    let mut reader = Reader { rest: text };
    if let Some(rest) = reader.rest.strip_prefix("<?xml version=\"1.0\" encoding=\"UTF-8\"?>") {
        reader.rest = rest;
    }
    reader.blank();
    let root = reader
        .element()
        .map_err(|why| format!("{why} before {:?}", reader.rest.chars().take(60).collect::<String>()))?;
    match reader.rest.trim().is_empty() {
        true => Ok(root),
        false => Err("something follows the root".to_owned()),
    }
}

/// `Char` of XML 1.0.
fn allowed(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..)
}

struct Reader<'a> {
    rest: &'a str,
}

impl<'a> Reader<'a> {
    fn blank(&mut self) {
        self.rest = self.rest.trim_start_matches([' ', '\t', '\r', '\n']);
    }

    fn take(&mut self, what: &str) -> Result<(), String> {
        self.rest = self.rest.strip_prefix(what).ok_or_else(|| format!("no {what:?}"))?;
        Ok(())
    }

    fn until(&mut self, end: &[char]) -> Result<&'a str, String> {
        let at = self.rest.find(end).ok_or("the end comes too early")?;
        let (text, rest) = self.rest.split_at(at);
        self.rest = rest;
        Ok(text)
    }

    fn name(&mut self) -> Result<String, String> {
        let name = self.until(&[' ', '\n', '=', '>', '/'])?;
        match !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-') {
            true => Ok(name.to_owned()),
            false => Err(format!("{name:?} is no name")),
        }
    }

    fn element(&mut self) -> Result<Element, String> {
        self.take("<")?;
        let mut element = Element { name: self.name()?, ..Element::default() };
        loop {
            self.blank();
            if self.take("/>").is_ok() {
                return Ok(element);
            }
            if self.take(">").is_ok() {
                break;
            }
            let name = self.name()?;
            self.take("=\"")?;
            let value = resolved(self.until(&['"', '<'])?)?;
            self.take("\"")?;
            if element.attributes.iter().any(|(other, _)| *other == name) {
                return Err(format!("`{name}` stands twice"));
            }
            element.attributes.push((name, value));
        }
        loop {
            let text = self.until(&['<'])?;
            if text.contains("]]>") {
                return Err("`]]>` in a text".to_owned());
            }
            element.text += &resolved(text)?;
            if self.take("</").is_ok() {
                self.take(&element.name)?;
                self.take(">")?;
                return Ok(element);
            }
            element.children.push(self.element()?);
        }
    }
}

fn resolved(text: &str) -> Result<String, String> {
    let mut parts = text.split('&');
    let mut resolved = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (reference, rest) = part.split_once(';').ok_or("`&` without a `;`")?;
        let code = reference.strip_prefix('#').and_then(|code| code.parse().ok()).and_then(char::from_u32);
        resolved.push(match (reference, code) {
            ("lt", _) => '<',
            ("gt", _) => '>',
            ("amp", _) => '&',
            ("quot", _) => '"',
            (_, Some(c)) if allowed(c) => c,
            _ => return Err(format!("`&{reference};` is no reference")),
        });
        resolved += rest;
    }
    Ok(resolved)
}

#[test]
fn what_is_not_well_formed_is_refused() {
    assert_eq!(read("<a b=\"&lt;&#13;\"><c/>x&amp;y</a>\n").unwrap().text, "x&y");
    for bad in [
        "<a>",
        "<a></b>",
        "<a b=1/>",
        "<a b=\"1\" b=\"2\"/>",
        "<a>&x;</a>",
        "<a>\u{1}</a>",
        "<a>&#1;</a>",
        "<a/><b/>",
        "<a b=\"<\"/>",
        "<a>]]></a>",
        "x",
    ] {
        assert!(read(bad).is_err(), "{bad}");
    }
}
