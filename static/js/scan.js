// The page's half of the scan engine: hears every key and every input event first, tells scans from typing (scancore.js)
// and announces `scan` and `shortcut` on the document. Import it once; app.js does.
import { Detector, LIMITS, fold, read } from "./scancore.js";
import { announce, settings, t } from "./words.js";

const detector = new Detector({ prefix: settings.get("scan-prefix", "") });
const ours = new Set(); // physical keys whose keyup must be swallowed too
let before = null; // the focused field as it was when the burst began
let began = null; // what had the focus when the burst began
let viaInput = false; // the burst is heard by input events, not by keys
let quiet = 0; // timer of the silence that makes a single key a shortcut
let told = 0; // how many characters of the burst were already announced as single keys
let quietScan = 0; // timer that ends a burst without suffix in the scan bar

const isScanInput = (element) => element?.matches?.("[data-scan-input]") ?? false;
const isReadyScanInput = (element) => isScanInput(element) && element.inputMode === "none";

/** Where typed text belongs to the person. The scan bar does not count, unless it was switched to typing. */
export function isTextField(element) {
  if (!element || isReadyScanInput(element)) return false;
  if (element.isContentEditable || element.tagName === "TEXTAREA") return true;
  return element.tagName === "INPUT" && !/^(button|submit|reset|checkbox|radio|range|color|file|image)$/.test(element.type);
}

function holdsValue(element) {
  return element && (element.tagName === "SELECT" || (element.tagName === "INPUT" && !/^(button|submit|reset|file|image)$/.test(element.type)) || element.tagName === "TEXTAREA");
}

function remember(element) {
  before = null;
  began = document.activeElement;
  if (!holdsValue(element)) return;
  let [start, end] = [element.value.length, element.value.length];
  try { if (element.selectionStart !== null) [start, end] = [element.selectionStart, element.selectionEnd]; } catch { /* No selection in this type. */ }
  before = { element, value: element.value, checked: element.checked, start, end };
}

function restore() {
  if (!before) return;
  const { element, value, checked, start, end } = before;
  before = null;
  if (element.value === value && element.checked === checked) return;
  element.value = value;
  if (element.type === "checkbox" || element.type === "radio") element.checked = checked;
  try { element.setSelectionRange?.(start, end); } catch { /* Number and date fields have no selection. */ }
  // Active searches compare: they find the old value and stay quiet.
  element.dispatchEvent(new Event("input", { bubbles: true }));
}

// A floor screen opened by a scan at a desk page takes that code as its first scan. That it was scanned here is kept in the
// session of this tab: a link from elsewhere that names a code opens the screen and does nothing.
export const CARRIED = "carried-scan";

export function emit(raw, options = {}) {
  const detail = read(raw, options);
  if (!detail.code) return;
  clearTimeout(quiet);
  const event = new CustomEvent("scan", { detail, cancelable: true });
  document.dispatchEvent(event);
}

function swallow(event) {
  event.preventDefault();
  event.stopImmediatePropagation();
  if (event.code || event.key) ours.add(event.code || event.key);
}

function finish(scan, source) {
  const target = before?.element;
  clearTimeout(quietScan);
  restore();
  // A slow page may have taken the first key for a shortcut that moved the focus: put it back.
  if (began && began !== document.activeElement && began.isConnected && began !== document.body) began.focus({ preventScroll: true });
  began = null;
  viaInput = false;
  if (isScanInput(target)) target.value = "";
  state("ready");
  emit(scan.raw, { other: scan.other, source });
}

