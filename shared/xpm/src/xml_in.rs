//! Reads XPM's answers.
//!
//! A firm's client list can pass 50 MB (xpm-api 6, 4), more than a function may
//! hold. So XML is read as it arrives, into a small tree that is pruned after
//! each client. Other answers go the same way, without the pruning. What XPM
//! never sends is refused: document types, other entities, deep nesting.

mod document;
mod grammar;
mod list;
mod things;
mod tokens;
mod tree;
mod values;

pub use list::{List, Unlisted, read_clients};

pub(crate) use document::{Said, read, said};
pub(crate) use things::{booked, client, contact, cost_id, costs, each, job, named, one, staff};
pub(crate) use tree::{Element, Tree, legal};

use domain::ports::Cause;

/// An answer that is not what XPM sends.
#[derive(Debug, thiserror::Error)]
pub enum Unreadable {
    /// It is not XML.
    #[error("the answer is not well-formed")]
    Malformed(#[from] quick_xml::Error),
    /// The transport broke while it was read.
    #[error("the answer was interrupted")]
    Interrupted(#[source] Cause),
    /// It ends before its root element does.
    #[error("the answer breaks off")]
    Cut,
    /// It does what no answer of XPM does, such as declaring a document type.
    #[error("the answer {0}")]
    Forbidden(&'static str),
    /// It has no such element.
    #[error("the answer lacks {0}")]
    Lacks(&'static str),
    /// The element holds something of another kind.
    #[error("the answer's {0} is not of its kind")]
    Odd(&'static str),
}
