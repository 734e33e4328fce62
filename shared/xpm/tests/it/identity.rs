//! OAuth as Xero speaks it (xpm-api 3).

use domain::ports::{Authorisation, Connected, Denied, Identity, Purpose, Secret};
use jiff::{SignedDuration, Timestamp};
use xpm::{IdentitySettings, XeroIdentity};

use crate::server::{Act, PATIENCE, Server, answer};

pub(crate) fn settings(address: &str) -> IdentitySettings {
    IdentitySettings {
        client_id: "client".to_owned(),
        client_secret: Secret::new("secret"),
        redirect_uri: "https://tandem.example/oauth/callback?a=b+c".to_owned(),
        login: format!("{address}/login/"),
        identity: format!("{address}/id"),
        api: format!("{address}/api"),
        total: PATIENCE,
    }
}

fn at(server: &Server) -> XeroIdentity {
    XeroIdentity::new(settings(&server.address)).unwrap()
}

fn secret(text: &str) -> Secret {
    Secret::new(text)
}

/// `client:secret` in base64.
const BASIC: &str = "authorization: Basic Y2xpZW50OnNlY3JldA==";

const GRANT: &str = r#"{"access_token":"A","refresh_token":"R2","expires_in":1800,"token_type":"Bearer","id_token":"I","scope":"openid"}"#;

#[test]
fn consent_is_asked_for_at_xero_with_everything_bound() {
    let xero = IdentitySettings {
        login: IdentitySettings::LOGIN.to_owned(),
        ..settings(IdentitySettings::IDENTITY)
    };
    let ask =
        Authorisation { state: "s&t", challenge: "E9Mel-_", nonce: "n", purpose: Purpose::Connect };
    assert_eq!(
        XeroIdentity::new(xero).unwrap().authorise_url(&ask),
        "https://login.xero.com/identity/connect/authorize?response_type=code&client_id=client\
         &redirect_uri=https%3A%2F%2Ftandem.example%2Foauth%2Fcallback%3Fa%3Db%2Bc\
         &scope=openid%20profile%20email%20offline_access%20practicemanager\
         &state=s%26t&code_challenge=E9Mel-_&code_challenge_method=S256&nonce=n"
    );
}

#[tokio::test]
async fn a_code_is_redeemed_with_its_verifier() {
    let server = Server::doing([answer(200, &[], GRANT)]).await;
    let grant = at(&server).exchange(&secret("c/o de"), &secret("ver~")).await.unwrap();
    assert_eq!((grant.access.reveal(), grant.refresh.reveal()), ("A", "R2"));
    assert_eq!(grant.id_token.unwrap().reveal(), "I");
    assert_eq!(grant.expires_in, SignedDuration::from_mins(30));
    let heard = &server.heard()[0];
    assert_eq!(heard.line(), "POST /id/connect/token");
    assert!(heard.has(BASIC) && heard.has("content-type: application/x-www-form-urlencoded"));
    assert_eq!(
        heard.body,
        "grant_type=authorization_code&code=c%2Fo+de\
         &redirect_uri=https%3A%2F%2Ftandem.example%2Foauth%2Fcallback%3Fa%3Db%2Bc&code_verifier=ver%7E"
    );
}

#[tokio::test]
async fn a_token_is_rotated_and_revoked() {
    let bare = r#"{"access_token":"A","refresh_token":"R2","expires_in":1800}"#;
    let server = Server::doing([answer(200, &[], bare), answer(200, &[], "")]).await;
    let identity = at(&server);
    assert!(identity.refresh(&secret("R1")).await.unwrap().id_token.is_none());
    identity.revoke(&secret("R2")).await.unwrap();
    let heard = server.heard();
    assert_eq!(heard[0].body, "grant_type=refresh_token&refresh_token=R1");
    assert_eq!(
        (heard[1].line(), heard[1].body.as_str()),
        ("POST /id/connect/revocation", "token=R2")
    );
    assert!(heard[0].has(BASIC) && heard[1].has(BASIC));
    assert_eq!((heard[0].connection, heard[1].connection), (0, 1));
}

