//! The answers that requests with a key of their own were given.

pub(crate) mod row;
