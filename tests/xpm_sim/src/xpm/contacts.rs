//! Contacts, which may stand at several clients: being primary and the
//! position belong to each of those places.

use uuid::Uuid;

use crate::element::Element;
use crate::model::{Client, Contact, Link, Record};
use crate::node::{Fields, Node};
use crate::xpm::clients::known as known_client;
use crate::xpm::values::truth;
use crate::xpm::{Desk, Handled, Refusal, Reply, custom, identifier, paging};

const UNKNOWN: &str = "Invalid contact identifier";
const MOST_LINKS: usize = 10;

pub(crate) fn route(desk: &mut Desk<'_>, method: &str, path: &[&str]) -> Handled {
    match (method, path) {
        ("GET", ["contacts"]) => list(desk),
        ("GET", ["contact", uuid]) => get(desk, uuid),
        ("POST", ["contact"]) => add(desk),
        ("PUT", ["contact", uuid]) => update(desk, uuid),
        ("DELETE", ["contact", uuid]) => remove(desk, uuid),
        ("POST", ["client", uuid, "contacts"]) => link(desk, uuid),
        ("GET" | "PUT", ["contact", uuid, "customfield"]) => {
            let uuid = known(desk, uuid)?.uuid;
            custom::values(desk, method, &format!("contact/{uuid}"), "contact.custom", uuid)
        }
        (_, ["contacts"] | ["contact"] | ["contact", _] | ["client", _, "contacts"]) => {
            Err(Refusal::NoSuchMethod)
        }
        _ => Err(Refusal::NoSuchPath),
    }
}

fn known(desk: &Desk<'_>, text: &str) -> Result<Contact, Refusal> {
    let uuid = identifier(text, UNKNOWN)?;
    let contact = desk.firm().contacts.get(&uuid).filter(|it| !it.deleted);
    contact.cloned().ok_or_else(|| Refusal::business(UNKNOWN))
}

/// Takes a contact's own elements; absent ones are left alone.
pub(crate) fn absorb(contact: &mut Contact, root: &Element) {
    let Contact { name, salutation, addressee, mobile, email, phone, .. } = contact;
    for (field, element) in [
        (name, "Name"),
        (salutation, "Salutation"),
        (addressee, "Addressee"),
        (mobile, "Mobile"),
        (email, "Email"),
        (phone, "Phone"),
    ] {
        if let Some(value) = root.value(element) {
            value.clone_into(field);
        }
    }
}

fn list(desk: &mut Desk<'_>) -> Handled {
    let page = paging::Page::asked(desk)?;
    let present = desk.firm().contacts.values().filter(|it| !it.deleted);
    let (contacts, next) = page.take(present, |it| it.uuid);
    let nodes = contacts.into_iter().map(|it| node(it, None)).collect();
    let fields = vec![
        ("Contacts", Node::List("Contact", nodes)),
        ("Pagination", page.links(&desk.address(), next)),
    ];
    Ok(Reply::Fields("Contact", fields))
}

fn get(desk: &mut Desk<'_>, uuid: &str) -> Handled {
    let contact = known(desk, uuid)?;
    let client = asked_client(desk)?;
    answer(desk, contact.uuid, client.as_ref())
}

fn asked_client(desk: &Desk<'_>) -> Result<Option<Client>, Refusal> {
    let asked = desk.parameters.get("clientUuid").filter(|it| !it.is_empty());
    asked.map(|it| known_client(desk, it)).transpose()
}

/// The contact at the client, or at its only client.
fn answer(desk: &Desk<'_>, contact: Uuid, client: Option<&Client>) -> Handled {
    let at = |client: &Client| client.links.iter().find(|it| it.contact == contact).cloned();
    let link = match client {
        Some(client) => at(client),
        None => {
            let mut places = desk.firm().clients.values().filter_map(at);
            places.next().filter(|_| places.next().is_none())
        }
    };
    let contact = &desk.firm().contacts[&contact];
    Ok(Reply::Fields("Contact", vec![("Contact", node(contact, link.as_ref()))]))
}

fn add(desk: &mut Desk<'_>) -> Handled {
    let root = desk.root("Contact")?;
    let mut contact = Contact { uuid: Uuid::new_v4(), ..Contact::default() };
    absorb(&mut contact, &root);
    let client =
        body_client(desk, &root)?.ok_or_else(|| Refusal::missing("/Contact/Client/UUID"))?;
    if contact.name.is_empty() {
        return Err(Refusal::missing("/Contact/Name"));
    }
    let uuid = contact.uuid;
    desk.keep(Record::Contact(contact));
    desk.effect("contact.add", uuid);
    let client = place(desk, client, uuid, &root);
    answer(desk, uuid, Some(&client))
}

fn body_client(desk: &Desk<'_>, root: &Element) -> Result<Option<Client>, Refusal> {
    let named = root.get("Client").and_then(|it| it.filled("UUID"));
    match named {
        Some(text) => known_client(desk, text).map(Some),
        None => asked_client(desk),
    }
}

