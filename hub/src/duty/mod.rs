//! Who is on duty: a rota in the civil time of a place, single shifts beside it, who covers whom, and the hand-over at
//! the end of each shift. Who is on which post at an instant is a pure function of these ([`Rules::team`]).

mod ahead;
mod commands;
mod covers;
mod feed;
mod handover;
mod outlook;
mod queries;
mod rota;
pub(crate) mod row;
mod rules;
mod team;
#[cfg(test)]
mod tests;

pub use ahead::{Ahead, Hours, TOO_LONG, ahead};
pub use commands::{NewLine, NewShift, add_line, add_shift, remove_line, remove_shift};
pub use covers::{
    CoverView, NOW_MINUTES, NewCover, NewSwap, Reply, answer_cover, cover_now, covers, next_behind, offer_cover,
    offer_swap,
};
pub use feed::{Feeds, calendar, end_feed, feeds, make_feed};
pub use handover::{
    Accept, Carried, HandoverView, NewHandover, Side, accept, carried, hand_over, handover, opened, waiting,
};
pub use outlook::{LineView, Outlook, between, lines, outlook};
pub use rota::{Day, Days, Line, Turn};
pub use rules::{Cover, CoverState, Handed, LONGEST, Post, Rules, STAYS, Single, Source, Stretch};
pub use team::{AHEAD, Shift, answering, on_duty, page, responders, shifts, team};
pub(crate) use team::{on_duty_in, since};

pub(crate) use team::{Team, team_in};
