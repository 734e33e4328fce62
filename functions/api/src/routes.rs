//! The routes, each with its part of the OpenAPI document.

pub(crate) mod audit;
mod conflicts;
pub(crate) mod connection;
mod contacts;
pub(crate) mod drafts;
pub(crate) mod entries;
mod events;
pub(crate) mod issues;
mod keys;
pub(crate) mod matches;
pub(crate) mod processes;
pub(crate) mod reconciliation;
mod service;
mod settings;
mod syncs;
pub(crate) mod tasks;
mod users;
mod webhook_endpoints;
pub(crate) mod why;
mod xpm;

use std::sync::Arc;

use axum::middleware::{from_fn, from_fn_with_state};
use axum::routing::get;
use axum::{Json, Router};
use domain::ports::Ports;
use serde_json::Value;
use utoipa_axum::router::OpenApiRouter;

use crate::refusal::Refusal;
use crate::{Deps, access, console, docs, edge, idempotency, openapi};

/// An answer in JSON, or why there is none.
type Answer<T> = Result<Json<T>, Refusal>;

/// Adds handlers to a router, each under the path and methods that stand above it.
macro_rules! serve {
    ($router:expr, $ports:ident: $($module:ident :: $handler:ident),+ $(,)?) => {{
        let router = $router;
        $(let router = pastey::paste! {{
            type Doc = $module::[<__path_ $handler>];
            let served = <Doc as utoipa::Path>::methods().iter().fold(
                axum::routing::MethodRouter::new(),
                |served, it| {
                    use utoipa_axum::PathItemExt as _;
                    served.on(it.to_method_filter(), $module::$handler::<$ports>)
                },
            );
            router.route(&<Doc as utoipa::Path>::path(), served)
        }};)+
        router
    }};
}

/// Adds to the document what `utoipa` made of handlers. `utoipa_axum::routes!` does the same for
/// handlers without type parameters; ours are generic over the ports.
macro_rules! describe {
    ($document:expr, $ports:ident: $($module:ident :: $handler:ident),+ $(,)?) => {{
        let mut document: OpenApiRouter = $document;
        $(document = pastey::paste! {{
            type Doc = $module::[<__path_ $handler>];
            let mut schemas = Vec::new();
            <Doc as utoipa::__dev::SchemaReferences>::schemas(&mut schemas);
            let mut operation = <Doc as utoipa::Path>::operation();
            let tags = <Doc as utoipa::__dev::Tags<'_>>::tags();
            operation.tags = Some(tags.into_iter().map(Into::into).collect());
            let mut paths = utoipa::openapi::path::Paths::new();
            let methods = <Doc as utoipa::Path>::methods();
            paths.add_path_operation(<Doc as utoipa::Path>::path(), methods, operation);
            document.routes((schemas, paths, axum::routing::MethodRouter::new()))
        }};)+
        document
    }};
}

/// Hands every route that needs a key to one of the macros above.
macro_rules! closed {
    ($each:ident, $start:expr, $ports:ident) => {
        $each!($start, $ports:
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
            syncs::list_sync_changes,
            syncs::apply_sync,
            syncs::undo_sync,
            matches::list_matches,
            matches::decide_matches,
            matches::export_matches,
            matches::import_matches,
            matches::get_match,
            matches::confirm_match,
            matches::create_match,
            matches::remove_match,
            matches::allow_match,
            conflicts::list_conflicts,
            conflicts::resolve_conflict,
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
            processes::relink_process,
            tasks::list_tasks,
            tasks::put_task,
            tasks::get_task,
            tasks::delete_task,
            tasks::link_task,
            tasks::unlink_task,
            tasks::allow_link,
            tasks::allow_links,
            users::list_users,
            users::put_user,
            users::get_user,
            users::choose_staff,
            users::check_users,
            entries::list_time_entries,
            entries::put_time_entry,
            entries::get_time_entry,
            entries::delete_time_entry,
            entries::release_time_entry,
            entries::retry_time_entry,
            events::list_events,
            audit::list_audit,
            audit::download_audit,
            webhook_endpoints::list_webhook_endpoints,
            webhook_endpoints::put_webhook_endpoint,
            webhook_endpoints::get_webhook_endpoint,
            webhook_endpoints::delete_webhook_endpoint,
            webhook_endpoints::rotate_webhook_secret,
            webhook_endpoints::list_webhook_deliveries,
            webhook_endpoints::resend_webhook_delivery,
            drafts::create_job_draft,
            drafts::list_job_drafts,
            drafts::export_job_drafts,
            drafts::import_job_drafts,
            drafts::estimate_jobs,
            drafts::get_job_draft,
            drafts::change_job_draft,
            drafts::discard_job_draft,
            drafts::retry_job_draft,
            drafts::undo_job_draft,
            drafts::resolve_job_draft,
            drafts::get_job_costs,
            drafts::put_job_costs,
            drafts::confirm_job_costs,
            drafts::deliver_document_set,
            entries::choose_time_entry,
            entries::repair_time_entry,
            entries::move_time,
            entries::summarise_time,
            why::why_time_entry,
            why::why_task,
            why::why_contact,
            why::why_job_draft,
            reconciliation::reconcile_time,
            reconciliation::download_reconciliation,
            reconciliation::repair_line,
            issues::list_issues,
            issues::redrive_issues,
        )
    };
}

/// Every route, with its keys checked and its errors told as problems.
pub(crate) fn router<P: Ports + 'static>(deps: Arc<Deps<P>>) -> Router {
    let closed = closed!(serve, Router::<Arc<Deps<P>>>::new(), P)
        .route_layer(from_fn_with_state(Arc::clone(&deps), idempotency::once::<P>))
        .route_layer(from_fn_with_state(Arc::clone(&deps), access::authenticate::<P>));
    let document = service::Document::at(&deps.settings.public_url);
    let pages = console::router(&deps)
        .route("/docs", get(service::get_docs))
        .layer(from_fn_with_state(edge::page_policy(&deps.settings.login), edge::page));
    Router::new()
        .route("/health", get(service::get_health))
        .route("/openapi.json", get(service::get_openapi))
        .merge(pages)
        .merge(closed)
        .with_state(deps)
        .merge(docs::router())
        .layer(axum::Extension(document))
        .layer(from_fn(edge::guard))
}

/// The OpenAPI document of every route, made of what stands above each handler. What is served is
/// the copy of it in `assets`, so that no function carries the code that makes it.
pub(crate) fn document(public_url: &str) -> Value {
    let open = OpenApiRouter::with_openapi(openapi::base())
        .routes(utoipa_axum::routes!(service::get_health))
        .routes(utoipa_axum::routes!(service::get_openapi))
        .routes(utoipa_axum::routes!(service::get_docs));
    let closed = closed!(describe, OpenApiRouter::default(), P);
    openapi::finish(open.merge(closed).into_openapi(), public_url)
}
