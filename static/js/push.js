// What a browser runs to be told while no page of the hub is open. What it shows is a reference and a priority; the
// rest stands in the hub.

/** @param {object} told @param {string} what delivered or opened */
function say(told, what) {
  const body = new URLSearchParams({ id: told.data?.id ?? '', receipt: told.receipt ?? '', what });
  // Where this fails the hub does not know that the notice arrived, and nothing else is lost.
  return fetch('/account/receipts', { method: 'POST', body }).catch(() => {});
}

function words(told) {
  const { ref, priority } = told.data ?? {};
  const number = String(priority ?? '').replace('P', '');
  switch (told.type) {
    case 'page': return [`${ref}, priority ${number}`, 'You are paged. Open it and acknowledge.'];
    case 'notice': return [`${ref}, priority ${number}`, 'You are told of it.'];
    case 'verify': return ['Is this your browser?', 'Open this to be told of incidents here.'];
    default: return ['A test of the election hub', 'You are reached here.'];
  }
}

self.addEventListener('push', (event) => {
  let told = {};
  try { told = event.data.json(); } catch { /* it is none of ours, and something must be shown */ }
  const [title, body] = words(told);
  const stays = told.data?.priority === 'P1' || told.type === 'verify';
  const shown = self.registration.showNotification(title, {
    body, tag: told.data?.id, data: told, requireInteraction: stays,
  });
  event.waitUntil(Promise.all([shown, say(told, 'delivered')]));
});

self.addEventListener('notificationclick', (event) => {
  event.notification.close();
  const told = event.notification.data ?? {};
  const url = new URL(told.data?.url ?? '/', self.location.origin);
  const own = url.origin === self.location.origin ? url.href : '/';
  event.waitUntil(say(told, 'opened').then(() => self.clients.openWindow(own)));
});
