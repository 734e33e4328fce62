//! The 60 clients of the demo firm and their contacts, with the oddities that
//! real lists have: doubles, shared addresses, archived and deleted ones.

use jiff::tz::TimeZone;
use uuid::Uuid;

use crate::demo::people::staff_id;
use crate::demo::{day, id};
use crate::model::{Client, Contact, Group, Link, Note, Record, Relationship};

/// Name and business structure, in the order of their numbers.
pub(crate) const CLIENTS: [(&str, &str); 60] = [
    ("Blackwattle Joinery Pty Ltd", "Company"),
    ("Bluegum Holdings Pty Ltd", "Company"),
    ("Bluegum Holdings Pty Ltd", "Company"),
    ("Cobalt Creek Engineering Pty Ltd", "Company"),
    ("Driftline Marine Pty Ltd", "Company"),
    ("Emberstone Bakehouse Pty Ltd", "Company"),
    ("Fernhollow Nurseries Pty Ltd", "Company"),
    ("Gantry & Sons Haulage Pty Ltd", "Company"),
    ("Ironbark Digital Pty Ltd", "Company"),
    ("Larkfield Veterinary Pty Ltd", "Company"),
    ("Mistral Air Conditioning Pty Ltd", "Company"),
    ("Nightjar Films Pty Ltd", "Company"),
    ("Pepperleaf Catering Pty Ltd", "Company"),
    ("Saltbush Outfitters Pty Ltd", "Company"),
    ("Ainsley Corrigan", "Individual"),
    ("Bertrand Osei", "Individual"),
    ("Camille Osei", "Individual"),
    ("Darcy Fennimore", "Individual"),
    ("Elspeth Varga", "Individual"),
    ("Florian Mbeki-Strand", "Individual"),
    ("Greta Holloway", "Individual"),
    ("Hugo Tanaka-Reid", "Individual"),
    ("Imogen Castellane", "Individual"),
    ("Joaquin Ferrars", "Individual"),
    ("Kirra Dunmore", "Individual"),
    ("Lachlan Brightwater", "Individual"),
    ("Maeve O'Donoghue", "Individual"),
    ("Nikolai Steed", "Individual"),
    ("Ottilie Prasad", "Individual"),
    ("Percival Nguyen-Hart", "Individual"),
    ("Quinn Abernethy", "Individual"),
    ("Rosalind Kaya", "Individual"),
    ("Søren Ashgrove", "Individual"),
    ("Tamsin Wirth", "Individual"),
    ("Alby Crane Plumbing", "Sole Trader"),
    ("Bellbird Piano Tuition", "Sole Trader"),
    ("Cricket Hollow Ceramics", "Sole Trader"),
    ("Dune Street Dental Hygiene", "Sole Trader"),
    ("Eastlight Photography", "Sole Trader"),
    ("Fig & Thistle Florist", "Sole Trader"),
    ("Brightwater Family Trust", "Trust"),
    ("Corrigan Investment Trust", "Trust"),
    ("Fennimore Property Trust", "Trust"),
    ("Holloway Unit Trust", "Trust"),
    ("Kaya Family Trust", "Trust"),
    ("Osei Family Trust", "Trust"),
    ("Steed Discretionary Trust", "Trust"),
    ("Varga Family Trust", "Trust"),
    ("Crane & Hollis", "Partnership"),
    ("Dunmore Grazing Partnership", "Partnership"),
    ("Ferrars & Wirth Architects", "Partnership"),
    ("Prasad & Quayle Optometry", "Partnership"),
    ("Brightwater Super Fund", "Superannuation Fund"),
    ("Corrigan Super Fund", "Superannuation Fund"),
    ("Osei Retirement Fund", "Superannuation Fund"),
    ("Varga Super Fund", "Superannuation Fund"),
    ("Harbour Reading Circle Inc", "Not for Profit"),
    ("Vale Community Garden Inc", "Not for Profit"),
    ("Wombat Flat Markets", ""),
    ("Yarrabee Lane Studio", ""),
];

const TOWNS: [(&str, &str, &str); 8] = [
    ("Newcastle", "NSW", "2300"),
    ("Maitland", "NSW", "2320"),
    ("Geelong", "VIC", "3220"),
    ("Ballarat", "VIC", "3350"),
    ("Toowoomba", "QLD", "4350"),
    ("Fremantle", "WA", "6160"),
    ("Glenelg", "SA", "5045"),
    ("Launceston", "TAS", "7250"),
];

