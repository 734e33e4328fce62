//! One queue and its pollers, for as many firms as there may be: how long a wake waits for a worker.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// A wake that comes at an instant, and how long what it wakes works, in seconds.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Job {
    pub(crate) at: f64,
    pub(crate) takes: f64,
}

/// How long wakes waited.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Waits {
    pub(crate) p95: f64,
    /// Workers that were busy, on the average.
    pub(crate) busy: f64,
}

/// Has so many workers take the jobs as they come, up to `batch` that wait, which each works one by one.
pub(crate) fn serve(jobs: &[Job], workers: usize, batch: usize) -> Waits {
    let mut free: BinaryHeap<Reverse<Instant>> =
        (0..workers).map(|_| Reverse(Instant(0.0))).collect();
    let mut waits = Vec::with_capacity(jobs.len());
    let mut rest = jobs;
    while let (Some(first), Some(Reverse(Instant(since)))) = (rest.first(), free.pop()) {
        let mut now = since.max(first.at);
        let count = rest.iter().take(batch).take_while(|it| it.at <= now).count();
        let (taken, left) = rest.split_at(count.max(1));
        for job in taken {
            waits.push(now - job.at);
            now += job.takes;
        }
        rest = left;
        free.push(Reverse(Instant(now)));
    }
    waits.sort_by(f64::total_cmp);
    let p95 = waits.get(waits.len() * 95 / 100).copied().unwrap_or(0.0);
    let span = jobs.last().map_or(0.0, |it| it.at) - jobs.first().map_or(0.0, |it| it.at);
    let work: f64 = jobs.iter().map(|it| it.takes).sum();
    Waits { p95, busy: work / span.max(1.0) }
}

#[derive(PartialEq)]
struct Instant(f64);

impl Eq for Instant {}

impl PartialOrd for Instant {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Instant {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.0.total_cmp(&other.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wake_waits_only_where_there_are_too_few_workers() {
        // One a second, each of two seconds' work: two workers keep up, one falls behind by half.
        let jobs: Vec<Job> = (0..100).map(|n| Job { at: f64::from(n), takes: 2.0 }).collect();
        assert_eq!(serve(&jobs, 2, 1).p95, 0.0);
        assert_eq!(serve(&jobs, 1, 1).p95, 95.0);
        assert!((serve(&jobs, 2, 1).busy - 2.0).abs() < 0.1);
    }

    #[test]
    fn what_one_worker_takes_together_waits_for_each_other() {
        let jobs = [Job { at: 0.0, takes: 60.0 }, Job { at: 0.0, takes: 1.0 }];
        assert_eq!(serve(&jobs, 2, 1).p95, 0.0);
        assert_eq!(serve(&jobs, 2, 10).p95, 60.0);
    }
}
