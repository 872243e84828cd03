//! Who somebody is and what they may see and do.

mod answer;
mod link;
mod person;
mod queries;
mod role;
mod session;
mod token;
mod viewer;

pub(crate) use answer::row as answer_row;
pub use link::{LinkFor, look_at_link, make_link, make_set_up_link, use_link};
pub use person::{
    NewPerson, Person, RESPONSE_TEAM, add_person, disable_person, find_person, people, people_of, person_of,
};
pub(crate) use person::{add_people, row as person_row};
pub use queries::{Credential, still, used};
pub(crate) use queries::{standing, viewers};
pub use role::{Right, Role, Side};
pub use session::{Session, count_sessions, end_session, sign_in, sign_in_within, viewer_of_session};
pub(crate) use token::{PREFIX as TOKEN_PREFIX, row as token_row};
pub use token::{Token, make_token, make_token_within, revoke_token, tokens, viewer_of_token};
pub use viewer::{Actor, Audience, Idempotency, Reach, Viewer};
