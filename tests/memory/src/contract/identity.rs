use domain::ports::{Authorisation, Denied, Grant, Identity, Secret};

/// An identity service redeems a code once and for its verifier only, rotates, and revokes.
///
/// `consent` is a person at the address: it answers the code and the state of the callback.
/// The person must have one organisation connected.
pub async fn identity_contract(
    identity: &impl Identity,
    mut consent: impl AsyncFnMut(String) -> (Secret, String),
) {
    // RFC 7636, appendix B.
    let verifier = Secret::new("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk");
    let challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
    let ask = Authorisation { state: "s+1 &=", challenge, nonce: "n-1" };

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
