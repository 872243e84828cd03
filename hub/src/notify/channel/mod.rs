//! A channel: one way in which one person is reached outside of the hub's own pages.

pub(crate) mod row;

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
