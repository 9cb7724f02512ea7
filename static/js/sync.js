// On desk pages: what floor screens left on this device is sent from here, and the sync dot says how much that is.
import { block } from "./blocker.js";
import { ScanQueue } from "./scanqueue.js";
import { play } from "./sound.js";
import { t } from "./words.js";

const dot = document.querySelector("[data-sync]");
const queue = new ScanQueue({ token: () => document.querySelector('meta[name="csrf-token"]')?.content ?? "" });

function show() {
  const waiting = queue.waiting;
  const trouble = queue.trouble || (navigator.onLine ? "" : "offline");
  document.documentElement.dataset.queue = String(waiting);
  if (!dot) return;
  const text = waiting ? t("queueWaiting", { n: waiting }) : t(trouble === "offline" ? "offline" : "queueEmpty");
  dot.classList.toggle("is-ok", !waiting && !trouble);
  dot.classList.toggle("is-warn", Boolean(waiting || trouble));
  dot.querySelector("use")?.setAttribute("href", waiting || trouble ? "#glyph-warn" : "#glyph-ok");
  dot.querySelector("[data-sync-text]").textContent = text;
  dot.title = text;
}

queue.addEventListener("change", show);
queue.addEventListener("trouble", show);
addEventListener("online", show);
addEventListener("offline", show);
queue.addEventListener("answer", ({ detail: { act, status, body } }) => {
  if (status < 300) return;
  play("wrong");
  block({ verdict: "stop", title: body.title, message: body.message, code: act.body.code ?? "" });
});
queue.start().then(show);
