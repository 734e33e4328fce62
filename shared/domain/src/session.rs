//! Who is signed in to the console: a browser with a cookie that nobody can guess.
//!
//! A session lives in the cache under the digest of its cookie, twelve hours at most and one hour after
//! it was last used. It is believed only as long as the person's record in the firm says so: removing
//! a member, or raising their epoch, ends it with the next request.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use subtle::ConstantTimeEq;

use crate::chance::{digest, word};
use crate::ids::FirmId;
use crate::members::{self, Member, Membership};
use crate::ports::{
    Cache, CacheKey, Cached, Clock, Committed, Down, Expect, Person, Ports, Secret, Shelf,
};
use crate::records;

/// A session ends so long after it was opened, whatever is done with it.
pub const LIFE: SignedDuration = SignedDuration::from_hours(12);
/// A session ends so long after it was last used.
pub const IDLE: SignedDuration = SignedDuration::from_hours(1);
/// That it was used is noted no more often than this.
const NOTED: SignedDuration = SignedDuration::from_mins(1);

/// What is kept of a session.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Session {
    /// Who signed in.
    pub person: Person,
    /// The firms they may choose from.
    pub places: Vec<Place>,
    /// The one they are at, once it is chosen.
    pub at: Option<FirmId>,
    /// What every form must bring back.
    pub csrf: String,
    /// When they signed in.
    pub opened_at: Timestamp,
    /// What the next page is to say, once.
    pub flash: Option<Flash>,
}

/// A firm that the person may work for in this session.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Place {
    /// The firm.
    pub firm: FirmId,
    /// The person's record there.
    pub member: String,
    /// Its epoch when they signed in.
    pub epoch: u64,
}

/// What a page says once about what was just done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Flash {
    /// Whether it was done.
    pub done: bool,
    /// What happened, in a sentence.
    pub text: String,
}

/// A session that is good now.
#[derive(Clone, Debug)]
pub struct Visit {
    /// What is kept of it.
    pub session: Session,
    /// Who the person is at the firm they chose.
    pub member: Option<Membership>,
    key: CacheKey,
    version: u64,
}

/// Opens a session for a person who was proven to be one, at their firm if they have only one. Gives
/// its cookie; `None` when they are nobody's member.
///
/// # Errors
/// Our own memory does not answer.
pub async fn open<P: Ports>(ports: &P, person: Person) -> Result<Option<Secret>, Down> {
    let memberships = members::memberships(ports.store(), &person).await?;
    let at = match &memberships[..] {
        [] => return Ok(None),
        [only] => Some(only.firm.clone()),
        _ => None,
    };
    let place =
        |it: Membership| Place { firm: it.firm, member: it.member.id, epoch: it.member.epoch };
    let session = Session {
        person,
        places: memberships.into_iter().map(place).collect(),
        at: None,
        csrf: word(ports.clock()),
        opened_at: ports.clock().now(),
        flash: None,
    };
    match at {
        Some(firm) => enter(ports, session, &firm).await,
        None => Ok(Some(keep_anew(ports, &session).await?)),
    }
}

/// The session that a cookie stands for, if it is good now; that it was used is noted.
///
/// # Errors
/// Our own memory does not answer.
pub async fn resume<P: Ports>(ports: &P, cookie: &str) -> Result<Option<Visit>, Down> {
    let now = ports.clock().now();
    let key = key(cookie);
    let Some(item) = ports.cache().fetch(&key, now).await? else { return Ok(None) };
    let session: Session = serde_json::from_value(item.body.clone()).map_err(unreadable)?;
    let member = match &session.at {
        None => None,
        Some(firm) => match member(ports, &session, firm).await? {
            Some(member) => Some(Membership { firm: firm.clone(), member }),
            None => return Ok(None),
        },
    };
    let mut visit = Visit { session, member, key, version: item.version };
    let until = ends(&visit.session, now);
    if until.duration_since(item.expires_at) >= NOTED {
        visit.write(ports, until, now).await?;
    }
    Ok(Some(visit))
}

/// Goes to one of the person's firms, under another cookie; `None` when they may not.
///
/// # Errors
/// Our own memory does not answer.
pub async fn choose<P: Ports>(
    ports: &P,
    visit: &Visit,
    firm: &FirmId,
) -> Result<Option<Secret>, Down> {
    if member(ports, &visit.session, firm).await?.is_none() {
        return Ok(None);
    }
    let cookie = enter(ports, visit.session.clone(), firm).await?;
    if cookie.is_some() {
        forget(ports, &visit.key).await?;
    }
    Ok(cookie)
}

