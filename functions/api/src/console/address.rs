//! Addresses of our own pages.

use contract::list::{cursor, uncursor};
use domain::connection::authorise::is_console_path;

use super::guard::escaped;
use super::page::{Asked, Posted};
use super::shown::Pager;

/// A page with what its query says; what says nothing is left out.
pub(super) fn of(path: &str, query: &[(&str, &str)]) -> String {
    let said = query.iter().filter(|(_, value)| !value.is_empty());
    let said: Vec<String> = said
        .map(|(name, value)| format!("{name}={}", value.bytes().map(escaped).collect::<String>()))
        .collect();
    if said.is_empty() { path.into() } else { format!("{path}?{}", said.join("&")) }
}

/// After which id a page begins.
pub(super) fn after(asked: &Asked) -> Option<String> {
    uncursor(asked.get("cursor"))
}

/// The first and the next page of a list.
pub(super) fn pager(
    path: &str,
    query: &[(&str, &str)],
    asked: &Asked,
    next: Option<String>,
) -> Pager {
    let first = (!asked.get("cursor").is_empty()).then(|| of(path, query));
    let next = next.as_deref().map(cursor).map(|it| {
        let all: Vec<(&str, &str)> =
            query.iter().copied().chain([("cursor", it.as_str())]).collect();
        of(path, &all)
    });
    Pager { first, next }
}

/// Where a form says that it came from, if that is one of our pages; else the usual place.
pub(super) fn back(posted: &Posted, usual: &str) -> String {
    let back = posted.get("back");
    let (path, anchor) = back.split_once('#').map_or((back, None), |(path, it)| (path, Some(it)));
    let plain = |it: &str| it.bytes().all(|it| it.is_ascii_graphic());
    if !is_console_path(path) || !plain(path) {
        return usual.into();
    }
    match anchor.filter(|it| plain(it)) {
        Some(anchor) => format!("{path}#{anchor}"),
        None => path.into(),
    }
}
