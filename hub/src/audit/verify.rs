//! Verifying the record. What is checked, in this order, authority by authority and event by event, so that the first
//! broken row is the one that is named:
//!
//! 1. `chain_seq` counts 1, 2, 3 … without a gap: nothing was taken out.
//! 2. `prev_hash` is the `hash` of the event before, the empty text for the first: nothing was put in or changed round.
//! 3. `payload_hash` is that of salt and payload, where they are there. Both may have been erased; one alone not.
//! 4. `hash` is that of the row: see [`chain`](super::chain).
//! 5. An event that both sides read carries the chain of shared events on; another carries nothing of it.
//! 6. The last event is the one that the authority's own row names: no tail was cut off, and none was put on.
//!
//! Whoever can change the authority's row can cut a tail and move the head with it. That is found by a [`Head`] that was
//! kept elsewhere: in the log, in a mail, on paper. The event that it names must still be there.

use super::chain::{next, payload_hash};
use super::queries::{behind, head, heads as all_heads};
use super::row::Model;
use crate::error::{Error, Result};
use crate::identity::{Audience, Viewer};
use crate::store::{Db, Reader};

/// How many events are read at a time.
const PAGE: u64 = 500;

/// Where an authority's record ends.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Head {
    /// The authority's code.
    pub authority: String,
    /// The place of its last event; 0 where there is none.
    pub chain_seq: i64,
    /// That event's hash.
    pub hash: String,
    /// The hash of its last event that both sides read.
    pub shared_hash: String,
}

/// A record without a fault.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified {
    /// Where each authority's record ended.
    pub heads: Vec<Head>,
    /// How many events there are.
    pub events: u64,
    /// Of how many of them the payload was erased.
    pub erased: u64,
}

/// The first fault of a record.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{authority}, event {chain_seq}: {what}")]
pub struct Broken {
    /// The authority's code.
    pub authority: String,
    /// The place of the event among all of the authority.
    pub chain_seq: i64,
    /// What is wrong with it, as a sentence without its full stop.
    pub what: &'static str,
}

/// Why a record was not verified.
#[derive(Debug, thiserror::Error)]
pub enum NotVerified {
    /// It has a fault.
    #[error(transparent)]
    Broken(#[from] Broken),
    /// It could not be read.
    #[error(transparent)]
    Unread(#[from] Error),
}

/// Where each authority's record ends, by code: to show, and to keep elsewhere.
///
/// # Errors
/// If the database does not answer.
pub async fn heads(db: &Db) -> Result<Vec<Head>> {
    let system = Viewer::system("audit");
    Ok(all_heads(&db.read(&system)).await?.into_iter().map(|(_, head)| head).collect())
}

/// Verifies the record of every authority, while the hub works or not; events that are written meanwhile may be left
/// out. `kept` are heads of earlier: the events that they name must be there.
///
/// # Errors
/// The first fault, or that the database does not answer.
pub async fn verify(db: &Db, kept: &[Head]) -> Result<Verified, NotVerified> {
    let system = Viewer::system("audit");
    let reader = db.read(&system);
    let mut verified = Verified { heads: Vec::new(), events: 0, erased: 0 };
    let authorities = all_heads(&reader).await?;
    for (id, named) in authorities {
        let kept = kept.iter().filter(|kept| kept.authority == named.authority).collect();
        let mut record = Record { events: 0, erased: 0, kept, at: Place::start(&named.authority) };
        record.read(&reader, id, named).await?;
        verified.events += record.events;
        verified.erased += record.erased;
        verified.heads.push(record.at.head());
    }
    let missing = kept.iter().find(|kept| !verified.heads.iter().any(|head| head.authority == kept.authority));
    if let Some(Head { authority, chain_seq, .. }) = missing {
        let what = "it was kept as the last one of an authority that is not there";
        return Err(Broken { authority: authority.clone(), chain_seq: *chain_seq, what }.into());
    }
    Ok(verified)
}

/// How far a record was followed.
#[derive(Debug)]
struct Place {
    authority: String,
    chain_seq: i64,
    hash: String,
    shared_hash: String,
}

/// One authority's record.
#[derive(Debug)]
struct Record<'a> {
    events: u64,
    erased: u64,
    kept: Vec<&'a Head>,
    at: Place,
}

impl Record<'_> {
    async fn read(&mut self, reader: &Reader<'_>, id: i64, mut named: Head) -> Result<(), NotVerified> {
        loop {
            let rows = behind(reader, id, self.at.chain_seq, PAGE).await?;
            if rows.is_empty() {
                self.at.ends_at(&named)?;
                return Ok(self.kept_ones_are_there()?);
            }
            for row in rows {
                if self.at.chain_seq == named.chain_seq {
                    // Behind the last one: either it was written since we looked, or nobody of ours wrote it.
                    self.at.ends_at(&named)?;
                    named = head(reader, id).await?.unwrap_or(named);
                    if named.chain_seq < row.chain_seq {
                        return Err(self.at.broken(row.chain_seq, "it is behind the last one that is counted").into());
                    }
                }
                self.at.follow(&row)?;
                self.events += 1;
                self.erased += u64::from(row.payload.is_none());
                if self.kept.iter().any(|kept| kept.chain_seq == row.chain_seq && kept.hash != row.hash) {
                    return Err(self.at.broken(row.chain_seq, "it is another one than the one that was kept").into());
                }
            }
        }
    }

