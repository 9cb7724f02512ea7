// The blocking panel: an error that stays until the right scan or until somebody says they have read it.
import { t } from "./words.js";

const CONTROL = /[\x00-\x1f\x7f]/g;
const panel = () => document.getElementById("blocker");
// Control characters show as their signs: a person must see what was really scanned.
const printable = (code) => code.replace(CONTROL, (sign) => String.fromCharCode(sign === "\x7f" ? 0x2421 : 0x2400 + sign.charCodeAt(0)));

export function blocked() {
  return panel()?.open ? panel().dataset.verdict : "";
}

export function block({ verdict = "wrong", title, message, code = "" }) {
  const element = panel();
  if (!element) return;
  element.querySelector("#blocker-title").textContent = title || t("refusedTitle");
  element.querySelector("#blocker-message").textContent = message || t("refusedText");
  element.querySelector("[data-blocker-code]").textContent = code ? t("scanned", { code: printable(code) }) : "";
  element.querySelector("[data-blocker-hint]").textContent = t(verdict === "stop" ? "readToClear" : "scanToClear");
  element.dataset.verdict = verdict;
  if (!element.open) element.showModal();
  // Not the button: nothing typed or scanned may press it by accident.
  element.querySelector("#blocker-title").focus();
}

export function unblock() {
  panel()?.close();
}

document.addEventListener("click", (event) => {
  if (!event.target.closest?.("[data-blocker-ack]")) return;
  unblock();
  document.dispatchEvent(new CustomEvent("acknowledged"));
});
document.addEventListener("cancel", (event) => { if (event.target === panel()) event.preventDefault(); }, true);
// Chrome closes a modal dialog on a second Escape whatever `cancel` says.
document.addEventListener("keydown", (event) => { if (event.key === "Escape" && blocked()) event.preventDefault(); }, true);
