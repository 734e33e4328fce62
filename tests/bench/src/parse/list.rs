//! Client lists as XPM writes them, of invented clients.

use std::fmt::Write;

use clap::Args;

/// What a list holds.
#[derive(Args, Clone, Copy, Debug)]
pub struct Shape {
    /// How many clients.
    #[arg(long)]
    pub clients: u32,
    /// How many contacts each has.
    #[arg(long)]
    pub contacts: u32,
    /// How many notes each has.
    #[arg(long)]
    pub notes: u32,
}

impl Shape {
    /// A large firm's list, and the same with everything that `detailed=true` adds.
    pub const ALL: [Self; 2] = [
        Self { clients: 15_000, contacts: 2, notes: 0 },
        Self { clients: 15_000, contacts: 3, notes: 2 },
    ];

    /// The shape as arguments of a command.
    pub(super) fn arguments(&self) -> [String; 3] {
        let Self { clients, contacts, notes } = self;
        [
            format!("--clients={clients}"),
            format!("--contacts={contacts}"),
            format!("--notes={notes}"),
        ]
    }
}

/// A list, piece by piece: the head of the answer, each client, its foot.
#[derive(Clone, Debug)]
pub struct ClientList {
    shape: Shape,
    next: u32,
}

impl ClientList {
    /// The list of this shape; the same every time.
    pub fn new(shape: Shape) -> Self {
        Self { shape, next: 0 }
    }
}

impl Iterator for ClientList {
    type Item = String;

    fn next(&mut self) -> Option<String> {
        let at = self.next;
        self.next += 1;
        match at {
            0 => Some("<Response api-method=\"List\"><Status>OK</Status><Clients>".to_owned()),
            it if it <= self.shape.clients => Some(client(it, &self.shape)),
            it if it == self.shape.clients + 1 => Some("</Clients></Response>".to_owned()),
            _ => None,
        }
    }
}

/// The pieces as a socket would cut them.
pub(super) fn chunks(
    mut pieces: impl Iterator<Item = String>,
    size: usize,
) -> impl Iterator<Item = Vec<u8>> {
    let mut held = Vec::new();
    std::iter::from_fn(move || {
        while held.len() < size {
            let Some(piece) = pieces.next() else { break };
            held.extend_from_slice(piece.as_bytes());
        }
        let chunk: Vec<u8> = held.drain(..held.len().min(size)).collect();
        (!chunk.is_empty()).then_some(chunk)
    })
}

/// Words with what names really have in them: entities, references, letters beyond ASCII.
const NAMES: [&str; 8] = [
    "Marlowe &amp; Finch Plumbing Pty Ltd",
    "The Whakat\u{101}ne Boat Shed Limited",
    "O&#8217;Sullivan Family Trust",
    "Br\u{fa}nhild\u{2019}s Bakery",
    "Kestrel Ridge Vineyards (2019) Limited",
    "Tui &amp; Co. Electrical",
    "N\u{f3}ra Sz\u{e9}kely",
    "Eastern Suburbs Early Learning Incorporated",
];

