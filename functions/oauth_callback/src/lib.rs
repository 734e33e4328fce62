//! Takes a person to Xero's consent and back: the start binds the browser, the callback connects.

mod page;

use domain::connection::authorise::{self, Callback, Ending};
use domain::ports::{Down, Ports, Secret};
use lambda_http::http::header::{CACHE_CONTROL, COOKIE, LOCATION, REFERRER_POLICY, SET_COOKIE};
use lambda_http::http::{HeaderValue, Method, StatusCode};
use lambda_http::{Body, Request, RequestExt, Response};
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
    // The address holds a code; no other site is to learn it.
    response.headers_mut().insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
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
    let cookie = cookie(request, deps.cookie_name());
    if path == "/oauth/start" {
        let state = only("state").unwrap_or_default();
        let errand = authorise::set_out(&deps.ports, &state, cookie.as_deref()).await?;
        return Ok(match errand {
            Some(errand) => {
                let mut response = go(&errand.address);
                set(&mut response, SET_COOKIE, &deps.cookie(errand.cookie.reveal(), 600));
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
    let ending = authorise::call_back(&deps.ports, callback, cookie.as_deref()).await?;
    let mut response = match &ending {
        Ending::Connected { return_to } | Ending::Choose { return_to } => {
            info!("connected");
            go(return_to)
        }
        Ending::Declined(_) | Ending::NoPractice | Ending::BadState | Ending::BadCode => {
            info!(ending = ?ending, "not connected");
            page::show(&ending)
        }
    };
    if ending != Ending::BadState {
        set(&mut response, SET_COOKIE, &deps.cookie("", 0));
    }
    Ok(response)
}

impl<P> Deps<P> {
    /// Browsers take the `__Host-` prefix only with `Secure`, and `Secure` only by https.
    fn cookie_name(&self) -> &'static str {
        if self.https { "__Host-tandem-oauth" } else { "tandem-oauth" }
    }

    fn cookie(&self, value: &str, seconds: u32) -> String {
        let secure = if self.https { "; Secure" } else { "" };
        let name = self.cookie_name();
        format!("{name}={value}; Path=/; HttpOnly; SameSite=Lax; Max-Age={seconds}{secure}")
    }
}

fn cookie(request: &Request, name: &str) -> Option<String> {
    let headers = request.headers().get_all(COOKIE).iter().filter_map(|it| it.to_str().ok());
    headers
        .flat_map(|it| it.split(';'))
        .filter_map(|it| it.trim().split_once('='))
        .find_map(|(it, value)| (it == name).then(|| value.to_owned()))
}

fn go(address: &str) -> Response<Body> {
    let mut response = Response::new(Body::Empty);
    *response.status_mut() = StatusCode::SEE_OTHER;
    set(&mut response, LOCATION, address);
    response
}

/// Headers are made of our own words and of addresses checked before, so none is ever refused.
fn set(response: &mut Response<Body>, name: lambda_http::http::HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        response.headers_mut().append(name, value);
    }
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
