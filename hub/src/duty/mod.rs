//! Who is on duty: a rota in the civil time of a place, single shifts beside it, who covers whom, and the hand-over at
//! the end of each shift. Who is on which post at an instant is a pure function of these ([`Rules::team`]).

mod commands;
mod queries;
mod rota;
pub(crate) mod row;
mod rules;
mod team;

pub use commands::{NewLine, NewShift, add_line, add_shift, remove_line, remove_shift};
pub use rota::{Day, Days, Line, Turn};
pub use rules::{Cover, CoverState, Handed, LONGEST, Post, Rules, STAYS, Single, Source, Stretch};
pub(crate) use team::on_duty_in;
pub use team::{AHEAD, Shift, answering, on_duty, page, responders, shifts, team};

pub(crate) use team::{Team, team_in};
