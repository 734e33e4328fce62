//! As much of a browser as a consent needs: it follows redirects and keeps
//! cookies per host.

use std::collections::BTreeMap;

use reqwest::header::{COOKIE, LOCATION, SET_COOKIE};
use reqwest::redirect::Policy;
use reqwest::{Client, Method, StatusCode, Url};

use super::{ConnectError, PATIENCE, unexpected};

const MOST_REDIRECTS: usize = 10;

/// A client that keeps nothing and follows nothing by itself.
pub(super) fn client() -> Result<Client, ConnectError> {
    Client::builder()
        .redirect(Policy::none())
        .no_proxy()
        .timeout(PATIENCE)
        .build()
        .map_err(|source| ConnectError::Unreachable { what: "the network".into(), source })
}

/// Where a browser has come to rest.
pub(super) struct Page {
    pub(super) url: Url,
    pub(super) status: StatusCode,
    pub(super) text: String,
}

/// A browser with a cookie jar.
pub(super) struct Browser {
    http: Client,
    cookies: BTreeMap<(String, String), String>,
}

impl Browser {
    pub(super) fn new() -> Result<Self, ConnectError> {
        Ok(Self { http: client()?, cookies: BTreeMap::new() })
    }

    /// Opens an address.
    pub(super) async fn open(&mut self, address: &str) -> Result<Page, ConnectError> {
        let url = Url::parse(address).map_err(|error| {
            unexpected(format!("the address {address}"), StatusCode::OK, &error.to_string())
        })?;
        self.go(Method::GET, url, &[]).await
    }

    /// Submits a form.
    pub(super) async fn submit(
        &mut self,
        action: Url,
        fields: &[(String, String)],
    ) -> Result<Page, ConnectError> {
        self.go(Method::POST, action, fields).await
    }

    async fn go(
        &mut self,
        mut method: Method,
        mut url: Url,
        fields: &[(String, String)],
    ) -> Result<Page, ConnectError> {
        for _ in 0..MOST_REDIRECTS {
            let what = format!("{method} {}", plain(&url));
            let unreachable = |source| ConnectError::Unreachable { what: what.clone(), source };
            let mut request = self.http.request(method.clone(), url.clone());
            if let Some(cookies) = self.cookies(&url) {
                request = request.header(COOKIE, cookies);
            }
            if method == Method::POST {
                request = request.form(fields);
            }
            let response = request.send().await.map_err(unreachable)?;
            self.keep_cookies(&url, &response);
            let status = response.status();
            let onward = response.headers().get(LOCATION).and_then(|it| it.to_str().ok());
            match onward.filter(|_| status.is_redirection()).map(|it| url.join(it)) {
                Some(Ok(next)) => (method, url) = (Method::GET, next),
                Some(Err(_)) => return Err(unexpected(what, status, "nowhere to go")),
                None => {
                    let text = response.text().await.map_err(unreachable)?;
                    if status.is_success() {
                        return Ok(Page { url, status, text });
                    }
                    return Err(unexpected(what, status, &text));
                }
            }
        }
        Err(unexpected(format!("GET {}", plain(&url)), StatusCode::FOUND, "redirects without end"))
    }

    /// The cookie header for an address, if there is anything to put in it.
    fn cookies(&self, url: &Url) -> Option<String> {
        let host = host(url);
        let ours = self.cookies.iter().filter(|((of, _), _)| *of == host);
        let cookies: Vec<_> = ours.map(|((_, name), value)| format!("{name}={value}")).collect();
        (!cookies.is_empty()).then(|| cookies.join("; "))
    }

    fn keep_cookies(&mut self, url: &Url, response: &reqwest::Response) {
        for cookie in response.headers().get_all(SET_COOKIE) {
            let pair = cookie.to_str().ok().and_then(|it| it.split(';').next()?.split_once('='));
            if let Some((name, value)) = pair {
                self.cookies.insert((host(url), name.trim().into()), value.trim().into());
            }
        }
    }
}

/// Cookies do not look at ports, but here a port stands for a host.
fn host(url: &Url) -> String {
    url.authority().to_owned()
}

/// An address that can be shown: what follows the path may be a secret.
pub(super) fn plain(url: &Url) -> String {
    format!("{}{}", url.origin().ascii_serialization(), url.path())
}
