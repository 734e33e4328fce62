//! Xero's identity service in memory (xpm-api 3), with a person who consents.

mod tokens;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use domain::ids::TenantId;
use domain::ports::{
    Authorisation, Clock, Connected, Denied, Grant, Identity, Person, Purpose, Secret, TENANT_TYPE,
    Unproven,
};
use jiff::{SignedDuration, Timestamp};

use crate::{MemoryClock, due, lock};
use tokens::{Code, Tokens, challenge_of, id_token, verify};

/// How long an access token lasts.
pub const ACCESS: SignedDuration = SignedDuration::from_mins(30);
/// How long the previous refresh token is still taken, after the rotation.
pub const GRACE: SignedDuration = SignedDuration::from_mins(30);
/// How long a refresh token lasts unused.
pub const IDLE: SignedDuration = SignedDuration::from_hours(60 * 24);
/// How long a code lasts.
pub const CODE: SignedDuration = SignedDuration::from_mins(5);

/// Who the id tokens are for.
pub const CLIENT_ID: &str = "tandem-in-memory";

/// Whose the id tokens are.
pub const ISSUER: &str = "https://identity.xero.com";

/// What is wrong with an id token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Forgery {
    /// It is for another app.
    Audience,
    /// It is another service's.
    Issuer,
    /// It is signed by another key than the published one.
    Key,
    /// Its time is over.
    Expired,
    /// It answers another authorisation.
    Nonce,
}

/// Xero's identity service for one app and any number of people.
///
/// Only the current refresh token of a person is taken, and for 30 minutes after a rotation the
/// one it replaced; rotating that one again makes the lost one worthless. A consent makes the
/// person's former tokens worthless too. The times are read from the clock.
#[derive(Debug)]
pub struct MemoryIdentity {
    clock: Arc<MemoryClock>,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    codes: BTreeMap<String, Code>,
    tokens: Tokens,
    connections: Vec<(String, Connected)>,
    calls: Vec<IdentityCall>,
    silent: u32,
    lose_answers: u32,
    refuse: Option<String>,
    forgery: Option<Forgery>,
}

/// A call that was made, whatever came of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IdentityCall {
    /// A code was presented.
    Exchange,
    /// A refresh token was presented.
    Refresh,
    /// A refresh token was presented for revocation.
    Revoke,
    /// The connections were asked for.
    Connections,
}

/// What the browser brings back.
#[derive(Clone, Debug)]
pub struct Callback {
    /// The code to redeem.
    pub code: Secret,
    /// As it was sent.
    pub state: String,
}

impl MemoryIdentity {
    /// Knows nobody.
    pub fn new(clock: &Arc<MemoryClock>) -> Self {
        Self { clock: Arc::clone(clock), state: Mutex::default() }
    }

    /// `person` consents at the address that [`Identity::authorise_url`] made.
    ///
    /// # Panics
    /// When the address lacks what it must carry.
    pub fn consent(&self, url: &str, person: &str) -> Callback {
        let (_, query) = url.split_once('?').expect("an address with a query");
        let get = |name: &str| {
            let mut pairs = query.split('&').filter_map(|it| it.split_once('='));
            let found = pairs.find(|(it, _)| *it == name);
            found.map(|(_, text)| unescape(text)).expect("state, code_challenge and nonce")
        };
        assert_eq!(get("code_challenge_method"), "S256");
        let mut state = lock(&self.state);
        let code = state.tokens.mint("code");
        let issued = Code {
            person: person.into(),
            challenge: get("code_challenge"),
            nonce: get("nonce"),
            sign_in: !get("scope").contains("offline_access"),
            until: self.clock.now() + CODE,
        };
        state.codes.insert(code.clone(), issued);
        Callback { code: Secret::new(code), state: get("state") }
    }

    /// Connects an XPM organisation for a person; answers Xero's id of the connection.
    pub fn connect(&self, person: &str, tenant: &TenantId, name: &str) -> String {
        self.connect_other(person, tenant, name, TENANT_TYPE)
    }

