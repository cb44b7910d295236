// Devices that are about to be turned off. It counts down first, because a lamp that went out has to
// cool before it comes back; nothing is sent before the time is over.
import { signal } from "../vendor/vendor.js";
import { nowMs } from "../shared/store.js";

export const OFF_AFTER_MS = 8000;
const due = signal({}); // {device id: {at_ms, timer}}

/** Seconds until a device is turned off; null where it is not about to be. */
export const offIn = (id) => (due.value[id] ? Math.max(0, (due.value[id].at_ms - nowMs()) / 1000) : null);

/** Count down for these devices; `off(id)` is called for each once its time is over. */
export function countOff(ids, off) {
  const mine = {};
  for (const id of ids) {
    const end = () => (keepOn([id]), off(id));
    mine[id] = { at_ms: performance.now() + OFF_AFTER_MS, timer: setTimeout(end, OFF_AFTER_MS) };
  }
  due.value = { ...due.value, ...mine };
}

/** Leave these devices on, or all that were about to be turned off. */
export function keepOn(ids = Object.keys(due.peek())) {
  const left = { ...due.peek() };
  for (const id of ids) {
    if (left[id]) clearTimeout(left[id].timer);
    delete left[id];
  }
  due.value = left;
}

// A page that goes away takes its wish along: nothing is turned off behind anybody's back.
window.addEventListener("pagehide", () => keepOn());
