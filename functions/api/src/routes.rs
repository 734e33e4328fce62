//! The routes, each with its part of the OpenAPI document.

mod connection;
mod contacts;
mod entries;
mod keys;
mod matches;
mod processes;
mod service;
mod settings;
mod syncs;
mod tasks;
mod users;
mod xpm;

use std::sync::Arc;

use axum::middleware::{from_fn, from_fn_with_state};
use axum::{Json, Router};
use domain::ports::Ports;
use serde_json::Value;
use utoipa_axum::router::OpenApiRouter;

use crate::refusal::Refusal;
use crate::{Deps, access, docs, edge, idempotency, openapi};

/// An answer in JSON, or why there is none.
type Answer<T> = Result<Json<T>, Refusal>;

/// Adds handlers to a router together with what `utoipa` made of them. `utoipa_axum::routes!` does
/// the same for handlers without type parameters; ours are generic over the ports.
macro_rules! routes {
    ($router:expr, $ports:ident: $($module:ident :: $handler:ident),+ $(,)?) => {{
        let mut router = $router;
        $(router = pastey::paste! {{
            type Doc = $module::[<__path_ $handler>];
            let mut schemas = Vec::new();
            <Doc as utoipa::__dev::SchemaReferences>::schemas(&mut schemas);
            let mut operation = <Doc as utoipa::Path>::operation();
            let tags = <Doc as utoipa::__dev::Tags<'_>>::tags();
            operation.tags = Some(tags.into_iter().map(Into::into).collect());
            let mut paths = utoipa::openapi::path::Paths::new();
            let methods = <Doc as utoipa::Path>::methods();
            let served = methods.iter().fold(axum::routing::MethodRouter::new(), |served, it| {
                use utoipa_axum::PathItemExt as _;
                served.on(it.to_method_filter(), $module::$handler::<$ports>)
            });
            paths.add_path_operation(<Doc as utoipa::Path>::path(), methods, operation);
            router.routes((schemas, paths, served))
        }};)+
        router
    }};
}

/// Every route, with its keys checked and its errors told as problems.
pub(crate) fn router<P: Ports + 'static>(deps: Arc<Deps<P>>) -> Router {
    let public_url = deps.settings.public_url.clone();
    let document = service::Document::new(move || document::<P>(&public_url).to_string());
    let closed = closed::<P>()
        .route_layer(from_fn_with_state(Arc::clone(&deps), idempotency::once::<P>))
        .route_layer(from_fn_with_state(Arc::clone(&deps), access::authenticate::<P>));
    let (router, _) = open::<P>().merge(closed).split_for_parts();
    router
        .with_state(deps)
        .merge(docs::router())
        .layer(axum::Extension(document))
        .layer(from_fn(edge::guard))
}

/// The OpenAPI document of every route.
pub(crate) fn document<P: Ports + 'static>(public_url: &str) -> Value {
    openapi::finish(open::<P>().merge(closed::<P>()).into_openapi(), public_url)
}

/// What needs no key.
fn open<P: Ports + 'static>() -> OpenApiRouter<Arc<Deps<P>>> {
    OpenApiRouter::with_openapi(openapi::base())
        .routes(utoipa_axum::routes!(service::get_health))
        .routes(utoipa_axum::routes!(service::get_openapi))
        .routes(utoipa_axum::routes!(service::get_docs))
}

/// What needs a key.
fn closed<P: Ports + 'static>() -> OpenApiRouter<Arc<Deps<P>>> {
    let router = OpenApiRouter::default();
    let router = routes!(router, P:
        connection::get_connection,
        connection::delete_connection,
        connection::authorize_connection,
        connection::choose_organisation,
        settings::get_settings,
        settings::put_settings,
        keys::list_api_keys,
        keys::issue_api_key,
        keys::revoke_api_key,
        contacts::list_contacts,
        contacts::put_contact,
        contacts::get_contact,
        contacts::delete_contact,
        syncs::start_sync,
        syncs::list_syncs,
        syncs::get_sync,
        matches::list_matches,
    );
    routes!(router, P:
        xpm::list_xpm_tasks,
        xpm::list_xpm_templates,
        xpm::list_xpm_staff,
        xpm::list_xpm_job_states,
        xpm::find_xpm_clients,
        xpm::list_xpm_jobs,
        xpm::get_xpm_job,
        xpm::refresh_xpm,
        processes::list_processes,
        processes::put_process,
        processes::get_process,
        tasks::list_tasks,
        tasks::put_task,
        tasks::get_task,
        tasks::delete_task,
        tasks::link_task,
        tasks::unlink_task,
        tasks::allow_link,
        users::list_users,
        users::put_user,
        users::get_user,
        users::choose_staff,
        entries::list_time_entries,
        entries::put_time_entry,
        entries::get_time_entry,
        entries::delete_time_entry,
        entries::release_time_entry,
        entries::retry_time_entry,
    )
}
