//! A stand-in for KMS: data keys wrapped for one encryption context, in memory. The stack keeps its
//! secrets under a key file; this is for seeing what the functions would ask of KMS.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::{Json, Router};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use uuid::Uuid;

use crate::Cause;
use crate::stop::Stop;

/// The one key there is.
pub(crate) const KEY: &str = "alias/tandem-local";

/// Wrapped data keys, with the context they were wrapped in.
type Wrapped = Arc<Mutex<HashMap<String, (Value, String)>>>;

/// Serves the key and returns the endpoint.
pub(crate) async fn serve(tasks: &mut JoinSet<()>, stop: &Stop) -> Result<String, Cause> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let url = format!("http://{}", listener.local_addr()?);
    let router = Router::new().fallback(answer).with_state(Wrapped::default());
    let server = axum::serve(listener, router).with_graceful_shutdown(stop.clone().wait());
    tasks.spawn(async move {
        if let Err(error) = server.await {
            tracing::error!(%error, "the keys stopped");
        }
    });
    Ok(url)
}

async fn answer(State(wrapped): State<Wrapped>, headers: HeaderMap, body: String) -> Response {
    let ask: Value = serde_json::from_str(&body).unwrap_or_default();
    let target = headers.get("x-amz-target").and_then(|it| it.to_str().ok()).unwrap_or_default();
    let mut wrapped = wrapped.lock().unwrap_or_else(PoisonError::into_inner);
    let found = match target {
        _ if ask["KeyId"] != KEY => None,
        "TrentService.GenerateDataKey" => {
            let mut plain = [0; 32];
            if aws_lc_rs::rand::fill(&mut plain).is_err() {
                return StatusCode::INTERNAL_SERVER_ERROR.into_response();
            }
            let (blob, plain) = (STANDARD.encode(Uuid::new_v4()), STANDARD.encode(plain));
            wrapped.insert(blob.clone(), (ask["EncryptionContext"].clone(), plain.clone()));
            Some((blob, plain))
        }
        "TrentService.Decrypt" => {
            let blob = ask["CiphertextBlob"].as_str().unwrap_or_default();
            let kept = wrapped.get(blob).filter(|it| it.0 == ask["EncryptionContext"]);
            kept.map(|(_, plain)| (blob.to_owned(), plain.clone()))
        }
        _ => None,
    };
    match found {
        Some((blob, plain)) => {
            let body = json!({"KeyId": KEY, "CiphertextBlob": blob, "Plaintext": plain});
            Json(body).into_response()
        }
        None => {
            let body = json!({"__type": "InvalidCiphertextException"});
            (StatusCode::BAD_REQUEST, Json(body)).into_response()
        }
    }
}
