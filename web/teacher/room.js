// What the panel knows of the room, and what it asks of it. Screens read the signals and call the
// functions; only this file speaks to the room's API.
import { batch, computed, signal } from "../vendor/vendor.js";
import { get, send, uuid } from "../shared/api.js";
import { has, large, small, t } from "../shared/i18n.js";
import { announce, callOff, dueIn, hhmm, hush, nowMs, say, setClock, withdraw } from "../shared/store.js";
import { cutOff, follow } from "../shared/stream.js";

export const ready = signal(false);
export const room = signal({ id: "", name: "", help: {}, main_display: null });
export const safeToCut = signal(false);
export const devices = signal([]);
export const readers = signal([]);
export const parts = signal([]);
export const sync = signal({ state: "off", waiting: 0 });
/** What is not as it should be, judged by the room: [{area, code, level, subject}]. */
export const findings = signal([]);
export const lesson = signal({ run: null, lessons: [], planned: null, next: null, tapped: { k: 0, n: 0 }, choices: [] });
export const lastTap = signal(null);
/** Names of the pupils, in class order, while a lesson runs: {lesson id: [mark, …]}. */
export const rolls = signal({});
/** What was asked and not yet confirmed: {key: {value, at_ms, …}}. */
export const asks = signal({});

/** True while the room reads its store: what is on is not known yet, so the panel keeps what it showed. */
export const starting = signal(true);
/** True once the room has said what is on. */
export const known = signal(false);

const isOpen = (one) => Boolean(one && !one.handover);
/** The run that is on. */
export const run = computed(() => (isOpen(lesson.value.run) ? lesson.value.run : null));
/** The run that has ended and handed the devices over to the next lesson; it can be continued. */
export const handed = computed(() => (isOpen(lesson.value.run) ? null : lesson.value.run));
export const running = computed(() => {
  const ids = run.value ? run.value.lessons : [];
  return lesson.value.lessons.filter((one) => ids.includes(one.id));
});
export const mainDisplay = computed(() => {
  const able = devices.value.filter((one) => one.capabilities.power || one.capabilities.inputs);
  return able.find((one) => one.id === room.value.main_display) || able.find((one) => one.main) || null;
});

// --- what the stream says -------------------------------------------------------------------

const EVENTS = ["clock", "device", "reader", "lesson", "mark", "tap", "command", "part", "sync", "health"];
const ringTotals = new Map();
let fetching = new Map(); // lesson id → mark events heard while its list is on the way

/** Open the stream and keep the signals true. */
export function openRoom() {
  follow("/events", EVENTS, { onSnapshot: takeSnapshot, onEvent: (name, body) => TAKE[name](body) });
}

function takeSnapshot(whole) {
  batch(() => {
    setClock(whole.clock.at, whole.clock.trusted);
    room.value = whole.room;
    safeToCut.value = whole.safe_to_cut;
    devices.value = whole.devices.map(heard);
    readers.value = whole.readers;
    parts.value = whole.parts;
    sync.value = whole.sync;
    findings.value = whole.health.findings;
    asks.value = {};
    ready.value = true;
    takeLesson(whole.lesson, true);
  });
}

const TAKE = {
  clock: ({ clock }) => setClock(clock.at, clock.trusted),
  device: (body) => {
    if ("safe_to_cut" in body) safeToCut.value = body.safe_to_cut;
    takeDevice(heard(body.device));
  },
  reader: (body) => (readers.value = replaced(readers.value, body.reader)),
  lesson: (body) => takeLesson(body.lesson, false),
  mark: takeMark,
  tap: takeTap,
  command: (body) => takeCommand(body.command),
  part: (body) => (parts.value = replaced(parts.value, body.part, "name")),
  sync: (body) => (sync.value = body.sync),
  health: (body) => (findings.value = body.health.findings),
};

const replaced = (list, one, key = "id") =>
  list.some((old) => old[key] === one[key]) ? list.map((old) => (old[key] === one[key] ? one : old)) : [...list, one];

/** The device with the moment we heard of it, and how long its ring is all round. */
function heard(device) {
  const power = device.readings.power;
  if (!power || typeof power.left_s !== "number") ringTotals.delete(device.id);
  else ringTotals.set(device.id, Math.max(power.left_s, ringTotals.get(device.id) || 1));
  return { ...device, heard_ms: performance.now(), ring_s: ringTotals.get(device.id) || 1 };
}

function takeDevice(device) {
  devices.value = replaced(devices.value, device);
  const settled = Object.entries(asks.value).filter(
    ([, ask]) => ask.device === device.id && reached(device, ask),
  );
  for (const [key] of settled) forget(key);
}

