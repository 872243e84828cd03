// The one socket of a page. Who joins a room or watches a board is given everything that is told of it, in order, over
// any number of connections; after a loss it goes on from where it was.

import { poll } from './poll.js';

/** @typedef {{seq: number, epoch?: string, joined: Function, event: Function, closed: Function}} Room */
/** @type {Map<string, Room>} */
const rooms = new Map();
/** @type {Map<string, (frame: object) => void>} */
const views = new Map();
/** @type {Map<string, (frame: object) => void>} what waits for an answer, by the message's id */
const waiting = new Map();
/** @type {Set<(state: string) => void>} */
const watchers = new Set();

const LOST_AFTER = 2000;
const PING_EVERY = 10000;
const GIVE_UP_AFTER = 6000;

/** @type {WebSocket | null} */
let socket = null;
let state = 'off';
let attempt = 0;
let everOpen = false;
let heard = 0;
let pinged = 0;
let nextTry = 0;
let timer = 0;

/** When the hub was heard last, by this machine's clock; 0 for never. */
export const lastHeard = () => heard;
/** off, trying, live, lost, polling, ended */
export const liveState = () => state;
/** @param {(state: string) => void} tell */
export function onState(tell) { watchers.add(tell); tell(state); }

/** @param {string} ref @param {Room} room */
export function join(ref, room) {
  rooms.set(ref, room);
  begin();
  send(joining(ref, room));
}

/** @param {string} view @param {(frame: object) => void} tell */
export function watch(view, tell) {
  views.set(view, tell);
  begin();
  send({ op: 'watch', view });
}

/** A gap is always an error: ask for what is missing. @param {string} ref */
export function rejoin(ref) {
  const room = rooms.get(ref);
  if (room) send(joining(ref, room));
}

/**
 * Says something. It may be said again with the same id, and is stored once.
 * @param {{room: string, id: string}} message @param {(frame: object) => void} answer
 */
export function say(message, answer) {
  waiting.set(message.id, answer);
  if (state === 'polling') poll.say(message).then((frame) => answered(frame));
  else send({ op: 'say', ...message });
}

/** Tries again now, whatever the pause. */
export function retry() {
  if (state === 'lost' || state === 'trying') connect();
}

const joining = (ref, room) => ({ op: 'join', room: ref, after: room.seq, ...(room.epoch && { epoch: room.epoch }) });

function send(frame) {
  if (socket?.readyState === WebSocket.OPEN) socket.send(JSON.stringify(frame));
}

function tellState(next) {
  if (state === next) return;
  state = next;
  document.body.dataset.live = next;
  watchers.forEach((tell) => tell(next));
}

function begin() {
  if (state !== 'off') return;
  tellState('trying');
  connect();
  setInterval(pulse, 1000);
  addEventListener('offline', () => socket?.close());
  addEventListener('online', retry);
  document.addEventListener('visibilitychange', () => { if (!document.hidden) pulse(); });
}

function connect() {
  clearTimeout(timer);
  socket?.close();
  const url = new URL('/live?html=1', location.href);
  url.protocol = url.protocol.replace('http', 'ws');
  const mine = new WebSocket(url, 'hub.v1');
  socket = mine;
  mine.onopen = () => {
    everOpen = true;
    attempt = 0;
    pinged = 0;
    heard = Date.now();
    for (const [ref, room] of rooms) send(joining(ref, room));
    for (const view of views.keys()) send({ op: 'watch', view });
    tellState('live');
  };
  mine.onmessage = (message) => {
    heard = Date.now();
    pinged = 0;
    if (state === 'lost') tellState('live');
    take(JSON.parse(message.data));
  };
  mine.onclose = (closed) => {
    if (socket === mine) lost(closed.code);
  };
}

function lost(code) {
  socket = null;
  if (code >= 4100 && code < 4200) {
    document.body.dataset.liveEnd = String(code);
    tellState('ended');
    return;
  }
  if (state === 'live') tellState('trying');
  if (!everOpen && attempt >= 3 && poll.begin(rooms, () => { heard = Date.now(); })) {
    tellState('polling');
    return;
  }
  const pause = Math.random() * Math.min(30000, 500 * 2 ** attempt);
  attempt += 1;
  nextTry = Date.now() + pause;
  timer = setTimeout(connect, pause);
}

/** Looks whether the hub still answers. A connection can be gone without a word. */
function pulse() {
  const now = Date.now();
  if (state === 'trying' && now - Math.max(heard, performance.timeOrigin) > LOST_AFTER) tellState('lost');
  if (state === 'lost') watchers.forEach((tell) => tell('lost'));
  if (socket?.readyState !== WebSocket.OPEN) return;
  if (!pinged && now - heard > PING_EVERY) {
    pinged = now;
    send({ op: 'ping', n: now });
  } else if (pinged && now - pinged > GIVE_UP_AFTER) {
    const gone = socket;
    gone.onclose = null;
    gone.close();
    lost(1006);
  } else if (pinged && now - pinged > LOST_AFTER) {
    tellState('lost');
  }
}

/** Whole seconds until the next attempt. */
export const untilNextTry = () => Math.max(0, Math.ceil((nextTry - Date.now()) / 1000));

function answered(frame) {
  const answer = waiting.get(frame.id);
  if (!answer) return;
  waiting.delete(frame.id);
  answer(frame);
}

function take(frame) {
  const room = rooms.get(frame.room);
  switch (frame.op) {
    case 'joined':
      if (!room) break;
      room.joined(frame);
      if (frame.recovered) frame.events.forEach((event) => follow(room, frame.room, event));
      break;
    case 'events':
      if (room) frame.events.forEach((event) => follow(room, frame.room, event));
      break;
    case 'event':
      if (room) follow(room, frame.room, frame);
      break;
    case 'said': case 'unseen':
      answered(frame);
      break;
    case 'view': case 'changed':
      views.get(frame.view)?.(frame);
      break;
    case 'error':
      if (frame.code === 'closed_to_you') { room?.closed(frame); rooms.delete(frame.room); } else if (frame.id) answered(frame);
      break;
  }
}

/** Each event once and in order; a gap is asked for again. */
function follow(room, ref, event) {
  if (event.seq <= room.seq) return;
  if (event.seq > room.seq + 1) { rejoin(ref); return; }
  room.seq = event.seq;
  room.event(event);
}
