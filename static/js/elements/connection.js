// The line that says that the connection is lost, from two seconds after it was, and since when nothing was heard.

import { lastHeard, onState, retry, untilNextTry } from '../live/socket.js';

const ENDED = {
  4100: 'You are signed out. Sign in in another window, then load this page again.',
  4102: 'This page is out of date. Load it again.',
  4103: 'Too many windows of yours are open. Close some, then load this page again.',
};

const line = document.getElementById('connection');
if (line) {
  const words = line.querySelector('[data-connection]');
  const button = line.querySelector('[data-reconnect]');
  button?.addEventListener('click', retry);
  onState((state) => {
    line.hidden = !['lost', 'ended', 'polling'].includes(state);
    if (line.hidden || !words) return;
    if (button) button.hidden = state !== 'lost';
    let said = ENDED[document.body.dataset.liveEnd] ?? 'Load this page again.';
    if (state === 'polling') said = 'There is no live channel here; this page asks for news instead.';
    if (state === 'lost') {
      const seconds = untilNextTry();
      const at = lastHeard() ? ` What you see is as of ${new Date(lastHeard()).toTimeString().slice(0, 5)}.` : '';
      said = (seconds > 0 ? `Trying again in ${seconds} s.` : 'Trying again.') + at;
    }
    if (words.textContent !== said) words.textContent = said;
  });
  // Only where a text would be lost is it said at once.
  onState((state) => line.setAttribute('role', state === 'lost' && document.querySelector('#timeline .pending') ? 'alert' : 'status'));
}
