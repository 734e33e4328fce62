//! `clientgroup.api`.

use uuid::Uuid;

use crate::element::Element;
use crate::model::{Group, Record};
use crate::node::{Fields, Node};
use crate::xpm::clients::known as known_client;
use crate::xpm::values::{required, truth};
use crate::xpm::{Desk, Handled, Refusal, Reply, identifier, reference, status_only};

const UNKNOWN: &str = "Invalid client group identifier";

pub(crate) fn route(desk: &mut Desk<'_>, method: &str, path: &[&str]) -> Handled {
    match (method, path) {
        ("GET", ["list"]) => {
            let groups = desk.firm().groups.values().map(|it| Node::Record(plain(it))).collect();
            Ok(Reply::Fields("List", vec![("Groups", Node::List("Group", groups))]))
        }
        ("GET", ["get", uuid]) => {
            let group = known(desk, uuid)?;
            answer(desk, &group, "Get")
        }
        ("POST", ["add"]) => add(desk),
        ("PUT", ["members"]) => members(desk),
        ("POST", ["delete"]) => {
            let root = desk.root("Group")?;
            let uuid = known(desk, required(&root, "Group", "UUID")?)?.uuid;
            desk.keep(Record::GroupGone(uuid));
            desk.effect("group.delete", uuid);
            status_only("Delete")
        }
        (_, ["list" | "add" | "members" | "delete"] | ["get", _]) => Err(Refusal::NoSuchMethod),
        _ => Err(Refusal::NoSuchPath),
    }
}

fn known(desk: &Desk<'_>, text: &str) -> Result<Group, Refusal> {
    let uuid = identifier(text, UNKNOWN)?;
    desk.firm().groups.get(&uuid).cloned().ok_or_else(|| Refusal::business(UNKNOWN))
}

fn plain(group: &Group) -> Fields {
    vec![
        ("UUID", Node::text(group.uuid.to_string())),
        ("Name", Node::text(group.name.as_str())),
        ("Taxable", Node::YesNo(group.taxable)),
        ("WebUrl", Node::text(format!("https://practicemanager.xero.com/group/{}", group.uuid))),
    ]
}

fn answer(desk: &Desk<'_>, group: &Group, api_method: &'static str) -> Handled {
    let firm = desk.firm();
    let clients = group.clients.iter().filter_map(|it| firm.clients.get(it));
    let clients = clients.map(|it| reference(it.uuid, &it.name)).collect();
    let mut fields = plain(group);
    fields.push(("Clients", Node::List("Client", clients)));
    Ok(Reply::Fields(api_method, vec![("Group", Node::Record(fields))]))
}

fn add(desk: &mut Desk<'_>) -> Handled {
    let root = desk.root("Group")?;
    let name = required(&root, "Group", "Name")?.to_owned();
    let client = known_client(desk, required(&root, "Group", "ClientUUID")?)?.uuid;
    let taxable = root.filled("Taxable").is_some_and(truth);
    let group = Group { uuid: Uuid::new_v4(), name, taxable, clients: vec![client] };
    desk.keep(Record::Group(group.clone()));
    desk.effect("group.add", group.uuid);
    answer(desk, &group, "Add")
}

fn members(desk: &mut Desk<'_>) -> Handled {
    let root = desk.root("Group")?;
    let mut group = known(desk, required(&root, "Group", "UUID")?)?;
    let client = |it: &Element| {
        known_client(desk, it.attribute("uuid").unwrap_or_default()).map(|it| it.uuid)
    };
    for change in &root.children {
        if change.is("add") {
            let client = client(change)?;
            if !group.clients.contains(&client) {
                group.clients.push(client);
            }
        } else if change.is("remove") {
            let client = client(change)?;
            group.clients.retain(|it| *it != client);
        }
    }
    desk.keep(Record::Group(group.clone()));
    desk.effect("group.members", group.uuid);
    answer(desk, &group, "Members")
}
