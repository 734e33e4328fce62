//! No secret gets into a log line, an error or what is printed of a value.

use std::error::Error;
use std::io::{self, Write};
use std::sync::{Arc, Mutex};

use domain::ids::TenantId;
use domain::ports::{Access, Directory, Identity, Secret, Timesheets};
use tracing_subscriber::filter::LevelFilter;
use xpm::{IdentitySettings, XeroIdentity};

use crate::identity::settings;
use crate::server::{Act, Server, TIME, an_hour, answer, ok, uuid, xpm_at};

/// A log that can be read afterwards.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn shown(error: &dyn Error) -> String {
    let cause = error.source().map(shown).unwrap_or_default();
    format!("{error} {error:?} {cause}")
}

#[tokio::test]
async fn g36_no_secret_is_shown_anywhere() {
    let log = Log::default();
    let writer = log.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(LevelFilter::TRACE)
        .with_writer(move || writer.clone())
        .finish();
    let _guard = tracing::subscriber::set_default(subscriber);
    let mut seen = String::new();
    let echo = r#"{"error":"CANARY-echo","refresh_token":"CANARY-echo"}"#;
    for act in [
        answer(
            200,
            &[],
            r#"{"access_token":"CANARY-a","refresh_token":"CANARY-r","expires_in":1}"#,
        ),
        answer(200, &[], r#""CANARY-echo""#),
        answer(
            200,
            &[],
            r#"{"access_token":"CANARY-a","refresh_token":"CANARY-r","expires_in":"CANARY-e"}"#,
        ),
        answer(400, &[], echo),
        answer(500, &[], echo),
        Act::SayAndClose(b"CANARY-line\r\n\r\n".to_vec()),
        Act::Reset,
        Act::Silence,
    ] {
        let wait = act.wait();
        let server = Server::doing([act.clone(), act.clone(), act.clone(), act]).await;
        let identity = XeroIdentity::new(IdentitySettings {
            client_secret: Secret::new("CANARY-secret"),
            total: wait,
            ..settings(&server.address)
        });
        let identity = identity.unwrap();
        seen += &format!("{identity:?}");
        let (token, verifier) = (Secret::new("CANARY-token"), Secret::new("CANARY-verifier"));
        let exchanged = identity.exchange(&token, &verifier).await;
        seen += &exchanged.map_or_else(|error| shown(&error), |grant| format!("{grant:?}"));
        seen += &identity
            .refresh(&token)
            .await
            .map_or_else(|error| shown(&error), |it| format!("{it:?}"));
        seen +=
            &identity.revoke(&token).await.map_or_else(|error| shown(&error), |()| String::new());
        seen += &identity
            .connections(&token)
            .await
            .map_or_else(|error| shown(&error), |it| format!("{it:?}"));
    }
    for act in [ok(TIME), answer(400, &[], "no"), answer(200, &[], "<"), Act::Reset, Act::Silence] {
        let wait = act.wait();
        let server = Server::doing([act.clone(), act]).await;
        let (xpm, tenant) = (xpm_at(&server.address, wait), TenantId::parse("the-tenant").unwrap());
        let access = Access { token: Secret::new("CANARY-access"), tenant };
        seen += &format!("{xpm:?} {access:?}");
        let added = xpm.add_time(&access, &an_hour()).await;
        seen += &added.outcome.map_or_else(|fault| shown(&fault), |it| format!("{it:?}"));
        let found = xpm.client(&access, &uuid("c1")).await;
        seen += &found.outcome.map_or_else(|fault| shown(&fault), |it| format!("{it:?}"));
    }
    let log = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    assert!(log.contains("xpm.path=time.api/add") && log.contains("xpm.method=POST"), "{log}");
    assert!(!log.contains("CANARY"), "{log}");
    assert!(!seen.contains("CANARY"), "{seen}");
}
