//! What the system knows of a process. Linux only; elsewhere there is no answer.

use std::fs;
use std::time::Duration;

/// What a process has used of the processors so far, all its threads together.
///
/// The scheduler's own count, in nanoseconds: `stat` counts in hundredths of a second, the whole of
/// what a cold start takes.
pub fn cpu(pid: u32) -> Option<Duration> {
    let mut total = 0;
    for thread in fs::read_dir(format!("/proc/{pid}/task")).ok()? {
        let schedstat = fs::read_to_string(thread.ok()?.path().join("schedstat")).ok()?;
        total += schedstat.split_whitespace().next()?.parse::<u64>().ok()?;
    }
    Some(Duration::from_nanos(total))
}

/// How much memory a process holds, in KiB.
pub fn resident(pid: u32) -> Option<u64> {
    status(pid, "VmRSS:")
}

/// How much memory a process held when it held the most, in KiB.
pub fn peak(pid: u32) -> Option<u64> {
    status(pid, "VmHWM:")
}

/// MB of so many KiB, as a figure shows them.
pub fn megabytes(kib: u64) -> String {
    format!("{:.1} MB", kib as f64 * 1024.0 / 1e6)
}

/// A child of this process that runs a program of this name.
pub fn child(program: &str) -> Option<u32> {
    let own = u64::from(std::process::id());
    fs::read_dir("/proc").ok()?.flatten().find_map(|it| {
        let pid = it.file_name().to_str()?.parse().ok()?;
        // The kernel keeps fifteen letters of a name.
        let name = fs::read_to_string(it.path().join("comm")).ok()?;
        let of_name = program.get(..15).unwrap_or(program) == name.trim_end();
        let parent = fs::read_to_string(it.path().join("status")).ok()?;
        let parent = parent.lines().find_map(|line| line.strip_prefix("PPid:"))?.trim().parse();
        (of_name && parent == Ok(own)).then_some(pid)
    })
}

fn status(pid: u32, name: &str) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let value = status.lines().find_map(|line| line.strip_prefix(name))?;
    value.trim().strip_suffix("kB")?.trim().parse().ok()
}
