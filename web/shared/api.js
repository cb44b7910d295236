// Speaking to the server: JSON both ways, each unsafe call with a key so that sending twice is harmless.

const WAIT_MS = 10000;

/** The server said no, or was not reached (`code` "network"). `code` and `params` choose our words. */
export class ApiError extends Error {
  constructor(code, params = {}, status = 0) {
    super(code);
    this.code = code;
    this.params = params;
    this.status = status;
  }
}

/** A random UUID; works on plain http too, where crypto.randomUUID is missing. */
export function uuid() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}

/** Ask for `path`; returns its JSON. */
export const get = (path) => ask("GET", path, {});

/** Send `body` to `path`; the same `key` twice is carried out once. */
export function send(method, path, body, key = uuid()) {
  const headers = { "Content-Type": "application/json", "Idempotency-Key": key };
  return ask(method, path, { headers, body: JSON.stringify(body) });
}

async function ask(method, path, options) {
  const stop = new AbortController();
  const timer = setTimeout(() => stop.abort(), WAIT_MS);
  let answer;
  let told;
  try {
    answer = await fetch(path, { method, signal: stop.signal, cache: "no-store", ...options });
    told = await read(answer);
  } catch (error) {
    throw new ApiError("network");
  } finally {
    clearTimeout(timer);
  }
  if (answer.ok) return told;
  throw new ApiError(told.code || "other", told.params || {}, answer.status);
}

async function read(answer) {
  const text = await answer.text();
  try {
    return text ? JSON.parse(text) : {};
  } catch (error) {
    return {};
  }
}
