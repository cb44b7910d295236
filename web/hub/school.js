// What the hub knows, as signals: today's table, the rooms, and the class that is looked at.
import { batch, computed, signal } from "../vendor/vendor.js";
import { ApiError, get, send } from "../shared/api.js";
import { setClock } from "../shared/store.js";
import { follow } from "../shared/stream.js";

export const signedIn = signal(null); // null until asked
export const ready = signal(false); // the hub has read its past
export const records = signal({ state: "ok", file: "" }); // whether what the school gave last holds
export const refusal = signal(""); // why what rooms send is not stored; "" = it is
export const school = signal({ name: "" });
export const date = signal("");
export const rows = signal([]);
export const rooms = signal([]);

export const session = signal(null); // S, C or T; null = the newest with data
export const chosen = signal(null); // class id of the sheet, null = the whole school
export const sheet = signal(null);
/** True while the class's newest figures could not be read: what is shown of it may be old. */
export const sheetLost = signal(false);

const ORDER = ["S", "C", "T"];

/** Half days of today, in the order of the day. */
export const sessions = computed(() => ORDER.filter((each) => rows.value.some((row) => row.session === each)));

/** The half day that is shown: the one chosen, else the last that anybody has spoken of. */
export const shownSession = computed(() => {
  if (sessions.value.includes(session.value)) return session.value;
  const spoken = sessions.value.filter((each) => rows.value.some((row) => row.session === each && row.state !== "none"));
  return spoken[spoken.length - 1] || sessions.value[0] || null;
});

export const shownRows = computed(() => rows.value.filter((row) => row.session === shownSession.value));

const keyOf = (row) => `${row.class_id}/${row.session}`;

function takeWhole(whole) {
  setClock(whole.at, true);
  batch(() => {
    ready.value = whole.ready;
    refusal.value = whole.refusal;
    records.value = whole.records;
    school.value = whole.school;
    date.value = whole.date;
    rows.value = whole.classes;
    rooms.value = whole.rooms;
  });
  refreshSheet();
}

function replaced(list, one, key) {
  const at = list.findIndex((each) => key(each) === key(one));
  return at < 0 ? [...list, one] : list.map((each, i) => (i === at ? one : each));
}

const TAKE = {
  whole: takeWhole,
  class: ({ class: row }) => {
    rows.value = replaced(rows.value, row, keyOf);
    if (row.class_id === chosen.value) refreshSheet();
  },
  room: ({ room }) => (rooms.value = replaced(rooms.value, room, (each) => each.id)),
};

let following = false;
const AGAIN_MS = 2000;

/** Ask who we are; follow the hub once signed in. */
export async function begin() {
  if (!(await askWhoWeAre())) return void setTimeout(begin, AGAIN_MS);
  if (!signedIn.value || following) return;
  following = true;
  follow("/events", Object.keys(TAKE), { onSnapshot: takeWhole, onEvent: (name, body) => TAKE[name](body), onLost: askWhoWeAre });
}

/**
 * A session that ended looks like a lost stream, and a hub that starts again may have forgotten it:
 * ask which it is. False where the hub does not answer.
 */
async function askWhoWeAre() {
  try {
    if ((await get("/api/session")).signed_in) signedIn.value = true;
    else signedOff();
    return true;
  } catch (error) {
    return false;
  }
}

/** The door is shown, and nothing that was known stays on the page. */
function signedOff() {
  batch(() => {
    signedIn.value = false;
    ready.value = false;
    rows.value = [];
    rooms.value = [];
    sheet.value = null;
  });
}

/** Open a session; false when the token is wrong. */
export async function signIn(token) {
  try {
    await send("POST", "/api/session", { token });
  } catch (error) {
    if (error instanceof ApiError && error.status === 401) return false;
    throw error;
  }
  if (following) location.reload();
  await begin();
  return true;
}

/** End the session and forget everything on this page. */
export async function signOut() {
  await send("DELETE", "/api/session", {});
  location.reload();
}

/** Look at one class; null goes back to the school. */
export function choose(class_id) {
  if (class_id === chosen.value) return;
  batch(() => {
    chosen.value = class_id;
    sheet.value = null;
    sheetLost.value = false;
  });
  location.hash = class_id ? `#${encodeURIComponent(class_id)}` : "";
  refreshSheet();
}

/** Let the address say which class is looked at, so that back and forward work. */
export function followAddress() {
  const fromAddress = () => choose(decodeURIComponent(location.hash.slice(1)) || null);
  window.addEventListener("hashchange", fromAddress);
  fromAddress();
}

const fetching = { now: false, again: false };

async function refreshSheet() {
  if (!chosen.value || !signedIn.value) return;
  if (fetching.now) {
    fetching.again = true;
    return;
  }
  fetching.now = true;
  await readSheet(chosen.value);
  fetching.now = false;
  if (fetching.again) {
    fetching.again = false;
    refreshSheet();
  }
}

async function readSheet(wanted) {
  const told = await get(`/api/classes/${encodeURIComponent(wanted)}`).catch((error) => error);
  if (wanted !== chosen.value) return;
  const lost = told instanceof ApiError;
  if (lost && told.status === 401) return signedOff();
  if (lost && told.status !== 404) setTimeout(refreshSheet, AGAIN_MS);
  batch(() => {
    sheetLost.value = lost;
    if (!lost) sheet.value = told;
  });
}
