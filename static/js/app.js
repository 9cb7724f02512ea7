// What every staff page does: theme, dialogs, toasts, shortcuts, scan-to-anything, live times, HTMX manners.
import "./scan.js";
import { goTo, openPalette } from "./palette.js";
import { announce, settings, t } from "./words.js";

// --- device settings ------------------------------------------------------------------------------------------------------------

function keepCookie(name, value) {
  document.cookie = `${name}=${value}; path=/; max-age=31536000; samesite=lax${location.protocol === "https:" ? "; secure" : ""}`;
}

function showSettings() {
  const theme = document.documentElement.dataset.theme || "system";
  for (const button of document.querySelectorAll("[data-theme-choice]")) button.setAttribute("aria-pressed", String(button.dataset.themeChoice === theme));
  for (const box of document.querySelectorAll("[data-setting]")) {
    box.checked = box.dataset.setting === "glove" ? "glove" in document.documentElement.dataset : settings.on(box.dataset.setting);
  }
}

document.addEventListener("change", (event) => {
  const name = event.target.dataset?.setting;
  if (!name) return;
  const on = event.target.checked;
  settings.set(name, on ? "on" : "off");
  if (name === "glove") {
    keepCookie("glove", on ? "1" : "0");
    document.documentElement.toggleAttribute("data-glove", on);
  }
});

// --- toasts ---------------------------------------------------------------------------------------------------------------------

/** A short notice of success; with `undo` it stays 10 s, else 6 s. Errors never come as a toast. */
export function toast(text, { undo = null, url = "" } = {}) {
  const box = document.getElementById("toasts");
  const item = document.createElement("div");
  item.className = "toast";
  const words = document.createElement("span");
  words.textContent = text;
  item.append(words);
  if (undo || url) {
    const action = document.createElement("button");
    action.type = "button";
    action.className = "btn";
    action.textContent = t("undo");
    action.addEventListener("click", () => {
      item.remove();
      if (undo) undo();
      else window.htmx?.ajax("POST", url, { swap: "none" });
    });
    item.append(action);
  }
  box.append(item);
  let timer = setTimeout(() => item.remove(), undo || url ? 10000 : 6000);
  for (const type of ["mouseenter", "focusin"]) item.addEventListener(type, () => clearTimeout(timer));
  for (const type of ["mouseleave", "focusout"]) item.addEventListener(type, () => { timer = setTimeout(() => item.remove(), 3000); });
}

// --- clicks ---------------------------------------------------------------------------------------------------------------------

document.addEventListener("click", (event) => {
  const target = event.target;
  const theme = target.closest?.("[data-theme-choice]")?.dataset.themeChoice;
  if (theme) {
    keepCookie("theme", theme);
    document.documentElement.dataset.theme = theme;
    showSettings();
    return;
  }
  const opener = target.closest?.("[data-dialog]");
  if (opener) {
    opener.closest("details[data-menu]")?.removeAttribute("open");
    document.getElementById(opener.dataset.dialog)?.showModal();
    showSettings();
    return;
  }
  if (target.closest?.("[data-dialog-close]")) {
    target.closest("dialog")?.close();
    return;
  }
  // A click on the backdrop closes a plain dialog; never the blocking panel.
  if (target.matches?.("dialog.dialog[open]")) {
    const box = target.getBoundingClientRect();
    const inside = event.clientX >= box.left && event.clientX <= box.right && event.clientY >= box.top && event.clientY <= box.bottom;
    if (!inside && event.clientX + event.clientY > 0) target.close();
  }
  const copy = target.closest?.("[data-copy]");
  if (copy) {
    const code = copy.dataset.copy;
    navigator.clipboard?.writeText(code).then(() => toast(t("copied", { code })), () => {});
  }
  const step = target.closest?.("[data-quantity-step]");
  if (step) changeQuantity(step.closest("[data-quantity]").querySelector("input"), Number(step.dataset.quantityStep));
  const digit = target.closest?.("[data-keypad-digit]");
  if (digit) typeDigit(digit.dataset.keypadDigit);
  for (const menu of document.querySelectorAll("details[data-menu][open]")) if (!menu.contains(target)) menu.removeAttribute("open");
});

function within(input, number) {
  const low = Number(input.dataset.min ?? 0);
  const high = Number(input.dataset.max ?? 99999);
  return Math.min(high, Math.max(low, number));
}

function changeQuantity(input, by) {
  input.value = String(within(input, (Number(input.value) || 0) + by));
  input.dispatchEvent(new Event("input", { bubbles: true }));
}

