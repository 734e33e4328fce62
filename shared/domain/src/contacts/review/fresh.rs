//! Matches as they are to be seen: what is offered is what there is now, not what there was when a run
//! last came by.

use std::collections::{BTreeSet, HashMap};

use crate::contacts::book::ContactRecord;
use crate::contacts::client::kind_of;
use crate::contacts::contact::{Contact, ContactKind, Employment};
use crate::contacts::listing;
use crate::contacts::matches::{self, ContactMatch, Match, MatchState, XpmKind, XpmSide};
use crate::contacts::matching::{self, Candidate, Dialling, Traits};
use crate::contacts::names::{email_key, name_key};
use crate::firm::Firm;
use crate::ids::{ContactId, FirmId, XpmUuid};
use crate::ports::{Down, Store};
use crate::reason::Reason;
use crate::records::{self, Kept};

/// Which matches are wanted.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Filter {
    /// Only those in this state.
    pub state: Option<MatchState>,
    /// Only those for this reason.
    pub reason: Option<Reason>,
    /// Only those whose likeliest candidate has at least this score.
    pub min_score: Option<f64>,
    /// Only those whose name or e-mail address in XPM has this in it.
    pub query: Option<String>,
}

impl Filter {
    /// Whether a match is wanted.
    pub fn takes(&self, it: &Match) -> bool {
        let query = self.query.as_deref().map(name_key).filter(|it| !it.is_empty());
        let email = it.xpm.email.as_deref().unwrap_or_default();
        self.state.is_none_or(|state| it.state == state)
            && self.reason.is_none_or(|reason| it.reason == Some(reason))
            && self.min_score.is_none_or(|it_is| {
                it.candidates.first().is_some_and(|likeliest| likeliest.score >= it_is)
            })
            && query.is_none_or(|query| {
                name_key(&it.xpm.name).contains(&query) || email_key(email).contains(&query)
            })
    }
}

/// A match, with what is offered as it is now.
pub async fn get(
    store: &impl Store,
    firm: &Firm,
    id: &XpmUuid,
) -> Result<Option<Kept<Match>>, Down> {
    let found = matches::get(store, &firm.id, id).await?;
    Ok(refreshed(store, firm, found.into_iter().collect()).await?.pop())
}

/// A page of the wanted matches, in the order of their ids, with what is offered as it is now, and
/// where the next page begins. They are chosen as they are read, so a page may be short while more follow.
pub async fn list(
    store: &impl Store,
    firm: &Firm,
    filter: &Filter,
    after: Option<String>,
    limit: usize,
) -> Result<(Vec<Kept<Match>>, Option<String>), Down> {
    let wanted = |it: &Match| filter.takes(it);
    let (found, next) = listing::page(store, &firm.id, "", after, limit, wanted).await?;
    Ok((refreshed(store, firm, found).await?, next))
}

/// The wanted matches, up to so many, and where the rest begins.
pub async fn list_all(
    store: &impl Store,
    firm: &Firm,
    filter: &Filter,
    mut after: Option<String>,
    most: usize,
) -> Result<(Vec<Kept<Match>>, Option<String>), Down> {
    let mut all = Vec::new();
    loop {
        let (found, next) = list(store, firm, filter, after, most - all.len()).await?;
        all.extend(found);
        match next {
            Some(next) if all.len() < most => after = Some(next),
            next => return Ok((all, next)),
        }
    }
}

/// Candidates that are gone or matched elsewhere are no longer offered, and the others are compared anew.
async fn refreshed(
    store: &impl Store,
    firm: &Firm,
    mut found: Vec<Kept<Match>>,
) -> Result<Vec<Kept<Match>>, Down> {
    let offered = found.iter().flat_map(|it| &it.record.candidates).map(|it| &it.contact_id);
    let seen = Seen::read(store, &firm.id, offered).await?;
    for it in &mut found {
        it.record.candidates = seen.candidates(&it.record, firm);
    }
    Ok(found)
}

/// Contacts, and what they are matched with.
pub(super) struct Seen {
    books: HashMap<String, Kept<ContactRecord>>,
    matches: HashMap<String, XpmUuid>,
}

