// How the reader is reached: this browser's push, and the sound in its pages. Both are off until they are turned on.

import { worker } from '../live/apply.js';
import { onTold } from '../live/socket.js';
import { storage } from '../store.js';

const me = document.body.dataset.me;
const kept = me ? storage(me, 'sound') : null;
const MINUTE = 60_000;

const form = document.querySelector('form[data-push]');
if (form && 'serviceWorker' in navigator && 'PushManager' in window) push(form);
if (me) told();
const button = document.querySelector('[data-sound]');
if (button) sound(button);

/** @param {HTMLFormElement} form */
function push(form) {
  const button = form.querySelector('button');
  const says = form.querySelector('[data-push-says]');
  button.hidden = false;
  says.textContent = 'Notices that this browser shows while no page of the hub is open.';
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    button.disabled = true;
    try {
      if (await Notification.requestPermission() !== 'granted') {
        says.textContent = 'The browser has blocked it. Allow notifications for this site in its settings, then try again.';
        return;
      }
      await navigator.serviceWorker.register(worker(), { scope: '/account/' });
      const registration = await navigator.serviceWorker.getRegistration('/account/');
      await ready(registration);
      const options = { userVisibleOnly: true, applicationServerKey: form.dataset.push };
      const { endpoint, keys } = (await registration.pushManager.subscribe(options)).toJSON();
      const body = new URLSearchParams({ endpoint, p256dh: keys.p256dh, auth: keys.auth, name: named() });
      await fetch(form.action, { method: 'POST', body, redirect: 'manual' });
      location.reload();
    } catch {
      says.textContent = 'This browser cannot be turned on now: it reaches no push service. Use another channel.';
    } finally {
      button.disabled = false;
    }
  });
}

/** A worker that was just found may still be on its way in. @param {ServiceWorkerRegistration} registration */
function ready(registration) {
  const coming = registration.active ? null : registration.installing ?? registration.waiting;
  return coming && new Promise((done) => {
    coming.addEventListener('statechange', () => { if (coming.state === 'activated') done(); });
  });
}

/** "Firefox on Linux", as far as the browser says so. */
function named() {
  const agent = navigator.userAgent;
  const browser = ['Firefox', 'Edg', 'Chrome', 'Safari'].find((name) => agent.includes(name)) ?? 'A browser';
  const system = ['Android', 'iPhone', 'iPad', 'Windows', 'Mac OS', 'Linux'].find((name) => agent.includes(name));
  return `${browser.replace('Edg', 'Edge')}${system ? ` on ${system}` : ''}`;
}

/** @param {HTMLButtonElement} button */
function sound(button) {
  const says = document.querySelector('[data-sound-says]');
  const show = () => {
    const on = kept.read('on') === true;
    button.textContent = on ? 'Turn it off' : 'Turn it on in this browser';
    says.textContent = `${on ? 'On in this browser' : 'Off'}: two soft notes when you are paged for priority 1, at most once a minute.`;
  };
  button.hidden = false;
  show();
  button.addEventListener('click', () => {
    const on = kept.read('on') !== true;
    if (on) { kept.write('on', true); play(); } else kept.drop('on');
    show();
  });
}

function told() {
  const title = document.title.replace(/^\(\d+\) /, '');
  const before = Number(/^\((\d+)\) /.exec(document.title)?.[1] ?? 0);
  let count = 0;
  const show = () => { document.title = count + before ? `(${count + before}) ${title}` : title; };
  addEventListener('focus', () => { count = 0; show(); });
  // Who wants to hear it has a line for it on every page; who does not hears of it where there is one anyhow.
  onTold((frame) => {
    if (!document.hasFocus()) { count += 1; show(); }
    if (frame.priority === 'P1' && kept.read('on') === true) once();
  }, kept.read('on') === true);
}

/** One tab of the browser, at most once a minute. */
function once() {
  const ring = () => {
    const last = kept.read('at') ?? 0;
    if (Math.abs(Date.now() - last) < MINUTE) return;
    kept.write('at', Date.now());
    play();
  };
  if (navigator.locks) navigator.locks.request('hub-sound', ring); else ring();
}

function play() {
  const audio = new AudioContext();
  [[0, 587], [0.28, 784]].forEach(([at, pitch]) => {
    const [note, loud] = [audio.createOscillator(), audio.createGain()];
    note.type = 'sine';
    note.frequency.value = pitch;
    const begins = audio.currentTime + at;
    loud.gain.setValueAtTime(0, begins);
    loud.gain.linearRampToValueAtTime(0.16, begins + 0.03);
    loud.gain.exponentialRampToValueAtTime(0.001, begins + 0.6);
    note.connect(loud).connect(audio.destination);
    note.start(begins);
    note.stop(begins + 0.65);
    if (at) note.addEventListener('ended', () => audio.close());
  });
}
