//! A channel: one way in which one person is reached outside of the hub's own pages.

mod commands;
mod kept;
pub(crate) mod row;
mod view;

pub use commands::{
    Added, Receipt, add_mail, add_push, add_webhook, confirm_mail, fresh_secrets, receipt, remove, save_rules, test,
    verify_again,
};
pub(crate) use kept::{Kept, came_of, kept};
pub use view::{Channel, Reach, channels, webhooks};

use crate::escalation::codes;

codes! {
    /// What kind of channel it is.
    Way, "kind of channel" {
        /// A letter to a mail address.
        Mail = "mail" "Mail",
        /// A signed request to an address: a pager's or a text-message gateway.
        Webhook = "webhook" "Webhook",
        /// A notice that a browser shows.
        Push = "push" "Browser push",
    }
}

crate::store::stored_as_text!(Way);
