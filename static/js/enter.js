// Enter and the function keys press the button that says so (data-key="Enter", data-fkey="F2") when nothing else has a claim on
// the key. The Enter that ends a scan never comes this far: the scan engine swallows it.
import { settings } from "./words.js";

document.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.defaultPrevented || event.repeat || event.isComposing || !settings.on("shortcuts")) return;
  const target = event.target;
  if (target.closest?.("button, a, select, textarea, summary, form") || (target.matches?.("input") && !target.matches("[data-scan-input]"))) return;
  const root = document.querySelector("dialog[open]") ?? document;
  const button = [...root.querySelectorAll('[data-key="Enter"]')].find((element) => !element.disabled && element.offsetParent);
  if (!button) return;
  event.preventDefault();
  button.click();
});

// A field with a button of its own in a larger form: Enter presses that button, not the form's first.
document.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.defaultPrevented || event.repeat || event.isComposing || !event.target.matches?.("[data-enter-here] input")) return;
  event.preventDefault();
  event.target.closest("[data-enter-here]").querySelector("button").click();
});

document.addEventListener("keydown", (event) => {
  if (!/^F\d$/.test(event.key) || event.repeat || event.ctrlKey || event.altKey || event.metaKey || event.shiftKey) return;
  if (document.querySelector("dialog[open]") || !settings.on("shortcuts")) return;
  const button = [...document.querySelectorAll(`[data-fkey="${event.key}"]`)].find((element) => !element.disabled && element.offsetParent);
  if (!button) return;
  event.preventDefault();
  button.click();
});

// A number typed but not yet sent belongs to the item before: the next scan sends it first (form[data-commit-on-scan]).
let touched = null;
document.addEventListener("input", (event) => { touched = event.target.closest?.("form[data-commit-on-scan]") ?? touched; });
document.addEventListener("submit", () => { touched = null; });
document.addEventListener("scan", () => {
  if (touched?.isConnected) touched.requestSubmit();
  touched = null;
}, true);
