//! Takes a person to Xero and back: the start binds the browser, the callback connects their firm or
//! signs them in.

mod page;

use domain::connection::authorise::{self, Callback, Ending};
use domain::ports::{Down, Ports, Secret};
use domain::session;
use lambda_http::http::header::LOCATION;
use lambda_http::http::{HeaderValue, Method, StatusCode};
use lambda_http::{Body, Request, RequestExt, Response};
use runtime::browser::{Cookie, harden};
use runtime::chain::Chain;
use runtime::problem::Problem;
use tracing::{info, warn};

/// What the function needs from the outside.
pub struct Deps<P> {
    /// The outside.
    pub ports: P,
    /// Whether browsers reach us by https; only on one machine do they not.
    pub https: bool,
}

/// Why a request was not answered with a page.
#[derive(Debug, thiserror::Error)]
enum Refusal {
    #[error("there is no such page")]
    Unknown,
    #[error("the page is only read")]
    Method,
    #[error("the authorisation could not be worked on")]
    Down(#[from] Down),
}

/// Answers `/oauth/start` and `/oauth/callback`.
pub async fn handle<P: Ports>(deps: &Deps<P>, request: Request) -> Response<Body> {
    let mut response = match accept(deps, &request).await {
        Ok(response) => response,
        Err(refusal) => {
            warn!(error = %Chain(&refusal), "authorisation refused");
            refusal.into()
        }
    };
    // Among them that no other site learns the address, for it holds a code.
    harden(response.headers_mut());
    response
}

async fn accept<P: Ports>(deps: &Deps<P>, request: &Request) -> Result<Response<Body>, Refusal> {
    let path = request.uri().path();
    if !["/oauth/start", "/oauth/callback"].contains(&path) {
        return Err(Refusal::Unknown);
    }
    if request.method() != Method::GET {
        return Err(Refusal::Method);
    }
    let query = request.query_string_parameters();
    // A parameter that comes twice is nobody's honest callback.
    if ["state", "code", "error"].iter().any(|it| query.all(it).is_some_and(|it| it.len() > 1)) {
        return Ok(page::show(&Ending::BadState));
    }
    let only = |name: &str| query.first(name).map(str::to_owned);
    let errand_cookie = Cookie::errand(deps.https);
    let cookie = errand_cookie.read(request.headers());
    if path == "/oauth/start" {
        let state = only("state").unwrap_or_default();
        let errand = authorise::set_out(&deps.ports, &state, cookie).await?;
        return Ok(match errand {
            Some(errand) => {
                let mut response = go(&errand.address);
                let cookie = errand.cookie.reveal();
                errand_cookie.set(response.headers_mut(), cookie, Some(600));
                response
            }
            None => page::show(&Ending::BadState),
        });
    }
    let callback = Callback {
        state: only("state"),
        code: only("code").map(Secret::new),
        error: only("error"),
    };
    let ending = authorise::call_back(&deps.ports, callback, cookie).await?;
    let mut response = match &ending {
        Ending::Connected { return_to } | Ending::Choose { return_to } => {
            info!("connected");
            go(return_to)
        }
        Ending::SignedIn { cookie, return_to } => {
            let mine = Cookie::session(deps.https);
            if let Some(former) = mine.read(request.headers()) {
                session::close(&deps.ports, former).await?;
            }
            info!("signed in");
            let mut response = go(return_to);
            mine.set(response.headers_mut(), cookie.reveal(), None);
            response
        }
        Ending::Declined(_)
        | Ending::NoPractice
        | Ending::BadState
        | Ending::BadCode
        | Ending::Stranger => {
            info!(ending = ?ending, "neither connected nor signed in");
            page::show(&ending)
        }
    };
    if ending != Ending::BadState {
        errand_cookie.clear(response.headers_mut());
    }
    Ok(response)
}

fn go(address: &str) -> Response<Body> {
    let mut response = Response::new(Body::Empty);
    *response.status_mut() = StatusCode::SEE_OTHER;
    // Addresses are made of our own words or checked before, so none is ever refused.
    if let Ok(address) = HeaderValue::from_str(address) {
        response.headers_mut().insert(LOCATION, address);
    }
    response
}

impl From<Refusal> for Response<Body> {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Unknown => Problem::new(StatusCode::NOT_FOUND, "not_found").into(),
            Refusal::Method => {
                Problem::new(StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed").into()
            }
            Refusal::Down(_) => {
                Problem::new(StatusCode::SERVICE_UNAVAILABLE, "unavailable").retry_after(1).into()
            }
        }
    }
}
