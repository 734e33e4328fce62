//! BY-09, G41, G44: what an endpoint is sent, when, and signed with what.

use domain::deadline::Deadline;
use domain::events::delivery::{self, State};
use domain::events::endpoint::{self, Endpoint, NotPut, Wanted};
use domain::events::work::{self, Post, Scribe};
use domain::ids::EndpointId;
use domain::journal::{Actor, Entry, Event};
use domain::ports::{Clock, Down, Lane, Lanes, Pause, Receipt, Secret};
use domain::reason::Reason;
use jiff::{SignedDuration, Timestamp};
use memory::courier::{Posted, status};
use memory::{MemoryCourier, MemoryPorts};

use crate::office::{change, firm, follow, publish};

const URL: &str = "https://hooks.example/a";
const OTHER: &str = "https://hooks.example/b";

struct Desk {
    ports: MemoryPorts,
    courier: MemoryCourier,
}

/// Writes plainly, and signs with what would be a breach anywhere else: the secret itself.
struct Plain;

impl Scribe for Plain {
    fn write(&self, id: &str, entry: &Entry) -> Vec<u8> {
        format!("{id} {}", entry.subject.id).into_bytes()
    }

    fn sign(&self, secret: &Secret, _: &str, _: Timestamp, _: &[u8]) -> Result<String, Down> {
        Ok(secret.reveal().into())
    }
}

impl Desk {
    fn new() -> Self {
        let ports = MemoryPorts::default();
        let courier = MemoryCourier::new(&ports.clock);
        Self { ports, courier }
    }

    async fn with(id: &str, url: &str) -> (Self, Secret) {
        let desk = Self::new();
        let secret = desk.put(id, url, &[], true).await.1.unwrap();
        desk.settle().await;
        (desk, secret)
    }

    async fn put(
        &self,
        id: &str,
        url: &str,
        types: &[Event],
        active: bool,
    ) -> (Endpoint, Option<Secret>) {
        let wanted = Wanted { url: url.into(), types: types.into(), active };
        endpoint::put(&self.ports, &firm(), &named(id), &wanted, &someone()).await.unwrap()
    }

    async fn get(&self, id: &str) -> Option<Endpoint> {
        endpoint::get(&self.ports.store, &firm(), &named(id)).await.unwrap()
    }

    /// Something happens, and gets its place.
    async fn happens(&self, thing: &str) {
        change(&self.ports.store, thing, self.now()).await.unwrap();
        publish(&self.ports).await.unwrap();
    }

    async fn deliver(&self) -> Result<(), Down> {
        let post = Post { courier: &self.courier, scribe: &Plain };
        let deadline = Deadline { at: self.now() + SignedDuration::from_secs(60) };
        work::deliver(&self.ports, &post, &firm(), deadline).await
    }

    /// Sends what is due, and forgets that it was sent: what tests begin with.
    async fn settle(&self) -> usize {
        publish(&self.ports).await.unwrap();
        self.deliver().await.unwrap();
        self.courier.posted().len()
    }

    /// Lets the clock run from due to due, until there is nothing to do.
    async fn for_days(&self, days: i64) {
        let end = self.now() + SignedDuration::from_hours(24 * days);
        loop {
            publish(&self.ports).await.unwrap();
            let due = self.ports.store.look(&firm(), Lane::Deliveries).await.unwrap().due_at;
            match due.filter(|it| *it < end) {
                Some(due) => self.ports.clock.set(due.max(self.now())),
                None => break,
            }
            self.deliver().await.unwrap();
        }
        self.ports.clock.set(end);
    }

    async fn delivery(&self, id: &str, number: u64) -> delivery::Delivery {
        let kept = delivery::get(&self.ports.store, &firm(), &named(id), number).await.unwrap();
        kept.unwrap().record
    }

    fn now(&self) -> Timestamp {
        self.ports.clock.now()
    }
}

