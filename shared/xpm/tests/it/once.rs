//! A creating call is sent once, on a connection of its own.

use domain::ports::{Directory, Jobs, Timesheets};
use domain::practice::{ClientDraft, ContactDraft, CostSheet, JobOrder};

use crate::server::{Act, Server, TIME, access, an_hour, answer, ending, number, ok, uuid};

#[tokio::test]
async fn g09_a_creating_call_is_not_sent_again_after_a_reset() {
    let server = Server::doing([Act::Reset, ok(TIME), ok(TIME)]).await;
    let reply = server.xpm().add_time(&access(), &an_hour()).await;
    assert_eq!(ending(&reply.outcome), "uncertain");
    assert_eq!(server.heard().len(), 1);
}

#[tokio::test]
async fn g09_no_creating_call_is_sent_again_whatever_happens() {
    let draft = ClientDraft { name: Some("Acmer".to_owned()), ..ClientDraft::default() };
    let person = ContactDraft { name: Some("Ann".to_owned()), ..ContactDraft::default() };
    let acts = [Act::Reset, Act::SayAndClose(Vec::new()), answer(308, &[("location", "/2")], "")];
    for act in acts {
        let acts = std::array::from_fn::<_, 5, _>(|_| act.clone());
        let server = Server::doing(acts).await;
        let xpm = server.xpm();
        assert_eq!(ending(&xpm.add_client(&access(), &draft).await.outcome), "uncertain");
        let added = xpm.add_contact(&access(), &uuid("c1"), &person).await;
        assert_eq!(ending(&added.outcome), "uncertain");
        assert_eq!(ending(&xpm.add_time(&access(), &an_hour()).await.outcome), "uncertain");
        let order: JobOrder = serde_json::from_value(serde_json::json!({
            "client": "c1", "name": "x", "description": "", "start_date": "2026-11-22",
            "due_date": "2026-11-22", "template": "7e01"}))
        .unwrap();
        assert_eq!(ending(&xpm.add_job(&access(), &order).await.outcome), "uncertain");
        let sheet: CostSheet = serde_json::from_value(serde_json::json!({
            "date": "2026-11-22", "description": "x", "billable": true, "quantity": "1",
            "unit_cost": "1", "unit_price": "1"}))
        .unwrap();
        let added = xpm.add_cost(&access(), &number("J1"), &sheet).await;
        assert_eq!(ending(&added.outcome), "uncertain");
        let lines: Vec<_> = server.heard().iter().map(|it| it.line().to_owned()).collect();
        assert_eq!(
            lines,
            [
                "POST /client.api/add",
                "POST /client.api/contact",
                "POST /time.api/add",
                "POST /job.api/add",
                "POST /job.api/cost",
            ]
        );
    }
}

#[tokio::test]
async fn g09_each_creating_call_has_a_connection_of_its_own() {
    let server = Server::doing([ok(TIME), ok(TIME), ok(TIME)]).await;
    let xpm = server.xpm();
    for _ in 0..3 {
        xpm.add_time(&access(), &an_hour()).await.outcome.unwrap();
    }
    let connections: Vec<_> = server.heard().iter().map(|it| it.connection).collect();
    assert_eq!(connections, [0, 1, 2]);
}

#[tokio::test]
async fn other_calls_share_a_connection_which_no_creating_call_takes() {
    let server = Server::doing([ok(TIME), ok(TIME), ok(TIME)]).await;
    let xpm = server.xpm();
    for _ in 0..2 {
        xpm.time(&access(), &uuid("71ce")).await.outcome.unwrap();
    }
    xpm.add_time(&access(), &an_hour()).await.outcome.unwrap();
    let connections: Vec<_> = server.heard().iter().map(|it| it.connection).collect();
    assert_eq!(connections, [0, 0, 1]);
}

#[tokio::test]
async fn a_reading_call_is_not_repeated_either() {
    let server = Server::doing([Act::Reset, ok(TIME)]).await;
    let reply = server.xpm().time(&access(), &uuid("71ce")).await;
    assert_eq!(ending(&reply.outcome), "uncertain");
    assert_eq!(server.heard().len(), 1);
}