/// Links the contact to the client, or changes how it is linked.
fn place(desk: &mut Desk<'_>, mut client: Client, contact: Uuid, root: &Element) -> Client {
    if !client.links.iter().any(|it| it.contact == contact) {
        client.links.push(Link { contact, primary: false, position: String::new() });
    }
    if let Some(primary) = root.filled("IsPrimary").map(truth) {
        for link in &mut client.links {
            if link.contact == contact {
                link.primary = primary;
            } else if primary {
                link.primary = false;
            }
        }
    }
    if let Some(position) = root.value("Position") {
        for link in client.links.iter_mut().filter(|it| it.contact == contact) {
            position.clone_into(&mut link.position);
        }
    }
    touch(desk, client)
}

fn touch(desk: &mut Desk<'_>, mut client: Client) -> Client {
    if desk.state.knobs.contacts_touch_clients {
        client.modified = desk.state.now();
    }
    desk.keep(Record::Client(Box::new(client.clone())));
    client
}

fn clients_of(desk: &Desk<'_>, contact: Uuid) -> Vec<Client> {
    let linked = |it: &&Client| it.links.iter().any(|link| link.contact == contact);
    desk.firm().clients.values().filter(linked).cloned().collect()
}

fn update(desk: &mut Desk<'_>, uuid: &str) -> Handled {
    let root = desk.root("Contact")?;
    let mut contact = known(desk, uuid)?;
    let client = body_client(desk, &root)?;
    absorb(&mut contact, &root);
    if contact.name.is_empty() {
        return Err(Refusal::missing("/Contact/Name"));
    }
    let uuid = contact.uuid;
    if let Some(client) = &client
        && !client.links.iter().any(|it| it.contact == uuid)
    {
        return Err(Refusal::business(UNKNOWN));
    }
    desk.keep(Record::Contact(contact));
    desk.effect("contact.update", uuid);
    for other in clients_of(desk, uuid) {
        touch(desk, other);
    }
    let client = client.and_then(|it| desk.firm().clients.get(&it.uuid).cloned());
    let client = client.map(|it| place(desk, it, uuid, &root));
    answer(desk, uuid, client.as_ref())
}

/// With a client, unlinks the contact from it; without, deletes the contact.
fn remove(desk: &mut Desk<'_>, uuid: &str) -> Handled {
    let mut contact = known(desk, uuid)?;
    let uuid = contact.uuid;
    match asked_client(desk)? {
        Some(mut client) => {
            let before = client.links.len();
            client.links.retain(|it| it.contact != uuid);
            if client.links.len() == before {
                return Err(Refusal::business(UNKNOWN));
            }
            touch(desk, client);
            desk.effect("contact.unlink", uuid);
        }
        None => {
            for mut client in clients_of(desk, uuid) {
                client.links.retain(|it| it.contact != uuid);
                touch(desk, client);
            }
            contact.deleted = true;
            desk.keep(Record::Contact(contact));
            desk.effect("contact.delete", uuid);
        }
    }
    answer(desk, uuid, None)
}

fn link(desk: &mut Desk<'_>, uuid: &str) -> Handled {
    let root = desk.root("Client")?;
    let mut client = known_client(desk, uuid)?;
    let given = root.items("Contacts");
    if given.is_empty() {
        return Err(Refusal::missing("/Client/Contacts/Contact"));
    }
    if given.len() > MOST_LINKS {
        return Err(Refusal::business("No more than 10 contacts can be added at once"));
    }
    let contacts: Vec<Uuid> = given
        .iter()
        .map(|it| known(desk, it.filled("UUID").unwrap_or_default()).map(|it| it.uuid))
        .collect::<Result<_, _>>()?;
    for (contact, root) in contacts.iter().zip(given) {
        client = place(desk, client, *contact, root);
        desk.effect("contact.link", *contact);
    }
    let firm = desk.firm();
    let nodes = client
        .links
        .iter()
        .filter_map(|link| Some(node(firm.contacts.get(&link.contact)?, Some(link))))
        .collect();
    let fields = Node::Record(vec![
        ("UUID", Node::text(client.uuid.to_string())),
        ("Contacts", Node::List("Contact", nodes)),
    ]);
    Ok(Reply::Fields("Contact", vec![("Client", fields)]))
}

/// A contact as it is read, at a client or by itself.
pub(crate) fn node(contact: &Contact, link: Option<&Link>) -> Node {
    let mut fields: Fields = vec![
        ("UUID", Node::text(contact.uuid.to_string())),
        ("Name", Node::text(contact.name.as_str())),
        ("Mobile", Node::text(contact.mobile.as_str())),
        ("Email", Node::text(contact.email.as_str())),
        ("Phone", Node::text(contact.phone.as_str())),
    ];
    if let Some(link) = link {
        fields.push(("Position", Node::text(link.position.as_str())));
    }
    fields.push(("Salutation", Node::text(contact.salutation.as_str())));
    fields.push(("Addressee", Node::text(contact.addressee.as_str())));
    fields.push(("IsDeleted", Node::YesNo(contact.deleted)));
    if let Some(link) = link {
        fields.push(("IsPrimary", Node::YesNo(link.primary)));
    }
    Node::Record(fields)
}
