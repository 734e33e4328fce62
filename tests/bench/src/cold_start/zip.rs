//! How large a file is in a zip, by whichever tool is there.

use std::path::Path;
use std::process::{Command, Stdio};

use crate::Cause;

const PYTHON: &str = "
import io, sys, zipfile
into = io.BytesIO()
with zipfile.ZipFile(into, 'w', zipfile.ZIP_DEFLATED, compresslevel=9) as it:
    it.write(sys.argv[1], 'bootstrap')
print(len(into.getvalue()))
";

/// The size in bytes of a zip with this file alone.
///
/// # Errors
/// Neither `zip` nor Python is there, or the file is not.
pub(super) fn size(file: &Path) -> Result<u64, Cause> {
    let zip = quiet(Command::new("zip").args(["-9", "-q", "-j", "-"]).arg(file));
    if let Ok(zip) = zip
        && !zip.is_empty()
    {
        return Ok(zip.len() as u64);
    }
    let told = quiet(Command::new("python3").args(["-c", PYTHON]).arg(file))
        .map_err(|_| "neither zip nor python3 is there")?;
    Ok(String::from_utf8(told)?.trim().parse()?)
}

/// MB, as a figure shows them.
pub(super) fn shown(bytes: u64) -> String {
    format!("{:.2} MB", bytes as f64 / 1e6)
}

fn quiet(command: &mut Command) -> Result<Vec<u8>, Cause> {
    let output = command.stdin(Stdio::null()).stderr(Stdio::null()).output()?;
    if output.status.success() { Ok(output.stdout) } else { Err("it failed".into()) }
}