    fn kept_ones_are_there(&self) -> Result<(), Broken> {
        match self.kept.iter().find(|kept| kept.chain_seq > self.at.chain_seq) {
            Some(kept) => Err(self.at.broken(kept.chain_seq, "it was kept as the last one and is not there")),
            None => Ok(()),
        }
    }
}

impl Place {
    fn start(authority: &str) -> Self {
        Self { authority: authority.to_owned(), chain_seq: 0, hash: String::new(), shared_hash: String::new() }
    }

    fn broken(&self, chain_seq: i64, what: &'static str) -> Broken {
        Broken { authority: self.authority.clone(), chain_seq, what }
    }

    fn head(self) -> Head {
        let Self { authority, chain_seq, hash, shared_hash } = self;
        Head { authority, chain_seq, hash, shared_hash }
    }

    /// Goes on to the next event, where it is the next one and whole.
    fn follow(&mut self, row: &Model) -> Result<(), Broken> {
        let place = self.chain_seq + 1;
        let link = row.link(&self.authority);
        let fault = if row.chain_seq != place {
            "it is missing"
        } else if row.prev_hash != self.hash {
            "it does not follow the one before it"
        } else if row.payload.is_some() != row.salt.is_some() {
            "half of its text was erased"
        } else if row
            .payload
            .as_ref()
            .zip(row.salt.as_ref())
            .is_some_and(|(payload, salt)| row.payload_hash != payload_hash(salt, payload))
        {
            "its text was changed"
        } else if row.hash != next(&row.prev_hash, &link.line()) {
            "it was changed"
        } else {
            match (row.audience, &row.shared_prev_hash, &row.shared_hash) {
                (Audience::Internal, None, None) => "",
                (Audience::Internal, ..) => "it carries on a chain that it is not in",
                (Audience::Shared, Some(before), Some(hash))
                    if *before == self.shared_hash && *hash == next(before, &link.shared_line()) =>
                {
                    self.shared_hash.clone_from(hash);
                    ""
                }
                (Audience::Shared, ..) => "it does not follow the shared one before it",
            }
        };
        if !fault.is_empty() {
            return Err(self.broken(place, fault));
        }
        self.chain_seq = place;
        self.hash.clone_from(&row.hash);
        Ok(())
    }

    /// Whether the record ends where the authority says that it does.
    fn ends_at(&self, named: &Head) -> Result<(), Broken> {
        if self.chain_seq < named.chain_seq {
            return Err(self.broken(self.chain_seq + 1, "it is missing"));
        }
        if self.hash != named.hash || self.shared_hash != named.shared_hash {
            return Err(self.broken(self.chain_seq, "the authority names another one as the last"));
        }
        Ok(())
    }
}
