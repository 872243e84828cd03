//! One socket: what its client asks, what it is told, how it ends.

use std::collections::VecDeque;
use std::sync::atomic::Ordering;
use std::time::Duration;

use axum::extract::ws::{CloseFrame, Message, Utf8Bytes, WebSocket};
use futures_util::stream::{SplitSink, SplitStream};
use futures_util::{FutureExt, SinkExt, StreamExt};
use hub::config::{Limit, Limits};
use hub::identity::Side;
use hub::live::{Gone, Session, View};
use hub::rate::Rate;
use hub::time::Ts;
use jiff::SignedDuration;
use tokio::sync::mpsc;
use tokio::time::{Interval, MissedTickBehavior};

use super::frames::{self, About, Asks, Code, Reader, Refused};
use super::outbox::Outbox;
use super::speaker::Speaker;
use super::{Channel, Kept};
use crate::app::App;

/// For what has no limit: longer than any socket lives.
const NEVER: Duration = Duration::from_secs(365 * 86_400);
/// How long a full outbox may take to be emptied once.
const SLOW: Duration = Duration::from_secs(5);
/// How long we wait for a client to see that we close.
const GOODBYE: Duration = Duration::from_secs(5);
/// The same for one that is slow: it has to take away first what it was sent.
const SLOW_GOODBYE: Duration = Duration::from_secs(30);
/// How many rooms may wait to be joined.
const JOINS: usize = 64;
const MINUTE: SignedDuration = SignedDuration::from_mins(1);

