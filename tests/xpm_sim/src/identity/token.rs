//! Tokens: issued for a code, rotated by each refresh, with a grace for the
//! refresh token before the current one, and ended by revocation.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::answer::{Answer, Incoming, Parameters};
use crate::identity::facts::{Access, Grant, IdentityFact, Refresh, Standing};
use crate::identity::keys::half_hash;
use crate::identity::{after, days_after, secret};
use crate::knobs::IdToken;
use crate::state::State;

/// `POST /connect/token`.
pub(crate) fn issue(state: &mut State, incoming: &Incoming) -> Answer {
    let form = incoming.form();
    let Some(client_id) = client(state, incoming) else { return refuse("invalid_client") };
    let issued = match form.get("grant_type") {
        Some("authorization_code") => redeem(state, &client_id, &form),
        Some("refresh_token") => refresh(state, &client_id, &form),
        Some(_) => Err("unsupported_grant_type"),
        None => Err("invalid_request"),
    };
    issued.map_or_else(refuse, |it| Answer::json(200, &it))
}

/// `POST /connect/revocation`: ends the user's tokens and connections.
pub(crate) fn revoke(state: &mut State, incoming: &Incoming) -> Answer {
    let Some(client_id) = client(state, incoming) else { return refuse("invalid_client") };
    let form = incoming.form();
    let Some(token) = form.get("token").filter(|it| !it.is_empty()) else {
        return refuse("invalid_request");
    };
    let user = state
        .identity
        .refresh
        .get(token)
        .and_then(|it| state.identity.grants.get(&it.grant))
        .filter(|it| it.client_id == client_id)
        .map(|it| it.user.id);
    let Some(user) = user else { return Answer::empty(200) };
    let lines: Vec<Uuid> = state
        .identity
        .grants
        .values()
        .filter(|it| it.client_id == client_id && it.user.id == user)
        .map(|it| it.id)
        .collect();
    let ended: Vec<Refresh> = state
        .identity
        .refresh
        .values()
        .filter(|it| lines.contains(&it.grant) && it.standing != Standing::Dead)
        .cloned()
        .collect();
    for refresh in ended {
        state.identify(IdentityFact::Refresh(Refresh { standing: Standing::Dead, ..refresh }));
    }
    let connections: Vec<Uuid> =
        state.identity.connections_of(&client_id, user).iter().map(|it| it.id).collect();
    for connection in connections {
        state.identify(IdentityFact::ConnectionGone(connection));
    }
    Answer::empty(200)
}

fn refuse(error: &str) -> Answer {
    Answer::json(400, &json!({"error": error}))
}

fn client(state: &State, incoming: &Incoming) -> Option<String> {
    let (id, secret) = incoming.basic()?;
    state
        .apps
        .iter()
        .find(|it| it.client_id == id && it.client_secret == secret)
        .map(|it| it.client_id.clone())
}

fn redeem(state: &mut State, client_id: &str, form: &Parameters) -> Result<Value, &'static str> {
    let code = form
        .get("code")
        .and_then(|it| state.identity.codes.get(it))
        .cloned()
        .ok_or("invalid_grant")?;
    let verified = match (&code.challenge, form.get("code_verifier")) {
        (None, None) => true,
        (Some(challenge), Some(verifier)) => {
            let allowed = |it: u8| it.is_ascii_alphanumeric() || b"-._~".contains(&it);
            let digest = URL_SAFE_NO_PAD.encode(Sha256::digest(verifier.as_bytes()));
            (43..=128).contains(&verifier.len())
                && verifier.bytes().all(allowed)
                && digest == *challenge
        }
        (None, Some(_)) | (Some(_), None) => false,
    };
    if code.used
        || code.expires <= state.now()
        || code.grant.client_id != client_id
        || form.get("redirect_uri") != Some(code.redirect_uri.as_str())
        || !verified
    {
        return Err("invalid_grant");
    }
    let grant = code.grant.clone();
    state.identify(IdentityFact::Code(crate::identity::facts::Code { used: true, ..code }));
    state.identify(IdentityFact::Grant(grant.clone()));
    Ok(tokens(state, &grant, true))
}

