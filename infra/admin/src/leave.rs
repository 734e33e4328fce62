//! A firm leaves: with its records, and then without a trace.

use std::env;
use std::error::Error;
use std::io::{BufWriter, Write, stdout};

use domain::firm::erase::{Progress, QUIET, erase as erase_firm};
use domain::firm::export::export as export_firm;
use domain::firm::{FIRM, Firm};
use domain::ids::FirmId;
use domain::ports::Clock as _;
use domain::records;
use wiring::{Outside, Own};

pub(crate) async fn export(firm: &str) -> Result<(), Box<dyn Error>> {
    let own = Own::wire(|name: &str| env::var(name).ok())?;
    let firm = FirmId::parse(firm)?;
    if records::get::<Firm>(&own.store, &firm, FIRM).await?.is_none() {
        return Err("there is no such firm".into());
    }
    let mut out = BufWriter::new(stdout().lock());
    let written = export_firm(&own.store, &firm, |line| Ok(writeln!(out, "{line}")?)).await?;
    out.flush()?;
    say(&format!("{written} records"));
    Ok(())
}

pub(crate) async fn erase(firm: &str) -> Result<(), Box<dyn Error>> {
    let outside = Outside::wire(|name: &str| env::var(name).ok())?;
    let firm = FirmId::parse(firm)?;
    loop {
        match erase_firm(&outside, &firm, QUIET).await? {
            Progress::NoSuchFirm => return Err("there is no such firm".into()),
            Progress::Erased(at) => {
                say(&format!("erased at {at}"));
                return Ok(());
            }
            Progress::Again(at) => {
                say(&format!("nobody gets in any more; looking again at {at}"));
                outside.own.clock.wait(at).await;
            }
        }
    }
}

#[expect(clippy::print_stderr, reason = "this is the program's answer beside the records")]
fn say(what: &str) {
    eprintln!("{what}");
}