fn named(id: &str) -> EndpointId {
    EndpointId::parse(id).unwrap()
}

fn someone() -> Actor {
    Actor::Key("key-1".into())
}

fn bodies(posted: &[Posted]) -> Vec<String> {
    posted.iter().map(|it| String::from_utf8(it.body.clone()).unwrap()).collect()
}

#[tokio::test]
async fn by_09_an_endpoint_hears_in_order_what_happens_after_it_came_into_being() {
    let desk = Desk::new();
    desk.happens("before").await;
    desk.put("a", URL, &[Event::ContactUpdated], true).await;
    publish(&desk.ports).await.unwrap();
    for thing in ["c-1", "c-2", "c-1"] {
        desk.happens(thing).await;
    }
    desk.deliver().await.unwrap();
    let told = bodies(&desk.courier.posted());
    // Number 2 is the endpoint's own coming into being, which it did not ask to hear of.
    assert_eq!(
        told,
        [
            "evt_demo_0000000000000003 c-1",
            "evt_demo_0000000000000004 c-2",
            "evt_demo_0000000000000005 c-1"
        ]
    );
    assert_eq!(desk.delivery("a", 3).await.state, State::Delivered);
    assert_eq!(desk.settle().await, 3, "nothing is sent twice");
}

/// The waits between attempts, as the Standard Webhooks specification lists them.
#[tokio::test]
async fn g44_what_is_not_taken_is_tried_ten_times_on_the_standard_schedule() {
    let (desk, _) = Desk::with("a", URL).await;
    let begun = desk.courier.posted().len();
    desk.courier.answer_always(URL, status(500));
    desk.happens("c-1").await;
    desk.for_days(4).await;
    let posted = desk.courier.posted().split_off(begun);
    let waits: Vec<i64> =
        posted.windows(2).map(|it| it[1].at.duration_since(it[0].at).as_secs()).collect();
    let (minute, hour) = (60, 3600);
    let standard = [
        5,
        5 * minute,
        30 * minute,
        2 * hour,
        5 * hour,
        10 * hour,
        14 * hour,
        20 * hour,
        24 * hour,
    ];
    assert_eq!(waits, standard);
    assert!(posted.iter().all(|it| it.id == posted[0].id), "one event, one id");
    let ended = desk.delivery("a", 2).await;
    assert_eq!((ended.state, ended.attempts, ended.next_at), (State::Failed, 10, None));
    assert!(desk.get("a").await.unwrap().wanted.active, "five days are not over");
}

#[tokio::test]
async fn g44_an_endpoint_that_asks_for_a_pause_gets_it() {
    let (desk, _) = Desk::with("a", URL).await;
    let before = desk.courier.posted().len();
    let pause = Some(Pause::Lasting(SignedDuration::from_hours(1)));
    desk.courier.answer_next(URL, Receipt::Answered { status: 429, pause });
    desk.happens("c-1").await;
    let asked = desk.now();
    desk.deliver().await.unwrap();
    desk.happens("c-2").await;
    desk.for_days(1).await;
    let posted = desk.courier.posted().split_off(before);
    let times: Vec<i64> = posted.iter().map(|it| it.at.duration_since(asked).as_secs()).collect();
    assert_eq!(times, [0, 3600, 3600], "neither that event nor another before the hour is over");
}

#[tokio::test]
async fn by_09_an_endpoint_that_says_it_is_gone_is_switched_off_and_what_waits_is_given_up() {
    let (desk, _) = Desk::with("a", URL).await;
    let before = desk.courier.posted().len();
    desk.courier.answer_next(URL, status(410));
    desk.happens("c-1").await;
    desk.happens("c-2").await;
    desk.for_days(2).await;
    assert_eq!(desk.courier.posted().len(), before + 1);
    let endpoint = desk.get("a").await.unwrap();
    assert_eq!(endpoint.disabled, Some(Reason::EndpointGone));
    assert!(!endpoint.wanted.active);
    assert_eq!(desk.delivery("a", 3).await.state, State::Abandoned);
    let feed = follow(&desk.ports.store, 0, 50).await.unwrap().entries;
    let (_, told) = feed.last().unwrap();
    assert_eq!(told.event, Event::EndpointDisabled);
    assert_eq!((&told.actor, told.reason), (&Actor::Rule, Some(Reason::EndpointGone)));
}