function reached(device, ask) {
  const reading = device.readings[ask.capability];
  if (!reading || isLost(device)) return false;
  const way = { on: ["on", "warming"], off: ["off", "cooling"] };
  if (ask.capability === "power") return (way[ask.value].includes(reading.value) && isCurrent(reading)) || Boolean(reading.queued) || reading.quality === "assumed";
  // What it said before the wish, told again, is no answer: there the command says how it ends.
  const isNews = reading.value !== ask.was.value || reading.quality !== ask.was.quality;
  return isNews && reading.value === ask.value && isCurrent(reading);
}

function takeLesson(next, all) {
  const first = starting.value;
  starting.value = Boolean(next.starting);
  if (next.starting) return;
  known.value = true;
  const before = run.value;
  lesson.value = next;
  if (run.value && (!before || before.id !== run.value.id)) callOff();
  if (!run.value) {
    rolls.value = {};
    lastTap.value = null;
    fetching = new Map();
    if (before) hush();
    return;
  }
  if (before && before.id !== run.value.id) lastTap.value = null;
  for (const id of run.value.lessons) if (all || first || !rolls.value[id]) fetchRoll(id);
}

async function fetchRoll(id) {
  fetching.set(id, []);
  const mine = fetching.get(id);
  try {
    const told = await get(`/api/lessons/${encodeURIComponent(id)}/marks`);
    if (fetching.get(id) !== mine || !run.value) return;
    fetching.delete(id);
    batch(() => {
      rolls.value = { ...rolls.value, [id]: told.marks };
      mine.forEach(takeMark);
    });
  } catch (error) {
    if (fetching.get(id) === mine) fetching.delete(id);
    setTimeout(() => run.value && run.value.lessons.includes(id) && !rolls.value[id] && fetchRoll(id), 2000);
  }
}

/** Put one mark into its list, and the lesson's counts beside it. */
export function takeMark({ lesson_id, mark, counts }) {
  if (fetching.has(lesson_id)) fetching.get(lesson_id).push({ lesson_id, mark, counts });
  const list = rolls.value[lesson_id];
  if (list) {
    const changed = list.map((old) => (old.person_id === mark.person_id ? { ...old, ...mark } : old));
    rolls.value = { ...rolls.value, [lesson_id]: changed };
  }
  if (!counts) return;
  const counted = (one) => (one && one.id === lesson_id ? { ...one, counts } : one);
  const { lessons, today = [], planned } = lesson.value;
  lesson.value = { ...lesson.value, lessons: lessons.map(counted), today: today.map(counted), planned: counted(planned) };
}

const TAP_WORDS = {
  present: "att.tap.ok",
  late: "att.tap.late",
  repeat: "att.tap.again",
  other_class: "att.tap.other",
  visit: "att.tap.other",
  revoked: "att.tap.locked",
  unknown: "att.tap.unknown",
  staff: "att.tap.staff",
  noted: "att.tap.noted",
  refused: "att.tap.refused",
};

/** True while the room's store takes nothing: neither cards nor marks. */
const storeIsShut = () => findings.value.some((one) => one.area === "store" && one.level === "fault");
const tapKey = ({ outcome }) => (outcome === "refused" && storeIsShut() ? "att.tap.refused.store" : TAP_WORDS[outcome] || "att.tap.noted");

/** What the panel says of a tap. */
export const tapWords = (tap) =>
  t(tapKey(tap), { name: tap.short_name || "", c: tap.class_name || "", t: hhmm(tap.at) });

function takeTap({ tap, tapped }) {
  lesson.value = { ...lesson.value, tapped };
  if (!run.value) return;
  lastTap.value = tap;
  announce(tapWords(tap));
}

function takeCommand(command) {
  const id = command.command_id || command.id;
  const found = Object.entries(asks.value).find(([, ask]) => ask.command_id === id);
  if (!found) return;
  const [key, ask] = found;
  if (command.state === "done" || command.state === "superseded") forget(key);
  if (command.state === "failed" || command.state === "expired") refused(key, ask, command.state);
}

// --- devices --------------------------------------------------------------------------------

const KNOWN_NAMES = {
  "máy chiếu": "device.projector",
  tivi: "device.tv",
  "bảng tương tác": "device.board",
  "màn chiếu": "device.screen",
  "đầu đọc thẻ": "device.reader",
};

/** The device's name as the room calls it, in the page's language where we know the word. */
export function nameOf(device) {
  if (!device) return t("device.any");
  const key = KNOWN_NAMES[device.name.toLocaleLowerCase("vi")];
  return key ? t(key) : device.name;
}

/** Placeholders for sentences about a device. */
export const called = (device) => calledAll([device]);

/** Placeholders for sentences about several devices. */
export function calledAll(list) {
  const words = list.map((one) => small(nameOf(one))).join(", ");
  return { Device: large(words), device: words };
}

const isUnheard = (power) => power.value === "warming" && power.quality === "assumed"; // told, and nothing said since

