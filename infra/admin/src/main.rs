//! What an operator does to a running installation: taking a firm in, handing its records over, and
//! erasing it.

mod add;
mod leave;

use std::error::Error;

use clap::{Parser, Subcommand};

/// Works on an installation of Tandem. Reads the same settings as its functions, from the
/// environment: TANDEM_RECORDS_TABLE and the others, and AWS credentials.
#[derive(Parser)]
struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Takes a firm in, and shows its first API key and its webhook secret, once.
    AddFirm(add::Firm),
    /// Writes every record of a firm to standard output, a line of JSON each, without secrets.
    Export {
        /// The firm's id.
        #[arg(long)]
        firm: String,
    },
    /// Revokes a firm's connection at Xero and erases everything of it but that it was erased. Takes
    /// some ten minutes; may be broken off and begun again.
    Erase {
        /// The firm's id.
        #[arg(long)]
        firm: String,
        /// That this is meant: nothing brings the firm back but a backup.
        #[arg(long)]
        yes: bool,
    },
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    match Args::parse().command {
        Command::AddFirm(firm) => add::add(firm).await,
        Command::Export { firm } => leave::export(&firm).await,
        Command::Erase { firm, yes: true } => leave::erase(&firm).await,
        Command::Erase { yes: false, .. } => Err("nothing was erased: say --yes".into()),
    }
}