function onKeyDown(event) {
  const target = event.composedPath()[0] || event.target;
  const time = event.timeStamp;
  if (event.repeat && !detector.length) return;
  const text = isTextField(target);
  if (detector.expire(time)) viaInput = false;
  if (!detector.length) {
    told = 0;
    remember(target);
  }
  const answer = detector.key({
    key: event.key, code: event.code, shiftKey: event.shiftKey, ctrlKey: event.ctrlKey, altKey: event.altKey,
    metaKey: event.metaKey, time,
  });
  clearTimeout(quiet);
  if (answer.scan) {
    swallow(event);
    finish(answer.scan, viaInput ? "input" : "wedge");
    return;
  }
  if (answer.swallow) {
    swallow(event);
    return;
  }
  if (answer.blind) return;
  if (event.key === "Enter" && isScanInput(target) && fold(target.value)) {
    swallow(event);
    const typed = target.value;
    target.value = "";
    emit(typed, { source: "typed" });
    return;
  }
  if (!answer.character) return;
  viaInput = false;
  if (text) {
    // Typing goes through; once the burst is proven, the rest of it does not reach the field at all.
    if (detector.isBurst) swallow(event);
    return;
  }
  if (answer.fast || isReadyScanInput(target)) swallow(event);
  if (detector.length > 1) state("reading");
  else if (event.key === "/" || event.key === "'") event.preventDefault(); // Firefox would open its own search
  quiet = setTimeout(single, LIMITS.silence, { key: shortcutKey(event), target });
}

// Letters by the character when it is Latin, else by place: J is J on a Thai keyboard too.
function shortcutKey(event) {
  if (/^[\x20-\x7e]$/.test(event.key)) return event.key.toLowerCase();
  return detector.characters[0]?.toLowerCase() ?? event.key;
}

function single(typed) {
  if (navigator.scheduling?.isInputPending?.()) {
    quiet = setTimeout(single, LIMITS.silence, typed);
    return;
  }
  const fresh = detector.characters.slice(told);
  // Two or three keys in one quick move: a number, or "g" and a place. Anything else that quick is no shortcut.
  const several = detector.length < LIMITS.characters && (fresh.every((key) => /\d/.test(key)) || (fresh.length === 2 && fresh[0] === "g"));
  const keys = fresh.length === 1 ? [typed.key] : several ? fresh : [];
  // The burst stays: when the page was only slow, the rest of the scan is still on its way.
  told = detector.length;
  state("ready");
  for (const key of keys) document.dispatchEvent(new CustomEvent("shortcut", { detail: { key, target: typed.target } }));
}

function onKeyUp(event) {
  if (!ours.delete(event.code || event.key)) return;
  event.preventDefault();
  event.stopImmediatePropagation();
}

// --- input methods and soft keyboards: no usable key, only text that appears -------------------------------------------

function onBeforeInput(event) {
  if (event.inputType === "insertLineBreak" && viaInput && detector.length) {
    const answer = detector.end(event.timeStamp);
    if (answer.scan) {
      event.preventDefault();
      finish(answer.scan, "input");
    }
    return;
  }
  if (detector.expire(event.timeStamp)) viaInput = false;
  if (!detector.length) remember(event.target);
}

function onInput(event) {
  if (!event.isTrusted && !event.inputType) return;
  const element = event.target;
  if (/^(insertFromPaste|insertFromDrop|delete|history)/.test(event.inputType || "")) return;
  if (before?.element !== element || typeof element.value !== "string") return;
  if (detector.length && !viaInput) {
    // Keys already gave these characters (a Japanese input method shows them a second time).
    return;
  }
  const inserted = element.value.slice(before.start, element.value.length - (before.value.length - before.end));
  const fresh = [...inserted].slice(detector.length);
  if (!fresh.length) return;
  viaInput = true;
  for (const character of fresh) detector.push(character.normalize("NFKC"), null, event.timeStamp);
  clearTimeout(quietScan);
  if (isScanInput(element)) quietScan = setTimeout(endQuietly, 150, element);
}

// A wedge without suffix, in the scan bar: silence ends it.
function endQuietly(element) {
  if (!viaInput || !detector.length || !isReadyScanInput(element)) return;
  const answer = detector.end(performance.now());
  if (answer.scan) finish(answer.scan, "input");
}

// --- the scan bar ---------------------------------------------------------------------------------------------------------

let offline = false;

export function state(name) {
  for (const bar of document.querySelectorAll("[data-scanbar]")) {
    const typing = bar.querySelector("[data-scan-input]")?.inputMode !== "none";
    const shown = name === "ready" && offline ? "offline" : name;
    const label = bar.querySelector("[data-scanbar-state]");
    const words = t(shown === "ready" && typing ? "typing" : shown);
    if (bar.dataset.state !== shown) bar.dataset.state = shown;
    if (label && label.textContent !== words) label.textContent = words;
  }
}

export function setOffline(value) {
  offline = value;
  state("ready");
}

