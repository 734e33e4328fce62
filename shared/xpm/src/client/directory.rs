//! Clients, their contacts, and the firm's lists (xpm-api 2.1, 2.4 to 2.6).

use std::pin::pin;

use domain::ids::XpmUuid;
use domain::ports::{Access, ClientSink, Directory, Reply};
use domain::practice::{Client, ClientContact, ClientDraft, ContactDraft, Named, Staff};
use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::Xpm;
use super::answer::refusal;
use super::call::{Call, chunks, uncertain};
use crate::xml_in::{self, List, each, named, one, read_clients};
use crate::xml_out;

impl Directory for Xpm {
    async fn clients(
        &self,
        access: &Access,
        since: Option<Timestamp>,
        sink: &mut impl ClientSink,
    ) -> Reply<u64> {
        let mut call = Call::get(["client.api", "list"]).within(self.settings.list_total);
        if let Some(since) = since {
            // In UTC, without saying so (xpm-api 1.4).
            let since = since.to_zoned(TimeZone::UTC).strftime("%Y-%m-%dT%H:%M:%S").to_string();
            call = call.with("modifiedsince", since);
        }
        let (response, left) = match self.send(access, call).await {
            Ok(sent) => sent,
            Err((fault, left)) => return Reply { outcome: Err(fault), left },
        };
        let (status, longest) = (response.status(), self.settings.longest_list);
        let outcome = match read_clients(pin!(chunks(response)), longest, sink).await {
            Ok(List::Whole(count)) => Ok(count),
            Ok(List::Refused(words)) => Err(refusal(status, words)),
            Err(error) => Err(uncertain(error)),
        };
        Reply { outcome, left }
    }

    async fn client(&self, access: &Access, uuid: &XpmUuid) -> Reply<Option<Client>> {
        let call = Call::get(["client.api", "get", uuid.as_str()]);
        self.find(access, call, |root| one(root, "Client", xml_in::client)).await
    }

    async fn search_clients(&self, access: &Access, query: &str) -> Reply<Vec<Client>> {
        let call = Call::get(["client.api", "search"]).with("query", query);
        self.ask(access, call, |root| each(root, "Clients", "Client", xml_in::client)).await
    }

    async fn add_client(&self, access: &Access, draft: &ClientDraft) -> Reply<Client> {
        let call = Call::create(["client.api", "add"], xml_out::client(None, draft));
        self.ask(access, call, |root| one(root, "Client", xml_in::client)).await
    }

    async fn update_client(
        &self,
        access: &Access,
        uuid: &XpmUuid,
        draft: &ClientDraft,
    ) -> Reply<Client> {
        let call = Call::put(["client.api", "update"], xml_out::client(Some(uuid), draft));
        self.ask(access, call, |root| one(root, "Client", xml_in::client)).await
    }

    async fn add_contact(
        &self,
        access: &Access,
        client: &XpmUuid,
        draft: &ContactDraft,
    ) -> Reply<ClientContact> {
        let call = Call::create(["client.api", "contact"], xml_out::contact(client, draft));
        self.ask(access, call, |root| one(root, "Contact", xml_in::contact)).await
    }

    async fn update_contact(
        &self,
        access: &Access,
        client: &XpmUuid,
        contact: &XpmUuid,
        draft: &ContactDraft,
    ) -> Reply<ClientContact> {
        let path = ["client.api", "contact", contact.as_str()];
        let call = Call::put(path, xml_out::contact(client, draft));
        self.ask(access, call, |root| one(root, "Contact", xml_in::contact)).await
    }

    async fn link_contact(
        &self,
        access: &Access,
        client: &XpmUuid,
        contact: &XpmUuid,
        position: Option<&str>,
    ) -> Reply<()> {
        let path = ["client.api", "client", client.as_str(), "contacts"];
        let call = Call::create(path, xml_out::link(contact, position));
        self.ask(access, call, |_| Ok(())).await
    }

    async fn staff(&self, access: &Access) -> Reply<Vec<Staff>> {
        let call = Call::get(["staff.api", "list"]);
        self.ask(access, call, |root| each(root, "StaffList", "Staff", xml_in::staff)).await
    }

    async fn tasks(&self, access: &Access) -> Reply<Vec<Named>> {
        let call = Call::get(["task.api", "list"]);
        self.ask(access, call, |root| each(root, "TaskList", "Task", named)).await
    }

    async fn templates(&self, access: &Access) -> Reply<Vec<Named>> {
        let call = Call::get(["template.api", "list"]);
        self.ask(access, call, |root| each(root, "Templates", "Template", named)).await
    }
}
