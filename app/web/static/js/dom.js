// Makes elements. Text goes in as text nodes only, so nothing that a paper says can become markup.

/**
 * Make an element: `h("p", {class: "lead", onclick: act}, "text", child)`. Children that are null or false are left out.
 */
export function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (typeof value === "function" && name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? "" : String(value));
  }
  element.append(...children.flat(3).filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

/** Put `children` in place of whatever `element` holds. */
export function fill(element, ...children) {
  element.replaceChildren(...children.flat(3).filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

/** Return text that only screen readers meet. */
export function spoken(text) {
  return h("span", { class: "spoken" }, text);
}

/** Return the address if it is one of the web, else null: a paper's own URL may be anything. */
export function webAddress(address) {
  try {
    const url = new URL(address);
    return url.protocol === "https:" || url.protocol === "http:" ? url.href : null;
  } catch {
    return null;
  }
}
