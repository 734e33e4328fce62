//! Clients, contacts and the firm's lists.

use domain::ids::XpmUuid;
use domain::ports::{Access, ClientSink, Directory, Fault, Reply};
use domain::practice::{Address, Client, ClientContact, ClientDraft, ContactDraft, Named, Staff};
use jiff::Timestamp;

use super::{Done, MemoryPractice, Method, refused};

/// Clients handed to a sink at once.
const CHUNK: usize = 100;

impl Directory for MemoryPractice {
    async fn clients(
        &self,
        access: &Access,
        since: Option<Timestamp>,
        sink: &mut impl ClientSink,
    ) -> Reply<u64> {
        let mut half = Vec::new();
        let Reply { outcome, left } = self.call(Method::Clients, access, |desk| {
            let changed = |at: &Timestamp| since.is_none_or(|since| *at >= since);
            let wanted = desk.org.clients.iter().filter(|(_, at)| changed(at));
            let wanted: Vec<Client> = wanted.map(|(it, _)| it.clone()).collect();
            half = wanted[..wanted.len() / 2].to_vec();
            Ok(wanted)
        });
        let outcome = match outcome {
            Ok(clients) => hand(clients, sink).await,
            // An answer that breaks off has been taken half by then.
            Err(fault) => hand(half, sink).await.and(Err(fault)),
        };
        Reply { outcome, left }
    }

    async fn client(&self, access: &Access, uuid: &XpmUuid) -> Reply<Option<Client>> {
        self.call(Method::Client, access, |desk| Ok(desk.org.client(uuid).ok().cloned()))
    }

    async fn search_clients(&self, access: &Access, query: &str) -> Reply<Vec<Client>> {
        let query = query.to_lowercase();
        self.call(Method::SearchClients, access, |desk| {
            let found = |it: &Client| {
                let texts = [Some(&it.name), it.email.as_ref(), it.phone.as_ref()];
                texts.into_iter().flatten().any(|text| text.to_lowercase().contains(&query))
            };
            let all = desk.org.clients.iter().map(|(it, _)| it);
            Ok(all.filter(|it| !it.deleted && found(it)).cloned().collect())
        })
    }

    async fn add_client(&self, access: &Access, draft: &ClientDraft) -> Reply<Client> {
        self.call(Method::AddClient, access, |desk| {
            let named = draft.name.as_ref().filter(|it| !it.trim().is_empty());
            let name = named.ok_or_else(|| refused("The client name is required"))?;
            let mut client = Client {
                uuid: desk.mint(),
                name: name.clone(),
                first_name: None,
                last_name: None,
                email: None,
                phone: None,
                physical: None,
                postal: None,
                business_structure: None,
                business_number: None,
                prospect: false,
                archived: false,
                deleted: false,
                contacts: Vec::new(),
            };
            fill(&mut client, draft);
            desk.org.put_client(client.clone(), desk.now);
            desk.done.push(Done::ClientAdded(client.clone()));
            Ok(client)
        })
    }

    async fn update_client(
        &self,
        access: &Access,
        uuid: &XpmUuid,
        draft: &ClientDraft,
    ) -> Reply<Client> {
        self.call(Method::UpdateClient, access, |desk| {
            let client = desk.org.client_mut(uuid, desk.now)?;
            fill(client, draft);
            desk.done.push(Done::ClientUpdated(client.clone()));
            Ok(client.clone())
        })
    }

    async fn add_contact(
        &self,
        access: &Access,
        client: &XpmUuid,
        draft: &ContactDraft,
    ) -> Reply<ClientContact> {
        self.call(Method::AddContact, access, |desk| {
            desk.org.client(client)?;
            let named = draft.name.as_ref().filter(|it| !it.trim().is_empty());
            let name = named.ok_or_else(|| {
                refused(
                    "Message not in expected format. The following required element was missing \
                     - /Contact/Name",
                )
            })?;
            let uuid = desk.mint();
            let mut contact = ClientContact {
                uuid,
                name: name.clone(),
                email: None,
                phone: None,
                mobile: None,
                position: None,
                primary: false,
            };
            fill_person(&mut contact, draft);
            fill_role(&mut contact, draft);
            let there = desk.org.client_mut(client, desk.now)?;
            if contact.primary {
                there.contacts.iter_mut().for_each(|it| it.primary = false);
            }
            there.contacts.push(contact.clone());
            let added = Done::ContactAdded { client: client.clone(), contact: contact.clone() };
            desk.done.push(added);
            Ok(contact)
        })
    }

