// The playground of /styleguide: shows what the scan engine heard.
import { toast } from "./app.js";
import { block } from "./blocker.js";

const heard = document.getElementById("pg-heard");

function note(text) {
  const item = document.createElement("li");
  item.textContent = text;
  heard.append(item);
}

document.addEventListener("scan", (event) => {
  event.preventDefault();
  const { source, ...rest } = event.detail;
  note(`scan ${JSON.stringify({ code: rest.code, source, ...(rest.alt ? { alt: rest.alt } : {}), ...(rest.gs1 ? { gs1: rest.gs1 } : {}) })}`);
  heard.lastElementChild.dataset.code = event.detail.code;
  heard.lastElementChild.dataset.source = source;
});
document.addEventListener("shortcut", (event) => {
  note(`key ${event.detail.key}`);
  heard.lastElementChild.dataset.shortcut = event.detail.key;
});

let presses = 0;
document.querySelector("[data-count-press]").addEventListener("click", () => {
  presses += 1;
  document.getElementById("pg-pressed").textContent = `Pressed ${presses} times`;
});
document.getElementById("sg-toast").addEventListener("click", () => toast("Wave 12 released: 48 orders.", { undo: () => toast("Taken back.") }));
document.getElementById("sg-block").addEventListener("click", () => {
  block({ verdict: "wrong", title: "Wrong item", message: "This is Mug, blue – you need Mug, green from A-03-2-B. Scan again.", code: "5901234123402" });
});
heard.dataset.ready = "";