const STREETS: [&str; 7] = [
    "Banksia Street",
    "Old Wharf Road",
    "Quandong Avenue",
    "Miller's Rise",
    "Lighthouse Parade",
    "Tannery Lane",
    "Kestrel Crescent",
];

const MOBILES: [&str; 8] = [
    "0491 570 006",
    "0491 570 156",
    "0491 570 157",
    "0491 570 158",
    "0491 570 159",
    "0491 570 110",
    "0491 571 266",
    "0491 571 491",
];

/// Numbers of clients that are archived, deleted, prospects.
pub(crate) const ARCHIVED: [usize; 3] = [11, 33, 51];
pub(crate) const DELETED: usize = 29;
const PROSPECTS: [usize; 2] = [58, 59];

/// The UUID of the client of that number.
pub(crate) fn client_id(number: usize) -> Uuid {
    id("client", &number.to_string())
}

pub(crate) fn records() -> Vec<Record> {
    let mut records = Vec::new();
    for (number, (name, structure)) in CLIENTS.iter().enumerate() {
        let mut client = client(number, name, structure);
        for (contact, primary, position) in contacts(number, name, structure) {
            let link = Link { contact: contact.uuid, primary, position: position.to_owned() };
            client.links.push(link);
            records.push(Record::Contact(contact));
        }
        records.push(Record::Client(Box::new(client)));
    }
    for (trust, person, kind) in
        [(40, 25, "Trustee"), (45, 15, "Beneficiary"), (45, 16, "Beneficiary"), (52, 25, "Member")]
    {
        records.push(Record::Relationship(Relationship {
            uuid: id("relationship", &format!("{trust}/{person}")),
            client: client_id(trust),
            related: client_id(person),
            kind: kind.to_owned(),
            shares: 0,
            percentage: 0.into(),
            start: Some(day(0)),
            end: None,
        }));
    }
    for (name, members) in [("Brightwater Group", [25, 40, 52]), ("Osei Group", [15, 16, 45])] {
        records.push(Record::Group(Group {
            uuid: id("group", name),
            name: name.to_owned(),
            taxable: true,
            clients: members.into_iter().map(client_id).collect(),
        }));
    }
    records
}

fn is_person(structure: &str) -> bool {
    structure == "Individual"
}

fn mailbox(name: &str) -> String {
    let letters = name.to_lowercase().replace('ø', "o");
    let words = letters.split(|it: char| !it.is_ascii_alphanumeric()).filter(|it| !it.is_empty());
    words.filter(|it| !matches!(*it, "pty" | "ltd" | "inc")).collect::<Vec<_>>().join(".")
}

/// Two households and two companies use one address for two clients each.
fn email(number: usize, name: &str, structure: &str) -> String {
    match number {
        15 | 16 => "the.oseis@mail.example.com".to_owned(),
        1 | 2 => "office@bluegum.example.com".to_owned(),
        18 | 36 => String::new(),
        _ if is_person(structure) => format!("{}@mail.example.com", mailbox(name)),
        _ => format!("accounts@{}.example.com", mailbox(name).replace('.', "-")),
    }
}

