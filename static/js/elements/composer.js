// What its writer sends from a room. A message stands in the timeline at once, "Sending"; it is kept on this device
// until the hub said that it is stored, in order, over any loss of the connection.

import { icon, initials, make } from '../dom.js';
import { liveState, onState, retry, say, tell } from '../live/socket.js';
import { storage } from '../store.js';
import { draft } from './draft.js';

const TYPING_EVERY = 3000;

/** @typedef {{id: string, text: string, note: boolean | undefined, seen: number | undefined}} Message */

/** @param {HTMLElement} root @param {HTMLElement} timeline @param {HTMLElement} marker */
export function composer(root, timeline, marker) {
  const form = document.getElementById('say');
  const box = document.getElementById('reply');
  if (!form || !box) return null;
  const room = root.dataset.room;
  const author = document.querySelector('#you b')?.textContent ?? 'You';
  const store = storage(root.dataset.me, room);
  /** @type {Message[]} */
  let out = store.all('out:').sort(([a], [b]) => a - b).map(([, message]) => message);
  let sending = null;
  let typed = -TYPING_EVERY;
  const isNote = () => form.querySelector('[name=note]') && new FormData(form).get('note') === 'true';

  const begun = draft(form, box, store, () => out.length > 0);
  box.addEventListener('input', () => {
    if (box.value.trim() === '' || performance.now() - typed < TYPING_EVERY) return;
    typed = performance.now();
    tell({ op: 'typing', room, note: isNote() || false });
  });
  box.addEventListener('keydown', (key) => {
    if (key.key === 'Enter' && (key.ctrlKey || key.metaKey)) form.requestSubmit();
  });
  form.addEventListener('submit', (event) => {
    if (['off', 'ended', 'refresh'].includes(liveState())) return;
    event.preventDefault();
    const text = box.value.trim();
    if (text === '') { box.focus(); return; }
    const seen = Number(form.elements.seen.value);
    out.push({ id: form.elements.id.value, text, note: isNote() || undefined, seen });
    form.elements.id.value = freshId();
    typed = -TYPING_EVERY;
    keepOut();
    begun.set('');
    out.forEach(show);
    pump();
    box.focus();
  });
  out.forEach(show);
  onState((state) => {
    if (state !== 'live' && state !== 'polling') sending = null;
    out.forEach((message) => mark(message, ['lost', 'refresh', 'ended'].includes(state) ? 'lost' : 'sending'));
    if (state === 'polling') pump();
  });

  function keepOut() { out.forEach((message, place) => store.write(`out:${message.id}`, [place, message])); }

  /** One after the other, so that they are stored in the order in which they were written. */
  function pump() {
    const next = out[0];
    if (!next || sending || !['live', 'polling'].includes(liveState())) return;
    sending = next.id;
    mark(next, 'sending');
    say({ room, ...next }, (frame) => answered(next, frame));
  }

  function answered(message, frame) {
    sending = null;
    if (frame.op === 'said') {
      drop(message);
      if (timeline.querySelector(`[data-id="${CSS.escape(message.id)}"]`)) entry(message)?.remove();
      else mark(message, 'stored');
      pump();
    } else if (frame.op === 'unseen') {
      guard(message, frame.events);
    } else if (frame.code === 'rate') {
      setTimeout(pump, 2000);
    } else {
      drop(message);
      entry(message)?.remove();
      giveBack(message, frame.text);
      pump();
    }
  }

  function drop(message) {
    out = out.filter((other) => other.id !== message.id);
    store.drop(`out:${message.id}`);
    if (out.length === 0) begun.settled();
  }

  /** The text goes back to where it can be changed. */
  function giveBack(message, words) {
    begun.set(box.value === '' ? message.text : `${message.text}\n\n${box.value}`);
    problem(words);
    box.focus();
  }

  function problem(words) {
    let line = document.getElementById('reply-error');
    if (!words) { line?.remove(); box.removeAttribute('aria-invalid'); return; }
    if (!line) {
      line = make('p', 'errmsg');
      line.id = 'reply-error';
      line.setAttribute('role', 'alert');
      box.before(line);
      box.setAttribute('aria-describedby', `audience ${line.id}`);
    }
    line.replaceChildren(icon('alert'), words);
    box.setAttribute('aria-invalid', 'true');
    box.addEventListener('input', () => problem(''), { once: true });
  }

  // What was sent, while it is on its way.

  const entry = (message) => document.getElementById(`out-${message.id}`);

  function show(message) {
    if (entry(message)) return;
    const item = make('li', message.note ? 'msg internal pending' : 'msg pending');
    item.id = `out-${message.id}`;
    if (message.note) item.append(make('p', 'inlabel', icon('lock'), 'Internal note'));
    const face = make('span', root.dataset.side === 'response' ? 'av team' : 'av', initials(author));
    face.setAttribute('aria-hidden', 'true');
    const body = make('div', 'body', ...message.text.split(/\n+/).map((line) => make('p', '', line)));
    body.dir = 'auto';
    item.append(face, make('div', '', make('p', 'by', make('b', '', author)), body, make('p', 'seen')));
    timeline.append(item);
    mark(message, 'sending');
  }

  function mark(message, state) {
    const line = entry(message)?.querySelector('.seen');
    if (!line || line.dataset.state === state) return;
    line.dataset.state = state;
    line.classList.toggle('red', state === 'lost');
    if (state === 'lost') {
      const button = make('button', 'link', 'Send again');
      button.type = 'button';
      button.addEventListener('click', retry);
      line.replaceChildren(icon('alert'), 'Not sent. ', button);
    } else {
      line.replaceChildren(icon(state === 'stored' ? 'check' : 'clock'), state === 'stored' ? 'Sent' : 'Sending');
    }
  }

  /** Newer messages that the writer has not seen: shown, and nothing of theirs is lost. */
  function guard(message, events) {
    document.querySelector('.guard')?.remove();
    const many = events.length === 1 ? 'a newer message' : `${events.length} newer messages`;
    const list = make('ol', 'tl', ...events.map((event) => make('li', 'msg', make('span', 'av', event.by?.name?.[0] ?? ''),
      make('div', '', make('p', 'by', make('b', '', event.by?.name ?? ''), make('span', '', event.by?.office ?? '')),
        make('div', 'body', ...(event.text ?? '').split(/\n+/).map((line) => make('p', '', line)))))));
    const change = make('button', 'btn primary', 'Change mine');
    const anyway = make('button', 'btn', 'Send it anyway');
    change.type = 'button';
    anyway.type = 'button';
    const kept = make('span', 't-13 muted', `Yours, kept: “${message.text}”`);
    kept.dir = 'auto';
    const title = make('h2', 't-16', icon('eye'), `Not sent yet. You have not seen ${many}:`);
    title.id = 'guard';
    const place = make('section', 'guard', make('div', '', title, list, make('div', 'formacts row', kept, change, anyway)));
    place.setAttribute('aria-labelledby', 'guard');
    place.tabIndex = -1;
    const newest = Math.max(message.seen ?? 0, ...events.map((event) => event.seq));
    change.addEventListener('click', () => {
      place.remove();
      sending = null;
      drop(message);
      entry(message)?.remove();
      form.elements.seen.value = Math.max(Number(form.elements.seen.value), newest);
      giveBack(message, '');
      pump();
    });
    anyway.addEventListener('click', () => {
      place.remove();
      sending = null;
      Object.assign(message, { seen: newest, anyway: true });
      keepOut();
      pump();
      box.focus();
    });
    form.closest('.composer').before(place);
    place.focus();
    // What was written after it waits for what its writer decides.
    sending = message.id;
  }

  return {
    /** The room was joined, perhaps again: what was not answered is sent again. */
    joined() { sending = document.querySelector('.guard') ? sending : null; pump(); },
    /** An entry came: is it one of ours? */
    arrived(id) { if (id) document.getElementById(`out-${id}`)?.remove(); },
    /** What is on its way stays below what came. */
    keepLast() { timeline.append(...timeline.querySelectorAll('.pending')); },
    seen(seq) { form.elements.seen.value = Math.max(seq, Number(form.elements.seen.value)); },
    keep() { begun.remember(); keepOut(); },
    end(words) { problem(words); marker.hidden = true; form.querySelectorAll('button').forEach((button) => { button.disabled = true; }); },
  };
}

/** A UUID; by hand where the page is not on a secure origin. */
function freshId() {
  if (crypto.randomUUID) return crypto.randomUUID();
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('');
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}
