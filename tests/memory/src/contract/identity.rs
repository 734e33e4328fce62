use domain::ports::{Authorisation, Denied, Grant, Identity, Purpose, Secret};
use jiff::{SignedDuration, Timestamp};

/// An identity service redeems a code once and for its verifier only, rotates, and revokes.
///
/// `consent` is a person at the address: it answers the code and the state of the callback.
/// The person must have one organisation connected. `now` is the service's own time.
pub async fn identity_contract(
    identity: &impl Identity,
    now: Timestamp,
    mut consent: impl AsyncFnMut(String) -> (Secret, String),
) {
    // RFC 7636, appendix B.
    let verifier = Secret::new("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk");
    let challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
    let ask = Authorisation { state: "s+1 &=", challenge, nonce: "n-1", purpose: Purpose::Connect };

    let (code, state) = consent(identity.authorise_url(&ask)).await;
    assert_eq!(state, ask.state);
    let wrong = Secret::new("x".repeat(43));
    assert_denied(identity.exchange(&code, &wrong).await);
    assert_denied(identity.exchange(&Secret::new("no code"), &verifier).await);

    let (code, _) = consent(identity.authorise_url(&ask)).await;
    let first = identity.exchange(&code, &verifier).await.unwrap();
    assert_denied(identity.exchange(&code, &verifier).await);
    assert_eq!(first.expires_in.as_secs(), 1800);
    assert_eq!(identity.connections(&first.access).await.unwrap().len(), 1);
    assert!(identity.connections(&Secret::new("no token")).await.is_err());

    // The id token is believed for its own nonce and in its own time, and not a letter otherwise.
    let id_token = first.id_token.unwrap();
    let person = identity.verify(&id_token, ask.nonce, now).await.unwrap();
    assert!(person.email.is_some() && !person.name.is_empty(), "{person:?}");
    assert!(identity.verify(&id_token, "n-2", now).await.is_err());
    for hours in [-1, 1] {
        let then = now + SignedDuration::from_hours(hours);
        assert!(identity.verify(&id_token, ask.nonce, then).await.is_err(), "{hours}");
    }
    let (message, signature) = id_token.reveal().rsplit_once('.').unwrap();
    let (head, _) = message.split_once('.').unwrap();
    for forged in [
        format!("{message}."),
        format!("{message}.{}", signature.chars().rev().collect::<String>()),
        format!("{head}.{head}.{signature}"),
        message.to_owned(),
        String::new(),
    ] {
        let forged = Secret::new(forged);
        assert!(identity.verify(&forged, ask.nonce, now).await.is_err());
    }

    // A sign-in tells who it is, once, and leaves the tokens as they are.
    let ask = Authorisation { purpose: Purpose::SignIn, ..ask };
    let (code, _) = consent(identity.authorise_url(&ask)).await;
    let id_token = identity.redeem(&code, &verifier).await.unwrap();
    assert_eq!(identity.verify(&id_token, ask.nonce, now).await.unwrap(), person);
    assert!(matches!(identity.redeem(&code, &verifier).await, Err(Denied::InvalidGrant)));

    let second = identity.refresh(&first.refresh).await.unwrap();
    assert_ne!(second.refresh, first.refresh);
    // The answer was lost: the previous one is taken again.
    let again = identity.refresh(&first.refresh).await.unwrap();
    let third = identity.refresh(&again.refresh).await.unwrap();
    // Nothing older than the previous one is.
    assert_denied(identity.refresh(&first.refresh).await);
    assert_denied(identity.refresh(&Secret::new("no token")).await);

    identity.revoke(&third.refresh).await.unwrap();
    assert_denied(identity.refresh(&third.refresh).await);
}

fn assert_denied(answer: Result<Grant, Denied>) {
    assert!(matches!(answer, Err(Denied::InvalidGrant)), "{answer:?}");
}
