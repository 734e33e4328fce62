use std::collections::BTreeSet;

use domain::ports::{Seal, Sealed, Secret, Vault};

use super::firm;

/// A vault opens only what it sealed, unaltered, for the same firm, kind and version (G35).
pub async fn vault_contract(vault: &impl Vault) {
    let [a, b] = [firm("sealed-a"), firm("sealed-b")];
    let place = Seal { firm: &a, kind: "token", version: 3 };
    for text in ["", "a secret", "ü 日本 🦀", &"x".repeat(9_000)] {
        let sealed = vault.seal(&place, &Secret::new(text)).await.unwrap();
        let opened = vault.open(&place, &sealed).await.unwrap();
        assert_eq!(opened, Some(Secret::new(text)));
        assert!(text.is_empty() || !sealed.0.contains(text));
    }

    let sealed = vault.seal(&place, &Secret::new("canary")).await.unwrap();
    for other in [
        Seal { firm: &b, ..place },
        Seal { kind: "tokens", ..place },
        Seal { version: 2, ..place },
        Seal { version: 4, ..place },
    ] {
        assert_eq!(vault.open(&other, &sealed).await.unwrap(), None, "{other:?}");
    }

    g35_no_altered_bit_opens(vault, &place, &sealed).await;
    for text in ["", "canary", "v1.", "f1.", "m1.", "v1.AAAA", "f1.AAAA", "m1.AAAA"] {
        let altered = vault.open(&place, &Sealed(text.into())).await.unwrap();
        assert_eq!(altered, None, "{text}");
    }

    let mut texts = BTreeSet::new();
    for _ in 0..100 {
        texts.insert(vault.seal(&place, &Secret::new("canary")).await.unwrap().0);
    }
    assert_eq!(texts.len(), 100, "the same secret is never sealed the same");
}

async fn g35_no_altered_bit_opens(vault: &impl Vault, place: &Seal<'_>, sealed: &Sealed) {
    for at in 0..sealed.0.len() {
        for bit in 0..7 {
            let mut bytes = sealed.0.clone().into_bytes();
            bytes[at] ^= 1 << bit;
            let altered = Sealed(String::from_utf8(bytes).unwrap());
            let opened = vault.open(place, &altered).await.unwrap();
            assert_eq!(opened, None, "bit {bit} of byte {at}");
        }
        let cut = Sealed(sealed.0[..at].into());
        assert_eq!(vault.open(place, &cut).await.unwrap(), None, "cut at {at}");
    }
}
