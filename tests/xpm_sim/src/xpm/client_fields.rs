//! The plain elements of a client: their two names, their order on the wire,
//! and what each does on the way in and out.

use crate::element::Element;
use crate::model::Client;
use crate::node::Node;
use crate::xpm::Refusal;
use crate::xpm::values::{any_date, midnight, truth};

/// When an element is read, and how.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shape {
    /// Always there, perhaps empty.
    Text,
    /// Left out when empty.
    Sparse,
    /// A date, with a time in lists and without elsewhere.
    Birthday,
    /// `Yes` or `No`, `No` when unset.
    YesNo,
    /// All but the last three characters are asterisks.
    Masked,
    /// Written `Jan` or `1`, read `1`.
    Month,
    /// Written `1`, `2` or `6`, read in words.
    Period,
}

/// Name on read, name on write, shape.
pub(crate) type Field = (&'static str, &'static str, Shape);

/// The elements before `IsProspect`.
pub(crate) const PERSONAL: [Field; 24] = [
    ("Title", "Title", Shape::Sparse),
    ("Gender", "Gender", Shape::Sparse),
    ("FirstName", "FirstName", Shape::Sparse),
    ("MiddleName", "MiddleName", Shape::Sparse),
    ("LastName", "LastName", Shape::Sparse),
    ("OtherName", "OtherName", Shape::Sparse),
    ("Email", "Email", Shape::Sparse),
    ("DateOfBirth", "DateOfBirth", Shape::Birthday),
    ("DateOfDeath", "DateOfDeath", Shape::Birthday),
    ("Address", "Address", Shape::Text),
    ("City", "City", Shape::Text),
    ("Region", "Region", Shape::Text),
    ("PostCode", "PostCode", Shape::Text),
    ("Country", "Country", Shape::Text),
    ("PostalAddress", "PostalAddress", Shape::Text),
    ("PostalCity", "PostalCity", Shape::Text),
    ("PostalRegion", "PostalRegion", Shape::Text),
    ("PostalPostCode", "PostalPostCode", Shape::Text),
    ("PostalCountry", "PostalCountry", Shape::Text),
    ("Phone", "Phone", Shape::Text),
    ("Fax", "Fax", Shape::Text),
    ("Website", "WebSite", Shape::Text),
    ("ReferralSource", "ReferralSource", Shape::Text),
    ("ExportCode", "ExportCode", Shape::Text),
];

/// The elements after `BillingClient`.
pub(crate) const TAX: [Field; 20] = [
    ("TaxNumber", "TaxNumber", Shape::Masked),
    ("CompanyNumber", "CompanyNumber", Shape::Text),
    ("BusinessNumber", "BusinessNumber", Shape::Text),
    ("BranchNumber", "BranchNumber", Shape::Sparse),
    ("BusinessStructure", "BusinessStructure", Shape::Text),
    ("BalanceMonth", "BalanceMonth", Shape::Month),
    ("PrepareGST", "PrepareGST", Shape::YesNo),
    ("GSTRegistered", "GSTRegistered", Shape::YesNo),
    ("GSTPeriod", "GSTPeriod", Shape::Period),
    ("GSTBasis", "GSTBasis", Shape::Sparse),
    ("ProvisionalTaxBasis", "ProvisionalTaxBasis", Shape::Sparse),
    ("ProvisionalTaxRatio", "ProvisionalTaxRatio", Shape::Sparse),
    ("SignedTaxAuthority", "SignedTaxAuthority", Shape::YesNo),
    ("TaxAgent", "TaxAgent", Shape::Sparse),
    ("AgencyStatus", "AgencyStatus", Shape::Text),
    ("ReturnType", "ReturnType", Shape::Sparse),
    ("PrepareActivityStatement", "PrepareActivityStatement", Shape::YesNo),
    ("PrepareTaxReturn", "PrepareTaxReturn", Shape::YesNo),
    ("ActiveAtoClient", "ActiveAtoClient", Shape::YesNo),
    ("ClientCode", "ClientCode", Shape::Sparse),
];