/** Seconds left of a warm-up or cool-down now; null where nothing is waited for. */
export function leftOf(device) {
  const power = device.readings.power;
  if (!power || typeof power.left_s !== "number" || isUnheard(power)) return null;
  return Math.max(0, power.left_s - (nowMs() - device.heard_ms) / 1000);
}

const askKey = (device, capability) => `${device.id}/${capability}`;
export const askOf = (device, capability) => (device && asks.value[askKey(device, capability)]) || null;
const forget = (key) => {
  const { [key]: gone, ...rest } = asks.value;
  if (gone) clearTimeout(gone.timer);
  asks.value = rest;
};

// It counts down first, because a lamp that went out has to cool before it comes back.
export const OFF_AFTER_MS = 8000;

/** Seconds until a device is turned off; null where it is not about to be. */
export const offIn = dueIn;

/** Displays and boards that are on, as they say themselves, and that nobody has turned off yet. */
export const lit = computed(() =>
  devices.value.filter((one) => {
    const power = one.readings.power || {};
    const on = one.link === "online" && power.quality === "confirmed" && ["on", "warming"].includes(power.value);
    return on && one.capabilities.power.writable && power.wanted !== "off" && power.queued !== "off";
  }),
);

const ANSWER_MS = 8000;
const SAME_WORDS = { no_run: "gone", unknown_lesson: "gone", past_lesson: "gone", not_confirmed: "gone", unknown_person: "gone", starting: "busy", slow: "busy", failed: "refused" };

/** Wish `value` for a capability; the ring shows at once, the device's own word ends it. */
export async function command(device, capability, value) {
  const key = askKey(device, capability);
  const command_id = uuid();
  const before = asks.value[key];
  if (before) clearTimeout(before.timer);
  if (capability === "power") callOff([device.id]);
  if (capability !== "volume") withdraw();
  const ask = { device: device.id, capability, value, command_id, was: device.readings[capability] || {} };
  // Power takes as long as the device's own driver says; the rest has eight seconds.
  if (capability !== "power") ask.timer = setTimeout(() => refused(key, ask, "expired"), ANSWER_MS);
  asks.value = { ...asks.value, [key]: ask };
  try {
    const body = { capability, value, command_id };
    takeCommand(await send("POST", `/api/devices/${encodeURIComponent(device.id)}/commands`, body, command_id));
  } catch (error) {
    refused(key, ask, error.code);
  }
}

function refused(key, ask, code) {
  if (asks.value[key] !== ask) return;
  forget(key);
  const device = devices.value.find((one) => one.id === ask.device);
  const words = device && isLost(device) ? t("display.noanswer", called(device)) : errorWords(code, called(device));
  say(words, { look: "danger" });
}

/** Whether a reading may be shown as so: the device says it now, or cannot say and took the wish. */
export const isCurrent = (reading) => ["confirmed", "assumed"].includes((reading || {}).quality);

/** What holds of a device now; null of one that is off or not heard: what it was is not what it is. */
export function saidNow(device, capability) {
  const reading = device.readings[capability];
  const isOff = (device.readings.power || {}).value === "off";
  return device.link === "online" && isCurrent(reading) && !isOff ? reading.value : null;
}

/** Whether a device that should be heard is not: one that we switched off may leave the network. */
export const isLost = (device) => !["online", "away"].includes(device.link);

/** Whether a device that is not heard is being asked once more, here or from another page. */
export const isTrying = (device) => isLost(device) && Boolean(askOf(device, "power") || (device.readings.power || {}).queued);

/** A sentence for an error code; codes without words of their own get the general one. */
export function errorWords(code, params = {}) {
  const key = `error.${SAME_WORDS[code] || code}`;
  return t(has(key) ? key : "error.other", params);
}

const FAULTS = ["lamp", "filter", "temperature", "fan", "cover"];
const faultWords = (text) =>
  String(text || "other").split(",").map((word) => t(`fault.${FAULTS.includes(word.trim()) ? word.trim() : "other"}`)).join(", ");

/**
 * How a device's power is drawn: {look, icon, words, ring, on, queued, both}.
 *
 * What the device said comes first; a wish is drawn beside it. `both` asks for the two buttons of a
 * device that cannot report. `on` is true, false, or null where nobody knows.
 */
