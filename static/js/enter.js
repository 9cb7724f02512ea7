// Enter presses the button that says so (data-key="Enter") when nothing else has a claim on the key. The Enter that ends a
// scan never comes this far: the scan engine swallows it.
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
