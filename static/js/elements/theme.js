// The theme switch is a form of its own: without this file it posts and the page comes back in the other theme.
// Here the page changes at once and the same post keeps the choice for the next page.
document.addEventListener('submit', (event) => {
  const form = event.target;
  if (!form.matches('form.themes')) return;
  const pressed = event.submitter;
  if (!pressed) return;
  event.preventDefault();
  const body = new URLSearchParams([[pressed.name, pressed.value]]);
  show(pressed.value);
  // Where the post fails the look still holds for this page; the next one falls back to what was kept before.
  fetch(form.action, { method: 'POST', body, redirect: 'manual' }).catch(() => {});
});

/** @param {string} theme light, dark or system */
function show(theme) {
  const root = document.documentElement;
  if (theme === 'system') delete root.dataset.theme;
  else root.dataset.theme = theme;
  for (const button of document.querySelectorAll('form.themes button')) {
    const on = button.dataset.theme === theme;
    button.setAttribute('aria-pressed', String(on));
    button.value = on ? 'system' : button.dataset.theme;
  }
}
