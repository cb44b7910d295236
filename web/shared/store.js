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

// One message at a time: {text, undo?, look?}. What can be undone or went wrong stays longer. A text
// may be a function, for words that count down.
export const message = signal(null);
const MESSAGE_MS = 8000;
const NOTE_MS = 3000;
let messageTimer = 0;
let offer = null; // the message with which the act just done can be taken back

/** Show `text` for eight seconds, a plain note for three; `undo` adds the button "Để như cũ". */
export function say(text, { undo = null, look = "plain" } = {}) {
  const one = { text, undo, look, until_ms: performance.now() + (undo || look !== "plain" ? MESSAGE_MS : NOTE_MS) };
  if (undo) offer = one;
  show(one);
  announce(wordsOf(one));
}

/** The words of a message as they are now. */
export const wordsOf = (one) => (typeof one.text === "function" ? one.text() : one.text);

function show(one) {
  clearTimeout(messageTimer);
  message.value = one;
  if (one) messageTimer = setTimeout(showNext, one.until_ms - performance.now());
}

/** A note that passes does not take the way back with it: the offer stands for its whole time. */
function showNext() {
  const stands = offer && offer !== message.value && offer.until_ms > performance.now();
  if (!stands) offer = null;
  show(offer);
}

/** Take the message away, and carry out its undo when asked. */
export function dismiss({ undo = false } = {}) {
  const shown = message.value;
  if (shown && shown === offer) offer = null;
  showNext();
  if (undo && shown && shown.undo) shown.undo();
}

/** Another act begins: the way back of the one before it goes, since it would look like this one's. */
export function withdraw() {
  if (!offer) return;
  const shown = message.value === offer;
  offer = null;
  if (shown) show(null);
}

/** Take back whatever was said: a pupil's name may be in it. */
export function hush() {
  offer = null;
  show(null);
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

// What is about to happen, and can be taken back until then: {name: {at_ms, timer}}.
const due = signal({});

/** Seconds until what was named happens; null where it is not about to. */
export const dueIn = (name) => (due.value[name] ? Math.max(0, (due.value[name].at_ms - nowMs()) / 1000) : null);

/** Have `happen(name)` called for each of these after `wait_ms`, unless it is taken back. */
export function countDown(list, wait_ms, happen) {
  const mine = {};
  for (const name of list) {
    const end = () => (callOff([name]), happen(name));
    mine[name] = { at_ms: performance.now() + wait_ms, timer: setTimeout(end, wait_ms) };
  }
  due.value = { ...due.value, ...mine };
}

/** Take these back, or all of them. */
export function callOff(list = Object.keys(due.peek())) {
  const left = { ...due.peek() };
  for (const name of list) {
    if (left[name]) clearTimeout(left[name].timer);
    delete left[name];
  }
  due.value = left;
}

// A page that goes away takes its wishes along: nothing happens behind anybody's back.
window.addEventListener("pagehide", () => callOff());