let typedAt = -Infinity;
let typedInto = null;
function typeDigit(digit) {
  const input = document.querySelector("dialog[open] [data-keypad]") ?? document.querySelector("[data-keypad]");
  if (!input) return false;
  // The number of another item starts afresh, however quick the hand.
  const going = typedInto === input && performance.now() - typedAt < 2500;
  typedInto = input;
  let text = input.value;
  if (digit === "clear") text = "0";
  else if (digit === "back") text = text.slice(0, -1) || "0";
  else text = going && text !== "0" ? text + digit : digit;
  typedAt = performance.now();
  input.value = digit === "clear" || digit === "back" ? text : String(within(input, Number(text)));
  input.dispatchEvent(new Event("input", { bubbles: true }));
  return true;
}

// --- keys -----------------------------------------------------------------------------------------------------------------------

let goingTo = -Infinity; // when "g" was pressed
let row = -1;

function rows() {
  return [...document.querySelectorAll("table[data-rows] > tbody > tr")];
}

function moveTo(index) {
  const all = rows();
  if (!all.length) return;
  all[row]?.classList.remove("is-current");
  row = Math.min(all.length - 1, Math.max(0, index));
  all[row].classList.add("is-current");
  const link = all[row].querySelector("a.row-link, a");
  link?.focus({ preventScroll: true });
  all[row].scrollIntoView({ block: "nearest" });
}

function onShortcut({ key }) {
  const open = document.querySelector("dialog[open]");
  // After "g" a letter is a place, whatever it does on this page.
  if (!open && performance.now() - goingTo < 1500) {
    goingTo = -Infinity;
    document.querySelector(`.nav [data-go="${CSS.escape(key)}"]`)?.click();
    return;
  }
  const keyed = `[data-key="${CSS.escape(key)}"]`;
  // In a list the key means the row that j and k went to.
  const near = open ? [] : (rows()[row]?.querySelectorAll(keyed) ?? []);
  const pressable = [...near, ...(open ?? document).querySelectorAll(keyed)].find((element) => !element.disabled && element.offsetParent);
  if (pressable) {
    pressable.focus();
    pressable.click();
    return;
  }
  if (/^\d$/.test(key) && typeDigit(key)) return;
  if (open) return;
  if (key === "g") goingTo = performance.now();
  else if (key === "/") document.querySelector("[data-search]")?.focus();
  else if (key === "?") { document.getElementById("shortcuts")?.showModal(); }
  else if (key === "j") moveTo(row + 1);
  else if (key === "k") moveTo(row - 1);
  else if (key === "x") {
    const box = rows()[row]?.querySelector('input[type="checkbox"]');
    if (box) box.click();
  }
}

document.addEventListener("shortcut", (event) => { if (settings.on("shortcuts")) onShortcut(event.detail); });
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || event.defaultPrevented) return;
  const menu = document.querySelector("details[data-menu][open]");
  if (menu) {
    menu.removeAttribute("open");
    menu.querySelector("summary").focus();
  }
});

// --- selection and bulk bar ---------------------------------------------------------------------------------------------------------

let lastBox = null;
document.addEventListener("click", (event) => {
  const box = event.target.closest?.('[data-rows] input[type="checkbox"]');
  if (!box) return;
  const boxes = [...box.closest("table").querySelectorAll('tbody input[type="checkbox"]')];
  if ("selectAll" in box.dataset) boxes.forEach((other) => { other.checked = box.checked; });
  else if (event.shiftKey && lastBox && boxes.includes(lastBox)) {
    const [from, to] = [boxes.indexOf(lastBox), boxes.indexOf(box)].sort((a, b) => a - b);
    boxes.slice(from, to + 1).forEach((other) => { other.checked = box.checked; });
  }
  lastBox = box;
  const n = boxes.filter((other) => other.checked).length;
  for (const bar of document.querySelectorAll("[data-bulkbar]")) {
    bar.hidden = !n;
    const label = bar.querySelector("[data-bulk-count]");
    if (label) label.textContent = t("selected", { n });
  }
});

// --- scan to anything -----------------------------------------------------------------------------------------------------------------

document.addEventListener("scan", (event) => {
  // Whoever wants the scan says so with preventDefault(); the rest is "open this".
  queueMicrotask(() => { if (!event.defaultPrevented) goTo(event.detail.code); });
});

// --- time that moves ---------------------------------------------------------------------------------------------------------------------

function ago(moment) {
  const seconds = (moment - Date.now()) / 1000;
  const span = Math.abs(seconds);
  if (span < 60) return t("justNow");
  let amount = t("days", { n: Math.floor(span / 86400) });
  if (span < 3600) amount = t("minutes", { m: Math.floor(span / 60) });
  else if (span < 48 * 3600) amount = t("hoursOnly", { h: Math.floor(span / 3600) });
  return t(seconds > 0 ? "in" : "ago", { amount });
}

