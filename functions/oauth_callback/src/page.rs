//! What a person sees when they were neither connected nor signed in.

use domain::connection::authorise::Ending;
use lambda_http::http::header::{CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use lambda_http::http::{HeaderValue, StatusCode};
use lambda_http::{Body, Response};

/// A page that says what happened and what to do. It shows nothing that came with the request.
pub(crate) fn show(ending: &Ending) -> Response<Body> {
    let (status, title, sentence) = match ending {
        Ending::Declined(_) => (
            StatusCode::OK,
            "Not connected",
            "Access was not allowed at Xero, so nothing was changed. \
             Start again and choose “Allow access” if you want to go on after all.",
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
             Nothing was changed. Start again.",
        ),
        Ending::BadCode => (
            StatusCode::BAD_GATEWAY,
            "Xero did not complete this",
            "Xero did not accept the answer it had just given. Nothing was changed. \
             Start again.",
        ),
        Ending::Stranger => (
            StatusCode::FORBIDDEN,
            "You are not a member here",
            "Xero confirmed who you are, but nobody has added this login to a firm. \
             Ask a colleague who can sign in to add your e-mail address under Settings, \
             or whoever runs this installation. Then sign in again.",
        ),
        Ending::Connected { .. } | Ending::Choose { .. } | Ending::SignedIn { .. } => {
            (StatusCode::OK, "Done", "You may close this page.")
        }
    };
    let html = format!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width\"><title>{title} – Tandem</title>\
         <link rel=\"stylesheet\" href=\"/console/assets/console.css\">\
         <body class=\"narrow\"><main><h1>{title}</h1><p>{sentence}</p>\
         <p><a href=\"/console\">Go to Tandem</a></p></main></html>"
    );
    let mut response = Response::new(Body::from(html));
    *response.status_mut() = status;
    for (name, value) in [
        (CONTENT_TYPE, "text/html; charset=utf-8"),
        (
            CONTENT_SECURITY_POLICY,
            "default-src 'none'; style-src 'self'; frame-ancestors 'none'; base-uri 'none'",
        ),
    ] {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    response
}
