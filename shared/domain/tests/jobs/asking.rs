//! What may be asked for: every fault at once, and a reason where nothing may be asked for.

use domain::connection::State;
use domain::contacts::book;
use domain::contacts::matches::XpmKind;
use domain::desired::Stamp;
use domain::jobs::Standing;
use domain::jobs::desk::Not;
use domain::jobs::draft::Action;
use domain::jobs::examine::Wanted;
use domain::practice::Named;
use domain::reason::Reason;
use jiff::civil::date;
use serde_json::json;

use crate::desk::{Desk, a_job, contact_id, line, set, tenant, uuid};

#[tokio::test]
async fn ca_01_without_the_integration_no_job_is_asked_for() {
    let desk = Desk::new().await;
    desk.connection(|it| it.state = State::ReconnectRequired).await;
    assert_eq!(desk.examine(a_job()).await, Err(Reason::ReconnectRequired));
    desk.connection(|it| it.state = State::Disconnected).await;
    assert_eq!(desk.examine(a_job()).await, Err(Reason::NotConnected));
}

#[tokio::test]
async fn ca_02_without_templates_of_the_prefix_the_firm_is_told_so() {
    let desk = Desk::new().await;
    desk.settings(|it| it.jobs.template_prefix = "BGL ".into()).await;
    assert_eq!(desk.examine(a_job()).await, Err(Reason::NoTemplates));
    desk.settings(|it| it.jobs.template_prefix = "BAS".into()).await;
    assert!(desk.examine(a_job()).await.unwrap().is_ok());
    let other = Wanted { template: uuid("7e02"), ..a_job() };
    assert_eq!(desk.wrong(other).await, [("/template_uuid".into(), "template_missing")]);
}

#[tokio::test]
async fn ca_03_jobs_are_off_until_the_firm_switches_them_on() {
    assert!(!domain::firm::Settings::default().jobs.enabled);
    let desk = Desk::new().await;
    desk.settings(|it| it.jobs.enabled = false).await;
    assert_eq!(desk.examine(a_job()).await, Err(Reason::JobsOff));
}

#[tokio::test]
async fn ca_04_a_discarded_draft_makes_no_job_and_may_be_followed_by_another() {
    let desk = Desk::new().await;
    desk.draft("d-1", a_job()).await;
    assert_eq!(desk.standing("d-1").await, Standing::Draft);
    desk.discard("d-1").await.unwrap();
    desk.discard("d-1").await.unwrap();
    assert_eq!(desk.deliver("d-1", Action::Download).await, Err(Not::Now(Reason::Discarded)));
    desk.rest().await;
    assert_eq!((desk.standing("d-1").await, desk.added()), (Standing::Discarded, 0));

    desk.draft("d-1", a_job()).await;
    desk.deliver("d-1", Action::Download).await.unwrap();
    desk.work().await;
    assert_eq!(desk.added(), 1);
    assert_eq!(desk.discard("d-1").await, Err(Not::Now(Reason::JobExists)));
    assert_eq!(desk.discard("d-9").await, Err(Not::Missing));
}

#[tokio::test]
async fn ca_05_a_contact_must_be_one_of_xpms_clients() {
    let desk = Desk::new().await;
    desk.contact("c-3", json!({})).await;
    desk.contact("c-4", json!({})).await;
    desk.matched("c-4", "c4", XpmKind::Contact).await;
    desk.contact("c-2", json!({"archived": true})).await;
    for (contact, reason) in [
        ("c-2", "contact_archived"),
        ("c-3", "client_unlinked"),
        ("c-4", "client_unlinked"),
        ("c-9", "contact_missing"),
    ] {
        let wanted = Wanted { contact: contact_id(contact), ..a_job() };
        assert_eq!(desk.wrong(wanted).await, [("/contact_id".into(), reason)], "{contact}");
    }
}

#[tokio::test]
async fn ca_07_a_description_keeps_its_lines_signs_and_emoji() {
    let desk = Desk::new().await;
    let long = "🙂".repeat(10_000);
    let wanted = Wanted { description: long.clone(), ..a_job() };
    assert_eq!(desk.examine(wanted).await.unwrap().unwrap().description, long);
    let wanted = Wanted { description: " a\r\nb & <c> \n".into(), ..a_job() };
    assert_eq!(desk.examine(wanted).await.unwrap().unwrap().description, "a\nb & <c>");
    for (description, code) in
        [("x".repeat(10_001), "too_long"), ("bell\u{7}".into(), "control_characters")]
    {
        let wanted = Wanted { description, ..a_job() };
        assert_eq!(desk.wrong(wanted).await, [("/description".into(), code)]);
    }
}

