//! Reading settings, so that one start names everything that is wrong with them.

use std::fmt;

use domain::ports::Secret;
use lambda_http::http::Uri;

/// Reads settings by name and remembers which were not as they should be.
///
/// ```
/// # use runtime::config::{Settings, Unset};
/// struct Config {
///     table: String,
///     webhook_key: Option<String>,
/// }
///
/// fn read(lookup: impl Fn(&str) -> Option<String>) -> Result<Config, Unset> {
///     let mut settings = Settings::new(lookup);
///     let config = Config {
///         table: settings.text("TANDEM_RECORDS_TABLE"),
///         webhook_key: settings.optional("TANDEM_XERO_WEBHOOK_KEY"),
///     };
///     settings.finish(config)
/// }
/// # assert!(read(|_| None).is_err());
/// ```
#[must_use = "only `finish` tells whether the settings may be used"]
pub struct Settings<L> {
    lookup: L,
    missing: Vec<String>,
    invalid: Vec<String>,
}

/// Settings that are missing or unusable, all of them in one sentence. Their values are not told.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct Unset {
    missing: Vec<String>,
    invalid: Vec<String>,
}

impl<L: Fn(&str) -> Option<String>> Settings<L> {
    /// Reads through `lookup`, such as `|name| env::var(name).ok()`.
    pub fn new(lookup: L) -> Self {
        Self { lookup, missing: Vec::new(), invalid: Vec::new() }
    }

    /// A setting that must be there. Empty until [`finish`](Self::finish) refuses it.
    pub fn text(&mut self, name: &str) -> String {
        self.optional(name).unwrap_or_else(|| {
            self.missing.push(name.into());
            String::new()
        })
    }

    /// A secret that must be there.
    pub fn secret(&mut self, name: &str) -> Secret {
        Secret::new(self.text(name))
    }

    /// An address that must be there, without the slash at its end. It must be `https`, except on
    /// this machine: no token travels in the clear.
    pub fn url(&mut self, name: &str) -> String {
        let text = self.text(name);
        if !text.is_empty() && !is_url(&text) {
            self.invalid.push(name.into());
        }
        text.trim_end_matches('/').to_owned()
    }

    /// A setting that may be absent. Blank is absent.
    pub fn optional(&self, name: &str) -> Option<String> {
        (self.lookup)(name).map(|it| it.trim().to_owned()).filter(|it| !it.is_empty())
    }

    /// Hands out what was read, unless anything was wrong.
    pub fn finish<T>(self, config: T) -> Result<T, Unset> {
        if self.missing.is_empty() && self.invalid.is_empty() {
            Ok(config)
        } else {
            Err(Unset { missing: self.missing, invalid: self.invalid })
        }
    }
}

fn is_url(text: &str) -> bool {
    let Ok(uri) = text.parse::<Uri>() else { return false };
    let (Some(scheme), Some(authority)) = (uri.scheme_str(), uri.authority()) else { return false };
    let here = ["127.0.0.1", "localhost", "[::1]"].contains(&authority.host());
    (scheme == "https" || scheme == "http" && here)
        && !authority.host().is_empty()
        && !text.contains(['@', '?', '#'])
}

impl fmt::Display for Unset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        list(f, &self.missing, "is not set", "are not set")?;
        if !self.missing.is_empty() && !self.invalid.is_empty() {
            f.write_str(", and ")?;
        }
        list(f, &self.invalid, "is not an https address", "are not https addresses")
    }
}

fn list(f: &mut fmt::Formatter<'_>, names: &[String], one: &str, many: &str) -> fmt::Result {
    match names {
        [] => Ok(()),
        [name] => write!(f, "{name} {one}"),
        [names @ .., last] => write!(f, "{} and {last} {many}", names.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_set_is_read() {
        let (url, text, none) = read(&[
            ("TANDEM_PUBLIC_URL", "https://tandem.example.org/"),
            ("TANDEM_RECORDS_TABLE", " records\n"),
        ])
        .unwrap();
        assert_eq!((url.as_str(), text.as_str()), ("https://tandem.example.org", "records"));
        assert_eq!(none, None);
    }

    #[test]
    fn all_that_is_missing_is_named_in_one_sentence() {
        let mut settings = Settings::new(|_| None);
        settings.text("TANDEM_RECORDS_TABLE");
        assert_eq!(settings.finish(()).unwrap_err().to_string(), "TANDEM_RECORDS_TABLE is not set");

        assert_eq!(
            read(&[("TANDEM_RECORDS_TABLE", " "), ("TANDEM_PUBLIC_URL", "")])
                .unwrap_err()
                .to_string(),
            "TANDEM_PUBLIC_URL and TANDEM_RECORDS_TABLE are not set"
        );
    }

    #[test]
    fn what_is_wrong_is_named_beside_what_is_missing_and_never_shown() {
        assert_eq!(
            read(&[("TANDEM_PUBLIC_URL", "canary")]).unwrap_err().to_string(),
            "TANDEM_RECORDS_TABLE is not set, and TANDEM_PUBLIC_URL is not an https address"
        );
    }

    #[test]
    fn plain_http_is_for_this_machine_only() {
        for good in ["https://api.xero.com", "http://127.0.0.1:7401", "http://localhost/xpm"] {
            assert!(is_url(good), "{good}");
        }
        for bad in [
            "http://api.xero.com",
            "http://127.0.0.1.example.org",
            "api.xero.com",
            "ftp://api.xero.com",
            "https://",
            "https://user@api.xero.com",
            "https://api.xero.com?x",
            "https://api.xero.com#x",
            "/xpm",
        ] {
            assert!(!is_url(bad), "{bad}");
        }
    }

    fn read(set: &[(&str, &str)]) -> Result<(String, String, Option<String>), Unset> {
        let find = |name: &str| set.iter().find(|it| it.0 == name).map(|it| it.1.to_owned());
        let mut settings = Settings::new(find);
        let config = (
            settings.url("TANDEM_PUBLIC_URL"),
            settings.text("TANDEM_RECORDS_TABLE"),
            settings.optional("TANDEM_XERO_WEBHOOK_KEY"),
        );
        settings.finish(config)
    }
}
