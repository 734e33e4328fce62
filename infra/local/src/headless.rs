//! Connects the demo firm to the simulator as a person with a browser would:
//! redirects, cookies and the consent form, nothing else.

mod browser;
mod form;

use std::time::Duration;

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use browser::{Browser, Page, plain};
use form::Form;

/// Why the firm is not connected.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// There is no talking to the other side.
    #[error("{what} cannot be reached")]
    Unreachable {
        /// What was asked for.
        what: String,
        /// Why.
        source: reqwest::Error,
    },
    /// The other side answers something else than it should.
    #[error("{what} answers {status}: {text}")]
    Unexpected {
        /// What was asked for.
        what: String,
        /// How it answered.
        status: StatusCode,
        /// The first words of the answer.
        text: String,
    },
    /// The page on which consent is given has no form to give it with.
    #[error("{0} has no consent form")]
    NoForm(String),
}

/// Connects a firm, unless it is connected.
///
/// # Errors
///
/// A step of the way is not as a person would find it.
pub async fn connect(public: &str, api_key: &str) -> Result<(), ConnectError> {
    let api = Api { public, api_key, http: browser::client()? };
    if api.state().await? == "connected" {
        return Ok(());
    }
    let asked =
        api.call(Method::POST, "/v1/connection/authorize", Some(json!({ "return_to": "/" })));
    let (what, status, answer) = asked.await?;
    let Some(url) = answer["url"].as_str() else {
        return Err(unexpected(what, status, &answer.to_string()));
    };

    let mut browser = Browser::new()?;
    let consent = browser.open(url).await?;
    let form = Form::find(&consent).ok_or_else(|| ConnectError::NoForm(plain(&consent.url)))?;
    let landed = browser.submit(form.action, &form.fields).await?;
    let state = api.state().await?;
    if state == "connected" {
        return Ok(());
    }
    let Page { url, status, text } = landed;
    Err(unexpected(
        format!("the connection is {state:?} after consent; {}", plain(&url)),
        status,
        &text,
    ))
}

struct Api<'a> {
    public: &'a str,
    api_key: &'a str,
    http: reqwest::Client,
}

impl Api<'_> {
    async fn state(&self) -> Result<String, ConnectError> {
        let (what, status, answer) = self.call(Method::GET, "/v1/connection", None).await?;
        let state = answer["state"].as_str();
        match state {
            Some(state) => Ok(state.to_owned()),
            None => Err(unexpected(what, status, &answer.to_string())),
        }
    }

    async fn call(
        &self,
        method: Method,
        path: &str,
        body: Option<Value>,
    ) -> Result<(String, StatusCode, Value), ConnectError> {
        let what = format!("{method} {}{path}", self.public);
        let mut request =
            self.http.request(method, format!("{}{path}", self.public)).bearer_auth(self.api_key);
        if let Some(body) = body {
            request = request.json(&body);
        }
        let unreachable = |source| ConnectError::Unreachable { what: what.clone(), source };
        let response = request.send().await.map_err(unreachable)?;
        let status = response.status();
        let text = response.text().await.map_err(unreachable)?;
        match serde_json::from_str(&text) {
            Ok(answer) if status.is_success() => Ok((what, status, answer)),
            Ok(_) | Err(_) => Err(unexpected(what, status, &text)),
        }
    }
}

fn unexpected(what: String, status: StatusCode, text: &str) -> ConnectError {
    let text = text.chars().take(200).collect();
    ConnectError::Unexpected { what, status, text }
}

/// How long one step may take.
const PATIENCE: Duration = Duration::from_secs(30);
