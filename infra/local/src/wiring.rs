//! Builds the functions for running in this process, from the same settings
//! that their binaries read from the environment.

use std::sync::Arc;

use courier::Reach;
use lambda_http::Request;
use lambda_runtime::LambdaEvent;
use serde_json::Value;
use wiring::Outside;

use crate::Cause;
use crate::function::Function;
use crate::in_process::InProcess;
use crate::settings::Settings;

/// Every function of the stack.
///
/// # Errors
///
/// A function refuses its settings.
pub fn functions(settings: &Settings) -> Result<InProcess, Cause> {
    let of = |function: Function| {
        let settings = settings.of_function(function);
        move |name: &str| settings.get(name)
    };
    let outside = |function| Outside::wire(of(function));

    let api = outside(Function::Api)?;
    let reach = Reach::told(settings.get("TANDEM_WEBHOOK_LOOPBACK").as_deref());
    let public_url = api.public_url.clone();
    let settings = api::ApiSettings { public_url, reach, login: api.identity.login_origin() };
    let api = api::router(Arc::new(api::Deps { ports: api, settings }));
    let oauth = outside(Function::OauthCallback)?;
    let https = oauth.public_url.starts_with("https:");
    let oauth = Arc::new(oauth_callback::Deps { https, ports: oauth });
    let webhooks = Arc::new(webhook_ingest::wire(of(Function::WebhookIngest))?);
    let contacts = Arc::new(outside(Function::ContactSync)?);
    let jobs = Arc::new(outside(Function::JobCreate)?);
    let time = Arc::new(outside(Function::TimePush)?);
    let events = Arc::new(event_publish::wire(of(Function::EventPublish))?);

    Ok(InProcess::default()
        .with_http(Function::Api, move |request: Request| {
            let api = api.clone();
            async move { api::handle(&api, request).await }
        })
        .with_http(Function::OauthCallback, move |request: Request| {
            let oauth = Arc::clone(&oauth);
            async move { oauth_callback::handle(&oauth, request).await }
        })
        .with_http(Function::WebhookIngest, move |request: Request| {
            let webhooks = Arc::clone(&webhooks);
            async move { webhook_ingest::handle(&webhooks, request).await }
        })
        .with(Function::ContactSync, move |event: LambdaEvent<Value>| {
            let contacts = Arc::clone(&contacts);
            async move { contact_sync::handle(contacts.as_ref(), event).await }
        })
        .with(Function::JobCreate, move |event: LambdaEvent<Value>| {
            let jobs = Arc::clone(&jobs);
            async move { job_create::handle(jobs.as_ref(), event).await }
        })
        .with(Function::TimePush, move |event: LambdaEvent<Value>| {
            let time = Arc::clone(&time);
            async move { time_push::handle(time.as_ref(), event).await }
        })
        .with(Function::EventPublish, move |event: LambdaEvent<Value>| {
            let events = Arc::clone(&events);
            async move { event_publish::handle(&events, event).await }
        }))
}
