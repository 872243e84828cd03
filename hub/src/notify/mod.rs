//! Telling people: what is to be told stands in the outbox, written with what it is about, until it was told.

mod deliver;
pub(crate) mod row;

pub(crate) use deliver::deliver;
