use proptest::prelude::*;
use serde_json::json;

use super::*;

const EQUAL: EmailAgreement = EmailAgreement::Equal;
const DIFFERENT: EmailAgreement = EmailAgreement::Different;
const MISSING: EmailAgreement = EmailAgreement::Missing;

/// N∧E match; N∧¬E, ¬N∧E, N∧∅ partial; ¬N∧¬E, ¬N∧∅ create.
#[test]
fn kb_24_every_row_of_the_truth_table_holds() {
    for (same_name, email, expected) in [
        (true, EQUAL, Agreement::Exact),
        (true, DIFFERENT, Agreement::Partial),
        (true, MISSING, Agreement::Partial),
        (false, EQUAL, Agreement::Partial),
        (false, DIFFERENT, Agreement::None),
        (false, MISSING, Agreement::None),
    ] {
        assert_eq!(agreement(same_name, email), expected, "{same_name} {email:?}");
    }
}

#[test]
fn kb_24_two_blank_emails_are_no_agreement() {
    let subject = acme(&[]);
    assert_eq!(subject.email_agreement(&acme(&[])), MISSING);
    assert_eq!(subject.agreement(&acme(&[])), Agreement::Partial);
}

#[test]
fn kb_21_same_name_and_email_match() {
    let contact = organisation("c-1", "ACME  pty ltd", &["A@acme.example"]);
    assert_eq!(judge(&acme(&["a@acme.example"]), &[&contact]), Verdict::Match(contact.id.clone()));
}

#[test]
fn kb_22_neither_makes_a_new_one() {
    let contact = organisation("c-1", "Other", &["b@acme.example"]);
    assert_eq!(judge(&acme(&["a@acme.example"]), &[&contact]), Verdict::Create);
    assert_eq!(judge(&acme(&["a@acme.example"]), &[]), Verdict::Create);
}

#[test]
fn kb_23_one_of_the_two_is_partial() {
    for (name, emails) in [
        ("Acme Pty Ltd", &["b@acme.example"][..]),
        ("Acme Pty Ltd", &[]),
        ("Acme", &["a@acme.example"]),
    ] {
        let contact = organisation("c-1", name, emails);
        let verdict = judge(&acme(&["a@acme.example"]), &[&contact]);
        assert_eq!(partial(&verdict), Some((Reason::Partial, vec!["c-1"])), "{name} {emails:?}");
    }
}

#[test]
fn kb_25_any_of_the_emails_may_agree() {
    let contact = organisation("c-1", "Acme Pty Ltd", &["x@acme.example", "b@acme.example"]);
    let verdict = judge(&acme(&["a@acme.example", "b@acme.example"]), &[&contact]);
    assert_eq!(verdict, Verdict::Match(contact.id.clone()));
}

#[test]
fn kb_26_two_exact_ones_are_ambiguous() {
    let emails = &["a@acme.example"][..];
    let one = organisation("c-1", "Acme Pty Ltd", emails);
    let two = organisation("c-2", "Acme Pty Ltd", emails);
    let verdict = judge(&acme(emails), &[&two, &one]);
    assert_eq!(partial(&verdict), Some((Reason::AmbiguousExact, vec!["c-1", "c-2"])));
}

#[test]
fn kb_26_those_who_share_an_email_are_shown_together() {
    let emails = &["family@smith.example"][..];
    let her = person("c-1", "Jane Smith", emails);
    let trust = organisation("c-2", "Smith Family Trust", emails);
    let him = Traits::of(&person("x", "John Smith", emails));
    let verdict = judge(&him, &[&her, &trust]);
    assert_eq!(partial(&verdict), Some((Reason::Partial, vec!["c-1", "c-2"])));
}

#[test]
fn kb_21_a_shared_email_does_not_spoil_the_one_exact_match() {
    let emails = &["family@smith.example"][..];
    let trust = organisation("c-1", "Smith Family Trust", emails);
    let exact = organisation("c-2", "Acme Pty Ltd", emails);
    assert_eq!(judge(&acme(emails), &[&trust, &exact]), Verdict::Match(exact.id.clone()));
}

#[test]
fn kb_27_a_person_never_matches_an_organisation_by_itself() {
    let emails = &["a@acme.example"][..];
    let contact = person("c-1", "Acme Pty Ltd", emails);
    let verdict = judge(&acme(emails), &[&contact]);
    assert_eq!(partial(&verdict), Some((Reason::KindMismatch, vec!["c-1"])));
}