const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// The names of all plain elements, as read.
pub(crate) fn known_fields() -> impl Iterator<Item = Field> {
    PERSONAL.into_iter().chain(TAX)
}

/// How an element is read.
pub(crate) fn shown(client: &Client, field: Field, in_list: bool, mask: bool) -> Option<Node> {
    let (name, _, shape) = field;
    let value = client.fields.get(name).map(String::as_str).unwrap_or_default();
    match shape {
        Shape::Text if name == "AgencyStatus" && value.is_empty() => Some(Node::text("Unlinked")),
        Shape::Sparse if name == "BranchNumber" && value.is_empty() => Some(Node::text("1")),
        Shape::Text => Some(Node::text(value)),
        Shape::YesNo => Some(Node::YesNo(truth(value))),
        Shape::Masked if mask => Some(Node::text(masked(value))),
        Shape::Masked => Some(Node::text(value)),
        Shape::Sparse | Shape::Birthday | Shape::Month | Shape::Period if value.is_empty() => None,
        Shape::Sparse => Some(Node::text(value)),
        Shape::Birthday => match any_date(value) {
            Some(date) if in_list => Some(midnight(date)),
            Some(_) | None => Some(Node::text(value)),
        },
        Shape::Month => Some(Node::text(value)),
        Shape::Period => Some(Node::text(match value {
            "1" => "Monthly",
            "2" => "2 Monthly",
            "6" => "6 Monthly",
            other => other,
        })),
    }
}

fn masked(value: &str) -> String {
    let length = value.chars().count();
    let hidden = length.saturating_sub(3);
    "*".repeat(hidden) + &value.chars().skip(hidden).collect::<String>()
}

/// Takes the plain elements of a body into a client: an empty element clears,
/// an absent one is left alone unless `replace`.
pub(crate) fn absorb(client: &mut Client, root: &Element, replace: bool) -> Result<(), Refusal> {
    for (read, write, shape) in known_fields() {
        match root.prose(write).map(str::trim) {
            None if replace => {
                client.fields.remove(read);
            }
            None => {}
            Some("") => {
                client.fields.remove(read);
            }
            Some(value) => {
                let value = kept(read, shape, value)?;
                client.fields.insert(read.to_owned(), value);
            }
        }
    }
    Ok(())
}

/// Takes the plain elements of a loaded record, also as they are read.
pub(crate) fn load_fields(client: &mut Client, root: &Element) {
    for (read, write, shape) in known_fields() {
        if let Some(value) = root.prose(write).map(str::trim) {
            let value = kept(read, shape, value).unwrap_or_else(|_| value.to_owned());
            client.fields.insert(read.to_owned(), value);
        }
    }
}

fn kept(name: &str, shape: Shape, value: &str) -> Result<String, Refusal> {
    let complain = || Refusal::Business(format!("Invalid {name}"));
    match shape {
        Shape::Text | Shape::Sparse | Shape::Masked => Ok(value.to_owned()),
        Shape::YesNo => Ok(if truth(value) { "Yes" } else { "No" }.to_owned()),
        Shape::Birthday => any_date(value).map(|it| it.to_string()).ok_or_else(complain),
        Shape::Month => {
            let named = MONTHS.iter().position(|it| it.eq_ignore_ascii_case(value));
            let number = named.map(|it| it + 1).or_else(|| value.parse().ok());
            number.filter(|it| (1..=12).contains(it)).map(|it| it.to_string()).ok_or_else(complain)
        }
        Shape::Period => match value {
            "1" | "2" | "6" => Ok(value.to_owned()),
            _ => Err(complain()),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_last_three_characters_of_a_tax_number_are_read() {
        assert_eq!(masked("123456789"), "******789");
        assert_eq!(masked("12"), "12");
    }
}
