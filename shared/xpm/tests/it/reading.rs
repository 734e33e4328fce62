//! The client list, however it arrives.

use std::convert::Infallible;

use domain::ports::{Cause, ClientSink, Directory};
use domain::practice::{Address, Client, ClientContact};
use futures_util::stream;
use jiff::Timestamp;
use xpm::xml_in::{List, Unlisted, read_clients};

use crate::server::{Server, access, ending, ok, uuid};

/// Takes clients, and remembers in which portions.
#[derive(Default)]
pub(crate) struct Taken(pub(crate) Vec<Vec<Client>>);

impl ClientSink for Taken {
    async fn take(&mut self, clients: Vec<Client>) -> Result<(), Cause> {
        self.0.push(clients);
        Ok(())
    }
}

/// Takes nothing.
struct Full;

impl ClientSink for Full {
    async fn take(&mut self, _: Vec<Client>) -> Result<(), Cause> {
        Err("no room".into())
    }
}

/// What a list held, and how it ended.
pub(crate) async fn read_in<'a>(
    chunks: impl IntoIterator<Item = &'a [u8]>,
) -> Result<(List, Vec<Client>), Unlisted> {
    let mut taken = Taken::default();
    let chunks =
        stream::iter(chunks.into_iter().map(Ok::<_, Infallible>).map(|it| it.map_err(never)));
    let list = read_clients(chunks, 256 << 20, &mut taken).await?;
    Ok((list, taken.0.concat()))
}

fn never(it: Infallible) -> Cause {
    match it {}
}

fn bare(id: &str, name: &str) -> Client {
    Client {
        uuid: uuid(id),
        name: name.to_owned(),
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
    }
}

/// All that XML allows and XPM might send: a mark, a declaration, comments, sections, references,
/// quotes that hide brackets, elements within elements of the same name, letters of many bytes.
const RICH: &str = "\u{feff}<?xml version=\"1.0\" encoding=\"UTF-8\"?>\r\n<!-- <Client> -->
<Response api-method='List' note='a > b' >
  <Clients count=\"2\">
    <?skip <Client> ?>
    <Client>
      <Name>Łódź &amp; S&#246;ns &#x2014; <![CDATA[<b>]]> &lt;Ltd&gt;</Name><UUID>AB-01</UUID>
      <RelatedClient><Client><UUID>ff</UUID><Name>Not me</Name></Client></RelatedClient>
      <Address>
        1 High St
        Level 2
      </Address><City/><Phone></Phone>
      <Contacts>
        <Contact><UUID>c0</UUID><Name>Old</Name><IsDeleted>Yes</IsDeleted></Contact>
        <Contact><IsPrimary>Yes</IsPrimary><Name>Zoë <!-- - >> -> -->Ng</Name><UUID>c1</UUID><Position>CEO</Position></Contact>
      </Contacts><IsProspect>Yes</IsProspect><IsArchived>true</IsArchived><IsDeleted>No</IsDeleted>
    </Client >
    <Surprise><Deep/>text</Surprise>
    <Client><UUID>ab-02</UUID><Name>日\r\n本</Name></Client>
  </Clients>
  <Status> OK </Status>
</Response>
<!-- after -->";

fn rich_clients() -> Vec<Client> {
    let first = Client {
        physical: Some(Address {
            lines: vec!["1 High St".to_owned(), "Level 2".to_owned()],
            ..Address::default()
        }),
        prospect: true,
        archived: true,
        contacts: vec![ClientContact {
            uuid: uuid("c1"),
            name: "Zoë Ng".to_owned(),
            email: None,
            phone: None,
            mobile: None,
            position: Some("CEO".to_owned()),
            primary: true,
        }],
        ..bare("ab-01", "Łódź & Söns — <b> <Ltd>")
    };
    vec![first, bare("ab-02", "日\n本")]
}

