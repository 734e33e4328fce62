//! Pages by token: the token names the last record of the page before.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use uuid::Uuid;

use crate::node::Node;
use crate::xpm::{Desk, Refusal};

pub(crate) struct Page {
    size: usize,
    after: Option<Uuid>,
}

impl Page {
    pub(crate) fn asked(desk: &Desk<'_>) -> Result<Self, Refusal> {
        let size = match desk.parameters.get("pageSize").filter(|it| !it.is_empty()) {
            None => 50,
            Some(text) => {
                text.parse().ok().filter(|it| (1..=500).contains(it)).ok_or_else(|| {
                    Refusal::Invalid("The parameter 'pageSize' must be from 1 to 500".to_owned())
                })?
            }
        };
        let after = match desk.parameters.get("pageToken").filter(|it| !it.is_empty()) {
            None => None,
            Some(text) => Some(
                URL_SAFE_NO_PAD
                    .decode(text)
                    .ok()
                    .and_then(|it| Uuid::from_slice(&it).ok())
                    .ok_or_else(|| Refusal::Invalid("Invalid page token".to_owned()))?,
            ),
        };
        Ok(Self { size, after })
    }

    /// The page's records of those in order of UUID, and where the next page starts.
    pub(crate) fn take<'a, T>(
        &self,
        all: impl Iterator<Item = &'a T>,
        uuid: impl Fn(&T) -> Uuid,
    ) -> (Vec<&'a T>, Option<Uuid>) {
        let mut rest = all.skip_while(|it| self.after.is_some_and(|after| uuid(it) <= after));
        let page: Vec<&T> = rest.by_ref().take(self.size).collect();
        let next = if rest.next().is_some() { page.last().map(|it| uuid(it)) } else { None };
        (page, next)
    }

    /// `Pagination`, with full addresses.
    pub(crate) fn links(&self, address: &str, next: Option<Uuid>) -> Node {
        let size = self.size;
        let mut links = vec![("First", Node::text(format!("{address}?pageSize={size}")))];
        if let Some(uuid) = next {
            let token = URL_SAFE_NO_PAD.encode(uuid.as_bytes());
            let next = format!("{address}?pageSize={size}&pageToken={token}");
            links.push(("Next", Node::text(next)));
        }
        Node::Record(vec![("Links", Node::Record(links))])
    }
}
