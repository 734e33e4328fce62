//! What Tandem is built of (G54): crates of crates.io only, each by its sum, none that is banned; and
//! that somebody looks. Known holes are looked up by `cargo deny` in `.ci/run`, which needs the network.

use std::collections::BTreeMap;
use std::fs;

use tests::template::root;

const CRATES_IO: &str = "registry+https://github.com/rust-lang/crates.io-index";

#[test]
fn g54_every_crate_is_of_crates_io_and_locked_by_its_sum() {
    let mut foreign = Vec::new();
    for package in packages() {
        match package.get("source").map(String::as_str) {
            None => {}
            Some(CRATES_IO) if package.get("checksum").is_some_and(|it| it.len() == 64) => {}
            Some(_) => foreign.push(package),
        }
    }
    assert!(foreign.is_empty(), "{foreign:#?}");
}

#[test]
fn g54_xml_is_read_by_a_version_without_known_holes_and_tls_is_spoken_by_one_library() {
    let packages = packages();
    let versions = |name: &str| -> Vec<(u64, u64)> {
        let named = packages.iter().filter(|it| it["name"] == name);
        named.map(|it| number(&it["version"])).collect()
    };
    let xml = versions("quick-xml");
    assert!(!xml.is_empty() && xml.iter().all(|it| *it >= (0, 42)), "{xml:?}");
    assert_eq!(versions("rustls").len(), 1);
    // The lock also names what no feature of ours asks for, such as `ring`; of that, cargo deny knows.
    for banned in ["openssl", "openssl-sys", "native-tls", "rsa", "serde-xml-rs", "xml-rs"] {
        assert_eq!(versions(banned), [], "{banned}");
    }
}

/// One step short of any of these and a hole could come in unseen.
#[test]
fn g54_cargo_deny_is_asked_about_all_of_it_on_every_change() {
    let read = |path: &str| fs::read_to_string(root().join(path)).unwrap();
    let rules = read(".cargo/deny.toml");
    for rule in [
        "yanked = \"deny\"",
        "wildcards = \"deny\"",
        "unknown-git = \"deny\"",
        "unknown-registry = \"deny\"",
        "{ crate = \"openssl\",",
        "{ crate = \"native-tls\",",
        "{ crate = \"quick-xml:<0.42\",",
    ] {
        assert!(rules.contains(rule), "{rule}");
    }
    let all = read(".ci/run");
    for step in ["deny licenses bans sources", "deny advisories", "--locked"] {
        assert!(all.contains(step), "{step}");
    }
    assert!(read(".github/workflows/ci.yml").contains("- run: .ci/run"));
    let release = read(".github/workflows/release.yml");
    for step in ["- run: .ci/run", "infra/package --sbom", "sha256sum", "needs: test"] {
        assert!(release.contains(step), "{step}");
    }
}

#[test]
fn g54_workflows_take_actions_by_commit_and_may_read_only_unless_they_publish() {
    for entry in fs::read_dir(root().join(".github/workflows")).unwrap() {
        let path = entry.unwrap().path();
        let text = fs::read_to_string(&path).unwrap();
        assert!(text.contains("\npermissions:\n  contents: read\n"), "{}", path.display());
        for action in text.lines().filter_map(|it| it.split_once("uses: ")).map(|it| it.1) {
            let commit = action.split(['@', ' ']).nth(1).unwrap();
            let hex = commit.len() == 40 && commit.chars().all(|it| it.is_ascii_hexdigit());
            assert!(hex, "{action}");
        }
        let writes = text.matches(": write").count();
        let publishes = path.ends_with("release.yml");
        assert_eq!(writes, usize::from(publishes), "{}", path.display());
    }
}

/// The packages of `Cargo.lock`, each as its lines say.
fn packages() -> Vec<BTreeMap<String, String>> {
    let lock = fs::read_to_string(root().join("Cargo.lock")).unwrap();
    let packages = lock.split("[[package]]").skip(1).map(|package| {
        let lines = package.lines().filter_map(|it| it.split_once(" = "));
        lines.map(|(name, value)| (name.to_owned(), value.trim_matches('"').to_owned())).collect()
    });
    packages.collect()
}

fn number(version: &str) -> (u64, u64) {
    let mut parts = version.split('.').map(|it| it.parse().unwrap());
    (parts.next().unwrap(), parts.next().unwrap())
}
