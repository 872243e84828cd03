// Where no socket can be opened (some proxies take upgrades for attacks): the same log by long polls, and messages by
// the API. Entries come without HTML, so the page fetches itself for them.

const wait = (ms) => new Promise((done) => { setTimeout(done, ms); });

export const poll = {
  /** @param {Map<string, object>} rooms @param {() => void} heard @returns {boolean} whether there is a room to poll for */
  begin(rooms, heard) {
    for (const [ref, room] of rooms) follow(ref, room, heard);
    return rooms.size > 0;
  },

  /** @param {{room: string, id: string}} message @returns {Promise<object>} the frame that a socket would have brought */
  async say({ room, ...body }) {
    const about = { room, id: body.id };
    try {
      const answer = await fetch(`/api/v1/incidents/${encodeURIComponent(room)}/messages`, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify(body),
      });
      const said = await answer.json();
      if (answer.ok) return { op: 'said', ...about, seq: said.seq };
      if (answer.status === 409 && said.events) return { op: 'unseen', ...about, events: said.events };
      const passing = answer.status === 429 || answer.status >= 500;
      return { op: 'error', ...about, code: passing ? 'rate' : 'invalid', text: said.errors?.[0]?.message ?? said.detail };
    } catch {
      return { op: 'error', ...about, code: 'rate', text: 'The hub cannot be reached.' };
    }
  },
};

async function follow(ref, room, heard) {
  for (let failures = 0; ;) {
    try {
      const answer = await fetch(`/api/v1/incidents/${encodeURIComponent(ref)}/events?after=${room.seq}&wait=25`);
      if (answer.status === 401 || answer.status === 404) { room.closed({ text: 'This is not yours to see any more.' }); return; }
      if (!answer.ok) throw new Error(String(answer.status));
      const log = await answer.json();
      failures = 0;
      heard();
      if (room.epoch && log.epoch !== room.epoch) room.joined({ recovered: false });
      for (const event of log.items) {
        if (event.seq > room.seq) { room.seq = event.seq; room.event(event); }
      }
    } catch {
      failures += 1;
      await wait(Math.random() * Math.min(30000, 500 * 2 ** failures));
    }
  }
}
