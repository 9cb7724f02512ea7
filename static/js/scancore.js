// What a scan is: pure functions and one small state machine, no DOM. The page's half is scan.js.
// A keyboard-wedge scanner types like a US keyboard, fast: at least 4 characters, median gap at most 35 ms, then Enter or
// Tab. Nobody types like that, so the two can share one keyboard.

export const LIMITS = Object.freeze({
  characters: 4,
  medianGap: 35,
  // A longer gap starts a new burst. A busy main thread does not matter: event times are taken when the key arrived.
  breakGap: 120,
  // From here on a key is taken for one of a burst before the burst is proven (it then has no effect of its own).
  fastGap: 50,
  silence: 60,
});

const PUNCTUATION = {
  Minus: "-_", Equal: "=+", BracketLeft: "[{", BracketRight: "]}", Backslash: "\\|", Semicolon: ";:", Quote: "'\"",
  Backquote: "`~", Comma: ",<", Period: ".>", Slash: "/?", Space: "  ", IntlBackslash: "\\|",
  NumpadDecimal: "..", NumpadDivide: "//", NumpadMultiply: "**", NumpadSubtract: "--", NumpadAdd: "++",
};
const SHIFTED_DIGITS = ")!@#$%^&*(";
const MODIFIERS = new Set([
  "Shift", "Control", "Alt", "AltGraph", "Meta", "CapsLock", "NumLock", "ScrollLock", "Fn", "FnLock", "Hyper", "Super",
]);
const CONTROL_KEYS = { Escape: "\x1b", Backspace: "\b", Delete: "\x7f" };

/** The character a US keyboard gives for this physical key, or "" when the key is not known. */
export function usCharacter({ code = "", shiftKey = false }) {
  let found = /^Key([A-Z])$/.exec(code);
  if (found) return shiftKey ? found[1] : found[1].toLowerCase();
  found = /^Digit(\d)$/.exec(code);
  if (found) return shiftKey ? SHIFTED_DIGITS[Number(found[1])] : found[1];
  found = /^Numpad(\d)$/.exec(code);
  if (found) return found[1];
  const pair = PUNCTUATION[code];
  return pair ? pair[shiftKey ? 1 : 0] : "";
}

/** What the key means: by its place on the board first (a Thai or Japanese layout must not change a code), by its letter
 *  second. `other` is the second reading, for scanners that are set to the layout of the computer. */
export function characterOf(event) {
  const typed = [...(event.key || "")].length === 1 ? event.key.normalize("NFKC") : "";
  const placed = usCharacter(event);
  const character = placed || typed;
  return { character, other: typed || placed };
}

/** NFKC (full-width becomes ASCII) and no white space at the ends. */
export function fold(text) {
  return text.normalize("NFKC").replace(/^\s+|\s+$/g, (edge) => edge.replace(/[^\x1d]/g, ""));
}

export function median(numbers) {
  const sorted = [...numbers].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** Whether characters that came at these times (ms) came from a scanner. */
export function isBurst(times, limits = LIMITS) {
  if (times.length < limits.characters) return false;
  const gaps = times.slice(1).map((time, index) => time - times[index]);
  return median(gaps) <= limits.medianGap;
}

const AIM = /^\](C1|d2|Q3|e0|J1|[A-Za-z][0-9])/;
const FIXED = { "00": 18, "01": 14, "02": 14, "11": 6, "12": 6, "13": 6, "15": 6, "16": 6, "17": 6, "20": 2 };
const VARIABLE = { "10": 20, "21": 20, "22": 20, "30": 8, "37": 8, "240": 30, "241": 30, "250": 30, "400": 30 };

function gtinIsRight(digits) {
  if (!/^\d{14}$/.test(digits)) return false;
  const sum = [...digits].slice(0, 13).reduce((total, digit, index) => total + Number(digit) * (index % 2 ? 1 : 3), 0);
  return (10 - (sum % 10)) % 10 === Number(digits[13]);
}

function gs1Date(text) {
  if (!/^\d{6}$/.test(text)) return "";
  const [year, month, day] = [2000 + Number(text.slice(0, 2)), Number(text.slice(2, 4)), Number(text.slice(4, 6))];
  if (month < 1 || month > 12) return "";
  // Day 00 means the last day of the month.
  const last = new Date(Date.UTC(year, month, 0)).getUTCDate();
  const date = day === 0 ? last : day;
  return date > last ? "" : `${year}-${String(month).padStart(2, "0")}-${String(date).padStart(2, "0")}`;
}

