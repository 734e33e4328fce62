//! What becomes of one field when the two sides differ: a three-way merge against what both said when
//! they were last in step. The same rule serves the pull and the push, so that the two never disagree.

use super::pull::Synced;
use crate::firm::Policy;

/// What is to be done about a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Nothing: neither side has news, or its news is a blank that clears nothing (KB-61).
    Leave,
    /// Nothing but to remember that both sides are in step.
    Agree,
    /// XPM's value comes over.
    Take,
    /// The practice app's value goes to XPM.
    Send,
    /// Both changed; a person decides, and both values stay (KB-64).
    Ask,
}

/// Both sides of a field, as compared.
#[derive(Clone, Copy, Debug)]
pub struct Sides<'a> {
    /// What XPM says.
    pub theirs: &'a str,
    /// What the practice app would have XPM say.
    pub ours: &'a str,
    /// Whether the practice app says all that XPM says, and perhaps more.
    pub has_theirs: bool,
    /// Whether XPM says all that the practice app would have it say, and perhaps more.
    pub has_ours: bool,
    /// Whether values may stand side by side.
    pub list: bool,
    /// Whether the spelling counts too, once both were in step: a name's case is part of it.
    pub exact: bool,
}

/// The firm's choice.
#[derive(Clone, Copy, Debug)]
pub struct Choice {
    /// Who wins where both changed.
    pub policy: Policy,
    /// Whether a blank is a value like any other.
    pub blanks: bool,
}

/// What is to be done, given what both said when they were last in step, if they ever were.
pub fn step(it: Sides<'_>, last: Option<&Synced>, choice: Choice) -> Step {
    let met = last.is_some();
    let theirs_new = last.is_none_or(|last| last.xpm != it.theirs);
    let ours_new = last.is_none_or(|last| last.app != it.ours);
    if !theirs_new && !ours_new {
        return Step::Leave;
    }
    if it.theirs == it.ours {
        return if it.theirs.is_empty() && !met { Step::Leave } else { Step::Agree };
    }
    let loose = !(it.exact && met);
    let (has_theirs, has_ours) = (it.has_theirs && loose, it.has_ours && loose);
    let (blank_theirs, blank_ours) = (it.theirs.is_empty(), it.ours.is_empty());
    if has_theirs && has_ours && !blank_theirs && !blank_ours {
        return Step::Agree;
    }
    match (theirs_new, ours_new) {
        (true, false) if blank_theirs => {
            if choice.blanks {
                Step::Take
            } else {
                Step::Leave
            }
        }
        (true, false) if has_theirs => Step::Agree,
        (true, false) => Step::Take,
        (false, _) if blank_ours => {
            if choice.blanks {
                Step::Send
            } else {
                Step::Leave
            }
        }
        (false, _) if has_ours => Step::Agree,
        (false, _) => Step::Send,
        (true, true) if blank_theirs && !(met && choice.blanks) => Step::Send,
        (true, true) if blank_ours && !(met && choice.blanks) => Step::Take,
        (true, true) if blank_theirs || blank_ours => by(choice.policy),
        // XPM's news is here already, and ours is newer still.
        (true, true) if has_theirs => {
            if met {
                Step::Send
            } else {
                Step::Agree
            }
        }
        (true, true) if has_ours => Step::Take,
        // Values of a list stand side by side, so the first meeting loses none of them.
        (true, true) if it.list && !met && choice.policy == Policy::Ask => Step::Take,
        (true, true) => by(choice.policy),
    }
}

fn by(policy: Policy) -> Step {
    match policy {
        Policy::Xpm => Step::Take,
        Policy::App => Step::Send,
        Policy::Ask => Step::Ask,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One letter per value; the base is what both said, "-" where they never met.
    fn decided(base: &str, xpm: &str, app: &str, policy: Policy, blanks: bool) -> Step {
        let synced = Synced { xpm: base.into(), app: base.into(), asked: None };
        let last = (base != "-").then_some(&synced);
        let same = xpm == app;
        let (theirs, ours, has_theirs, has_ours) = (xpm, app, same, same);
        let sides = Sides { theirs, ours, has_theirs, has_ours, list: false, exact: false };
        step(sides, last, Choice { policy, blanks })
    }

    #[test]
    fn kb_60_kb_64_one_sides_news_goes_over_and_both_sides_news_goes_by_the_policy() {
        for (base, xpm, app, expected) in [
            ("a", "a", "a", Step::Leave),
            ("a", "b", "a", Step::Take),
            ("a", "a", "b", Step::Send),
            ("a", "b", "b", Step::Agree),
            ("", "a", "", Step::Take),
            ("", "", "a", Step::Send),
            ("-", "a", "a", Step::Agree),
            ("-", "a", "", Step::Take),
            ("-", "", "a", Step::Send),
            ("-", "", "", Step::Leave),
        ] {
            for policy in [Policy::Xpm, Policy::App, Policy::Ask] {
                let it = decided(base, xpm, app, policy, false);
                assert_eq!(it, expected, "{base:?} {xpm:?} {app:?} {policy:?}");
            }
        }
        for base in ["a", "-"] {
            assert_eq!(decided(base, "b", "c", Policy::Xpm, false), Step::Take);
            assert_eq!(decided(base, "b", "c", Policy::App, false), Step::Send);
            assert_eq!(decided(base, "b", "c", Policy::Ask, false), Step::Ask);
        }
    }

    #[test]
    fn kb_61_a_blank_overwrites_only_where_the_firm_says_so() {
        for (base, xpm, app, off, on) in [
            ("a", "", "a", Step::Leave, Step::Take),
            ("a", "a", "", Step::Leave, Step::Send),
            ("a", "", "b", Step::Send, Step::Ask),
            ("a", "b", "", Step::Take, Step::Ask),
            ("a", "", "", Step::Agree, Step::Agree),
            ("-", "", "b", Step::Send, Step::Send),
            ("-", "b", "", Step::Take, Step::Take),
        ] {
            assert_eq!(decided(base, xpm, app, Policy::Ask, false), off, "{base} {xpm} {app}");
            assert_eq!(decided(base, xpm, app, Policy::Ask, true), on, "{base} {xpm} {app}");
        }
    }
}
