// What a page hears of the hub and says to it. Who joins a room or watches a board is given everything that is told of
// it, in order and once, over any number of connections; after a loss it goes on from where it was.

import { line } from './tabs.js';

/** @typedef {{seq: number, epoch?: string, asked?: boolean, joined: Function, event: Function, beside?: Function, closed: Function}} Room */
/** @type {Map<string, Room>} */
const rooms = new Map();
/** @type {Map<string, (frame: object) => void>} */
const views = new Map();
/** @type {Map<string, (frame: object) => void>} what waits for an answer, by the message's id */
const waiting = new Map();
/** @type {Set<(state: string) => void>} */
const watchers = new Set();

/** @type {Set<(frame: object) => void>} who hears that the reader is told of something */
const tellings = new Set();

const AGAIN_AFTER = 2000;

let wire = null;
let state = 'off';
let turn = '';
let heard = 0;
let nextTry = 0;

/** When the hub was heard last, in ms since the page began to load; 0 for never. */
export const lastHeard = () => heard;
/** off, trying, live, lost, polling, refresh, ended */
export const liveState = () => state;
/** @param {(state: string) => void} tell */
export function onState(tell) { watchers.add(tell); tell(state); }
/** Whole seconds until the next attempt. */
export const untilNextTry = () => Math.max(0, Math.ceil((nextTry - performance.now()) / 1000));
/** Tries again now, whatever the pause. */
export const retry = () => wire?.retry();

/** @param {string} ref @param {Room} room */
export function join(ref, room) {
  rooms.set(ref, room);
  begin();
  rejoin(ref);
}

/** @param {string} view @param {(frame: object) => void} tell */
export function watch(view, tell) {
  views.set(view, tell);
  begin();
  wire.send({ op: 'watch', view });
}

/** A gap is always an error: ask for what is missing. @param {string} ref */
export function rejoin(ref) {
  const room = rooms.get(ref);
  if (!room) return;
  room.asked = true;
  wire.send({ op: 'join', room: ref, after: room.seq, ...(room.epoch && { epoch: room.epoch }) });
}

/**
 * Says something. It may be said again with the same id, and is stored once.
 * @param {{room: string, id: string}} message @param {(frame: object) => void} answer
 */
export function say(message, answer) {
  waiting.set(message.id, answer);
  wire.send({ op: 'say', ...message });
}

/**
 * Hears that the reader is told of an event, or paged.
 * @param {(frame: {ref: string, priority: string, what: string}) => void} tell @param {boolean} needed whether a line is opened for it
 */
export function onTold(tell, needed) {
  tellings.add(tell);
  if (needed) begin();
}

/** Tells what may be lost: that somebody writes, how far they read. @param {object} frame @returns {boolean} whether it went */
export function tell(frame) {
  if (state === 'live') wire.send(frame);
  return state === 'live';
}

function begin() {
  if (wire) return;
  told({ state: 'trying', turn, end: 0, age: null, wait: 0 });
  wire = line(document.body.dataset.me ?? '', take, told);
  setInterval(pulse, 1000);
  addEventListener('online', retry);
  document.addEventListener('visibilitychange', pulse);
  // What was said to a tab that slept may not have reached it.
  document.addEventListener('resume', () => { turn = ''; pulse(); });
}

function pulse() {
  wire.pulse();
  if (state === 'lost') watchers.forEach((watcher) => watcher(state));
}

/** @param {import('./wire.js').About} about */
function told(about) {
  const now = performance.now();
  if (about.age !== null) heard = Math.max(heard, now - about.age);
  nextTry = now + about.wait;
  if (about.turn !== turn) {
    turn = about.turn;
    if (turn) {
      for (const ref of rooms.keys()) rejoin(ref);
      for (const view of views.keys()) wire.send({ op: 'watch', view });
    }
  }
  if (about.state === state) return;
  state = about.state;
  if (about.end) document.body.dataset.liveEnd = String(about.end);
  document.body.dataset.live = state;
  watchers.forEach((watcher) => watcher(state));
}

function answered(frame) {
  const answer = waiting.get(frame.id);
  waiting.delete(frame.id);
  answer?.(frame);
}

/** What comes may be for another tab: only what was asked for here is taken. */
function take(frame) {
  heard = performance.now();
  const room = rooms.get(frame.room);
  switch (frame.op) {
    case 'joined':
      if (!room) break;
      if (room.asked || !frame.recovered) room.joined(frame);
      room.asked = false;
      if (frame.recovered) frame.events.forEach((event) => follow(room, frame.room, event));
      break;
    case 'events':
      if (room) frame.events.forEach((event) => follow(room, frame.room, event));
      break;
    case 'event':
      if (room) follow(room, frame.room, frame);
      break;
    case 'presence': case 'typing': case 'read':
      room?.beside?.(frame);
      break;
    case 'told':
      tellings.forEach((tell) => tell(frame));
      break;
    case 'said': case 'unseen':
      answered(frame);
      break;
    case 'view': case 'changed':
      views.get(frame.view)?.(frame);
      break;
    case 'error':
      if (frame.id) answered(frame);
      else if (frame.code === 'closed_to_you') { room?.closed(frame); rooms.delete(frame.room); }
      else if (frame.code === 'rate') setTimeout(() => askAgain(frame), AGAIN_AFTER * (1 + Math.random()));
      break;
  }
}

function askAgain({ room, view }) {
  if (rooms.get(room)?.asked) rejoin(room);
  if (views.has(view)) wire.send({ op: 'watch', view });
}

/** Each event once and in order; a gap is asked for again. */
function follow(room, ref, event) {
  if (event.seq <= room.seq) return;
  if (event.seq > room.seq + 1) { if (!room.asked) rejoin(ref); return; }
  room.seq = event.seq;
  room.event(event);
}
