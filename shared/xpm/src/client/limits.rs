//! What XPM says of its limits (xpm-api 4).

use std::time::Duration;

use domain::ports::{Fault, Left, Limit};
use reqwest::header::{HeaderMap, RETRY_AFTER};

/// The counters of an answer, whichever its ending.
pub(super) fn left(headers: &HeaderMap) -> Left {
    Left {
        day: number(headers, "x-daylimit-remaining"),
        minute: number(headers, "x-minlimit-remaining"),
    }
}

/// What a 429 says.
pub(super) fn throttled(headers: &HeaderMap) -> Fault {
    let problem = headers.get("x-rate-limit-problem").and_then(|it| it.to_str().ok());
    let seconds = headers.get(RETRY_AFTER).and_then(|it| it.to_str().ok());
    Fault::Throttled {
        limit: problem.map_or(Limit::Unknown, limit),
        // A date would need a clock to be read, and XPM sends seconds. More than 32 bits of
        // them is no wait but a mistake.
        retry_after: seconds
            .and_then(|it| it.trim().parse::<u32>().ok())
            .map(|it| Duration::from_secs(it.into())),
    }
}

/// Clients have seen `appminute` and `app-minute`, so spelling is not relied upon.
fn limit(problem: &str) -> Limit {
    let letters = problem.chars().filter(char::is_ascii_alphabetic);
    let word: String = letters.map(|it| it.to_ascii_lowercase()).collect();
    if word.contains("app") {
        Limit::AppMinute
    } else if word.contains("concurrent") {
        Limit::Concurrent
    } else if word.contains("min") {
        Limit::Minute
    } else if word.contains("day") || word.contains("daily") {
        Limit::Day
    } else {
        Limit::Unknown
    }
}

fn number(headers: &HeaderMap, name: &str) -> Option<u32> {
    headers.get(name)?.to_str().ok()?.trim().parse().ok()
}
