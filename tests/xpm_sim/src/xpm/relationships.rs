//! Relationships between clients.

use jiff::civil::Date;
use uuid::Uuid;

use crate::element::Element;
use crate::firm::Firm;
use crate::model::{Record, Relationship};
use crate::node::{Fields, Node};
use crate::xpm::clients::known as known_client;
use crate::xpm::values::{any_date, required, written_decimal, written_int};
use crate::xpm::{Desk, Handled, Refusal, Reply, identifier, reference, status_only};

const UNKNOWN: &str = "Invalid relationship identifier";

const TYPES: [&str; 18] = [
    "Director",
    "Shareholder",
    "Trustee",
    "Beneficiary",
    "Partner",
    "Settlor",
    "Associate",
    "Secretary",
    "Public Officer",
    "Husband",
    "Wife",
    "Spouse",
    "Parent Of",
    "Child Of",
    "Appointer",
    "Member",
    "Auditor",
    "Owner",
];

pub(crate) fn route(desk: &mut Desk<'_>, method: &str, path: &[&str]) -> Handled {
    match (method, path) {
        ("POST", ["addrelationship"]) => add(desk),
        ("PUT", ["updaterelationship"]) => update(desk),
        ("POST", ["deleterelationship"]) => delete(desk),
        _ => Err(Refusal::NoSuchMethod),
    }
}

fn add(desk: &mut Desk<'_>) -> Handled {
    let root = desk.root("Relationship")?;
    let client = known_client(desk, required(&root, "Relationship", "ClientUUID")?)?.uuid;
    let related = known_client(desk, required(&root, "Relationship", "RelatedClientUUID")?)?.uuid;
    let relationship = Relationship {
        uuid: Uuid::new_v4(),
        client,
        related,
        kind: kind(required(&root, "Relationship", "Type")?)?,
        shares: written_int(&root, "NumberOfShares")?.unwrap_or_default(),
        percentage: written_decimal(&root, "Percentage")?.unwrap_or_default(),
        start: date(&root, "StartDate")?,
        end: date(&root, "EndDate")?,
    };
    saved(desk, relationship, "relationship.add")
}

fn update(desk: &mut Desk<'_>) -> Handled {
    let root = desk.root("Relationship")?;
    let mut relationship = named(desk, &root)?;
    if let Some(text) = root.filled("Type") {
        relationship.kind = kind(text)?;
    }
    if let Some(shares) = written_int(&root, "NumberOfShares")? {
        relationship.shares = shares;
    }
    if let Some(percentage) = written_decimal(&root, "Percentage")? {
        relationship.percentage = percentage;
    }
    if root.get("StartDate").is_some() {
        relationship.start = date(&root, "StartDate")?;
    }
    if root.get("EndDate").is_some() {
        relationship.end = date(&root, "EndDate")?;
    }
    saved(desk, relationship, "relationship.update")
}

fn delete(desk: &mut Desk<'_>) -> Handled {
    let root = desk.root("Relationship")?;
    let uuid = named(desk, &root)?.uuid;
    desk.keep(Record::RelationshipGone(uuid));
    desk.effect("relationship.delete", uuid);
    status_only("Delete")
}

fn named(desk: &Desk<'_>, root: &Element) -> Result<Relationship, Refusal> {
    let uuid = identifier(required(root, "Relationship", "UUID")?, UNKNOWN)?;
    let found = desk.firm().relationships.get(&uuid).cloned();
    found.ok_or_else(|| Refusal::business(UNKNOWN))
}

fn kind(text: &str) -> Result<String, Refusal> {
    let known = TYPES.iter().find(|it| **it == text);
    known.map(|it| (*it).to_owned()).ok_or_else(|| Refusal::business("Invalid relationship type"))
}

fn date(root: &Element, name: &str) -> Result<Option<Date>, Refusal> {
    let complain = || Refusal::Business(format!("{name} is not a valid date"));
    root.filled(name).map(|it| any_date(it).ok_or_else(complain)).transpose()
}

fn saved(desk: &mut Desk<'_>, relationship: Relationship, effect: &str) -> Handled {
    let firm = desk.firm();
    let mut fields: Fields = vec![("UUID", Node::text(relationship.uuid.to_string()))];
    fields.extend(client(firm, "Client", relationship.client));
    fields.extend(client(firm, "RelatedClient", relationship.related));
    let kind = Node::Record(vec![("Name", Node::text(relationship.kind.as_str()))]);
    fields.push(("RelationshipType", kind));
    fields.extend(rest(&relationship));
    let uuid = relationship.uuid;
    desk.keep(Record::Relationship(relationship));
    desk.effect(effect, uuid);
    Ok(Reply::Fields("Relationship", vec![("ClientRelationship", Node::Record(fields))]))
}

fn client(firm: &Firm, name: &'static str, uuid: Uuid) -> Option<(&'static str, Node)> {
    firm.clients.get(&uuid).map(|it| (name, reference(it.uuid, &it.name)))
}

fn rest(relationship: &Relationship) -> Fields {
    let day = |date: Option<Date>| Node::text(date.map(|it| it.to_string()).unwrap_or_default());
    vec![
        ("NumberOfShares", Node::Int(relationship.shares)),
        ("Percentage", Node::Decimal(relationship.percentage)),
        ("StartDate", day(relationship.start)),
        ("EndDate", day(relationship.end)),
    ]
}

/// A relationship as its client's detail shows it.
pub(crate) fn inside_client(firm: &Firm, relationship: &Relationship) -> Node {
    let mut fields: Fields = vec![
        ("UUID", Node::text(relationship.uuid.to_string())),
        ("Type", Node::text(relationship.kind.as_str())),
    ];
    fields.extend(client(firm, "RelatedClient", relationship.related));
    fields.extend(rest(relationship));
    Node::Record(fields)
}
