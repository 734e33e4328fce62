//! The peers: Python's libraries for record linkage, each given the table that ours is made of.

use std::fs;
use std::path::Path;
use std::time::Duration;

use serde_json::Value;
use tokio::process::Command;

use super::quality::Pair;
use crate::tools::{finished, python, python_package};
use crate::workspace::peers as sources;

/// A library, by its name on PyPI and in `peers`.
pub(super) struct Peer {
    pub(super) name: &'static str,
    version: &'static str,
}

/// Versions whose interface the scripts are written for.
pub(super) const ALL: [Peer; 2] =
    [Peer { name: "recordlinkage", version: "0.16" }, Peer { name: "splink", version: "4.0.17" }];

/// What a peer found.
pub(super) struct Found {
    pub(super) version: String,
    /// Making the table ready.
    prepare: Duration,
    /// Learning how to score, where it does.
    training: Duration,
    /// Finding and scoring pairs.
    pub(super) search: Duration,
    pub(super) pairs: Vec<Pair>,
}

impl Found {
    /// From the table to scored pairs.
    pub(super) fn time(&self) -> Duration {
        self.prepare + self.training + self.search
    }
}

impl Peer {
    /// Runs it on a table so many times, and takes the fastest; or says why that cannot be.
    pub(super) async fn best_of(
        &self,
        runs: u32,
        folder: &Path,
        table: &Path,
    ) -> Result<Found, String> {
        let mut best = self.run(folder, table).await?;
        for _ in 1..runs {
            let found = self.run(folder, table).await?;
            if found.time() < best.time() {
                best = found;
            }
        }
        Ok(best)
    }

    async fn run(&self, folder: &Path, table: &Path) -> Result<Found, String> {
        let python = python().await?;
        let Self { name, version } = self;
        let libraries = folder.join(format!("{name}-{version}"));
        python_package(&python, &format!("{name}=={version}"), &libraries).await?;
        eprintln!("beside {name} {version}");
        let pairs = folder.join(format!("{name}.csv"));
        let script = sources().join(name).join("main.py");
        let mut command = Command::new(python);
        command.arg(script).arg(table).arg(&pairs).env("PYTHONPATH", libraries);
        let told = finished(&mut command).await?;
        let told = told.lines().last().unwrap_or_default();
        let told: Value = serde_json::from_str(told).map_err(|it| format!("{name}: {it}"))?;
        let seconds = |field: &str| {
            let seconds = told[field].as_f64().and_then(|it| Duration::try_from_secs_f64(it).ok());
            seconds.ok_or(format!("{name} does not say {field}"))
        };
        Ok(Found {
            version: told["version"].as_str().unwrap_or(name).to_owned(),
            prepare: seconds("prepare")?,
            training: seconds("training")?,
            search: seconds("search")?,
            pairs: read(&fs::read_to_string(&pairs).map_err(|it| it.to_string())?)?,
        })
    }
}

/// Lines of `o{original},d{duplicate},{score}`.
fn read(text: &str) -> Result<Vec<Pair>, String> {
    let pair = |line: &str| {
        let mut cells = line.split(',');
        let original = cells.next()?.strip_prefix('o')?.parse().ok()?;
        let duplicate = cells.next()?.strip_prefix('d')?.parse().ok()?;
        let score = cells.next()?.parse().ok()?;
        Some(Pair { original, duplicate, score })
    };
    text.lines().map(|it| pair(it).ok_or_else(|| format!("no pair: {it}"))).collect()
}
