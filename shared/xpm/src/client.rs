//! XPM 3.1 as the rules see it: calls sent once, and their endings told apart.
//!
//! Creating calls go through a client that opens a connection for each and never
//! repeats one; see `http`. All others may be repeated by whoever asked, not here:
//! every call counts against the firm's limits.

mod answer;
mod call;
mod directory;
mod jobs;
mod limits;
mod timesheets;

use std::time::Duration;

use reqwest::{Client, Url};

use crate::http::{self, Unusable};

/// Where XPM is, and how long to wait for it.
#[derive(Clone, Debug)]
pub struct XpmSettings {
    /// The address below which the methods lie; Xero's is [`XpmSettings::XERO`].
    pub address: String,
    /// For a whole call that reads, changes or deletes.
    pub total: Duration,
    /// For the client list, which may take minutes (xpm-api 6, 4).
    pub list_total: Duration,
    /// For a whole call that creates: `T` of protocol P3.
    pub create_total: Duration,
    /// How many bytes an answer may have.
    pub longest: u64,
    /// How many bytes the client list may have.
    pub longest_list: u64,
}

impl XpmSettings {
    /// XPM's own address (xpm-api 1.1).
    pub const XERO: &'static str = "https://api.xero.com/practicemanager/3.1";

    /// XPM at this address, with the waits and bounds of P3 and G49.
    pub fn at(address: impl Into<String>) -> Self {
        Self {
            address: address.into(),
            total: Duration::from_secs(20),
            list_total: Duration::from_secs(300),
            create_total: Duration::from_secs(20),
            longest: 10 << 20,
            longest_list: 256 << 20,
        }
    }
}

/// XPM over HTTP: [`Directory`], [`Jobs`] and [`Timesheets`].
///
/// [`Directory`]: domain::ports::Directory
/// [`Jobs`]: domain::ports::Jobs
/// [`Timesheets`]: domain::ports::Timesheets
#[derive(Clone, Debug)]
pub struct Xpm {
    settings: XpmSettings,
    base: Url,
    pooled: Client,
    one_shot: Client,
}

impl Xpm {
    /// Sets up both clients; nothing is called yet.
    pub fn new(settings: XpmSettings) -> Result<Self, Unusable> {
        Ok(Self {
            base: http::base("XPM", &settings.address)?,
            pooled: http::pooled(settings.total)?,
            one_shot: http::one_shot(settings.create_total)?,
            settings,
        })
    }
}