impl Seen {
    /// Reads them in two strokes.
    pub(super) async fn read<'a>(
        store: &impl Store,
        firm: &FirmId,
        contacts: impl IntoIterator<Item = &'a ContactId>,
    ) -> Result<Self, Down> {
        let ids: BTreeSet<String> = contacts.into_iter().map(ContactId::to_string).collect();
        let ids: Vec<String> = ids.into_iter().collect();
        if ids.is_empty() {
            return Ok(Self { books: HashMap::new(), matches: HashMap::new() });
        }
        let books = records::get_many::<ContactRecord>(store, firm, &ids).await?;
        let matches = records::get_many::<ContactMatch>(store, firm, &ids).await?;
        let book = |it: Kept<ContactRecord>| (it.record.contact.value.id.to_string(), it);
        let one = |it: Kept<ContactMatch>| (it.record.contact.to_string(), it.record.xpm);
        Ok(Self {
            books: books.into_iter().map(book).collect(),
            matches: matches.into_iter().map(one).collect(),
        })
    }

    /// A contact as stored, gone or not.
    pub(super) fn book(&self, id: &ContactId) -> Option<&Kept<ContactRecord>> {
        self.books.get(id.as_str())
    }

    /// A contact that is not gone.
    pub(super) fn contact(&self, id: &ContactId) -> Option<&Kept<ContactRecord>> {
        self.book(id).filter(|it| !it.record.contact.deleted)
    }

    /// Whether a contact is matched with something else than this (KB-26).
    pub(super) fn taken(&self, contact: &ContactId, by_other_than: &XpmUuid) -> bool {
        self.matches.get(contact.as_str()).is_some_and(|it| it != by_other_than)
    }

    /// The XPM record that a contact is matched with.
    pub(super) fn owner(&self, contact: &ContactId) -> Option<&XpmUuid> {
        self.matches.get(contact.as_str())
    }

    /// The contacts that this XPM record may be matched with, in the order of their ids.
    pub(super) fn free(&self, uuid: &XpmUuid) -> Vec<&Kept<ContactRecord>> {
        let mut free: Vec<_> = self.books.values().collect();
        free.retain(|it| !it.record.contact.deleted);
        free.retain(|it| !self.taken(&it.record.contact.value.id, uuid));
        free.sort_by(|a, b| a.record.contact.value.id.cmp(&b.record.contact.value.id));
        free
    }

    /// A contact as a candidate.
    pub(super) fn candidate(&self, subject: &Traits, it: &Contact) -> Candidate {
        matching::candidate(subject, &Traits::of(it).dialled_in(subject.region), it)
    }

    /// What a match offers, as it is now.
    pub(super) fn candidates(&self, it: &Match, firm: &Firm) -> Vec<Candidate> {
        if it.candidates.is_empty() {
            return Vec::new();
        }
        let subject = traits_of(it, firm);
        let there = it.candidates.iter().filter_map(|it| self.contact(&it.contact_id));
        let there = there.map(|it| &it.record.contact.value);
        // One whose own XPM record is dead may be offered although it is matched (BY-13).
        let relink = it.reason == Some(Reason::RelinkProposed);
        let free = there.filter(|contact| relink || !self.taken(&contact.id, &it.xpm.uuid));
        matching::likeliest(free.map(|it| self.candidate(&subject, it)))
    }

    /// The organisations at which XPM has a person, as far as they are matched.
    pub(super) async fn employments(
        &self,
        store: &impl Store,
        firm: &FirmId,
        xpm: &XpmSide,
    ) -> Result<Vec<Employment>, Down> {
        let at: Vec<_> = xpm.clients.iter().filter(|it| it.barrier.is_none()).collect();
        let ids: Vec<String> = at.iter().map(|it| it.client.to_string()).collect();
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let matches = records::get_many::<Match>(store, firm, &ids).await?;
        let contact = |uuid: &XpmUuid| {
            let it = matches.iter().find(|it| it.record.xpm.uuid == *uuid)?;
            it.record.contact.clone().filter(|_| it.record.state == MatchState::Matched)
        };
        let mut all: Vec<Employment> = Vec::new();
        for at in at {
            if let Some(id) = contact(&at.client)
                && all.iter().all(|it| it.id != id)
            {
                all.push(Employment { id, position: at.position.clone() });
            }
        }
        Ok(all)
    }
}

/// What an XPM record becomes here.
pub(super) fn side(it: &Match, firm: &Firm) -> ContactKind {
    match it.xpm.kind {
        XpmKind::Client => {
            kind_of(it.xpm.business_structure.as_deref(), &firm.settings.contact_sync)
        }
        XpmKind::Contact => ContactKind::Person,
    }
}

/// What is compared of an XPM record.
pub(super) fn traits_of(it: &Match, firm: &Firm) -> Traits {
    let number = it.xpm.business_number.as_deref();
    let region = firm.settings.served_region().and_then(Dialling::of);
    Traits::of_import(side(it, firm), &it.xpm.fields, number).dialled_in(region)
}