#[tokio::test]
async fn by_09_an_endpoint_that_takes_nothing_for_five_days_is_switched_off_and_not_sooner() {
    let (desk, _) = Desk::with("a", URL).await;
    desk.courier.answer_always(URL, Receipt::Silent("timed out".into()));
    for day in 0..5 {
        assert!(desk.get("a").await.unwrap().wanted.active, "day {day}");
        desk.happens("c-1").await;
        desk.for_days(1).await;
    }
    desk.happens("c-1").await;
    desk.for_days(1).await;
    assert_eq!(desk.get("a").await.unwrap().disabled, Some(Reason::EndpointFailing));
    // Switched on again, it hears of what happens from then on.
    desk.courier.answer_always(URL, status(204));
    let before = desk.courier.posted().len();
    let (endpoint, secret) = desk.put("a", URL, &[], true).await;
    assert_eq!((endpoint.disabled, secret.is_some()), (None, false));
    desk.happens("c-9").await;
    desk.for_days(1).await;
    let told = bodies(&desk.courier.posted().split_off(before));
    assert!(told.iter().all(|it| it.ends_with(" a") || it.ends_with(" c-9")), "{told:?}");
    assert!(told.iter().any(|it| it.ends_with(" c-9")));
}

#[tokio::test]
async fn by_09_a_dead_endpoint_costs_one_call_in_five_minutes_however_much_waits() {
    let (desk, _) = Desk::with("a", URL).await;
    desk.courier.answer_always(URL, status(500));
    for n in 0..100 {
        change(&desk.ports.store, &format!("c-{n}"), desk.now()).await.unwrap();
    }
    let before = desk.courier.posted().len();
    desk.for_days(1).await;
    assert!(desk.courier.posted().len() - before <= 24 * 12 + 10);
}

#[tokio::test]
async fn by_09_a_slow_endpoint_holds_up_neither_another_nor_the_feed() {
    let (desk, _) = Desk::with("a", URL).await;
    desk.put("b", OTHER, &[], true).await;
    desk.courier.takes(URL, SignedDuration::from_secs(15));
    for n in 0..50 {
        desk.happens(&format!("c-{n}")).await;
    }
    let begun = desk.now();
    desk.deliver().await.unwrap();
    assert!(desk.now() <= begun + SignedDuration::from_secs(60), "within the invocation");
    let posted = desk.courier.posted();
    let others: Vec<_> = posted.iter().filter(|it| it.url == OTHER).collect();
    assert!(others.len() >= 50, "{}", others.len());
    assert_eq!(follow(&desk.ports.store, 0, 200).await.unwrap().entries.len(), 52);
}

#[tokio::test]
async fn g41_for_a_day_after_a_rotation_both_secrets_sign() {
    let (desk, old) = Desk::with("a", URL).await;
    let rotated = endpoint::rotate(&desk.ports, &firm(), &named("a"), &someone()).await.unwrap();
    let (_, new) = rotated.unwrap();
    assert_ne!(old, new);
    let signed = async |hours: i64| {
        desk.ports.clock.advance(SignedDuration::from_hours(hours));
        desk.happens("c-1").await;
        desk.deliver().await.unwrap();
        desk.courier.posted().last().unwrap().signature.clone()
    };
    let both = format!("{} {}", new.reveal(), old.reveal());
    assert_eq!(signed(0).await, both);
    assert_eq!(signed(23).await, both);
    assert_eq!(signed(1).await, new.reveal());
}