#[tokio::test]
async fn g49_a_list_cut_at_any_byte_reads_the_same() {
    for place in 0..=RICH.len() {
        let (start, end) = RICH.as_bytes().split_at(place);
        let (list, clients) =
            read_in([start, end]).await.unwrap_or_else(|error| panic!("{place}: {error:?}"));
        assert_eq!(list, List::Whole(2), "at {place}");
        assert_eq!(clients, rich_clients(), "at {place}");
    }
}

#[tokio::test]
async fn g49_a_list_of_single_bytes_reads_the_same() {
    let (list, clients) = read_in(RICH.as_bytes().chunks(1)).await.unwrap();
    assert_eq!((list, clients), (List::Whole(2), rich_clients()));
}

#[tokio::test]
async fn g49_a_list_that_ends_early_is_none() {
    let end = RICH.find("</Response>").unwrap() + "</Response>".len();
    for place in 0..end {
        let read = read_in([&RICH.as_bytes()[..place]]).await;
        assert!(matches!(read, Err(Unlisted::Unreadable(_))), "at {place}: {read:?}");
    }
}

#[tokio::test]
async fn clients_are_handed_on_two_hundred_at_a_time() {
    let client = |id: usize| format!("<Client><UUID>{id:x}</UUID><Name>N{id}</Name></Client>");
    let clients: String = (0..450).map(client).collect();
    let document = format!("<Response><Status>OK</Status><Clients>{clients}</Clients></Response>");
    let mut taken = Taken::default();
    let chunks = stream::iter([Ok::<_, Cause>(document.as_bytes())]);
    let list = read_clients(chunks, 1 << 20, &mut taken).await.unwrap();
    assert_eq!(list, List::Whole(450));
    assert_eq!(taken.0.iter().map(Vec::len).collect::<Vec<_>>(), [200, 200, 50]);
    assert_eq!(taken.0[2][49], bare("1c1", "N449"));
}

#[tokio::test]
async fn g09_clients_before_an_error_do_not_make_a_list() {
    let document = "<Response><Clients><Client><UUID>1</UUID></Client></Clients>\
        <Status>ERROR</Status><ErrorDescription>Too busy</ErrorDescription></Response>";
    let (list, _) = read_in([document.as_bytes()]).await.unwrap();
    assert_eq!(list, List::Refused("Too busy".to_owned()));
}

#[tokio::test]
async fn a_sink_that_takes_no_more_stops_the_reading() {
    let document = "<Response><Status>OK</Status><Clients><Client><UUID>1</UUID></Client></Clients></Response>";
    let chunks = stream::iter([Ok::<_, Cause>(document.as_bytes())]);
    let read = read_clients(chunks, 1 << 20, &mut Full).await;
    assert!(matches!(read, Err(Unlisted::Sink(_))), "{read:?}");
}

#[tokio::test]
async fn a_list_of_nobody_is_whole_and_a_list_without_its_container_is_not() {
    for empty in ["<Clients/>", "<Clients></Clients>", "<Clients> \n </Clients>"] {
        let document = format!("<Response><Status>OK</Status>{empty}</Response>");
        assert_eq!(read_in([document.as_bytes()]).await.unwrap().0, List::Whole(0), "{empty}");
    }
    assert!(read_in([&b"<Response><Status>OK</Status></Response>"[..]]).await.is_err());
}

#[tokio::test]
async fn the_list_is_asked_for_since_an_instant_in_utc() {
    let server = Server::doing([ok("<Clients/>"), ok("<Clients/>")]).await;
    let since: Timestamp = "2026-11-22T23:30:01.75+02:00".parse().unwrap();
    let xpm = server.xpm();
    for since in [None, Some(since)] {
        let reply = xpm.clients(&access(), since, &mut Taken::default()).await;
        assert_eq!(ending(&reply.outcome), "ok");
    }
    let heard = server.heard();
    assert_eq!(heard[0].line(), "GET /client.api/list");
    assert_eq!(heard[1].line(), "GET /client.api/list?modifiedsince=2026-11-22T21%3A30%3A01");
}
