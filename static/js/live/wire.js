// The connection to the hub: a socket, tried for ever; while none opens, long polls that speak the same frames.

import { polling } from './poll.js';

/**
 * What is known of the connection. A `turn` is a time that it was opened: what was joined in another has to be joined
 * again. `age` and `wait`: ms since the hub was heard (null for never), and until the next attempt.
 * @typedef {{state: string, turn: string, end: number, age: number | null, wait: number}} About
 */

const LOST_AFTER = 2000;
const PING_EVERY = 10000;
const GIVE_UP_AFTER = 6000;
const OPEN_WITHIN = 10000;
const ATTEMPTS = 3;

/**
 * @param {string} who whose page this is: another's session is not used
 * @param {(frame: object) => void} hear @param {(about: About) => void} tell
 */
export function wire(who, hear, tell) {
  const now = () => performance.now();
  const born = now();
  /** @type {WebSocket | null} */
  let socket = null;
  let polls = null;
  let state = 'trying';
  let turn = '';
  let end = 0;
  let attempt = 0;
  let heard = 0;
  let pinged = 0;
  let began = 0;
  let nextTry = 0;
  let timer = 0;

  const about = () => ({ state, turn, end, age: heard ? now() - heard : null, wait: Math.max(0, nextTry - now()) });

  function become(next) {
    state = next;
    tell(about());
  }

  function noise() {
    heard = now();
    pinged = 0;
  }

  function opened(as) {
    noise();
    turn = `${Date.now()} ${Math.random()}`;
    become(as);
  }

  function letGo() {
    clearTimeout(timer);
    if (socket) {
      socket.onopen = socket.onmessage = socket.onclose = null;
      socket.close();
    }
    socket = null;
  }

  function connect() {
    letGo();
    began = now();
    const url = new URL(`/live?html=1&me=${who}`, location.href);
    url.protocol = url.protocol.replace('http', 'ws');
    socket = new WebSocket(url, 'hub.v1');
    socket.onopen = () => {
      attempt = 0;
      polls?.close();
      polls = null;
      opened('live');
    };
    socket.onmessage = (message) => {
      noise();
      if (state === 'lost') become('live');
      hear(JSON.parse(message.data));
    };
    socket.onclose = (closed) => lost(closed.code);
  }

  function lost(code) {
    letGo();
    if (code >= 4100 && code < 4200) { over(code); return; }
    if (state === 'live') become('trying');
    attempt += 1;
    // Some proxies take upgrades for attacks, and a browser does not say why it was refused.
    if (!polls && (attempt >= ATTEMPTS || !turn)) {
      polls = polling(who, { noise, hear, opened: () => opened('polling'), closed: fallen });
    }
    const pause = Math.random() * Math.min(30000, 500 * 2 ** (attempt - 1));
    nextTry = now() + pause;
    timer = setTimeout(connect, pause);
  }

  /** Polls do not work either. @param {number} code one that ends everything, or 0 @param {boolean} [loads] whether pages do */
  function fallen(code, loads) {
    polls = null;
    if (code) over(code);
    else if (loads) become('refresh');
    else if (state !== 'trying') become('lost');
  }

  function over(code) {
    close();
    end = code;
    become('ended');
  }

  function close() {
    letGo();
    polls?.close();
    polls = null;
  }

  /** Looks whether the hub still answers. A connection can be gone without a word. */
  function pulse() {
    const at = now();
    if (state === 'trying' && at - Math.max(heard, born) > LOST_AFTER) become('lost');
    if (socket?.readyState === WebSocket.CONNECTING && at - began > OPEN_WITHIN) lost(1006);
    if (socket?.readyState !== WebSocket.OPEN) return;
    if (!pinged && at - heard > PING_EVERY) {
      pinged = at;
      send({ op: 'ping', n: Math.floor(at) });
    } else if (pinged && at - pinged > GIVE_UP_AFTER) {
      lost(1006);
    } else if (pinged && at - pinged > LOST_AFTER && state === 'live') {
      become('lost');
    }
  }

  /** What cannot go now is asked for again when the next turn begins. @param {object} frame */
  function send(frame) {
    if (socket?.readyState === WebSocket.OPEN) socket.send(JSON.stringify(frame));
    else if (state === 'polling') polls?.send(frame);
  }

  const offline = () => { if (state !== 'ended' && socket) lost(1006); };
  addEventListener('offline', offline);
  connect();
  return {
    about,
    pulse,
    send,
    /** Tries again now, whatever the pause. */
    retry() { if (!['live', 'ended'].includes(state)) connect(); },
    close() { removeEventListener('offline', offline); close(); },
  };
}
