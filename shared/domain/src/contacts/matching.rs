//! Which contact an XPM client or contact is, if any: one table, total, and never a guess (KB-21 to KB-27).

use serde::{Deserialize, Serialize};

use super::contact::{Contact, ContactKind};
use crate::ids::ContactId;
use crate::reason::Reason;

mod dialling;
mod score;
mod short;
mod traits;
mod words;

pub use dialling::Dialling;
pub use score::{Compared, Score, score};
pub use traits::Traits;
pub(super) use words::sound;

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

/// A contact that an XPM record may be, with what speaks for it (BY-02).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Candidate {
    /// The contact.
    pub contact_id: ContactId,
    /// What it is, as far as noted.
    #[serde(default)]
    pub kind: Option<ContactKind>,
    /// Its name.
    pub name: String,
    /// The sum of each agreement times its weight, from 0 to 1. It orders; it never matches.
    pub score: f64,
    /// What was compared.
    pub signals: Vec<Signal>,
}

/// One thing that was compared.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Signal {
    /// What.
    pub name: String,
    /// How much it counts in this comparison, from 0 to 1; nothing where a side does not have it.
    pub weight: f64,
    /// How far both sides agree in it, from 0 to 1.
    #[serde(default)]
    pub agreement: f64,
    /// Whether both sides say the same.
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
/// From this score on, a contact is suggested that shares neither name nor e-mail address.
pub const SUGGESTED: f64 = 0.5;

/// Judges an XPM record against contacts that are not matched yet, by name and e-mail address alone.
/// Exactly one exact contact of the same kind is the match; two are ambiguous; an exact one of the
/// other kind never matches by itself. Others that are alike are shown beside those that share one of
/// the two, but change nothing.
pub fn judge(subject: &Traits, contacts: &[&Contact]) -> Verdict {
    let mut exact = Vec::new();
    let mut rest = Vec::new();
    let mut alike = Vec::new();
    for contact in contacts {
        let traits = Traits::of(contact).dialled_in(subject.region);
        let same_kind = traits.kind == subject.kind;
        let found = match subject.agreement(&traits) {
            Agreement::Exact => &mut exact,
            Agreement::Partial => &mut rest,
            Agreement::None => &mut alike,
        };
        found.push((same_kind, candidate(subject, &traits, contact)));
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
    let alike = alike.into_iter().filter(|(_, it)| it.score >= SUGGESTED);
    let found = exact.into_iter().chain(rest).chain(alike).map(|(_, it)| it);
    Verdict::Partial { reason, candidates: likeliest(found) }
}

/// The contacts that an XPM record may be although they share neither its name nor an e-mail address:
/// for a person to look at, never a reason not to create (KB-24).
pub fn suggestions(subject: &Traits, contacts: &[&Contact]) -> Vec<Candidate> {
    let compared = contacts.iter().map(|it| {
        let traits = Traits::of(it).dialled_in(subject.region);
        candidate(subject, &traits, it)
    });
    likeliest(compared.filter(|it| it.score >= SUGGESTED))
}

/// A contact as a candidate for an XPM record.
pub fn candidate(subject: &Traits, traits: &Traits, contact: &Contact) -> Candidate {
    let score = score(subject, traits);
    let signal = |it: &Compared| Signal {
        name: it.name.into(),
        weight: it.weight,
        agreement: it.agreement,
        agrees: it.agreement >= 1.0,
    };
    Candidate {
        contact_id: contact.id.clone(),
        kind: Some(contact.kind),
        name: contact.name.clone(),
        score: score.value(),
        signals: score.signals.iter().map(signal).collect(),
    }
}

/// The likeliest first, and no more than a person looks through.
pub(super) fn likeliest(candidates: impl Iterator<Item = Candidate>) -> Vec<Candidate> {
    let mut all: Vec<Candidate> = candidates.collect();
    all.sort_by(|a, b| b.score.total_cmp(&a.score).then_with(|| a.contact_id.cmp(&b.contact_id)));
    all.truncate(SHOWN);
    all
}

#[cfg(test)]
mod tests;
