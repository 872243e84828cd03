//! One socket's part of the live channel: what it watches, and what of that is new.

use std::collections::BTreeMap;
use std::sync::Arc;

use tokio::sync::broadcast::error::RecvError;
use tokio::sync::{Notify, broadcast};

use super::beside::{Aside, Beside, People};
use super::boards::{Board, BoardWatch, View};
use super::doors::Standing;
use super::rooms::{Fresh, Place, Watching};
use super::{Keep, Live, Telling};
use crate::audit::By;
use crate::error::{Error, Refusal, Result};
use crate::identity::{Credential, Right, Side, Viewer};
use crate::incident::{find_room, row};
use crate::notify::{Heard, heard};

/// Most events of one page of what was missed.
const PAGE: usize = 500;

/// Why a socket must go.
#[derive(Debug, thiserror::Error)]
pub enum Gone {
    /// The session or token ended, or the person was shut out.
    #[error("signed out")]
    SignedOut,
    /// Whether they may stay could not be looked up for too long. They come again and go on from where they were.
    #[error("rights that cannot be looked up")]
    Unchecked,
    /// There are as many as there may be.
    #[error("too many at once")]
    TooMany,
    /// What was asked was refused; or, where nothing was asked, its place cannot be kept: it comes again and goes on
    /// from there.
    #[error(transparent)]
    Failed(#[from] Error),
}

/// A room was joined.
#[derive(Debug)]
pub struct Joined<T> {
    /// Which.
    pub place: Arc<Place>,
    /// The newest number of the reader's side.
    pub seq: i64,
    /// The life of the database that the numbers are of.
    pub epoch: String,
    /// Whether what follows goes on from where the reader was.
    pub recovered: bool,
    /// The first of what was missed.
    pub events: Vec<Arc<Fresh<T>>>,
    /// Whether pages follow.
    pub more: bool,
    /// Who is there.
    pub people: Arc<People<T>>,
}

/// Something for a socket.
#[derive(Debug)]
pub enum Told<T> {
    /// A page of what was missed in a room, and whether there is another.
    Page(Arc<Place>, Vec<Arc<Fresh<T>>>, bool),
    /// What just happened in a room.
    Events(Arc<Place>, Vec<Arc<Fresh<T>>>),
    /// Who is in a room now.
    People(Arc<Place>, Arc<People<T>>),
    /// Somebody is writing in a room.
    Typing(Arc<Place>, By),
    /// Somebody has read a room up to a number.
    Read(Arc<Place>, By, i64),
    /// The reader is told of an event, or paged.
    Person(Heard),
    /// A board, and whether its reader has the revision before.
    Board(Arc<Board<T>>, bool),
    /// This room is not theirs any more.
    RoomClosed(Arc<Place>),
    /// This board is not theirs any more.
    BoardClosed(View),
}

/// What one socket watches, and as whom.
#[derive(Debug)]
pub struct Session<T: Keep> {
    live: Live<T>,
    standing: Standing,
    rooms: BTreeMap<String, Watching<T>>,
    besides: BTreeMap<String, Beside<T>>,
    boards: BTreeMap<View, BoardWatch<T>>,
    bell: Arc<Notify>,
    tellings: broadcast::Receiver<Telling>,
    /// Those that are the reader's and were not taken yet.
    told: Vec<Telling>,
}

impl<T: Keep> Session<T> {
    pub(super) fn new(live: Live<T>, standing: Standing) -> Self {
        Self {
            tellings: live.0.tellings.subscribe(),
            told: Vec::new(),
            live,
            standing,
            rooms: BTreeMap::new(),
            besides: BTreeMap::new(),
            boards: BTreeMap::new(),
            bell: Arc::new(Notify::new()),
        }
    }

    /// Who it is for, as last looked up.
    ///
    /// # Errors
    /// They may not stay.
    pub fn viewer(&self) -> Result<Arc<Viewer>, Gone> {
        self.standing.viewer()
    }

    /// What they came in with.
    pub fn credential(&self) -> &Credential {
        &self.standing.credential
    }

