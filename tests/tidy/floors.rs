//! Where a crate lives says what it may lean on.
//!
//! `shared/domain` leans on nothing of ours; the rest of `shared/` on the domain, and never on each
//! other, except `shared/wiring`, which exists to put them together; a function on anything shared.
//! Whatever lies outside those folders is never shipped and may lean on all of it.

use cargo_metadata::{DependencyKind, MetadataCommand, Package};

#[test]
fn dependencies_point_down() {
    let metadata = MetadataCommand::new().no_deps().exec().unwrap();
    let floor = |package: &Package| {
        let home = package.manifest_path.strip_prefix(&metadata.workspace_root).unwrap();
        match home.as_str() {
            "shared/domain/Cargo.toml" => Some(0),
            "shared/wiring/Cargo.toml" => Some(2),
            it if it.starts_with("shared/") => Some(1),
            it if it.starts_with("functions/") => Some(3),
            _ => None,
        }
    };

    let mut upward = Vec::new();
    for package in &metadata.packages {
        let Some(height) = floor(package) else { continue };
        for edge in package.dependencies.iter().filter(|it| it.kind != DependencyKind::Development)
        {
            let Some(other) = metadata.packages.iter().find(|it| it.name == edge.name) else {
                continue;
            };
            if floor(other).is_none_or(|below| height <= below) {
                upward.push(format!("{} -> {}", package.name, other.name));
            }
        }
    }
    assert!(upward.is_empty(), "these edges do not point down: {upward:#?}");
}

/// The simulator shares no code with the client, so it cannot agree with the client's mistakes.
#[test]
fn by_12_the_simulator_leans_on_nothing_of_ours() {
    let metadata = MetadataCommand::new().no_deps().exec().unwrap();
    let simulator = metadata.packages.iter().find(|it| it.name == "xpm_sim").unwrap();
    let ours: Vec<&str> = simulator
        .dependencies
        .iter()
        .filter(|it| it.path.is_some())
        .map(|it| it.name.as_str())
        .collect();
    assert_eq!(ours, [""; 0]);
}

/// `cargo run` and `cargo test --workspace` share every build only while no test switches on
/// features of a dependency that is shipped.
#[test]
fn tests_switch_on_no_features() {
    let metadata = MetadataCommand::new().no_deps().exec().unwrap();
    let mut switched = Vec::new();
    for package in &metadata.packages {
        for dependency in &package.dependencies {
            let elsewhere = metadata
                .packages
                .iter()
                .flat_map(|it| &it.dependencies)
                .filter(|it| it.kind != DependencyKind::Development && it.name == dependency.name)
                .flat_map(|it| &it.features);
            let known: Vec<&String> = elsewhere.collect();
            if dependency.kind == DependencyKind::Development
                && !known.is_empty()
                && dependency.features.iter().any(|it| !known.contains(&it))
            {
                switched.push(format!("{}: {}", package.name, dependency.name));
            }
        }
    }
    assert!(switched.is_empty(), "{switched:#?}");
}
