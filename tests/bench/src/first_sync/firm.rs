//! An invented firm: so many contacts in the app, and as many clients in XPM.

use domain::contacts::contact::Contact;
use serde_json::{Value, json};

use crate::Cause;

/// A contact of the app. One in ten is an XPM client in name and e-mail, one in ten in name alone.
pub(crate) fn contact(n: usize) -> Result<Contact, Cause> {
    let name = match n % 10 {
        0 | 1 => name(n),
        _ => format!("Meridian Traders {n} Pty Ltd"),
    };
    let email = if n.is_multiple_of(10) { email(n) } else { format!("app{n}@meridian.example") };
    Ok(serde_json::from_value(json!({
        "id": format!("c-{n}"),
        "kind": "organisation",
        "name": name,
        "emails": [email],
        "phones": [{ "number": format!("02 {:04} {:04}", n / 10_000, n % 10_000) }],
        "addresses": [{
            "label": "physical",
            "lines": [format!("{n} Harbour Street")],
            "city": "Sydney",
            "postcode": format!("{}", 2000 + n % 900),
        }],
    }))?)
}

/// A client of XPM.
pub(crate) fn client(n: usize) -> Value {
    json!({
        "UUID": format!("{:08x}-0000-4000-8000-{n:012x}", n),
        "Name": name(n),
        "Email": email(n),
        "Phone": format!("03 {:04} {:04}", n / 10_000, n % 10_000),
        "Address": format!("{n} Quay Road"),
        "City": "Melbourne",
        "PostCode": format!("{}", 3000 + n % 900),
        "BusinessStructure": "Company",
        // Long before the overlap of the next reading.
        "ModifiedAt": "2026-01-02T03:04:05Z",
        "IsArchived": "No",
        "IsDeleted": "No",
        "IsProspect": "No",
    })
}

fn name(n: usize) -> String {
    format!("Northgate Holdings {n} Pty Ltd")
}

fn email(n: usize) -> String {
    format!("office{n}@northgate.example")
}
