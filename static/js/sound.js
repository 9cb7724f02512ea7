// Cues made of oscillators, no files. Every cue stands beside words on the screen; sound can be muted per device.
import { settings } from "./words.js";

// [frequency Hz, start ms, length ms, wave]
const rising = (...notes) => notes.map((note, index) => [note, index * 80, 70, "sine"]);
const CUES = {
  ok: { notes: [[880, 0, 60, "sine"], [1320, 60, 60, "sine"]], buzz: [40] },
  line_done: { notes: rising(880, 1109, 1320), buzz: [40] },
  done: { notes: rising(660, 880, 1109, 1320), buzz: [40, 40, 80] },
  already: { notes: [[440, 0, 90, "sine"], [440, 150, 90, "sine"]], buzz: [60, 60, 60] },
  too_many: { notes: [[440, 0, 90, "square"], [440, 150, 90, "square"], [440, 300, 90, "square"]], buzz: [60, 60, 60, 60, 60] },
  wrong: { notes: [[220, 0, 180, "square"], [220, 260, 180, "square"]], buzz: [120, 60, 120] },
  unknown: { notes: [[220, 0, 320, "square"]], buzz: [250] },
  stop: { notes: [[220, 0, 180, "square"], [220, 260, 180, "square"], [165, 520, 260, "square"]], buzz: [120, 60, 120, 60, 200] },
  decision: { notes: [[660, 0, 80, "sine"], [660, 140, 80, "sine"], [660, 280, 80, "sine"]], buzz: [40, 60, 40] },
  saved: { notes: [[600, 0, 30, "sine"]], buzz: [20] },
  gong: { notes: [[196, 0, 1200, "sine"], [392, 0, 900, "sine"]], buzz: [] },
};
let context = null;

function unlock() {
  const Audio = window.AudioContext || window.webkitAudioContext;
  if (!Audio) return null;
  context ??= new Audio();
  if (context.state === "suspended") context.resume();
  return context;
}
// Browsers let a page sound only after a first touch or key; a scan is a key.
for (const type of ["pointerdown", "keydown"]) document.addEventListener(type, unlock, { capture: true, once: true });

export function play(name) {
  const cue = CUES[name];
  if (!cue) return;
  document.dispatchEvent(new CustomEvent("cue", { detail: name }));
  if (!settings.on("sound")) return;
  // Not allowed before a first touch.
  if (navigator.userActivation?.hasBeenActive) navigator.vibrate?.(cue.buzz);
  const audio = unlock();
  if (!audio) return;
  const now = audio.currentTime + 0.005;
  const volume = Number(settings.get("volume", "0.25"));
  for (const [frequency, start, length, wave] of cue.notes) {
    const oscillator = audio.createOscillator();
    const gain = audio.createGain();
    const [from, to] = [now + start / 1000, now + (start + length) / 1000];
    oscillator.type = wave;
    oscillator.frequency.value = frequency;
    gain.gain.setValueAtTime(0, from);
    gain.gain.linearRampToValueAtTime(wave === "square" ? volume * 0.6 : volume, from + 0.006);
    gain.gain.setValueAtTime(wave === "square" ? volume * 0.6 : volume, Math.max(from + 0.006, to - 0.02));
    gain.gain.linearRampToValueAtTime(0, to);
    oscillator.connect(gain).connect(audio.destination);
    oscillator.start(from);
    oscillator.stop(to + 0.01);
  }
}
