//! Starts the simulator of Xero in this process.

use tokio::net::TcpListener;
use xpm_sim::{App, Options, Simulator};

use crate::folder::Folder;
use crate::settings::{XERO_CLIENT_ID, XERO_CLIENT_SECRET};

/// Serves a simulator that knows the stack at `public` as an app.
pub(crate) fn serve(
    listener: TcpListener,
    folder: &Folder,
    demo: bool,
    public: &str,
) -> std::io::Result<Simulator> {
    let app = App {
        client_id: XERO_CLIENT_ID.to_owned(),
        client_secret: XERO_CLIENT_SECRET.to_owned(),
        redirect_uris: vec![format!("{public}/oauth/callback")],
        ..App::default()
    };
    let data_dir = Some(folder.simulator());
    Simulator::start(listener, Options { data_dir, demo, apps: vec![app], ..Options::default() })
}
