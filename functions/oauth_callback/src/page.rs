//! What a person sees when connecting did not end in a connection.

use domain::connection::authorise::Ending;
use lambda_http::http::header::{CONTENT_SECURITY_POLICY, CONTENT_TYPE, X_CONTENT_TYPE_OPTIONS};
use lambda_http::http::{HeaderValue, StatusCode};
use lambda_http::{Body, Response};

/// A page that says what happened and what to do. It shows nothing that came with the request.
pub(crate) fn show(ending: &Ending) -> Response<Body> {
    let (status, title, sentence) = match ending {
        Ending::Declined(_) => (
            StatusCode::OK,
            "Not connected",
            "Access to Xero Practice Manager was not allowed, so nothing was changed. \
             To connect after all, start again from the settings and choose “Allow access”.",
        ),
        Ending::NoPractice => (
            StatusCode::FORBIDDEN,
            "No Xero Practice Manager organisation",
            "This Xero login gave access to no Xero Practice Manager organisation. \
             Its staff member needs the setting “Connect third-party add-ons” \
             (formerly “Authorise 3rd Party Full Access”) in Xero Practice Manager; then start again.",
        ),
        Ending::BadState => (
            StatusCode::BAD_REQUEST,
            "This link cannot be used",
            "It was used before, is older than ten minutes, or was started in another browser. \
             Nothing was changed. Start again from the settings.",
        ),
        Ending::BadCode => (
            StatusCode::BAD_GATEWAY,
            "Xero did not complete the connection",
            "Xero did not accept the answer it had just given. Nothing was changed. \
             Start again from the settings.",
        ),
        Ending::Connected { .. } | Ending::Choose { .. } => {
            (StatusCode::OK, "Connected", "Xero Practice Manager is connected.")
        }
    };
    let html = format!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width\"><title>{title}</title>\
         <main><h1>{title}</h1><p>{sentence}</p></main></html>"
    );
    let mut response = Response::new(Body::from(html));
    *response.status_mut() = status;
    for (name, value) in [
        (CONTENT_TYPE, "text/html; charset=utf-8"),
        (CONTENT_SECURITY_POLICY, "default-src 'none'; frame-ancestors 'none'"),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ] {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    response
}
