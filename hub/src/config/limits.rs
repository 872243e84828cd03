//! Most of what one may do or send.

use std::sync::OnceLock;
use std::time::Duration;

use serde::Deserialize;

/// A number that may not be passed; 0 is written for none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub struct Limit(u64);

impl Limit {
    /// This many at most; 0 for any number.
    pub const fn of(most: u64) -> Self {
        Self(most)
    }

    /// The number, or `None` where there is no limit.
    pub fn most(self) -> Option<usize> {
        (self.0 > 0).then_some(usize::try_from(self.0).unwrap_or(usize::MAX))
    }

    /// The number, or the largest that there is where there is no limit.
    pub fn longest(self) -> usize {
        self.most().unwrap_or(usize::MAX)
    }

    /// As a number of rows that a database takes.
    pub fn rows(self) -> u64 {
        if self.0 > 0 { self.0.min(i32::MAX as u64) } else { i32::MAX as u64 }
    }

    /// Whether so many are still within it.
    pub fn allows(self, count: usize) -> bool {
        self.most().is_none_or(|most| count <= most)
    }

    /// As seconds, or `None` where there is no limit.
    pub fn seconds(self) -> Option<Duration> {
        (self.0 > 0).then_some(Duration::from_secs(self.0))
    }
}

impl Limits {
    /// Those of `config.default.toml`.
    pub fn standard() -> &'static Self {
        static READ: OnceLock<Limits> = OnceLock::new();
        // A test reads the file, so it can be read.
        READ.get_or_init(|| super::Config::load(&super::Sources::default()).map_or(Self::NONE, |config| config.limits))
    }
}

macro_rules! limits {
    ($($(#[doc = $words:literal])+ $name:ident,)+) => {
        /// All of them; the values stand in `config.default.toml`.
        #[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
        #[serde(deny_unknown_fields)]
        pub struct Limits {
            $($(#[doc = $words])+ pub $name: Limit,)+
        }

        impl Limits {
            /// None at all: what load tests set.
            pub const NONE: Self = Self { $($name: Limit(0),)+ };
        }
    };
}

limits! {
    /// Sign-in attempts of one account.
    sign_in_per_15_minutes,
    /// Sign-in attempts from one network (/24, or /56 of IPv6).
    sign_in_per_network_per_hour,
    /// One-time links asked for by one person.
    links_per_hour,
    /// Incidents of one person; past it they are filed, marked, and raise an alarm.
    incidents_per_hour,
    /// Incidents of one authority, likewise.
    incidents_per_authority_per_hour,
    /// Messages and notes of one person.
    messages_per_minute,
    /// Mails to one address.
    mails_per_address_per_hour,
    /// Channels added, verified again and tested by one person.
    channel_tests_per_hour,
    /// Files of one person.
    uploads_per_hour,
    /// Searches of one person.
    searches_per_minute,
    /// Exports of one person.
    exports_per_hour,
    /// Pages without a sign-in, from one network.
    anonymous_pages_per_minute,
    /// Reports of the content security policy that are counted.
    csp_reports_per_minute,
    /// Characters of an incident's summary.
    summary_characters,
    /// Characters of a message.
    message_characters,
    /// Bytes of a form or a JSON body.
    body_bytes,
    /// Bytes of a file.
    file_bytes,
    /// Files at one incident.
    files_per_incident,
    /// Rows of one page of a list.
    page_rows,
    /// Connections at a time, all kinds together.
    connections,
    /// Connections at a time from one address on which nobody has signed in.
    connections_per_address,
    /// Bytes of a request's head.
    head_bytes,
    /// Seconds that a request's head may take.
    head_seconds,
    /// Seconds until a request without an answer is given up.
    request_seconds,
    /// Seconds that open requests and sockets are given at shutdown.
    shutdown_seconds,
    /// Live sockets of one session.
    sockets_per_session,
    /// Live sockets of one person.
    sockets_per_person,
    /// Live sockets asked for without a sign-in, from one network.
    anonymous_sockets_per_minute,
    /// Seconds between two pings of a live socket.
    ping_seconds,
    /// Seconds without a sign of its client until a live socket counts as gone.
    dead_seconds,
    /// Bytes of a live frame from a client.
    frame_bytes,
    /// Live frames from one socket in a minute.
    frames_per_minute,
    /// Live frames from one socket at once.
    frames_at_once,
    /// Malformed live frames in a minute before the socket is closed.
    bad_frames_per_minute,
    /// Frames that wait for a slow reader before it is closed.
    queue_frames,
    /// Bytes that wait for a slow reader before it is closed.
    queue_bytes,
    /// Sessions of one person; the oldest ends.
    sessions_per_person,
    /// Days until a bearer token ends, at most.
    token_days,
}
