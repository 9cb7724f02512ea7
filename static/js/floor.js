// A floor screen: judges a scan from the job's own data at once, keeps it, sends it, shows the server's verdict.
import { CARRIED, emit, isTextField, setOffline, typeIt } from "./scan.js";
import { sameCode } from "./scancore.js";
import { block, blocked, unblock } from "./blocker.js";
import { ScanQueue, newId } from "./scanqueue.js";
import { play } from "./sound.js";
import { announce, settings, t } from "./words.js";

const CODES_AGREE = (expected, detail) =>
  (expected ?? []).some((code) => [detail.code, detail.alt, detail.gs1?.gtin].some((read) => read && sameCode(code, read)));
const GOOD = new Set(["ok", "line_done", "done"]);

const tokenElement = () => document.querySelector('meta[name="csrf-token"]');
const queue = new ScanQueue({ token: () => tokenElement()?.content ?? "", renew: renewToken });
const counts = { confirmed: 0, refused: 0 };
const judged = new Map(); // act id → the local verdict, until the server's comes
let at = 0; // where the device is in the job; may be ahead of the server
let redirect = "";
const ready = queue.start();

/** After a new sign-in (in another tab) the old token is stale: take the one of a fresh copy of this page. */
async function renewToken() {
  const response = await fetch(location.href, { credentials: "same-origin" });
  if (response.redirected || !response.ok) return;
  const page = new DOMParser().parseFromString(await response.text(), "text/html");
  const token = page.querySelector('meta[name="csrf-token"]')?.content;
  if (token) tokenElement().content = token;
}

const jobElement = () => document.getElementById("job");
const verdictElement = () => document.getElementById("verdict");

function readJob() {
  const element = jobElement();
  const source = element?.querySelector("#job-data")?.textContent || element?.dataset.job;
  let data = null;
  try { data = source ? JSON.parse(source) : null; } catch { /* Without job data the server judges alone. */ }
  at = data?.at ?? 0;
  return data;
}
let job = readJob();

// --- what a scan means here and now -----------------------------------------------------------------------------------------

function judge(detail) {
  if (!job?.steps || CODES_AGREE(job.always, detail)) return null;
  const step = job.steps[at];
  if (!step?.expect) return null;
  if (CODES_AGREE(step.expect, detail)) return { verdict: step.line_done ? "line_done" : "ok", step: step.step };
  // Seen earlier in this job: perhaps one too many, perhaps "all of it". Only the server can tell.
  if (job.steps.slice(0, at).some((earlier) => CODES_AGREE(earlier.expect, detail))) return { verdict: "unsure", step: step.step };
  const known = Object.entries(job.known ?? {}).find(([code]) => CODES_AGREE([code], detail));
  const elsewhere = known || job.steps.some((other) => CODES_AGREE(other.expect, detail));
  if (!elsewhere) return { verdict: "unsure", step: step.step };
  return {
    verdict: "wrong", step: step.step, title: t("wrongTitle"),
    message: known ? t("wrongNamed", { name: known[1] }) : t("wrongPlain"),
  };
}

function showStep() {
  const shown = job?.steps?.[at]?.show;
  if (!shown) return;
  for (const element of jobElement()?.querySelectorAll("[data-show]") ?? []) {
    const text = shown[element.dataset.show];
    if (text !== undefined) element.textContent = text;
  }
}

// --- showing ------------------------------------------------------------------------------------------------------------------

function say(tone, text, { flash = true } = {}) {
  const strip = verdictElement();
  if (!strip || !text) return;
  strip.dataset.tone = tone;
  strip.querySelector("[data-verdict-text]").textContent = text;
  strip.classList.remove("is-flash");
  if (flash) requestAnimationFrame(() => strip.classList.add("is-flash"));
}

function showCounts() {
  const waiting = queue.waiting;
  for (const element of document.querySelectorAll("[data-scan-counts]")) {
    const figures = [["saved", "○", waiting], ["confirmed", "●", counts.confirmed], ["refused", "▲", counts.refused]];
    element.hidden = !figures.some(([, , figure]) => figure);
    element.replaceChildren(...figures.map(([name, mark, figure]) => {
      const item = document.createElement("span");
      const word = document.createElement("small");
      if (figure) item.dataset.some = name;
      item.dataset.count = name;
      word.textContent = ` ${t(name)}`;
      item.append(`${mark} ${figure}`, word);
      return item;
    }));
  }
  for (const element of document.querySelectorAll("[data-queue-text]")) {
    element.textContent = waiting ? t("queueWaiting", { n: waiting }) : t("queueEmpty");
  }
  document.documentElement.dataset.queue = String(waiting);
}

