//! What no answer of XPM does, and what therefore is not read.

use domain::ports::Cause;
use futures_util::stream;
use xpm::xml_in::{List, Unlisted, read_clients};

use crate::reading::{Taken, read_in};

async fn refused(document: &str) -> bool {
    matches!(read_in([document.as_bytes()]).await, Err(Unlisted::Unreadable(_)))
}

fn list(head: &str, inside: &str, tail: &str) -> String {
    format!("{head}<Response><Status>OK</Status><Clients>{inside}</Clients></Response>{tail}")
}

fn named(name: &str) -> String {
    list("", &format!("<Client><UUID>1</UUID><Name>{name}</Name></Client>"), "")
}

#[tokio::test]
async fn g49_a_document_type_is_refused() {
    assert!(!refused(&named("x")).await);
    for doctype in [
        "<!DOCTYPE Response>",
        "<!DOCTYPE Response SYSTEM \"http://127.0.0.1/x.dtd\">",
        "<!DOCTYPE Response [<!ENTITY x SYSTEM \"file:///etc/passwd\">]>",
        "<!DOCTYPE lolz [<!ENTITY a \"ha\"><!ENTITY b \"&a;&a;&a;&a;&a;&a;&a;&a;&a;\">]>",
        "<!doctype html>",
    ] {
        assert!(refused(&list(doctype, "", "")).await, "{doctype}");
        let later = format!("<?xml version=\"1.0\"?>\n<!-- -->{doctype}");
        assert!(refused(&list(&later, "", "")).await, "{later}");
    }
}

#[tokio::test]
async fn g49_only_the_five_entities_and_numbers_are_resolved() {
    let (_, clients) =
        read_in([named("&amp;&lt;&gt;&quot;&apos;&#65;&#x42;&#x1F600;").as_bytes()]).await.unwrap();
    assert_eq!(clients[0].name, "&<>\"'AB😀");
    for name in [
        "&nbsp;",
        "&x;",
        "a & b",
        "&",
        "&;",
        "&#;",
        "&#0;",
        "&#xD800;",
        "&#x110000;",
        "&amp",
        "&AMP;",
    ] {
        assert!(refused(&named(name)).await, "{name}");
    }
}

#[tokio::test]
async fn g49_nesting_is_bounded_at_128() {
    // Response, Clients, Client and Name are four of them.
    let nested = |more: usize| named(&format!("{}{}", "<a>".repeat(more), "</a>".repeat(more)));
    assert!(!refused(&nested(124)).await);
    assert!(refused(&nested(125)).await);
    assert!(refused(&"<a>".repeat(100_000)).await);
}

#[tokio::test]
async fn g49_attributes_are_bounded_at_256() {
    let with = |count: usize| {
        let attributes: String = (0..count).map(|it| format!(" a{it}=\"\"")).collect();
        list("", &format!("<Client{attributes}><UUID>1</UUID></Client>"), "")
    };
    assert!(!refused(&with(256)).await);
    assert!(refused(&with(257)).await);
    assert!(refused(&with(300_000)).await);
    assert!(refused(&list("", "<Client a='1' a='2'><UUID>1</UUID></Client>", "")).await);
}

#[tokio::test]
async fn g49_what_is_not_well_formed_is_refused() {
    for document in [
        "",
        " ",
        "text",
        "\u{feff}",
        "{\"status\":\"OK\"}",
        &list("", "<Client><UUID>1</UUID></Clint>", ""),
        &list("", "<Client><UUID>1</Client></UUID>", ""),
        &list("", "<Client a=1><UUID>1</UUID></Client>", ""),
        &list("", "<!-- a -- b -->", ""),
        &list("", "<Client", ""),
        &list("", "", "<Response/>"),
        &list("", "", "</Response>"),
        &list("", "", "more"),
        &list("", "", "&amp;"),
        &list("", "", "<![CDATA[x]]>"),
        &list("before", "", ""),
        &list(" <?xml version=\"1.0\"?><?xml version=\"1.0\"?>", "", ""),
        &list("<?xml version=\"1.0\" encoding=\"UTF-16\"?>", "", ""),
        &list("<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?>", "", ""),
    ] {
        assert!(refused(document).await, "{document}");
    }
    assert!(matches!(
        read_in([&b"<Response>\xff\xfe</Response>"[..]]).await,
        Err(Unlisted::Unreadable(_))
    ));
}

