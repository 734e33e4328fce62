//! Builds the functions for running in this process, from the same settings
//! that their binaries read from the environment.

use aws_config::SdkConfig;

use crate::Cause;
use crate::in_process::InProcess;
use crate::settings::Settings;

/// Every function of the stack.
///
/// # Errors
///
/// A function refuses its settings.
pub async fn functions(settings: &Settings, aws: &SdkConfig) -> Result<InProcess, Cause> {
    let _to_come = (settings, aws);
    Ok(InProcess::default())
}
