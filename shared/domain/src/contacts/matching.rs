//! Which contact an XPM client or contact is, if any: one table, total, and never a guess (KB-21 to KB-27).

use serde::{Deserialize, Serialize};

use super::client::Imported;
use super::contact::{Contact, ContactKind};
use super::fields::{address_key, phone_key};
use super::names::{email_key, name_key};
use crate::ids::ContactId;
use crate::reason::Reason;

/// How two sides' e-mail addresses compare. Any of one side's may equal any of the other's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EmailAgreement {
    /// At least one is on both sides.
    Equal,
    /// Both sides have some, none in common.
    Different,
    /// At least one side has none; two blanks do not agree.
    Missing,
}

/// What name and e-mail together say of a pair.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Agreement {
    /// The same, as far as the rules can tell.
    Exact,
    /// Perhaps the same; a person decides.
    Partial,
    /// Different.
    None,
}

/// The truth table of KB-24.
pub fn agreement(same_name: bool, email: EmailAgreement) -> Agreement {
    match (same_name, email) {
        (true, EmailAgreement::Equal) => Agreement::Exact,
        (true, EmailAgreement::Different | EmailAgreement::Missing)
        | (false, EmailAgreement::Equal) => Agreement::Partial,
        (false, EmailAgreement::Different | EmailAgreement::Missing) => Agreement::None,
    }
}

/// What is compared of a record on either side.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Traits {
    /// Person or organisation.
    pub kind: ContactKind,
    /// The name, as compared.
    pub name: String,
    /// The e-mail addresses, as compared.
    pub emails: Vec<String>,
    /// The phone numbers, as compared.
    pub phones: Vec<String>,
    /// The addresses, as compared.
    pub addresses: Vec<String>,
    /// The business number, as compared.
    pub business_number: Option<String>,
}

impl Traits {
    /// Of a contact of the practice app.
    pub fn of(contact: &Contact) -> Self {
        Self {
            kind: contact.kind,
            name: contact.name_key(),
            emails: contact.email_keys(),
            phones: contact.phones.iter().map(|it| phone_key(&it.number)).collect(),
            addresses: contact.addresses.iter().map(address_key).collect(),
            business_number: contact.business_number.as_deref().map(phone_key),
        }
    }

    /// Of what comes from XPM.
    pub fn of_import(kind: ContactKind, it: &Imported, business_number: Option<&str>) -> Self {
        Self {
            kind,
            name: name_key(&it.name),
            emails: it.emails.iter().map(|it| email_key(it)).collect(),
            phones: it.phones.iter().map(|it| phone_key(&it.number)).collect(),
            addresses: it.physical.iter().chain(&it.mailing).map(address_key).collect(),
            business_number: business_number.map(phone_key),
        }
    }

    /// How the e-mail addresses compare with another's.
    pub fn email_agreement(&self, other: &Self) -> EmailAgreement {
        if self.emails.is_empty() || other.emails.is_empty() {
            EmailAgreement::Missing
        } else if shared(&self.emails, &other.emails) {
            EmailAgreement::Equal
        } else {
            EmailAgreement::Different
        }
    }

    /// What name and e-mail say of this one and another. A blank name equals nothing.
    pub fn agreement(&self, other: &Self) -> Agreement {
        let same_name = !self.name.is_empty() && self.name == other.name;
        agreement(same_name, self.email_agreement(other))
    }
}

/// A contact that an XPM record may be, with what speaks for it (BY-02).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Candidate {
    /// The contact.
    pub contact_id: ContactId,
    /// Its name.
    pub name: String,
    /// The sum of the weights of what agrees, from 0 to 1. It orders; it never matches.
    pub score: f64,
    /// What was compared.
    pub signals: Vec<Signal>,
}

/// One thing that was compared.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Signal {
    /// What.
    pub name: String,
    /// How much it counts, from 0 to 1.
    pub weight: f64,
    /// Whether both sides agree in it.
    pub agrees: bool,
}

/// What an XPM record turns out to be.
#[derive(Clone, Debug, PartialEq)]
pub enum Verdict {
    /// This contact, without doubt.
    Match(ContactId),
    /// One of these, perhaps; a person decides.
    Partial {
        /// Why it is not certain.
        reason: Reason,
        /// The likeliest first.
        candidates: Vec<Candidate>,
    },
    /// None that we have.
    Create,
}

/// The most candidates shown for one record.
const SHOWN: usize = 20;

/// Judges an XPM record against the contacts that share its name or an e-mail address and are not
/// matched yet. Exactly one exact contact of the same kind is the match; two are ambiguous; an exact
/// one of the other kind never matches by itself.
pub fn judge(subject: &Traits, contacts: &[&Contact]) -> Verdict {
    let mut exact = Vec::new();
    let mut rest = Vec::new();
    for contact in contacts {
        let traits = Traits::of(contact);
        let same_kind = traits.kind == subject.kind;
        match subject.agreement(&traits) {
            Agreement::Exact => exact.push((same_kind, candidate(subject, &traits, contact))),
            Agreement::Partial => rest.push((same_kind, candidate(subject, &traits, contact))),
            Agreement::None => {}
        }
    }
    let mut certain = exact.iter().filter(|(same_kind, _)| *same_kind);
    let reason = match (certain.next(), certain.next()) {
        (Some((_, it)), None) => return Verdict::Match(it.contact_id.clone()),
        (Some(_), Some(_)) => Reason::AmbiguousExact,
        (None, _) if !exact.is_empty() => Reason::KindMismatch,
        (None, _) if rest.iter().any(|(same_kind, _)| *same_kind) => Reason::Partial,
        (None, _) if !rest.is_empty() => Reason::KindMismatch,
        (None, _) => return Verdict::Create,
    };
    let mut candidates: Vec<Candidate> = exact.into_iter().chain(rest).map(|(_, it)| it).collect();
    candidates
        .sort_by(|a, b| b.score.total_cmp(&a.score).then_with(|| a.contact_id.cmp(&b.contact_id)));
    candidates.truncate(SHOWN);
    Verdict::Partial { reason, candidates }
}

/// The weights, in hundredths. Name or e-mail alone outweigh everything else together.
const WEIGHTS: [(&str, u8); 5] =
    [("name", 35), ("email", 35), ("phone", 10), ("address", 10), ("business_number", 10)];

fn candidate(subject: &Traits, traits: &Traits, contact: &Contact) -> Candidate {
    let business = |it: &Traits| it.business_number.clone().filter(|it| !it.is_empty());
    let agrees = [
        !subject.name.is_empty() && subject.name == traits.name,
        shared(&subject.emails, &traits.emails),
        shared(&subject.phones, &traits.phones),
        shared(&subject.addresses, &traits.addresses),
        business(subject).is_some() && business(subject) == business(traits),
    ];
    let signals = WEIGHTS.iter().zip(agrees);
    let score: u8 = signals.clone().filter(|(_, agrees)| *agrees).map(|((_, it), _)| *it).sum();
    let signal = |((name, weight), agrees): (&(&str, u8), bool)| Signal {
        name: (*name).into(),
        weight: f64::from(*weight) / 100.0,
        agrees,
    };
    Candidate {
        contact_id: contact.id.clone(),
        name: contact.name.clone(),
        score: f64::from(score) / 100.0,
        signals: signals.map(signal).collect(),
    }
}

fn shared(one: &[String], other: &[String]) -> bool {
    one.iter().any(|it| !it.is_empty() && other.contains(it))
}

#[cfg(test)]
mod tests;
