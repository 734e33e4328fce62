//! The console: pages for people, rendered here, that work without scripts.
//!
//! Every page stands once in the list below, with who may reach it. The list makes the router, and
//! the tests go through it: no page is without its headers, its session and its CSRF token.

mod address;
mod assets;
mod both;
mod bulk;
mod conflicts;
mod contacts;
mod figures;
mod firms;
mod guard;
mod history;
mod jobs;
mod match_table;
mod matches;
mod overview;
mod page;
mod refusal;
mod seat;
mod settings;
mod shown;
mod sign_in;
mod syncs;

mod entry;
mod issues;
mod linking;
mod reconciliation;
mod summary;
mod task;
mod tasks;
mod time;

use std::sync::Arc;

use axum::Router;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::response::Redirect;
use axum::routing::get;
use domain::ports::Ports;

use crate::Deps;
use jobs::{adding, draft, grid, table};
use refusal::Refused;
use settings::{audit, endpoints, keys, members, staff};

/// Who may reach a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Anyone.
    Open,
    /// Who is signed in, before they chose one of their firms as well.
    Person,
    /// Who is signed in at a firm.
    Member,
}

/// A page, or what a form of a page does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Route {
    /// Who may reach it.
    pub access: Access,
    /// `get` or `post`.
    pub method: &'static str,
    /// Its path, with `{…}` for what varies.
    pub path: &'static str,
}

macro_rules! pages {
    ($($access:ident $method:ident $path:literal => $module:ident::$handler:ident;)+) => {
        /// Every page of the console.
        pub const ROUTES: &[Route] = &[$(Route {
            access: Access::$access,
            method: stringify!($method),
            path: $path,
        }),+];

        fn routed<P: Ports + 'static>(deps: &Arc<Deps<P>>) -> Router<Arc<Deps<P>>> {
            let [mut open, mut person, mut member] = [(); 3].map(|()| Router::new());
            $({
                let routes = match Access::$access {
                    Access::Open => &mut open,
                    Access::Person => &mut person,
                    Access::Member => &mut member,
                };
                let served = axum::routing::$method($module::$handler::<P>);
                *routes = std::mem::take(routes).route($path, served);
            })+
            let deps = || Arc::clone(deps);
            open.route_layer(from_fn_with_state(deps(), guard::open::<P>))
                .merge(person.route_layer(from_fn_with_state(deps(), guard::person::<P>)))
                .merge(member.route_layer(from_fn_with_state(deps(), guard::member::<P>)))
        }
    };
}

