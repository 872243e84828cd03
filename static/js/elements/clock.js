// Clocks run in the server's time: the page says what it was when it was made, and in a demonstration how fast it goes.
// The words are those that the server would write.

import { again } from '../live/apply.js';
import { lastHeard } from '../live/socket.js';

const speed = Number(document.body.dataset.speed ?? 1) || 1;
let made = Date.parse(document.body.dataset.now ?? '') || Date.now();
const STALE_AFTER = 30000;
const ASLEEP = 5000;

/** The server's time at an instant of this page's, in ms since 1970. */
export const serverNow = (at = performance.now()) => made + at * speed;

// While a machine sleeps the page's time may stand still, and its clock tells: then the hub is asked.
const apart = () => Date.now() - performance.now();
let wasApart = apart();
async function ask() {
  if (Math.abs(apart() - wasApart) < ASLEEP) return;
  wasApart = apart();
  const now = Date.parse((await again())?.body.dataset.now ?? '');
  if (now) made = now - performance.now() * speed;
}

/** @type {WeakMap<Element, {what: string, whole: number}>} */
const faces = new WeakMap();

/** A length as clocks show it: 3:30, 5 h 46 min, 3 days. @param {number} seconds */
export function ticking(seconds) {
  const s = Math.max(0, Math.floor(seconds));
  if (s < 3600) return `${Math.floor(s / 60)}:${String(s % 60).padStart(2, '0')}`;
  if (s < 172800) return `${Math.floor(s / 3600)} h ${Math.floor((s % 3600) / 60)} min`;
  return `${Math.floor(s / 86400)} days`;
}

/** @param {Element} clock an element with `data-due`; its words come last, the figure in bold where it stands alone */
function turn(clock) {
  const due = Date.parse(clock.dataset.due);
  const figure = clock.querySelector('b');
  const words = figure ? figure.previousSibling : clock.lastChild;
  if (Number.isNaN(due) || words?.nodeType !== Node.TEXT_NODE) return;
  const left = (due - serverNow()) / 1000;
  const ring = clock.querySelector('.v');
  let face = faces.get(clock);
  if (!face) {
    const part = Number.parseInt(ring?.getAttribute('stroke-dasharray') ?? '', 10);
    const what = words.data.match(figure ? /^(.*) in\s/s : /^(.*) in \S/s)?.[1] ?? '';
    face = { what: what.trim(), whole: left > 0 && part > 0 ? (left * 100) / part : 0 };
    faces.set(clock, face);
  }
  const over = left < 0;
  const before = over ? 'Over ' : (face.what && `${face.what} in `);
  const next = ticking(Math.abs(left));
  const said = figure ? before : before + next;
  if (words.data !== said) words.data = said;
  if (figure && figure.textContent !== next) figure.textContent = next;
  if (over) {
    clock.classList.remove('ok', 'soon');
    clock.classList.add('over');
  } else if (face.whole > 0) {
    const part = Math.min(100, Math.round((left * 100) / face.whole));
    ring?.setAttribute('stroke-dasharray', `${part} 100`);
    if (part < 20 && clock.classList.contains('ok')) clock.classList.replace('ok', 'soon');
  }
}

/** The clock of the bar; an official's own time is only said to the minute. @param {HTMLTimeElement} clock */
function show(clock) {
  const began = Date.parse(clock.dateTime);
  if (clock.dataset.clock === 'utc') {
    clock.textContent = new Date(serverNow()).toISOString().slice(11, 19);
  } else if (!Number.isNaN(began)) {
    const [, hours, minutes] = (clock.dataset.began ??= clock.textContent).match(/(\d+):(\d+)/) ?? [];
    if (hours === undefined) return;
    const since = Math.floor((serverNow() - began + (began % 60000)) / 60000);
    const at = (Number(hours) * 60 + Number(minutes) + since) % 1440;
    clock.textContent = `${String(Math.floor(at / 60)).padStart(2, '0')}:${String(at % 60).padStart(2, '0')}`;
  }
}

function tick() {
  if (document.hidden) return;
  ask();
  document.querySelectorAll('[data-due]').forEach(turn);
  document.querySelectorAll('time[data-clock]').forEach(show);
  const stale = performance.now() - lastHeard() > STALE_AFTER;
  document.querySelectorAll('[data-view]').forEach((board) => board.toggleAttribute('data-stale', stale));
}

setInterval(tick, 1000);
document.addEventListener('visibilitychange', tick);
