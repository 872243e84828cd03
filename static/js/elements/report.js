// The report form: what happens when it is sent follows the answers. The hub decides; only what it decides by is asked
// with, never the words that somebody typed.

import { replace } from '../live/apply.js';

const PAUSE = 100;
const form = document.querySelector('form.report');
const mini = document.getElementById('outcome-mini');
let timer = 0;
/** @type {AbortController | null} */
let asking = null;

function answers() {
  const given = new URLSearchParams();
  for (const [name, value] of new FormData(form)) {
    const decides = name.startsWith('answers.') || ['voting_stopped', 'symptom', 'authority', 'election'].includes(name);
    if (decides && value) given.append(name, value);
    if (name === 'summary' && value.trim()) given.append(name, '-');
  }
  return given;
}

async function ask() {
  asking?.abort();
  asking = new AbortController();
  try {
    const answer = await fetch(`/incidents/new/outcome?${answers()}`, { signal: asking.signal, cache: 'no-store' });
    if (!answer.ok || answer.redirected) return;
    const outcome = replace(await answer.text());
    if (outcome && mini) shorten(outcome);
  } catch {
    // What stood there stands; sending says what is true.
  }
}

/** The line above the button is the panel in short. @param {Element} outcome */
function shorten(outcome) {
  const part = (of, className) => {
    const span = document.createElement('span');
    span.className = className;
    span.textContent = of?.textContent ?? '';
    return span;
  };
  const heading = outcome.querySelector('h2');
  const priority = heading?.querySelector('.prio')?.cloneNode(true);
  priority?.classList.remove('lg');
  const promise = part(heading?.lastElementChild, 'w-6');
  if (priority) mini.replaceChildren(priority, promise, part(outcome.querySelector('.verdict p'), 'hint'));
  else mini.replaceChildren(promise);
}

form?.addEventListener('input', () => {
  clearTimeout(timer);
  timer = setTimeout(ask, PAUSE);
});
