//! `client.api`: clients themselves. Its contacts, relationships and
//! documents are in files of their own.

use uuid::Uuid;

use crate::element::Element;
use crate::model::{Client, Contact, Link, Record};
use crate::node::{Fields, Node};
use crate::xpm::client_fields::{PERSONAL, TAX, shown};
use crate::xpm::values::{truth, utc_moment};
use crate::xpm::{
    Desk, Handled, Refusal, Reply, absorb, contacts, custom, identifier, paging, papers, reference,
    relationships, status_only,
};

const UNKNOWN: &str = "Invalid client identifier";

/// How much of a client is read.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Depth {
    /// `paged-list`.
    Paged,
    /// `list` and `search`.
    List,
    /// `list` and `search` with `detailed=true`.
    Detailed,
    /// `get` and the answers of writes.
    Full,
}

pub(crate) fn route(desk: &mut Desk<'_>, method: &str, path: &[&str]) -> Handled {
    match (method, path) {
        ("GET", ["list"]) => list(desk),
        ("GET", ["paged-list"]) => paged(desk),
        ("GET", ["search"]) => search(desk),
        ("GET", ["get", uuid]) => get(desk, uuid),
        ("POST", ["add"]) => add(desk),
        ("PUT", ["update"]) => update(desk),
        ("PUT", ["archive"]) => archive(desk),
        ("POST", ["delete"]) => delete(desk),
        (_, ["contacts" | "contact", ..]) | (_, ["client", _, "contacts"]) => {
            contacts::route(desk, method, path)
        }
        (_, ["documents" | "document", ..]) => papers::client_documents(desk, method, path),
        (_, ["addrelationship" | "updaterelationship" | "deleterelationship"]) => {
            relationships::route(desk, method, path)
        }
        ("GET", ["get", uuid, "customfield"]) | ("PUT", ["update", uuid, "customfield"]) => {
            let uuid = known(desk, uuid)?.uuid;
            custom::values(desk, method, &format!("client/{uuid}"), "client.custom", uuid)
        }
        (_, ["list" | "paged-list" | "search" | "add" | "update" | "archive" | "delete"]) => {
            Err(Refusal::NoSuchMethod)
        }
        _ => Err(Refusal::NoSuchPath),
    }
}

/// A client that is there and not deleted.
pub(crate) fn known(desk: &Desk<'_>, text: &str) -> Result<Client, Refusal> {
    let uuid = identifier(text, UNKNOWN)?;
    let client = desk.firm().clients.get(&uuid).filter(|it| !it.deleted);
    client.cloned().ok_or_else(|| Refusal::business(UNKNOWN))
}

/// The client that a body's `UUID` names.
fn named(desk: &Desk<'_>, root: &Element) -> Result<Client, Refusal> {
    let text = root.filled("UUID").ok_or_else(|| Refusal::missing("/Client/UUID"))?;
    known(desk, text)
}

fn depth(desk: &Desk<'_>) -> Depth {
    if desk.detailed() { Depth::Detailed } else { Depth::List }
}

fn list(desk: &mut Desk<'_>) -> Handled {
    let since = match desk.parameters.get("modifiedsince").filter(|it| !it.is_empty()) {
        None => None,
        Some(text) => Some(utc_moment(text).ok_or_else(|| {
            Refusal::Invalid("The parameter 'modifiedsince' is not a valid date".to_owned())
        })?),
    };
    let inclusive = desk.state.knobs.modifiedsince_inclusive;
    let mut clients: Vec<&Client> = desk
        .firm()
        .clients
        .values()
        .filter(|it| {
            since.is_none_or(|since| {
                let (modified, since) = (it.modified.as_second(), since.as_second());
                modified > since || (inclusive && modified == since)
            })
        })
        .collect();
    clients.sort_by(|a, b| a.name.cmp(&b.name).then(a.uuid.cmp(&b.uuid)));
    let depth = depth(desk);
    let nodes = clients.into_iter().map(|it| node(desk, it, depth)).collect();
    Ok(Reply::Fields("List", vec![("Clients", Node::List("Client", nodes))]))
}

