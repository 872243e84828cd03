// How news reach this page, in words; where they do not come by themselves, the line that says so, and since when.

import { lastHeard, onState, retry, untilNextTry } from '../live/socket.js';
import { serverNow } from './clock.js';

const MODES = {
  trying: 'Connecting',
  live: 'Live',
  polling: 'Live by polling',
  lost: 'Connection lost',
  refresh: 'Not live',
  ended: 'Not live',
};
const WORDS = {
  polling: 'There is no live channel here; this page asks for news instead.',
  refresh: 'No news reach this page by themselves. Refresh it to see them.',
};
const ENDED = {
  4100: 'You are signed out. Sign in in another window, then load this page again.',
  4102: 'This page is out of date. Load it again.',
  4103: 'Too many windows of yours are open. Close some, then load this page again.',
};

const line = document.getElementById('connection');

/** As responders read times, or as this machine's zone has it; always by the hub's clock. */
function asOf() {
  const dense = document.body.classList.contains('dense');
  const style = { hour: '2-digit', minute: '2-digit', hourCycle: 'h23', ...(dense && { timeZone: 'UTC' }) };
  return new Intl.DateTimeFormat('en-GB', style).format(serverNow(lastHeard())) + (dense ? ' UTC' : '');
}

function lost() {
  const seconds = untilNextTry();
  return [
    seconds > 0 ? `Trying again in ${seconds} s.` : 'Trying again.',
    lastHeard() ? `What you see is as of ${asOf()}.` : '',
    document.getElementById('say') ? 'Messages are kept on this device and sent in order.' : '',
  ].filter(Boolean).join(' ');
}

if (line) {
  const words = line.querySelector('[data-connection]');
  const button = line.querySelector('[data-reconnect]');
  const link = line.querySelector('[data-refresh]');
  button.addEventListener('click', retry);
  onState((state) => {
    if (!MODES[state]) return;
    document.querySelectorAll('[data-mode]').forEach((mode) => {
      if (mode.textContent !== MODES[state]) mode.textContent = MODES[state];
    });
    line.hidden = ['trying', 'live'].includes(state);
    button.hidden = state !== 'lost';
    link.hidden = !['refresh', 'ended'].includes(state);
    // Only where a text would be lost is it said at once.
    line.setAttribute('role', state === 'lost' && document.querySelector('#timeline .pending') ? 'alert' : 'status');
    let said = WORDS[state] ?? ENDED[document.body.dataset.liveEnd] ?? 'Load this page again.';
    if (state === 'lost') said = lost();
    if (!line.hidden && words.textContent !== said) words.textContent = said;
  });
}