fn refresh(state: &mut State, client_id: &str, form: &Parameters) -> Result<Value, &'static str> {
    let presented = form
        .get("refresh_token")
        .and_then(|it| state.identity.refresh.get(it))
        .cloned()
        .ok_or("invalid_grant")?;
    let grant = state
        .identity
        .grants
        .get(&presented.grant)
        .filter(|it| it.client_id == client_id)
        .cloned()
        .ok_or("invalid_grant")?;
    let now = state.now();
    if days_after(presented.issued, state.knobs.refresh_idle_days) <= now {
        return Err("invalid_grant");
    }
    let line: Vec<Refresh> = state
        .identity
        .refresh
        .values()
        .filter(|it| it.grant == grant.id && it.standing != Standing::Dead)
        .cloned()
        .collect();
    match presented.standing {
        Standing::Current => {
            for other in line {
                let standing = if other.token == presented.token {
                    Standing::Previous(now)
                } else {
                    Standing::Dead
                };
                state.identify(IdentityFact::Refresh(Refresh { standing, ..other }));
            }
        }
        Standing::Previous(rotated) => {
            if after(rotated, state.knobs.refresh_grace_seconds) <= now {
                return Err("invalid_grant");
            }
            for other in line.into_iter().filter(|it| it.standing == Standing::Current) {
                let standing = Standing::Previous(now);
                state.identify(IdentityFact::Refresh(Refresh { standing, ..other }));
            }
        }
        Standing::Dead => return Err("invalid_grant"),
    }
    Ok(tokens(state, &grant, false))
}

/// Issues a token set for a grant.
pub(crate) fn tokens(state: &mut State, grant: &Grant, first: bool) -> Value {
    let now = state.now();
    let lifetime = state.knobs.access_token_seconds;
    let expires = after(now, lifetime);
    let token = state.keys.sign("at+jwt", &access_claims(state, grant, now, expires));
    state.identify(IdentityFact::Access(Access {
        token: token.clone(),
        client_id: grant.client_id.clone(),
        user: grant.user.id,
        scopes: grant.scopes.clone(),
        expires,
    }));
    let mut answer = json!({
        "access_token": token, "expires_in": lifetime, "token_type": "Bearer",
        "scope": grant.scopes.join(" "),
    });
    let holds = |scope: &str| grant.scopes.iter().any(|it| it == scope);
    if holds("openid") {
        let claims = id_claims(state, grant, now, &token, first);
        answer["id_token"] = state.keys.sign_id(&claims, state.knobs.id_token).into();
    }
    if holds("offline_access") {
        let token = secret();
        answer["refresh_token"] = token.as_str().into();
        state.identify(IdentityFact::Refresh(Refresh {
            token,
            grant: grant.id,
            issued: now,
            standing: Standing::Current,
        }));
    }
    answer
}

fn access_claims(state: &State, grant: &Grant, now: Timestamp, expires: Timestamp) -> Value {
    json!({
        "nbf": now.as_second(), "exp": expires.as_second(), "iss": state.issuer,
        "aud": format!("{}/resources", state.issuer), "client_id": grant.client_id,
        "sub": grant.user.id.simple().to_string(), "auth_time": grant.at.as_second(),
        "idp": "local", "xero_userid": grant.user.id,
        "global_session_id": grant.auth_event.simple().to_string(),
        "jti": Uuid::new_v4().simple().to_string(),
        "authentication_event_id": grant.auth_event, "scope": grant.scopes, "amr": ["pwd"],
    })
}

fn id_claims(state: &State, grant: &Grant, now: Timestamp, access: &str, first: bool) -> Value {
    let user = &grant.user;
    let wrong = state.knobs.id_token;
    let early = i64::from(wrong == IdToken::Early) - i64::from(wrong == IdToken::Expired);
    let begins = after(now, early * 3600);
    let issuer = if wrong == IdToken::WrongIssuer { "https://id.example" } else { &state.issuer };
    let audience = if wrong == IdToken::WrongAudience { "another" } else { &grant.client_id };
    let mut claims = json!({
        "nbf": begins.as_second(), "exp": after(begins, 300).as_second(), "iss": issuer,
        "aud": audience, "iat": begins.as_second(), "at_hash": half_hash(access),
        "sid": grant.auth_event.simple().to_string(), "sub": user.id.simple().to_string(),
        "auth_time": grant.at.as_second(), "idp": "local", "xero_userid": user.id,
        "global_session_id": grant.auth_event.simple().to_string(),
        "preferred_username": user.email, "email": user.email,
        "given_name": user.given_name, "family_name": user.family_name, "amr": ["pwd"],
    });
    if let Some(nonce) = grant.nonce.as_ref().filter(|_| first) {
        let wrong = wrong == IdToken::WrongNonce;
        claims["nonce"] = if wrong { "another" } else { nonce.as_str() }.into();
    }
    claims
}
