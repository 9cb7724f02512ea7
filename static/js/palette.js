// Ctrl-K: go anywhere, open anything. A combobox over the pages the person may open, plus "open this code".
import { CARRIED } from "./scan.js";
import { announce, t } from "./words.js";

const dialog = document.getElementById("palette");
const input = dialog?.querySelector("input");
const list = dialog?.querySelector("[role=listbox]");
let current = null;

const visible = () => [...list.querySelectorAll("[role=option]:not([hidden])")];

function choose(option) {
  current?.setAttribute("aria-selected", "false");
  current = option ?? null;
  current?.setAttribute("aria-selected", "true");
  current?.scrollIntoView({ block: "nearest" });
  if (current) input.setAttribute("aria-activedescendant", current.id);
  else input.removeAttribute("aria-activedescendant");
}

function filter() {
  const text = input.value.trim();
  const plain = text.toLocaleLowerCase();
  for (const option of list.querySelectorAll("[data-url]")) option.hidden = Boolean(plain) && !option.dataset.text.toLocaleLowerCase().includes(plain);
  const go = list.querySelector("[data-go-code]");
  const search = list.querySelector("[data-search-orders]");
  go.hidden = search.hidden = !text;
  go.querySelector("[data-palette-go]").textContent = t("openCode", { code: text });
  search.querySelector("[data-palette-search]").textContent = t("searchOrders", { code: text });
  const options = visible();
  choose(options[0]);
  announce(t("results", { n: options.length }));
}

export function goTo(code) {
  const base = document.body.dataset.goUrl;
  sessionStorage.setItem(CARRIED, code);
  if (base) location.assign(`${base}?code=${encodeURIComponent(code)}`);
}

function run(option, newTab) {
  const text = input.value.trim();
  let url = option.dataset.url;
  if ("goCode" in option.dataset) url = `${document.body.dataset.goUrl}?code=${encodeURIComponent(text)}`;
  if ("searchOrders" in option.dataset) {
    const form = document.querySelector("form[role=search]");
    url = `${form?.action ?? ""}?q=${encodeURIComponent(text)}`;
  }
  if (!url) return;
  dialog.close();
  if (newTab) window.open(url, "_blank", "noopener");
  else location.assign(url);
}

export function openPalette() {
  if (!dialog || dialog.open) return;
  dialog.showModal();
  input.value = "";
  filter();
  input.focus();
}

if (dialog) {
  input.addEventListener("input", filter);
  input.addEventListener("keydown", (event) => {
    const options = visible();
    const place = options.indexOf(current);
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      const step = event.key === "ArrowDown" ? 1 : -1;
      choose(options[(place + step + options.length) % options.length]);
    } else if (event.key === "Enter" && current) {
      event.preventDefault();
      run(current, event.ctrlKey || event.metaKey);
    }
  });
  list.addEventListener("click", (event) => {
    const option = event.target.closest("[role=option]");
    if (option) run(option, event.ctrlKey || event.metaKey);
  });
  document.addEventListener("keydown", (event) => {
    if ((event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey && (event.key === "k" || event.code === "KeyK")) {
      event.preventDefault();
      openPalette();
    }
  });
}
