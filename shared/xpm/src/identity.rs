//! Xero's identity service (xpm-api 3).
//!
//! Every call is one request on a connection of its own: a code can be redeemed
//! only once, and a rotated token whose answer was lost must be told from one that
//! was never asked for. Nothing of an answer but OAuth's own error word gets into errors.

mod answer;
mod proof;

use std::time::Duration;

use domain::ports::{
    Authorisation, Connected, Denied, Grant, Identity, Person, Purpose, Secret, Unproven,
};
use jiff::Timestamp;
use reqwest::header::ACCEPT;
use reqwest::{Client, RequestBuilder, Url};
use tracing::debug;

use crate::http::{self, Unusable, below, unaddressed};

/// What the consent is asked for (xpm-api 3.3): templates, task types and time together
/// need the whole of `practicemanager`, refreshing needs `offline_access`.
const SCOPES: &str = "openid profile email offline_access practicemanager";
/// What signing in asks for: who it is, and nothing of theirs.
const SIGN_IN_SCOPES: &str = "openid profile email";

/// Who we are to Xero, and where Xero is.
#[derive(Clone, Debug)]
pub struct IdentitySettings {
    /// The app's id.
    pub client_id: String,
    /// The app's secret.
    pub client_secret: Secret,
    /// Where people come back to; exactly as registered (xpm-api 3.1).
    pub redirect_uri: String,
    /// Where people consent; Xero's is [`IdentitySettings::LOGIN`].
    pub login: String,
    /// Where tokens are; Xero's is [`IdentitySettings::IDENTITY`].
    pub identity: String,
    /// Where connections are listed; Xero's is [`IdentitySettings::API`].
    pub api: String,
    /// For a whole call; P2 says [`IdentitySettings::TOTAL`].
    pub total: Duration,
}

impl IdentitySettings {
    /// Where Xero lets people consent (xpm-api 3.1).
    pub const LOGIN: &'static str = "https://login.xero.com";
    /// Where Xero has its tokens (xpm-api 3.1).
    pub const IDENTITY: &'static str = "https://identity.xero.com";
    /// Where Xero lists connections (xpm-api 3.1).
    pub const API: &'static str = "https://api.xero.com";
    /// How long a call may take (P2).
    pub const TOTAL: Duration = Duration::from_secs(10);
}

/// Xero's identity service over HTTP: [`Identity`].
#[derive(Clone, Debug)]
pub struct XeroIdentity {
    settings: IdentitySettings,
    login: Url,
    identity: Url,
    api: Url,
    http: Client,
    keys: proof::Keys,
}

impl XeroIdentity {
    /// Sets up the client; nothing is called yet.
    pub fn new(settings: IdentitySettings) -> Result<Self, Unusable> {
        Ok(Self {
            login: http::base("Xero's login", &settings.login)?,
            identity: http::base("Xero's identity service", &settings.identity)?,
            api: http::base("Xero's API", &settings.api)?,
            http: http::one_shot(settings.total)?,
            keys: proof::Keys::default(),
            settings,
        })
    }

    /// Where people consent and sign in: scheme, host and port.
    pub fn login_origin(&self) -> String {
        self.login.origin().ascii_serialization()
    }

    fn post(&self, method: &str, form: &[(&str, &str)]) -> RequestBuilder {
        let secret = self.settings.client_secret.reveal();
        let url = below(&self.identity, ["connect", method]);
        self.http.post(url).basic_auth(&self.settings.client_id, Some(secret)).form(form)
    }

    async fn grant(&self, form: &[(&str, &str)]) -> Result<Grant, Denied> {
        answer::grant(&send("token", self.post("token", form)).await?)
    }

    fn code<'a>(&'a self, code: &'a Secret, verifier: &'a Secret) -> [(&'a str, &'a str); 4] {
        [
            ("grant_type", "authorization_code"),
            ("code", code.reveal()),
            ("redirect_uri", &self.settings.redirect_uri),
            ("code_verifier", verifier.reveal()),
        ]
    }
}

impl Identity for XeroIdentity {
    fn authorise_url(&self, ask: &Authorisation<'_>) -> String {
        let mut url = below(&self.login, ["identity", "connect", "authorize"]);
        let scopes = match ask.purpose {
            Purpose::Connect => SCOPES,
            Purpose::SignIn => SIGN_IN_SCOPES,
        };
        url.query_pairs_mut()
            .append_pair("response_type", "code")
            .append_pair("client_id", &self.settings.client_id)
            .append_pair("redirect_uri", &self.settings.redirect_uri)
            .append_pair("scope", scopes)
            .append_pair("state", ask.state)
            .append_pair("code_challenge", ask.challenge)
            .append_pair("code_challenge_method", "S256")
            .append_pair("nonce", ask.nonce);
        // A space may be written in two ways; this one is understood everywhere.
        let query = url.query().map(|query| query.replace('+', "%20"));
        url.set_query(query.as_deref());
        url.into()
    }

    async fn exchange(&self, code: &Secret, verifier: &Secret) -> Result<Grant, Denied> {
        self.grant(&self.code(code, verifier)).await
    }

    async fn redeem(&self, code: &Secret, verifier: &Secret) -> Result<Secret, Denied> {
        let request = self.post("token", &self.code(code, verifier));
        answer::id_token(&send("token", request).await?)
    }

    async fn verify(
        &self,
        id_token: &Secret,
        nonce: &str,
        now: Timestamp,
    ) -> Result<Person, Unproven> {
        let issuer = self.settings.identity.trim_end_matches('/');
        let parties = proof::Parties { issuer, audience: &self.settings.client_id };
        let read = async || {
            let path = [".well-known", "openid-configuration", "jwks"];
            let request = self.http.get(below(&self.identity, path));
            Ok(send("jwks", request).await?)
        };
        self.keys.verify(id_token.reveal(), &parties, nonce, now, read).await
    }

    async fn refresh(&self, token: &Secret) -> Result<Grant, Denied> {
        self.grant(&[("grant_type", "refresh_token"), ("refresh_token", token.reveal())]).await
    }

    async fn revoke(&self, token: &Secret) -> Result<(), Denied> {
        send("revocation", self.post("revocation", &[("token", token.reveal())])).await?;
        Ok(())
    }

    async fn connections(&self, access: &Secret) -> Result<Vec<Connected>, Denied> {
        let url = below(&self.api, ["connections"]);
        let request = self.http.get(url).bearer_auth(access.reveal());
        answer::connections(&send("connections", request).await?)
    }
}

/// Sends a request once; the body of a good answer.
async fn send(method: &'static str, request: RequestBuilder) -> Result<Vec<u8>, Denied> {
    let silent = |error| Denied::Silent(unaddressed(error));
    let response = request.header(ACCEPT, "application/json").send().await.map_err(silent)?;
    let (status, headers) = (response.status(), response.headers().clone());
    let correlation = headers.get("xero-correlation-id").and_then(|it| it.to_str().ok());
    debug!(
        identity.method = method,
        http.status = status.as_u16(),
        xero.correlation_id = correlation,
        "Xero's identity service answered"
    );
    let body = answer::body(response).await?;
    if status.is_success() { Ok(body) } else { Err(answer::denied(status, &headers, &body)) }
}
