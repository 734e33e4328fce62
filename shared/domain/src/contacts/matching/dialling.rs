//! Phone numbers in one form, whichever way they are typed: E.164, by the plan of the firm's region.
//!
//! It serves comparison alone: a number is neither checked for being in use nor written back.

/// How numbers are dialled in a region (ITU-T E.164 and E.123; the regulators' numbering plans).
#[derive(Debug, PartialEq, Eq)]
pub struct Dialling {
    region: &'static str,
    country: &'static str,
    /// What is dialled before a number of another area.
    trunk: &'static str,
    /// What is dialled before a number of another country.
    abroad: &'static str,
    /// How many digits a number has without the trunk prefix.
    lengths: &'static [usize],
}

/// The served regions. Data, not code.
const PLANS: &[Dialling] = &[
    plan("AU", "61", "0", "0011", &[6, 9, 10]),
    plan("NZ", "64", "0", "00", &[8, 9, 10]),
    plan("ZA", "27", "0", "00", &[9]),
    plan("GB", "44", "0", "00", &[9, 10]),
    plan("CA", "1", "1", "011", &[10]),
    plan("US", "1", "1", "011", &[10]),
];

const fn plan(
    region: &'static str,
    country: &'static str,
    trunk: &'static str,
    abroad: &'static str,
    lengths: &'static [usize],
) -> Dialling {
    Dialling { region, country, trunk, abroad, lengths }
}

impl Dialling {
    /// The plan of a served region, by its ISO 3166 code.
    pub fn of(region: &str) -> Option<&'static Self> {
        PLANS.iter().find(|it| it.region == region)
    }

    /// A number, as compared within one side, in E.164; `None` where its area or country is not said.
    /// An extension, which begins with a letter, is left out.
    pub fn e164(&self, number: &str) -> Option<String> {
        let (plus, number) = match number.strip_prefix('+') {
            Some(rest) => (true, rest),
            None => (false, number),
        };
        let end = number.find(|c: char| !c.is_ascii_digit()).unwrap_or(number.len());
        let digits = &number[..end];
        let abroad = if plus { Some(digits) } else { digits.strip_prefix(self.abroad) };
        if let Some(digits) = abroad {
            return international(digits);
        }
        let national = digits.strip_prefix(self.trunk).unwrap_or(digits);
        let own = digits.strip_prefix(self.country).filter(|it| self.fits(it));
        let national = Some(national).filter(|it| self.fits(it)).or(own)?;
        Some(format!("+{}{national}", self.country))
    }

    fn fits(&self, national: &str) -> bool {
        self.lengths.contains(&national.len())
    }
}

/// With its country code in front. A trunk prefix typed behind it, as in +44 (0)20, does not belong there.
fn international(digits: &str) -> Option<String> {
    let plan = PLANS.iter().find(|it| digits.starts_with(it.country));
    let Some(plan) = plan else {
        return (8..=15).contains(&digits.len()).then(|| format!("+{digits}"));
    };
    let national = &digits[plan.country.len()..];
    let national = if plan.trunk == "0" {
        national.strip_prefix(plan.trunk).unwrap_or(national)
    } else {
        national
    };
    plan.fits(national).then(|| format!("+{}{national}", plan.country))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contacts::fields::phone_key;
    use crate::firm::REGIONS;

    /// Numbers set aside for examples and fiction: ACMA, Ofcom, the North American Numbering Plan
    /// Administrator; New Zealand's and South Africa's as in E.123's national and international notation.
    #[test]
    fn by_02_a_number_is_the_same_whichever_way_it_is_typed() {
        for (region, typed, expected) in [
            ("AU", "(02) 5550 1234", "+61255501234"),
            ("AU", "+61 2 5550 1234", "+61255501234"),
            ("AU", "0011 61 2 5550 1234", "+61255501234"),
            ("AU", "61 2 5550 1234", "+61255501234"),
            ("AU", "0491 570 006", "+61491570006"),
            ("AU", "491 570 006", "+61491570006"),
            ("AU", "1800 975 707", "+611800975707"),
            ("AU", "+44 20 7946 0018", "+442079460018"),
            ("GB", "020 7946 0018", "+442079460018"),
            ("GB", "+44 (0)20 7946 0018", "+442079460018"),
            ("GB", "020 7946 0018 ext 5", "+442079460018"),
            ("GB", "07700 900123", "+447700900123"),
            ("US", "(212) 555-0100", "+12125550100"),
            ("US", "1-212-555-0100", "+12125550100"),
            ("CA", "+1 604 555 0199", "+16045550199"),
            ("NZ", "04 555 1234", "+6445551234"),
            ("NZ", "0064 4 555 1234", "+6445551234"),
            ("ZA", "021 555 1234", "+27215551234"),
            ("US", "011 22 607 123 4567", "+226071234567"),
        ] {
            let it = Dialling::of(region).unwrap().e164(&phone_key(typed));
            assert_eq!(it.as_deref(), Some(expected), "{region} {typed}");
        }
    }

    #[test]
    fn a_number_without_its_area_or_no_number_at_all_stays_as_it_is() {
        for typed in ["5550 1234", "", "n/a", "12", "+", "+61", "0", "Acme"] {
            assert_eq!(Dialling::of("AU").unwrap().e164(&phone_key(typed)), None, "{typed}");
        }
    }

    #[test]
    fn kb_02_every_served_region_has_a_plan() {
        assert!(REGIONS.iter().all(|it| Dialling::of(it.0).is_some()));
        assert_eq!(PLANS.len(), REGIONS.len());
    }
}