    /// Connects any tenant, such as a ledger (`ORGANISATION`).
    pub fn connect_other(
        &self,
        person: &str,
        tenant: &TenantId,
        name: &str,
        tenant_type: &str,
    ) -> String {
        let mut state = lock(&self.state);
        let id = state.tokens.mint("connection");
        let connected = Connected {
            id: id.clone(),
            tenant: tenant.clone(),
            tenant_type: tenant_type.into(),
            name: name.into(),
            updated: Some(self.clock.now()),
        };
        state.connections.push((person.into(), connected));
        id
    }

    /// Somebody disconnects an organisation at Xero.
    pub fn disconnect(&self, tenant: &TenantId) {
        lock(&self.state).connections.retain(|(_, it)| it.tenant != *tenant);
    }

    /// A person's tokens, as if the whole flow had been gone through.
    pub fn grant(&self, person: &str) -> Grant {
        let now = self.clock.now();
        lock(&self.state).tokens.issue(person, None, now)
    }

    /// Whether the access token is good at this moment, and for this organisation.
    pub fn accepts(&self, access: &Secret, tenant: &TenantId) -> Accepts {
        let state = lock(&self.state);
        let Some(person) = state.tokens.person_of(access, self.clock.now()) else {
            return Accepts::Unauthorised;
        };
        let connected = |(who, it): &(String, Connected)| who == person && it.tenant == *tenant;
        match state.connections.iter().any(connected) {
            true => Accepts::Yes,
            false => Accepts::Disconnected,
        }
    }

    /// The next `n` calls get no answer, and are not carried out.
    pub fn silent(&self, n: u32) {
        lock(&self.state).silent = n;
    }

    /// The next `n` calls are carried out, and their answers lost.
    pub fn lose_answers(&self, n: u32) {
        lock(&self.state).lose_answers = n;
    }

    /// The next call is refused in these words, such as `invalid_client`.
    pub fn refuse_next(&self, words: &str) {
        lock(&self.state).refuse = Some(words.into());
    }

    /// The next id token is forged in this way.
    pub fn forge_next(&self, forgery: Forgery) {
        lock(&self.state).forgery = Some(forgery);
    }

    /// Every call so far.
    pub fn calls(&self) -> Vec<IdentityCall> {
        lock(&self.state).calls.clone()
    }

    /// How many calls there were.
    pub fn called(&self) -> usize {
        lock(&self.state).calls.len()
    }

    /// How many rotations were carried out (G30).
    pub fn rotations(&self) -> u64 {
        lock(&self.state).tokens.rotations()
    }

    /// How often a token older than the previous one was presented: nobody ever should.
    pub fn stale_refreshes(&self) -> u64 {
        lock(&self.state).tokens.stale()
    }

    fn call<T>(
        &self,
        call: IdentityCall,
        answer: impl FnOnce(&mut State) -> Result<T, Denied>,
    ) -> Result<T, Denied> {
        let mut state = lock(&self.state);
        state.calls.push(call);
        if due(&mut state.silent) {
            return Err(Denied::Silent("told to be silent".into()));
        }
        if let Some(words) = state.refuse.take() {
            return Err(Denied::Refused(words));
        }
        let answered = answer(&mut state);
        if due(&mut state.lose_answers) {
            return Err(Denied::Silent("told to lose the answer".into()));
        }
        answered
    }
}

/// What the API makes of an access token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Accepts {
    /// It is good.
    Yes,
    /// 401: unknown, expired or revoked.
    Unauthorised,
    /// 403: its person has not connected the organisation.
    Disconnected,
}

impl State {
    /// Presented once, a code is used, whatever comes of it.
    fn redeem(&mut self, code: &Secret, verifier: &Secret, now: Timestamp) -> Result<Code, Denied> {
        let code = self.codes.remove(code.reveal()).ok_or(Denied::InvalidGrant)?;
        let good = now < code.until && challenge_of(verifier) == code.challenge;
        if good { Ok(code) } else { Err(Denied::InvalidGrant) }
    }

