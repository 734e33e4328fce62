//! Signatures against the vectors that others published, and against everything one bit away.

#![expect(clippy::unwrap_used, reason = "a panic is how a test fails")]

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use runtime::signature::{BadSecret, Delivery, MOST_SIGNATURES, Unverified};
use runtime::signature::{WebhookSecret, XeroKey};

/// The vector of the Standard Webhooks specification and its libraries.
const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const SIGNATURE: &str = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";
const SENT: i64 = 1_614_265_330;
const PUBLISHED: Delivery<'static> = Delivery {
    id: "msg_p5jXN8AQM9LWM0D4loKWxJek",
    timestamp: "1614265330",
    signatures: SIGNATURE,
    body: br#"{"test": 2432232314}"#,
};

#[test]
fn g38_the_published_delivery_is_believed_and_made_alike() {
    assert_eq!(verify(PUBLISHED), Ok(()));
    let signed = secret(SECRET).sign(PUBLISHED.id, at(SENT), PUBLISHED.body);
    assert_eq!(signed, Ok(SIGNATURE.into()));
}

#[test]
fn g38_every_single_bit_flip_is_refused() {
    let Delivery { id, timestamp, signatures, body } = PUBLISHED;
    for body in flips(body) {
        assert!(verify(Delivery { body: &body, ..PUBLISHED }).is_err());
    }
    for id in flips(id.as_bytes()).filter_map(|it| String::from_utf8(it).ok()) {
        assert!(verify(Delivery { id: &id, ..PUBLISHED }).is_err(), "{id}");
    }
    for timestamp in flips(timestamp.as_bytes()).filter_map(|it| String::from_utf8(it).ok()) {
        assert!(verify(Delivery { timestamp: &timestamp, ..PUBLISHED }).is_err(), "{timestamp}");
    }
    for signatures in flips(signatures.as_bytes()).filter_map(|it| String::from_utf8(it).ok()) {
        assert!(verify(Delivery { signatures: &signatures, ..PUBLISHED }).is_err(), "{signatures}");
    }
    let key = STANDARD.decode(SECRET.trim_start_matches("whsec_")).unwrap();
    for key in flips(&key) {
        let other = secret(&format!("whsec_{}", STANDARD.encode(key)));
        assert_eq!(PUBLISHED.verify(&[other], at(SENT)), Err(Unverified::Signature));
    }
}

#[test]
fn g38_signature_headers_are_accepted_and_refused_as_listed() {
    let tag = SIGNATURE.strip_prefix("v1,").unwrap();
    let other = "v1,Ceo5qEr07ixe2NLpvHk3FH9bwy/WavXrAFQ/9tdO6mc=";
    for good in [
        SIGNATURE.to_owned(),
        format!("{other} {SIGNATURE}"),
        format!("{SIGNATURE} {other}"),
        format!("v2,{tag} v1a,{tag} {SIGNATURE}"),
    ] {
        assert_eq!(verify(Delivery { signatures: &good, ..PUBLISHED }), Ok(()), "{good}");
    }
    for bad in [
        String::new(),
        " ".into(),
        ",".into(),
        "v1".into(),
        "v1,".into(),
        "v1, ".into(),
        tag.into(),
        other.into(),
        format!(",{tag}"),
        format!("v1{tag}"),
        format!("v2,{tag}"),
        format!("v1a,{tag}"),
        format!("V1,{tag}"),
        format!(" v1,{tag}"),
        format!("v1, {tag}"),
        format!("v1,{}", tag.trim_end_matches('=')),
        format!("v1,{}", tag.replace('+', "-").replace('/', "_")),
        format!("v1,{}", &tag[..tag.len() - 4]),
        // Two headers joined by a gateway, with and without a space.
        format!("{SIGNATURE},{SIGNATURE}"),
        format!("{SIGNATURE}, {SIGNATURE}"),
        format!("{other},{SIGNATURE}"),
        format!("{other}, {SIGNATURE}"),
    ] {
        let refused = verify(Delivery { signatures: &bad, ..PUBLISHED });
        assert_eq!(refused, Err(Unverified::Signature), "{bad}");
    }
}

