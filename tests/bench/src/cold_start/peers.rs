//! The peers: the least that Node and Python can do with AWS's own libraries. What they need is
//! installed by their own package managers into `target/bench`, once.

use std::fs;
use std::path::{Path, PathBuf};

use super::Program;
use crate::tools::{self, python_package, run, told};
use serde_json::{Value, json};

/// The version of Python's library; Node's are in its `package.json`.
const BOTO3: &str = "1.44.5";
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
    let python = tools::python().await?;
    copy(&from, &into, &["main.py"])?;
    let libraries = into.join(format!("boto3-{BOTO3}"));
    python_package(&python, &format!("boto3=={BOTO3}"), &libraries).await?;
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
