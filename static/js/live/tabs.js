// One connection for all tabs of a browser in which the same person is signed in. Who holds the lock leads: it has the
// connection, and passes on what the others ask and what the hub says. When it closes, crashes or freezes, the lock goes
// to the next, which opens a connection, and each tab asks there for what it has not got.

import { wire } from './wire.js';

/** So many questions without an answer: the tab that leads is there, and stuck. */
const STUCK_AFTER = 5;

/**
 * @param {string} who whose page this is
 * @param {(frame: object) => void} hear @param {(about: import('./wire.js').About) => void} tell
 */
export function line(who, hear, tell) {
  if (!navigator.locks || !window.BroadcastChannel || !who) return wire(who, hear, tell);
  const name = `hub-live ${who}`;
  const tab = crypto.randomUUID();
  const channel = new BroadcastChannel(name);
  /** @type {ReturnType<typeof wire> | null} where this tab leads */
  let own = null;
  let giveBack = () => {};
  let standing = new AbortController();
  let over = false;
  let ready = false;
  let unanswered = 0;
  /** @type {Map<string, Map<string, object>>} what each tab wants, with the frame that ends it */
  const wants = new Map();
  /** @type {Map<string, number>} up to where every tab has been given a room */
  const given = new Map();

  channel.onmessage = ({ data }) => {
    if (data.from) {
      if (!own) return;
      if (data.frame) forward(data.from, data.frame);
      else if (data.retry) own.retry();
      else { own.pulse(); channel.postMessage({ about: own.about() }); }
    } else if (!own && ready && !over) {
      unanswered = 0;
      if (data.frame) hear(data.frame);
      else tell(data.about);
    }
  };

  /** @param {boolean} [steal] from a tab that does not answer */
  function stand(steal) {
    standing.abort();
    standing = new AbortController();
    let led = false;
    const options = steal ? { steal } : { signal: standing.signal };
    navigator.locks.request(name, options, () => new Promise((done) => {
      led = true;
      giveBack = done;
      own = wire(who, frame, told);
    })).catch(() => { if (led) { resign(); stand(); } });
  }

  function resign() {
    standing.abort();
    own?.close();
    own = null;
    wants.clear();
    given.clear();
    giveBack();
  }

  function frame(said) {
    const events = { event: [said], events: said.events, joined: said.events }[said.op] ?? [];
    for (const event of events) {
      if (event.seq === given.get(said.room) + 1) given.set(said.room, event.seq);
    }
    channel.postMessage({ frame: said });
    hear(said);
  }

  function told(about) {
    // The others find out for themselves: theirs may be a newer session.
    if (about.state === 'ended') { over = true; resign(); } else channel.postMessage({ about });
    tell(about);
  }

  function forward(from, asked) {
    if (!wants.has(from)) {
      wants.set(from, new Map());
      // Held by each tab for as long as it lives.
      if (from !== tab) navigator.locks.request(`hub-tab ${from}`, () => gone(from));
    }
    const mine = wants.get(from);
    const { op, room, view } = asked;
    if (op === 'watch') mine.set(`view ${view}`, { op: 'unwatch', view });
    if (op !== 'join') { own.send(asked); return; }
    // A room is read at one place for all: where the tab is that has got least of it.
    const after = Math.min(asked.after, given.get(room) ?? asked.after);
    mine.set(`room ${room}`, { op: 'leave', room });
    given.set(room, after);
    own.send({ ...asked, after });
  }

  function gone(from) {
    const left = wants.get(from) ?? [];
    wants.delete(from);
    for (const [what, farewell] of left) {
      if ([...wants.values()].some((other) => other.has(what))) continue;
      given.delete(farewell.room);
      own?.send(farewell);
    }
  }

  navigator.locks.request(`hub-tab ${tab}`, () => {
    ready = true;
    stand();
    channel.postMessage({ from: tab });
    return new Promise(() => {});
  });
  document.addEventListener('freeze', resign);
  document.addEventListener('resume', () => { if (!over) stand(); });

  return {
    send(asked) {
      if (own) forward(tab, asked);
      else if (ready && !over) channel.postMessage({ from: tab, frame: asked });
    },
    retry() {
      if (own) own.retry();
      else channel.postMessage({ from: tab, retry: true });
    },
    pulse() {
      if (own) { own.pulse(); return; }
      if (!ready || over) return;
      channel.postMessage({ from: tab });
      unanswered += 1;
      if (unanswered > STUCK_AFTER && !document.hidden) { unanswered = 0; stand(true); }
    },
  };
}
