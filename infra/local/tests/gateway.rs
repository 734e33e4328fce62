//! HTTP through toy functions: real requests, the real events, `lambda_http`'s
//! own reading and writing.

#![expect(clippy::unwrap_used, reason = "a panic is how a test fails")]

use std::future::pending;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use lambda_http::http::Response;
use lambda_http::{Body, Request};
use local::function::Function;
use local::http::{PATIENCE, router};
use local::in_process::InProcess;
use reqwest::redirect::Policy;
use serde_json::{Value, json};
use tokio::net::TcpListener;

#[tokio::test]
async fn a_function_sees_the_bytes_that_were_sent() {
    let url = serve(InProcess::default().with_http(Function::WebhookIngest, echo), PATIENCE).await;
    for (kind, body) in [
        ("application/json", "{\"a\": 1}".as_bytes()),
        ("application/x-www-form-urlencoded", b"a=1&b=%20"),
        ("application/octet-stream", b"\x00\xff\xfe"),
    ] {
        let request = http().post(format!("{url}/webhooks/practice/demo?a=b%20c"));
        let request = request.header("content-type", kind).body(body);
        let response = request.send().await.unwrap();
        assert_eq!(response.status(), 200);
        assert_eq!(response.headers()["x-path"], "/webhooks/practice/demo");
        assert_eq!(response.headers()["x-query"], "a=b%20c");
        assert_eq!(response.bytes().await.unwrap(), body);
    }
}

#[tokio::test]
async fn cookies_go_in_together_and_come_out_one_by_one() {
    let url =
        serve(InProcess::default().with_http(Function::OauthCallback, cookies), PATIENCE).await;
    let request = http().get(format!("{url}/oauth/callback"));
    let response =
        request.header("cookie", "a=1").header("cookie", "b=2; c=3").send().await.unwrap();
    assert_eq!(response.headers()["x-seen"], "a=1; b=2; c=3");
    let set: Vec<_> = response.headers().get_all("set-cookie").iter().collect();
    assert_eq!(set, ["a=; Max-Age=0", "d=4; Path=/, really"]);
}

#[tokio::test]
async fn a_duplicate_header_arrives_as_one_joined_by_a_comma() {
    let url = serve(InProcess::default().with_http(Function::Api, signature), PATIENCE).await;
    let request = http().get(format!("{url}/v1/x")).header("x-signature", "one");
    let response = request.header("x-signature", "two").send().await.unwrap();
    assert_eq!(response.text().await.unwrap(), "one,two");
}

#[tokio::test]
async fn a_function_that_fails_is_an_internal_error_without_details() {
    let functions =
        InProcess::default().with(Function::Api, async |_| Err("a secret detail".into()));
    let response = http().get(serve(functions, PATIENCE).await).send().await.unwrap();
    assert_eq!(response.status(), 500);
    let body: Value = response.json().await.unwrap();
    assert_eq!(body, json!({ "message": "Internal Server Error" }));
}

#[tokio::test]
async fn a_function_that_takes_too_long_is_unavailable() {
    let functions = InProcess::default().with(Function::Api, |_| pending());
    let url = serve(functions, Duration::from_millis(50)).await;
    let response = http().get(url).send().await.unwrap();
    assert_eq!(response.status(), 503);
    let body: Value = response.json().await.unwrap();
    assert_eq!(body, json!({ "message": "Service Unavailable" }));
}

#[tokio::test]
async fn more_than_ten_megabytes_are_refused_before_any_function() {
    let url = serve(InProcess::default(), PATIENCE).await;
    let body = vec![b'x'; 10 * 1024 * 1024 + 1];
    let request = http().post(url).header("content-type", "text/plain").body(body);
    let response = request.send().await.unwrap();
    assert_eq!(response.status(), 413);
}

#[tokio::test]
async fn more_than_lambda_carries_is_refused_too() {
    let url = serve(InProcess::default(), PATIENCE).await;
    let body = vec![b'x'; 6 * 1024 * 1024];
    let request = http().post(url).header("content-type", "text/plain").body(body);
    assert_eq!(request.send().await.unwrap().status(), 413);
}

async fn echo(request: Request) -> Response<Body> {
    let (path, query) = (request.uri().path().to_owned(), request.uri().query().map(str::to_owned));
    Response::builder()
        .header("x-path", path)
        .header("x-query", query.unwrap_or_default())
        .header("content-type", "application/octet-stream")
        .body(Body::Binary(request.body().to_vec()))
        .unwrap()
}

async fn cookies(request: Request) -> Response<Body> {
    Response::builder()
        .header("x-seen", &request.headers()["cookie"])
        .header("set-cookie", "a=; Max-Age=0")
        .header("set-cookie", "d=4; Path=/, really")
        .body(Body::Empty)
        .unwrap()
}

async fn signature(request: Request) -> Response<Body> {
    let header = request.headers()["x-signature"].to_str().unwrap();
    Response::new(header.to_owned().into())
}

async fn serve(functions: InProcess, patience: Duration) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let service = router(Arc::new(functions), patience);
    let service = service.into_make_service_with_connect_info::<SocketAddr>();
    tokio::spawn(async move { axum::serve(listener, service).await.unwrap() });
    url
}

fn http() -> reqwest::Client {
    reqwest::Client::builder().no_proxy().redirect(Policy::none()).build().unwrap()
}
