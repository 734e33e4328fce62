//! What XPM is told, read back by a parser that is not ours.

use domain::practice::{Address, ClientDraft, ContactDraft};
use proptest::prelude::*;
use xpm::xml_out::{Written, client, contact, timesheet};

use crate::server::{an_hour, uuid};

/// Element names with their texts, in order.
fn leaves(written: &Written) -> Vec<(String, String)> {
    let text = std::str::from_utf8(&written.xml).unwrap();
    let document = roxmltree::Document::parse(text).unwrap();
    let elements = document.root_element().descendants().filter(roxmltree::Node::is_element);
    let leaves = elements.filter(|it| !it.has_children() || it.first_child().unwrap().is_text());
    leaves
        .map(|it| (it.tag_name().name().to_owned(), it.text().unwrap_or_default().to_owned()))
        .collect()
}

fn xml(written: Written) -> String {
    String::from_utf8(written.xml).unwrap()
}

#[test]
fn a_time_entry_is_written_as_xpm_takes_it() {
    assert_eq!(
        xml(timesheet(None, &an_hour()).unwrap()),
        "<Timesheet><Job>J000309</Job><TaskUUID>7a5c</TaskUUID><StaffUUID>57af</StaffUUID>\
         <Date>20261103</Date><Minutes>60</Minutes><Note>Call &amp; letter</Note></Timesheet>"
    );
    let back = domain::practice::Timesheet { minutes: -15, note: String::new(), ..an_hour() };
    assert_eq!(
        xml(timesheet(Some(&uuid("71CE")), &back).unwrap()),
        "<Timesheet><UUID>71ce</UUID><Job>J000309</Job><TaskUUID>7a5c</TaskUUID>\
         <StaffUUID>57af</StaffUUID><Date>20261103</Date><Minutes>-15</Minutes><Note></Note></Timesheet>"
    );
}

#[test]
fn a_client_is_written_in_the_order_of_the_sheet() {
    let text = |it: &str| Some(it.to_owned());
    let address = |mark: &str| {
        Some(Address {
            lines: vec![format!("{mark}1"), format!("{mark}2")],
            city: text(&format!("{mark}3")),
            region: text(&format!("{mark}4")),
            postcode: text(&format!("{mark}5")),
            country: text(&format!("{mark}6")),
        })
    };
    let draft = ClientDraft {
        name: text("N"),
        first_name: text("F"),
        last_name: text("L"),
        email: text("E"),
        phone: text("P"),
        physical: address("a"),
        postal: address("b"),
        business_structure: text("Trust"),
        export_code: text("X"),
    };
    assert_eq!(
        xml(client(Some(&uuid("c1")), &draft).unwrap()),
        "<Client><UUID>c1</UUID><Name>N</Name><Email>E</Email>\
         <Address>a1\na2</Address><City>a3</City><Region>a4</Region><PostCode>a5</PostCode><Country>a6</Country>\
         <PostalAddress>b1\nb2</PostalAddress><PostalCity>b3</PostalCity><PostalRegion>b4</PostalRegion>\
         <PostalPostCode>b5</PostalPostCode><PostalCountry>b6</PostalCountry>\
         <Phone>P</Phone><ExportCode>X</ExportCode><FirstName>F</FirstName><LastName>L</LastName>\
         <BusinessStructure>Trust</BusinessStructure></Client>"
    );
}

#[test]
fn what_a_draft_leaves_open_is_left_out_and_what_it_empties_is_empty() {
    let draft = ClientDraft {
        name: Some("N".to_owned()),
        phone: Some(String::new()),
        physical: Some(Address { city: Some("Perth".to_owned()), ..Address::default() }),
        ..ClientDraft::default()
    };
    assert_eq!(
        xml(client(None, &draft).unwrap()),
        "<Client><Name>N</Name><City>Perth</City><Phone></Phone></Client>"
    );
}

