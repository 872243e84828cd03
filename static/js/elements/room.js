// The room: entries come by themselves, messages go out over the socket. Without this the same page posts its form.

import { again, append, inUse, replace } from '../live/apply.js';
import { join, tell } from '../live/socket.js';
import { aside } from './aside.js';
import { composer } from './composer.js';

const SPOKEN = ['message', 'note'];
const READ_EVERY = 2000;
const PARTS = ['room-head', 'room-facts', 'room-people', 'room-actions'];

const root = document.querySelector('[data-room]');
const timeline = document.getElementById('timeline');
if (root && timeline) upgrade(root, timeline);

/** @param {HTMLElement} root @param {HTMLElement} timeline */
function upgrade(root, timeline) {
  const scroller = timeline.closest('.rlog');
  const ref = root.dataset.room;
  let below = 0;
  let refreshing = 0;
  let bare = false;
  let read = 0;
  let reading = 0;

  const marker = document.createElement('button');
  marker.type = 'button';
  marker.className = 'btn sm newbelow';
  marker.hidden = true;
  marker.addEventListener('click', () => { scroller.scrollTop = 0; });
  scroller?.prepend(marker);

  // Columns are reversed: 0 is the newest entry, and up is below 0.
  const atNewest = () => !scroller || scroller.scrollTop > -48;
  const mayHaveSeen = () => atNewest() && !document.hidden;

  const room = {
    seq: Number(root.dataset.seq),
    epoch: root.dataset.epoch,
    joined(frame) {
      if (frame.recovered) {
        read = 0;
        writing?.joined();
        beside.presence(frame.people);
        seen();
        return;
      }
      // Numbers of another life of the record say nothing: the room is loaded afresh. What was typed is kept.
      writing?.keep();
      location.reload();
    },
    event: took,
    beside(frame) {
      if (frame.op === 'presence') beside.presence(frame.people);
      else beside[frame.op](frame.by, frame.seq);
    },
    closed(frame) {
      writing?.end(frame.text);
    },
  };
  const writing = composer(root, timeline, marker);
  const beside = aside(timeline);
  seen();

  function took(event) {
    root.dataset.seq = event.seq;
    const held = atNewest() ? null : scroller.scrollHeight;
    writing?.arrived(event.id);
    if (event.html) append(timeline, event.html);
    else bare = true;
    writing?.keepLast();
    beside.event(event);
    if (held !== null) {
      scroller.scrollTop -= scroller.scrollHeight - held;
      below += 1;
      marker.textContent = `${below} new below`;
      marker.hidden = false;
    }
    seen();
    // A message restarts a promise and ends a wait; a note does neither.
    if (event.kind !== 'note' || bare) refresh(!SPOKEN.includes(event.kind) || bare);
  }

  /** What the reader has had before their eyes: the guard of the next message. */
  function seen() {
    if (!mayHaveSeen()) return;
    below = 0;
    marker.hidden = true;
    writing?.seen(room.seq);
    if (room.seq > read) reading ||= setTimeout(mark, READ_EVERY);
  }

  /** The others are told how far it was read. */
  function mark() {
    reading = 0;
    if (mayHaveSeen() && tell({ op: 'read', room: ref, seq: room.seq })) read = room.seq;
  }
  scroller?.addEventListener('scroll', seen);
  document.addEventListener('visibilitychange', seen);

  /**
   * The parts beside the timeline are the reader's own (what they may do), so the page fetches them itself: soon, or
   * once for all that is said in some seconds.
   * @param {boolean} soon
   */
  function refresh(soon) {
    if (!soon && refreshing) return;
    clearTimeout(refreshing);
    refreshing = setTimeout(async () => {
      refreshing = 0;
      const page = await again();
      if (!page) return;
      if (bare) {
        bare = false;
        for (const entry of page.querySelectorAll('#timeline > [data-seq]')) {
          if (document.getElementById(entry.id)) continue;
          writing?.arrived(entry.dataset.id);
          timeline.append(entry);
        }
        writing?.keepLast();
      }
      for (const id of PARTS) {
        const [old, fresh] = [document.getElementById(id), page.getElementById(id)];
        if (old && fresh && !inUse(old)) replace(fresh);
      }
      beside.refreshed();
    }, (soon ? 100 : 1000) + Math.random() * (soon ? 300 : 1000));
  }

  join(ref, room);
}
