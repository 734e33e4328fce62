//! A firm, and where it may be.

pub mod change;
pub mod erase;
pub mod export;
pub mod founding;
mod settings;
pub mod switch;

use serde::{Deserialize, Serialize};

use crate::ids::FirmId;
use crate::ports::{Kind, Seal, Sealed};
use crate::records::Record;

pub use settings::*;

/// An accounting firm that uses us.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Firm {
    /// Who it is.
    pub id: FirmId,
    /// What it calls itself.
    pub name: String,
    /// What it has chosen.
    pub settings: Settings,
    /// The secrets its webhooks may be signed with, newest first; two while one is replaced.
    pub webhook_secrets: Vec<Sealed>,
}

impl Record for Firm {
    const KIND: Kind = Kind::Firm;

    fn id(&self) -> String {
        "firm".into()
    }
}

/// The id under which a firm's own record is kept.
pub const FIRM: &str = "firm";

/// The seal of the secrets that a firm's webhooks are signed with.
pub fn webhook_seal(firm: &FirmId) -> Seal<'_> {
    Seal { firm, kind: "practice webhook secret", version: 1 }
}

/// Where XPM can be connected, by ISO 3166 code (KB-02). Data, not code.
pub const REGIONS: &[(&str, &str)] = &[
    ("AU", "Australia"),
    ("NZ", "New Zealand"),
    ("ZA", "South Africa"),
    ("GB", "the United Kingdom"),
    ("CA", "Canada"),
    ("US", "the United States"),
];

/// The code of a served region, whichever way it is written.
pub fn served_region(region: &str) -> Option<&'static str> {
    let code = match region.trim().to_ascii_uppercase().as_str() {
        "UK" => "GB".to_owned(),
        other => other.to_owned(),
    };
    REGIONS.iter().map(|it| it.0).find(|it| *it == code)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// KB-02: the six countries pass, `UK` is Britain, others and blanks do not.
    #[test]
    fn kb_02_only_the_listed_regions_are_served() {
        for (given, served) in [
            ("AU", Some("AU")),
            ("nz", Some("NZ")),
            ("ZA", Some("ZA")),
            ("GB", Some("GB")),
            ("UK", Some("GB")),
            ("CA", Some("CA")),
            ("US", Some("US")),
            ("IE", None),
            ("SG", None),
            ("", None),
            (" ", None),
        ] {
            assert_eq!(served_region(given), served, "{given:?}");
        }
    }
}
