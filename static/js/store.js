// What this browser keeps of what its reader wrote: by person and room, until it is stored or they sign out.

let over = false;

/** Where nothing can be kept, nothing is and nothing breaks. @param {string} me @param {string} room */
export function storage(me, room) {
  const key = (name) => `hub:${me}:${room}:${name}`;
  const guarded = (act) => { try { return act(); } catch { return null; /* full or off */ } };
  return {
    read: (name) => guarded(() => JSON.parse(localStorage.getItem(key(name)))),
    write: (name, value) => guarded(() => over || localStorage.setItem(key(name), JSON.stringify(value))),
    drop: (name) => guarded(() => localStorage.removeItem(key(name))),
    /** All whose names begin so; each is written alone, so that windows do not take each other's. */
    all: (begin) => guarded(() => Object.keys(localStorage).filter((one) => one.startsWith(key(begin)))
      .map((one) => JSON.parse(localStorage.getItem(one)))) ?? [],
  };
}

addEventListener('submit', (event) => {
  if (!event.target.matches('form[action="/sign-out"]')) return;
  over = true;
  try {
    for (const key of Object.keys(localStorage)) if (key.startsWith('hub:')) localStorage.removeItem(key);
  } catch { /* there is nothing to clear */ }
});
