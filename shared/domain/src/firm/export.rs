//! Everything that is kept of a firm, for the firm: without secrets, and without what can be read
//! from XPM again.

use serde_json::{Value, json};

use crate::ids::FirmId;
use crate::ports::{Cause, Down, Item, Kind, Range, Store};

/// So many records are read at a time.
const HANDFUL: usize = 200;
/// What is sealed within a record; of [`Kind::Token`] nothing else is left.
const SEALED: &[(Kind, &str)] =
    &[(Kind::Firm, "webhook_secrets"), (Kind::Firm, "sealed"), (Kind::Endpoint, "secrets")];

/// Why an export did not end.
#[derive(Debug, thiserror::Error)]
pub enum Unfinished {
    /// The records do not answer.
    #[error("the records could not be read")]
    Down(#[from] Down),
    /// Whoever takes the records takes no more.
    #[error("a record could not be handed over")]
    Untaken(#[source] Cause),
}

/// Hands every record of the firm over, kind by kind, each as `{kind, id, version, record}`; says how
/// many. Kinds are read one after another: what changes meanwhile may be in one and not in another.
///
/// # Errors
/// It did not end; nothing has changed, and it can be begun anew.
pub async fn export(
    store: &impl Store,
    firm: &FirmId,
    mut take: impl FnMut(&Value) -> Result<(), Cause>,
) -> Result<usize, Unfinished> {
    let mut taken = 0;
    for kind in Kind::ALL.iter().filter(|it| **it != Kind::Token) {
        let mut range = Range::of(firm, *kind, "", HANDFUL);
        loop {
            let page = store.list(&range).await?;
            for item in page.items {
                take(&told(item)).map_err(Unfinished::Untaken)?;
                taken += 1;
            }
            match page.next {
                Some(next) => range.after = Some(next),
                None => break,
            }
        }
    }
    Ok(taken)
}

fn told(item: Item) -> Value {
    let Item { key, version, mut body, due: _, expires: _ } = item;
    for (_, field) in SEALED.iter().filter(|it| it.0 == key.kind) {
        body.as_object_mut().and_then(|it| it.remove(*field));
    }
    json!({"kind": key.kind.as_str(), "id": key.id, "version": version, "record": body})
}