pub(crate) type Close = (u16, &'static str);
const BINARY: Close = (1003, "text frames only");
const BROKEN: Close = (1002, "not a lawful frame");
const TOO_LARGE: Close = (1009, "frame too large");
const NO_TEXT: Close = (1007, "text is UTF-8");
const RESTARTING: Close = (4000, "restarting, come again");
const TOO_SLOW: Close = (4001, "too slow, come again from where you are");
const BEHIND: Close = (4002, "behind, come again from where you are");
pub(super) const SIGNED_OUT: Close = (4100, "signed out");
const PROTOCOL: Close = (4102, "too many frames that cannot be read");
pub(super) const TOO_MANY: Close = (4103, "too many sockets at once");

/// How a socket ends.
enum End {
    /// We close it; whether what waits is sent before.
    Close(Close, bool),
    /// Its client closes it.
    Closed,
    /// It is gone.
    Gone,
}

impl From<Gone> for End {
    fn from(gone: Gone) -> Self {
        match gone {
            Gone::SignedOut => Self::Close(SIGNED_OUT, false),
            Gone::TooMany => Self::Close(TOO_MANY, false),
            Gone::Unchecked => Self::Close(BEHIND, false),
            Gone::Failed(error) => {
                tracing::warn!(%error, "a live socket cannot keep its place");
                Self::Close(BEHIND, true)
            }
        }
    }
}

/// How a socket is closed whose bytes cannot be read.
pub(crate) fn why_closed(error: &axum::Error) -> Close {
    // axum hides the library's error behind its words.
    let words = error.to_string();
    match () {
        () if words.contains("too long") => TOO_LARGE,
        () if words.to_ascii_lowercase().contains("utf-8") => NO_TEXT,
        () => BROKEN,
    }
}

/// Serves a socket until it ends.
pub(super) async fn run(app: App, socket: WebSocket, session: Session<Kept>, html: bool) {
    let (mut sink, mut stream) = socket.split();
    let counts = app.channel().counts.clone();
    let mut served = Served::new(app, session, html);
    let end = served.serve(&mut sink, &mut stream).await;
    let Served { speaker, mut answers, mut outbox, session, .. } = served;
    // It watches nothing any more while the rest is said.
    drop(session);
    if let Some(speaker) = speaker {
        speaker.finish().await;
    }
    if matches!(end, End::Closed) {
        // The answer is made when its close is read, and waits to be sent.
        let _ = tokio::time::timeout(GOODBYE, sink.flush()).await;
    }
    if let End::Close(close, flush) = end {
        if close == TOO_SLOW {
            counts.slow.fetch_add(1, Ordering::Relaxed);
        }
        if flush {
            while let Ok(answer) = answers.try_recv() {
                outbox.push(answer);
            }
        } else {
            outbox.clear();
        }
        let last = async {
            let _ = outbox.drain(&mut sink).await;
            say_goodbye(&mut sink, &mut stream, close).await;
        };
        // Who does not listen is not waited for.
        let patience = if close == TOO_SLOW { SLOW_GOODBYE } else { GOODBYE };
        let _ = tokio::time::timeout(patience, last).await;
    }
}

/// Closes a socket that was not let in.
pub(super) async fn refuse(socket: WebSocket, close: Close) {
    let (mut sink, mut stream) = socket.split();
    let _ = tokio::time::timeout(GOODBYE, say_goodbye(&mut sink, &mut stream, close)).await;
}

async fn say_goodbye(
    sink: &mut SplitSink<WebSocket, Message>,
    stream: &mut SplitStream<WebSocket>,
    (code, reason): Close,
) {
    let frame = CloseFrame { code, reason: Utf8Bytes::from_static(reason) };
    if sink.send(Message::Close(Some(frame))).await.is_ok() {
        // Until the client closes as well: a connection that is cut at once may lose what it has not read.
        while let Some(Ok(_)) = stream.next().await {}
    }
}

struct Served {
    app: App,
    session: Session<Kept>,
    html: bool,
    outbox: Outbox,
    speaker: Option<Speaker>,
    answering: mpsc::UnboundedSender<Utf8Bytes>,
    answers: mpsc::UnboundedReceiver<Utf8Bytes>,
    pace: Rate<()>,
    bad: VecDeque<Ts>,
    /// Rooms to be joined once what was sent before is taken away: the answer to one can be large.
    joins: VecDeque<(Asks, About)>,
}

impl Served {
    fn new(app: App, session: Session<Kept>, html: bool) -> Self {
        let (answering, answers) = mpsc::unbounded_channel();
        let limits = &app.config().limits;
        let (outbox, pace) = (Outbox::new(limits), pace(limits));
        Self {
            session,
            html,
            outbox,
            speaker: None,
            answering,
            answers,
            pace,
            bad: VecDeque::new(),
            joins: VecDeque::new(),
            app,
        }
    }

    async fn serve(&mut self, sink: &mut SplitSink<WebSocket, Message>, stream: &mut SplitStream<WebSocket>) -> End {
        let stop = self.app.stop().clone();
        let limits = &self.app.config().limits;
        // How often we ask whether the client is still there, and after how long without a word nobody is.
        let [ping, dead] = [limits.ping_seconds, limits.dead_seconds].map(|limit| limit.seconds().unwrap_or(NEVER));
        let (mut ping, mut dead, mut slow) = (every(ping), every(dead), every(SLOW));
        // Full once, and not emptied since.
        let mut pressed = false;
        loop {
            if self.outbox.is_full() && !pressed {
                pressed = true;
                slow.reset();
            }
            // Mostly the line takes it at once.
            if !self.outbox.is_idle()
                && let Some(sent) = self.outbox.drain(sink).now_or_never()
            {
                pressed = false;
                if let Err(end) = self.sent(sent).await {
                    return end;
                }
            }
            let full = self.outbox.is_full();
            let done = tokio::select! {
                () = stop.cancelled() => Err(End::Close(RESTARTING, true)),
                sent = self.outbox.drain(sink), if !self.outbox.is_idle() => {
                    pressed = false;
                    self.sent(sent).await
                }
                () = self.session.ready() => self.deliver().await,
                Some(answer) = self.answers.recv(), if !full => {
                    self.outbox.push(answer);
                    Ok(())
                }
                message = stream.next(), if !full => {
                    dead.reset();
                    self.hear(message).await
                }
                _ = ping.tick() => {
                    self.outbox.push_ping();
                    Ok(())
                }
                _ = dead.tick() => Err(End::Gone),
                _ = slow.tick(), if pressed => Err(End::Close(TOO_SLOW, false)),
            };
            if let Err(end) = done {
                return end;
            }
        }
    }

    /// All that waited is sent: what comes next.
    async fn sent(&mut self, sent: Result<(), axum::Error>) -> Result<(), End> {
        if sent.is_err() {
            return Err(End::Gone);
        }
        match self.joins.pop_front() {
            Some((join, about)) => self.do_it(join, &about).await,
            None if self.session.is_behind() => self.deliver().await,
            None => Ok(()),
        }
    }

    /// Takes what is new for as long as there is room for it.
    async fn deliver(&mut self) -> Result<(), End> {
        loop {
            let viewer = self.session.viewer()?;
            let (room, idle) = (self.outbox.room(), self.outbox.is_idle());
            let told = self.session.take(room, idle).await?;
            if told.is_empty() {
                return Ok(());
            }
            let Channel { fragments, counts, .. } = self.app.channel().clone();
            let reader = Reader { viewer: &viewer, html: self.html, fragments: &*fragments };
            for told in &told {
                let (frames, page) = reader.frames(told).await;
                counts.told.fetch_add(frames.len() as u64, Ordering::Relaxed);
                for frame in frames {
                    if page { self.outbox.push_page(frame) } else { self.outbox.push(frame) }
                }
            }
            if !self.session.is_behind() {
                return Ok(());
            }
        }
    }

    async fn hear(&mut self, message: Option<Result<Message, axum::Error>>) -> Result<(), End> {
        match message {
            Some(Ok(Message::Text(text))) => self.frame(&text).await,
            Some(Ok(Message::Ping(_) | Message::Pong(_))) => Ok(()),
            Some(Ok(Message::Binary(_))) => Err(End::Close(BINARY, true)),
            Some(Ok(Message::Close(_))) => Err(End::Closed),
            None => Err(End::Gone),
            Some(Err(error)) => Err(End::Close(why_closed(&error), true)),
        }
    }

    async fn frame(&mut self, text: &str) -> Result<(), End> {
        let now = self.app.hub().wall.now();
        self.app.channel().counts.heard.fetch_add(1, Ordering::Relaxed);
        match frames::read(text) {
            Err(refused) => {
                self.outbox.push(refused.frame());
                self.bad.push_back(now);
                while self.bad.front().is_some_and(|first| first.plus(MINUTE) <= now) {
                    self.bad.pop_front();
                }
                let most = self.app.config().limits.bad_frames_per_minute.most();
                if most.is_some_and(|most| self.bad.len() >= most) {
                    return Err(End::Close(PROTOCOL, true));
                }
            }
            Ok((Asks::Ping { n }, _)) => self.outbox.push(frames::pong(n)),
            Ok((_, about)) if self.pace.take((), now).is_err() => {
                let refused = Refused::new(Code::Rate, "This is too fast. Send it again in a few seconds.");
                self.outbox.push(refused.about(&about).frame());
            }
            Ok((Asks::Join { .. }, about)) if self.joins.len() >= JOINS => {
                let refused = Refused::new(Code::Rate, "Take away first what you have joined. Then join this again.");
                self.outbox.push(refused.about(&about).frame());
            }
            Ok((join @ Asks::Join { .. }, about)) if !self.outbox.is_idle() => self.joins.push_back((join, about)),
            Ok((asks, about)) => return self.do_it(asks, &about).await,
        }
        Ok(())
    }

    /// Does what is asked, or says why not.
    async fn do_it(&mut self, asks: Asks, about: &About) -> Result<(), End> {
        match self.answer(asks).await.or_else(|gone| frames::refused(gone).map(Some))? {
            None => {}
            Some(refused) => self.outbox.push(refused.about(about).frame()),
        }
        Ok(())
    }

    /// Does what is asked, and answers it unless it is refused.
    async fn answer(&mut self, asks: Asks) -> Result<Option<Refused>, Gone> {
        match asks {
            Asks::Join { room, after, epoch } => {
                let joined = self.session.join(&room, after, epoch.as_deref()).await?;
                let viewer = self.session.viewer()?;
                let fragments = self.app.channel().fragments.clone();
                let reader = Reader { viewer: &viewer, html: self.html, fragments: &*fragments };
                self.outbox.push_page(reader.joined(&joined).await);
            }
            Asks::Leave { room } => {
                // Also one that still waits to be joined.
                self.joins.retain(|(join, _)| !matches!(join, Asks::Join { room: waits, .. } if *waits == room));
                self.session.leave(&room);
            }
            Asks::Say(says) => {
                self.session.acts(&says.room);
                return Ok(self.say(says));
            }
            Asks::Typing { room, note } => self.session.types(&room, note == Some(true)).await?,
            Asks::Read { room, seq } => self.session.reads(&room, seq).await?,
            // Answered before it is counted.
            Asks::Ping { .. } => {}
            Asks::Watch { view } => match view.parse::<View>() {
                Ok(view) => self.session.watch(view)?,
                Err(_) if view == "wall" => {
                    return Ok(Some(Refused::new(Code::NotAllowed, "The wall is watched by its own link.")));
                }
                // Officials are not told what there is to watch.
                Err(_) if self.session.viewer()?.side() == Side::Authority => {
                    self.session.watch(View::Queue)?;
                }
                Err(_) => return Ok(Some(Refused::new(Code::Invalid, "Watch `queue`, `dashboard` or `wall`."))),
            },
            Asks::Unwatch { view } => {
                if let Ok(view) = view.parse() {
                    self.session.unwatch(view);
                }
            }
        }
        Ok(None)
    }

    fn say(&mut self, says: frames::Says) -> Option<Refused> {
        let speaker = self.speaker.get_or_insert_with(|| {
            Speaker::start(self.app.clone(), self.session.credential().clone(), self.answering.clone())
        });
        speaker.say(says).err().map(|_| Refused::new(Code::Rate, "Wait until what you sent before is stored."))
    }
}

fn every(period: Duration) -> Interval {
    let mut ticks = tokio::time::interval(period);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    // The first tick of an interval is at once.
    ticks.reset();
    ticks
}

/// How fast frames may come: so many at once, and so many a minute after that.
fn pace(limits: &Limits) -> Rate<()> {
    let (at_once, per_minute) = (limits.frames_at_once, limits.frames_per_minute);
    match (at_once.most(), per_minute.most()) {
        (Some(burst), Some(pace)) => {
            let millis = 60_000_u64.saturating_mul(burst as u64) / pace as u64;
            Rate::new(at_once, SignedDuration::from_millis(i64::try_from(millis).unwrap_or(i64::MAX)))
        }
        _ => Rate::new(Limit::of(0), MINUTE),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Who is gone is shown as gone within 45 seconds: of what must be heard, of the boards' beat, and of the way there.
    #[test]
    fn somebody_whose_cable_is_pulled_is_gone_in_time() {
        let limits = hub::config::Config::load(&hub::config::Sources::default()).unwrap().limits;
        let seconds = |limit: hub::config::Limit| limit.seconds().unwrap().as_secs();
        assert!(
            seconds(limits.dead_seconds) + 1 < 45 && seconds(limits.ping_seconds) * 2 <= seconds(limits.dead_seconds)
        );
    }

    #[test]
    fn a_burst_is_allowed_and_then_one_a_second() {
        let limits = Limits {
            frames_at_once: hub::config::Limit::of(3),
            frames_per_minute: hub::config::Limit::of(60),
            ..Limits::NONE
        };
        let at = Ts::from_millis;
        let allowing = pace(&limits);
        let allows = |ms| allowing.take((), at(ms)).is_ok();
        assert_eq!([0, 0, 0, 0].map(allows), [true, true, true, false]);
        assert!(!allows(900) && allows(1_900) && !allows(1_950));
        let none = pace(&Limits::NONE);
        assert!((0..1_000).all(|_| none.take((), at(0)).is_ok()));
    }
}
