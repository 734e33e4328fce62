//! One idea a file: nothing shipped is longer than about 300 lines.

use std::fs;
use std::path::{Path, PathBuf};

use cargo_metadata::MetadataCommand;

#[test]
fn no_shipped_file_is_longer_than_320_lines() {
    let root = root();
    let mut long = Vec::new();
    let shipped = |it: &PathBuf| !it.components().any(|part| part.as_os_str() == "tests");
    for file in sources(&root).filter(shipped) {
        let lines = fs::read_to_string(&file).unwrap().lines().count();
        if lines > 320 {
            long.push(format!("{}: {lines}", file.display()));
        }
    }
    assert!(long.is_empty(), "these files hold more than one idea: {long:#?}");
}

#[test]
fn the_top_level_holds_what_it_should_and_nothing_else() {
    const KNOWN: [&str; 9] = [
        "Cargo.lock",
        "Cargo.toml",
        "LICENSE",
        "README.md",
        "docs",
        "functions",
        "infra",
        "samconfig.toml",
        "shared",
    ];
    let mut strangers = Vec::new();
    for entry in fs::read_dir(root()).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        let known = KNOWN.contains(&name.as_str()) || ["tests", "target"].contains(&name.as_str());
        if !known && !name.starts_with('.') {
            strangers.push(name);
        }
    }
    assert!(strangers.is_empty(), "{strangers:?}");
}

pub(crate) fn root() -> PathBuf {
    MetadataCommand::new().no_deps().exec().unwrap().workspace_root.into_std_path_buf()
}

/// Every Rust source of the workspace.
pub(crate) fn sources(root: &Path) -> impl Iterator<Item = PathBuf> + use<> {
    let mut folders: Vec<PathBuf> =
        ["functions", "infra", "shared", "tests"].iter().map(|it| root.join(it)).collect();
    let mut files = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|it| it == "rs") {
                files.push(path);
            }
        }
    }
    files.into_iter()
}
