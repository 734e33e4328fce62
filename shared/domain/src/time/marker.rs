//! A marker at the end of a note in XPM, by which an entry is known again whatever became of it
//! (protocol P1, G22). Only a firm that wants it has it: notes reach the firm's invoices.
//!
//! It exists on the wire alone. What we keep and compare are notes without it, so that switching it on
//! or off changes no entry that was booked before.

use hmac::{Hmac, KeyInit, Mac};
use serde::{Deserialize, Serialize};
use sha2::Sha256;

use crate::chance::word;
use crate::ids::{EntryId, FirmId};
use crate::ports::{Committed, Down, Kind, Ports, Seal, Sealed, Secret, Store, Vault};
use crate::records::{self, Record};

const BEGINS: &str = "[ref:";
const ENDS: &str = "]";
/// 80 bits, five to a character.
const LENGTH: usize = 16;
/// RFC 4648, section 6.
const BASE32: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/// The firm's key for markers, made when it is first needed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MarkerKey {
    sealed: Sealed,
}

const KEY: &str = "marker";

impl Record for MarkerKey {
    const KIND: Kind = Kind::Firm;

    fn id(&self) -> String {
        KEY.into()
    }
}

/// The marker of an entry: the same for all time.
pub(super) async fn of<P: Ports>(ports: &P, firm: &FirmId, id: &EntryId) -> Result<String, Down> {
    let seal = Seal { firm, kind: "marker key", version: 1 };
    let lost = || Down { what: "the key for markers", cause: "it is not the firm's own".into() };
    loop {
        if let Some(kept) = records::get::<MarkerKey>(ports.store(), firm, KEY).await? {
            let key = ports.vault().open(&seal, &kept.record.sealed).await?.ok_or_else(lost)?;
            return made(&key, id.as_str());
        }
        let sealed = ports.vault().seal(&seal, &Secret::new(word(ports.clock()))).await?;
        let change = records::put(firm, &MarkerKey { sealed }, None)?;
        // Of two who make one, the first one's counts.
        let _: Committed = ports.store().commit(vec![change]).await?;
    }
}

fn made(key: &Secret, id: &str) -> Result<String, Down> {
    let mac = Hmac::<Sha256>::new_from_slice(key.reveal().as_bytes());
    let mut mac = mac.map_err(|it| Down { what: "the key for markers", cause: it.into() })?;
    mac.update(id.as_bytes());
    let bits = mac
        .finalize()
        .into_bytes()
        .iter()
        .take(10)
        .fold(0_u128, |all, it| all << 8 | u128::from(*it));
    let letter = |n: usize| char::from(BASE32[(bits >> (75 - 5 * n) & 31) as usize]);
    Ok(format!("{BEGINS}{}{ENDS}", (0..LENGTH).map(letter).collect::<String>()))
}

/// A note with this marker at its end, and with no other there.
pub(super) fn marked(note: &str, marker: &str) -> String {
    format!("{} {marker}", bare(note)).trim_start().to_owned()
}

/// A note without the marker at its end, if it has one.
pub fn bare(note: &str) -> &str {
    marker(note).map_or(note, |it| note.trim_end()[..note.trim_end().len() - it.len()].trim_end())
}

/// The marker at the end of a note.
pub(super) fn marker(note: &str) -> Option<&str> {
    let note = note.trim_end();
    let at = note.len().checked_sub(BEGINS.len() + LENGTH + ENDS.len())?;
    let end = note.get(at..)?;
    let inner = end.strip_prefix(BEGINS)?.strip_suffix(ENDS)?;
    inner.bytes().all(|it| BASE32.contains(&it)).then_some(end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_marker_is_the_entrys_own_and_tells_nothing_of_it() {
        let key = |it: &str| Secret::new(it);
        let one = made(&key("a"), "e-1").unwrap();
        assert_eq!(one, made(&key("a"), "e-1").unwrap());
        assert_ne!(one, made(&key("a"), "e-2").unwrap());
        assert_ne!(one, made(&key("b"), "e-1").unwrap());
        assert_eq!(marker(&one), Some(one.as_str()));
    }

    /// RFC 4231, test case 2: the first 80 bits, in base32.
    #[test]
    fn the_published_code_makes_the_marker() {
        let made = made(&Secret::new("Jefe"), "what do ya want for nothing?").unwrap();
        assert_eq!(made, "[ref:LPOMCRV7MB2U42QE]");
    }

    #[test]
    fn a_marker_is_found_at_the_end_and_nowhere_else() {
        let one = "[ref:ABCDEFGHIJKLMN27]";
        for (note, without) in [
            ("done [ref:ABCDEFGHIJKLMN27]", "done"),
            ("done\n[ref:ABCDEFGHIJKLMN27] \n", "done"),
            ("[ref:ABCDEFGHIJKLMN27]", ""),
            ("[ref:ABCDEFGHIJKLMN27] done", "[ref:ABCDEFGHIJKLMN27] done"),
            ("done [ref:ABCDEFGHIJKLMN2]", "done [ref:ABCDEFGHIJKLMN2]"),
            ("done [ref:abcdefghijklmn27]", "done [ref:abcdefghijklmn27]"),
            ("done [ref:ABCDEFGHIJKLMN01]", "done [ref:ABCDEFGHIJKLMN01]"),
            ("é\u{1F600}", "é\u{1F600}"),
            ("", ""),
        ] {
            assert_eq!(bare(note), without, "{note:?}");
            assert_eq!(bare(&marked(note, one)), without, "{note:?}");
        }
        assert_eq!(marked("", one), one);
    }
}
