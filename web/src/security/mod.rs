//! What every request goes through, from the outside in:
//!
//! 1. [`headers::dress`]: request id, security headers, the log line. Outermost, so that no answer is without.
//! 2. compression.
//! 3. [`crate::door`]: refuses what is malformed or meant for another host, finds out who asks, and draws failures.
//! 4. panics become failures.
//! 5. each route's own [`guard`]: signed in, same site, role, time.

pub mod csp;
pub mod guard;
pub mod headers;
pub mod origin;