#[test]
fn a_contact_is_written_with_its_client() {
    let draft = ContactDraft {
        name: Some("Ann".to_owned()),
        mobile: Some("04".to_owned()),
        email: Some("a@b.c".to_owned()),
        phone: Some("02".to_owned()),
        position: Some("CEO".to_owned()),
        primary: Some(true),
    };
    assert_eq!(
        xml(contact(&uuid("c1"), &draft).unwrap()),
        "<Contact><Name>Ann</Name><Mobile>04</Mobile><Email>a@b.c</Email><Phone>02</Phone>\
         <Position>CEO</Position><IsPrimary>Yes</IsPrimary><Client><UUID>c1</UUID></Client></Contact>"
    );
    let draft = ContactDraft { primary: Some(false), ..ContactDraft::default() };
    assert_eq!(
        xml(contact(&uuid("c1"), &draft).unwrap()),
        "<Contact><IsPrimary>No</IsPrimary><Client><UUID>c1</UUID></Client></Contact>"
    );
}

/// XML 1.0, section 2.2, as it is printed there.
fn in_xml(it: char) -> bool {
    let it = u32::from(it);
    it == 0x9
        || it == 0xA
        || it == 0xD
        || (0x20..=0xD7FF).contains(&it)
        || (0xE000..=0xFFFD).contains(&it)
        || (0x10000..=0x10_FFFF).contains(&it)
}

fn g50_the_note_round_trips(note: &str) {
    let written =
        timesheet(None, &domain::practice::Timesheet { note: note.to_owned(), ..an_hour() });
    let written = written.unwrap();
    let kept: String = note.chars().filter(|&it| in_xml(it)).collect();
    assert_eq!(written.stripped, note.chars().count() - kept.chars().count());
    let leaves = leaves(&written);
    let names: Vec<_> = leaves.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["Job", "TaskUUID", "StaffUUID", "Date", "Minutes", "Note"], "{note:?}");
    assert_eq!(leaves[5].1, kept, "{note:?}");
}

#[test]
fn g50_naughty_texts_round_trip() {
    for note in [
        "</Note><Minutes>600</Minutes><Note>",
        "]]>",
        "<![CDATA[x]]>",
        "<!-- x -->",
        "<?xml version=\"1.0\"?>",
        "<!DOCTYPE x [<!ENTITY y SYSTEM \"file:///etc/passwd\">]>&y;",
        "&amp;&lt;&#0;&#x8;",
        "a\r\nb\rc\nd\te",
        " leading and trailing ",
        "\u{0}\u{1}\u{8}\u{b}\u{c}\u{e}\u{1f}",
        "\u{7f}\u{85}\u{9f}\u{2028}\u{feff}\u{fffe}\u{ffff}",
        "𝔘𝔫𝔦 👩\u{200d}👩\u{200d}👧 Ω≈ç√∫ \u{202e}right to left ﷽ Z̮̞̠͙͔ͅ",
        "'\"`${jndi:ldap://x}=cmd|' /C calc'!A0",
    ] {
        g50_the_note_round_trips(note);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(512) })]

    #[test]
    fn g50_any_text_round_trips(note in any::<String>()) {
        g50_the_note_round_trips(&note);
    }

    #[test]
    fn g50_text_of_markup_round_trips(note in "[<>&\"';/!?\\[\\]\\-a#x0-9\r\n\t\u{0}-\u{20}]{0,40}") {
        g50_the_note_round_trips(&note);
    }
}

#[tokio::test]
async fn g50_our_reader_reads_what_our_writer_wrote() {
    let name = "A & B <\"Łódź\"> 'x' ]]> \u{7}\u{1F600}";
    let draft = ClientDraft { name: Some(name.to_owned()), ..ClientDraft::default() };
    let written = client(Some(&uuid("c1")), &draft).unwrap();
    assert_eq!(written.stripped, 1);
    let document =
        format!("<Response><Status>OK</Status><Clients>{}</Clients></Response>", xml(written));
    let (_, clients) = crate::reading::read_in([document.as_bytes()]).await.unwrap();
    assert_eq!(clients[0].name, name.replace('\u{7}', ""));
}