#[test]
fn g38_a_header_of_a_hundred_signatures_is_not_searched() {
    let with = |others: usize| {
        let mut all = vec!["v1,Ceo5qEr07ixe2NLpvHk3FH9bwy/WavXrAFQ/9tdO6mc="; others];
        all.push(SIGNATURE);
        verify(Delivery { signatures: &all.join(" "), ..PUBLISHED })
    };
    assert_eq!(with(MOST_SIGNATURES - 1), Ok(()));
    assert_eq!(with(MOST_SIGNATURES), Err(Unverified::Signature));
    assert_eq!(with(99), Err(Unverified::Signature));
}

#[test]
fn g38_the_body_is_signed_as_bytes_whatever_they_are() {
    for body in [&b""[..], b"\xff\xfe\x00", b"{\"test\":2432232314}", "\u{feff}{}".as_bytes()] {
        let signatures = secret(SECRET).sign(PUBLISHED.id, at(SENT), body).unwrap();
        assert_eq!(verify(Delivery { signatures: &signatures, body, ..PUBLISHED }), Ok(()));
        assert!(verify(Delivery { body, ..PUBLISHED }).is_err());
    }
}

#[test]
fn g38_an_id_that_could_shift_the_signed_text_is_refused() {
    for id in ["", "msg.1", "msg_1\u{e9}", "msg 1", "msg\t1", &"x".repeat(257)] {
        assert_eq!(verify(Delivery { id, ..PUBLISHED }), Err(Unverified::Id), "{id}");
        assert_eq!(secret(SECRET).sign(id, at(SENT), b""), Err(Unverified::Id), "{id}");
    }
    // One signed text, two readings: only the one without a full stop in the id is a delivery.
    let signatures = secret(SECRET).sign("a", at(SENT), b"1614265330.{}").unwrap();
    let shifted = Delivery {
        id: "a.1614265330",
        timestamp: "1614265330",
        signatures: &signatures,
        body: b"{}",
    };
    assert_eq!(verify(shifted), Err(Unverified::Id));
}

