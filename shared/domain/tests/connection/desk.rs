//! A firm, a person at Xero, and the way from one to the other.

use domain::connection::authorise::{self, Callback, Ending};
use domain::connection::tokens::{TOKENS, Tokens};
use domain::connection::{self, Connection, Organisation, State};
use domain::copies::Asker;
use domain::deadline::Deadline;
use domain::firm::{Firm, Limits, Settings};
use domain::ids::{FirmId, TenantId, XpmUuid};
use domain::ports::{Clock, Lane, Lanes, Secret, Store};
use domain::practice::{Named, Staff};
use domain::records;
use domain::time::work;
use jiff::{SignedDuration, Timestamp};
use memory::MemoryPorts;
use memory::identity::IdentityCall;
use memory::practice::Method;

/// The calls of an ordinary firm.
pub(crate) const LIMITS: Limits =
    Limits { per_minute: 60, per_day: 5000, concurrent: 5, reserved_per_day: 500 };

/// A firm on twins.
pub(crate) struct Desk {
    pub(crate) ports: MemoryPorts,
    pub(crate) firm: FirmId,
}

impl Desk {
    /// A firm in Australia, not connected.
    pub(crate) async fn new() -> Self {
        let desk = Self { ports: MemoryPorts::default(), firm: firm("demo") };
        let change = records::put(&desk.firm, &a_firm("demo", Some("AU")), None).unwrap();
        let _ = desk.ports.store.commit(vec![change]).await.unwrap();
        desk.ports.practice.check_tokens(&desk.ports.identity);
        desk
    }

    /// A firm whose person Ann went through consent for the organisation `tenant-1`, and whose first
    /// sync has ended.
    pub(crate) async fn connected() -> Self {
        let desk = Self::new().await;
        desk.ports.identity.connect("ann", &tenant("tenant-1"), "Demo");
        desk.fill("tenant-1", "Accounts");
        let ending = desk.consent("ann").await;
        assert_eq!(ending, Ending::Connected { return_to: "/settings".into() });
        connection::synced(&desk.ports.store, &desk.firm, desk.now()).await.unwrap();
        desk.ports.wakes.take();
        desk
    }

    /// Begins, and answers the address at Xero.
    pub(crate) async fn begin(&self) -> String {
        authorise::begin(&self.ports, &a_firm("demo", Some("AU")), "/settings").await.unwrap()
    }

    /// The cookie of a browser that sets out.
    pub(crate) async fn set_out(&self, url: &str) -> String {
        let errand = authorise::set_out(&self.ports, &state_of(url), None).await.unwrap().unwrap();
        assert_eq!(errand.address, url);
        errand.cookie.reveal().to_owned()
    }

    /// The whole way, with a person who says yes.
    pub(crate) async fn consent(&self, person: &str) -> Ending {
        let url = self.begin().await;
        let cookie = self.set_out(&url).await;
        self.call_back(&url, person, Some(&cookie)).await
    }

    /// The person says yes at this address and comes back with this cookie.
    pub(crate) async fn call_back(&self, url: &str, person: &str, cookie: Option<&str>) -> Ending {
        let back = self.ports.identity.consent(url, person);
        self.take_back(callback(&back.state, Some(back.code), None), cookie).await
    }

    /// Xero sends a browser back.
    pub(crate) async fn take_back(&self, callback: Callback, cookie: Option<&str>) -> Ending {
        authorise::call_back(&self.ports, callback, cookie).await.unwrap()
    }

    /// An organisation with one task type, one template and one member of staff.
    pub(crate) fn fill(&self, organisation: &str, task: &str) {
        let xpm = &self.ports.practice;
        let organisation = tenant(organisation);
        xpm.put_task(&organisation, Named { uuid: uuid("7a5c"), name: task.into() });
        xpm.put_template(&organisation, Named { uuid: uuid("7e01"), name: task.into() });
        let staff = Staff { uuid: uuid("5701"), name: task.into(), email: None };
        xpm.put_staff(&organisation, staff);
    }

    pub(crate) fn asker(&self) -> Asker<'_> {
        Asker { firm: &self.firm, limits: LIMITS, lane: Lane::Refresh }
    }

    pub(crate) async fn connection(&self) -> Connection {
        connection::read(&self.ports.store, &self.firm).await.unwrap()
    }

    pub(crate) async fn state(&self) -> State {
        self.connection().await.state
    }

    pub(crate) async fn stored(&self) -> Option<Tokens> {
        let kept = records::get::<Tokens>(&self.ports.store, &self.firm, TOKENS).await.unwrap();
        kept.map(|it| it.record)
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.ports.clock.now()
    }

    /// Time passes in which nobody calls XPM; the sweep has the time lane worked when it is due.
    pub(crate) async fn idle(&self, time: SignedDuration, sweep: SignedDuration) {
        let until = self.now() + time;
        while self.now() < until {
            self.pass(sweep);
            let lane = self.ports.store.look(&self.firm, Lane::Time).await.unwrap();
            if lane.due_at.is_some_and(|it| it <= self.now()) {
                let deadline = Deadline { at: self.now() + MINUTE };
                work::work(&self.ports, &self.firm, deadline).await.unwrap();
            }
        }
    }

    pub(crate) fn pass(&self, time: SignedDuration) {
        self.ports.clock.advance(time);
    }

    /// How often Xero's identity service was called so.
    pub(crate) fn asked(&self, call: IdentityCall) -> usize {
        self.ports.identity.calls().into_iter().filter(|it| *it == call).count()
    }

    /// How often XPM was called so.
    pub(crate) fn calls(&self, method: Method) -> usize {
        self.ports.practice.calls().iter().filter(|it| it.method == method).count()
    }
}

pub(crate) fn a_firm(id: &str, region: Option<&str>) -> Firm {
    let settings = Settings {
        region: region.map(str::to_owned),
        time_zone: Some("Australia/Sydney".into()),
        ..Settings::default()
    };
    Firm { id: firm(id), name: "Demo".into(), settings, webhook_secrets: vec![] }
}

pub(crate) fn firm(id: &str) -> FirmId {
    FirmId::parse(id).unwrap()
}

pub(crate) fn tenant(id: &str) -> TenantId {
    TenantId::parse(id).unwrap()
}

pub(crate) fn uuid(id: &str) -> XpmUuid {
    XpmUuid::parse(id).unwrap()
}

pub(crate) fn organisation(id: &str, name: &str) -> Organisation {
    Organisation { tenant: tenant(id), name: name.into() }
}

/// What Xero puts into the address of a callback.
pub(crate) fn callback(state: &str, code: Option<Secret>, error: Option<&str>) -> Callback {
    Callback { state: Some(state.into()), code, error: error.map(str::to_owned) }
}

pub(crate) fn state_of(url: &str) -> String {
    parameter(url, "state")
}

/// A parameter of an address; none of ours needs escaping.
pub(crate) fn parameter(url: &str, name: &str) -> String {
    let (_, query) = url.split_once('?').unwrap();
    let mut pairs = query.split('&').filter_map(|it| it.split_once('='));
    pairs.find(|(it, _)| *it == name).unwrap().1.to_owned()
}

pub(crate) const SECOND: SignedDuration = SignedDuration::from_secs(1);
pub(crate) const MINUTE: SignedDuration = SignedDuration::from_mins(1);