    fn id_token(&mut self, code: &Code, now: Timestamp) -> String {
        id_token(&code.person, &code.nonce, now, self.forgery.take())
    }
}

impl Identity for MemoryIdentity {
    fn authorise_url(&self, ask: &Authorisation<'_>) -> String {
        let Authorisation { state, challenge, nonce, purpose } = ask;
        let scope = match purpose {
            Purpose::Connect => "openid%20profile%20email%20offline_access%20practicemanager",
            Purpose::SignIn => "openid%20profile%20email",
        };
        let [state, challenge, nonce] = [state, challenge, nonce].map(|it| escape(it));
        format!(
            "https://login.xero.example/identity/connect/authorize?response_type=code\
             &client_id={CLIENT_ID}&scope={scope}&state={state}&nonce={nonce}\
             &code_challenge={challenge}&code_challenge_method=S256"
        )
    }

    async fn exchange(&self, code: &Secret, verifier: &Secret) -> Result<Grant, Denied> {
        let now = self.clock.now();
        self.call(IdentityCall::Exchange, |state| {
            let code = state.redeem(code, verifier, now)?;
            // A sign-in brings no refresh token, so its answer is not in the language of a grant.
            if code.sign_in {
                return Err(Denied::Silent("there is no refresh_token".into()));
            }
            let id_token = Secret::new(state.id_token(&code, now));
            Ok(state.tokens.issue(&code.person, Some(id_token), now))
        })
    }

    async fn redeem(&self, code: &Secret, verifier: &Secret) -> Result<Secret, Denied> {
        let now = self.clock.now();
        self.call(IdentityCall::Exchange, |state| {
            let code = state.redeem(code, verifier, now)?;
            Ok(Secret::new(state.id_token(&code, now)))
        })
    }

    async fn verify(
        &self,
        id_token: &Secret,
        nonce: &str,
        now: Timestamp,
    ) -> Result<Person, Unproven> {
        verify(id_token.reveal(), nonce, now)
    }

    async fn refresh(&self, token: &Secret) -> Result<Grant, Denied> {
        let now = self.clock.now();
        self.call(IdentityCall::Refresh, |state| {
            state.tokens.rotate(token, now).ok_or(Denied::InvalidGrant)
        })
    }

    async fn revoke(&self, token: &Secret) -> Result<(), Denied> {
        self.call(IdentityCall::Revoke, |state| {
            if let Some(person) = state.tokens.revoke(token) {
                state.connections.retain(|(who, _)| *who != person);
            }
            Ok(())
        })
    }

    async fn connections(&self, access: &Secret) -> Result<Vec<Connected>, Denied> {
        let now = self.clock.now();
        self.call(IdentityCall::Connections, |state| {
            let person = state.tokens.person_of(access, now);
            let person =
                person.ok_or_else(|| Denied::Refused("AuthenticationUnsuccessful".into()))?;
            let theirs = state.connections.iter().filter(|(who, _)| who == person);
            Ok(theirs.map(|(_, it)| it.clone()).collect())
        })
    }
}

fn escape(text: &str) -> String {
    let escaped = |byte: u8| match byte {
        b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
            char::from(byte).to_string()
        }
        _ => format!("%{byte:02X}"),
    };
    text.bytes().map(escaped).collect()
}

fn unescape(text: &str) -> String {
    let mut parts = text.split('%');
    let mut bytes = parts.next().unwrap_or_default().as_bytes().to_vec();
    for part in parts {
        let (code, rest) = part.split_at_checked(2).expect("two digits after %");
        bytes.push(u8::from_str_radix(code, 16).expect("two digits after %"));
        bytes.extend(rest.as_bytes());
    }
    String::from_utf8(bytes).expect("UTF-8")
}
