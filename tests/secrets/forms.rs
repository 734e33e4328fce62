//! The forms in which a secret may turn up: as it is, in base64 of either alphabet wherever it begins
//! within it, with percent signs, in hexadecimal digits of either case, as Rust's `Debug` writes bytes.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};

/// A secret with its name, and every form of it.
pub(crate) struct Secret {
    name: &'static str,
    forms: Vec<String>,
}

impl Secret {
    pub(crate) fn of(name: &'static str, secret: impl AsRef<[u8]>) -> Self {
        let bytes = secret.as_ref();
        assert!(bytes.len() >= 12, "{name} is too short to be told from chance");
        let hex: String = bytes.iter().map(|it| format!("{it:02x}")).collect();
        let percent: String = bytes.iter().map(|it| percent(*it)).collect();
        let debug = format!("{bytes:?}");
        let mut forms = vec![hex.to_uppercase(), hex, percent.to_lowercase(), percent];
        forms.push(debug.trim_matches(['[', ']']).to_owned());
        forms.extend(String::from_utf8(bytes.to_vec()));
        for offset in 0..3 {
            let shifted = [vec![0; offset], bytes.to_vec()].concat();
            // Only what the secret alone decides.
            let whole = (offset * 8).div_ceil(6)..(shifted.len() * 8) / 6;
            forms.push(STANDARD_NO_PAD.encode(&shifted)[whole.clone()].to_owned());
            forms.push(URL_SAFE_NO_PAD.encode(&shifted)[whole].to_owned());
        }
        forms.sort();
        forms.dedup();
        Self { name, forms }
    }
}

/// Where one of the secrets is said: its name, and the text.
pub(crate) fn hits(secrets: &[Secret], texts: &[String]) -> Vec<String> {
    let said = |text: &String| {
        let found = secrets.iter().find(|it| it.forms.iter().any(|form| text.contains(form)))?;
        Some(format!("{}: {}", found.name, text.chars().take(600).collect::<String>()))
    };
    texts.iter().filter_map(said).collect()
}

fn percent(byte: u8) -> String {
    let plain = byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    if plain { char::from(byte).to_string() } else { format!("%{byte:02X}") }
}

#[test]
fn g36_every_form_of_a_secret_is_found() {
    let secret = [Secret::of("it", "s3cret/with+signs")];
    for said in [
        "header: s3cret/with+signs",
        "7333637265742f776974682b7369676e73",
        "7333637265742F776974682B7369676E73",
        "?key=s3cret%2Fwith%2Bsigns&",
        "czNjcmV0L3dpdGgrc2lnbnM=",
        "aWQ6czNjcmV0L3dpdGgrc2lnbnM=",
        "QTpzM2NyZXQvd2l0aCtzaWducw==",
        "QmIxOnMzY3JldC93aXRoK3NpZ25z",
    ] {
        assert_eq!(hits(&secret, &[said.to_owned()]).len(), 1, "{said}");
    }
    assert_eq!(hits(&secret, &["s3cret/with".to_owned()]).len(), 0);
}
