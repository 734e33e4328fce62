//! How the endpoint refuses.

use super::store::BadReceipt;

/// A refusal: its name in the JSON protocol and in the older query protocol.
pub(super) struct Fault(pub(super) &'static str, pub(super) &'static str, pub(super) String);

impl Fault {
    pub(super) fn missing() -> Self {
        Self(
            "QueueDoesNotExist",
            "AWS.SimpleQueueService.NonExistentQueue",
            "The specified queue does not exist.".into(),
        )
    }

    pub(super) fn invalid(message: impl Into<String>) -> Self {
        Self("InvalidParameterValueException", "InvalidParameterValue", message.into())
    }

    pub(super) fn batch(name: &'static str, query: &'static str) -> Self {
        Self(name, query, "The batch request is not acceptable.".into())
    }
}

impl From<BadReceipt> for Fault {
    fn from(receipt: BadReceipt) -> Self {
        match receipt {
            BadReceipt::Unknown => Self(
                "ReceiptHandleIsInvalid",
                "ReceiptHandleIsInvalid",
                "The input receipt handle is invalid.".into(),
            ),
            BadReceipt::NotInFlight => Self(
                "MessageNotInflight",
                "AWS.SimpleQueueService.MessageNotInflight",
                "The message is not in flight.".into(),
            ),
        }
    }
}
