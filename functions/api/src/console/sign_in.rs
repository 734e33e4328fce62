//! Signing in with Xero, and out again.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use domain::connection::authorise::is_console_path;
use domain::ports::Ports;
use domain::session;
use lambda_http::http::HeaderMap;
use runtime::browser::Cookie;

use super::page::{Asked, Paged, Posted, page as shown};
use super::seat::{Frame, Guest};
use crate::{Deps, connecting};

#[derive(Template)]
#[template(path = "sign_in.html")]
struct SignIn<'a> {
    frame: Frame,
    return_to: &'a str,
    signed_out: bool,
}

pub(super) async fn page<P: Ports>(_: State<Arc<Deps<P>>>, asked: Asked) -> Paged {
    let signed_out = !asked.get("signed_out").is_empty();
    shown(&SignIn { frame: Frame::default(), return_to: own(asked.get("return_to")), signed_out })
}

/// Sends the person to Xero, by way of our own site, which binds their browser.
pub(super) async fn start<P: Ports>(State(deps): State<Arc<Deps<P>>>, posted: Posted) -> Paged {
    let to = connecting::sign_in(&deps, own(posted.get("return_to"))).await?;
    Ok(Redirect::to(&to).into_response())
}

pub(super) async fn out<P: Ports>(
    State(deps): State<Arc<Deps<P>>>,
    headers: HeaderMap,
    _: Posted,
) -> Paged {
    if let Some(cookie) = Cookie::session(deps.settings.https()).read(&headers) {
        session::close(&deps.ports, cookie).await?;
    }
    Ok(gone(&deps))
}

pub(super) async fn out_everywhere<P: Ports>(
    State(deps): State<Arc<Deps<P>>>,
    guest: Guest,
    _: Posted,
) -> Paged {
    session::close_all(&deps.ports, &guest.visit).await?;
    Ok(gone(&deps))
}

fn gone<P>(deps: &Deps<P>) -> Response {
    let mut response = Redirect::to("/console/sign-in?signed_out=1").into_response();
    Cookie::session(deps.settings.https()).clear(response.headers_mut());
    response
}

/// The page that is wanted, if it is one of ours.
fn own(path: &str) -> &str {
    if is_console_path(path) { path } else { "/console" }
}
