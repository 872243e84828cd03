// The queue and the dashboard: the whole board is replaced when it changed, but never under somebody's hand.

import { again, inUse, replace } from '../live/apply.js';
import { watch } from '../live/socket.js';

for (const board of document.querySelectorAll('[data-view][data-rev]')) upgrade(board.id, board.dataset.view);

/** A table that comes live is the same for all: its reader's rows are marked here. @param {Element} board */
function markMine(board) {
  const me = board.closest('[data-me]')?.dataset.me;
  for (const cell of me ? board.querySelectorAll(`[data-person="${me}"]`) : []) {
    const [name, you] = [document.createElement('b'), document.createElement('span')];
    name.textContent = cell.textContent;
    you.className = 'sub';
    you.textContent = 'you';
    cell.replaceChildren(name, you);
  }
}

/** @param {string} id @param {string} view */
function upgrade(id, view) {
  const here = () => document.getElementById(id);
  const said = document.getElementById(`${view}-said`);
  const narrowed = [...new URLSearchParams(location.search)]
    .some(([name, value]) => value !== '' && !(name === 'view' && value === 'all'));
  let held = null;
  let changes = 0;
  let fetching = false;
  let counts = 0;

  const button = document.createElement('button');
  button.type = 'button';
  button.className = 'btn sm neworder';
  button.hidden = true;
  button.addEventListener('click', () => put(true));
  here().before(button);

  function busy() {
    return inUse(here()) || (view === 'queue' && here().matches(':hover'));
  }

  /** @param {Document | null} page */
  function putViews(page) {
    const views = page?.getElementById(`${view}-views`);
    if (views && !inUse(document.getElementById(views.id))) replace(views);
  }

  /** How many are in each view is the reader's own: "Mine" is another number for each. */
  async function count() {
    putViews(await again());
    counts = 0;
  }

  /** @param {boolean} asked whether the reader wants it now */
  async function put(asked) {
    if (!held || fetching) return;
    if (busy() && !asked) {
      button.textContent = changes === 1 ? '1 change, update order' : `${changes} changes, update order`;
      button.hidden = false;
      return;
    }
    const frame = held;
    held = null;
    changes = 0;
    button.hidden = true;
    // A list that is narrowed, and one that came without HTML, is made by the page itself.
    if (narrowed || !frame.html) {
      fetching = true;
      const page = await again();
      fetching = false;
      const fresh = page?.getElementById(id);
      if (fresh) replace(fresh);
      putViews(page);
    } else {
      replace(frame.html);
      markMine(here());
      if (document.getElementById(`${view}-views`)) counts ||= setTimeout(count, 1000 + Math.random() * 2000);
    }
    const board = here();
    board.dataset.rev = frame.rev;
    if (said && frame.ref) {
      const row = document.getElementById(`q-${frame.ref}`);
      const priority = row?.querySelector('.prio')?.textContent.trim();
      said.textContent = row ? `${frame.ref} changed, ${priority}` : `${frame.ref} is not in this list any more`;
    }
    if (held) put(false);
  }

  watch(view, (frame) => {
    if (String(frame.rev) === here().dataset.rev) return;
    held = frame;
    changes += 1;
    put(false);
  });

  const later = () => setTimeout(() => { if (held && !busy()) put(false); }, 300);
  document.addEventListener('focusout', later);
  document.addEventListener('pointerout', later);
  document.addEventListener('selectionchange', later);
}
