//! Identifiers as types, so that one firm's or one thing's id cannot pass for another's.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Text that cannot be the identifier asked for.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an id is 1 to {longest} characters of {allowed}")]
pub struct BadId {
    longest: usize,
    allowed: &'static str,
}

macro_rules! id {
    ($(#[$doc:meta])* $name:ident, $longest:literal, $allowed:literal, $ok:expr) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// Reads the identifier, or says what one looks like.
            pub fn parse(text: impl Into<String>) -> Result<Self, BadId> {
                let text: String = text.into();
                let fits = !text.is_empty() && text.len() <= $longest && text.chars().all($ok);
                if fits { Ok(Self(text)) } else { Err(BadId { longest: $longest, allowed: $allowed }) }
            }

            /// The identifier as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl TryFrom<String> for $name {
            type Error = BadId;

            fn try_from(text: String) -> Result<Self, BadId> {
                Self::parse(text)
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> String {
                id.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

fn practice_app(c: char) -> bool {
    c.is_ascii_alphanumeric() || "._:-".contains(c)
}

fn lower(c: char) -> bool {
    c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-'
}

/// XPM numbers jobs `J000309`, and lets a firm choose its own (xpm-api 1.1); what must
/// not occur is anything that would change the path of a request.
fn job_number(c: char) -> bool {
    !c.is_control() && !"/?#%\\".contains(c)
}

id!(
    /// One accounting firm: a tenant of ours.
    FirmId, 32, "a-z 0-9 -", lower
);
id!(
    /// An organisation or person, by the practice app's own id.
    ContactId, 128, "A-Z a-z 0-9 . _ : -", practice_app
);
id!(
    /// A kind of work of the practice app.
    ProcessId, 128, "A-Z a-z 0-9 . _ : -", practice_app
);
id!(
    /// A task or alert of the practice app.
    TaskId, 128, "A-Z a-z 0-9 . _ : -", practice_app
);
id!(
    /// A person who records time in the practice app.
    UserId, 128, "A-Z a-z 0-9 . _ : -", practice_app
);
id!(
    /// A time entry of the practice app.
    EntryId, 128, "A-Z a-z 0-9 . _ : -", practice_app
);
id!(
    /// A set of documents of the practice app, and so the one job that comes of it.
    DocumentSetId, 128, "A-Z a-z 0-9 . _ : -", practice_app
);
id!(
    /// A line of a draft's costs: the practice app's id, or ours where it gives none.
    LineId, 64, "A-Z a-z 0-9 . _ : -", practice_app
);
id!(
    /// A run of the contact sync, ours.
    SyncId, 64, "A-Z a-z 0-9 . _ : -", practice_app
);
id!(
    /// The number of a job in XPM: the key in its URLs and in time entries (xpm-api 1.1).
    JobNumber, 64, "anything but / ? # % \\ and control characters", job_number
);
id!(
    /// One organisation of a Xero login (`tenantId`, xpm-api 3.4).
    TenantId, 64, "A-Z a-z 0-9 . _ : -", practice_app
);

id!(
    /// Where outbound events go, by the practice app's own id.
    EndpointId, 128, "A-Z a-z 0-9 . _ : -", practice_app
);

id!(
    /// A person's login at Xero (`xero_userid`, xpm-api 3.5).
    XeroUserId, 64, "A-Z a-z 0-9 . _ : -", practice_app
);

/// The address of a login, in lower case: two spellings of one address are one.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Email(String);

impl Email {
    /// Reads an e-mail address of at most 254 characters, without regard to case.
    pub fn parse(text: impl Into<String>) -> Result<Self, BadId> {
        let text = text.into().trim().to_lowercase();
        let plain = text.chars().all(|c| !c.is_whitespace() && !c.is_control());
        let parts = text
            .split_once('@')
            .filter(|(name, host)| !name.is_empty() && !host.is_empty() && !host.contains('@'));
        let fits = text.len() <= 254 && plain && parts.is_some();
        let bad = BadId { longest: 254, allowed: "an e-mail address" };
        if fits { Ok(Self(text)) } else { Err(bad) }
    }

    /// The address as text, in lower case.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for Email {
    type Error = BadId;

    fn try_from(text: String) -> Result<Self, BadId> {
        Self::parse(text)
    }
}

impl From<Email> for String {
    fn from(email: Email) -> String {
        email.0
    }
}

impl fmt::Display for Email {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// An identifier of XPM 3.1. Compared without regard to case (xpm-api 1.4).
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct XpmUuid(String);

impl XpmUuid {
    /// Reads an XPM identifier: hexadecimal digits and hyphens, whichever the case.
    pub fn parse(text: impl Into<String>) -> Result<Self, BadId> {
        let text = text.into().to_ascii_lowercase();
        let fits = (1..=64).contains(&text.len())
            && text.chars().all(|c| c.is_ascii_hexdigit() || c == '-');
        if fits { Ok(Self(text)) } else { Err(BadId { longest: 64, allowed: "0-9 a-f -" }) }
    }

    /// The identifier as text, in lower case.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for XpmUuid {
    type Error = BadId;

    fn try_from(text: String) -> Result<Self, BadId> {
        Self::parse(text)
    }
}

impl From<XpmUuid> for String {
    fn from(id: XpmUuid) -> String {
        id.0
    }
}

impl fmt::Display for XpmUuid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FirmId {
    /// The partition of what belongs to no firm: who connected which organisation. No firm is
    /// founded under it.
    pub fn directory() -> Self {
        Self("-".into())
    }
}

impl LineId {
    /// The id of the line that was given none and came as the `n`th.
    pub fn numbered(n: usize) -> Self {
        Self(format!("line-{n}"))
    }
}

impl ContactId {
    /// Stands where no contact is known.
    pub fn nobody() -> Self {
        Self("-".into())
    }
}

impl XpmUuid {
    /// Stands where nothing of XPM's is known.
    pub fn nothing() -> Self {
        Self("0".into())
    }
}

impl EntryId {
    /// Stands for time that was recorded in XPM itself.
    pub(crate) fn recorded_in_xpm(uuid: &XpmUuid) -> Self {
        Self(format!("xpm-{uuid}"))
    }
}

impl UserId {
    /// Stands where no person is known.
    pub fn nobody() -> Self {
        Self("nobody".into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_practice_app_may_use_its_own_ids() {
        assert!(TaskId::parse("Task:2026.11_a-b").is_ok());
        assert!(TaskId::parse("x".repeat(128)).is_ok());
    }

    #[test]
    fn what_could_change_a_key_or_a_path_is_no_id() {
        assert!(TaskId::parse("").is_err());
        assert!(TaskId::parse("x".repeat(129)).is_err());
        assert!(TaskId::parse("a#b").is_err());
        assert!(JobNumber::parse("J1/../x").is_err());
    }

    #[test]
    fn an_address_is_the_same_in_any_case_and_nothing_else_is_an_address() {
        assert_eq!(Email::parse(" Ann@Example.COM "), Email::parse("ann@example.com"));
        for bad in ["", "ann", "@x", "ann@", "a@b@c", "a b@c", "a\r\n@c", &"x@".repeat(99)] {
            assert!(Email::parse(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn xpm_ids_differ_by_more_than_case() {
        assert_eq!(XpmUuid::parse("AB-01"), XpmUuid::parse("ab-01"));
        assert!(XpmUuid::parse("J000309").is_err());
    }
}