#[test]
fn kb_43_the_likeliest_candidate_comes_first() {
    let same_email = organisation("c-1", "Acme", &["a@acme.example"]);
    let mut same_email_and_phone = organisation("c-2", "Acme Ltd", &["a@acme.example"]);
    same_email_and_phone.phones =
        serde_json::from_value(json!([{"number": "(02) 5550-1234"}])).unwrap();
    let mut subject = organisation("x", "Acme Pty Ltd", &["a@acme.example"]);
    subject.phones = serde_json::from_value(json!([{"number": "02 5550 1234"}])).unwrap();
    let subject = Traits::of(&subject);
    let verdict = judge(&subject, &[&same_email, &same_email_and_phone]);
    assert_eq!(partial(&verdict), Some((Reason::Partial, vec!["c-2", "c-1"])));
}

/// BY-02: a score in 0..1, and the signals that made it, each with its weight.
#[test]
fn by_02_a_score_is_the_sum_of_each_agreement_times_its_weight() {
    let mut contact = organisation("c-1", "Acme Ltd", &["a@acme.example"]);
    contact.business_number = Some("51 824 753 556".into());
    let Verdict::Partial { candidates, .. } = judge(&acme(&["a@acme.example"]), &[&contact]) else {
        panic!("not partial")
    };
    let it = &candidates[0];
    let names: Vec<&str> = it.signals.iter().map(|it| it.name.as_str()).collect();
    assert_eq!(names, ["name", "email", "phone", "address", "business_number"]);
    let agreeing: Vec<&str> =
        it.signals.iter().filter(|it| it.agrees).map(|it| it.name.as_str()).collect();
    assert_eq!(agreeing, ["email"]);
    let sum: f64 = it.signals.iter().map(|it| it.weight * it.agreement).sum();
    assert!((it.score - sum).abs() < 0.001 && it.score > 0.0 && it.score < 1.0, "{it:?}");
    // What only one side has weighs nothing.
    assert_eq!(
        it.signals[4],
        Signal { name: "business_number".into(), weight: 0.0, agreement: 0.0, agrees: false }
    );
    assert!(it.signals[0].agreement > 0.9, "the legal form is set aside");
}

#[test]
fn by_02_more_that_agrees_scores_higher_and_what_differs_lower() {
    let full = |id: &str, name: &str, email: &str, phone: &str, number: &str| {
        let mut it = organisation(id, name, &[email]);
        it.phones = serde_json::from_value(json!([{"number": phone}])).unwrap();
        it.business_number = Some(number.into());
        it
    };
    let acme = full("x", "Acme Pty Ltd", "a@acme.example", "02 5550 1234", "51 824 753 556");
    let subject = Traits::of(&acme).dialled_in(Dialling::of("AU"));
    let of = |it: &Contact| score(&subject, &Traits::of(it).dialled_in(Dialling::of("AU"))).value();
    let falling = [
        full("1", "ACME Pty Ltd", "A@acme.example", "+61 2 5550 1234", "51824753556"),
        full("2", "Acme P/L", "a@acme.example", "+61 2 5550 1234", "51824753556"),
        full("3", "Acme P/L", "a@acme.example", "+61 2 5550 9999", "51824753556"),
        full("4", "Acme P/L", "b@acme.example", "+61 2 5550 9999", "51824753556"),
        full("5", "Zebra", "b@acme.example", "+61 2 5550 9999", "51824753556"),
        full("6", "Zebra", "b@acme.example", "+61 2 5550 9999", "11111111111"),
    ];
    let scores: Vec<f64> = falling.iter().map(of).collect();
    assert!(scores.is_sorted_by(|a, b| a > b), "{scores:?}");
    assert_eq!(scores[5], 0.0);
}

/// KB-24, KB-25: alike is not equal. Whatever else agrees, what shares neither name nor e-mail
/// address is created, and only suggested.
#[test]
fn kb_24_kb_25_one_that_is_only_alike_is_suggested_and_never_matched() {
    let mut contact = organisation("c-1", "Acme Limited", &["office@acme.example"]);
    contact.phones = serde_json::from_value(json!([{"number": "02 5550 1234"}])).unwrap();
    contact.business_number = Some("51 824".into());
    let mut subject = contact.clone();
    (subject.name, subject.emails) = ("Acme Pty Ltd".into(), vec!["a@acme.example".into()]);
    let subject = Traits::of(&subject);
    assert_eq!(judge(&subject, &[&contact]), Verdict::Create);
    let found = suggestions(&subject, &[&contact, &organisation("c-2", "Zebra", &[])]);
    assert_eq!(found.iter().map(|it| it.contact_id.as_str()).collect::<Vec<_>>(), ["c-1"]);
    // Beside one that shares the name, it is shown too.
    let namesake = organisation("c-3", "Acme Pty Ltd", &[]);
    let verdict = judge(&subject, &[&contact, &namesake]);
    assert_eq!(partial(&verdict), Some((Reason::Partial, vec!["c-3", "c-1"])));
}

