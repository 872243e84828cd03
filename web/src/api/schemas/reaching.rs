//! Webhooks.

use utoipa::ToSchema;

use super::Instant;

#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::api) struct NewWebhook {
    /// Begins with https://, and leads to what the whole world reaches, unless the settings allow more.
    #[schema(max_length = 2000)]
    url: String,
}

#[derive(ToSchema)]
pub(in crate::api) struct Webhook {
    id: String,
    /// `webhook`.
    kind: String,
    /// The host that it leads to; the rest of the address may be a secret.
    shown: String,
    own: bool,
    /// Whether it answered a signed `verify` with success: only then it is used.
    verified: bool,
    created_at: Instant,
    #[schema(required)]
    tested_at: Option<Instant>,
    /// That nothing gets through there, since when and why.
    #[schema(required)]
    failed: Option<FailedWebhook>,
}

#[derive(ToSchema)]
pub(in crate::api) struct FailedWebhook {
    at: Instant,
    why: String,
}

#[derive(ToSchema)]
pub(in crate::api) struct AddedWebhook {
    id: String,
    kind: String,
    shown: String,
    own: bool,
    verified: bool,
    created_at: Instant,
    #[schema(required)]
    tested_at: Option<Instant>,
    #[schema(required)]
    failed: Option<FailedWebhook>,
    /// What its messages are signed with: `whsec_` and 32 bytes in base64.
    secret: String,
    /// Why the first message did not get through; none where it did.
    #[schema(required)]
    failure: Option<String>,
}

#[derive(ToSchema)]
pub(in crate::api) struct WebhookPage {
    items: Vec<Webhook>,
    #[schema(required)]
    next: Option<String>,
}
