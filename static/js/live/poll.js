// Where no socket can be opened: the same frames by requests. Entries come without HTML, so the page fetches itself for
// them, and so it does for its boards.

import { again } from './apply.js';

const LONGEST = 25;
const PAUSE = 3000;
const BOARDS_EVERY = 15000;
/** A browser has six connections to a hub; polls that wait must leave some. */
const WAITING = 3;

const wait = (ms) => new Promise((done) => { setTimeout(done, ms); });
const path = (room) => `/api/v1/incidents/${encodeURIComponent(room)}`;

/**
 * @param {string} who whose page this is
 * @param {{noise: () => void, hear: (frame: object) => void, opened: () => void,
 *   closed: (code: number, loads?: boolean) => void}} to
 */
export function polling(who, to) {
  let open = true;
  /** @type {Map<string, object>} the latest join of each room */
  const rooms = new Map();
  /** @type {Map<string, number>} */
  const views = new Map();
  begin();

  async function begin() {
    const page = await again();
    const answer = await fetch('/api/v1/me', { cache: 'no-store' }).catch(() => null);
    if (!open) return;
    if (answer?.status === 401 || (page && page.body.dataset.me !== who)) end(4100);
    else if (answer?.ok) to.opened();
    else end(0, page !== null);
  }

  function close() {
    open = false;
    rooms.clear();
    views.forEach((timer) => clearInterval(timer));
  }

  function end(code, loads) {
    if (!open) return;
    close();
    to.closed(code, loads);
  }

  async function follow(join) {
    const { room, epoch } = join;
    const going = () => open && rooms.get(room) === join;
    let { after } = join;
    let joined = false;
    for (let failures = 0; going();) {
      try {
        const patience = joined && rooms.size <= WAITING ? LONGEST : 0;
        const signal = AbortSignal.timeout((LONGEST + 10) * 1000);
        const answer = await fetch(`${path(room)}/events?after=${after}&wait=${patience}`, { signal });
        if (!going()) return;
        if (answer.status === 401) { end(4100); return; }
        if (answer.status === 404) {
          to.hear({ op: 'error', code: 'closed_to_you', room, text: 'This is not yours to see any more.' });
          return;
        }
        if (!answer.ok) throw new Error(String(answer.status));
        const log = await answer.json();
        failures = 0;
        to.noise();
        const events = log.items.map((event) => ({ ...event, op: 'event', room }));
        const recovered = !epoch || log.epoch === epoch;
        if (!joined || !recovered) to.hear({ op: 'joined', room, epoch: log.epoch, recovered, events, people: [] });
        else if (events.length > 0) to.hear({ op: 'events', room, events });
        joined = true;
        after = events.at(-1)?.seq ?? after;
        if (rooms.size > WAITING) await wait(PAUSE);
      } catch {
        failures += 1;
        if (failures === WAITING) end(0);
        await wait(Math.random() * 1000 * 2 ** failures);
      }
    }
  }

  async function say({ room, op: _, ...body }) {
    const about = { room, id: body.id };
    let frame = { op: 'error', ...about, code: 'rate', text: 'The hub cannot be reached.' };
    try {
      const answer = await fetch(`${path(room)}/messages`, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify(body),
      });
      const said = await answer.json();
      const passing = answer.status === 429 || answer.status >= 500;
      if (answer.ok) frame = { op: 'said', ...about, seq: said.seq };
      else if (answer.status === 409 && said.events) frame = { op: 'unseen', ...about, events: said.events };
      else if (!passing) frame = { ...frame, code: 'invalid', text: said.errors?.[0]?.message ?? said.detail };
    } catch { /* as it stands */ }
    if (open) to.hear(frame);
  }

  return {
    close,
    /** @param {object} frame as a socket would take it; what has no request of its own is left out */
    send(frame) {
      const look = () => to.hear({ op: 'changed', view: frame.view, rev: Date.now() });
      if (frame.op === 'join') { rooms.set(frame.room, frame); follow(frame); }
      if (frame.op === 'leave') rooms.delete(frame.room);
      if (frame.op === 'say') say(frame);
      if (frame.op === 'watch' && !views.has(frame.view)) { views.set(frame.view, setInterval(look, BOARDS_EVERY)); look(); }
      if (frame.op === 'unwatch') { clearInterval(views.get(frame.view)); views.delete(frame.view); }
    },
  };
}
