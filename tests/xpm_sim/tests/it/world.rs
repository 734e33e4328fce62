//! A simulator with a standing clock, and someone who is connected to it.

use jiff::Timestamp;
use reqwest::header::HeaderMap;
use reqwest::{Client, Method};
use roxmltree::Document;
use serde_json::Value;
use tokio::net::TcpListener;
use xpm_sim::{Options, Simulator};

/// 22 November 2026, a Sunday, at the start of a minute and of a day.
pub(crate) const NOON: &str = "2026-11-22T00:00:00Z";

pub(crate) struct World {
    pub(crate) simulator: Simulator,
    pub(crate) http: Client,
    pub(crate) token: String,
    pub(crate) refresh_token: String,
    pub(crate) tenant: String,
}

/// An answer, read to its end.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|it| it.to_str().unwrap())
    }

    /// The texts of all elements at a path below `Response`.
    pub(crate) fn all(&self, path: &str) -> Vec<String> {
        let document = Document::parse(&self.text).unwrap();
        let mut nodes = vec![document.root_element()];
        for name in path.split('/') {
            nodes = nodes
                .iter()
                .flat_map(|it| it.children().filter(|child| child.has_tag_name(name)))
                .collect();
        }
        nodes.iter().map(|it| it.text().unwrap_or_default().to_owned()).collect()
    }

    /// The text of the only, or first, element at a path below `Response`.
    pub(crate) fn one(&self, path: &str) -> String {
        self.all(path).first().unwrap_or_else(|| panic!("no {path} in {}", self.text)).clone()
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap()
    }
}

pub(crate) fn standing() -> Options {
    Options { now: Some(NOON.parse::<Timestamp>().unwrap()), ..Options::default() }
}

pub(crate) async fn start(options: Options) -> Simulator {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    Simulator::start(listener, options).unwrap()
}

pub(crate) fn client() -> Client {
    let no_redirect = reqwest::redirect::Policy::none();
    Client::builder().redirect(no_redirect).pool_max_idle_per_host(0).build().unwrap()
}

/// The demo firm, connected.
pub(crate) async fn world() -> World {
    World::of(start(standing()).await)
}

impl World {
    pub(crate) fn of(simulator: Simulator) -> Self {
        let credentials = simulator.control().connect(&[]).unwrap();
        Self {
            simulator,
            http: client(),
            token: credentials.access_token,
            refresh_token: credentials.refresh_token,
            tenant: credentials.tenants[0].to_string(),
        }
    }

    pub(crate) fn request(&self, method: Method, path: &str) -> reqwest::RequestBuilder {
        let url = format!("{}/practicemanager/3.1/{path}", self.simulator.url());
        self.http
            .request(method, url)
            .bearer_auth(&self.token)
            .header("Xero-Tenant-Id", &self.tenant)
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        read(self.request(Method::GET, path)).await
    }

    pub(crate) async fn post(&self, path: &str, body: &str) -> Answer {
        read(self.request(Method::POST, path).body(body.to_owned())).await
    }

    pub(crate) async fn put(&self, path: &str, body: &str) -> Answer {
        read(self.request(Method::PUT, path).body(body.to_owned())).await
    }

    pub(crate) async fn delete(&self, path: &str) -> Answer {
        read(self.request(Method::DELETE, path)).await
    }

    pub(crate) fn ledger(&self) -> Value {
        self.simulator.control().ledger(None).unwrap()
    }

    /// An open job: its number, a task on it, and who is assigned to the task.
    pub(crate) async fn open_job(&self) -> (String, String, String) {
        let job = self.get("job.api/get/J000001").await;
        (
            job.one("Job/ID"),
            job.one("Job/Tasks/Task/UUID"),
            job.one("Job/Tasks/Task/Assigned/Staff/UUID"),
        )
    }

    /// The body of a time entry on that job.
    pub(crate) fn timesheet(job: &(String, String, String), minutes: i64) -> String {
        let (number, task, staff) = job;
        format!(
            "<Timesheet><Job>{number}</Job><TaskUUID>{task}</TaskUUID>\
             <StaffUUID>{staff}</StaffUUID><Date>20261120</Date><Minutes>{minutes}</Minutes>\
             <Note>Checked &amp; filed</Note></Timesheet>"
        )
    }
}

pub(crate) async fn read(request: reqwest::RequestBuilder) -> Answer {
    let response = request.send().await.unwrap();
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    Answer { status, headers, text: response.text().await.unwrap() }
}