/** GS1 identifiers (01, 02, 10, 17, 37, …) of an element string, or null when the text is not one. */
export function parseGs1(text, { certain = false } = {}) {
  const bracketed = /^\((\d{2,4})\)/.test(text);
  if (!certain && !bracketed && !text.includes("\x1d") && !(/^01\d{14}/.test(text) && gtinIsRight(text.slice(2, 16)))) return null;
  const found = {};
  if (bracketed) {
    for (const [, ai, value] of text.matchAll(/\((\d{2,4})\)([^(]*)/g)) found[ai] = value;
  } else {
    let rest = text.replace(/^\x1d+/, "");
    while (rest) {
      const ai = [2, 3].map((n) => rest.slice(0, n)).find((key) => key in FIXED || key in VARIABLE);
      if (!ai) {
        // 31nn to 36nn are measures of six digits; anything else ends the reading, what was read stays.
        if (!/^3[1-6]\d\d\d{6}/.test(rest)) break;
        rest = rest.slice(10).replace(/^\x1d/, "");
        continue;
      }
      rest = rest.slice(ai.length);
      let value;
      if (ai in FIXED) value = rest.slice(0, FIXED[ai]);
      else value = rest.split("\x1d", 1)[0].slice(0, VARIABLE[ai]);
      if (ai in FIXED && value.length < FIXED[ai]) break;
      found[ai] = value;
      rest = rest.slice(value.length).replace(/^\x1d/, "");
    }
  }
  const answer = {};
  const gtin = found["01"] || found["02"];
  if (gtin) answer.gtin = gtin;
  if (found["10"]) answer.lot = found["10"];
  if (found["17"] && gs1Date(found["17"])) answer.expiry = gs1Date(found["17"]);
  const count = found["37"] || found["30"];
  if (/^\d+$/.test(count || "")) answer.count = Number(count);
  return Object.keys(answer).length ? answer : null;
}

/** A raw scan as the rest of the system sees it. */
export function read(raw, { other = raw, source = "wedge", symbology = "" } = {}) {
  const aim = AIM.exec(raw);
  const code = fold(aim ? raw.slice(aim[0].length) : raw);
  const alt = fold(AIM.test(other) ? other.slice(3) : other);
  const gs1 = parseGs1(code, { certain: Boolean(aim && ["C1", "d2", "Q3", "e0", "J1"].includes(aim[1])) });
  return { code, raw, alt: alt === code ? "" : alt, gs1, symbology: symbology || (aim ? aim[1] : ""), source };
}

/** Whether two codes are the same thing to a person with a scanner: case-blind, leading zeros of a GTIN apart. */
export function sameCode(a, b) {
  const plain = (text) => fold(text).toUpperCase();
  const [left, right] = [plain(a), plain(b)];
  if (left === right) return true;
  const numeric = /^\d{8,14}$/;
  return numeric.test(left) && numeric.test(right) && left.padStart(14, "0") === right.padStart(14, "0");
}

/** The state machine. Feed it every key; it says what the page must do with the key:
 *  `{scan}` a whole scan ended with this key; `swallow` the key must have no effect of its own; `alone` it may be typing. */
export class Detector {
  constructor({ limits = LIMITS, prefix = "" } = {}) {
    this.limits = limits;
    this.prefix = prefix;
    this.endedAt = -Infinity;
    this.reset();
  }

  reset() {
    this.characters = [];
    this.others = [];
    this.times = [];
    this.prefixed = false;
    this.last = -Infinity;
  }

  get length() {
    return this.characters.length;
  }

  get isBurst() {
    return this.prefixed || isBurst(this.times, this.limits);
  }

  /** Forget a burst that went quiet. True when one was forgotten. */
  expire(time) {
    if (time - this.last <= this.limits.breakGap || (!this.length && !this.prefixed)) return false;
    this.reset();
    return true;
  }

  key(event) {
    const { key = "", code = "", ctrlKey = false, altKey = false, metaKey = false, time } = event;
    if (MODIFIERS.has(key)) return { swallow: false };
    this.expire(time);
    if (this.prefix && (key === this.prefix || code === this.prefix)) {
      this.reset();
      this.prefixed = true;
      this.last = time;
      return { swallow: true };
    }
    const fast = this.length > 0 && time - this.last <= this.limits.fastGap;
    if (key === "Enter" || code === "Enter" || code === "NumpadEnter" || key === "Tab" || code === "Tab") return this.end(time);
    if (metaKey) return this.leave();
    const graph = ctrlKey && altKey;
    if (ctrlKey && !graph) {
      // A control character typed by the scanner is data, never a browser command; by a hand it is a command.
      if (!(fast && this.length > 1)) return this.leave();
      const letter = usCharacter({ code });
      if (letter) this.push(String.fromCharCode(letter.toUpperCase().charCodeAt(0) & 31), null, time);
      return { swallow: true, fast };
    }
    if (altKey && !graph) return fast && this.length > 1 ? { swallow: true, fast } : this.leave();
    const { character, other } = characterOf(event);
    if (character) {
      this.push(character, other, time);
      return { swallow: false, fast, character, alone: this.length === 1 };
    }
    if (key === "Unidentified" || key === "Process" || key === "Dead" || key === "") return { swallow: false, blind: true };
    if (!(fast && this.length > 1)) return this.leave();
    if (key in CONTROL_KEYS) this.push(CONTROL_KEYS[key], null, time);
    else this.last = time;
    return { swallow: true, fast };
  }

  /** A character that came without a usable key event (soft keyboard, input method). */
  push(character, other, time) {
    this.characters.push(character);
    this.others.push(other ?? character);
    this.times.push(time);
    this.last = time;
  }

  /** Enter, Tab, or silence after a prefix. */
  end(time) {
    const scanned = this.length > 0 && this.isBurst;
    if (!scanned) {
      // The second half of a CR LF suffix.
      const echo = !this.length && time - this.endedAt <= this.limits.breakGap;
      this.reset();
      return { swallow: echo };
    }
    const scan = { raw: this.characters.join(""), other: this.others.join("") };
    this.reset();
    this.endedAt = time;
    return { swallow: true, scan };
  }

  leave() {
    this.reset();
    return { swallow: false };
  }
}
