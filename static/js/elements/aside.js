// What is told beside the log: who is here, who is writing, who has read how far, and that nobody has answered.

import { icon, initials, make } from '../dom.js';
import { serverNow } from './clock.js';

const WRITING = 6000;
const WORDS = { active: 'Here', away: 'Away', on_duty: 'On duty' };
const OFFICIALS = ['official', 'official_lead'];

/** "A", "A and B", "A, B and C", "A, B and 2 others". @param {string[]} names */
function listed([one, other, ...rest]) {
  if (!other) return one;
  if (rest.length === 0) return `${one} and ${other}`;
  return `${one}, ${other} and ${rest.length === 1 ? rest[0] : `${rest.length} others`}`;
}

/** @param {HTMLElement} timeline */
export function aside(timeline) {
  const line = document.getElementById('room-typing');
  const you = document.querySelector('#you b')?.textContent;
  /** @type {Map<string, number>} until when they count as writing */
  const writers = new Map();
  /** @type {Map<string, number>} */
  const marks = new Map(JSON.parse(timeline.dataset.marks || '[]'));
  /** @type {{name: string, office: string, role: string, state: string}[] | null} nobody knows before the room is joined */
  let present = null;
  let timer = 0;

  function writing() {
    const now = performance.now();
    for (const [name, until] of writers) if (until <= now) writers.delete(name);
    const names = [...writers.keys()];
    const words = names.length ? `${listed(names)} ${names.length > 1 ? 'are' : 'is'} typing` : '';
    if (line && line.textContent !== words) {
      line.textContent = words;
      line.previousElementSibling.hidden = !words;
      people();
    }
    clearTimeout(timer);
    if (names.length) timer = setTimeout(writing, Math.max(50, Math.min(...writers.values()) - now));
  }

  /** The list beside the room: what was rendered, and over it who is here now. */
  function people() {
    const list = document.querySelector('#room-people ul');
    if (!list || !present) return;
    for (const { name, office, role } of present) {
      if ([...list.children].some((row) => row.dataset.name === name)) continue;
      const team = !OFFICIALS.includes(role);
      const face = make('span', `av sm${team ? ' team' : ''}`, initials(name));
      face.setAttribute('aria-hidden', 'true');
      const row = make('li', 'person', face, make('span', 'grow', `${name} `, make('span', 'muted', office)), make('span', 'presence muted'));
      Object.assign(row.dataset, { name, rest: '' });
      list.append(row);
    }
    let here = 0;
    for (const row of [...list.children]) {
      const one = present.find((other) => other.name === row.dataset.name);
      const said = writers.has(row.dataset.name) ? 'Typing' : WORDS[one?.state] ?? row.dataset.rest;
      if (!said) { row.remove(); continue; }
      const words = row.querySelector('.presence');
      if (words.textContent !== said) words.textContent = said;
      words.classList.toggle('away', !['Here', 'Typing', 'Has it'].includes(said));
      if (['Here', 'Typing'].includes(said)) here += 1;
    }
    const count = document.querySelector('#room-people .cnt');
    if (count) count.textContent = count.textContent.replace(/^\d+ here/, `${here} here`);
  }

  /** Each name stands at the last message of others that they have seen. */
  function seen() {
    /** @type {Map<Element, string[]>} */
    const at = new Map();
    const spoken = [...timeline.querySelectorAll('.msg[data-seq]')].reverse();
    for (const [name, seq] of marks) {
      const last = name === you ? null : spoken.find((entry) => Number(entry.dataset.seq) <= seq
        && entry.querySelector('.by b')?.textContent !== name);
      if (last) at.set(last, [...at.get(last) ?? [], name]);
    }
    for (const entry of spoken) {
      const old = entry.querySelector('.seen[data-by]');
      const words = at.has(entry) ? `Seen by ${listed(at.get(entry))}` : '';
      if ((old?.textContent ?? '') === words) continue;
      old?.remove();
      if (!words) continue;
      const said = make('p', 'seen', icon('eye'), words);
      said.dataset.by = '';
      entry.querySelector('.body')?.after(said);
    }
  }

  // An official whom nobody answers is told so, by the hub's clock.
  const silence = document.getElementById('room-silence');
  function tell() {
    const since = Date.parse(silence.dataset.since ?? '');
    const words = silence.querySelector('[data-clock-of]');
    if (!words.textContent) words.textContent = document.querySelector(`#e${silence.dataset.seq} time`)?.textContent ?? '';
    silence.hidden = !(serverNow() - since >= Number(silence.dataset.after) * 1000);
    const place = silence.parentElement;
    place.hidden = ![...place.children].some((one) => !one.hidden);
  }
  if (silence) setInterval(tell, 1000);

  return {
    presence(list) { present = list; people(); },
    refreshed: people,
    typing({ name }) { writers.set(name, performance.now() + WRITING); writing(); },
    read({ name }, seq) { marks.set(name, Math.max(seq, marks.get(name) ?? 0)); seen(); },
    /** An entry came. @param {{seq: number, kind: string, at: string, by: {name: string, role: string} | null}} event */
    event({ seq, kind, at, by }) {
      if (by) writers.delete(by.name);
      writing();
      seen();
      if (!silence || !by) return;
      if (!OFFICIALS.includes(by.role)) delete silence.dataset.since;
      else if (kind === 'message' && !silence.dataset.since) {
        Object.assign(silence.dataset, { since: at, seq });
        silence.querySelector('[data-clock-of]').textContent = '';
      }
      tell();
    },
  };
}
