//! The people who record time, and which XPM staff member each is (XB-73).

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::revisit_user;
use crate::desired::{Desired, Stamp};
use crate::ids::{FirmId, UserId, XpmUuid};
use crate::invalid::Invalid;
use crate::ports::{Down, Kind, Lanes, Store};
use crate::practice::Staff;
use crate::reason::Reason;
use crate::records::{self, Edit, Record};
use crate::text::check_name;

/// A person of the practice app.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct User {
    /// The practice app's id.
    pub id: UserId,
    /// Their name.
    pub name: String,
    /// By which they are found among the staff.
    pub email: Option<String>,
}

/// A person as stored.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct UserRecord {
    /// What the practice app says.
    pub user: Desired<User>,
    /// The staff member that a person chose.
    pub chosen: Option<XpmUuid>,
}

impl Record for UserRecord {
    const KIND: Kind = Kind::User;

    fn id(&self) -> String {
        self.user.value.id.to_string()
    }
}

impl User {
    /// Everything that is wrong with it.
    pub fn check(&self) -> Vec<Invalid> {
        let mut wrong = check_name("/name", &self.name);
        if let Some(email) = &self.email
            && (email.len() > 254 || !email.contains('@') || email.contains(char::is_whitespace))
        {
            wrong.push(Invalid::new("/email", "invalid", "not an e-mail address"));
        }
        wrong
    }
}

/// The staff member a person is: the chosen one, else the only one with their e-mail address. Never
/// a guess, so that no time is booked to someone else.
pub fn staff_of(record: Option<&UserRecord>, staff: &[Staff]) -> Result<XpmUuid, Reason> {
    let Some(record) = record.filter(|it| !it.user.deleted) else {
        return Err(Reason::StaffUnmapped);
    };
    if let Some(chosen) = &record.chosen {
        return Ok(chosen.clone());
    }
    let key = |email: &str| email.trim().to_lowercase();
    let Some(email) = record.user.value.email.as_deref().map(key).filter(|it| !it.is_empty())
    else {
        return Err(Reason::StaffUnmapped);
    };
    let found: Vec<&Staff> =
        staff.iter().filter(|it| it.email.as_deref().map(key) == Some(email.clone())).collect();
    match found[..] {
        [one] => Ok(one.uuid.clone()),
        [] => Err(Reason::StaffUnmapped),
        [_, _, ..] => Err(Reason::StaffAmbiguous),
    }
}

/// Takes what the practice app says of a person; says whether it was news.
pub async fn put(
    store: &(impl Store + Lanes),
    firm: &FirmId,
    user: User,
    stamp: Stamp,
    now: Timestamp,
) -> Result<(UserRecord, bool), Down> {
    let id = user.id.clone();
    let answer = records::amend(store, firm, id.as_str(), |it: Option<UserRecord>| match it {
        None => {
            let it = UserRecord { user: Desired::first(user.clone(), stamp), chosen: None };
            Edit::Write(it.clone(), vec![], (it, true))
        }
        Some(mut it) => {
            let before = it.clone();
            let applied = it.user.update(user.clone(), stamp);
            if it == before {
                return Edit::Leave((it, applied));
            }
            Edit::Write(it.clone(), vec![], (it, applied))
        }
    })
    .await?;
    revisit_user(store, firm, &id, now).await?;
    Ok(answer)
}

/// Notes which staff member a person is; none leaves it to the e-mail address.
pub async fn choose(
    store: &(impl Store + Lanes),
    firm: &FirmId,
    id: &UserId,
    staff: Option<XpmUuid>,
    now: Timestamp,
) -> Result<Option<UserRecord>, Down> {
    let answer = records::amend(store, firm, id.as_str(), |it: Option<UserRecord>| match it {
        None => Edit::Leave(None),
        Some(it) => {
            let it = UserRecord { chosen: staff.clone(), ..it };
            Edit::Write(it.clone(), vec![], Some(it))
        }
    })
    .await?;
    revisit_user(store, firm, id, now).await?;
    Ok(answer)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// XB-73: by e-mail, whatever the case; two with the same address are nobody's guess.
    #[test]
    fn xb_73_time_is_never_booked_to_someone_else() {
        let staff = [member("a1", "ann@example.com"), member("b2", "bob@example.com")];
        let twins = [member("a1", "ann@example.com"), member("c3", "Ann@Example.com")];

        let ann = person(Some(" Ann@example.COM "));
        assert_eq!(staff_of(Some(&ann), &staff), XpmUuid::parse("a1").map_err(|_| Reason::Partial));
        assert_eq!(staff_of(Some(&ann), &twins), Err(Reason::StaffAmbiguous));
        assert_eq!(
            staff_of(Some(&person(Some("eve@example.com"))), &staff),
            Err(Reason::StaffUnmapped)
        );
        assert_eq!(staff_of(Some(&person(None)), &[member("d4", "")]), Err(Reason::StaffUnmapped));
        assert_eq!(staff_of(None, &staff), Err(Reason::StaffUnmapped));
    }

    #[test]
    fn xb_73_a_choice_by_hand_goes_before_the_address() {
        let mut ann = person(Some("ann@example.com"));
        ann.chosen = XpmUuid::parse("b2").ok();
        assert_eq!(staff_of(Some(&ann), &[member("a1", "ann@example.com")]).ok(), ann.chosen);
    }

    fn person(email: Option<&str>) -> UserRecord {
        let user = User {
            id: UserId::parse("u-1").unwrap(),
            name: "Ann".into(),
            email: email.map(Into::into),
        };
        let stamp = Stamp { version: None, as_of: Timestamp::UNIX_EPOCH };
        UserRecord { user: Desired::first(user, stamp), chosen: None }
    }

    fn member(uuid: &str, email: &str) -> Staff {
        Staff {
            uuid: XpmUuid::parse(uuid).unwrap(),
            name: "Someone".into(),
            email: Some(email.into()),
        }
    }
}
