//! Runs the functions inside this process, with the very JSON that Lambda would
//! hand to them and take from them.

use std::collections::HashMap;
use std::fmt;
use std::pin::Pin;
use std::sync::Arc;

use lambda_http::http::Response;
use lambda_http::request::LambdaRequest;
use lambda_http::{Adapter, Body, Request, Service, service_fn};
use lambda_runtime::{Context, Diagnostic, LambdaEvent};
use runtime::http::AsItStands;
use serde_json::Value;
use tokio::time::timeout;

use crate::function::{Function, Invocation};
use crate::invoke::{FunctionError, Functions, PAYLOAD_LIMIT};

type Running = Pin<Box<dyn Future<Output = Result<Value, Diagnostic>> + Send>>;
type Handler = Arc<dyn Fn(LambdaEvent<Value>) -> Running + Send + Sync>;

/// Functions by name.
#[derive(Clone, Default)]
pub struct InProcess {
    handlers: HashMap<Function, Handler>,
}

impl InProcess {
    /// Registers a function of the queue or schedule kind.
    #[must_use]
    pub fn with<H, F>(mut self, function: Function, handle: H) -> Self
    where
        H: Fn(LambdaEvent<Value>) -> F + Send + Sync + 'static,
        F: Future<Output = Result<Value, Diagnostic>> + Send + 'static,
    {
        self.handlers.insert(function, Arc::new(move |event| Box::pin(handle(event))));
        self
    }

    /// Registers a function of the HTTP kind. `lambda_http` itself reads the
    /// event and writes the answer.
    #[must_use]
    pub fn with_http<H, F>(self, function: Function, handle: H) -> Self
    where
        H: Fn(Request) -> F + Clone + Send + Sync + 'static,
        F: Future<Output = Response<Body>> + Send + 'static,
    {
        self.with(function, move |event| http(handle.clone(), event))
    }
}

impl fmt::Debug for InProcess {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.handlers.keys()).finish()
    }
}

impl Functions for InProcess {
    async fn invoke(&self, function: Function, event: Value) -> Result<Value, FunctionError> {
        let handler = self.handlers.get(&function).ok_or(FunctionError::Absent(function))?;
        let after = function.timeout();
        let context = Invocation::start(function, after)
            .context(function)
            .map_err(|error| FunctionError::Reported { function, report: error.into() })?;
        let running = handler(LambdaEvent::new(event, context));

        match tokio::spawn(timeout(after, running)).await {
            Ok(Ok(Ok(answer))) if answer.to_string().len() > PAYLOAD_LIMIT => {
                Err(FunctionError::TooLarge(function))
            }
            Ok(Ok(Ok(answer))) => Ok(answer),
            Ok(Ok(Err(report))) => Err(FunctionError::Reported { function, report }),
            Ok(Err(_)) => Err(FunctionError::TimedOut { function, after }),
            Err(_) => Err(FunctionError::Panicked(function)),
        }
    }
}

async fn http<H, F>(handle: H, event: LambdaEvent<Value>) -> Result<Value, Diagnostic>
where
    H: Fn(Request) -> F + Clone + Send + Sync + 'static,
    F: Future<Output = Response<Body>> + Send + 'static,
{
    let (payload, context): (Value, Context) = event.into_parts();
    let request: LambdaRequest = serde_json::from_str(&payload.to_string()).map_err(|error| {
        Diagnostic { error_type: "Malformed".into(), error_message: error.to_string() }
    })?;
    let service = service_fn(move |request: Request| {
        let answer = handle(request);
        async move { Ok::<_, Diagnostic>(AsItStands(answer.await)) }
    });
    let response = Adapter::from(service).call(LambdaEvent::new(request, context)).await?;
    serde_json::to_value(&response).map_err(|error| Diagnostic {
        error_type: "Unwritable".into(),
        error_message: error.to_string(),
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[tokio::test]
    async fn a_function_sees_its_event_and_its_deadline() {
        let functions = InProcess::default().with(Function::TimePush, async |event| {
            Ok(json!({ "saw": event.payload, "left": event.context.deadline().elapsed().is_err() }))
        });
        let answer = functions.invoke(Function::TimePush, json!({ "n": 1 })).await.unwrap();
        assert_eq!(answer, json!({ "saw": { "n": 1 }, "left": true }));
    }

    #[tokio::test]
    async fn a_function_of_the_http_kind_borrows_what_it_depends_on() {
        let greeting = Arc::new("hello".to_owned());
        let functions = InProcess::default().with_http(Function::Api, move |request: Request| {
            let greeting = Arc::clone(&greeting);
            async move { greet(&greeting, request).await }
        });
        let event = json!({
            "version": "2.0",
            "rawPath": "/world",
            "headers": {},
            "requestContext": { "http": { "method": "GET" } },
        });
        let answer = functions.invoke(Function::Api, event).await.unwrap();
        assert_eq!(answer["statusCode"], 200);
        assert_eq!(answer["body"], "hello /world");
    }

    async fn greet(greeting: &str, request: Request) -> Response<Body> {
        Response::new(format!("{greeting} {}", request.uri().path()).into())
    }

    #[tokio::test]
    async fn a_panic_is_the_functions_failure_and_not_ours() {
        let functions = InProcess::default().with(Function::TimePush, async |_| panic!("a bug"));
        let error = functions.invoke(Function::TimePush, Value::Null).await.unwrap_err();
        assert!(matches!(error, FunctionError::Panicked(Function::TimePush)), "{error:?}");
    }

    #[tokio::test]
    async fn a_function_that_nobody_registered_is_absent() {
        let error = InProcess::default().invoke(Function::Api, Value::Null).await.unwrap_err();
        assert!(matches!(error, FunctionError::Absent(Function::Api)), "{error:?}");
    }
}
