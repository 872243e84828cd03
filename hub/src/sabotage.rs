//! Faults that a test can turn on, to see that some other test finds them: a check that was never seen to fail may check
//! nothing. There are none in a build without the feature `sabotage`, and no release is built with it.
//!
//! This file stands alone, so that a test can compile it by itself.

#[cfg(all(feature = "sabotage", not(debug_assertions)))]
compile_error!("the feature `sabotage` makes the hub fail on purpose: it is for tests, never for a release");

macro_rules! faults {
    ($($(#[$doc:meta])* $variant:ident = $name:literal,)+) => {
        /// Something that the hub does wrong on purpose.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Fault { $($(#[$doc])* $variant,)+ }

        impl Fault {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// As it stands in `HUB_SABOTAGE`.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)+ }
            }
        }
    };
}

faults! {
    /// Whoever writes in a room is answered before the batch that they are in is on the disk.
    AcknowledgeBeforeCommit = "acknowledge-before-commit",
    /// What is answered to whoever writes in a room was never stored.
    ForgetACommit = "forget-a-commit",
    /// Two events of a room have one number.
    ReuseASeq = "reuse-a-seq",
    /// A message that is sent again is stored again.
    SkipClientId = "skip-client-id",
    /// A request that is sent again is done again.
    SkipIdempotency = "skip-idempotency",
    /// Officials read what only the response side reads: in queries, in views and in their numbers.
    DropAudienceFilter = "drop-audience-filter",
    /// Everybody reads the rows of all authorities.
    DropAuthorityFilter = "drop-authority-filter",
    /// A live socket stays open when its right is gone.
    SkipWithdrawal = "skip-withdrawal",
    /// Other sites may send forms and open sockets.
    NoOriginCheck = "no-origin-check",
    /// A message is stored although its writer has not seen the one before.
    SkipSendGuard = "skip-send-guard",
    /// A reader that never reads is kept, and everything for it.
    UnboundedQueue = "unbounded-queue",
    /// Nudges are lost, and nobody compares the log.
    LostNudgeWithoutCompare = "lost-nudge-without-compare",
    /// Officials see that somebody writes a note.
    LeakTypingOfNotes = "leak-typing-of-notes",
}

impl Fault {
    /// Whether the hub is to do this wrong.
    #[cfg(feature = "sabotage")]
    pub fn is_on(self) -> bool {
        static CHOSEN: std::sync::LazyLock<Option<Fault>> = std::sync::LazyLock::new(|| chosen().ok().flatten());
        *CHOSEN == Some(self)
    }

    /// Whether the hub is to do this wrong: never.
    #[cfg(not(feature = "sabotage"))]
    #[inline(always)]
    pub const fn is_on(self) -> bool {
        false
    }
}

/// Which fault `HUB_SABOTAGE` names. Whoever starts a hub asks this first.
///
/// # Errors
/// If it names none of ours, or this build has no faults.
pub fn chosen() -> Result<Option<Fault>, String> {
    let name = match std::env::var("HUB_SABOTAGE") {
        Ok(name) if !name.is_empty() => name,
        _ => return Ok(None),
    };
    if !cfg!(feature = "sabotage") {
        return Err("HUB_SABOTAGE is set, but this build has no faults; unset it".to_owned());
    }
    let known = || Fault::ALL.iter().map(|fault| fault.name()).collect::<Vec<_>>().join(", ");
    let found = Fault::ALL.iter().copied().find(|fault| fault.name() == name);
    found.map(Some).ok_or_else(|| format!("HUB_SABOTAGE names no fault; it takes one of {}", known()))
}
