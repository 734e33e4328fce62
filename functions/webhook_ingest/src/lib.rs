//! Takes signed webhooks: verifies the raw bytes, stores what they say as the desired state, and
//! wakes the worker. A delivery that was answered with 2xx is durably stored (G11).

mod event;
mod xero;

use contract::body::BodyError;
use domain::firm::{FIRM, Firm, webhook_seal};
use domain::ids::FirmId;
use domain::metric::{Metric, count};
use domain::ports::{
    Cache, CacheKey, Cached, Clock, Down, Expect, Lanes, Shelf, Store, Vault, Wake, Wakes,
};
use domain::records;
use jiff::SignedDuration;
use lambda_http::http::{Method, StatusCode};
use lambda_http::{Body, Request, Response};
use runtime::chain::Chain;
use runtime::http::{self, Unreadable};
use runtime::problem::Problem;
use runtime::signature::{Unverified, WebhookSecret, XeroKey};
use tracing::{error, info, warn};
use wiring::{AnyVault, DynamoCache, DynamoRecords, Own, SqsWakes, SystemClock, Unwired};

use event::Event;

/// How long the id of a delivery is remembered (G12).
const REMEMBERED: SignedDuration = SignedDuration::from_hours(24 * 30);

/// What the function needs from the outside.
pub struct Deps<S, C, W, V, K> {
    /// What must not be lost.
    pub store: S,
    /// What may vanish.
    pub cache: C,
    /// The way to the workers.
    pub wakes: W,
    /// Keeps the firms' secrets.
    pub vault: V,
    /// What time it is.
    pub clock: K,
    /// What Xero signs its own webhooks with, where they are used.
    pub xero_key: Option<XeroKey>,
}

