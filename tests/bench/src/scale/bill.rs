//! What was counted, times list prices.

use super::counts::Counts;
use super::model::{GB, HOURS, WORKERS, resources};
use crate::Cause;

/// List prices, each with its source.
const PRICES: &str = include_str!("../../prices.json");
/// The services of the bill, in the order in which they are shown.
pub(crate) const SERVICES: [&str; 8] = [
    "DynamoDB, reads and writes",
    "DynamoDB, what is kept, and its backup",
    "Lambda",
    "SQS",
    "API Gateway",
    "KMS",
    "CloudWatch, logs",
    "CloudWatch, metrics and alarms; the secret; the schedules",
];
/// Lambda keeps at least five polls of 20 s open to a queue.
const POLLS: f64 = HOURS * 180.0 * 5.0 * WORKERS.len() as f64;
const SWEEPS: f64 = HOURS * 60.0 * WORKERS.len() as f64;
/// For how many months logs are kept by default.
const LOGS_KEPT: f64 = 3.0;

/// Dollars of a month, by service.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Bill(pub(crate) [f64; 8]);

impl Bill {
    /// All of it.
    pub(crate) fn sum(&self) -> f64 {
        self.0.iter().sum()
    }
}

/// The price list.
pub(crate) struct Prices(serde_json::Value);

impl Prices {
    /// As it lies beside this program.
    ///
    /// # Errors
    /// It is no JSON.
    pub(crate) fn read() -> Result<Self, Cause> {
        Ok(Self(serde_json::from_str(PRICES)?))
    }

    /// Whose and of when.
    pub(crate) fn told(&self) -> String {
        let text = |name: &str| self.0[name].as_str().unwrap_or_default();
        format!("list prices of {}, {}", text("region"), text("as_of"))
    }

    fn of(&self, what: &str, count: f64) -> Result<f64, Cause> {
        let price = &self.0["prices"][what];
        match (price["dollars"].as_f64(), price["per"].as_f64()) {
            (Some(dollars), Some(per)) => Ok(count * dollars / per),
            _ => Err(format!("prices.json has no price of {what}").into()),
        }
    }

    /// A month in which this was asked, and so many GB are kept.
    ///
    /// # Errors
    /// A price is missing.
    pub(crate) fn month(&self, it: &Counts, gb: f64) -> Result<Bill, Cause> {
        let logs = it.logs / 1e9;
        Ok(Bill([
            self.of("read_units", it.read_units)?
                + self.of("write_units", it.write_units + it.index_units)?,
            self.of("table_gb_months", gb)? + self.of("backup_gb_months", gb)?,
            self.of("lambda_requests", it.invocations)?
                + self.of("lambda_gb_seconds", it.seconds * GB)?,
            self.of("queue_requests", it.messages)?,
            self.of("http_requests", it.http)?,
            self.of("key_requests", it.keys)?,
            self.of("log_gb", logs)? + self.of("log_gb_months", logs * LOGS_KEPT)?,
            0.0,
        ]))
    }

    /// A month of a stack without a firm: this is what its sweeps ask, and so many metrics come of it.
    ///
    /// # Errors
    /// A price is missing.
    pub(crate) fn shared(&self, sweeps: &Counts, metrics: usize) -> Result<Bill, Cause> {
        let mut bill = self.month(sweeps, 0.0)?;
        bill.0[3] += self.of("queue_requests", POLLS)?;
        bill.0[5] += self.of("key_months", resources("KMS::Key") as f64)?;
        bill.0[7] += self.of("metric_months", metrics as f64)?
            + self.of("alarm_months", resources("CloudWatch::Alarm") as f64)?
            + self.of("dashboard_months", resources("CloudWatch::Dashboard") as f64)?
            + self.of("secret_months", 1.0)?
            + self.of("schedule_calls", SWEEPS)?;
        Ok(bill)
    }
}

/// The bill as Markdown: what one firm adds, what all firms share, and what a firm costs among so many.
pub(crate) fn markdown(firm: &Bill, shared: &Bill, among: &[f64]) -> String {
    let mut text = String::from(
        "| a month, in US dollars | one firm adds | all firms share |\n| --- | ---: | ---: |\n",
    );
    for ((name, one), all) in SERVICES.iter().zip(firm.0).zip(shared.0) {
        text += &format!("| {name} | {one:.2} | {all:.2} |\n");
    }
    text += &format!("| **together** | **{:.2}** | **{:.2}** |\n\n", firm.sum(), shared.sum());
    let heads: Vec<String> = among.iter().map(|it| format!("{it:.0}")).collect();
    text += &format!("| among so many firms | {} |\n|", heads.join(" | "));
    text += " --- |";
    text += &" ---: |".repeat(among.len());
    let each: Vec<String> =
        among.iter().map(|it| format!("{:.2}", firm.sum() + shared.sum() / it)).collect();
    text += &format!("\n| one firm costs | {} |\n", each.join(" | "));
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_counted_is_priced_as_the_list_says() {
        let prices = Prices::read().unwrap();
        let million = Counts {
            write_units: 5e5,
            index_units: 5e5,
            http: 1e6,
            keys: 1e4,
            ..Counts::default()
        };
        let bill = prices.month(&million, 10.0).unwrap();
        assert_eq!((bill.0[0], bill.0[4]), (0.625, 1.0));
        assert!((bill.0[1] - 4.5).abs() < 1e-9 && (bill.0[5] - 0.03).abs() < 1e-9, "{bill:?}");
    }

    #[test]
    fn every_price_has_its_page_and_says_where_it_was_seen() {
        let prices = Prices::read().unwrap();
        for (name, price) in prices.0["prices"].as_object().unwrap() {
            for field in ["page", "seen"] {
                assert!(price[field].as_str().is_some_and(|it| !it.is_empty()), "{name}: {field}");
            }
        }
    }

    #[test]
    fn what_is_shared_is_shared() {
        let (firm, shared) = (Bill([1.0; 8]), Bill([2.0; 8]));
        let text = markdown(&firm, &shared, &[1.0, 16.0]);
        assert!(text.contains("| one firm costs | 24.00 | 9.00 |"), "{text}");
    }
}