function left(moment) {
  const seconds = Math.round((moment - Date.now()) / 1000);
  const span = Math.abs(seconds);
  const two = (number) => String(number).padStart(2, "0");
  let amount;
  if (span < 600 && seconds > 0) amount = t("seconds", { m: Math.floor(span / 60), s: two(span % 60) });
  else if (span < 3600) amount = t("minutes", { m: Math.floor(span / 60) });
  else if (span < 48 * 3600) amount = t("hours", { h: Math.floor(span / 3600), m: two(Math.floor((span % 3600) / 60)) });
  else amount = t("days", { n: Math.floor(span / 86400) });
  if (seconds < 0) return [t("late", { amount }), "danger"];
  return [amount, seconds < 7200 ? "warn" : "neutral"];
}

function write(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

function tick() {
  if (document.hidden) return;
  for (const chip of document.querySelectorAll("[data-sla]")) {
    let [text, tone] = left(new Date(chip.dateTime).getTime());
    if (chip.dataset.sla === "due" && tone !== "danger") [text, tone] = [t("due", { amount: text }), "warn"];
    write(chip.querySelector("span"), text);
    if (!chip.classList.contains(`is-${tone}`)) {
      chip.classList.remove("is-neutral", "is-warn", "is-danger");
      chip.classList.add(`is-${tone}`);
      chip.querySelector("use")?.setAttribute("href", `#glyph-${tone}`);
    }
  }
  for (const element of document.querySelectorAll('time[data-when="both"], time[data-when="relative"]')) {
    const words = ago(new Date(element.dateTime).getTime());
    const rest = element.textContent.split(" · ");
    write(element, element.dataset.when === "both" && rest.length > 1 ? `${words} · ${rest[1]}` : words);
  }
  for (const clock of document.querySelectorAll("[data-clock]")) {
    const zone = clock.dataset.clock;
    write(clock, new Intl.DateTimeFormat("sv", { hour: "2-digit", minute: "2-digit", ...(zone ? { timeZone: zone } : {}) }).format(new Date()));
  }
}
setInterval(tick, 1000);
document.addEventListener("visibilitychange", tick);

// --- HTMX manners -------------------------------------------------------------------------------------------------------------------------

document.addEventListener("htmx:configRequest", (event) => {
  event.detail.headers["X-CSRFToken"] = document.querySelector('meta[name="csrf-token"]')?.content ?? "";
});
for (const type of ["htmx:responseError", "htmx:sendError", "htmx:timeout"]) {
  document.addEventListener(type, (event) => {
    const target = event.detail.target ?? document.getElementById("main");
    document.getElementById("load-error")?.remove();
    const note = document.createElement("div");
    note.id = "load-error";
    note.className = "note is-danger mb-4";
    note.setAttribute("role", "alert");
    const text = document.createElement("div");
    const id = event.detail.xhr?.getResponseHeader?.("X-Request-ID");
    text.textContent = t("loadFailed") + (id ? ` (${id})` : "");
    note.append(text);
    target?.before?.(note);
  });
}
document.addEventListener("htmx:beforeRequest", (event) => {
  // What asks for itself rests while nobody looks, and waits its turn while a dialog is open.
  if ("live" in event.detail.elt.dataset && (document.hidden || document.querySelector("dialog[open]"))) event.preventDefault();
  else event.detail.target?.setAttribute("aria-busy", "true");
});
document.addEventListener("htmx:afterRequest", (event) => {
  event.detail.target?.removeAttribute("aria-busy");
  if (event.detail.successful) document.getElementById("load-error")?.remove();
});
// A server that wants a notice or a spoken count sends HX-Trigger: {"toast": {"text": …}, "say": {"text": …}}.
document.addEventListener("toast", (event) => { if (event.detail?.text) toast(event.detail.text, { url: event.detail.undo ?? "" }); });
document.addEventListener("say", (event) => { if (event.detail?.text) announce(event.detail.text); });
document.addEventListener("htmx:afterSettle", (event) => {
  const focus = event.detail.elt?.querySelector?.("[data-focus]");
  focus?.focus();
});
document.querySelector("[data-palette-open]")?.addEventListener("click", openPalette);
// The server opens the dialog that has a problem; only showModal lays it over the page.
for (const dialog of document.querySelectorAll("dialog.dialog[open]:not([data-sample] *)")) {
  dialog.removeAttribute("open");
  dialog.showModal();
}
document.querySelector(".error-summary[data-focus]:not([data-sample] *)")?.focus();
document.querySelector(".nav [aria-current]")?.scrollIntoView({ block: "nearest" });
document.documentElement.toggleAttribute("data-ready", true);
showSettings();
tick();