    /// Watches a room: after a number, or from now. A second time in place of the first.
    ///
    /// # Errors
    /// Not found, for what is not there and for what is not theirs; a number below 0.
    pub async fn join(&mut self, reference: &str, after: Option<i64>, epoch: Option<&str>) -> Result<Joined<T>, Gone> {
        // First whether they wait to be looked up, then who they are: the other way round they could be somebody before
        // the look and free after it.
        let held = self.standing.is_held();
        let viewer = self.viewer()?;
        if held {
            return Err(Error::Busy.into());
        }
        let hub = self.live.hub().clone();
        let (place, (seq, shared_seq)) = self.look(&viewer, reference).await?;
        let newest = if viewer.side() == Side::Authority { shared_seq } else { seq };
        if after.is_some_and(|after| after < 0) {
            return Err(Error::invalid("after", "Numbers begin at 1; join after 0 for all.").into());
        }
        let same = epoch.is_none_or(|epoch| epoch == hub.identity.epoch);
        let recovered = same && after.is_none_or(|after| after <= newest);
        let last = after.filter(|_| recovered).unwrap_or(newest);
        let reference = place.reference.clone();
        let beside = self.live.0.besides.enter(&place, &viewer, self.bell.clone()).await;
        let mut watching = self.live.0.rooms.watch(place, viewer.side(), (last, newest), self.bell.clone());
        let events = if watching.caught_up() { Vec::new() } else { watching.take(&viewer, PAGE).await? };
        let joined = Joined {
            place: watching.place().clone(),
            seq: newest,
            epoch: hub.identity.epoch.clone(),
            recovered,
            events,
            more: !watching.caught_up(),
            people: beside.people().clone(),
        };
        self.rooms.insert(reference.clone(), watching);
        self.besides.insert(reference, beside);
        // What is left, or came meanwhile.
        self.bell.notify_one();
        Ok(joined)
    }

    /// They write a message, or a note, in a room. It is told now and then, of who has joined it.
    ///
    /// # Errors
    /// Not found; a refusal.
    pub async fn types(&mut self, reference: &str, note: bool) -> Result<(), Gone> {
        let (viewer, place) = self.place(reference).await?;
        viewer.may(if note { Right::Respond } else { Right::Write })?;
        self.live.0.besides.writes(&place, viewer.id(), note);
        Ok(())
    }

    /// They have read a room that they have joined up to a number, as their side counts; beyond the newest it is the
    /// newest.
    ///
    /// # Errors
    /// Not found; a number below 0.
    pub async fn reads(&mut self, reference: &str, seq: i64) -> Result<(), Gone> {
        let (viewer, place) = self.place(reference).await?;
        if seq < 0 {
            return Err(Error::invalid("seq", "Numbers begin at 1.").into());
        }
        if let Some(beside) = self.besides.get_mut(reference) {
            beside.reads(&place, &viewer, seq).await?;
        }
        Ok(())
    }

    /// They say something in a room: they are not away.
    pub fn acts(&self, reference: &str) {
        if let (Some(watching), Ok(viewer)) = (self.rooms.get(reference), self.viewer()) {
            self.live.0.besides.acts(watching.place().incident, viewer.id());
        }
    }

    /// One of their rooms, joined or not.
    async fn place(&self, reference: &str) -> Result<(Arc<Viewer>, Arc<Place>), Gone> {
        let viewer = self.viewer()?;
        let place = match self.rooms.get(reference) {
            Some(watching) => watching.place().clone(),
            None => Arc::new(self.look(&viewer, reference).await?.0),
        };
        Ok((viewer, place))
    }

    /// A room with the newest numbers of responders and of officials.
    async fn look(&self, viewer: &Viewer, reference: &str) -> Result<(Place, (i64, i64))> {
        let reader = self.live.hub().db.read(viewer);
        let room = find_room(&reader, reference).await?;
        let place = Place {
            reference: row::reference(&room.code, room.number, room.exercise),
            incident: room.id,
            authority: room.authority_id,
            authority_name: room.name,
            zone: room.zone,
        };
        Ok((place, (room.seq, room.shared_seq)))
    }

    /// Watches a room no longer.
    pub fn leave(&mut self, reference: &str) {
        self.rooms.remove(reference);
        self.besides.remove(reference);
    }

    /// Watches a board: it comes whole, then each time it changed.
    ///
    /// # Errors
    /// A refusal for those who have none.
    pub fn watch(&mut self, view: View) -> Result<(), Gone> {
        self.viewer()?.may(Right::SeeQueue)?;
        let watch = self.live.0.boards.watch(view, self.bell.clone());
        self.boards.insert(view, watch);
        Ok(())
    }

