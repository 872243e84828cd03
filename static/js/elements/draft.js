// What is being written: kept on this device at every letter, and at the hub within seconds, so that it is there again
// on any device of its writer. It goes when its writer sends or empties it, and by nobody else's act.

const SOON = 2000;
const LATER = 10000;

/**
 * @param {HTMLFormElement} form @param {HTMLTextAreaElement} box @param {object} store
 * @param {() => boolean} sending whether something is on its way: until it is stored, the hub keeps what it has of it
 */
export function draft(form, box, store, sending) {
  const url = form.action.replace(/messages$/, 'draft');
  const note = () => new FormData(form).get('note') === 'true';
  /** What the hub has. */
  let kept = box.dataset.kept ?? '';
  let keptNote = note();
  let timer = 0;

  const mine = store.read('draft');
  // Written here, and not at the hub yet.
  if (mine?.text && mine.text !== mine.kept && mine.text !== box.value) {
    const more = box.value !== '' && box.value !== mine.kept;
    box.value = more ? `${box.value}\n\n${mine.text}` : mine.text;
    if (mine.note) form.querySelector('[name=note][value=true]')?.click();
  }
  if (box.value !== kept) later(SOON);

  const changed = () => { remember(); later(SOON); };
  box.addEventListener('input', changed);
  form.addEventListener('change', changed);
  addEventListener('pagehide', () => { if (timer) save(); });
  addEventListener('submit', (event) => { if (timer && event.target !== form) save(); }, true);

  function remember() {
    if (box.value === '' && kept === '') store.drop('draft');
    else store.write('draft', { text: box.value, note: note(), kept });
  }

  function later(pause) { timer ||= setTimeout(save, pause); }

  async function save() {
    clearTimeout(timer);
    timer = 0;
    const [text, asNote] = [box.value, note()];
    if (text.trim() === '' && sending()) return;
    if (text === kept && asNote === keptNote) return;
    const body = new URLSearchParams({ text, note: String(asNote) });
    let pause = LATER;
    try {
      const answer = await fetch(url, {
        method: 'POST', body, headers: { Accept: 'application/json' }, redirect: 'manual', keepalive: true,
      });
      if (answer.status === 204) { [kept, keptNote, pause] = [text, asNote, SOON]; remember(); }
      // Signed out, or too long: it is kept here alone until it is another text.
      else if (answer.status < 500 && answer.status !== 429) return;
    } catch { /* it is kept here, and sent again */ }
    if (box.value !== kept) later(pause);
  }

  return {
    /** Puts a text into the field. @param {string} text */
    set(text) { box.value = text; remember(); if (text !== '') later(SOON); },
    /** All that was on its way is stored: what the hub kept of it goes. */
    settled() { if (kept !== box.value) later(0); },
    remember,
  };
}
