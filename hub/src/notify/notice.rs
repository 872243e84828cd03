//! A notice: what somebody is told outside of the hub. It is made of narrow types alone (a reference, a priority, an id,
//! an address of ours), so nothing that anybody wrote can be in it, whatever carries it.

use serde_json::{Value, json};

use crate::escalation::{Priority, codes};
use crate::text::Reference;
use crate::time::Ts;

codes! {
    /// Why somebody is told.
    Occasion, "kind of notice" {
        /// The escalation chain pages them: they are to acknowledge.
        Page = "page" "You are paged.",
        /// They are told.
        Notice = "notice" "You are told of it.",
        /// The channel is to be proven.
        Verify = "verify" "This proves that you are reached here.",
        /// They test the channel.
        Test = "test" "This is the test that you asked for.",
        /// Their channels or rules are other ones now.
        Changed = "changed" "How you are reached was changed.",
    }
}

/// A notice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Notice {
    /// Stable over every attempt: whoever gets it twice knows it by this.
    pub uid: String,
    pub occasion: Occasion,
    /// Which incident; none of a notice about a channel itself.
    pub about: Option<(Reference, Priority)>,
    /// Where it leads, in the hub.
    pub url: String,
    pub at: Ts,
}

/// A notice as a letter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Letter {
    pub subject: String,
    pub body: String,
}

impl Notice {
    /// As JSON, as docs/webhooks.md has it.
    pub(crate) fn payload(&self) -> Value {
        let (reference, priority) = match &self.about {
            Some((reference, priority)) => (Some(reference.to_string()), Some(*priority)),
            None => (None, None),
        };
        json!({
            "type": self.occasion,
            "timestamp": self.at,
            "data": {"id": self.uid, "ref": reference, "priority": priority, "url": self.url},
        })
    }

    /// As a letter.
    pub(crate) fn letter(&self) -> Letter {
        let url = &self.url;
        match (&self.about, self.occasion) {
            (Some((reference, priority)), occasion) => {
                let exercise = if reference.exercise() { ", exercise" } else { "" };
                let what = match occasion {
                    Occasion::Page => "Open it and press Acknowledge, or claim it; that ends the paging:",
                    _ => "Open it:",
                };
                Letter {
                    subject: format!("{reference} {}{exercise}", priority.label()),
                    body: format!(
                        "{reference} is {}{exercise}. {}\n\n{what}\n{url}\n\nWhat it is about stands in the hub alone, \
                         never in a mail.\n",
                        priority.label(),
                        occasion.label()
                    ),
                }
            }
            (None, Occasion::Verify) => Letter {
                subject: "Is this your address?".to_owned(),
                body: format!(
                    "Somebody who signs in to the election hub wants to be told of incidents at this address. If that \
                     is you, open this and press Confirm, within a day:\n{url}\n\nIf not, do nothing: then nothing is \
                     sent here.\n"
                ),
            },
            (None, Occasion::Notice) => Letter {
                subject: "The calendar of an election".to_owned(),
                body: format!(
                    "The calendar of an election was changed, or a change of it waits for a second person. Open it:\n{url}\n\n\
                     What it is about stands in the hub alone, never in a mail.\n"
                ),
            },
            (None, Occasion::Changed) => Letter {
                subject: "How you are reached was changed".to_owned(),
                body: format!(
                    "Somebody who is signed in as you has changed how the election hub reaches you. If that was you, \
                     do nothing. If not, look at what stands there, sign out everywhere, and tell who runs the \
                     hub:\n{url}\n"
                ),
            },
            (None, occasion) => Letter {
                subject: "A test of the election hub".to_owned(),
                body: format!("{}\n\nYour channels:\n{url}\n", occasion.label()),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_letter_has_the_reference_the_priority_and_where_to_go() {
        let notice = Notice {
            uid: "1".to_owned(),
            occasion: Occasion::Page,
            about: Some(("X-ALD-7".parse().unwrap(), Priority::P1)),
            url: "https://hub.example/incidents/X-ALD-7?told=1".to_owned(),
            at: Ts::from_millis(0),
        };
        let Letter { subject, body } = notice.letter();
        assert_eq!(subject, "X-ALD-7 priority 1, exercise");
        assert!(body.contains("You are paged.") && body.contains("\nhttps://hub.example/incidents/X-ALD-7?told=1\n"));
        let expected = json!({
            "type": "page", "timestamp": "1970-01-01T00:00:00Z",
            "data": {"id": "1", "ref": "X-ALD-7", "priority": "P1", "url": notice.url},
        });
        assert_eq!(notice.payload(), expected);
    }
}
