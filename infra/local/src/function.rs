//! The functions of the stack, with the limits that the template gives them,
//! and what Lambda tells a function about one of its invocations.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use lambda_http::http::{HeaderMap, HeaderValue};
use lambda_runtime::Context;
use uuid::Uuid;

use crate::settings::{ACCOUNT, REGION};

/// One of the Lambda functions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Function {
    /// REST, the OpenAPI document, the console.
    Api,
    /// The steps of connecting to Xero.
    OauthCallback,
    /// Webhooks from practice apps and from Xero.
    WebhookIngest,
    /// Contacts, both ways.
    ContactSync,
    /// Jobs from documents.
    JobCreate,
    /// Task links and time.
    TimePush,
    /// What happened, in order and delivered.
    EventPublish,
}

impl Function {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::Api,
        Self::OauthCallback,
        Self::WebhookIngest,
        Self::ContactSync,
        Self::JobCreate,
        Self::TimePush,
        Self::EventPublish,
    ];

    /// The memory every function has in the template, in megabytes.
    pub const MEMORY: u16 = 256;

    /// The name of the crate, the binary and the Lambda function.
    pub fn name(self) -> &'static str {
        match self {
            Self::Api => "api",
            Self::OauthCallback => "oauth_callback",
            Self::WebhookIngest => "webhook_ingest",
            Self::ContactSync => "contact_sync",
            Self::JobCreate => "job_create",
            Self::TimePush => "time_push",
            Self::EventPublish => "event_publish",
        }
    }

    /// How long Lambda lets one invocation run.
    pub fn timeout(self) -> Duration {
        match self {
            Self::Api | Self::OauthCallback => Duration::from_secs(29),
            Self::WebhookIngest => Duration::from_secs(10),
            Self::ContactSync => Duration::from_secs(300),
            Self::JobCreate | Self::TimePush | Self::EventPublish => Duration::from_secs(60),
        }
    }

    /// How the function is called outside.
    pub fn arn(self) -> String {
        format!("arn:aws:lambda:{REGION}:{ACCOUNT}:function:{self}")
    }
}

impl fmt::Display for Function {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// What Lambda says about one invocation, in the headers of its Runtime API.
#[derive(Clone, Debug)]
pub struct Invocation {
    /// The id in every log line of the invocation.
    pub request_id: String,
    /// The moment at which Lambda stops the function.
    pub deadline: SystemTime,
    arn: String,
    trace_id: String,
}

impl Invocation {
    /// An invocation that starts now.
    pub fn start(function: Function, timeout: Duration) -> Self {
        Self {
            request_id: Uuid::new_v4().to_string(),
            deadline: SystemTime::now() + timeout,
            arn: function.arn(),
            trace_id: format!("{};Sampled=0", trace_root()),
        }
    }

    /// The headers with which Lambda hands the event over.
    pub fn headers(&self) -> HeaderMap {
        let since_epoch =
            self.deadline.duration_since(SystemTime::UNIX_EPOCH).unwrap_or(Duration::ZERO);
        [
            ("lambda-runtime-aws-request-id", self.request_id.clone()),
            ("lambda-runtime-deadline-ms", since_epoch.as_millis().to_string()),
            ("lambda-runtime-invoked-function-arn", self.arn.clone()),
            ("lambda-runtime-trace-id", self.trace_id.clone()),
        ]
        .into_iter()
        .filter_map(|(name, value)| Some((name.parse().ok()?, HeaderValue::from_str(&value).ok()?)))
        .collect()
    }

    /// The context as the runtime makes it from those headers.
    pub(crate) fn context(&self, function: Function) -> Result<Context, lambda_runtime::Error> {
        let config = lambda_runtime::Config {
            function_name: function.name().to_owned(),
            memory: i32::from(Function::MEMORY),
            version: "$LATEST".to_owned(),
            log_stream: String::new(),
            log_group: format!("/aws/lambda/{function}"),
        };
        Context::new(&self.request_id, Arc::new(config), &self.headers())
    }
}

/// A fresh X-Ray root, `Root=1-{time}-{chance}`.
pub(crate) fn trace_root() -> String {
    let seconds = SystemTime::now()
        .duration_since(SystemTime::UNIX_EPOCH)
        .map_or(0, |it| it.as_secs() & u64::from(u32::MAX));
    let chance = Uuid::new_v4().simple().to_string();
    format!("Root=1-{seconds:08x}-{}", &chance[..24])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_deadline_is_the_start_plus_the_timeout_in_milliseconds() {
        let before = SystemTime::now();
        let headers = Invocation::start(Function::TimePush, Duration::from_secs(60)).headers();
        let after = SystemTime::now();

        let told: u64 = headers["lambda-runtime-deadline-ms"].to_str().unwrap().parse().unwrap();
        let told = SystemTime::UNIX_EPOCH + Duration::from_millis(told);
        assert!(told + Duration::from_millis(1) >= before + Duration::from_secs(60));
        assert!(told <= after + Duration::from_secs(60));
    }

    #[test]
    fn a_context_repeats_what_the_headers_say() {
        let invocation = Invocation::start(Function::Api, Duration::from_secs(29));
        let context = invocation.context(Function::Api).unwrap();
        assert_eq!(context.request_id, invocation.request_id);
        assert_eq!(context.invoked_function_arn, Function::Api.arn());
        assert_eq!(context.env_config.function_name, "api");
    }
}