fn client(number: usize, name: &str, structure: &str) -> Client {
    let modified = day(30 + number * 9).at(2, number as i8 % 60, 0, 0);
    let modified = modified.to_zoned(TimeZone::UTC).map(|it| it.timestamp()).unwrap_or_default();
    let mut client = Client::named(client_id(number), name, modified);
    client.archived = ARCHIVED.contains(&number);
    client.deleted = number == DELETED;
    client.prospect = PROSPECTS.contains(&number);
    client.account_manager = (number % 5 != 4).then(|| staff_id(number % 3));
    client.job_manager = (number % 7 != 6).then(|| staff_id(3 + number % 6));
    let (city, region, postcode) = TOWNS[number % TOWNS.len()];
    let street = STREETS[number % STREETS.len()];
    let mut set = |name: &str, value: String| {
        if !value.is_empty() {
            client.fields.insert(name.to_owned(), value);
        }
    };
    set("Email", email(number, name, structure));
    set("Address", format!("{} {street}", 3 + number * 7 % 180));
    set("City", city.to_owned());
    set("Region", region.to_owned());
    set("PostCode", postcode.to_owned());
    set("Country", "Australia".to_owned());
    if number.is_multiple_of(3) {
        set("PostalAddress", format!("PO Box {}", 100 + number * 11));
        set("PostalCity", city.to_owned());
        set("PostalRegion", region.to_owned());
        set("PostalPostCode", postcode.to_owned());
        set("PostalCountry", "Australia".to_owned());
    }
    set("BusinessStructure", structure.to_owned());
    set("ClientCode", format!("HV{:04}", number + 1));
    set("PrepareTaxReturn", "Yes".to_owned());
    set("ActiveAtoClient", "Yes".to_owned());
    set("TaxNumber", format!("{:09}", 900_000_001 + number * 37));
    if is_person(structure) {
        let (first, last) = name.split_once(' ').unwrap_or((name, ""));
        set("FirstName", first.to_owned());
        set("LastName", last.to_owned());
        set("DateOfBirth", format!("19{}-0{}-1{}", 55 + number, 1 + number % 9, number % 10));
        set("Phone", MOBILES[number % MOBILES.len()].to_owned());
        return client;
    }
    set("Phone", format!("(0{}) 5550 {:04}", 2 + number % 2, 2000 + number * 13));
    set("Website", format!("https://www.{}.example.com", mailbox(name).replace('.', "-")));
    set("BusinessNumber", format!("{:011}", 90_000_000_000 + number * 1_000_003));
    if structure == "Company" {
        set("CompanyNumber", format!("{:09}", 900_000_000 + number * 1_003));
    }
    set("BalanceMonth", "6".to_owned());
    set("GSTRegistered", "Yes".to_owned());
    set("PrepareGST", "Yes".to_owned());
    set("PrepareActivityStatement", "Yes".to_owned());
    set("GSTPeriod", if number.is_multiple_of(4) { "1" } else { "2" }.to_owned());
    set("GSTBasis", "Payment".to_owned());
    client.notes.push(Note {
        uuid: id("note", &number.to_string()),
        title: "Prefers e-mail".to_owned(),
        text: "Please write before calling.\nBest in the mornings.".to_owned(),
        folder: "General".to_owned(),
        date: day(20 + number).at(9, 30, 0, 0),
        created_by: "Morgan Reyes".to_owned(),
    });
    client
}

/// Persons who are clients are also the contacts of what they own.
fn contacts(number: usize, name: &str, structure: &str) -> Vec<(Contact, bool, &'static str)> {
    let person = |name: &str, email: String| Contact {
        uuid: id("contact", name),
        name: name.to_owned(),
        salutation: name.split(' ').next().unwrap_or_default().to_owned(),
        addressee: name.to_owned(),
        mobile: MOBILES[name.len() % MOBILES.len()].to_owned(),
        email,
        phone: String::new(),
        deleted: false,
    };
    let shared = |other: usize| {
        let (name, structure) = CLIENTS[other];
        person(name, email(other, name, structure))
    };
    match number {
        40 | 52 => vec![(shared(25), true, "Trustee")],
        41 | 53 => vec![(shared(14), true, "Trustee")],
        45 | 54 => vec![(shared(15), true, "Trustee"), (shared(16), false, "Trustee")],
        47 | 55 => vec![(shared(18), true, "Trustee")],
        50 => vec![(shared(23), true, "Partner"), (shared(33), false, "Partner")],
        36 | 58 => Vec::new(),
        _ if is_person(structure) => vec![(shared(number), true, "")],
        _ => {
            let first = FIRST[number % FIRST.len()];
            let last = LAST[number * 5 % LAST.len()];
            let full = format!("{first} {last}");
            let domain = mailbox(name).replace('.', "-");
            let address = format!("{}@{domain}.example.com", first.to_lowercase());
            let mut all = vec![(person(&full, address), number % 8 != 7, "Director")];
            if number % 3 == 1 {
                let second = format!("{} {last}", FIRST[(number + 4) % FIRST.len()]);
                all.push((person(&second, String::new()), false, "Bookkeeper"));
            }
            all
        }
    }
}

const FIRST: [&str; 11] = [
    "Alder", "Bronte", "Clem", "Delia", "Errol", "Fenella", "Gilbert", "Hattie", "Ivo", "Juno",
    "Kit",
];

const LAST: [&str; 13] = [
    "Ravensworth",
    "Sandoval-Pike",
    "Tregenna",
    "Underhay",
    "Vossberg",
    "Winterbourne",
    "Yallop",
    "Zeller",
    "Ambrosi",
    "Birdwood",
    "Calloway",
    "Dressler",
    "Eversleigh",
];
