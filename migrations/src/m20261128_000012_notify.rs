//! Where people are reached and by what rules, and each delivery by itself. What stands in the outbox by now was told in
//! the only way that there was: nothing of it is sent once more.

use crate::build::{
    becomes, change, flag, index, key, maybe_bytes, maybe_number, maybe_text, more, number, primary, refers, table,
    text, unique_key,
};

change!(
    "m20261128_000012_notify",
    [
        more("outbox", maybe_number("expanded_at")),
        more("outbox", maybe_number("cancelled_at")),
        becomes("outbox", "expanded_at", "created_at"),
        index("outbox", &["expanded_at", "id"]),
        index("outbox", &["authority_id", "chain_seq"]),
        table(
            "channels",
            vec![
                key(),
                text("public_id"),
                number("person_id"),
                text("kind"),
                text("shown"),
                maybe_bytes("sealed"),
                flag("own"),
                maybe_text("code_hash"),
                maybe_number("code_until"),
                number("created_at"),
                maybe_number("verified_at"),
                maybe_number("tested_at"),
                maybe_number("failed_at"),
                maybe_text("failure"),
                maybe_number("removed_at"),
            ],
            |table| {
                table.index(&mut unique_key(&["public_id"])).foreign_key(&mut refers(
                    &["person_id"],
                    "people",
                    &["id"],
                ));
            },
        ),
        index("channels", &["person_id"]),
        table("reach_rules", vec![number("person_id"), text("priority"), number("channel_id")], |table| {
            table
                .primary_key(&mut primary(&["person_id", "priority", "channel_id"]))
                .foreign_key(&mut refers(&["person_id"], "people", &["id"]))
                .foreign_key(&mut refers(&["channel_id"], "channels", &["id"]));
        },),
        table(
            "deliveries",
            vec![
                key(),
                number("authority_id"),
                number("outbox_id"),
                number("chain_seq"),
                maybe_number("incident_id"),
                number("person_id"),
                number("channel_id"),
                text("kind"),
                text("what"),
                text("uid"),
                text("reference"),
                text("priority"),
                text("state"),
                number("attempts"),
                number("created_at"),
                number("next_at"),
                maybe_text("leased_by"),
                maybe_number("leased_until"),
                maybe_number("attempted_at"),
                maybe_number("accepted_at"),
                maybe_number("delivered_at"),
                maybe_number("opened_at"),
                maybe_number("ended_at"),
                maybe_text("reason"),
            ],
            |table| {
                table
                    .index(&mut unique_key(&["uid"]))
                    .foreign_key(&mut refers(&["outbox_id"], "outbox", &["id"]))
                    .foreign_key(&mut refers(&["authority_id", "chain_seq"], "events", &["authority_id", "chain_seq"]))
                    .foreign_key(&mut refers(&["person_id"], "people", &["id"]))
                    .foreign_key(&mut refers(&["channel_id"], "channels", &["id"]));
            },
        ),
        index("deliveries", &["state", "channel_id", "id"]),
        index("deliveries", &["authority_id", "chain_seq"]),
    ]
);