    /// Watches a board no longer.
    pub fn unwatch(&mut self, view: View) {
        self.boards.remove(&view);
    }

    /// Waits until there may be something to [`take`](Self::take). May be given up at any time.
    pub async fn ready(&mut self) {
        let me = self.standing.viewer().ok().map(|viewer| viewer.id());
        tokio::select! {
            () = self.bell.notified() => {}
            () = self.standing.changed() => {}
            telling = theirs(&mut self.tellings, me) => self.told.push(telling),
        }
    }

    /// What is new, at most about `most` frames of it, each in order and once. Pages of what was missed come only where
    /// `idle` says that all before was taken away: they are large, and the log keeps them.
    ///
    /// # Errors
    /// The socket must go.
    pub async fn take(&mut self, most: usize, idle: bool) -> Result<Vec<Told<T>>, Gone> {
        // In this order, as in `join`.
        let held = self.standing.is_held();
        let viewer = self.viewer()?;
        let mut told = Vec::new();
        // Rights that cannot be looked up are not used. It is ready again once they were.
        if held {
            return Ok(told);
        }
        let mut left = most;
        self.close_what_is_lost(&viewer, &mut told);
        for watching in self.rooms.values_mut() {
            let place = watching.place().clone();
            if watching.caught_up() {
                let events = if left > 0 { watching.take(&viewer, left).await? } else { Vec::new() };
                left -= events.len();
                if !events.is_empty() {
                    told.push(Told::Events(place, events));
                }
            } else if idle && left == most {
                let events = watching.take(&viewer, PAGE).await?;
                left = left.saturating_sub(1);
                told.push(Told::Page(place, events, !watching.caught_up()));
            }
        }
        for (reference, beside) in &mut self.besides {
            let Some(watching) = self.rooms.get(reference) else { continue };
            let asides = beside.take(left);
            left -= asides.len().min(left);
            told.extend(asides.into_iter().map(|aside| match (aside, watching.place().clone()) {
                (Aside::People(people), place) => Told::People(place, people),
                (Aside::Typing(by), place) => Told::Typing(place, by),
                (Aside::Read(by, seq), place) => Told::Read(place, by, seq),
            }));
        }
        for telling in std::mem::take(&mut self.told) {
            told.extend(heard(self.live.hub(), &viewer, telling).await?.map(Told::Person));
        }
        for board in self.boards.values_mut().filter(|_| left > 0) {
            told.extend(board.take().map(|(board, next)| Told::Board(board, next)));
        }
        Ok(told)
    }

    /// Whether there is more to take.
    pub fn is_behind(&self) -> bool {
        self.rooms.values().any(|watching| watching.is_behind() || !watching.caught_up())
            || self.besides.values().any(Beside::is_behind)
            || self.boards.values().any(BoardWatch::is_behind)
            || !self.told.is_empty()
    }

    /// Ends what the reader has no right to any more. Asked at each delivery.
    fn close_what_is_lost(&mut self, viewer: &Viewer, told: &mut Vec<Told<T>>) {
        self.rooms.retain(|_, watching| {
            let place = watching.place();
            // Whatever else may take a single room away is asked here.
            let theirs = viewer.reach().admits(place.authority) && viewer.side() == watching.side();
            if !theirs {
                told.push(Told::RoomClosed(place.clone()));
            }
            theirs
        });
        self.besides.retain(|reference, _| self.rooms.contains_key(reference));
        if viewer.may(Right::SeeQueue).is_err() {
            told.extend(self.boards.values().map(|board| Told::BoardClosed(board.view())));
            self.boards.clear();
        }
    }
}

/// The next telling that is for this person. May be given up at any time.
async fn theirs(tellings: &mut broadcast::Receiver<Telling>, me: Option<i64>) -> Telling {
    loop {
        match tellings.recv().await {
            Ok(telling) if Some(telling.person) == me => return telling,
            Ok(_) | Err(RecvError::Lagged(_)) => {}
            Err(RecvError::Closed) => std::future::pending().await,
        }
    }
}

impl From<Refusal> for Gone {
    fn from(refusal: Refusal) -> Self {
        Self::Failed(refusal.into())
    }
}
