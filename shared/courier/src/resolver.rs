//! Names, resolved at the moment of connecting, and only to addresses that may be connected to.

use std::future::Future;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use crate::address::Reach;

/// The addresses of a name, at last.
pub type Looking = Pin<Box<dyn Future<Output = io::Result<Vec<IpAddr>>> + Send>>;

/// Something that knows the addresses of names.
pub type Lookup = Arc<dyn Fn(String) -> Looking + Send + Sync>;

/// What the machine's own resolver knows.
pub fn system() -> Lookup {
    Arc::new(|name| {
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            Ok(found.map(|it| it.ip()).collect())
        })
    })
}

/// A name that leads to where only we can go, or to nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Forbidden {
    /// One of its addresses is not public; then none of them is used.
    #[error("the name leads to {0}, which is not of the public Internet")]
    NotPublic(IpAddr),
    /// It has no address.
    #[error("the name has no address")]
    Nothing,
}

/// Resolves names for a client that may connect only within its reach.
pub(crate) struct Guarded {
    pub(crate) lookup: Lookup,
    pub(crate) reach: Reach,
}

impl Resolve for Guarded {
    fn resolve(&self, name: Name) -> Resolving {
        let (looking, reach) = ((self.lookup)(name.as_str().to_owned()), self.reach);
        Box::pin(async move {
            let found = looking.await?;
            if let Some(stranger) = found.iter().find(|it| !reach.allows(**it)) {
                return Err(Forbidden::NotPublic(*stranger).into());
            }
            if found.is_empty() {
                return Err(Forbidden::Nothing.into());
            }
            // The client puts the port of the address in place of this one.
            let addresses = found.into_iter().map(|it| SocketAddr::new(it, 0));
            Ok(Box::new(addresses) as Addrs)
        })
    }
}