#[tokio::test]
async fn g49_characters_that_xml_does_not_have_are_left_out() {
    let (_, clients) = read_in([named("a\u{1}b\u{b}c\u{1f}").as_bytes()]).await.unwrap();
    assert_eq!(clients[0].name, "abc");
}

#[tokio::test]
async fn g49_a_list_beyond_its_bound_is_refused() {
    let document = named(&"x".repeat(1_000));
    for (longest, fits) in [(document.len(), true), (document.len() - 1, false)] {
        let chunks = stream::iter(document.as_bytes().chunks(100).map(Ok::<_, Cause>));
        let read = read_clients(chunks, longest as u64, &mut Taken::default()).await;
        assert_eq!(matches!(read, Ok(List::Whole(1))), fits, "{longest}: {read:?}");
    }
}

#[tokio::test]
async fn g49_a_part_without_end_is_refused_long_before_the_bound() {
    // A thousand times what one part may have, had it to be made; it stops being asked for.
    let forever = |start: &'static str, more: &'static str| {
        let more = more.repeat(65_536 / more.len());
        let chunks =
            (0..65_536).map(move |it| if it == 0 { start.to_owned() } else { more.clone() });
        stream::iter(chunks.map(Ok::<_, Cause>))
    };
    for (start, more) in [
        ("<Response><Clients><Client><Name>", "x"),
        ("<Response><Clients><Client a=\"", "x"),
        ("<Response><!--", "x"),
        ("<Response><![CDATA[", "x"),
        ("<Response><Status>", "x"),
        ("<Response><Other>", "<x>longer</x>"),
        ("<Response>", "<Status>OK</Status>"),
    ] {
        let read = read_clients(forever(start, more), 256 << 20, &mut Taken::default()).await;
        let error = format!("{:?}", read.unwrap_err());
        assert!(error.contains("has a part that is too long"), "{start}: {error}");
    }
}

/// The grammar that a parser for speed leaves out. Each is one character away from a good one.
#[tokio::test]
async fn g49_names_attributes_and_instructions_are_held_to_the_letter() {
    let client =
        |attributes: &str| list("", &format!("<Client{attributes}><UUID>1</UUID></Client>"), "");
    for good in ["", " ", " a='1' b=\"2\"", "\n a = '&lt;&#65;' ", " é=''"] {
        assert!(!refused(&client(good)).await, "{good}");
    }
    for bad in [
        " a='1'b='2'",
        " a='<'",
        " a='&'",
        " a='&x;'",
        " 1='1'",
        " a",
        " a=",
        " a='",
        " a='1\"",
        " a='1' a='2'",
        " a='\u{1}'",
        " ='1'",
        "\u{b}",
    ] {
        assert!(refused(&client(bad)).await, "{bad}");
    }
    for (good, bad) in [
        ("<?a?>", "<??>"),
        ("<?a xml?>", "<?XML a?>"),
        ("<?a b?>", "<?a+ b?>"),
        ("<!-- a -->", "<!-- \u{1} -->"),
        ("<?xml version='1.0'?>", "<?xml version='1.0 '?>"),
        ("<?xml version='1.1' encoding='utf-8'?>", "<?xml encoding='utf-8'?>"),
        ("<?xml version='1.0' standalone='no'?>", "<?xml version='1.0' standalone='No'?>"),
        ("<?xml version='1.0' encoding='US-ASCII'?>", "<?xml version='1.0'encoding='UTF-8'?>"),
    ] {
        assert!(!refused(&list(good, "", "")).await, "{good}");
        assert!(refused(&list(bad, "", "")).await, "{bad}");
    }
    let named = |name: &str| list("", &format!("<{name}/>"), "");
    for (good, bad) in [("a.b-c", ".a"), ("_1", "1"), ("é", "×"), ("a:b", "a+b")] {
        assert!(!refused(&named(good)).await, "{good}");
        assert!(refused(&named(bad)).await, "{bad}");
    }
}
