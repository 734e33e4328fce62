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
    let him = Traits { kind: ContactKind::Person, name: "john smith".into(), ..acme(emails) };
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
    let subject = Traits { phones: vec![phone_key("02 5550 1234")], ..acme(&["a@acme.example"]) };
    let verdict = judge(&subject, &[&same_email, &same_email_and_phone]);
    assert_eq!(partial(&verdict), Some((Reason::Partial, vec!["c-2", "c-1"])));
}

/// BY-02: the weights make up one, and a score is the sum of those that agree.
#[test]
fn by_02_a_score_is_the_sum_of_the_signals_that_agree() {
    assert_eq!(WEIGHTS.iter().map(|(_, it)| u32::from(*it)).sum::<u32>(), 100);
    let contact = organisation("c-1", "Acme", &["a@acme.example"]);
    let Verdict::Partial { candidates, .. } = judge(&acme(&["a@acme.example"]), &[&contact]) else {
        panic!("not partial")
    };
    let agreeing: Vec<&str> =
        candidates[0].signals.iter().filter(|it| it.agrees).map(|it| it.name.as_str()).collect();
    assert_eq!((agreeing, candidates[0].score), (vec!["email"], 0.35));
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
        let subject = Traits { name: "n0".into(), emails: mail(&emails), ..acme(&[]) };
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
