//! The templates of the pages, rendered for the live channel: a frame puts in place what the page would show.

use hub::Hub;
use hub::audit::EventView;
use hub::identity::Side;
use hub::live::{Board, Place, Shown};

use super::{Fragments, Html, Kept};
use crate::dashboard::dashboard_html;
use crate::queue::queue_html;
use crate::room::tell::{Reading, event_html};

/// The pages' own templates.
#[derive(Debug, Clone)]
pub struct Pages {
    hub: Hub,
}

impl Pages {
    /// Of this hub.
    pub fn new(hub: Hub) -> Self {
        Self { hub }
    }
}

impl Fragments for Pages {
    fn event<'a>(&'a self, place: &'a Place, side: Side, event: &'a EventView) -> Html<'a> {
        let reading = Reading::new(side, &place.reference, &place.authority_name, &place.zone);
        let html = event_html(event, &reading);
        Box::pin(std::future::ready((!html.is_empty()).then_some(html)))
    }

    fn board<'a>(&'a self, board: &'a Board<Kept>, claims: bool) -> Html<'a> {
        Box::pin(async move {
            let html = match &board.shown {
                Shown::Queue(page) => queue_html(&self.hub, claims, page, board.rev, board.as_of).await,
                Shown::Dashboard(figures) => dashboard_html(&self.hub, claims, figures, board.rev).await,
            };
            html.map_err(|error| tracing::warn!(%error, "a board cannot be rendered; its pages fetch themselves")).ok()
        })
    }
}
