//! Programs that the benches call.

use std::ffi::OsStr;
use std::path::Path;
use std::process::Stdio;

use tokio::process::Command;

/// What a command prints.
pub(crate) async fn told<const N: usize>(program: &str, args: [&str; N]) -> Result<String, String> {
    let said = Command::new(program).args(args).stdin(Stdio::null()).output().await;
    let said = said.map_err(|_| format!("{program} is not there"))?;
    let said = String::from_utf8_lossy(&said.stdout).trim().to_owned();
    if said.is_empty() { Err(format!("{program} does not run")) } else { Ok(said) }
}

/// Runs a command in a folder; its last words are why it failed.
pub(crate) async fn run<const N: usize>(
    folder: &Path,
    program: impl AsRef<OsStr>,
    args: [&str; N],
) -> Result<(), String> {
    let mut command = Command::new(program);
    finished(command.args(args).current_dir(folder)).await.map(drop)
}

/// What a command prints that ends well; otherwise its last words.
pub(crate) async fn finished(command: &mut Command) -> Result<String, String> {
    let program = command.as_std().get_program().to_owned();
    let name = Path::new(&program).file_name().unwrap_or(&program).display().to_string();
    let said = command.stdin(Stdio::null()).output().await;
    let said = said.map_err(|_| format!("{name} is not there"))?;
    if said.status.success() {
        return Ok(String::from_utf8_lossy(&said.stdout).into_owned());
    }
    let words = String::from_utf8_lossy(&said.stderr);
    Err(format!("{name} failed: {}", words.trim().lines().last().unwrap_or_default()))
}

/// The Python itself. What is on the path may be a script that picks a version; that is no part of
/// a start.
pub(crate) async fn python() -> Result<String, String> {
    told("python3", ["-c", "import sys; print(sys.executable)"]).await
}

/// A package with all it needs, in a folder of its own; installed once. `package` is as `pip` reads it.
pub(crate) async fn python_package(
    python: &str,
    package: &str,
    folder: &Path,
) -> Result<(), String> {
    if folder.exists() {
        return Ok(());
    }
    eprintln!("installing {package} for Python");
    let part = folder.with_extension("part");
    let target = part.display().to_string();
    std::fs::create_dir_all(&part).map_err(|it| it.to_string())?;
    let how = [
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
        "--target",
        &target,
        package,
    ];
    run(&part, python, how).await?;
    std::fs::rename(&part, folder).map_err(|it| it.to_string())
}
