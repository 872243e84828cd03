// Making elements, without HTML.

/** @param {string} name @param {string} of its class @param {...(Node | string)} parts */
export function make(name, of, ...parts) {
  const made = document.createElement(name);
  if (of) made.className = of;
  made.append(...parts);
  return made;
}

/** A picture of the page's sprite. @param {string} name */
export function icon(name) {
  const icons = document.querySelector('svg use')?.getAttribute('href')?.split('#')[0] ?? '';
  const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
  const use = document.createElementNS('http://www.w3.org/2000/svg', 'use');
  svg.setAttribute('class', 'ic');
  svg.setAttribute('aria-hidden', 'true');
  use.setAttribute('href', `${icons}#${name}`);
  svg.append(use);
  return svg;
}

/** @param {string} name */
export const initials = (name) => {
  const letters = name.split(/\s+/).filter(Boolean).map((word) => word[0].toUpperCase());
  return letters.length > 1 ? letters[0] + letters.at(-1) : letters.join('');
};
