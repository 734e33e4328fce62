//! Figures, and the table that shows them.

use std::fmt;

const HEADINGS: [&str; 6] = ["figure", "ours", "beside it", "ratio", "limit", ""];

/// One line of the table.
#[derive(Clone, Debug, Default)]
pub struct Figure {
    name: String,
    ours: String,
    peers: String,
    ratio: String,
    limit: String,
    met: Option<bool>,
}

/// Figures, one to a line.
#[derive(Clone, Debug, Default)]
pub struct Table(Vec<Figure>);

impl Figure {
    /// What was measured.
    pub fn new(name: impl Into<String>, ours: impl Into<String>) -> Self {
        Self { name: name.into(), ours: ours.into(), ..Self::default() }
    }

    /// What could not be measured, and why.
    pub fn skipped(name: impl Into<String>, why: impl fmt::Display) -> Self {
        Self::new(name, format!("skipped: {why}"))
    }

    /// What was measured beside it, in the same run, and how the two relate.
    #[must_use]
    pub fn beside(mut self, peers: impl Into<String>, ratio: impl Into<String>) -> Self {
        self.peers = peers.into();
        self.ratio = ratio.into();
        self
    }

    /// What it must keep to, and whether it does; `None` while that cannot be told.
    #[must_use]
    pub fn limit(mut self, limit: impl Into<String>, met: Option<bool>) -> Self {
        self.limit = limit.into();
        self.met = met;
        self
    }

    /// Whether it is outside its limit.
    pub fn is_missed(&self) -> bool {
        self.met == Some(false)
    }

    fn cells(&self) -> [&str; 6] {
        let verdict = match self.met {
            Some(true) => "met",
            Some(false) => "missed",
            None if self.limit.is_empty() => "",
            None => "not told",
        };
        [&self.name, &self.ours, &self.peers, &self.ratio, &self.limit, verdict]
    }
}

impl Extend<Figure> for Table {
    fn extend<T: IntoIterator<Item = Figure>>(&mut self, figures: T) {
        self.0.extend(figures);
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rows: Vec<[&str; 6]> =
            [HEADINGS].into_iter().chain(self.0.iter().map(Figure::cells)).collect();
        let width = |column: usize| {
            rows.iter().map(|row| row[column].chars().count()).max().unwrap_or_default()
        };
        let widths: [usize; 6] = std::array::from_fn(width);
        for row in rows {
            let cells: Vec<String> =
                row.iter().zip(widths).map(|(cell, width)| format!("{cell:<width$}")).collect();
            writeln!(f, "{}", cells.join("  ").trim_end())?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_line_up_and_a_verdict_follows_its_limit() {
        let mut table = Table::default();
        table.extend([
            Figure::new("zip", "2 MB").limit("≤ 3 MB", Some(true)),
            Figure::new("start", "12 ms").beside("135 ms", "11 ×").limit("≤ 10 ms", Some(false)),
            Figure::skipped("other", "no node"),
        ]);
        let shown = table.to_string();
        let lines: Vec<&str> = shown.lines().collect();
        assert_eq!(lines[1].find("≤"), lines[0].find("limit"));
        assert!(lines[1].ends_with("met"), "{shown}");
        assert!(lines[2].ends_with("missed"), "{shown}");
        assert!(lines[3].ends_with("skipped: no node"), "{shown}");
    }
}
