//! Taking a firm in.

use std::env;
use std::error::Error;

use clap::Args;
use domain::firm::founding::{Credentials, Newcomer, found};
use domain::firm::{Settings, served_region};
use domain::ids::{Email, FirmId};
use wiring::Own;

#[derive(Args)]
pub(crate) struct Firm {
    /// A short name for addresses and keys: a-z, 0-9 and hyphens.
    #[arg(long)]
    id: String,
    /// What the firm calls itself.
    #[arg(long)]
    name: String,
    /// Its country: AU, NZ, ZA, GB, CA or US.
    #[arg(long)]
    region: String,
    /// Its time zone, such as Australia/Sydney.
    #[arg(long)]
    time_zone: String,
    /// The e-mail address of the Xero login that may sign in to the console first. Without one,
    /// whoever connects the firm is its first member.
    #[arg(long)]
    owner: Option<String>,
}

pub(crate) async fn add(firm: Firm) -> Result<(), Box<dyn Error>> {
    let Firm { id, name, region, time_zone, owner } = firm;
    let own = Own::wire(|name: &str| env::var(name).ok())?;
    let id = FirmId::parse(id)?;
    let region =
        served_region(&region).ok_or("XPM can be connected only in AU, NZ, ZA, GB, CA and US")?;
    let settings =
        Settings { region: Some(region.into()), time_zone: Some(time_zone), ..Settings::default() };
    if settings.zone().is_none() {
        return Err("the time zone is not known; an example is Australia/Sydney".into());
    }
    let owner = owner.map(Email::parse).transpose()?;
    let credentials = Credentials::new(&own.clock, &id);
    let newcomer = Newcomer { id, name, settings, credentials, owner };
    if !found(&own.store, &own.vault, &own.clock, &newcomer).await? {
        return Err("a firm of this id exists already, or was erased".into());
    }
    show(&newcomer);
    Ok(())
}

#[expect(clippy::print_stdout, reason = "this is the program's answer, shown to its operator once")]
fn show(newcomer: &Newcomer) {
    println!("firm            {}", newcomer.id);
    println!("API key         {}", newcomer.credentials.api_key.reveal());
    println!("webhook secret  {}", newcomer.credentials.webhook_secret.reveal());
}
