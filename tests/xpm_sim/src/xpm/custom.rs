//! Custom fields: their definitions, and the values that records carry.

use std::collections::BTreeMap;

use uuid::Uuid;

use crate::model::{CustomField, Record};
use crate::node::{Fields, Node};
use crate::xpm::values::{required, truth};
use crate::xpm::{Desk, Handled, Refusal, Reply, identifier, status_only};

const UNKNOWN: &str = "Invalid custom field identifier";
const USES: [&str; 6] =
    ["UseClient", "UseContact", "UseJob", "UseJobTask", "UseJobCost", "UseJobTime"];
const VALUES: [&str; 5] = ["Date", "Number", "Decimal", "Boolean", "Text"];

/// `customfield.api`.
pub(crate) fn definitions(desk: &mut Desk<'_>, method: &str, path: &[&str]) -> Handled {
    match (method, path) {
        ("GET", ["definition"]) => {
            let nodes = desk.firm().custom_fields.values().map(node).collect();
            let list = Node::List("CustomFieldDefinition", nodes);
            Ok(Reply::Fields("List", vec![("CustomFieldDefinitions", list)]))
        }
        ("GET", ["get", uuid]) => {
            let field = known(desk, uuid)?;
            Ok(Reply::Fields("Get", vec![("CustomFieldDefinition", node(&field))]))
        }
        ("POST", ["add"]) => {
            let root = desk.root("CustomFieldDefinition")?;
            let kind = required(&root, "CustomFieldDefinition", "Type")?.to_owned();
            let field = CustomField {
                uuid: Uuid::new_v4(),
                name: required(&root, "CustomFieldDefinition", "Name")?.to_owned(),
                value_element: element_of(&kind).to_owned(),
                kind,
                uses: USES
                    .iter()
                    .filter(|it| root.filled(it).is_some_and(truth))
                    .map(|it| (*it).to_owned())
                    .collect(),
            };
            let answer = node(&field);
            let uuid = field.uuid;
            desk.keep(Record::CustomField(field));
            desk.effect("customfield.add", uuid);
            Ok(Reply::Fields("Add", vec![("CustomFieldDefinition", answer)]))
        }
        ("PUT", ["update"]) => {
            let root = desk.root("CustomFieldDefinition")?;
            let mut field = known(desk, required(&root, "CustomFieldDefinition", "UUID")?)?;
            if let Some(name) = root.filled("Name") {
                name.clone_into(&mut field.name);
            }
            let answer = node(&field);
            let uuid = field.uuid;
            desk.keep(Record::CustomField(field));
            desk.effect("customfield.update", uuid);
            Ok(Reply::Fields("Update", vec![("CustomFieldDefinition", answer)]))
        }
        ("POST", ["delete"]) => {
            let root = desk.root("CustomFieldDefinition")?;
            let uuid = known(desk, required(&root, "CustomFieldDefinition", "UUID")?)?.uuid;
            desk.keep(Record::CustomFieldGone(uuid));
            desk.effect("customfield.delete", uuid);
            status_only("Delete")
        }
        _ => Err(Refusal::NoSuchPath),
    }
}

fn known(desk: &Desk<'_>, text: &str) -> Result<CustomField, Refusal> {
    let uuid = identifier(text, UNKNOWN)?;
    desk.firm().custom_fields.get(&uuid).cloned().ok_or_else(|| Refusal::business(UNKNOWN))
}

fn element_of(kind: &str) -> &'static str {
    match kind {
        "Date" => "Date",
        "Number" => "Number",
        "Decimal" => "Decimal",
        "Checkbox" | "Boolean" => "Boolean",
        _ => "Text",
    }
}

fn node(field: &CustomField) -> Node {
    let mut fields: Fields = vec![
        ("UUID", Node::text(field.uuid.to_string())),
        ("Name", Node::text(field.name.as_str())),
        ("Type", Node::text(field.kind.as_str())),
    ];
    for name in USES {
        fields.push((name, Node::Flag(field.uses.iter().any(|it| it == name))));
    }
    fields.push(("ValueElement", Node::text(field.value_element.as_str())));
    Node::Record(fields)
}

/// The values of one record, read or written.
pub(crate) fn values(
    desk: &mut Desk<'_>,
    method: &str,
    owner: &str,
    effect: &str,
    uuid: Uuid,
) -> Handled {
    if method == "GET" {
        return Ok(Reply::Fields("Get", vec![("CustomFields", shown(desk, owner))]));
    }
    let root = desk.root("CustomFields")?;
    let mut values: BTreeMap<Uuid, String> =
        desk.firm().custom_values.get(owner).cloned().unwrap_or_default();
    for given in &root.children {
        let field = known(desk, given.filled("UUID").unwrap_or_default())?;
        let value = VALUES.iter().find_map(|it| given.value(it));
        match value.filter(|it| !it.is_empty()) {
            Some(value) => values.insert(field.uuid, value.to_owned()),
            None => values.remove(&field.uuid),
        };
    }
    desk.keep(Record::CustomValues { owner: owner.to_owned(), values });
    desk.effect(effect, uuid);
    status_only("Update")
}

fn shown(desk: &Desk<'_>, owner: &str) -> Node {
    let firm = desk.firm();
    let values = firm.custom_values.get(owner).into_iter().flatten();
    let nodes = values
        .filter_map(|(uuid, value)| {
            let field = firm.custom_fields.get(uuid)?;
            let element = VALUES.iter().find(|it| **it == field.value_element)?;
            Some(Node::Record(vec![
                ("UUID", Node::text(uuid.to_string())),
                ("Name", Node::text(field.name.as_str())),
                (element, Node::text(value.as_str())),
            ]))
        })
        .collect();
    Node::List("CustomField", nodes)
}
