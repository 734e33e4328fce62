//! Notes and documents, which clients and jobs have alike.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::tz::TimeZone;
use uuid::Uuid;

use crate::element::Element;
use crate::model::{Document, Note, Record};
use crate::node::{Fields, Node};
use crate::xpm::clients::known as known_client;
use crate::xpm::jobs;
use crate::xpm::values::{moment, required};
use crate::xpm::{Desk, Handled, Refusal, Reply};

const CREATED_BY: &str = "Morgan Reyes";

/// A note as it is read; only those of jobs have a UUID and comments.
pub(crate) fn note(desk: &Desk<'_>, note: &Note, on_job: bool) -> Node {
    let mut fields: Fields = Vec::new();
    if on_job {
        fields.push(("UUID", Node::text(note.uuid.to_string())));
    }
    fields.push(("Title", Node::text(note.title.as_str())));
    fields.push(("Text", Node::text(note.text.as_str())));
    if desk.state.knobs.note_folder_null {
        fields.push(("Tags", Node::text(note.folder.as_str())));
    } else {
        fields.push(("Folder", Node::text(note.folder.as_str())));
    }
    fields.push(("Date", moment(note.date)));
    fields.push(("CreatedBy", Node::text(note.created_by.as_str())));
    if on_job {
        fields.push(("Comments", Node::List("Comment", Vec::new())));
    }
    Node::Record(fields)
}

/// `POST job.api/note`.
pub(crate) fn add_note(desk: &mut Desk<'_>) -> Handled {
    let root = desk.root("Note")?;
    let mut job = jobs::known(desk, required(&root, "Note", "Job")?)?;
    let title = required(&root, "Note", "Title")?.to_owned();
    let note = Note {
        uuid: Uuid::new_v4(),
        title,
        text: root.prose("Text").unwrap_or_default().to_owned(),
        folder: root.value("Folder").unwrap_or_default().to_owned(),
        date: desk.state.now().to_zoned(TimeZone::UTC).datetime(),
        created_by: CREATED_BY.to_owned(),
    };
    let uuid = note.uuid;
    job.notes.push(note);
    desk.keep(Record::Job(Box::new(job.clone())));
    desk.effect("job.note", uuid);
    Ok(Reply::Fields("Note", vec![("Job", jobs::node(desk, &job, true))]))
}

fn listed(documents: &[Document]) -> Handled {
    let nodes = documents
        .iter()
        .map(|it| {
            Node::Record(vec![
                ("Title", Node::text(it.title.as_str())),
                ("Text", Node::text(it.text.as_str())),
                ("Folder", Node::text(it.folder.as_str())),
                ("Date", Node::text(it.date.strftime("%Y%m%d").to_string())),
                ("CreatedBy", Node::text(CREATED_BY)),
                ("FileName", Node::text(it.file_name.as_str())),
                (
                    "URL",
                    Node::text(format!("https://practicemanager.xero.com/document/{}", it.uuid)),
                ),
            ])
        })
        .collect();
    Ok(Reply::Fields("Documents", vec![("Documents", Node::List("Document", nodes))]))
}

fn given(desk: &Desk<'_>, root: &Element) -> Result<Document, Refusal> {
    let content = required(root, "Document", "Content")?;
    if STANDARD.decode(content).is_err() {
        return Err(Refusal::business("Invalid document content"));
    }
    Ok(Document {
        uuid: Uuid::new_v4(),
        title: required(root, "Document", "Title")?.to_owned(),
        text: root.prose("Text").unwrap_or_default().to_owned(),
        folder: root.value("Folder").unwrap_or_default().to_owned(),
        date: desk.state.today(),
        file_name: required(root, "Document", "FileName")?.to_owned(),
        content: content.to_owned(),
    })
}

pub(crate) fn client_documents(desk: &mut Desk<'_>, method: &str, path: &[&str]) -> Handled {
    match (method, path) {
        ("GET", ["documents", uuid]) => listed(&known_client(desk, uuid)?.documents),
        ("POST", ["document"]) => {
            let root = desk.root("Document")?;
            let mut client = known_client(desk, required(&root, "Document", "ClientUUID")?)?;
            let document = given(desk, &root)?;
            let uuid = document.uuid;
            client.documents.push(document);
            desk.keep(Record::Client(Box::new(client)));
            desk.effect("client.document", uuid);
            Ok(Reply::Fields("Document", vec![("UUID", Node::text(uuid.to_string()))]))
        }
        _ => Err(Refusal::NoSuchPath),
    }
}

pub(crate) fn job_documents(desk: &mut Desk<'_>, method: &str, path: &[&str]) -> Handled {
    match (method, path) {
        ("GET", ["documents", number]) => listed(&jobs::known(desk, number)?.documents),
        ("POST", ["document"]) => {
            let root = desk.root("Document")?;
            let mut job = jobs::known(desk, required(&root, "Document", "Job")?)?;
            let document = given(desk, &root)?;
            let uuid = document.uuid;
            job.documents.push(document);
            desk.keep(Record::Job(Box::new(job.clone())));
            desk.effect("job.document", uuid);
            Ok(Reply::Fields("Document", vec![("Job", jobs::node(desk, &job, true))]))
        }
        _ => Err(Refusal::NoSuchPath),
    }
}