fn client(n: u32, shape: &Shape) -> String {
    let mut xml = String::with_capacity(4096);
    let name = NAMES[(n % 8) as usize];
    let staff = n % 40;
    element(
        &mut xml,
        "<Client>",
        &[
            ("UUID", &uuid(1, n, 0)),
            ("Name", &format!("{name} {n}")),
            ("Email", &format!("office{n}@generated.example.com")),
            ("DateOfBirth", &format!("{}-0{}-1{}T00:00:00", 1950 + n % 50, n % 9 + 1, n % 10)),
            ("Address", &format!("Unit {}\n{} Example Street", n % 90 + 1, n % 400 + 1)),
            ("City", "Sydney"),
            ("Region", "NSW"),
            ("PostCode", &format!("{}", 2000 + n % 800)),
            ("Country", "Australia"),
            ("PostalAddress", &format!("PO Box {n}")),
            ("PostalCity", "Whakat\u{101}ne"),
            ("PostalRegion", ""),
            ("PostalPostCode", "3120"),
            ("PostalCountry", "New Zealand"),
            ("Phone", &format!("(02) 7010 {:04}", n % 10_000)),
            ("Fax", ""),
            ("Website", &format!("https://client{n}.generated.example.com/")),
            ("ReferralSource", ""),
            ("ExportCode", &format!("C{n:06}")),
            ("IsProspect", yes(n % 10 == 3)),
            ("IsArchived", yes(n % 10 == 7)),
            ("IsDeleted", "No"),
        ],
    );
    for manager in ["<AccountManager>", "<JobManager>"] {
        let staff = [("UUID", &*uuid(2, staff, 0)), ("Name", "Alex Example")];
        element(&mut xml, manager, &staff);
        close(&mut xml, manager);
    }
    element(
        &mut xml,
        "<Type>",
        &[
            ("Name", "20th of the month"),
            ("CostMarkup", "30.00"),
            ("PaymentTerm", "DayOfMonth"),
            ("PaymentDay", "20"),
        ],
    );
    xml.push_str("</Type><Contacts>");
    for it in 0..shape.contacts {
        contact(&mut xml, n, it);
    }
    xml.push_str("</Contacts>");
    let number = format!("{:011}", 90_000_000_000_u64 + u64::from(n));
    element(
        &mut xml,
        "",
        &[
            ("TaxNumber", "******782"),
            ("CompanyNumber", &number[2..]),
            ("BusinessNumber", &number),
            ("BranchNumber", "1"),
            ("BusinessStructure", "Company"),
            ("BalanceMonth", "6"),
            ("PrepareGST", "Yes"),
            ("GSTRegistered", "Yes"),
            ("GSTPeriod", "2 Monthly"),
            ("GSTBasis", "Invoice"),
            ("SignedTaxAuthority", "No"),
            ("AgencyStatus", "Unlinked"),
            ("PrepareActivityStatement", "Yes"),
            ("PrepareTaxReturn", "Yes"),
            ("ActiveAtoClient", "No"),
        ],
    );
    if shape.notes > 0 {
        xml.push_str("<Notes>");
        (0..shape.notes).for_each(|it| note(&mut xml, n, it));
        xml.push_str("</Notes><Groups /><Relationships />");
    }
    xml.push_str("</Client>");
    xml
}

fn contact(xml: &mut String, client: u32, n: u32) {
    element(
        xml,
        "<Contact>",
        &[
            ("UUID", &uuid(3, client, n)),
            ("Name", &format!("Person {client} of N\u{101}pier {n}")),
            ("Mobile", &format!("0400 555 {:03}", client % 1000)),
            ("Email", &format!("person{client}.{n}@generated.example.com")),
            ("Phone", ""),
            ("Position", "Director &amp; Secretary"),
            ("Salutation", "Person"),
            ("Addressee", "Person of Example"),
            ("IsPrimary", yes(n == 0)),
            ("IsDeleted", "No"),
        ],
    );
    xml.push_str("</Contact>");
}

fn note(xml: &mut String, client: u32, n: u32) {
    let text = format!(
        "Rang on the {n}th about the year-end accounts; they will send the bank\nstatements & the \
         vehicle log < Friday. Invented client {client}, nobody's real affairs."
    );
    let text = format!("<![CDATA[{text}]]>");
    element(
        xml,
        "<Note>",
        &[
            ("Title", "Telephone call"),
            ("Text", &text),
            ("Folder", "General"),
            ("Date", "2026-11-02T09:30:00"),
            ("CreatedBy", "Alex Example"),
        ],
    );
    xml.push_str("</Note>");
}

/// An opening tag and what follows in it; an empty text is an empty element, as XPM writes it.
fn element(xml: &mut String, tag: &str, fields: &[(&str, &str)]) {
    xml.push_str(tag);
    for (name, value) in fields {
        // Writing to a text does not fail.
        let _ = match *value {
            "" => write!(xml, "<{name} />"),
            value => write!(xml, "<{name}>{value}</{name}>"),
        };
    }
}

fn close(xml: &mut String, tag: &str) {
    xml.push_str("</");
    xml.push_str(&tag[1..]);
}

fn yes(it: bool) -> &'static str {
    if it { "Yes" } else { "No" }
}

fn uuid(kind: u32, n: u32, part: u32) -> String {
    format!("{kind:08x}-{part:04x}-4000-8000-{n:012x}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chunks_are_the_list_again() {
        let list = ClientList::new(Shape { clients: 20, contacts: 2, notes: 1 });
        let chunks: Vec<Vec<u8>> = chunks(list.clone(), 1000).collect();
        let (last, others) = chunks.split_last().unwrap();
        assert!(others.iter().all(|it| it.len() == 1000) && last.len() <= 1000);
        assert_eq!(chunks.concat(), list.collect::<String>().into_bytes());
    }
}
