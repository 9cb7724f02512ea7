// The server's translated words; see fulfillment/dashboard/words.py.
const source = document.getElementById("ui-words");
const words = source ? JSON.parse(source.textContent) : {};

export function t(key, values = {}) {
  return (words[key] ?? key).replace(/\{(\w+)\}/g, (whole, name) => (name in values ? String(values[name]) : whole));
}

/** Say something politely to a screen reader, once. */
export function announce(text) {
  const live = document.getElementById("live");
  if (!live) return;
  live.textContent = "";
  requestAnimationFrame(() => { live.textContent = text; });
}

export const settings = {
  get(name, otherwise) {
    try { return localStorage.getItem(`setting:${name}`) ?? otherwise; } catch { return otherwise; }
  },
  set(name, value) {
    try { localStorage.setItem(`setting:${name}`, value); } catch { /* A private window: the setting lasts as long as the page. */ }
    document.dispatchEvent(new CustomEvent("setting", { detail: { name, value } }));
  },
  /** On unless switched off on this device, or, for `shortcuts`, in the person's account. */
  on(name) { return this.get(name, document.body.dataset[name] ?? "on") === "on"; },
};
