// State that every surface has: the server's clock, what this browser remembers, and what is said
// to the person in front of it.
import { computed, signal } from "../vendor/vendor.js";

// The wall time comes from the server, because a panel's own clock may be wrong.
const base = signal({ wall_ms: 0, heard_ms: 0, offset_min: 0, trusted: false });
const beat = signal(0);

/** Take the server's time. `at` is ISO with its offset, e.g. 2026-11-23T08:12:03+07:00. */
export function setClock(at, trusted) {
  base.value = { wall_ms: Date.parse(at), heard_ms: performance.now(), offset_min: offsetOf(at), trusted };
}

/** Start the one-second beat that moves clocks and rings. */
export function startBeat() {
  return setInterval(() => (beat.value += 1), 1000);
}

/** Milliseconds since the page opened; moves once a second for whoever reads it while drawing. */
export function nowMs() {
  beat.value;
  return performance.now();
}

/** Wall time now, in milliseconds since 1970; 0 before the server told it. */
export const wallNow = () => (base.value.wall_ms ? base.value.wall_ms + nowMs() - base.value.heard_ms : 0);

export const clockTrusted = computed(() => base.value.trusted);

/** "08:12" in the room's own time zone, from a number of wallNow. */
export function wallText(wall_ms) {
  return new Date(wall_ms + base.value.offset_min * 60000).toISOString().slice(11, 16);
}

/** "08:12" from an ISO text, as the server wrote it. */
export const hhmm = (iso) => (iso ? iso.slice(11, 16) : "");

/** Whole minutes from `iso` until now; negative before it. */
export const minutesSince = (iso) => Math.floor((wallNow() - Date.parse(iso)) / 60000);

function offsetOf(iso) {
  const found = /([+-])(\d\d):?(\d\d)$/.exec(iso);
  if (!found) return 0;
  return (found[1] === "-" ? -1 : 1) * (Number(found[2]) * 60 + Number(found[3]));
}

/** What this browser remembers under `key`; `otherwise` where it remembers nothing or may not. */
export function remembered(key, otherwise) {
  try {
    const text = localStorage.getItem(`lophoc.${key}`);
    return text === null ? otherwise : JSON.parse(text);
  } catch (error) {
    return otherwise;
  }
}

/** Remember `value` under `key`; a browser that refuses keeps it for this page only. */
export function remember(key, value) {
  try {
    localStorage.setItem(`lophoc.${key}`, JSON.stringify(value));
  } catch (error) {
    console.warn(`not remembered: ${key}`);
  }
}

// One message at a time: {text, undo?, look?}. What can be undone or went wrong stays longer.
export const message = signal(null);
const MESSAGE_MS = 8000;
const NOTE_MS = 3000;
let messageTimer = 0;

/** Show `text` for eight seconds, a plain note for three; `undo` adds the button "Để như cũ". */
export function say(text, { undo = null, look = "plain" } = {}) {
  clearTimeout(messageTimer);
  message.value = { text, undo, look };
  messageTimer = setTimeout(() => (message.value = null), undo || look !== "plain" ? MESSAGE_MS : NOTE_MS);
  announce(text);
}

/** Take the message away, and carry out its undo when asked. */
export function dismiss({ undo = false } = {}) {
  const shown = message.value;
  message.value = null;
  if (undo && shown && shown.undo) shown.undo();
}

/** Take back whatever was said: a pupil's name may be in it. */
export function hush() {
  dismiss();
  waiting = null;
  announced.value = "";
}

// The polite live region says at most one thing a second; of several it says the newest.
export const announced = signal("");
let waiting = null;
let announceTimer = 0;

/** Have a screen reader say `text`. */
export function announce(text) {
  if (announceTimer) {
    waiting = text;
    return;
  }
  announced.value = text;
  announceTimer = setTimeout(() => {
    announceTimer = 0;
    const next = waiting;
    waiting = null;
    if (next) announce(next);
  }, 1000);
}
