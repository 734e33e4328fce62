//! Invented people, and what becomes of their records when someone else types them in: after FEBRL's
//! generator (Christen 2008), with the fields that a contact has.

use std::fmt::Write as _;

use domain::contacts::contact::Contact;
use serde_json::json;

use super::corrupt::corrupt;
use super::pools::{GIVEN, PLACES, STREET_SORTS, STREETS, SURNAME_ENDS, SURNAME_STARTS};
use crate::Cause;
use crate::chance::Dice;

/// A person as one side keeps them; blank is not known.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Person {
    /// Given name.
    pub given: String,
    /// Family name.
    pub surname: String,
    /// Number and street.
    pub street: String,
    /// Suburb.
    pub suburb: String,
    /// State.
    pub state: String,
    /// Post code.
    pub postcode: String,
    /// Phone, as typed.
    pub phone: String,
    /// E-mail addresses.
    pub emails: Vec<String>,
}

/// Two sides of so many people: the duplicate of each original is at its place.
#[derive(Clone, Debug)]
pub struct People {
    /// As they are.
    pub originals: Vec<Person>,
    /// As they were typed in elsewhere.
    pub duplicates: Vec<Person>,
}

impl People {
    /// The people of this seed: the same every time.
    pub fn of(seed: u64, count: usize) -> Self {
        let mut dice = Dice::new(seed);
        let mut originals: Vec<Person> = Vec::with_capacity(count);
        for n in 0..count {
            // One in eight lives with the one before, whose family name, address and phone they share.
            let person = match originals.last() {
                Some(last) if dice.percent(12) => relative(n, last, &mut dice),
                _ => stranger(n, &mut dice),
            };
            originals.push(person);
        }
        let duplicates = originals.iter().map(|it| corrupt(it, &mut dice)).collect();
        Self { originals, duplicates }
    }

    /// Both sides as a table, for peers: `id` is the side's letter and the place.
    pub fn csv(&self) -> String {
        let mut csv =
            "id,given_name,surname,street,suburb,state,postcode,phone,email,email2\n".to_owned();
        for (side, people) in [("o", &self.originals), ("d", &self.duplicates)] {
            for (n, it) in people.iter().enumerate() {
                let email = |n: usize| it.emails.get(n).map(String::as_str).unwrap_or_default();
                let Person { given, surname, street, suburb, state, postcode, phone, .. } = it;
                let (first, second) = (email(0), email(1));
                let _ = writeln!(
                    csv,
                    "{side}{n},{given},{surname},{street},{suburb},{state},{postcode},{phone},{first},{second}"
                );
            }
        }
        csv
    }
}

impl Person {
    /// As a contact of the practice app.
    ///
    /// # Errors
    /// It is none, which it is.
    pub fn contact(&self, id: &str) -> Result<Contact, Cause> {
        let known = |it: &str| (!it.is_empty()).then(|| it.to_owned());
        let phones: Vec<_> =
            known(&self.phone).map(|it| json!({ "number": it })).into_iter().collect();
        let addresses: Vec<_> = known(&self.postcode)
            .map(|postcode| {
                json!({
                    "label": "physical",
                    "lines": [self.street],
                    "city": self.suburb,
                    "region": self.state,
                    "postcode": postcode,
                })
            })
            .into_iter()
            .collect();
        Ok(serde_json::from_value(json!({
            "id": id,
            "kind": "person",
            "name": format!("{} {}", self.given, self.surname).trim(),
            "emails": self.emails,
            "phones": phones,
            "addresses": addresses,
        }))?)
    }
}

/// Where someone may live.
pub(super) fn home(dice: &mut Dice) -> (String, String, String, String) {
    let street =
        format!("{} {} {}", 1 + dice.skewed(250), dice.pick(STREETS), dice.pick(STREET_SORTS));
    let (suburb, state, first) = PLACES[dice.skewed(PLACES.len())];
    // A suburb of these has ten post codes, as if it were a district.
    let postcode = format!("{}", first + dice.below(10));
    (street, suburb.to_owned(), state.to_owned(), postcode)
}

/// An address that nobody else has.
pub(super) fn email(n: usize, given: &str, surname: &str, dice: &mut Dice) -> String {
    let host = dice.pick(&["mail.example", "post.example", "inbox.example", "web.example"]);
    let (given, surname) = (given.to_lowercase(), surname.to_lowercase());
    match dice.below(3) {
        0 => format!("{given}.{surname}{n}@{host}"),
        1 => format!("{}{surname}{n}@{host}", given.get(..1).unwrap_or_default()),
        _ => format!("{surname}{n}@{host}"),
    }
}

fn stranger(n: usize, dice: &mut Dice) -> Person {
    let given = GIVEN[dice.skewed(GIVEN.len())].to_owned();
    let start = SURNAME_STARTS[dice.skewed(SURNAME_STARTS.len())];
    let surname = format!("{start}{}", SURNAME_ENDS[dice.skewed(SURNAME_ENDS.len())]);
    let (street, suburb, state, postcode) = home(dice);
    let phone = format!("04{:08}", dice.below(100_000_000));
    let mut person =
        Person { given, surname, street, suburb, state, postcode, phone, emails: Vec::new() };
    person.emails.push(email(n, &person.given, &person.surname, dice));
    if dice.percent(10) {
        person.emails.clear();
    }
    if dice.percent(20) {
        person.phone.clear();
    }
    person
}

fn relative(n: usize, of: &Person, dice: &mut Dice) -> Person {
    let given = GIVEN[dice.skewed(GIVEN.len())].to_owned();
    let emails = vec![email(n, &given, &of.surname, dice)];
    Person { given, emails, ..of.clone() }
}
