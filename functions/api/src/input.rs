//! Taking requests apart, with every fault told as a problem.

use axum::body::{Bytes, to_bytes};
use axum::extract::{FromRequest, FromRequestParts, Path, Query, Request};
use contract::body::{self, Body};
use contract::list::{MOST, USUAL, uncursor};
use lambda_http::http::request::Parts;
use runtime::http::{LONGEST_BODY, Unreadable};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use utoipa::IntoParams;

use crate::refusal::Refusal;

/// The body, not looked into.
pub(crate) struct Text(Bytes);

/// A body that has nothing to say: absent, or `{}`.
pub(crate) struct Nothing;

/// The variable segment of the path.
pub(crate) struct Segment(pub(crate) String);

/// The query, read as a `T`.
pub(crate) struct Asked<T>(pub(crate) T);

impl Text {
    /// The body.
    pub(crate) fn body(&self) -> Body<'_> {
        Body::Text(&self.0)
    }

    /// The body, byte by byte.
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.0
    }

    /// The body, or an empty object where there is none.
    pub(crate) fn or_empty(&self) -> Body<'_> {
        Body::Text(if self.0.trim_ascii().is_empty() { b"{}" } else { &self.0 })
    }
}

impl<S: Sync> FromRequest<S> for Text {
    type Rejection = Refusal;

    async fn from_request(request: Request, _: &S) -> Result<Self, Refusal> {
        Ok(Self(whole(request.into_body()).await?))
    }
}

/// A body, as far as it is not too long.
pub(crate) async fn whole(body: axum::body::Body) -> Result<Bytes, Refusal> {
    use axum::body::HttpBody as _;
    let too_long = body.size_hint().lower() > LONGEST_BODY as u64;
    match to_bytes(body, LONGEST_BODY).await {
        Ok(bytes) => Ok(bytes),
        Err(_) if too_long => Err(Unreadable::TooLong.into()),
        Err(_) => Err(Refusal::Body),
    }
}

impl<S: Sync> FromRequest<S> for Nothing {
    type Rejection = Refusal;

    async fn from_request(request: Request, state: &S) -> Result<Self, Refusal> {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Empty {}

        let text = Text::from_request(request, state).await?;
        if !text.0.trim_ascii().is_empty() {
            body::read::<Empty>(&text.0)?;
        }
        Ok(Self)
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Segment {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Refusal> {
        match Path::<String>::from_request_parts(parts, state).await {
            Ok(Path(segment)) => Ok(Self(segment)),
            Err(_) => Err(Refusal::Query("the path is not UTF-8".into())),
        }
    }
}

impl<T: DeserializeOwned, S: Sync> FromRequestParts<S> for Asked<T> {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Refusal> {
        match Query::try_from_uri(&parts.uri) {
            Ok(Query(asked)) => Ok(Self(asked)),
            Err(rejection) => {
                let words: String = rejection.body_text().chars().take(300).collect();
                Err(Refusal::Query(words))
            }
        }
    }
}

/// Which page of a list is wanted.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct PageQuery {
    /// At most so many items.
    #[param(value_type = Option<u32>, minimum = 1, maximum = 200, default = 50)]
    pub(crate) limit: Option<String>,
    /// The `next_cursor` of the page before.
    #[param(format = "cursor", min_length = 1, max_length = 1366)]
    pub(crate) cursor: Option<String>,
}

/// A page: after which id, and how long.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Stretch {
    /// Only what comes after this id.
    pub(crate) after: Option<String>,
    /// At most so many.
    pub(crate) limit: usize,
}

impl PageQuery {
    /// The page that is wanted.
    pub(crate) fn stretch(self) -> Result<Stretch, Refusal> {
        stretch(self.limit, self.cursor)
    }
}

/// The page that a limit and a cursor ask for.
pub(crate) fn stretch(limit: Option<String>, cursor: Option<String>) -> Result<Stretch, Refusal> {
    let limit = match limit {
        Some(text) => {
            let digits = !text.is_empty() && text.bytes().all(|it| it.is_ascii_digit());
            let limit = text.parse().ok().filter(|it| digits && (1..=MOST).contains(it));
            limit.ok_or_else(|| Refusal::Query(format!("limit is a number from 1 to {MOST}")))?
        }
        None => USUAL,
    };
    let after = match cursor {
        Some(cursor) => {
            let unknown = || Refusal::Query("cursor is not one that this API gave".into());
            Some(uncursor(&cursor).ok_or_else(unknown)?)
        }
        None => None,
    };
    Ok(Stretch { after, limit })
}
