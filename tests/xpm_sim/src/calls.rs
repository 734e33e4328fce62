//! The record of every call received, the wire tap of the tests.

use jiff::Timestamp;
use serde::Serialize;

/// A call as it was received and answered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Call {
    /// Its number, counted from one; effects refer to it.
    pub number: u64,
    /// When it came in.
    pub time: Timestamp,
    /// The HTTP method.
    pub method: String,
    /// The path, without the query.
    pub path: String,
    /// The query, as sent.
    pub query: Option<String>,
    /// The tenant's id, as sent.
    pub tenant: Option<String>,
    /// The status that was answered; none when nothing was, or not yet.
    pub status: Option<u16>,
    /// The fault that happened to it.
    pub fault: Option<String>,
    /// Why the rate limits refused it: `minute`, `day`, `appminute`, `concurrent`.
    pub limited: Option<String>,
    /// The refusal in an answer that is otherwise fine (`Status=ERROR`).
    pub error: Option<String>,
}

#[derive(Debug, Default)]
pub(crate) struct Calls {
    all: Vec<Call>,
    first: u64,
}

impl Calls {
    /// Continues the numbering of an earlier process.
    pub(crate) fn resume_after(&mut self, last: u64) {
        self.first = last;
    }

    pub(crate) fn begin(
        &mut self,
        time: Timestamp,
        method: &str,
        path: &str,
        query: Option<&str>,
        tenant: Option<&str>,
    ) -> u64 {
        let number = self.first + self.all.len() as u64 + 1;
        self.all.push(Call {
            number,
            time,
            method: method.to_owned(),
            path: path.to_owned(),
            query: query.map(str::to_owned),
            tenant: tenant.map(str::to_owned),
            status: None,
            fault: None,
            limited: None,
            error: None,
        });
        number
    }

    pub(crate) fn amend(&mut self, number: u64, change: impl FnOnce(&mut Call)) {
        let index = number.checked_sub(self.first + 1).and_then(|it| usize::try_from(it).ok());
        if let Some(call) = index.and_then(|it| self.all.get_mut(it)) {
            change(call);
        }
    }

    /// The calls after a number, or from an instant on.
    pub(crate) fn since(&self, since: Option<Since>) -> Vec<Call> {
        let wanted = |call: &&Call| match since {
            None => true,
            Some(Since::Number(number)) => call.number > number,
            Some(Since::Time(time)) => call.time >= time,
        };
        self.all.iter().filter(wanted).cloned().collect()
    }
}

/// Where a reader of the calls left off.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Since {
    Number(u64),
    Time(Timestamp),
}

impl Since {
    pub(crate) fn parse(text: &str) -> Option<Self> {
        text.parse().map(Self::Number).or_else(|_| text.parse().map(Self::Time)).ok()
    }
}