fn paged(desk: &mut Desk<'_>) -> Handled {
    let page = paging::Page::asked(desk)?;
    let present = desk.firm().clients.values().filter(|it| !it.archived && !it.deleted);
    let (clients, next) = page.take(present, |it| it.uuid);
    let nodes = clients.into_iter().map(|it| node(desk, it, Depth::Paged)).collect();
    let fields = vec![
        ("Clients", Node::List("Client", nodes)),
        ("Pagination", page.links(&desk.address(), next)),
    ];
    Ok(Reply::Fields("List", fields))
}

/// A loose match: every word, anywhere in the client's texts.
fn search(desk: &mut Desk<'_>) -> Handled {
    let query = desk.parameters.get("query").filter(|it| !it.trim().is_empty());
    let query = query
        .ok_or_else(|| Refusal::Invalid("The parameter 'query' is required".to_owned()))?
        .to_lowercase();
    let words: Vec<&str> = query.split_whitespace().collect();
    let matches = |client: &&Client| {
        let contacts = client.links.iter().filter_map(|it| desk.firm().contacts.get(&it.contact));
        let contacts: String =
            contacts.map(|it| format!(" {} {} {}", it.name, it.email, it.phone)).collect();
        let fields: Vec<&str> = ["Email", "Phone", "ExportCode", "ClientCode", "Address", "City"]
            .iter()
            .filter_map(|it| client.fields.get(*it).map(String::as_str))
            .collect();
        let text = format!("{} {}{contacts}", client.name, fields.join(" ")).to_lowercase();
        words.iter().all(|it| text.contains(it))
    };
    let mut clients: Vec<&Client> =
        desk.firm().clients.values().filter(|it| !it.deleted).filter(matches).collect();
    clients.sort_by(|a, b| a.name.cmp(&b.name).then(a.uuid.cmp(&b.uuid)));
    let depth = depth(desk);
    let nodes = clients.into_iter().map(|it| node(desk, it, depth)).collect();
    Ok(Reply::Fields("Search", vec![("Clients", Node::List("Client", nodes))]))
}

fn get(desk: &mut Desk<'_>, uuid: &str) -> Handled {
    let client = known(desk, uuid)?;
    let fields = vec![
        ("WebUrl", Node::text(format!("https://practicemanager.xero.com/client/{}", client.uuid))),
        ("Client", node(desk, &client, Depth::Full)),
    ];
    Ok(Reply::Fields("Get", fields))
}

fn add(desk: &mut Desk<'_>) -> Handled {
    let root = desk.root("Client")?;
    let name =
        root.filled("Name").ok_or_else(|| Refusal::business("The client name is required"))?;
    let now = desk.state.now();
    let mut client = Client::named(Uuid::new_v4(), name, now);
    take(desk, &mut client, &root, false)?;
    let mut contacts = Vec::new();
    for given in root.items("Contacts") {
        let mut contact = Contact { uuid: Uuid::new_v4(), ..Contact::default() };
        contacts::absorb(&mut contact, given);
        if contact.name.is_empty() {
            return Err(Refusal::missing("/Client/Contacts/Contact/Name"));
        }
        let primary = given.filled("IsPrimary").is_some_and(truth);
        if primary {
            client.links.iter_mut().for_each(|it| it.primary = false);
        }
        let position = given.value("Position").unwrap_or_default().to_owned();
        client.links.push(Link { contact: contact.uuid, primary, position });
        contacts.push(contact);
    }
    for contact in contacts {
        let uuid = contact.uuid;
        desk.keep(Record::Contact(contact));
        desk.effect("contact.add", uuid);
    }
    saved(desk, client, "Add", "client.add")
}

fn update(desk: &mut Desk<'_>) -> Handled {
    let root = desk.root("Client")?;
    let mut client = named(desk, &root)?;
    match root.value("Name") {
        Some("") => return Err(Refusal::business("The client name is required")),
        Some(name) => name.clone_into(&mut client.name),
        None => {}
    }
    let replace = !desk.state.knobs.patch_updates;
    take(desk, &mut client, &root, replace)?;
    saved(desk, client, "Update", "client.update")
}

fn archive(desk: &mut Desk<'_>) -> Handled {
    let root = desk.root("Client")?;
    let mut client = named(desk, &root)?;
    client.archived = true;
    saved(desk, client, "Archive", "client.archive")
}