function readFresh(html) {
  const template = document.createElement("template");
  template.innerHTML = html;
  return template.content.querySelector("#job");
}

function replaceJob(fresh) {
  const old = jobElement();
  if (!old || !fresh) return;
  // Never take a field away under the typing hand, nor a dialog that is open.
  const focused = old.contains(document.activeElement) ? document.activeElement : null;
  const kept = focused?.id ? { id: focused.id, value: isTextField(focused) ? focused.value : null } : null;
  old.replaceWith(fresh);
  window.htmx?.process(fresh);
  job = readJob();
  if (kept) {
    const again = document.getElementById(kept.id);
    if (again && kept.value !== null) again.value = kept.value;
    again?.focus();
  }
  if (!document.activeElement || document.activeElement === document.body) focusScanner();
  document.dispatchEvent(new CustomEvent("job", { detail: job }));
}

/** Input methods only write into a focused field; the scan bar is that field whenever nothing else is wanted. */
function focusScanner() {
  if (document.querySelector("dialog[open]")) return;
  document.querySelector("[data-scan-input]")?.focus({ preventScroll: true });
}

// --- acts ---------------------------------------------------------------------------------------------------------------------

function act(body) {
  const url = jobElement()?.dataset.scanUrl;
  if (!url) return null;
  const id = newId();
  ready.then(() => queue.add(url, { id, ...body }));
  return id;
}

function onScan(event) {
  const detail = event.detail;
  const element = jobElement();
  if (!element?.dataset.scanUrl) return; // no work here: app.js opens what was scanned
  event.preventDefault();
  const stopped = blocked() === "stop";
  const body = { code: detail.code };
  if (detail.raw !== detail.code) body.raw = detail.raw;
  if (detail.alt) body.alt = detail.alt;
  if (detail.gs1) body.gs1 = detail.gs1;
  if (detail.source === "typed") body.typed = true;
  const local = judge(detail);
  const step = job?.steps?.[at]?.step;
  if (step) body.step = step;
  if (stopped) {
    play("stop");
    return;
  }
  const id = act(body);
  judged.set(id, { verdict: local?.verdict ?? "", at });
  if (!local || local.verdict === "unsure") {
    say("busy", t("checking"), { flash: false });
    play("saved");
  } else if (local.verdict === "wrong") {
    play("wrong");
    block({ ...local, code: detail.code });
  } else {
    unblock();
    at += 1;
    play(local.verdict);
    say("ok", t(local.verdict === "line_done" ? "rightLine" : "right"));
    showStep();
    if (job.steps[at] && !job.steps[at].expect && at === job.steps.length - 1) say("busy", t("saving", { n: queue.waiting + 1 }), { flash: false });
  }
}

function onAnswer({ act: sent, status, body }) {
  const local = judged.get(sent.id);
  judged.delete(sent.id);
  const here = sent.url === jobElement()?.dataset.scanUrl;
  const verdict = body.verdict ?? (status < 300 ? "ok" : "refused");
  const code = sent.body.code ?? "";
  if (status < 300) {
    counts.confirmed += 1;
    if (GOOD.has(verdict)) {
      // What was wrong on the device and right at the server is right: the server knows more.
      if (local?.verdict === "wrong") unblock();
      else if (!local?.verdict || local.verdict === "unsure") { unblockIfRight(); play(verdict); }
      else if (verdict === "done") play("done");
      say("ok", body.message, { flash: !local?.verdict });
    } else {
      if (local?.verdict === "wrong") unblock();
      play(verdict);
      say("warn", body.message);
    }
  } else {
    counts.refused += 1;
    if (local?.verdict !== "wrong") play(["wrong", "unknown", "too_many", "stop"].includes(verdict) ? verdict : "wrong");
    // The device walked on too early: go back to where the server stands.
    if (here && local && at > local.at && local.verdict !== "wrong") {
      at = local.at;
      showStep();
    }
    const titles = { wrong: "wrongTitle", unknown: "unknownTitle" };
    block({ verdict, title: body.title || t(titles[verdict] ?? "refusedTitle"), message: body.speak || body.message, code });
  }
  if (here && body.html) showAnswer(sent.url, body.html, status < 300);
  if (body.speak && status < 300) announce(body.speak);
  for (const url of body.print ?? []) print(url);
  if (body.redirect && here) redirect = body.redirect;
  document.dispatchEvent(new CustomEvent("verdict", { detail: { ...body, verdict, status, id: sent.id, code } }));
  if (redirect && !queue.waiting && !blocked()) leave();
}

