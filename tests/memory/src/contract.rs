//! What a port promises, as tests that its twin and its original both pass.
//!
//! Each function panics where the promise is broken. It needs an empty store,
//! cache or practice, and leaves it full.
#![expect(clippy::unwrap_used, reason = "a panic is how a contract is found broken")]

mod cache;
mod identity;
mod lanes;
mod practice;
mod store;
mod vault;

pub use cache::cache_contract;
pub use identity::identity_contract;
pub use lanes::lanes_contract;
pub use practice::{Scene, practice_contract};
pub use store::store_contract;
pub use vault::vault_contract;

use domain::ids::FirmId;
use jiff::Timestamp;

/// An instant of the contracts, in milliseconds after one in 2026.
fn at(ms: i64) -> Timestamp {
    Timestamp::from_millisecond(1_795_348_800_000 + ms).unwrap()
}

fn firm(id: &str) -> FirmId {
    FirmId::parse(id).unwrap()
}
