//! Who renders what pages put in place: the templates of rooms and boards, behind one trait, so that the channel knows
//! no template. Each is rendered once for all who get it, so none may hold what is one reader's alone.

use std::fmt::Debug;
use std::future::Future;
use std::pin::Pin;

use hub::audit::EventView;
use hub::identity::Side;
use hub::live::{Board, Place};

use super::Kept;

/// A piece of a page to come; none where it cannot be made: the page then fetches itself.
pub type Html<'a> = Pin<Box<dyn Future<Output = Option<String>> + Send + 'a>>;

/// The fragments of pages that frames carry.
pub trait Fragments: Debug + Send + Sync {
    /// An entry of a room's timeline, `#e{seq}`, as this side reads it.
    fn event<'a>(&'a self, place: &'a Place, side: Side, event: &'a EventView) -> Html<'a>;

    /// The body of a board, `#queue-body` or `#dashboard-body`, with its `rev`; `claims` for those who may claim.
    fn board<'a>(&'a self, board: &'a Board<Kept>, claims: bool) -> Html<'a>;
}