#[tokio::test]
async fn ca_08_dates_are_the_firms_days_and_due_is_not_before_start() {
    let desk = Desk::new().await;
    desk.ports.clock.set("2026-11-22T13:30:00Z".parse().unwrap());
    let open = Wanted { start_date: None, due_date: None, ..a_job() };
    let plan = desk.examine(open).await.unwrap().unwrap();
    // Half past midnight in Sydney.
    assert_eq!((plan.start_date, plan.due_date), (date(2026, 11, 23), date(2026, 11, 23)));
    let same = Wanted { due_date: Some(date(2026, 11, 22)), ..a_job() };
    assert!(desk.examine(same).await.unwrap().is_ok());
    let back = Wanted { due_date: Some(date(2026, 11, 21)), ..a_job() };
    assert_eq!(desk.wrong(back).await, [("/due_date".into(), "before_start")]);
}

#[tokio::test]
async fn ca_09_nobody_to_everybody_may_be_on_a_job_but_none_that_xpm_does_not_list() {
    let desk = Desk::new().await;
    let nobody = Wanted { staff: vec![], ..a_job() };
    assert!(desk.examine(nobody).await.unwrap().is_ok());
    let strange = Wanted { staff: vec![uuid("5701"), uuid("5799"), uuid("5701")], ..a_job() };
    assert_eq!(
        desk.wrong(strange).await,
        [("/staff_uuids/1".into(), "staff_missing"), ("/staff_uuids/2".into(), "duplicate")]
    );
}

#[tokio::test]
async fn ca_10_everything_wrong_is_told_at_once() {
    let desk = Desk::new().await;
    let wanted = Wanted {
        contact: contact_id("c-9"),
        template: uuid("7e99"),
        name: Some("n\u{0}".into()),
        description: "d".repeat(10_001),
        due_date: Some(date(2020, 1, 1)),
        staff: vec![uuid("5799")],
        state_code: Some("DONE".into()),
        ..a_job()
    };
    let places: Vec<String> = desk.wrong(wanted).await.into_iter().map(|it| it.0).collect();
    assert_eq!(
        places,
        [
            "/contact_id",
            "/template_uuid",
            "/name",
            "/description",
            "/due_date",
            "/staff_uuids/0",
            "/state_code"
        ]
    );
}

#[tokio::test]
async fn ca_10_a_draft_is_made_once_and_sends_nothing() {
    let desk = Desk::new().await;
    let plan = desk.examine(a_job()).await.unwrap().unwrap();
    assert_eq!(plan.name, "BAS - Quarter");
    let (first, new) = desk.open("d-1", &plan).await.unwrap();
    assert!(new);
    assert_eq!(desk.open("d-1", &plan).await.unwrap(), (first, false));
    let other = desk.examine(Wanted { staff: vec![], ..a_job() }).await.unwrap().unwrap();
    assert_eq!(desk.open("d-1", &other).await, Err(Not::Now(Reason::DocumentSetTaken)));
    desk.rest().await;
    assert_eq!(desk.added(), 0);
    assert_eq!(desk.reason("d-1").await, Some(Reason::NotDelivered));
}

/// G46: another firm's document set of the same name is another.
#[tokio::test]
async fn g46_another_firms_document_set_is_unknown() {
    let desk = Desk::new().await;
    desk.draft("d-1", a_job()).await;
    let other = domain::ids::FirmId::parse("other").unwrap();
    let hand = domain::jobs::desk::Hand { firm: &other, ..desk.hand() };
    let store = &desk.ports.store;
    let id = set("d-1");
    let ruling = domain::jobs::desk::deliver(store, &hand, &id, Action::Send, false).await;
    assert_eq!(ruling.unwrap(), Err(Not::Missing));
    assert_eq!(desk.standing("d-1").await, Standing::Draft);
}

#[tokio::test]
async fn ca_06_a_template_deleted_before_the_commit_is_told_and_the_draft_kept() {
    let desk = Desk::new().await;
    desk.draft("d-1", a_job()).await;
    desk.costs("d-1", &[line("l-1", "fee", "1", "100")]).await;
    desk.ports.practice.drop_template(&tenant(), &uuid("7e01"));
    desk.deliver("d-1", Action::Send).await.unwrap();
    desk.rest().await;
    assert_eq!(desk.standing("d-1").await, Standing::Failed);
    assert_eq!(desk.reason("d-1").await, Some(Reason::TemplateMissing));
    assert!(desk.jobs().is_empty());

    // Another template, and the documents need not go out again.
    desk.revise("d-1", Wanted { template: uuid("7e02"), ..a_job() }).await.unwrap();
    desk.rest().await;
    assert_eq!(desk.standing("d-1").await, Standing::Created);
    assert_eq!(desk.descriptions(), ["fee"]);
}

#[tokio::test]
async fn ca_06_a_template_that_comes_back_is_taken_on_retry() {
    let desk = Desk::new().await;
    desk.draft("d-1", a_job()).await;
    desk.ports.practice.drop_template(&tenant(), &uuid("7e01"));
    desk.deliver("d-1", Action::Send).await.unwrap();
    desk.work().await;
    let template = Named { uuid: uuid("7e01"), name: "BAS - Quarter".into() };
    desk.ports.practice.put_template(&tenant(), template);
    desk.rest().await;
    assert_eq!(desk.added(), 0, "what was refused is not asked again by itself");
    desk.retry("d-1").await.unwrap();
    desk.work().await;
    assert_eq!(desk.standing("d-1").await, Standing::Created);
}

