//! What stands before every page: the session, and proof that a form is one of ours.

use std::sync::Arc;

use axum::Form;
use axum::body::Body;
use axum::extract::{FromRequest as _, Request, State};
use axum::http::{HeaderMap, Method};
use axum::middleware::Next;
use axum::response::{IntoResponse, Redirect, Response};
use domain::firm::{FIRM, Firm};
use domain::ports::{Down, Person, Ports};
use domain::records;
use domain::session::{self, Visit};
use lambda_http::http::header::ORIGIN;
use runtime::browser::Cookie;

use super::page::{Posted, clothe};
use super::refusal::Refused;
use super::seat::{Frame, Guest, Seat, Who};
use crate::{Deps, input};

/// The name of the field that brings the session's token back.
const CSRF: &str = "csrf";

/// Before what anyone may see.
pub(super) async fn open<P: Ports>(
    State(deps): State<Arc<Deps<P>>>,
    request: Request,
    next: Next,
) -> Response {
    let frame = Frame::default();
    match posted(&deps, None, request).await {
        Ok(request) => clothe(&frame, next.run(request).await),
        Err(refused) => clothe(&frame, refused.into_response()),
    }
}

/// Before a page that there is not.
pub(super) async fn lost(request: Request, next: Next) -> Response {
    clothe(&Frame::default(), next.run(request).await)
}

/// Before what a person sees who is signed in.
pub(super) async fn person<P: Ports>(
    State(deps): State<Arc<Deps<P>>>,
    request: Request,
    next: Next,
) -> Response {
    let (request, mut guest) = match admit(&deps, request).await {
        Ok(admitted) => admitted,
        Err(response) => return response,
    };
    match firm(&deps, &guest.visit).await {
        Ok(firm) => name(&mut guest.frame, firm.as_ref()),
        Err(down) => return clothe(&guest.frame, Refused::Down(down).into_response()),
    }
    run(guest.frame.clone(), guest, request, next).await
}

/// Before what a member sees at their firm.
pub(super) async fn member<P: Ports>(
    State(deps): State<Arc<Deps<P>>>,
    request: Request,
    next: Next,
) -> Response {
    let (request, Guest { visit, mut frame }) = match admit(&deps, request).await {
        Ok(admitted) => admitted,
        Err(response) => return response,
    };
    let firm = match firm(&deps, &visit).await {
        Ok(firm) => firm,
        Err(down) => return clothe(&frame, Refused::Down(down).into_response()),
    };
    let (Some(firm), Some(membership)) = (firm, visit.member.clone()) else {
        return Redirect::to("/console/firms").into_response();
    };
    name(&mut frame, Some(&firm));
    let seat = Seat::new(visit, firm, membership.member, frame.clone());
    run(frame, seat, request, next).await
}

async fn run<T: Clone + Send + Sync + 'static>(
    frame: Frame,
    who: T,
    mut request: Request,
    next: Next,
) -> Response {
    request.extensions_mut().insert(who);
    clothe(&frame, next.run(request).await)
}

/// Who asks, and their form if they sent one; or what they get instead of a page.
async fn admit<P: Ports>(deps: &Deps<P>, request: Request) -> Result<(Request, Guest), Response> {
    let cookie = Cookie::session(deps.settings.https()).read(request.headers());
    let visit = match cookie {
        Some(cookie) => session::resume(&deps.ports, cookie).await,
        None => Ok(None),
    };
    let mut visit = match visit {
        Ok(Some(visit)) => visit,
        Ok(None) => return Err(to_sign_in(&request)),
        Err(down) => return Err(clothe(&Frame::default(), Refused::Down(down).into_response())),
    };
    let session = &visit.session;
    let mut frame = Frame::of(Who {
        name: match &session.person {
            Person { name, .. } if !name.is_empty() => name.clone(),
            Person { email: Some(email), .. } => email.to_string(),
            Person { user, .. } => user.to_string(),
        },
        firm: None,
        several: session.places.len() > 1,
        csrf: session.csrf.clone(),
    });
    let request = match posted(deps, Some(&visit), request).await {
        Ok(request) => request,
        Err(refused) => return Err(clothe(&frame, refused.into_response())),
    };
    // Only a whole page says what was done; what a script fetches in between does not use it up.
    if request.method() == Method::GET && !by_script(request.headers()) {
        match visit.said(&deps.ports).await {
            Ok(flash) => frame.flash = flash,
            Err(down) => return Err(clothe(&frame, Refused::Down(down).into_response())),
        }
    }
    Ok((request, Guest { visit, frame }))
}

/// The request, with its form read, if it is none or one of our own pages sent it. With a session, it
/// must bring the session's token.
async fn posted<P: Ports>(
    deps: &Deps<P>,
    visit: Option<&Visit>,
    request: Request,
) -> Result<Request, Refused> {
    if matches!(*request.method(), Method::GET | Method::HEAD) {
        return Ok(request);
    }
    if !from_our_site(request.headers(), &deps.settings.public_url) {
        return Err(Refused::Forged);
    }
    let (mut parts, body) = request.into_parts();
    let body = input::whole(body).await.map_err(|_| Refused::Unreadable)?;
    let form = Request::from_parts(parts.clone(), Body::from(body));
    let form = Form::<Vec<(String, String)>>::from_request(form, &()).await;
    let Form(fields) = form.map_err(|_| Refused::Unreadable)?;
    let form = Posted::new(fields);
    if visit.is_some_and(|it| !it.sent(form.get(CSRF))) {
        return Err(Refused::Forged);
    }
    parts.extensions.insert(form);
    Ok(Request::from_parts(parts, Body::empty()))
}

/// Whether a page of ours sent this, by the browser's own word. One that says nothing is too old to
/// be believed.
fn from_our_site(headers: &HeaderMap, public_url: &str) -> bool {
    let said = |name: &str| headers.get(name).map(|it| it.as_bytes());
    let origin = said(ORIGIN.as_str());
    let site = said("sec-fetch-site");
    (origin.is_some() || site.is_some())
        && origin.is_none_or(|it| it == public_url.as_bytes())
        && site.is_none_or(|it| it == b"same-origin")
}

fn to_sign_in(request: &Request) -> Response {
    let path = request.uri().path_and_query().map_or("/console", |it| it.as_str());
    let back = if request.method() == Method::GET && !by_script(request.headers()) {
        let path: String = path.bytes().map(escaped).collect();
        format!("?return_to={path}")
    } else {
        String::new()
    };
    let to = format!("/console/sign-in{back}");
    if by_script(request.headers()) {
        // A redirect would be followed by the script, and the page swapped into a part of another.
        return ([("hx-redirect", to)], axum::http::StatusCode::UNAUTHORIZED).into_response();
    }
    Redirect::to(&to).into_response()
}

/// Whether a script of ours asks, and not the browser itself.
pub(crate) fn by_script(headers: &HeaderMap) -> bool {
    headers.contains_key("hx-request")
}

/// A byte as it stands in an address.
pub(super) fn escaped(byte: u8) -> String {
    match byte {
        b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => {
            char::from(byte).to_string()
        }
        _ => format!("%{byte:02X}"),
    }
}

async fn firm<P: Ports>(deps: &Deps<P>, visit: &Visit) -> Result<Option<Firm>, Down> {
    let Some(membership) = &visit.member else { return Ok(None) };
    let kept = records::get::<Firm>(deps.ports.store(), &membership.firm, FIRM).await?;
    Ok(kept.map(|it| it.record))
}

fn name(frame: &mut Frame, firm: Option<&Firm>) {
    if let Some(who) = &mut frame.who {
        who.firm = firm.map(|it| it.name.clone());
    }
}
