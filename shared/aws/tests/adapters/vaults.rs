use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use aws::vault::NoVault;
use aws::{AnyVault, FileVault, KmsVault};
use axum::http::{HeaderMap, StatusCode};
use axum::{Json, Router};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use domain::ids::FirmId;
use domain::ports::{Seal, Secret, Vault};
use memory::contract::vault_contract;
use serde_json::{Value, json};

use crate::stack::{sdk, serve};

#[tokio::test]
async fn g35_a_vault_under_kms_keeps_the_promises_of_a_vault() {
    let (url, _) = kms().await;

    vault_contract(&KmsVault::new(sdk(&url).kms(), "alias/tandem")).await;
}

#[tokio::test]
async fn g35_a_vault_under_a_key_file_keeps_the_promises_of_a_vault() {
    let file = KeyFile::new("contract");

    vault_contract(&FileVault::create_file(&file.0).unwrap()).await;
}

#[tokio::test]
async fn g35_another_process_opens_what_was_sealed_and_asks_kms_once() {
    let (url, calls) = kms().await;
    let vault = || KmsVault::new(sdk(&url).kms(), "alias/tandem");
    let firm = firm();
    let sealed = vault().seal(&place(&firm), &Secret::new("canary")).await.unwrap();
    assert!(sealed.0.starts_with("v1."));

    let other = vault();
    for _ in 0..3 {
        let opened = other.open(&place(&firm), &sealed).await.unwrap();
        assert_eq!(opened, Some(Secret::new("canary")));
    }

    assert_eq!(*calls.lock().unwrap(), ["GenerateDataKey", "Decrypt"]);
}

#[tokio::test]
async fn g35_a_key_service_that_is_down_is_not_an_altered_row() {
    let down = || async {
        let body = json!({"__type": "KMSInvalidStateException", "message": "pending deletion"});
        (StatusCode::BAD_REQUEST, Json(body))
    };
    let (up, _) = kms().await;
    let url = serve(Router::new().fallback(down)).await;
    let firm = firm();
    let sealed = KmsVault::new(sdk(&up).kms(), "alias/tandem")
        .seal(&place(&firm), &Secret::new("canary"))
        .await
        .unwrap();
    let vault = KmsVault::new(sdk(&url).kms(), "alias/tandem");

    assert!(vault.open(&place(&firm), &sealed).await.is_err());
    assert!(vault.seal(&place(&firm), &Secret::new("canary")).await.is_err());
}

#[tokio::test]
async fn g35_one_key_file_does_not_open_what_anothers_sealed() {
    let [one, two] = ["one", "two"].map(KeyFile::new);
    let firm = firm();
    let sealed = FileVault::create_file(&one.0).unwrap();
    let sealed = sealed.seal(&place(&firm), &Secret::new("canary")).await.unwrap();
    assert!(sealed.0.starts_with("f1."));

    let again = FileVault::open_file(&one.0).unwrap().open(&place(&firm), &sealed).await.unwrap();
    let other = FileVault::create_file(&two.0).unwrap();
    assert_eq!(again, Some(Secret::new("canary")));
    assert_eq!(other.open(&place(&firm), &sealed).await.unwrap(), None);
}

#[test]
fn g35_a_key_file_is_its_owners_alone_and_never_written_over() {
    let file = KeyFile::new("owner");
    FileVault::create_file(&file.0).unwrap();

    assert!(FileVault::create_file(&file.0).is_err());
    assert_eq!(std::fs::read(&file.0).unwrap().len(), 32);
    #[cfg(unix)]
    {
        let mode = std::fs::metadata(&file.0).unwrap();
        let mode = std::os::unix::fs::PermissionsExt::mode(&mode.permissions());
        assert_eq!(mode & 0o777, 0o600);
    }
}

#[test]
fn g35_a_key_file_of_another_length_is_refused() {
    for length in [0, 16, 31, 33] {
        let file = KeyFile::new(&format!("length-{length}"));
        std::fs::write(&file.0, vec![1; length]).unwrap();
        assert!(FileVault::open_file(&file.0).is_err(), "{length}");
    }
}

#[tokio::test]
async fn g35_without_a_key_there_is_no_vault() {
    let file = KeyFile::new("chosen");
    FileVault::create_file(&file.0).unwrap();
    let choose = |kms: Option<&str>, file: Option<&Path>| {
        AnyVault::choose(kms, file, || sdk("http://127.0.0.1:1").kms())
    };

    assert!(matches!(choose(None, None), Err(NoVault::Neither)));
    assert!(matches!(choose(Some(""), Some(Path::new(""))), Err(NoVault::Neither)));
    assert!(matches!(choose(Some("alias/a"), Some(&file.0)), Err(NoVault::Both)));
    assert!(matches!(choose(None, Some(Path::new("no such file"))), Err(NoVault::File(_))));
    assert!(matches!(choose(Some("alias/a"), None), Ok(AnyVault::Kms(_))));
    assert!(matches!(choose(None, Some(&file.0)), Ok(AnyVault::File(_))));
}

/// A file of this test, removed at its end.
struct KeyFile(PathBuf);

impl KeyFile {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("tandem-{}-{name}.key", std::process::id()));
        let _ = std::fs::remove_file(&path);
        Self(path)
    }
}

impl Drop for KeyFile {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

type Calls = Arc<Mutex<Vec<&'static str>>>;

/// A stand-in for KMS that minds the encryption context; answers the calls it took.
async fn kms() -> (String, Calls) {
    let calls = Calls::default();
    let taken = Arc::clone(&calls);
    let keys = Mutex::new(HashMap::<String, (Value, String)>::new());
    let keys = Arc::new(keys);
    let answer = move |headers: HeaderMap, body: String| async move {
        let ask: Value = serde_json::from_str(&body).unwrap();
        let context = ask["EncryptionContext"].clone();
        assert_eq!(ask["KeyId"], "alias/tandem");
        let mut keys = keys.lock().unwrap();
        let operation = headers["x-amz-target"].to_str().unwrap();
        if operation.ends_with(".GenerateDataKey") {
            taken.lock().unwrap().push("GenerateDataKey");
            let byte = u8::try_from(keys.len()).unwrap();
            let blob = STANDARD.encode([[byte; 8], [7; 8]].concat());
            let plain = STANDARD.encode([byte; 32]);
            keys.insert(blob.clone(), (context, plain.clone()));
            return (StatusCode::OK, Json(json!({"CiphertextBlob": blob, "Plaintext": plain})));
        }
        taken.lock().unwrap().push("Decrypt");
        match keys.get(ask["CiphertextBlob"].as_str().unwrap()) {
            Some((there, plain)) if *there == context => {
                (StatusCode::OK, Json(json!({"Plaintext": plain, "KeyId": "alias/tandem"})))
            }
            Some(_) | None => {
                let body = json!({"__type": "InvalidCiphertextException"});
                (StatusCode::BAD_REQUEST, Json(body))
            }
        }
    };
    (serve(Router::new().fallback(answer)).await, calls)
}

fn firm() -> FirmId {
    FirmId::parse("firm").unwrap()
}

fn place(firm: &FirmId) -> Seal<'_> {
    Seal { firm, kind: "token", version: 1 }
}
