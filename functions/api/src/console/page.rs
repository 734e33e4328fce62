//! Pages: rendered, and forms read.

use std::collections::HashMap;

use askama::Template;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use domain::ports::Down;
use lambda_http::http::header::{CONTENT_TYPE, REFERRER_POLICY};
use lambda_http::http::{HeaderValue, StatusCode};

use super::refusal::{Refused, Told};
use super::seat::Frame;
use crate::edge::HTML;

/// An answer to a browser, or why there is none.
pub(crate) type Paged = Result<Response, Refused>;

/// The page.
pub(crate) fn page(template: &impl Template) -> Paged {
    page_with(StatusCode::OK, template)
}

/// The page with a status of its own, such as 422 where a form is shown again with its faults.
pub(crate) fn page_with(status: StatusCode, template: &impl Template) -> Paged {
    let html = template
        .render()
        .map_err(|error| Refused::Down(Down { what: "the page", cause: Box::new(error) }))?;
    let headers = [
        (CONTENT_TYPE, HeaderValue::from_static(HTML)),
        // Our own forms must say where they come from: without a referrer, their origin is `null`.
        (REFERRER_POLICY, HeaderValue::from_static("same-origin")),
    ];
    Ok((status, headers, html).into_response())
}

#[derive(Template)]
#[template(path = "refused.html")]
struct RefusedPage<'a> {
    frame: &'a Frame,
    told: &'a Told,
}

/// The answer; one that only says why there is none becomes a page.
pub(super) fn clothe(frame: &Frame, response: Response) -> Response {
    let Some(told) = response.extensions().get::<Told>() else { return response };
    let page = RefusedPage { frame, told };
    match page_with(response.status(), &page) {
        Ok(page) => page,
        Err(_) => response,
    }
}

/// The fields of a form that was sent.
#[derive(Clone, Debug, Default)]
pub(crate) struct Posted(Vec<(String, String)>);

impl Posted {
    pub(super) fn new(fields: Vec<(String, String)>) -> Self {
        Self(fields)
    }

    /// What the first field of this name says, without blanks at its ends; nothing when there is none.
    pub(crate) fn get(&self, name: &str) -> &str {
        self.0.iter().find(|(it, _)| it == name).map_or("", |(_, value)| value.trim())
    }

    /// What all fields of this name say, such as boxes that are ticked.
    pub(crate) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.0.iter().filter(move |(it, _)| it == name).map(|(_, value)| value.as_str())
    }
}

impl<S: Sync> FromRequestParts<S> for Posted {
    type Rejection = Refused;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Refused> {
        parts.extensions.remove::<Self>().ok_or(Refused::Forged)
    }
}

/// The query of a page. What it does not know is left unread: a link may be older than the page.
#[derive(Clone, Debug, Default)]
pub(crate) struct Asked(HashMap<String, String>);

impl Asked {
    /// What the query says under this name; nothing when it does not.
    pub(crate) fn get(&self, name: &str) -> &str {
        self.0.get(name).map_or("", |it| it.trim())
    }
}

impl<S: Sync> FromRequestParts<S> for Asked {
    type Rejection = Refused;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Refused> {
        let query = axum::extract::Query::try_from_uri(&parts.uri);
        query.map(|it| Self(it.0)).map_err(|_| Refused::Unreadable)
    }
}
