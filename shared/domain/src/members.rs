//! Who of a firm may sign in to the console.
//!
//! A member is named by e-mail address, and bound to one Xero login at their first sign-in; from then
//! on only that login is they, whatever address it has. Pointers under [`FirmId::directory`] lead from
//! a login or an address to the firms, so that nobody who signs in has to name one.

mod change;

pub use change::{Removal, add, admit, enter, erase, founder, remove, sign_out_everywhere};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::chance::digest;
use crate::ids::{Email, FirmId, XeroUserId};
use crate::journal::Actor;
use crate::ports::{Down, Kind, Person, Range, Store};
use crate::records::{self, Kept, Record};

/// Nobody is a member of more firms than this.
const MOST_FIRMS: usize = 50;

/// A person who may sign in to the console.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Member {
    /// The digest of the address they were added by.
    pub id: String,
    /// The address they were added by.
    pub email: Email,
    /// What they are called; empty until they sign in.
    pub name: String,
    /// Their Xero login, once they signed in or consented.
    pub user: Option<XeroUserId>,
    /// Who let them in.
    pub added_by: Actor,
    /// When.
    pub added_at: Timestamp,
    /// When they last signed in.
    pub signed_in_at: Option<Timestamp>,
    /// Sessions of an earlier epoch are over.
    pub epoch: u64,
    /// When they were taken away, if they were: the record stays for the journal's sake.
    pub removed_at: Option<Timestamp>,
}

impl Record for Member {
    const KIND: Kind = Kind::Member;

    fn id(&self) -> String {
        self.id.clone()
    }
}

impl Member {
    fn new(email: Email, added_by: Actor, added_at: Timestamp) -> Self {
        Self {
            id: id_of(&email),
            email,
            name: String::new(),
            user: None,
            added_by,
            added_at,
            signed_in_at: None,
            epoch: 1,
            removed_at: None,
        }
    }

    /// Who they are in the journal.
    pub fn actor(&self) -> Actor {
        Actor::Person(self.email.to_string())
    }

    /// Whether they are a member, and this login may be theirs.
    pub(crate) fn may_be(&self, user: &XeroUserId) -> bool {
        self.removed_at.is_none() && self.user.as_ref().is_none_or(|it| it == user)
    }

    /// What to call them.
    pub fn called(&self) -> &str {
        if self.name.is_empty() { self.email.as_str() } else { &self.name }
    }
}

/// A firm that a person is a member of.
#[derive(Clone, Debug, PartialEq)]
pub struct Membership {
    /// The firm.
    pub firm: FirmId,
    /// Its member.
    pub member: Member,
}

/// The id of a member who was added by this address.
pub fn id_of(email: &Email) -> String {
    digest(email.as_str())
}

/// The firms that a person may sign in to, by their login, or by their address where nobody has
/// signed in by it yet.
///
/// # Errors
/// The store does not answer.
pub async fn memberships(store: &impl Store, person: &Person) -> Result<Vec<Membership>, Down> {
    let mut found: Vec<Membership> = Vec::new();
    let by_user = of_user(store, &person.user).await?;
    let by_email = match &person.email {
        Some(email) => {
            let id = id_of(email);
            let firms = pointed(store, &format!("email:{id}#")).await?;
            firms.into_iter().map(|firm| (firm, id.clone())).collect()
        }
        None => Vec::new(),
    };
    for (firm, id) in by_user.into_iter().chain(by_email) {
        let Ok(firm) = FirmId::parse(firm) else { continue };
        if found.iter().any(|it| it.firm == firm) {
            continue;
        }
        let kept = records::get::<Member>(store, &firm, &id).await?;
        let member = kept.map(|it| it.record).filter(|it| it.may_be(&person.user));
        if let Some(member) = member {
            found.push(Membership { firm, member });
        }
    }
    Ok(found)
}

/// A page of a firm's members, those taken away among them.
///
/// # Errors
/// The store does not answer.
pub async fn list(
    store: &impl Store,
    firm: &FirmId,
    after: Option<String>,
    limit: usize,
) -> Result<(Vec<Kept<Member>>, Option<String>), Down> {
    records::page(store, &Range { after, ..Range::of(firm, Kind::Member, "", limit) }).await
}

/// The firm and the member's id of each pointer from a login.
async fn of_user(store: &impl Store, user: &XeroUserId) -> Result<Vec<(String, String)>, Down> {
    let rest = pointed(store, &format!("user:{user}#")).await?;
    let split = |it: String| it.split_once('#').map(|(firm, id)| (firm.into(), id.into()));
    Ok(rest.into_iter().filter_map(split).collect())
}

async fn pointed(store: &impl Store, prefix: &str) -> Result<Vec<String>, Down> {
    let range = Range::of(&FirmId::directory(), Kind::MemberOf, prefix, MOST_FIRMS);
    let items = store.list(&range).await?.items.into_iter();
    Ok(items.map(|it| it.key.id[prefix.len()..].to_owned()).collect())
}