/// Why a delivery was not taken.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Refusal {
    #[error("there is no such address")]
    Unknown,
    #[error("deliveries are posted")]
    Method,
    #[error("the delivery cannot be read")]
    Unreadable(#[from] Unreadable),
    #[error("the delivery is not believed")]
    Unverified(#[from] Unverified),
    #[error("the delivery cannot be used")]
    Body(#[from] BodyError),
    #[error("the delivery could not be stored")]
    Down(#[from] Down),
}

/// The function's needs met by AWS, as the settings say.
pub type Wired = Deps<DynamoRecords, DynamoCache, SqsWakes, AnyVault, SystemClock>;

/// Builds the function from its settings. Xero's key may be absent.
///
/// # Errors
/// Settings are missing or cannot be used.
pub fn wire(lookup: impl Fn(&str) -> Option<String>) -> Result<Wired, Unwired> {
    let xero_key = lookup("TANDEM_XERO_WEBHOOK_KEY").and_then(|it| XeroKey::new(it).ok());
    let Own { store, cache, wakes, vault, clock } = Own::wire(lookup)?;
    Ok(Deps { store, cache, wakes, vault, clock, xero_key })
}

/// Answers one delivery.
pub async fn handle<S, C, W, V, K>(deps: &Deps<S, C, W, V, K>, request: Request) -> Response<Body>
where
    S: Store + Lanes,
    C: Cache,
    W: Wakes,
    V: Vault,
    K: Clock,
{
    let path = request.uri().path().trim_end_matches('/');
    if path == "/webhooks/xero" && request.method() == Method::POST {
        return xero::answer(deps, &request).await;
    }
    match accept(deps, path, &request).await {
        Ok(()) => {
            count(Metric::DeliveriesTaken, 1);
            status(StatusCode::ACCEPTED)
        }
        Err(Refusal::Down(down)) => {
            error!(error = %Chain(&down), "delivery not stored");
            Refusal::Down(down).into()
        }
        Err(refusal) => {
            if matches!(refusal, Refusal::Unverified(_)) {
                count(Metric::SignaturesRefused, 1);
            }
            warn!(error = %Chain(&refusal), "delivery refused");
            refusal.into()
        }
    }
}

async fn accept<S, C, W, V, K>(
    deps: &Deps<S, C, W, V, K>,
    path: &str,
    request: &Request,
) -> Result<(), Refusal>
where
    S: Store + Lanes,
    C: Cache,
    W: Wakes,
    V: Vault,
    K: Clock,
{
    if path == "/webhooks/xero" {
        return Err(Refusal::Method);
    }
    let firm = path.strip_prefix("/webhooks/practice/").ok_or(Refusal::Unknown)?;
    let firm = FirmId::parse(firm).map_err(|_| Refusal::Unknown)?;
    if request.method() != Method::POST {
        return Err(Refusal::Method);
    }
    let delivery = http::delivery(request)?;
    let known = records::get::<Firm>(&deps.store, &firm, FIRM).await?.ok_or(Refusal::Unknown)?;
    let now = deps.clock.now();
    delivery.verify(&secrets(&deps.vault, &known.record).await?, now)?;

    let seen = CacheKey::new(&firm, Shelf::Seen, delivery.id);
    if deps.cache.fetch(&seen, now).await?.is_some() {
        return Ok(());
    }
    let event = Event::read(delivery.body)?;
    let subject = event.subject.clone();
    let lane = event.store(&deps.store, &firm, now).await?;
    if let Err(down) = deps.wakes.wake(&Wake { firm: firm.clone(), lane }).await {
        // The lane is marked, so the sweep finds the work.
        warn!(firm.id = %firm, error = %Chain(&down), "the worker was not woken");
    }
    remember(deps, &seen).await?;
    let request_id = http::request_id(request);
    info!(firm.id = %firm, http.request_id = request_id, event.id = delivery.id, subject, "delivery stored");
    Ok(())
}

/// Only what is stored is remembered, so that a delivery that failed half-way is taken when it
/// comes again.
async fn remember<S, C: Cache, W, V, K: Clock>(
    deps: &Deps<S, C, W, V, K>,
    seen: &CacheKey,
) -> Result<(), Down> {
    let now = deps.clock.now();
    let body = serde_json::Value::Object(serde_json::Map::new());
    let item = Cached { version: 0, body, expires_at: now + REMEMBERED };
    let _ = deps.cache.keep(seen, item, Expect::Any, now).await?;
    Ok(())
}

async fn secrets(vault: &impl Vault, firm: &Firm) -> Result<Vec<WebhookSecret>, Down> {
    let mut secrets = Vec::new();
    for sealed in &firm.webhook_secrets {
        let opened = vault.open(&webhook_seal(&firm.id), sealed).await?;
        match opened.map(|it| WebhookSecret::parse(it.reveal())) {
            Some(Ok(secret)) => secrets.push(secret),
            Some(Err(_)) | None => {
                error!(firm.id = %firm.id, "a webhook secret of the firm cannot be used");
            }
        }
    }
    Ok(secrets)
}

fn status(status: StatusCode) -> Response<Body> {
    let mut response = Response::new(Body::Empty);
    *response.status_mut() = status;
    response
}

impl From<Refusal> for Response<Body> {
    fn from(refusal: Refusal) -> Self {
        let problem = match refusal {
            Refusal::Unknown => Problem::new(StatusCode::NOT_FOUND, "not_found"),
            Refusal::Method => Problem::new(StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed"),
            Refusal::Unreadable(unreadable) => unreadable.into(),
            Refusal::Unverified(why) => {
                Problem::new(StatusCode::UNAUTHORIZED, "unverified").detail(why.to_string())
            }
            Refusal::Body(BodyError::Malformed { pointer, detail }) => {
                let wrong = domain::invalid::Invalid::new(pointer, "malformed", detail.clone());
                Problem::new(StatusCode::BAD_REQUEST, "malformed")
                    .detail(detail)
                    .errors(vec![wrong])
            }
            Refusal::Body(BodyError::Invalid(wrong)) => {
                Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "invalid").errors(wrong)
            }
            Refusal::Down(_) => {
                Problem::new(StatusCode::SERVICE_UNAVAILABLE, "unavailable").retry_after(1)
            }
        };
        problem.into()
    }
}