pages! {
    Open get "/console/assets/{name}" => assets::file;
    Open get "/console/sign-in" => sign_in::page;
    Open post "/console/sign-in" => sign_in::start;
    Person post "/console/sign-out" => sign_in::out;
    Person post "/console/sign-out-everywhere" => sign_in::out_everywhere;
    Person get "/console/firms" => firms::page;
    Person post "/console/firms" => firms::choose;
    Member get "/console" => overview::page;
    Member post "/console/connection/authorize" => overview::connect;
    Member post "/console/connection/organisation" => overview::choose_organisation;
    Member get "/console/contacts" => contacts::page;
    Member get "/console/contacts/{id}" => contacts::one;
    Member get "/console/matches" => matches::page;
    Member get "/console/matches.csv" => match_table::file;
    Member get "/console/matches/bulk" => bulk::page;
    Member post "/console/matches/bulk" => bulk::decide;
    Member get "/console/matches/table" => match_table::page;
    Member post "/console/matches/table" => match_table::decide;
    Member get "/console/matches/{id}" => matches::one;
    Member post "/console/matches/{id}" => matches::decide;
    Member get "/console/conflicts" => conflicts::page;
    Member post "/console/conflicts/{id}" => conflicts::resolve;
    Member get "/console/syncs" => syncs::page;
    Member post "/console/syncs" => syncs::start;
    Member get "/console/syncs/{id}" => syncs::one;
    Member get "/console/syncs/{id}/progress" => syncs::progress;
    Member post "/console/syncs/{id}/apply" => syncs::apply;
    Member post "/console/syncs/{id}/undo" => syncs::undo;

    Member get "/console/linking" => linking::page;
    Member post "/console/linking/refresh" => linking::refresh;
    Member get "/console/linking/processes/{id}" => linking::process;
    Member post "/console/linking/processes/{id}/map" => linking::map;
    Member post "/console/linking/processes/{id}/relink" => linking::relink;
    Member get "/console/linking/tasks" => tasks::page;
    Member post "/console/linking/tasks/allow" => tasks::allow;
    Member get "/console/linking/tasks/{id}" => task::page;
    Member post "/console/linking/tasks/{id}/link" => task::link;
    Member post "/console/linking/tasks/{id}/unlink" => task::unlink;
    Member post "/console/linking/tasks/{id}/allow" => task::allow;
    Member get "/console/linking/tasks/{id}/move" => task::moving;
    Member post "/console/linking/tasks/{id}/move" => task::follow;
    Member get "/console/time" => time::page;
    Member post "/console/time/many" => time::many;
    Member get "/console/time/summary" => summary::page;
    Member get "/console/time/issues" => issues::page;
    Member post "/console/time/issues/redrive" => issues::redrive;
    Member get "/console/time/reconciliation" => reconciliation::page;
    Member get "/console/time/reconciliation/{name}" => reconciliation::csv;
    Member get "/console/time/reconciliation-line" => reconciliation::line;
    Member post "/console/time/reconciliation-line" => reconciliation::repair;
    Member get "/console/time/entries/{id}" => entry::page;
    Member post "/console/time/entries/{id}/release" => entry::release;
    Member post "/console/time/entries/{id}/retry" => entry::retry;
    Member post "/console/time/entries/{id}/choose" => entry::choose;
    Member post "/console/time/entries/{id}/repair" => entry::repair;
    Member get "/console/jobs" => jobs::page;
    Member get "/console/jobs/new" => adding::page;
    Member post "/console/jobs/new" => adding::send;
    Member get "/console/jobs/clients" => adding::clients;
    Member get "/console/jobs/table" => table::page;
    Member post "/console/jobs/table" => table::send;
    Member get "/console/jobs/file" => table::file;
    Member get "/console/jobs/drafts/{id}" => draft::page;
    Member get "/console/jobs/drafts/{id}/progress" => draft::progress;
    Member post "/console/jobs/drafts/{id}" => draft::act;
    Member post "/console/jobs/drafts/{id}/costs" => grid::send;
    Member get "/console/settings" => settings::page;
    Member post "/console/settings" => settings::save;
    Member get "/console/settings/keys" => keys::page;
    Member post "/console/settings/keys" => keys::issue;
    Member post "/console/settings/keys/revoke" => keys::revoke;
    Member get "/console/settings/members" => members::page;
    Member post "/console/settings/members" => members::add;
    Member post "/console/settings/members/remove" => members::remove;
    Member get "/console/settings/staff" => staff::page;
    Member post "/console/settings/staff" => staff::choose;
    Member get "/console/settings/endpoints" => endpoints::page;
    Member post "/console/settings/endpoints" => endpoints::put;
    Member get "/console/settings/endpoints/{id}" => endpoints::one;
    Member post "/console/settings/endpoints/{id}" => endpoints::act;
    Member get "/console/settings/audit" => audit::page;
    Member get "/console/settings/audit/file" => audit::file;
}

/// The pages; the front door leads to them.
pub(crate) fn router<P: Ports + 'static>(deps: &Arc<Deps<P>>) -> Router<Arc<Deps<P>>> {
    let lost = Router::new()
        .route("/console/{*rest}", get(async || Refused::NotFound))
        .route_layer(from_fn(guard::lost));
    routed(deps)
        .merge(lost)
        .route("/console/", get(async || Redirect::to("/console")))
        .route("/", get(async || Redirect::to("/console")))
}
