//! Writes the OpenAPI document anew: `cargo run -p api --example openapi`.

use std::error::Error;
use std::fs;

fn main() -> Result<(), Box<dyn Error>> {
    let document = api::document("https://tandem.example");
    let text = serde_json::to_string_pretty(&document)? + "\n";
    fs::write(concat!(env!("CARGO_MANIFEST_DIR"), "/assets/openapi.json"), text)?;
    Ok(())
}
