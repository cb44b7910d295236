// The one Server-Sent-Events stream of a page: a snapshot, then small events, each with `rev`.
import { signal } from "../vendor/vendor.js";

const PAUSES_S = [1, 2, 5, 10];
const HIDDEN_MS = 60000;
const LOST_AFTER_MS = 3000;
const QUIET_MS = 20000;
const CHECK_MS = 5000;

/** True once the page has been without a stream for three seconds. */
export const cutOff = signal(false);

/** True while a snapshot has been taken and the stream is open: only then is what is shown of now. */
export const live = signal(false);

/**
 * Follow `path` for as long as the page lives.
 *
 * `onSnapshot(whole)` comes first and after every gap or reconnect; `onEvent(name, body)` in between;
 * `onLost()` each time the stream could not be had, since a stream does not tell why.
 * The stream is closed while the page is hidden for a minute, because a browser has only six
 * connections to one server.
 */
export function follow(path, names, { onSnapshot, onEvent, onLost = () => null }) {
  const state = { source: null, rev: 0, tries: 0, heard: 0, retry: 0, lost: 0, hidden: 0 };

  const heard = () => (state.heard = performance.now());

  const close = () => {
    if (state.source) state.source.close();
    state.source = null;
    clearTimeout(state.retry);
    live.value = false;
  };

  const failed = () => {
    close();
    onLost();
    const pause = PAUSES_S[Math.min(state.tries, PAUSES_S.length - 1)];
    state.tries += 1;
    state.retry = setTimeout(open, pause * 1000);
  };

  const snapshot = (event) => {
    const whole = JSON.parse(event.data);
    heard();
    state.rev = whole.rev;
    state.tries = 0;
    clearTimeout(state.lost);
    state.lost = 0;
    onSnapshot(whole);
    live.value = true;
    cutOff.value = false;
  };

  const small = (name) => (event) => {
    const body = JSON.parse(event.data);
    heard();
    if (!live.value || body.rev <= state.rev) return;
    if (body.rev !== state.rev + 1) {
      close();
      open();
      return;
    }
    state.rev = body.rev;
    onEvent(name, body);
  };

  function open() {
    close();
    if (!state.lost) state.lost = setTimeout(() => (cutOff.value = true), LOST_AFTER_MS);
    const source = new EventSource(path);
    state.source = source;
    heard();
    source.addEventListener("snapshot", snapshot);
    for (const name of names) source.addEventListener(name, small(name));
    source.onerror = failed;
  }

  // A silent stream is nothing unusual, a server that does not answer is: ask it when all is quiet.
  const check = async () => {
    if (!state.source || performance.now() - state.heard < QUIET_MS) return;
    const asked = state.source;
    const stop = new AbortController();
    const timer = setTimeout(() => stop.abort(), CHECK_MS);
    try {
      await fetch("/health", { signal: stop.signal, cache: "no-store" });
      heard();
    } catch (error) {
      if (state.source === asked) failed();
    } finally {
      clearTimeout(timer);
    }
  };

  const shown = () => {
    clearTimeout(state.hidden);
    if (!document.hidden && !state.source) open();
  };

  document.addEventListener("visibilitychange", () => {
    clearTimeout(state.hidden);
    if (document.hidden) state.hidden = setTimeout(close, HIDDEN_MS);
    else shown();
  });
  window.addEventListener("pagehide", close);
  window.addEventListener("pageshow", shown);
  setInterval(check, CHECK_MS);
  open();
}
