//! The client list, handed on while it arrives.
//!
//! What the envelope says may come last, so clients are handed on before it is
//! known whether the list is good: the caller must not believe a list that does
//! not end as [`List::Whole`].

use domain::ports::{Cause, ClientSink};
use domain::practice::Client;
use futures_util::{Stream, StreamExt};

use super::Unreadable;
use super::document::{Document, Said, said};
use super::things::client;
use super::tree::Tree;

/// How many clients are handed on at once.
const PORTION: usize = 200;

/// How much of the document may make up one portion, so that long clients make small ones.
const PORTION_BYTES: u64 = 1 << 20;

/// What of the envelope is kept until the end.
const KEPT: [&str; 3] = ["Status", "ErrorDescription", "Clients"];

/// How long one client may be, and anything else in the list.
const LONGEST: u64 = 4 << 20;

/// How a list ended.
#[derive(Debug, PartialEq, Eq)]
pub enum List {
    /// All of it was read: so many clients.
    Whole(u64),
    /// XPM refused, in these words.
    Refused(String),
}

/// Why a list did not end.
#[derive(Debug, thiserror::Error)]
pub enum Unlisted {
    /// It is not what XPM sends, or broke off.
    #[error("the list cannot be read")]
    Unreadable(#[from] Unreadable),
    /// The one who asked for it could not take it.
    #[error("the clients could not be taken")]
    Sink(#[source] Cause),
}

/// Reads the answer of `client.api/list` (xpm-api 2.1) of at most so many bytes.
pub async fn read_clients<S, B, E>(
    mut chunks: S,
    longest: u64,
    sink: &mut impl ClientSink,
) -> Result<List, Unlisted>
where
    S: Stream<Item = Result<B, E>> + Unpin,
    B: AsRef<[u8]>,
    E: Into<Cause>,
{
    let mut document = Document::new(longest, LONGEST);
    let (mut taken, mut taken_at, mut clients) = (0, 0, Vec::new());
    while let Some(chunk) = chunks.next().await {
        let chunk = chunk.map_err(|error| Unreadable::Interrupted(error.into()))?;
        document.feed(chunk.as_ref(), |tree, index| settle(tree, index, &mut clients))?;
        drop(chunk);
        let long = document.read() - taken_at > PORTION_BYTES;
        if long || clients.len() >= PORTION {
            taken += hand_on(sink, &mut clients, long).await?;
            taken_at = document.read();
        }
    }
    let tree = document.end(|tree, index| settle(tree, index, &mut clients))?;
    match said(&tree)? {
        (Said::Error(words), _) => Ok(List::Refused(words)),
        (Said::Ok, root) if root.child("Clients").is_none() => {
            Err(Unreadable::Lacks("Clients").into())
        }
        (Said::Ok, _) => Ok(List::Whole(taken + hand_on(sink, &mut clients, true).await?)),
    }
}

/// Takes a client out of the tree, and drops whatever else the list is not about.
fn settle(tree: &mut Tree, index: usize, clients: &mut Vec<Client>) -> Result<bool, Unreadable> {
    let element = tree.element(index);
    if tree.depth() == 2 && tree.is_in("Clients") {
        if element.name() == "Client" {
            clients.push(client(element)?);
        }
    } else if tree.depth() != 1 || KEPT.contains(&element.name()) {
        return Ok(false);
    }
    tree.prune(index);
    Ok(true)
}

/// Hands on whole portions, and what is left when that is asked for.
async fn hand_on(
    sink: &mut impl ClientSink,
    clients: &mut Vec<Client>,
    rest: bool,
) -> Result<u64, Unlisted> {
    let mut count = 0;
    while clients.len() >= PORTION || (rest && !clients.is_empty()) {
        let portion: Vec<_> = clients.drain(..clients.len().min(PORTION)).collect();
        count += portion.len() as u64;
        sink.take(portion).await.map_err(Unlisted::Sink)?;
    }
    Ok(count)
}
