// Nothing scanned is ever lost: every act is written to IndexedDB first, then sent in order, one at a time, until the server
// answers. A network error or a sick server only makes it wait. See docs/scan-contract.md.

const NAME = "fulfillment-scans";
const STORE = "acts";
const WAITS = [400, 800, 1600, 3200, 6400, 12800, 20000];

function open() {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open(NAME, 1);
    request.onupgradeneeded = () => request.result.createObjectStore(STORE, { keyPath: "seq", autoIncrement: true });
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

function settled(request) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

/** Where acts are kept. Falls back to memory when the browser has no database, and says so by `lasting`. */
class Shelf {
  async start() {
    try {
      this.db = await open();
      this.lasting = true;
      navigator.storage?.persist?.();
    } catch {
      this.lasting = false;
      this.memory = [];
      this.next = 1;
    }
    return this;
  }

  store(mode) {
    return this.db.transaction(STORE, mode, { durability: "strict" }).objectStore(STORE);
  }

  async add(act) {
    if (this.lasting) return settled(this.store("readwrite").add(act));
    this.memory.push({ ...act, seq: this.next });
    return this.next++;
  }

  async all() {
    return this.lasting ? settled(this.store("readonly").getAll()) : [...this.memory];
  }

  async first() {
    if (!this.lasting) return this.memory[0];
    const cursor = await settled(this.store("readonly").openCursor());
    return cursor?.value;
  }

  async put(act) {
    if (this.lasting) return settled(this.store("readwrite").put(act));
    this.memory = this.memory.map((one) => (one.seq === act.seq ? act : one));
  }

  async remove(seq) {
    if (this.lasting) return settled(this.store("readwrite").delete(seq));
    this.memory = this.memory.filter((act) => act.seq !== seq);
  }
}

export function newId() {
  if (crypto.randomUUID) return crypto.randomUUID();
  // Plain http on the shop's own network has no randomUUID.
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 15) | 64;
  bytes[8] = (bytes[8] & 63) | 128;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}

/** Whether the answer means "not now" (send again, same id) and why. Anything else is the server's last word. */
export function delayed(response) {
  const json = (response.headers.get("content-type") || "").includes("json");
  // The sign-in page, or a CSRF token from before the last sign-in.
  if (response.redirected || response.status === 401 || (response.status === 403 && !json)) return "signedOut";
  if (response.status === 408 || response.status === 425 || response.status === 429 || response.status >= 500) return "offline";
  // A page where JSON was due: a captive portal.
  return response.ok && !json ? "offline" : "";
}

/** Emits `saved` (act), `answer` ({act, status, body}), `trouble` ("offline" | "signedOut" | "") and `change` (queue length). */
export class ScanQueue extends EventTarget {
  constructor({ token = () => "", renew = async () => {} } = {}) {
    super();
    this.token = token;
    this.renew = renew;
    this.waiting = 0;
    this.unwritten = 0; // of them those that are not on the shelf yet
    this.trouble = "";
    this.attempt = 0;
    this.draining = false;
    this.writing = Promise.resolve();
    this.page = newId();
  }

  async start() {
    this.shelf = await new Shelf().start();
    await this.count();
    addEventListener("online", () => this.wake());
    addEventListener("pageshow", () => this.wake());
    document.addEventListener("visibilitychange", () => { if (!document.hidden) this.wake(); });
    if (this.waiting) this.drain();
    return this;
  }

  get lasting() {
    return this.shelf.lasting;
  }

  tell(type, detail) {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }

  /** In turn with the writes: a scan made while the shelf is read is neither left out nor counted twice. */
  async count() {
    this.writing = this.writing.then(async () => {
      const there = await this.shelf.all();
      this.waiting = there.length + this.unwritten;
    });
    await this.writing;
    this.tell("change", this.waiting);
  }

  /** Keep an act, then send it when its turn comes. Resolves when it is safe on the device. */
  add(url, body) {
    const act = { id: body.id || newId(), url, page: this.page, at: new Date().toISOString() };
    act.body = { ...body, id: act.id };
    this.waiting += 1;
    this.unwritten += 1;
    // One write after the other: the order on the shelf is the order of the hand.
    this.writing = this.writing.then(async () => {
      act.seq = await this.shelf.add(act);
      this.unwritten -= 1;
      this.tell("saved", act);
      this.tell("change", this.waiting);
      this.drain();
    });
    return this.writing.then(() => act);
  }

  /** What this page scanned for `from` while the answer that leads to `to` was under way is meant for `to`. */
  lead(from, to) {
    this.writing = this.writing.then(async () => {
      for (const act of await this.shelf.all()) {
        if (act.url === from && act.page === this.page) await this.shelf.put({ ...act, url: to });
      }
    });
  }

  async list() {
    return this.shelf.all();
  }

  wake() {
    this.attempt = 0;
    clearTimeout(this.timer);
    this.drain();
  }

  async drain() {
    if (this.draining) return;
    this.draining = true;
    clearTimeout(this.timer);
    try {
      // Two tabs share one shelf: only one of them sends at a time.
      const work = () => this.sendAll();
      if (navigator.locks) await navigator.locks.request("fulfillment-scan-queue", work);
      else await work();
    } finally {
      this.draining = false;
    }
    if (await this.shelf.first() && !this.trouble) this.drain();
  }

  async sendAll() {
    for (let act = await this.shelf.first(); act; act = await this.shelf.first()) {
      const trouble = await this.send(act);
      this.setTrouble(trouble);
      if (trouble) {
        if (trouble === "signedOut") await this.renew().catch(() => {});
        const wait = WAITS[Math.min(this.attempt, WAITS.length - 1)];
        this.attempt += 1;
        this.timer = setTimeout(() => this.drain(), wait);
        return;
      }
      this.attempt = 0;
      await this.writing; // the answer may have led what follows elsewhere
    }
    await this.count();
  }

  setTrouble(trouble) {
    if (trouble === this.trouble) return;
    this.trouble = trouble;
    this.tell("trouble", trouble);
  }

  /** "" when the server had the last word, else why it must wait. */
  async send(act) {
    let response;
    let body;
    try {
      response = await fetch(act.url, {
        method: "POST",
        body: JSON.stringify(act.body),
        headers: { "Content-Type": "application/json", Accept: "application/json", "X-CSRFToken": this.token() },
        credentials: "same-origin",
        signal: AbortSignal.timeout?.(15000),
      });
      const why = delayed(response);
      if (why) return why;
      body = await response.json().catch(() => null);
      if (response.ok && !body) return "offline";
    } catch {
      return "offline";
    }
    await this.shelf.remove(act.seq);
    this.waiting = Math.max(0, this.waiting - 1);
    this.tell("answer", { act, status: response.status, body: body ?? {} });
    this.tell("change", this.waiting);
    return "";
  }
}