#[tokio::test]
async fn ca_05_a_contact_archived_or_unmatched_before_the_commit_is_waited_for() {
    let desk = Desk::new().await;
    desk.draft("d-1", a_job()).await;
    desk.contact("c-1", json!({"archived": true})).await;
    desk.deliver("d-1", Action::Send).await.unwrap();
    desk.rest().await;
    assert_eq!(desk.standing("d-1").await, Standing::Committed);
    assert_eq!(desk.reason("d-1").await, Some(Reason::ContactArchived));
    desk.contact("c-1", json!({})).await;
    desk.rest().await;
    assert_eq!(desk.standing("d-1").await, Standing::Created);

    desk.draft("d-2", Wanted { contact: contact_id("c-2"), ..a_job() }).await;
    let stamp = Stamp { version: None, as_of: desk.now() };
    book::delete(&desk.ports.store, &desk.firm, &contact_id("c-2"), stamp).await.unwrap();
    desk.deliver("d-2", Action::Send).await.unwrap();
    desk.rest().await;
    assert_eq!(desk.reason("d-2").await, Some(Reason::ContactMissing));
}

/// CA-05: what XPM lost before we heard of it is refused there; the draft is kept, and may go to another.
#[tokio::test]
async fn ca_05_a_client_deleted_in_xpm_before_the_commit_is_told_and_the_draft_kept() {
    let desk = Desk::new().await;
    desk.draft("d-1", a_job()).await;
    desk.costs("d-1", &[line("l-1", "fee", "1", "100")]).await;
    desk.ports.practice.drop_client(&tenant(), &uuid("c1"));
    desk.deliver("d-1", Action::Send).await.unwrap();
    desk.rest().await;
    assert_eq!(desk.standing("d-1").await, Standing::Failed);
    assert_eq!(desk.reason("d-1").await, Some(Reason::ClientMissing));
    assert!(desk.jobs().is_empty());
    desk.revise("d-1", Wanted { contact: contact_id("c-2"), ..a_job() }).await.unwrap();
    desk.rest().await;
    assert_eq!(desk.standing("d-1").await, Standing::Created);
    assert_eq!(desk.only_job().client.unwrap().uuid, uuid("c2"));
}

/// CA-07, CA-12: signs of XML, emoji and ten thousand characters go to XPM as they are; what nobody sees
/// and what is too long is told with its place, and nothing of it is kept.
#[tokio::test]
async fn ca_07_texts_go_to_xpm_as_they_are_or_not_at_all() {
    let desk = Desk::new().await;
    let name = "<Jones> & \"Sons\" 🙂 株式会社";
    let long = "🙂 & <b>\n".repeat(1_250);
    let wanted = Wanted { name: Some(name.into()), description: long.clone(), ..a_job() };
    let plan = desk.draft("d-1", wanted).await.plan.unwrap();
    assert_eq!((plan.description.chars().count(), plan.name.as_str()), (9_999, name));
    let cost = "é".repeat(255);
    desk.costs(
        "d-1",
        &[line("l-1", "& < > ' \" 🙂", "0.0001", "-9.99"), line("l-2", &cost, "1", "1")],
    )
    .await;
    desk.deliver("d-1", Action::Send).await.unwrap();
    desk.rest().await;
    assert_eq!(desk.only_job().name, name);
    assert_eq!(desk.descriptions(), ["& < > ' \" 🙂", &cost]);

    for (name, code) in [
        ("x".repeat(10_000), "too_long"),
        ("bell\u{7}".into(), "control_characters"),
        ("null\u{0}".into(), "control_characters"),
        ("two\nlines".into(), "control_characters"),
        ("no sign\u{fffe}".into(), "control_characters"),
        (" ".into(), "required"),
    ] {
        let wanted = Wanted { name: Some(name.clone()), ..a_job() };
        assert_eq!(desk.wrong(wanted).await, [("/name".into(), code)], "{name:.20}");
    }
    assert_eq!(desk.added(), 1);
}

/// SH-06: nothing of one organisation is sent to another.
#[tokio::test]
async fn sh_06_a_draft_of_a_former_organisation_waits() {
    let desk = Desk::new().await;
    desk.draft("d-1", a_job()).await;
    desk.connection(|it| {
        it.organisation.as_mut().unwrap().tenant = "tenant-2".parse_tenant();
    })
    .await;
    desk.deliver("d-1", Action::Send).await.unwrap();
    desk.rest().await;
    assert_eq!(desk.reason("d-1").await, Some(Reason::DraftOfFormerOrganisation));
    assert_eq!(desk.added(), 0);
}

trait ParseTenant {
    fn parse_tenant(&self) -> domain::ids::TenantId;
}

impl ParseTenant for str {
    fn parse_tenant(&self) -> domain::ids::TenantId {
        domain::ids::TenantId::parse(self).unwrap()
    }
}
