//! Taking a firm in: its record, its webhook secret and its first key, all or none.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::erase::Erasure;
use super::{Firm, Settings, webhook_seal};
use crate::ids::{Email, FirmId};
use crate::keys::{self, ApiKey};
use crate::ports::{Clock, Committed, Down, Lanes, Secret, Store, Vault};
use crate::records;
use crate::{journal, members};

/// A firm to be taken in.
#[derive(Clone, Debug)]
pub struct Newcomer {
    /// Who it is.
    pub id: FirmId,
    /// What it calls itself.
    pub name: String,
    /// What it has chosen.
    pub settings: Settings,
    /// What lets it in and what its webhooks are signed with.
    pub credentials: Credentials,
    /// Whose Xero login may sign in to the console first.
    pub owner: Option<Email>,
}

/// What a firm needs to talk to us. Shown once.
#[derive(Clone, Debug)]
pub struct Credentials {
    /// Its first API key.
    pub api_key: Secret,
    /// The secret of its practice webhooks, as Standard Webhooks writes one.
    pub webhook_secret: Secret,
}

impl Credentials {
    /// Credentials that nobody can guess.
    pub fn new(clock: &impl Clock, firm: &FirmId) -> Self {
        Self {
            api_key: keys::compose(clock.random(), firm),
            webhook_secret: Secret::new(format!("whsec_{}", STANDARD.encode(clock.random()))),
        }
    }
}

/// Takes a firm in; says `false` and changes nothing when its id is taken.
pub async fn found(
    store: &(impl Store + Lanes),
    vault: &impl Vault,
    clock: &impl Clock,
    newcomer: &Newcomer,
) -> Result<bool, Down> {
    let Newcomer { id, name, settings, credentials, owner } = newcomer;
    // The id of a firm that was erased is not given again: what it once signed must stay worthless.
    let erased = records::get::<Erasure>(store, &FirmId::directory(), id.as_str()).await?.is_some();
    if erased || *id == FirmId::directory() {
        return Ok(false);
    }
    let sealed = vault.seal(&webhook_seal(id), &credentials.webhook_secret).await?;
    let firm = Firm {
        id: id.clone(),
        name: name.clone(),
        settings: settings.clone(),
        webhook_secrets: vec![sealed],
    };
    let key = ApiKey::of(&credentials.api_key, "first key", clock.now());
    let mut changes = vec![records::put(id, &firm, None)?, key.kept(id)?];
    if let Some(owner) = owner {
        journal::open(store, id, clock.now()).await?;
        changes.extend(members::founder(id, owner, clock.now())?);
    }
    Ok(store.commit(changes).await? == Committed::Done)
}
