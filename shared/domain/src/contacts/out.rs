//! Contacts into XPM: what the practice app says of a contact is merged with what XPM says, and only
//! what differs is sent (KB-50 to KB-67). Nothing is added before it was looked for (KB-55), and a create
//! without an answer is looked for before anything is sent again (protocol P1, G5).

pub mod eligible;
pub mod match_keys;
pub mod state;

mod advance;
mod ask;
mod confirm;
mod draft;
mod find;
mod look_back;
mod people;
mod rejudge;
mod revisit;
mod send;
mod update;
mod work;

pub(super) use confirm::{contact_changes, match_changes};
pub use people::resume;
pub(super) use people::{announce, remind};
pub(crate) use revisit::revisit;
pub use work::work;