export function powerView(device) {
  const power = device.readings.power || { value: null, quality: "unknown" };
  const plain = { look: "plain", icon: "power", words: t("state.off"), ring: null, on: false, queued: null, both: false };
  if (device.link === "refused") return { ...plain, look: "danger", icon: "fault", words: t("state.refused"), on: null };
  if (device.link === "away") return { ...plain, words: t("state.away") };
  if (isTrying(device)) return { ...plain, look: "danger", icon: "offline", ring: {}, words: t("display.trying", called(device)), on: null };
  if (device.link !== "online") return { ...plain, look: "danger", icon: "offline", words: t("state.noanswer"), on: null };
  const moves = ["warming", "cooling"].includes(power.value) && power.quality !== "stale";
  if (power.quality === "assumed" && !moves) return { ...plain, words: t("state.sent"), on: null, both: true };
  const draw = POWER_VIEWS[power.quality === "confirmed" || moves ? power.value : "unknown"] || POWER_VIEWS.unknown;
  const view = { ...plain, ...draw(device, power), queued: power.queued || null };
  const off_s = offIn(device.id);
  if (off_s !== null) return { ...view, look: "warn", ring: { left_s: off_s, total_s: OFF_AFTER_MS / 1000 }, words: t("state.offin", { s: Math.ceil(off_s) }) };
  const ask = askOf(device, "power");
  const wanted = ask ? ask.value : power.wanted;
  if (wanted !== (view.on ? "on" : "off") && ["on", "off"].includes(power.value) && wanted)
    return { ...view, ring: {}, words: t(wanted === "on" ? "state.turningon" : "state.turningoff") };
  return view;
}

const POWER_VIEWS = {
  off: () => ({}),
  on: () => ({ look: "on", icon: "ok", words: t("state.on"), on: true }),
  warming: (device, power) => ({ on: true, ...waiting(device, power, "warming") }),
  cooling: (device, power) => waiting(device, power, "cooling"),
  fault: (device) => ({
    look: "danger",
    icon: "fault",
    on: null,
    words: t("state.fault", { ...called(device), what: faultWords((device.readings.faults || {}).value) }),
  }),
  unknown: () => ({ icon: "unknown", on: null, words: t("state.unknown") }),
};

function waiting(device, power, which) {
  if (power.slow) return { look: "warn", icon: "alert", words: t("state.slow") };
  const left_s = leftOf(device);
  if (left_s === null) return { ring: {}, words: t(isUnheard(power) ? "state.turningon" : `state.${which}.soon`) };
  const words = left_s > 0.5 ? t(`state.${which}`, { s: Math.ceil(left_s) }) : t(`state.${which}.soon`);
  return { ring: { left_s, total_s: device.ring_s }, words };
}

// --- the lesson -----------------------------------------------------------------------------

/** Send one wish about the lesson; while it is on the way `asks[name]` is set. */
export async function wish(name, path, body) {
  if (asks.value[name]) return { busy: true };
  withdraw();
  asks.value = { ...asks.value, [name]: { value: true } };
  try {
    return await send("POST", path, body);
  } catch (error) {
    if (error.code !== "unmarked_left") say(errorWords(error.code), { look: "danger" });
    return { failed: error.code, params: error.params };
  } finally {
    forget(name);
  }
}

export const startLesson = (what) => wish("start", "/api/lesson/start", { picture: true, ...what });
export const takeOver = (lesson_id) => wish("start", "/api/lesson/takeover", { lesson_id, picture: true });
export const endLesson = ({ off = false } = {}) => wish("end", "/api/lesson/end", { off });
export const keepLesson = () => wish("keep", "/api/lesson/keep", {});
export const continueLesson = () => wish("continue", "/api/lesson/continue", {});
export const extendLesson = () => wish("extend", "/api/lesson/extend", {});

/** Why the room's devices cannot be asked now; "" when they can. */
export const netReason = () => (cutOff.value ? t("net.reason") : "");

/** Why nothing of the lesson can be asked now; "" when it can. */
export const waitReason = () => netReason() || (starting.value ? t("app.opening") : "");

/** Path of something of one lesson. */
export const ofLesson = (id, what) => `/api/lessons/${encodeURIComponent(id)}/${what}`;

/** Carry out an act of many marks; once it is done, `words(answer)` are said and offer to take it back. */
async function act(name, id, body, words) {
  const answer = await wish(name, ofLesson(id, name), body);
  if (answer.failed || answer.busy || !answer.act) return answer;
  say(words(answer), { undo: () => takeBack(id, answer.act), look: "ok" });
  return answer;
}

async function takeBack(id, act_id) {
  const undone = await wish("undo", ofLesson(id, "undo"), { act: act_id });
  if (!undone.failed && !undone.busy) say(t("act.undone"));
}

export const confirmRoll = (id, body = {}) => act("confirm", id, body, ({ counts }) => t("att.confirm.done", { p: counts.present, a: counts.absent }));
export const reopenRoll = (id) => act("reopen", id, { reason: t("att.reopen.reason") }, () => t("att.reopen.done"));
export const allPresent = (id) => act("all_present", id, {}, ({ changed }) => t("att.allhere.done", { n: changed.length }));
export const guest = (id, person_id, out = false) => wish("guest", ofLesson(id, "guests"), { person_id, out });
export const keepTap = (id, person_id) => wish("keeptap", ofLesson(id, "keep"), { person_id });