#[tokio::test]
async fn g41_no_secret_stands_anywhere_in_the_records() {
    let (desk, old) = Desk::with("a", URL).await;
    let rotated = endpoint::rotate(&desk.ports, &firm(), &named("a"), &someone()).await.unwrap();
    let (_, new) = rotated.unwrap();
    desk.for_days(1).await;
    let items = format!("{:?}", desk.ports.store.items());
    assert!(items.contains("webhook_endpoint.secret_rotated"));
    for secret in [old, new] {
        assert!(!items.contains(secret.reveal().strip_prefix("whsec_").unwrap()));
    }
}

#[tokio::test]
async fn by_09_a_delivery_whose_ending_was_not_written_down_is_sent_again_under_its_id() {
    let (desk, _) = Desk::with("a", URL).await;
    let before = desk.courier.posted().len();
    desk.happens("c-1").await;
    desk.ports.store.fail_commits(1);
    assert!(desk.deliver().await.is_err());
    desk.ports.clock.advance(SignedDuration::from_secs(61));
    desk.deliver().await.unwrap();
    let posted = desk.courier.posted().split_off(before);
    assert_eq!(posted.len(), 2);
    assert_eq!(posted[0].id, posted[1].id);
    assert_eq!(desk.delivery("a", 2).await.attempts, 1);
}

#[tokio::test]
async fn by_09_a_person_may_have_an_event_sent_again() {
    let (desk, _) = Desk::with("a", URL).await;
    desk.happens("c-1").await;
    let before = desk.settle().await;
    let again = delivery::resend(&desk.ports, &firm(), &named("a"), 2).await.unwrap().unwrap();
    assert_eq!((again.state, again.next_at), (State::Waiting, Some(desk.now())));
    assert_eq!(desk.settle().await, before + 1);
    assert_eq!(desk.delivery("a", 2).await.attempts, 2);
    assert_eq!(delivery::resend(&desk.ports, &firm(), &named("a"), 99).await.unwrap(), None);
}

#[tokio::test]
async fn by_09_a_removed_endpoint_is_sent_nothing_and_may_come_back_with_another_secret() {
    let (desk, old) = Desk::with("a", URL).await;
    desk.happens("c-1").await;
    let before = desk.courier.posted().len();
    assert!(endpoint::remove(&desk.ports, &firm(), &named("a"), &someone()).await.unwrap());
    assert_eq!(desk.get("a").await, None);
    assert!(!endpoint::remove(&desk.ports, &firm(), &named("a"), &someone()).await.unwrap());
    desk.for_days(1).await;
    assert_eq!(desk.courier.posted().len(), before);
    let new = desk.put("a", URL, &[Event::ContactUpdated], true).await.1.unwrap();
    assert_ne!(old, new);
    desk.happens("c-2").await;
    desk.for_days(1).await;
    let told = bodies(&desk.courier.posted().split_off(before));
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(told[0].ends_with(" c-2"));
}

#[tokio::test]
async fn by_09_the_same_statement_again_changes_nothing_and_tells_nothing() {
    let (desk, _) = Desk::with("a", URL).await;
    let before = desk.ports.store.commits();
    assert!(desk.put("a", URL, &[], true).await.1.is_none());
    assert_eq!(desk.ports.store.commits(), before);
}

#[tokio::test]
async fn by_09_a_firm_has_twenty_endpoints_and_no_more() {
    let desk = Desk::new();
    for n in 0..20 {
        desk.put(&format!("e-{n}"), URL, &[], true).await;
    }
    let wanted = Wanted { url: URL.into(), types: vec![], active: true };
    let one_more = endpoint::put(&desk.ports, &firm(), &named("e-20"), &wanted, &someone()).await;
    assert!(matches!(one_more, Err(NotPut::TooMany)));
    endpoint::remove(&desk.ports, &firm(), &named("e-0"), &someone()).await.unwrap();
    assert!(desk.put("e-20", URL, &[], true).await.1.is_some());
}
