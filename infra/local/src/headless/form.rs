//! Reads the consent form: hidden fields as they are, the first organisation,
//! and yes.

use reqwest::Url;

use super::browser::Page;

/// A form, filled in.
#[derive(Debug)]
pub(super) struct Form {
    pub(super) action: Url,
    pub(super) fields: Vec<(String, String)>,
}

impl Form {
    /// The form on a page that decides about consent.
    pub(super) fn find(page: &Page) -> Option<Self> {
        let (tag, content) = tags(&page.text, "form")
            .map(|(tag, rest)| (tag, rest.split("</form").next().unwrap_or(rest)))
            .find(|(_, content)| content.contains("decision"))?;
        let action = page.url.join(&attribute(tag, "action").unwrap_or_default()).ok()?;
        let mut fields: Vec<(String, String)> = Vec::new();
        for (input, _) in tags(content, "input") {
            let kind = attribute(input, "type").unwrap_or_default();
            let Some(name) = attribute(input, "name") else { continue };
            let first = !fields.iter().any(|(known, _)| *known == name);
            if kind == "hidden" || (kind == "radio" && first && name != "decision") {
                fields.push((name, attribute(input, "value").unwrap_or_default()));
            }
        }
        fields.push(("decision".into(), "allow".into()));
        Some(Self { action, fields })
    }
}

/// Every `<name …>`, and what follows it.
fn tags<'a>(html: &'a str, name: &'a str) -> impl Iterator<Item = (&'a str, &'a str)> {
    html.split('<')
        .scan(0, move |position, piece| {
            let start = *position;
            *position += piece.len() + 1;
            Some((start, piece))
        })
        .filter_map(move |(start, piece)| {
            let tag = piece.strip_prefix(name)?;
            let end = tag.find('>')?;
            tag.starts_with(|it: char| it.is_whitespace() || it == '>').then_some(())?;
            Some((&tag[..end], &html[start + name.len() + end + 1..]))
        })
}

/// An attribute's value, quoted with either quote, or bare.
fn attribute(tag: &str, name: &str) -> Option<String> {
    let mut rest = tag;
    loop {
        let at = rest.find(name)?;
        let (before, after) = (&rest[..at], &rest[at + name.len()..]);
        rest = after;
        let alone = before.ends_with(char::is_whitespace);
        let Some(value) = after.trim_start().strip_prefix('=').filter(|_| alone) else { continue };
        let value = value.trim_start();
        let quoted = |quote: char| value.strip_prefix(quote)?.split(quote).next();
        let bare = || value.split([' ', '>', '/']).next().unwrap_or_default();
        return Some(unescaped(quoted('"').or_else(|| quoted('\'')).unwrap_or_else(bare)));
    }
}

fn unescaped(text: &str) -> String {
    [
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&quot;", "\""),
        ("&#39;", "'"),
        ("&#x27;", "'"),
        ("&amp;", "&"),
    ]
    .iter()
    .fold(text.to_owned(), |text, (escape, character)| text.replace(escape, character))
}

#[cfg(test)]
mod tests {
    use reqwest::StatusCode;

    use super::*;

    #[test]
    fn hidden_fields_the_first_organisation_and_yes_are_submitted() {
        let html = r#"<html><form method="get" action="/search"><input type="hidden" name="x" value="1"></form>
            <form method="post" action="/identity/connect/consent">
              <input type="hidden" name="state" value="a&amp;b &quot;c&quot;">
              <label><input type='radio' name='tenant' value='first' checked> A firm</label>
              <label><input type='radio' name='tenant' value='second'> Another</label>
              <button name="decision" value="allow">Allow</button>
            </form>"#;
        let page = Page {
            url: "http://127.0.0.1:1/identity/connect/authorize?x=1".parse().unwrap(),
            status: StatusCode::OK,
            text: html.into(),
        };
        let form = Form::find(&page).unwrap();
        assert_eq!(form.action.as_str(), "http://127.0.0.1:1/identity/connect/consent");
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        let expected =
            [pair("state", "a&b \"c\""), pair("tenant", "first"), pair("decision", "allow")];
        assert_eq!(form.fields, expected);
    }
}