/// Ends the session of a cookie.
///
/// # Errors
/// Our own memory does not answer.
pub async fn close<P: Ports>(ports: &P, cookie: &str) -> Result<(), Down> {
    forget(ports, &key(cookie)).await
}

/// Ends all sessions of the person, at each of their firms.
///
/// # Errors
/// Our own memory does not answer; some sessions may have ended.
pub async fn close_all<P: Ports>(ports: &P, visit: &Visit) -> Result<(), Down> {
    let memberships = members::memberships(ports.store(), &visit.session.person).await?;
    members::sign_out_everywhere(ports.store(), &memberships, ports.clock().now()).await?;
    forget(ports, &visit.key).await
}

impl Visit {
    /// Whether this is what the forms of this session carry.
    pub fn sent(&self, csrf: &str) -> bool {
        self.session.csrf.as_bytes().ct_eq(csrf.as_bytes()).into()
    }

    /// Has the next page say this.
    ///
    /// # Errors
    /// Our own memory does not answer.
    pub async fn say<P: Ports>(&mut self, ports: &P, flash: Flash) -> Result<(), Down> {
        let now = ports.clock().now();
        self.session.flash = Some(flash);
        self.write(ports, ends(&self.session, now), now).await
    }

    /// What this page is to say, which is not said again.
    ///
    /// # Errors
    /// Our own memory does not answer.
    pub async fn said<P: Ports>(&mut self, ports: &P) -> Result<Option<Flash>, Down> {
        let now = ports.clock().now();
        let flash = self.session.flash.take();
        if flash.is_some() {
            self.write(ports, ends(&self.session, now), now).await?;
        }
        Ok(flash)
    }

    /// Another request of the same browser may be faster: what it wrote is left as it is.
    async fn write<P: Ports>(
        &mut self,
        ports: &P,
        until: Timestamp,
        now: Timestamp,
    ) -> Result<(), Down> {
        let item = cached(&self.session, until)?;
        let expect = Expect::Version(self.version);
        if ports.cache().keep(&self.key, item, expect, now).await? == Committed::Done {
            self.version += 1;
        }
        Ok(())
    }
}

async fn member<P: Ports>(
    ports: &P,
    session: &Session,
    firm: &FirmId,
) -> Result<Option<Member>, Down> {
    let Some(place) = session.places.iter().find(|it| it.firm == *firm) else { return Ok(None) };
    let kept = records::get::<Member>(ports.store(), firm, &place.member).await?;
    let good = |it: &Member| it.epoch == place.epoch && it.may_be(&session.person.user);
    Ok(kept.map(|it| it.record).filter(good))
}

async fn enter<P: Ports>(
    ports: &P,
    session: Session,
    firm: &FirmId,
) -> Result<Option<Secret>, Down> {
    let Some(place) = session.places.iter().find(|it| it.firm == *firm) else { return Ok(None) };
    let now = ports.clock().now();
    let entered = members::enter(ports.store(), firm, &place.member, &session.person, now).await?;
    if entered.is_none() {
        return Ok(None);
    }
    let session = Session { at: Some(firm.clone()), csrf: word(ports.clock()), ..session };
    Ok(Some(keep_anew(ports, &session).await?))
}

async fn keep_anew<P: Ports>(ports: &P, session: &Session) -> Result<Secret, Down> {
    let cookie = word(ports.clock());
    let now = ports.clock().now();
    let item = cached(session, ends(session, now))?;
    match ports.cache().keep(&key(&cookie), item, Expect::Absent, now).await? {
        Committed::Done => Ok(Secret::new(cookie)),
        Committed::Conflict => {
            Err(Down { what: "the sessions", cause: "a cookie came up twice".into() })
        }
    }
}

async fn forget<P: Ports>(ports: &P, key: &CacheKey) -> Result<(), Down> {
    let now = ports.clock().now();
    // Nobody else's writing can keep it: whatever is there goes.
    let _: Committed = ports.cache().forget(key, Expect::Any, now).await?;
    Ok(())
}

fn ends(session: &Session, now: Timestamp) -> Timestamp {
    (now + IDLE).min(session.opened_at + LIFE)
}

/// The cookie itself is not kept, only its digest; and not under a firm, for a person may have several.
fn key(cookie: &str) -> CacheKey {
    CacheKey::new(&FirmId::directory(), Shelf::Session, digest(cookie))
}

fn cached(session: &Session, expires_at: Timestamp) -> Result<Cached, Down> {
    let body = serde_json::to_value(session).map_err(unreadable)?;
    Ok(Cached { version: 0, body, expires_at })
}

fn unreadable(error: serde_json::Error) -> Down {
    Down { what: "the session", cause: error.into() }
}
