//! Each row of `xpm-api 1.3`, and what protocol P1 makes of it.

use domain::ports::{Directory, Jobs, Timesheets};
use tokio::net::TcpListener;

use crate::reading::Taken;
use crate::server::{
    Act, PATIENCE, Server, TIME, access, an_hour, answer, ending, number, ok, uuid, xpm_at,
};

/// What comes back, and what it means to one who adds time, to one who asks for a job, and to
/// one who reads the client list.
struct Row {
    what: &'static str,
    act: Act,
    adding: &'static str,
    finding: &'static str,
    listing: &'static str,
}

fn same(what: &'static str, act: Act, meaning: &'static str) -> Row {
    Row { what, act, adding: meaning, finding: meaning, listing: meaning }
}

fn gateway(status: u16, detail: &str) -> String {
    format!(
        r#"{{"Type":null,"Title":"As told","Status":{status},"Detail":"{detail}","Instance":"1f","Extensions":{{}}}}"#
    )
}

fn refusal(words: &str) -> String {
    format!(
        "<Response api-method=\"Get\"><Status>ERROR</Status><ErrorDescription>{words}</ErrorDescription></Response>"
    )
}

const PAGE: &str = "<!DOCTYPE html>\n<html><body>Be right back</body></html>";

fn rows() -> Vec<Row> {
    let closed = refusal("Job is &lt;closed&gt;");
    let unknown = refusal("Invalid job identifier");
    let bearer = [("www-authenticate", "Bearer error=invalid_token")];
    let unsure = "uncertain";
    vec![
        same("a business error", answer(200, &[], &closed), "refused 200: Job is <closed>"),
        Row {
            what: "an unknown thing",
            act: answer(200, &[], &unknown),
            adding: "refused 200: Invalid job identifier",
            finding: "ok",
            listing: "refused 200: Invalid job identifier",
        },
        Row {
            what: "an unknown thing with 404",
            act: answer(404, &[], &unknown),
            adding: "refused 404: Invalid job identifier",
            finding: "ok",
            listing: "refused 404: Invalid job identifier",
        },
        Row {
            what: "404 without words",
            act: answer(404, &[], ""),
            adding: "refused 404: HTTP 404",
            finding: "ok",
            listing: "refused 404: HTTP 404",
        },
        same("somebody else's 404", answer(404, &[], PAGE), unsure),
        same(
            "a refusal without words",
            answer(200, &[], &refusal("")),
            "refused 200: XPM gave no reason",
        ),
        same("400 in XML", answer(400, &[], &closed), "refused 400: Job is <closed>"),
        same(
            "400 in words",
            answer(400, &[], "from is\r\nrequired"),
            "refused 400: from is required",
        ),
        same("400 as a page", answer(400, &[], PAGE), "refused 400: HTTP 400"),
        same(
            "409 in JSON",
            answer(409, &[], r#"{"status":"ERROR","errorDescription":"In use"}"#),
            "refused 409: In use",
        ),
        same(
            "a bad token",
            answer(401, &bearer, &gateway(401, "AuthenticationUnsuccessful")),
            "unauthorised",
        ),
        same(
            "an old token",
            answer(401, &bearer, &gateway(401, "TokenExpired: token expired")),
            "unauthorised",
        ),
        same(
            "a token without the scope",
            answer(401, &[], &gateway(401, "AuthorizationUnsuccessful")),
            "unauthorised",
        ),
        same(
            "another tenant",
            answer(403, &[], &gateway(403, "AuthenticationUnsuccessful")),
            "disconnected",
        ),
        same(
            "another tenant, spelt otherwise",
            answer(403, &[], r#"{"title":"Forbidden","detail":"AuthenticationUnsuccessful"}"#),
            "disconnected",
        ),
        same("403 by XPM", answer(403, &[], r#"{"Detail":"Not yours"}"#), "refused 403: Not yours"),
        same("a limit", answer(429, &[], ""), "throttled Unknown None"),
        same("an accident in the envelope", answer(500, &[], &refusal("Object reference")), unsure),
        same("an accident in words", answer(500, &[], "oops"), unsure),
        same("an accident without words", answer(500, &[], ""), unsure),
        same("a broken gateway", answer(502, &[], PAGE), unsure),
        same("a closed gateway", answer(503, &[], &gateway(503, "ServiceNotAvailable")), unsure),
        same("a slow gateway", answer(504, &[], ""), unsure),
        same("a timeout by the server", answer(408, &[], ""), unsure),
        same("a redirection", answer(307, &[("location", "/elsewhere")], ""), unsure),
        same("a page that looks well", answer(200, &[], PAGE), unsure),
        same("another page that looks well", answer(200, &[], "<html><body/></html>"), unsure),
        same("nothing that looks well", answer(200, &[], ""), unsure),
        same("204", answer(204, &[], ""), unsure),
        same("garbage", answer(200, &[], "\u{1}\u{2}%PDF<<"), unsure),
        same("JSON that looks well", answer(200, &[], r#"{"status":"OK"}"#), unsure),
        same("no status", answer(200, &[], "<Response><Time/></Response>"), unsure),
        same(
            "another status",
            answer(200, &[], "<Response><Status>MAYBE</Status></Response>"),
            unsure,
        ),
        same("another envelope", answer(200, &[], "<Reply><Status>OK</Status></Reply>"), unsure),
        same(
            "an inner status",
            answer(200, &[], "<Response><Time><Status>OK</Status></Time></Response>"),
            unsure,
        ),
        same("no payload", ok(""), unsure),
        same("a payload without its id", ok("<Time/><Job/><Clients><Client/></Clients>"), unsure),
        same("a document cut off", answer(200, &[], "<Response><Status>OK</Status>"), unsure),
        same("a connection cut off", cut(&ok(&everything())), unsure),
        same("chunks cut off", Act::SayAndClose(chunked_and_cut()), unsure),
        same("something that is not HTTP", Act::SayAndClose(b"SSH-2.0-x\r\n".to_vec()), unsure),
        same("a closed connection", Act::SayAndClose(Vec::new()), unsure),
        same("a reset", Act::Reset, unsure),
        same("silence", Act::Silence, unsure),
        same("what was asked for", ok(&everything()), "ok"),
    ]
}

fn everything() -> String {
    format!("{TIME}<Job><ID>J000309</ID></Job><Clients><Client><UUID>c1</UUID></Client></Clients>")
}

/// All of the document arrives, but not all of what was promised.
fn cut(whole: &Act) -> Act {
    let Act::Say(bytes) = whole else { panic!("nothing to cut") };
    let text = String::from_utf8(bytes.clone()).unwrap();
    Act::SayAndClose(text.replacen("Content-Length: ", "Content-Length: 9", 1).into_bytes())
}

fn chunked_and_cut() -> Vec<u8> {
    let body = format!("<Response><Status>OK</Status>{}</Response>", everything());
    let head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
    format!("{head}{:x}\r\n{body}\r\n", body.len()).into_bytes()
}

#[tokio::test]
async fn g09_an_addition_ends_as_the_answer_proves() {
    for row in rows() {
        let wait = row.act.wait();
        let server = Server::doing([row.act]).await;
        let reply = xpm_at(&server.address, wait).add_time(&access(), &an_hour()).await;
        assert_eq!(ending(&reply.outcome), row.adding, "{}", row.what);
        assert_eq!(server.heard().len(), 1, "{} was sent once", row.what);
    }
}

#[tokio::test]
async fn g09_a_look_at_one_thing_ends_as_the_answer_proves() {
    for row in rows() {
        let wait = row.act.wait();
        let server = Server::doing([row.act]).await;
        let reply = xpm_at(&server.address, wait).job(&access(), &number("J000309")).await;
        assert_eq!(ending(&reply.outcome), row.finding, "{}", row.what);
        assert_eq!(server.heard().len(), 1, "{} was sent once", row.what);
    }
}

#[tokio::test]
async fn g09_a_client_list_ends_as_the_answer_proves() {
    for row in rows() {
        let wait = row.act.wait();
        let server = Server::doing([row.act]).await;
        let reply =
            xpm_at(&server.address, wait).clients(&access(), None, &mut Taken::default()).await;
        assert_eq!(ending(&reply.outcome), row.listing, "{}", row.what);
    }
}

#[tokio::test]
async fn g09_an_unknown_thing_is_none_and_removing_it_is_done() {
    let unknown = || answer(200, &[], &refusal("Invalid time identifier"));
    let server = Server::doing([unknown(), unknown(), answer(404, &[], "")]).await;
    let (xpm, entry) = (server.xpm(), uuid("71ce"));
    assert_eq!(xpm.time(&access(), &entry).await.outcome.unwrap(), None);
    xpm.delete_time(&access(), &entry).await.outcome.unwrap();
    xpm.delete_time(&access(), &entry).await.outcome.unwrap();
}

#[tokio::test]
async fn g09_a_refused_connection_is_not_processed() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let reply = xpm_at(&address, PATIENCE).add_time(&access(), &an_hour()).await;
    assert_eq!(ending(&reply.outcome), "not processed");
}

#[tokio::test]
async fn g09_a_name_without_an_address_is_not_processed() {
    // Longer than a label of DNS may be: refused before anyone is asked.
    let address = format!("http://{}.invalid", "x".repeat(64));
    let reply = xpm_at(&address, PATIENCE).add_time(&access(), &an_hour()).await;
    assert_eq!(ending(&reply.outcome), "not processed");
}

#[tokio::test]
async fn g09_a_failed_tls_handshake_is_not_processed() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("https://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        tokio::io::AsyncWriteExt::write_all(&mut stream, b"HTTP/1.1 200 OK\r\n\r\n").await.unwrap();
    });
    let reply = xpm_at(&address, PATIENCE).add_time(&access(), &an_hour()).await;
    assert_eq!(ending(&reply.outcome), "not processed");
}
