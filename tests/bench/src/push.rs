//! From the receipt of a contact to XPM holding it (KB-53), on the local stack: the store, the wake, the
//! worker, the search that comes before an add, and the call budget with its waits. What is not in it is
//! how long SQS takes to hand a message over.

use std::path::Path;
use std::time::{Duration, Instant};

use domain::contacts::contact::Contact;
use domain::ports::Lane;
use local::function::Function;
use serde_json::json;

use crate::Cause;
use crate::first_sync::stage::{Stage, Turn};
use crate::samples::Samples;
use crate::table::Figure;

/// How long a change may take, in 19 of 20 cases.
const LONGEST: Duration = Duration::from_secs(10);

/// How much is changed.
#[derive(Clone, Copy, Debug)]
pub struct Load {
    /// So many contacts are stated, and each is then changed once; one after the other, without a rest.
    pub contacts: usize,
}

/// Runs it; `folder` is for the stack.
///
/// # Errors
/// The stack did not start, or a change was not in XPM when its worker had ended.
pub async fn run(folder: &Path, load: &Load) -> Result<Vec<Figure>, Cause> {
    let stage = Stage::open(folder, None).await?;
    stage.choose("Client").await?;
    stage.sync().await?;
    let created = changes(&stage, load.contacts, "5550 1", "client.api/add").await?;
    let edited = changes(&stage, load.contacts, "5550 2", "client.api/update").await?;
    stage.close().await;
    Ok(vec![figure("a new contact", &created), figure("an edited contact", &edited)])
}

/// What a sort of change took, and how many calls it cost.
struct Changes {
    times: Samples,
    calls: usize,
}

async fn changes(stage: &Stage, many: usize, phone: &str, call: &str) -> Result<Changes, Cause> {
    let (mut times, mut calls) = (Vec::with_capacity(many), 0);
    for n in 0..many {
        let start = Instant::now();
        stage.contacts(vec![contact(n, phone)?]).await?;
        let turn: Turn = stage.wake(Function::ContactSync, Lane::ContactsOut).await?;
        times.push(start.elapsed());
        if !turn.xpm_calls.iter().any(|it| it.ends_with(call)) {
            return Err(format!("contact {n} is not in XPM: {:?}", turn.xpm_calls).into());
        }
        calls += turn.xpm_calls.len();
    }
    Ok(Changes { times: times.into_iter().collect(), calls })
}

fn figure(what: &str, it: &Changes) -> Figure {
    let seconds = |it: Duration| format!("{:.2} s", it.as_secs_f64());
    let late = it.times.quantile(0.95);
    let each = it.calls as f64 / it.times.count() as f64;
    Figure::new(format!("{what}, from receipt to XPM: p95"), seconds(late))
        .beside(format!("p50 {}, {each:.1} calls each", seconds(it.times.median())), "")
        .limit("≤ 10 s", Some(late <= LONGEST))
}

fn contact(n: usize, phone: &str) -> Result<Contact, Cause> {
    Ok(serde_json::from_value(json!({
        "id": format!("push-{n}"),
        "kind": "organisation",
        "name": format!("Meridian Traders {n} Pty Ltd"),
        "emails": [format!("push{n}@meridian.example")],
        "phones": [{ "number": phone }],
        "contact_type": "Client",
    }))?)
}