    async fn update_contact(
        &self,
        access: &Access,
        client: &XpmUuid,
        contact: &XpmUuid,
        draft: &ContactDraft,
    ) -> Reply<ClientContact> {
        self.call(Method::UpdateContact, access, |desk| {
            let at = desk.org.client(client)?.contacts.iter().position(|it| it.uuid == *contact);
            let at = at.ok_or_else(|| refused("Invalid contact identifier"))?;
            // One person may belong to several clients, with a role at each.
            for (there, changed) in &mut desk.org.clients {
                for person in there.contacts.iter_mut().filter(|it| it.uuid == *contact) {
                    fill_person(person, draft);
                    *changed = desk.now;
                }
            }
            let contacts = &mut desk.org.client_mut(client, desk.now)?.contacts;
            if draft.primary == Some(true) {
                contacts.iter_mut().for_each(|it| it.primary = false);
            }
            fill_role(&mut contacts[at], draft);
            let contact = contacts[at].clone();
            let updated = Done::ContactUpdated { client: client.clone(), contact: contact.clone() };
            desk.done.push(updated);
            Ok(contact)
        })
    }

    async fn link_contact(
        &self,
        access: &Access,
        client: &XpmUuid,
        contact: &XpmUuid,
        position: Option<&str>,
    ) -> Reply<()> {
        self.call(Method::LinkContact, access, |desk| {
            let mut people = desk.org.clients.iter().flat_map(|(it, _)| &it.contacts);
            let person = people.find(|it| it.uuid == *contact).cloned();
            let person = person.ok_or_else(|| refused("Invalid contact identifier"))?;
            let there = desk.org.client_mut(client, desk.now)?;
            if !there.contacts.iter().any(|it| it.uuid == *contact) {
                let position = position.map(str::to_owned);
                there.contacts.push(ClientContact { position, primary: false, ..person });
            }
            let linked = Done::ContactLinked { client: client.clone(), contact: contact.clone() };
            desk.done.push(linked);
            Ok(())
        })
    }

    async fn staff(&self, access: &Access) -> Reply<Vec<Staff>> {
        self.call(Method::Staff, access, |desk| Ok(desk.org.staff.clone()))
    }

    async fn tasks(&self, access: &Access) -> Reply<Vec<Named>> {
        self.call(Method::Tasks, access, |desk| Ok(desk.org.tasks.clone()))
    }

    async fn templates(&self, access: &Access) -> Reply<Vec<Named>> {
        self.call(Method::Templates, access, |desk| Ok(desk.org.templates.clone()))
    }
}

async fn hand(clients: Vec<Client>, sink: &mut impl ClientSink) -> Result<u64, Fault> {
    let count = clients.len() as u64;
    for chunk in clients.chunks(CHUNK) {
        sink.take(chunk.to_vec()).await.map_err(Fault::Uncertain)?;
    }
    Ok(count)
}

fn fill(client: &mut Client, draft: &ClientDraft) {
    if let Some(name) = &draft.name {
        client.name.clone_from(name);
    }
    set(&mut client.first_name, &draft.first_name);
    set(&mut client.last_name, &draft.last_name);
    set(&mut client.email, &draft.email);
    set(&mut client.phone, &draft.phone);
    fill_address(&mut client.physical, draft.physical.as_ref());
    fill_address(&mut client.postal, draft.postal.as_ref());
    set(&mut client.business_structure, &draft.business_structure);
}

/// Each part of an address is an element of its own: an absent one is left alone, an empty one clears.
fn fill_address(there: &mut Option<Address>, draft: Option<&Address>) {
    let Some(draft) = draft else { return };
    let mut address = there.take().unwrap_or_default();
    if !draft.lines.is_empty() {
        address.lines.clone_from(&draft.lines);
        address.lines.retain(|it| !it.is_empty());
    }
    set(&mut address.city, &draft.city);
    set(&mut address.region, &draft.region);
    set(&mut address.postcode, &draft.postcode);
    set(&mut address.country, &draft.country);
    *there = (address != Address::default()).then_some(address);
}

fn fill_person(contact: &mut ClientContact, draft: &ContactDraft) {
    if let Some(name) = &draft.name {
        contact.name.clone_from(name);
    }
    set(&mut contact.email, &draft.email);
    set(&mut contact.phone, &draft.phone);
    set(&mut contact.mobile, &draft.mobile);
}

fn fill_role(contact: &mut ClientContact, draft: &ContactDraft) {
    set(&mut contact.position, &draft.position);
    contact.primary = draft.primary.unwrap_or(contact.primary);
}

fn set(there: &mut Option<String>, new: &Option<String>) {
    if let Some(new) = new {
        *there = Some(new.clone()).filter(|it| !it.is_empty());
    }
}
