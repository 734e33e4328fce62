//! Whether everyone who records time can be booked for: told before the first push (BY-14).

use std::collections::BTreeSet;

use super::entry::EntryRecord;
use super::user::{UserRecord, staff_of};
use crate::ids::{FirmId, UserId};
use crate::issues;
use crate::ports::{Down, Kind, Range, Store};
use crate::practice::Staff;
use crate::reason::Reason;
use crate::records;

/// So many records are read at a time.
const STRETCH: usize = 200;

/// Someone whose time cannot be booked, or not everywhere.
#[derive(Clone, Debug, PartialEq)]
pub struct Ailing {
    /// Who.
    pub user: UserRecord,
    /// Everything that is wrong.
    pub reasons: Vec<Reason>,
}

/// Everyone with whom something is wrong. `refused` are those whose time XPM has refused because they
/// are not on the job.
pub fn ailing(users: Vec<UserRecord>, staff: &[Staff], refused: &BTreeSet<UserId>) -> Vec<Ailing> {
    let mut taken = BTreeSet::new();
    let twice: BTreeSet<_> = users
        .iter()
        .filter_map(|it| staff_of(Some(it), staff).ok())
        .filter(|it| !taken.insert(it.clone()))
        .collect();
    let wrong = |it: &UserRecord| {
        let mut reasons = Vec::new();
        match staff_of(Some(it), staff) {
            Err(reason) => reasons.push(reason),
            Ok(uuid) if !staff.iter().any(|it| it.uuid == uuid) => {
                reasons.push(Reason::StaffDisabled);
            }
            Ok(uuid) if twice.contains(&uuid) => reasons.push(Reason::StaffShared),
            Ok(_) => {}
        }
        if refused.contains(&it.user.value.id) {
            reasons.push(Reason::StaffNotOnJob);
        }
        reasons
    };
    let judged = users.into_iter().filter(|it| !it.user.deleted).map(|user| {
        let reasons = wrong(&user);
        Ailing { user, reasons }
    });
    judged.filter(|it| !it.reasons.is_empty()).collect()
}

/// Everyone who records time. A firm has few of them.
pub async fn everyone(store: &impl Store, firm: &FirmId) -> Result<Vec<UserRecord>, Down> {
    let mut range = Range::of(firm, Kind::User, "", STRETCH);
    let mut all = Vec::new();
    loop {
        let (kept, next) = records::page::<UserRecord>(store, &range).await?;
        all.extend(kept.into_iter().map(|it| it.record));
        match next {
            Some(next) => range.after = Some(next),
            None => return Ok(all),
        }
    }
}

/// Whose time XPM has refused because they are not on the job; of the first few hundred refusals.
pub async fn not_on_job(store: &impl Store, firm: &FirmId) -> Result<BTreeSet<UserId>, Down> {
    let prefix = issues::prefix(Reason::StaffNotOnJob, "time_entry");
    let page = store.list(&Range::of(firm, Kind::Cause, &prefix, STRETCH)).await?;
    let ids: Vec<String> =
        page.items.iter().map(|it| it.key.id[prefix.len()..].to_owned()).collect();
    let kept = records::get_many::<EntryRecord>(store, firm, &ids).await?;
    Ok(kept.into_iter().map(|it| it.record.entry.value.user_id).collect())
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::desired::{Desired, Stamp};
    use crate::ids::XpmUuid;
    use crate::time::user::User;

    /// SH-02, BY-14: unmapped, disabled, duplicate e-mail, shared, not on the job; the healthy are not told.
    #[test]
    fn by_14_everyone_whose_time_cannot_be_booked_is_told() {
        let staff = [
            member("a1", "ann@example.com"),
            member("b2", "bob@example.com"),
            member("c3", "twin@example.com"),
            member("d4", "Twin@example.com"),
            member("e5", "eve@example.com"),
        ];
        let users = vec![
            person("ann", Some("ann@example.com"), None),
            person("bob", Some("bob@example.com"), None),
            person("nobody", Some("no@example.com"), None),
            person("silent", None, None),
            person("twin", Some("twin@example.com"), None),
            person("left", None, Some("f6")),
            person("eve", Some("eve@example.com"), None),
            person("eve-2", None, Some("e5")),
        ];
        let refused = BTreeSet::from([UserId::parse("bob").unwrap()]);
        let told: Vec<(String, Vec<Reason>)> = ailing(users, &staff, &refused)
            .into_iter()
            .map(|it| (it.user.user.value.id.to_string(), it.reasons))
            .collect();
        let expected = [
            ("bob", Reason::StaffNotOnJob),
            ("nobody", Reason::StaffUnmapped),
            ("silent", Reason::StaffUnmapped),
            ("twin", Reason::StaffAmbiguous),
            ("left", Reason::StaffDisabled),
            ("eve", Reason::StaffShared),
            ("eve-2", Reason::StaffShared),
        ];
        assert_eq!(told, expected.map(|(id, reason)| (id.to_owned(), vec![reason])));
    }

    fn person(id: &str, email: Option<&str>, chosen: Option<&str>) -> UserRecord {
        let (email, id) = (email.map(Into::into), UserId::parse(id).unwrap());
        let user = User { id, name: "Someone".into(), email };
        let stamp = Stamp { version: None, as_of: Timestamp::UNIX_EPOCH };
        let chosen = chosen.map(|it| XpmUuid::parse(it).unwrap());
        UserRecord { user: Desired::first(user, stamp), chosen }
    }

    fn member(uuid: &str, email: &str) -> Staff {
        let uuid = XpmUuid::parse(uuid).unwrap();
        Staff { uuid, name: "Someone".into(), email: Some(email.into()) }
    }
}
