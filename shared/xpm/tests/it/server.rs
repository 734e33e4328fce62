//! A server that does what a test tells it, connection by connection, and remembers what it heard.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use domain::ids::{JobNumber, TenantId, XpmUuid};
use domain::ports::{Access, Fault, Secret};
use domain::practice::Timesheet;
use jiff::civil::date;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use xpm::{Xpm, XpmSettings};

/// How long to wait for an answer that comes, however busy the machine.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// How long to wait for an answer that does not come.
pub(crate) const HURRY: Duration = Duration::from_millis(400);

/// What to do once a request has arrived whole.
#[derive(Clone, Debug)]
pub(crate) enum Act {
    /// Send these bytes and keep the connection.
    Say(Vec<u8>),
    /// Send these bytes and close the connection.
    SayAndClose(Vec<u8>),
    /// Reset the connection.
    Reset,
    /// Never answer.
    Silence,
}

impl Act {
    /// How long to wait for it.
    pub(crate) fn wait(&self) -> Duration {
        if matches!(self, Self::Silence) { HURRY } else { PATIENCE }
    }
}

/// A request as it was heard.
#[derive(Clone, Debug)]
pub(crate) struct Heard {
    /// On which connection, counted from 0.
    pub(crate) connection: usize,
    /// Request line and headers, in lower case but for the request line.
    pub(crate) head: Vec<String>,
    pub(crate) body: String,
}

impl Heard {
    /// Method and target.
    pub(crate) fn line(&self) -> &str {
        self.head[0].trim_end_matches(" HTTP/1.1")
    }

    pub(crate) fn has(&self, header: &str) -> bool {
        self.head.iter().any(|it| it == header)
    }
}

/// The server; its tasks end with the test's runtime.
pub(crate) struct Server {
    pub(crate) address: String,
    heard: Arc<Mutex<Vec<Heard>>>,
}

impl Server {
    /// Does these, one per request, then answers nothing more.
    pub(crate) async fn doing(acts: impl IntoIterator<Item = Act>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let heard = Arc::<Mutex<Vec<Heard>>>::default();
        let acts = Arc::new(Mutex::new(acts.into_iter().collect::<VecDeque<_>>()));
        let journal = Arc::clone(&heard);
        tokio::spawn(async move {
            for connection in 0.. {
                let (stream, _) = listener.accept().await.unwrap();
                tokio::spawn(serve(stream, connection, Arc::clone(&acts), Arc::clone(&journal)));
            }
        });
        Self { address, heard }
    }

    pub(crate) fn heard(&self) -> Vec<Heard> {
        self.heard.lock().unwrap().clone()
    }

    /// XPM at this server.
    pub(crate) fn xpm(&self) -> Xpm {
        xpm_at(&self.address, PATIENCE)
    }
}

async fn serve(
    mut stream: TcpStream,
    connection: usize,
    acts: Arc<Mutex<VecDeque<Act>>>,
    journal: Arc<Mutex<Vec<Heard>>>,
) {
    while let Some(heard) = hear(&mut stream, connection).await {
        journal.lock().unwrap().push(heard);
        let act = acts.lock().unwrap().pop_front().unwrap_or(Act::Silence);
        match act {
            // Whether they arrive is the client's affair.
            Act::Say(bytes) => drop(stream.write_all(&bytes).await),
            Act::SayAndClose(bytes) => return drop(stream.write_all(&bytes).await),
            Act::Reset => return stream.set_zero_linger().unwrap(),
            Act::Silence => std::future::pending().await,
        }
    }
}

async fn hear(stream: &mut TcpStream, connection: usize) -> Option<Heard> {
    let mut bytes = Vec::new();
    let end = loop {
        if let Some(end) = bytes.windows(4).position(|it| it == b"\r\n\r\n") {
            break end;
        }
        bytes.push(stream.read_u8().await.ok()?);
    };
    let head = String::from_utf8(bytes[..end].to_vec()).unwrap();
    let mut head: Vec<String> = head.lines().map(str::to_owned).collect();
    for line in &mut head[1..] {
        let (name, value) = line.split_once(": ").unwrap();
        *line = format!("{}: {value}", name.to_lowercase());
    }
    let length = head.iter().find_map(|it| it.strip_prefix("content-length: "));
    let mut body = vec![0; length.map_or(0, |it| it.parse().unwrap())];
    stream.read_exact(&mut body).await.ok()?;
    Some(Heard { connection, head, body: String::from_utf8(body).unwrap() })
}

/// A whole answer.
pub(crate) fn answer(status: u16, headers: &[(&str, &str)], body: &str) -> Act {
    let mut text = format!("HTTP/1.1 {status} As Told\r\nContent-Length: {}\r\n", body.len());
    for (name, value) in headers {
        text += &format!("{name}: {value}\r\n");
    }
    Act::Say(format!("{text}\r\n{body}").into_bytes())
}

/// XPM's envelope around a payload.
pub(crate) fn ok(payload: &str) -> Act {
    answer(200, &[], &format!("<Response><Status>OK</Status>{payload}</Response>"))
}

/// XPM at this address, waited for so long.
pub(crate) fn xpm_at(address: &str, wait: Duration) -> Xpm {
    let settings = XpmSettings::at(address);
    let settings = XpmSettings { total: wait, list_total: wait, create_total: wait, ..settings };
    Xpm::new(settings).unwrap()
}

pub(crate) fn access() -> Access {
    Access { token: Secret::new("the-token"), tenant: TenantId::parse("the-tenant").unwrap() }
}

pub(crate) fn uuid(text: &str) -> XpmUuid {
    XpmUuid::parse(text).unwrap()
}

pub(crate) fn number(text: &str) -> JobNumber {
    JobNumber::parse(text).unwrap()
}

pub(crate) fn an_hour() -> Timesheet {
    Timesheet {
        job: number("J000309"),
        job_task: uuid("7a5c"),
        staff: uuid("57af"),
        date: date(2026, 11, 3),
        minutes: 60,
        note: "Call & letter".to_owned(),
    }
}

/// An answer's `Time` that says the same.
pub(crate) const TIME: &str = "<Time><UUID>71ce</UUID><Job><ID>J000309</ID><Name>Return</Name></Job>\
    <Task><UUID>7a5c</UUID><Name>Prepare</Name></Task><Staff><UUID>57af</UUID><Name>Ann</Name></Staff>\
    <Date>2026-11-03T00:00:00</Date><Minutes>60</Minutes><Note>Call &amp; letter</Note>\
    <Billable>true</Billable></Time>";

/// What a fault says, in short.
pub(crate) fn short(fault: &Fault) -> String {
    match fault {
        Fault::NotProcessed(_) => "not processed".to_owned(),
        Fault::Refused { status, words } => format!("refused {status}: {words}"),
        Fault::Throttled { limit, retry_after } => format!("throttled {limit:?} {retry_after:?}"),
        Fault::Unauthorised => "unauthorised".to_owned(),
        Fault::Disconnected => "disconnected".to_owned(),
        Fault::Uncertain(_) => "uncertain".to_owned(),
    }
}

/// How a call ended, in short.
pub(crate) fn ending<T>(outcome: &Result<T, Fault>) -> String {
    outcome.as_ref().map_or_else(short, |_| "ok".to_owned())
}