export function typeIt(bar, on) {
  const input = bar.querySelector("[data-scan-input]");
  input.inputMode = on ? "text" : "none";
  bar.querySelector("[data-type-it]")?.setAttribute("aria-pressed", String(on));
  if (on) input.focus();
  else input.value = "";
  state("ready");
}

function onClick(event) {
  const bar = event.target.closest?.("[data-scanbar]");
  if (!bar) return;
  const input = bar.querySelector("[data-scan-input]");
  if (event.target.closest("[data-type-it]")) typeIt(bar, input.inputMode === "none");
  else if (event.target.closest("[data-camera]")) toggleCamera(bar);
  else if (event.target === input && event.pointerType === "mouse" && input.inputMode === "none") typeIt(bar, true);
}

function onFocusOut(event) {
  const bar = event.target.closest?.("[data-scanbar]");
  if (bar && isScanInput(event.target) && !bar.contains(event.relatedTarget)) typeIt(bar, false);
}

// --- camera ----------------------------------------------------------------------------------------------------------------

let camera = null;

async function toggleCamera(bar) {
  const button = bar.querySelector("[data-camera]");
  if (camera) {
    camera.stop();
    camera = null;
    button.setAttribute("aria-pressed", "false");
    return;
  }
  try {
    camera = await openCamera(bar);
    button.setAttribute("aria-pressed", "true");
    announce(t("cameraOn"));
  } catch {
    announce(t("cameraOff"));
    typeIt(bar, true);
  }
}

async function openCamera(bar) {
  const stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment", width: 1280 } });
  const box = document.createElement("div");
  box.className = "camera";
  const video = document.createElement("video");
  video.muted = true;
  video.playsInline = true;
  video.srcObject = stream;
  box.append(video);
  bar.before(box);
  await video.play();
  const look = "BarcodeDetector" in window ? nativeLook(video) : serverLook(video, bar.dataset.cameraUrl);
  let seen = "";
  let seenAt = 0;
  let going = true;
  (async () => {
    while (going) {
      const found = await look().catch(() => null);
      const now = performance.now();
      if (going && found && (found.text !== seen || now - seenAt > 2500)) {
        seen = found.text;
        seenAt = now;
        emit(found.text, { source: "camera", symbology: found.symbology });
      }
      await new Promise((resolve) => setTimeout(resolve, 250));
    }
  })();
  return { stop() { going = false; stream.getTracks().forEach((track) => track.stop()); box.remove(); } };
}

function nativeLook(video) {
  const reader = new window.BarcodeDetector();
  return async () => {
    const [first] = await reader.detect(video);
    return first ? { text: first.rawValue, symbology: first.format } : null;
  };
}

function serverLook(video, url) {
  if (!url) throw new Error("no camera endpoint");
  const canvas = document.createElement("canvas");
  return async () => {
    canvas.width = video.videoWidth;
    canvas.height = video.videoHeight;
    canvas.getContext("2d").drawImage(video, 0, 0);
    const body = await new Promise((resolve) => canvas.toBlob(resolve, "image/jpeg", 0.8));
    const token = document.querySelector('meta[name="csrf-token"]')?.content ?? "";
    const response = await fetch(url, { method: "POST", body, headers: { "Content-Type": "image/jpeg", "X-CSRFToken": token } });
    const found = response.ok ? await response.json() : null;
    return found?.text ? { text: found.text, symbology: found.symbology } : null;
  };
}

// --- start ------------------------------------------------------------------------------------------------------------------

const first = { capture: true };
window.addEventListener("keydown", onKeyDown, first);
window.addEventListener("keyup", onKeyUp, first);
window.addEventListener("beforeinput", onBeforeInput, first);
window.addEventListener("input", onInput, first);
document.addEventListener("click", onClick);
document.addEventListener("focusout", onFocusOut);
window.addEventListener("online", () => setOffline(false));
window.addEventListener("offline", () => setOffline(true));
if (!navigator.onLine) setOffline(true);
for (const button of document.querySelectorAll("[data-scanbar] [data-camera]")) {
  const bar = button.closest("[data-scanbar]");
  button.hidden = !(navigator.mediaDevices?.getUserMedia && ("BarcodeDetector" in window || bar.dataset.cameraUrl));
}