fn delete(desk: &mut Desk<'_>) -> Handled {
    let root = desk.root("Client")?;
    let mut client = named(desk, &root)?;
    client.deleted = true;
    saved(desk, client, "Delete", "client.delete")?;
    status_only("Delete")
}

fn saved(
    desk: &mut Desk<'_>,
    mut client: Client,
    api_method: &'static str,
    effect: &str,
) -> Handled {
    client.modified = desk.state.now();
    let uuid = client.uuid;
    desk.keep(Record::Client(Box::new(client.clone())));
    desk.effect(effect, uuid);
    Ok(Reply::Fields(api_method, vec![("Client", node(desk, &client, Depth::Full))]))
}

fn take(
    desk: &Desk<'_>,
    client: &mut Client,
    root: &Element,
    replace: bool,
) -> Result<(), Refusal> {
    absorb(client, root, replace)?;
    if let Some(text) = root.value("IsProspect") {
        client.prospect = truth(text);
    }
    let staff = |name: &str, now: Option<Uuid>| match root.value(name) {
        None => Ok(now.filter(|_| !replace)),
        Some("") => Ok(None),
        Some(text) => identifier(text, "Invalid staff identifier")
            .ok()
            .filter(|it| desk.firm().active_staff(*it).is_some())
            .map(Some)
            .ok_or_else(|| Refusal::business("Invalid staff identifier")),
    };
    client.account_manager = staff("AccountManagerUUID", client.account_manager)?;
    client.job_manager = staff("JobManagerUUID", client.job_manager)?;
    client.billing_client = match root.value("BillingClientUUID") {
        None => client.billing_client.filter(|_| !replace),
        Some("") => None,
        Some(text) => Some(known(desk, text)?.uuid),
    };
    Ok(())
}

/// A client as it is read.
pub(crate) fn node(desk: &Desk<'_>, client: &Client, depth: Depth) -> Node {
    let firm = desk.firm();
    let in_list = depth != Depth::Full;
    let mask = desk.state.knobs.mask_tax_numbers;
    let mut fields: Fields = vec![
        ("UUID", Node::text(client.uuid.to_string())),
        ("Name", Node::text(client.name.as_str())),
    ];
    let plain = |field: (&'static str, _, _)| {
        shown(client, field, in_list, mask).map(|node| (field.0, node))
    };
    fields.extend(PERSONAL.into_iter().filter_map(plain));
    fields.push(("IsProspect", Node::YesNo(client.prospect)));
    fields.push(("IsArchived", Node::YesNo(client.archived)));
    fields.push(("IsDeleted", Node::YesNo(client.deleted)));
    for (name, staff) in
        [("AccountManager", client.account_manager), ("JobManager", client.job_manager)]
    {
        if let Some(staff) = staff.and_then(|it| firm.staff.get(&it)) {
            fields.push((name, reference(staff.uuid, &staff.name)));
        }
    }
    if depth != Depth::Paged {
        let contacts = client.links.iter().filter_map(|link| {
            let contact = firm.contacts.get(&link.contact)?;
            Some(contacts::node(contact, Some(link)))
        });
        fields.push(("Contacts", Node::List("Contact", contacts.collect())));
    }
    if let Some(billing) = client.billing_client.and_then(|it| firm.clients.get(&it)) {
        fields.push(("BillingClient", reference(billing.uuid, &billing.name)));
    }
    fields.extend(TAX.into_iter().filter_map(plain));
    if matches!(depth, Depth::Detailed | Depth::Full) {
        let notes = client.notes.iter().map(|it| papers::note(desk, it, false)).collect();
        fields.push(("Notes", Node::List("Note", notes)));
        let groups = firm.groups.values().filter(|it| it.clients.contains(&client.uuid));
        let groups = groups.map(|it| reference(it.uuid, &it.name)).collect();
        fields.push(("Groups", Node::List("Group", groups)));
        let all = firm.relationships.values().filter(|it| it.client == client.uuid);
        let relationships = all.map(|it| relationships::inside_client(firm, it)).collect();
        fields.push(("Relationships", Node::List("Relationship", relationships)));
    }
    Node::Record(fields)
}