#[tokio::test]
async fn connections_are_listed_with_their_kind() {
    let body = r#"[{"id":"1","authEventId":"e","tenantId":"t-1","tenantType":"ORGANISATION","tenantName":null,
        "createdDateUtc":"2026-11-01T00:00:00.0000000","updatedDateUtc":null},
        {"id":"2","tenantId":"t-2","tenantType":"PRACTICEMANAGER","tenantName":"Smith & Co",
        "updatedDateUtc":"2026-11-01T02:03:04.1234567"}]"#;
    let server = Server::doing([answer(200, &[], body)]).await;
    let listed = at(&server).connections(&secret("A")).await.unwrap();
    let connected = |id: &str, kind: &str, name: &str, updated: Option<&str>| Connected {
        id: id.to_owned(),
        tenant: domain::ids::TenantId::parse(format!("t-{id}")).unwrap(),
        tenant_type: kind.to_owned(),
        name: name.to_owned(),
        updated: updated.map(|it| it.parse::<Timestamp>().unwrap()),
    };
    assert_eq!(
        listed,
        [
            connected("1", "ORGANISATION", "", None),
            connected("2", "PRACTICEMANAGER", "Smith & Co", Some("2026-11-01T02:03:04.1234567Z")),
        ]
    );
    let heard = &server.heard()[0];
    assert_eq!(heard.line(), "GET /api/connections");
    assert!(heard.has("authorization: Bearer A"));
}

fn ending<T>(result: Result<T, Denied>) -> String {
    match result {
        Ok(_) => "ok".to_owned(),
        Err(Denied::InvalidGrant) => "invalid grant".to_owned(),
        Err(Denied::Refused(word)) => format!("refused: {word}"),
        Err(Denied::Silent(_)) => "silent".to_owned(),
    }
}

#[tokio::test]
async fn a_refusal_is_told_from_silence() {
    let challenge = [("www-authenticate", "Bearer error=invalid_token")];
    for (act, expected) in [
        (answer(400, &[], r#"{"error":"invalid_grant"}"#), "invalid grant"),
        (
            answer(400, &[], r#"{"error":"invalid_grant","error_description":"used"}"#),
            "invalid grant",
        ),
        (
            answer(400, &[], r#"{"error":"unsupported_grant_type"}"#),
            "refused: unsupported_grant_type",
        ),
        (answer(401, &[], r#"{"error":"invalid_client"}"#), "refused: invalid_client"),
        (answer(401, &challenge, r#"{"Detail":"TokenExpired"}"#), "refused: invalid_token"),
        (answer(400, &[], r#"{"error":"the token R1 is odd"}"#), "silent"),
        (answer(400, &[], "<html>"), "silent"),
        (answer(429, &[], r#"{"error":"invalid_grant"}"#), "silent"),
        (answer(500, &[], r#"{"error":"invalid_grant"}"#), "silent"),
        (answer(503, &[], ""), "silent"),
        (answer(302, &[("location", "/")], ""), "silent"),
        (answer(200, &[], ""), "silent"),
        (answer(200, &[], "<html>"), "silent"),
        (answer(200, &[], r#"{"error":"invalid_grant"}"#), "silent"),
        (answer(200, &[], r#"{"access_token":"A","expires_in":1800}"#), "silent"),
        (
            answer(200, &[], r#"{"access_token":"A","refresh_token":"","expires_in":1800}"#),
            "silent",
        ),
        (answer(200, &[], r#"{"access_token":"A","refresh_token":"R","expires_in":0}"#), "silent"),
        (Act::SayAndClose(b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{".to_vec()), "silent"),
        (Act::Reset, "silent"),
        (Act::Silence, "silent"),
        (answer(200, &[], GRANT), "ok"),
    ] {
        let server = Server::doing([act.clone(), answer(200, &[], GRANT)]).await;
        let settings = IdentitySettings { total: act.wait(), ..settings(&server.address) };
        let identity = XeroIdentity::new(settings).unwrap();
        assert_eq!(ending(identity.refresh(&secret("R1")).await), expected, "{act:?}");
        assert_eq!(server.heard().len(), 1, "{act:?} was asked once");
    }
}

#[test]
fn an_address_that_is_none_is_told_at_once() {
    let settings = IdentitySettings {
        identity: "identity.xero.com".to_owned(),
        ..settings("http://127.0.0.1")
    };
    let error = XeroIdentity::new(settings).unwrap_err();
    assert_eq!(error.to_string(), "the address of Xero's identity service is not usable");
}
