//! The peers: the least that Node and Python can do with AWS's own libraries. What they need is
//! installed by their own package managers into `target/bench`, once.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use serde_json::{Value, json};
use tokio::process::Command;

use super::Program;

/// What a peer answers when it has asked DynamoDB.
const ANSWER: &str = "\"statusCode\":404";

const NODE_VERSIONS: &str =
    "`Node ${process.version}, client-dynamodb ${require(process.argv[1]).version}`";

const PYTHON_VERSIONS: &str = "
import sys, platform
sys.path.insert(0, sys.argv[1])
import boto3
print('Python', platform.python_version() + ', boto3', boto3.__version__)
";

/// The name of a peer and the program, or why there is none.
type Installed = Result<(String, Program), String>;

/// Node with the third version of AWS's library, bundled into one file.
pub(super) async fn node(
    sources: &Path,
    into: &Path,
    environment: &[(String, String)],
) -> Installed {
    let (from, into) = (sources.join("node"), into.join("node"));
    let node = told("node", ["-p", "process.execPath"]).await?;
    let bundle = into.join("main.cjs");
    copy(&from, &into, &["package.json", "main.mjs"])?;
    if !into.join("node_modules/.bin/esbuild").exists() {
        eprintln!("installing Node's libraries");
        run(&into, "npm", ["install", "--no-audit", "--no-fund", "--loglevel=error"]).await?;
    }
    let esbuild = into.join("node_modules/.bin/esbuild");
    let out = format!("--outfile={}", bundle.display());
    let how = ["main.mjs", "--bundle", "--minify", "--platform=node", "--target=node20", &out];
    run(&into, esbuild, how).await?;
    let package = into.join("node_modules/@aws-sdk/client-dynamodb/package.json");
    eprintln!(
        "beside {}",
        told(&node, ["-p", NODE_VERSIONS, &package.display().to_string()]).await?
    );
    Ok(("Node".into(), program(node, bundle, environment)))
}

/// Python with boto3.
pub(super) async fn python(
    sources: &Path,
    into: &Path,
    environment: &[(String, String)],
) -> Installed {
    let (from, into) = (sources.join("python"), into.join("python"));
    // What is on the path may be a script that picks a version; that is no part of a start.
    let python = told("python3", ["-c", "import sys; print(sys.executable)"]).await?;
    copy(&from, &into, &["main.py"])?;
    let libraries = into.join("libraries");
    if !libraries.join("boto3").exists() {
        eprintln!("installing Python's libraries");
        let target = libraries.display().to_string();
        let how = ["-m", "pip", "install", "--quiet", "--target", &target, "boto3"];
        run(&into, python.as_str(), how).await?;
    }
    let libraries = libraries.display().to_string();
    eprintln!("beside {}", told(&python, ["-c", PYTHON_VERSIONS, &libraries]).await?);
    let mut program = program(python, into.join("main.py"), environment);
    program.environment.push(("PYTHONPATH".into(), libraries));
    Ok(("Python".into(), program))
}

fn program(path: String, script: PathBuf, environment: &[(String, String)]) -> Program {
    let args = vec![script.into_os_string()];
    let environment = environment.to_vec();
    Program { path: path.into(), args, environment, event, answer: ANSWER }
}

fn event() -> Result<Value, crate::Cause> {
    Ok(json!({ "version": "2.0", "rawPath": "/v1/contacts/nobody" }))
}

fn copy(from: &Path, into: &Path, files: &[&str]) -> Result<(), String> {
    fs::create_dir_all(into).map_err(|it| it.to_string())?;
    for file in files {
        fs::copy(from.join(file), into.join(file)).map_err(|it| format!("{file}: {it}"))?;
    }
    Ok(())
}

/// What a command prints.
async fn told<const N: usize>(program: &str, args: [&str; N]) -> Result<String, String> {
    let said = Command::new(program).args(args).stdin(Stdio::null()).output().await;
    let said = said.map_err(|_| format!("{program} is not there"))?;
    let said = String::from_utf8_lossy(&said.stdout).trim().to_owned();
    if said.is_empty() { Err(format!("{program} does not run")) } else { Ok(said) }
}

/// Runs a command in a folder; its last words are why it failed.
async fn run<const N: usize>(
    folder: &Path,
    program: impl AsRef<OsStr>,
    args: [&str; N],
) -> Result<(), String> {
    let program = program.as_ref();
    let name = Path::new(program).file_name().unwrap_or(program).display().to_string();
    let mut command = Command::new(program);
    let said = command.args(args).current_dir(folder).stdin(Stdio::null()).output().await;
    let said = said.map_err(|_| format!("{name} is not there"))?;
    if said.status.success() {
        return Ok(());
    }
    let words = String::from_utf8_lossy(&said.stderr);
    Err(format!("{name} failed: {}", words.trim().lines().last().unwrap_or_default()))
}
