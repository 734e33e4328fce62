//! The consent page and what comes of it.

use std::collections::BTreeSet;

use uuid::Uuid;

use crate::answer::{Answer, Incoming, Parameters, escaped};
use crate::identity::facts::{Code, Grant, IdentityFact};
use crate::identity::{SCOPES, after, connect, demo_user, page, secret, user};
use crate::state::{State, tenant_id};

/// Shows the consent page.
pub(crate) fn ask(state: &State, incoming: &Incoming) -> Answer {
    let asked = incoming.parameters();
    match check(state, &asked) {
        Ok(scopes) => Answer::html(200, page::consent(state, &asked, &scopes)),
        Err((error, detail)) => Answer::html(500, page::refusal(error, &detail)),
    }
}

/// Takes the person's decision and sends them back to the app.
pub(crate) fn decide(state: &mut State, incoming: &Incoming) -> Answer {
    let form = incoming.form();
    let scopes = match check(state, &form) {
        Ok(scopes) => scopes,
        Err((error, detail)) => return Answer::html(500, page::refusal(error, &detail)),
    };
    let redirect_uri = form.get("redirect_uri").unwrap_or_default().to_owned();
    let given_state = form.get("state").filter(|it| !it.is_empty());
    if form.get("decision") != Some("allow") {
        let mut pairs = vec![("error", "access_denied")];
        pairs.extend(given_state.map(|it| ("state", it)));
        return redirect(&redirect_uri, &pairs);
    }
    let grant = Grant {
        id: Uuid::new_v4(),
        client_id: form.get("client_id").unwrap_or_default().to_owned(),
        user: form.get("user").filter(|it| it.contains('@')).map_or_else(demo_user, user),
        scopes,
        auth_event: Uuid::new_v4(),
        nonce: form.get("nonce").filter(|it| !it.is_empty()).map(str::to_owned),
        at: state.now(),
    };
    if for_practice(&grant.scopes) {
        let tenants = chosen(state, &form);
        connect(state, &grant, &tenants);
    }
    let code = Code {
        code: secret(),
        redirect_uri: redirect_uri.clone(),
        challenge: form.get("code_challenge").filter(|it| !it.is_empty()).map(str::to_owned),
        expires: after(state.now(), state.knobs.code_seconds),
        used: false,
        grant,
    };
    let value = code.code.clone();
    state.identify(IdentityFact::Code(code));
    let mut pairs = vec![("code", value.as_str())];
    pairs.extend(given_state.map(|it| ("state", it)));
    redirect(&redirect_uri, &pairs)
}

/// One practice per consent, unless the knobs say otherwise; a form that names
/// none means the first.
fn chosen(state: &State, form: &Parameters) -> Vec<Uuid> {
    if !state.knobs.third_party_addons {
        return Vec::new();
    }
    let all: Vec<Uuid> = state.knobs.tenants.iter().map(|it| tenant_id(it)).collect();
    if state.knobs.grant_all_tenants {
        return all;
    }
    let named = match form.get("tenant") {
        None => Some(state.first_tenant()),
        Some(name) => state.tenant_named(name),
    };
    named.filter(|it| all.contains(it)).into_iter().collect()
}

/// Whether a practice is asked for; signing in asks for none.
pub(crate) fn for_practice(scopes: &[String]) -> bool {
    scopes.iter().any(|it| it.starts_with("practicemanager"))
}

fn check(state: &State, asked: &Parameters) -> Result<Vec<String>, (&'static str, String)> {
    let get = |name: &str| asked.get(name).unwrap_or_default();
    let app =
        state.apps.iter().find(|it| it.client_id == get("client_id")).ok_or_else(|| {
            ("unauthorized_client", "Unknown client or client not enabled".into())
        })?;
    if !app.redirect_uris.iter().any(|it| it == get("redirect_uri")) {
        return Err(("invalid_request", "Invalid redirect_uri".into()));
    }
    if get("response_type") != "code" {
        return Err(("unsupported_response_type", "Only code is supported".into()));
    }
    let scopes: BTreeSet<&str> = get("scope").split_whitespace().collect();
    let refused = scopes
        .iter()
        .find(|it| !SCOPES.contains(it) || !app.scopes.iter().any(|allowed| allowed == *it));
    if let Some(scope) = refused {
        return Err(("invalid_scope", format!("Invalid scope for client: {scope}")));
    }
    if scopes.is_empty() {
        return Err(("invalid_scope", "No scope requested".into()));
    }
    let challenge = get("code_challenge");
    let well_formed = challenge.len() == 43
        && challenge.bytes().all(|it| it.is_ascii_alphanumeric() || matches!(it, b'-' | b'_'));
    if !challenge.is_empty() && (get("code_challenge_method") != "S256" || !well_formed) {
        return Err(("invalid_request", "Transform algorithm not supported".into()));
    }
    Ok(scopes.into_iter().map(str::to_owned).collect())
}

fn redirect(to: &str, pairs: &[(&str, &str)]) -> Answer {
    let query: Vec<String> =
        pairs.iter().map(|(name, value)| format!("{name}={}", escaped(value))).collect();
    let joint = if to.contains('?') { '&' } else { '?' };
    Answer::empty(302).with("location", format!("{to}{joint}{}", query.join("&")))
}