#[test]
fn g38_a_secret_is_24_to_64_bytes_and_never_empty() {
    let of = |bytes: usize| {
        WebhookSecret::parse(&format!("whsec_{}", STANDARD.encode(vec![7; bytes]))).map(|_| ())
    };
    assert_eq!((of(24), of(64)), (Ok(()), Ok(())));
    for bytes in [0, 1, 23, 65] {
        assert_eq!(of(bytes), Err(BadSecret), "{bytes}");
    }
    for text in ["", "whsec_", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_!", "whsec_MfKQ9r8GKYqr "]
    {
        assert!(WebhookSecret::parse(text).is_err(), "{text}");
    }
    assert!(XeroKey::new("").is_err());
    assert_eq!(PUBLISHED.verify(&[], at(SENT)), Err(Unverified::Signature));
}

#[test]
fn g39_a_delivery_is_believed_for_300_seconds_either_way() {
    for (now, answer) in [
        (SENT - 301, Err(Unverified::Early)),
        (SENT - 300, Ok(())),
        (SENT + 300, Ok(())),
        (SENT + 301, Err(Unverified::Stale)),
    ] {
        assert_eq!(PUBLISHED.verify(&[secret(SECRET)], at(now)), answer);
    }
}

#[test]
fn g39_a_timestamp_is_digits_and_nothing_else() {
    let strange = [
        "",
        "-1",
        "+1",
        " 1",
        "1 ",
        "1.0",
        "1e9",
        "0x1",
        "one",
        "1614265330.",
        "+1614265330",
        " 1614265330",
        "1614265330 ",
        "1614265330,1614265330",
        "9223372036854775808",
        "-9223372036854775808",
        "\u{661}\u{662}",
    ];
    for timestamp in strange {
        let refused = signed_at(timestamp);
        assert_eq!(refused, Err(Unverified::Timestamp), "{timestamp}");
    }
    assert_eq!(signed_at("9223372036854775807"), Err(Unverified::Early));
    assert_eq!(signed_at("0"), Err(Unverified::Stale));
}

#[test]
fn g41_both_secrets_are_live_while_one_replaces_the_other() {
    let fresh = "whsec_bG9jYWwtZGVtby1zZWNyZXQtZm9yLXRhbmRlbQ==";
    for signer in [SECRET, fresh] {
        let signatures = secret(signer).sign(PUBLISHED.id, at(SENT), PUBLISHED.body).unwrap();
        let delivery = Delivery { signatures: &signatures, ..PUBLISHED };
        assert_eq!(delivery.verify(&[secret(SECRET), secret(fresh)], at(SENT)), Ok(()));
        assert_eq!(delivery.verify(&[secret(fresh), secret(SECRET)], at(SENT)), Ok(()));
    }
    assert_eq!(PUBLISHED.verify(&[secret(fresh)], at(SENT)), Err(Unverified::Signature));
}

/// RFC 4231, test cases 1 to 4, 6 and 7 (5 truncates), through the scheme that signs a bare body.
#[test]
fn g38_the_cases_of_rfc_4231_are_met() {
    let counting: Vec<u8> = (1..=25).collect();
    let long = b"This is a test using a larger than block-size key and a larger than \
        block-size data. The key needs to be hashed before being used by the HMAC algorithm.";
    let cases: [(&[u8], &[u8], &str); 6] = [
        (
            &[0x0b; 20],
            b"Hi There",
            "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7",
        ),
        (
            b"Jefe",
            b"what do ya want for nothing?",
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
        ),
        (
            &[0xaa; 20],
            &[0xdd; 50],
            "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe",
        ),
        (
            &counting,
            &[0xcd; 50],
            "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b",
        ),
        (
            &[0xaa; 131],
            b"Test Using Larger Than Block-Size Key - Hash Key First",
            "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54",
        ),
        (&[0xaa; 131], long, "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2"),
    ];
    for (key, body, tag) in cases {
        assert!(XeroKey::new(key).unwrap().signed(body, &STANDARD.encode(hex(tag))), "{tag}");
    }
}

/// RFC 4231, test case 5: half a tag is a right one of RFC 2104, and none of ours.
#[test]
fn g38_a_truncated_tag_is_refused() {
    let key = XeroKey::new([0x0c; 20]).unwrap();
    let half = STANDARD.encode(hex("a3b6167473100ee06e0c796c2955552b"));
    assert!(!key.signed(b"Test With Truncation", &half));
}

/// Project Wycheproof's cases of HMAC-SHA256. Those with a shorter tag are refused whatever they
/// say: neither scheme truncates.
#[test]
fn g38_the_cases_of_wycheproof_are_met() {
    let cases = wycheproof::mac::TestSet::load(wycheproof::mac::TestName::HmacSha256).unwrap();
    let (mut believed, mut refused) = (0, 0);
    for group in cases.test_groups {
        for case in group.tests {
            let signed = XeroKey::new(&case.key)
                .is_ok_and(|key| key.signed(&case.msg, &STANDARD.encode(&case.tag)));
            let right = group.tag_size == 256 && !case.result.must_fail();
            assert_eq!(signed, right, "{case:?}");
            if signed { believed += 1 } else { refused += 1 }
        }
    }
    assert_eq!((believed, refused), (33, 141));
}

/// The other side is the library that Standard Webhooks itself publishes: what it signs is
/// believed, and what is signed here it believes.
#[test]
fn g38_the_published_library_and_ours_believe_each_other() {
    for length in 24..=64_u8 {
        let key: Vec<u8> = (0..length).map(|it| it.wrapping_mul(37).wrapping_add(length)).collect();
        let theirs = standardwebhooks::Webhook::from_bytes(key.clone()).unwrap();
        let ours = secret(&format!("whsec_{}", STANDARD.encode(&key)));
        let id = format!("msg_{length}");
        let body = vec![length; usize::from(length) * 7];
        let signed = ours.sign(&id, at(SENT), &body).unwrap();
        assert_eq!(theirs.sign(&id, SENT, &body).unwrap(), signed);
        let delivery =
            Delivery { id: &id, timestamp: "1614265330", signatures: &signed, body: &body };
        assert_eq!(delivery.verify(&[ours], at(SENT)), Ok(()));
    }
}

/// The cases of the library's own tests, by their names there.
#[test]
fn g38_the_librarys_own_cases_end_as_they_do_there() {
    let other = "Ceo5qEr07ixe2NLpvHk3FH9bwy/WavXrAFQ/9tdO6mc=";
    let tag = SIGNATURE.strip_prefix("v1,").unwrap();
    let many = format!("v1,{other} v2,{other} {SIGNATURE} v2,{other}");
    let partial = format!("v1,{}", &tag[..8]);
    for (case, delivery, believed) in [
        ("valid signature", PUBLISHED, true),
        ("multi sig payload", Delivery { signatures: &many, ..PUBLISHED }, true),
        (
            "no matching of many",
            Delivery { signatures: &many[..many.len() / 2 - 24], ..PUBLISHED },
            false,
        ),
        ("missing id", Delivery { id: "", ..PUBLISHED }, false),
        ("missing timestamp", Delivery { timestamp: "", ..PUBLISHED }, false),
        ("missing signature", Delivery { signatures: "", ..PUBLISHED }, false),
        ("invalid timestamp", Delivery { timestamp: "hello", ..PUBLISHED }, false),
        ("partial signature", Delivery { signatures: &partial, ..PUBLISHED }, false),
        ("no signature after the version", Delivery { signatures: "v1,", ..PUBLISHED }, false),
        ("no version", Delivery { signatures: tag, ..PUBLISHED }, false),
    ] {
        assert_eq!(verify(delivery).is_ok(), believed, "{case}");
    }
}

/// GitHub's page "Validating webhook deliveries".
#[test]
fn g38_the_vector_of_github_is_met() {
    let tag = hex("757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17");
    let key = XeroKey::new("It's a Secret to Everybody").unwrap();
    assert!(key.signed(b"Hello, World!", &STANDARD.encode(tag)));
}

#[test]
fn g38_xeros_signature_is_refused_one_bit_away() {
    let key = XeroKey::new("Jefe").unwrap();
    let body = b"what do ya want for nothing?";
    let tag = hex("5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    let signature = STANDARD.encode(&tag);
    assert!(key.signed(body, &signature));
    assert!(flips(body).all(|body| !key.signed(&body, &signature)));
    assert!(flips(&tag).all(|tag| !key.signed(body, &STANDARD.encode(tag))));
    for bad in ["", &signature[..43], &format!("{signature},{signature}"), &format!(" {signature}")]
    {
        assert!(!key.signed(body, bad), "{bad}");
    }
    assert!(!key.signed(body, &STANDARD.encode(&tag[..16])));
}

fn verify(delivery: Delivery<'_>) -> Result<(), Unverified> {
    delivery.verify(&[secret(SECRET)], at(SENT))
}

/// What becomes of a delivery whose sender signed this timestamp, letter for letter.
fn signed_at(timestamp: &str) -> Result<(), Unverified> {
    let text = [format!("{}.{timestamp}.", PUBLISHED.id).as_bytes(), PUBLISHED.body].concat();
    let key = STANDARD.decode(SECRET.trim_start_matches("whsec_")).unwrap();
    let signatures = format!("v1,{}", STANDARD.encode(hmac(&key, &text)));
    let signed = Delivery { timestamp, signatures: &signatures, ..PUBLISHED };
    signed.verify(&[secret(SECRET)], at(SENT))
}

fn hmac(key: &[u8], text: &[u8]) -> Vec<u8> {
    use hmac::{KeyInit, Mac};
    let mac = hmac::Hmac::<sha2::Sha256>::new_from_slice(key).unwrap();
    mac.chain_update(text).finalize().into_bytes().to_vec()
}

/// The bytes, each time with another bit turned over.
fn flips(bytes: &[u8]) -> impl Iterator<Item = Vec<u8>> {
    (0..bytes.len() * 8).map(move |n| {
        let mut flipped = bytes.to_vec();
        flipped[n / 8] ^= 1 << (n % 8);
        flipped
    })
}

fn hex(digits: &str) -> Vec<u8> {
    let pairs = (0..digits.len()).step_by(2);
    pairs.map(|n| u8::from_str_radix(&digits[n..n + 2], 16).unwrap()).collect()
}

fn secret(text: &str) -> WebhookSecret {
    WebhookSecret::parse(text).ok().unwrap()
}

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}