#[test]
fn by_02_names_are_alike_in_spite_of_typos_order_and_short_forms() {
    let alike = |one: &str, other: &str| {
        let of = |name: &str| Traits::of(&person("x", name, &[]));
        score(&of(one), &of(other)).signals[0].agreement
    };
    for (one, other) in [
        ("John Smith", "Smith, John"),
        ("Jon Smyth", "John Smith"),
        ("Bob Lee", "Robert Lee"),
        ("Zoë Müller", "Zoe Muller"),
        ("J & M Smith", "J and M Smith"),
    ] {
        assert!((0.8..1.0).contains(&alike(one, other)), "{one} {other} {}", alike(one, other));
    }
    for (one, other) in [("John Smith", "Mary Jones"), ("山田", "佐藤"), ("\u{1F600}", "\u{1F680}")]
    {
        assert_eq!(alike(one, other), 0.0, "{one} {other}");
    }
}

#[test]
fn a_name_of_4_000_characters_is_scored_like_any_other() {
    let long = "Ω & Söhne ".repeat(400);
    let of = |name: &str| Traits::of(&organisation("x", name, &["a@x.example"]));
    assert_eq!(of(&long).agreement(&of(&format!("{long}!"))), Agreement::Partial);
    assert!(score(&of(&long), &of(&long)).value() > 0.8);
    assert!(crate::contacts::keys::blocking_keys(&of(&long)).iter().all(|it| it.len() < 900));
}

proptest! {
    /// The table decides alone: whatever else agrees, only a name and an e-mail address in common match.
    #[test]
    fn kb_24_a_match_always_has_both_in_common(
        contacts in proptest::collection::vec(
            (0..3u8, proptest::collection::vec(0..3u8, 0..3), any::<bool>()), 0..5),
        emails in proptest::collection::vec(0..3u8, 0..3),
    ) {
        let mail = |it: &[u8]| it.iter().map(|n| format!("m{n}@x.example")).collect::<Vec<_>>();
        let contacts: Vec<Contact> = contacts.iter().enumerate().map(|(n, (name, emails, is_person))| {
            let emails = mail(emails);
            let emails: Vec<&str> = emails.iter().map(String::as_str).collect();
            let id = format!("c-{n}");
            let make = if *is_person { person } else { organisation };
            make(&id, &format!("n{name}"), &emails)
        }).collect();
        let emails = mail(&emails);
        let emails: Vec<&str> = emails.iter().map(String::as_str).collect();
        let subject = Traits::of(&organisation("x", "n0", &emails));
        let all: Vec<&Contact> = contacts.iter().collect();
        let exact = |it: &&&Contact| {
            it.name == "n0" && it.emails.iter().any(|it| subject.emails.contains(it))
        };
        let exact: Vec<&&Contact> = all.iter().filter(exact).collect();
        let same_kind: Vec<_> = exact.iter().filter(|it| it.kind == subject.kind).collect();
        let shares = |it: &&Contact| {
            it.name == "n0" || it.emails.iter().any(|it| subject.emails.contains(it))
        };
        match judge(&subject, &all) {
            Verdict::Match(id) => {
                prop_assert_eq!(same_kind.len(), 1);
                prop_assert_eq!(&same_kind[0].id, &id);
            }
            Verdict::Partial { candidates, .. } => {
                prop_assert_ne!(same_kind.len(), 1);
                prop_assert_eq!(candidates.len(), all.iter().copied().filter(|it| shares(it)).count());
            }
            Verdict::Create => prop_assert!(!all.iter().any(shares)),
        }
    }
}

fn acme(emails: &[&str]) -> Traits {
    Traits::of(&organisation("subject", "Acme Pty Ltd", emails))
}

fn organisation(id: &str, name: &str, emails: &[&str]) -> Contact {
    contact("organisation", id, name, emails)
}

fn person(id: &str, name: &str, emails: &[&str]) -> Contact {
    contact("person", id, name, emails)
}

fn contact(kind: &str, id: &str, name: &str, emails: &[&str]) -> Contact {
    let it = json!({"id": id, "kind": kind, "name": name, "emails": emails});
    serde_json::from_value(it).unwrap()
}

fn partial(verdict: &Verdict) -> Option<(Reason, Vec<&str>)> {
    match verdict {
        Verdict::Partial { reason, candidates } => {
            Some((*reason, candidates.iter().map(|it| it.contact_id.as_str()).collect()))
        }
        Verdict::Match(_) | Verdict::Create => None,
    }
}
