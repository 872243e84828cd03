// The only place where HTML enters the page: fragments that the hub rendered, through the policy `hub`. Everything here
// can be done twice without harm.

/** The one script that a browser runs beside its pages. */
const WORKER = '/account/push.js';
const rules = { createHTML: (html) => html, createScriptURL: (url) => (url === WORKER ? url : '') };
const policy = window.trustedTypes?.createPolicy('hub', rules) ?? rules;

/** The address of that script, as the browser wants it. */
export const worker = () => policy.createScriptURL(WORKER);

/** @param {string} html @returns {Element | null} the one element in it */
function element(html) {
  const template = document.createElement('template');
  template.innerHTML = policy.createHTML(html);
  return template.content.firstElementChild;
}

/**
 * Appends an entry to a list, unless one with its id is in the page.
 * @param {Element} list @param {string} html @returns {Element | null} the new entry
 */
export function append(list, html) {
  const entry = element(html);
  if (!entry || (entry.id && document.getElementById(entry.id))) return null;
  list.append(entry);
  return entry;
}

/**
 * Puts an element in place of the one with its id. What its reader scrolled stays where it was.
 * @param {Element | string} fresh @returns {Element | null} what stands there now
 */
export function replace(fresh) {
  const next = typeof fresh === 'string' ? element(fresh) : fresh;
  const old = next?.id ? document.getElementById(next.id) : null;
  if (!next || !old) return null;
  if (old.isEqualNode(next)) return old;
  const scrolled = [...old.querySelectorAll('.scroller')].map((part) => [part.scrollLeft, part.scrollTop]);
  const open = new Set([...old.querySelectorAll('details[open]')].map((part) => part.querySelector('summary')?.textContent));
  old.replaceWith(next);
  next.querySelectorAll('.scroller').forEach((part, n) => { [part.scrollLeft, part.scrollTop] = scrolled[n] ?? [0, 0]; });
  for (const part of next.querySelectorAll('details')) {
    if (open.has(part.querySelector('summary')?.textContent)) part.open = true;
  }
  return next;
}

/** Whether somebody works in there: typing, reading what they opened, selecting. @param {Element} place */
export function inUse(place) {
  const selection = document.getSelection();
  const selects = selection && !selection.isCollapsed && place.contains(selection.anchorNode);
  return selects || place.contains(document.activeElement) || place.querySelector(':popover-open') !== null;
}

/**
 * This page as the hub would make it now, for its parts.
 * @returns {Promise<Document | null>} nothing where it cannot be had
 */
export async function again() {
  try {
    const answer = await fetch(location.href, { headers: { Accept: 'text/html' }, cache: 'no-store' });
    if (!answer.ok || answer.redirected) return null;
    return new DOMParser().parseFromString(policy.createHTML(await answer.text()), 'text/html');
  } catch {
    return null;
  }
}