/** The answer's screen is shown when nothing waits behind it, and at once when it is of another job: that is what comes next. */
function showAnswer(asked, html, good) {
  const fresh = readFresh(html);
  const next = fresh?.dataset.scanUrl;
  const opens = good && Boolean(next) && next !== asked;
  if (opens) queue.lead(asked, next);
  if (opens || !queue.waiting) replaceJob(fresh);
}

function unblockIfRight() {
  if (blocked() !== "stop") unblock();
}

function leave() {
  const url = new URL(redirect, location.href);
  redirect = "";
  // The last cue is heard before the page goes.
  if (url.origin === location.origin) setTimeout(() => location.assign(url), 450);
}

/** Print a PDF of ours without a dialog where the browser allows it (kiosk printing), with one elsewhere. */
export function print(address) {
  const url = new URL(address, location.href);
  if (url.origin !== location.origin) return;
  document.dispatchEvent(new CustomEvent("print-document", { detail: url.pathname }));
  const frame = document.createElement("iframe");
  frame.className = "sr-only";
  frame.title = url.pathname;
  frame.tabIndex = -1;
  frame.setAttribute("aria-hidden", "true");
  frame.src = url.pathname + url.search;
  frame.addEventListener("load", () => {
    try { frame.contentWindow.print(); } catch { window.open(url, "_blank", "noopener"); }
    setTimeout(() => frame.remove(), 60000);
  });
  document.body.append(frame);
}

// --- buttons and forms ----------------------------------------------------------------------------------------------------------

function pressed(element, extra = {}) {
  const values = {};
  for (const [name, value] of Object.entries(element.dataset)) {
    if (name.startsWith("value")) values[name.slice(5).replace(/[A-Z]/g, (c, i) => (i ? "_" : "") + c.toLowerCase())] = value;
  }
  const step = job?.steps?.[at]?.step;
  const id = act({ action: element.dataset.action, ...(step ? { step } : {}), ...values, ...extra });
  if (!id) return;
  judged.set(id, { verdict: "", at });
  say("busy", t("checking"), { flash: false });
  element.closest("dialog")?.close();
}

document.addEventListener("click", (event) => {
  const button = event.target.closest?.("button[data-action]");
  if (button && !button.disabled && button.getAttribute("aria-disabled") !== "true") {
    event.preventDefault();
    // A double click is one act: the second within the blink of an eye is the same press.
    if (event.detail > 1) return;
    pressed(button);
    return;
  }
  const test = event.target.closest?.("[data-sound-test]");
  if (test) play(test.dataset.soundTest);
});

document.addEventListener("submit", (event) => {
  const form = event.target.closest?.("form[data-action]");
  if (!form) return;
  event.preventDefault();
  if (!form.reportValidity()) return;
  const values = {};
  for (const [name, value] of new FormData(form, event.submitter ?? undefined)) {
    if (name === "csrfmiddlewaretoken" || typeof value !== "string") continue;
    values[name] = name in values ? [].concat(values[name], value) : value;
  }
  pressed(form, values);
});

document.addEventListener("scan", onScan);
document.addEventListener("acknowledged", () => { if (redirect && !queue.waiting) leave(); });
// Whatever dialog goes, the scan bar is next.
document.addEventListener("close", (event) => { if (event.target.tagName === "DIALOG") focusScanner(); }, true);
queue.addEventListener("answer", (event) => onAnswer(event.detail));
queue.addEventListener("change", showCounts);
queue.addEventListener("trouble", (event) => {
  setOffline(Boolean(event.detail));
  if (event.detail === "signedOut") say("warn", t("signedOut", { n: queue.waiting }));
  else if (event.detail) { play("saved"); say("warn", t("savedOffline", { n: queue.waiting })); }
});
queue.addEventListener("saved", () => { if (queue.trouble === "offline") say("warn", t("savedOffline", { n: queue.waiting }), { flash: false }); });

// What was scanned at a desk page led here: it is this screen's first scan.
function takeCarried() {
  const code = new URLSearchParams(location.search).get("code");
  const carried = sessionStorage.getItem(CARRIED);
  sessionStorage.removeItem(CARRIED);
  if (!code) return;
  history.replaceState(null, "", location.pathname);
  if (code === carried) emit(code);
}

ready.then(() => {
  showCounts();
  if (!queue.lasting) say("warn", t("notSaved"));
  takeCarried();
});
document.addEventListener("pointerup", (event) => {
  if (event.target.closest?.("a, button, input, select, textarea, label, dialog, summary")) return;
  for (const bar of document.querySelectorAll("[data-scanbar]")) typeIt(bar, false);
  focusScanner();
});
focusScanner();
if (settings.get("wake", "on") === "on") {
  const wake = () => { if (!document.hidden) navigator.wakeLock?.request("screen").catch(() => {}); };
  document.addEventListener("visibilitychange", wake);
  wake();
}
