// Attendance: marks that are shown at once and kept until the room has them, and their screen.
import { effect, html, signal, useEffect, useRef, useState } from "../vendor/vendor.js";
import { ApiError, send, uuid } from "../shared/api.js";
import { t } from "../shared/i18n.js";
import { Empty, Icon, markView, Pager, Press, PRESENCES, Ring, Sheet, StatusChip, StudentRow, useHeight } from "../shared/parts.js";
import { hhmm, hush, minutesSince, remember, remembered, say, withdraw } from "../shared/store.js";
import { cutOff, live } from "../shared/stream.js";
import { allPresent, asks, confirmRoll, errorWords, guest, keepTap, lastTap, lesson, ofLesson, readers, reopenRoll, rolls, run, running, starting, takeMark, tapWords, waitReason } from "./room.js";

// --- marks ----------------------------------------------------------------------------------

/** Marks and undos that the room has not taken yet: [{key, lesson_id, person_id, body, undo}]. No names. */
export const queue = signal(remembered("marks", []));
const RETRY_MS = 2000;
let flushing = false;
let retryTimer = 0;
let warned = "";
const stuck = signal(false); // the room answered that it cannot write; it is asked again
let sending = ""; // key of the one that is on its way now

const wordsOf = (mark) => (mark.presence === "late" ? { presence: "late", minutes: mark.minutes } : { presence: mark.presence });

/** The list as the teacher should see it: what the room said, with our waiting marks on top. */
export function rollOf(id) {
  const list = rolls.value[id];
  if (!list) return null;
  const mine = new Map(queue.value.filter((one) => one.lesson_id === id).map((one) => [one.person_id, one.body]));
  if (!mine.size) return list;
  const saving = cutOff.value ? "queued" : stuck.value ? "stuck" : "now";
  return list.map((mark) => (mine.has(mark.person_id) ? { ...mark, minutes: null, question: null, ...mine.get(mark.person_id), saving } : mark));
}

/** Counts of a list, by the room's own rules: whoever is late is present. */
export function countsOf(list) {
  const number = (...which) => list.filter((mark) => which.includes(mark.presence)).length;
  return {
    size: list.length,
    present: number("present", "late", "left_early", "out_on_duty"),
    late: number("late"),
    absent: number("absent", "skipped"),
    excused: list.filter((mark) => mark.presence === "absent" && mark.excuse === "excused").length,
    unmarked: number("unmarked"),
  };
}

const lastSent = new Map(); // "lesson/person" → fact of the mark that was ours last
const pupilKey = (one) => `${one.lesson_id}/${one.person_id}`;
/** The fact behind the mark that the room said last; what a person says after it is not overwritten. */
const factOf = (lesson_id, person_id) => ((rolls.value[lesson_id] || []).find((one) => one.person_id === person_id) || {}).fact || "";

/** Have the room take `body` as the pupil's mark; with `undo`, take its last mark back instead. */
function queueMark(lesson_id, person_id, body, undo = false) {
  const mine = (one) => one.lesson_id === lesson_id && one.person_id === person_id && one.key !== sending;
  const unsent = queue.value.some((one) => mine(one) && !one.undo);
  const others = queue.value.filter((one) => !mine(one));
  const over = undo ? lastSent.get(pupilKey({ lesson_id, person_id })) || "" : factOf(lesson_id, person_id);
  keepQueue(undo && unsent ? others : [...others, { key: uuid(), lesson_id, person_id, body, undo, over }]);
  flushMarks();
}

function keepQueue(list) {
  queue.value = list;
  remember("marks", list);
}

async function flushMarks() {
  if (flushing) return;
  flushing = true;
  while (queue.value.length && (await sendMark(queue.value[0])));
  flushing = false;
}

async function ask({ key, lesson_id, person_id, body, undo, over }) {
  if (!undo) return send("PUT", `${ofLesson(lesson_id, "marks")}/${encodeURIComponent(person_id)}`, { ...body, over }, key);
  const told = await send("POST", ofLesson(lesson_id, "undo"), { person_ids: [person_id], over }, key);
  return told.marks.find((mark) => mark.person_id === person_id);
}

async function sendMark(one) {
  const { key, lesson_id, person_id } = one;
  sending = key;
  try {
    const mark = { ...(await ask(one)), person_id };
    takeMark({ lesson_id, mark });
    stuck.value = false;
    lastSent.set(pupilKey(one), mark.fact);
    // what we said of the pupil meanwhile was said over this
    keepQueue(queue.value.map((other) => (pupilKey(other) === pupilKey(one) && other.key !== key ? { ...other, over: mark.fact } : other)));
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    const later = error.code === "network" || error.status >= 500;
    const answered = !["network", "starting"].includes(error.code);
    if (answered && warned !== key) say(errorWords(error.code), { look: "danger" });
    if (answered) warned = key; // a wait for the room is no answer: what it then refuses must be said
    stuck.value = answered && later;
    if (later) {
      clearTimeout(retryTimer);
      retryTimer = setTimeout(flushMarks, RETRY_MS);
      return false;
    }
  } finally {
    sending = "";
  }
  keepQueue(queue.value.filter((other) => other.key !== key));
  return true;
}

effect(() => {
  if (live.value && !starting.value) flushMarks();
});

function markPupil(id, before, body, words) {
  withdraw();
  queueMark(id, before.person_id, body);
  const undo = () => {
    queueMark(id, before.person_id, wordsOf(before), true);
    say(t("act.undone"));
  };
  say(t("att.marked", { name: before.short_name || before.name, mark: words }), { undo });
}

// --- names fold away ------------------------------------------------------------------------

const FOLD_MS = 120000;
/** True after two minutes without a touch: no name is drawn then. */
export const folded = signal(false);
let foldTimer = 0;

/** Any touch or key: names may be shown for two more minutes. */
export function touched() {
  clearTimeout(foldTimer);
  foldTimer = setTimeout(fold, FOLD_MS);
}

function fold() {
  folded.value = true;
  if (run.value) hush();
}

const unfold = () => {
  folded.value = false;
  touched();
};

// --- the screen -----------------------------------------------------------------------------

const chosenLesson = signal("");
const view = signal("unseen");
const isUnseen = (mark) => mark.presence === "absent" || mark.presence === "skipped" || mark.presence === "unmarked";
const rank = (mark) => (mark.presence === "unmarked" ? 1 : 0);
const place = (mark) => mark.stt ?? Number.MAX_SAFE_INTEGER; // who has no number stands last

/** Who is in the list, in its order: absent first, then unmarked; or the whole class by number. */
const orderOf = (list) =>
  (view.value === "whole" ? list : list.filter(isUnseen).sort((a, b) => rank(a) - rank(b) || place(a) - place(b))).map((mark) => mark.person_id);

const SETTLE_MS = 1500;
const CLICK_MS = 300; // a touch's click comes a little after its release

/**
 * The order of rows, which changes only between touches: a row must not leave from under a finger.
 * `hold` goes on the list's element.
 */
function useSteadyOrder(list) {
  const wanted = orderOf(list);
  const look = `${view.value}/${list.length}`;
  const kept = useRef({ look: "", order: [], down: false });
  const [, redraw] = useState(0);
  if (kept.current.look !== look) kept.current = { ...kept.current, look, order: wanted };
  const stale = wanted.join() !== kept.current.order.join();
  useEffect(() => {
    if (!stale) return undefined;
    const settle = () => {
      if (kept.current.down) return;
      kept.current.look = "";
      redraw((n) => n + 1);
    };
    const timer = setInterval(settle, SETTLE_MS);
    return () => clearInterval(timer);
  }, [stale]);
  const down = () => (kept.current.down = true);
  const up = () => setTimeout(() => (kept.current.down = false), CLICK_MS);
  return { order: kept.current.order, hold: { onPointerDown: down, onPointerUp: up, onPointerCancel: up, onPointerLeave: up } };
}

const ROW_PX = 72;
const PHONE_ROW_PX = 88; // names wrap there
const rowsIn = (height) => Math.max(2, Math.min(5, Math.floor((height + 8) / (window.innerWidth < 600 ? PHONE_ROW_PX : ROW_PX))));

function List({ id, list, onRow }) {
  const [height, setHeight] = useState(0);
  const [page, setPage] = useState(0);
  const box = useHeight(setHeight);
  const { order, hold } = useSteadyOrder(list);
  useEffect(() => setPage(0), [id, view.value]);
  const rows = rowsIn(height);
  const pages = Math.max(1, Math.ceil(order.length / rows));
  const here = Math.min(page, pages - 1);
  const byId = new Map(list.map((mark) => [mark.person_id, mark]));
  const shown = order.slice(here * rows, here * rows + rows).map((person) => byId.get(person)).filter(Boolean);
  return html`
    <div class="roll-list" ref=${box} data-rows=${rows} role="group" aria-label=${t("att.list")} data-test="roll-list" ...${hold}>
      ${folded.value
        ? html`<${Press} class="tile fold" onPress=${unfold} test="unfold"><${Icon} name="eye-off" size=${32} /><span class="tile-name">${t("att.folded")}</span><//>`
        : shown.length
          ? shown.map((mark) => html`<${StudentRow} key=${mark.person_id} mark=${mark} saving=${mark.saving} onPress=${() => onRow(mark.person_id)} />`)
          : html`<${Empty} icon="ok">${t("att.allseen")}<//>`}
    </div>
    <div class="roll-pager"><${Pager} page=${here} pages=${pages} onPage=${setPage} /></div>`;
}

const ViewButton = ({ name, words, count }) => html`
  <button type="button" class="view" aria-pressed=${view.value === name} data-test=${`view-${name}`} onClick=${() => (view.value = name)}>
    <span>${words}</span><span class="view-count">${count}</span>
  </button>`;

const TAP_ICONS = { present: "ok", late: "clock", repeat: "ok", revoked: "fault", unknown: "unknown" };

/** The counts, and under them the newest thing: a lost reader, marks kept back, or the last tap. */
function Info({ counts, guests }) {
  const tap = lastTap.value;
  const lost = readers.value.some((one) => one.link !== "online");
  const kept = cutOff.value && queue.value.length;
  return html`
    <div class="roll-info">
      <p class="roll-counts" data-test="counts">${t("att.count", { p: counts.present, n: counts.size, l: counts.late, a: counts.absent, e: folded.value ? "–" : counts.excused, u: counts.unmarked })}${guests ? ` · ${t("att.guest.count", { n: guests })}` : ""}</p>
      <p class="roll-last" data-test="last-tap">
        ${kept
          ? html`<${Icon} name="clock" size=${20} />${t("att.queued", { n: queue.value.length })}`
          : tap && !folded.value
            ? html`<${Icon} name=${TAP_ICONS[tap.outcome] || "card"} size=${20} />${tap.short_name ? t("att.tap.last", { name: tap.short_name, t: hhmm(tap.at) }) : tapWords(tap)}`
            : lost
              ? html`<${Icon} name="offline" size=${20} />${t("att.noreader")}`
              : null}
      </p>
    </div>`;
}

const Question = ({ icon, children, actions, test }) => html`
  <div class="roll-bar question" data-test=${test} role="group">
    <${Icon} name=${icon} size=${28} /><span class="banner-text">${children}</span>
    ${actions.map((action) => html`<${Press} key=${action.test} class=${`button ${action.look || ""}`} ...${action}>${action.name}<//>`)}
  </div>`;

/** The bar at the foot: a question where there is one, else Chốt, else what was confirmed. */
function Bar({ one, list, counts, onMore }) {
  const [asking, setAsking] = useState(false);
  const reason = waitReason();
  const late = list.find((mark) => mark.question);
  const unmarked = counts.unmarked;
  const confirm = async (body) => {
    setAsking(false);
    const told = await confirmRoll(one.id, body);
    if (told.failed === "unmarked_left") setAsking(true);
  };
  if (asking && unmarked > 0)
    return html`<${Question} icon="unknown" test="ask-unmarked" actions=${[
      { name: t("att.fill", { n: unmarked }), look: "primary first", reason, onPress: () => confirm({ fill_absent: true }), test: "fill-absent" },
      { name: t("att.look"), onPress: () => setAsking(false), test: "look-again" },
    ]}>${t("att.unmarked", { n: unmarked })}<//>`;
  if (late && !folded.value) return html`<${LateTap} id=${one.id} mark=${late} reason=${reason} />`;
  if (mayBeGuest(one)) return html`<${Guest} one=${one} tap=${lastTap.value} reason=${reason} />`;
  if (one.attendance === "confirmed") return html`<${Confirmed} one=${one} counts=${counts} onMore=${onMore} />`;
  if (one.carried)
    return html`<${Question} icon="roll" test="carried" actions=${[
      { name: t("att.carried.yes"), look: "primary", reason, onPress: () => confirm({}), test: "carried-yes" },
    ]}>${t("att.carried", { p: one.carried.present, a: one.carried.absent })}<//>`;
  const busy = asks.value.confirm;
  return html`
    <div class=${`roll-bar ${unmarked ? "unsure" : ""}`}>
      ${view.value === "unseen" && unmarked > 0 && html`
        <${Press} class="button" reason=${reason} onPress=${() => allPresent(one.id)} test="all-present">${t("att.allhere")}<//>`}
      <${Press} class="button primary confirm" reason=${reason} onPress=${() => (unmarked ? setAsking(true) : confirm({}))} test="confirm">
        ${busy ? html`<${Ring} size=${28} />` : html`<${Icon} name="check" size=${28} />`}
        <span>${t("att.confirm", { p: counts.present, a: counts.absent })}</span>
      <//>
    </div>`;
}

const LateTap = ({ id, mark, reason }) => html`
  <${Question} icon="clock" test="late-tap" actions=${[
    {
      name: t("att.latetap.late", { m: mark.question.minutes }),
      look: "primary",
      onPress: () => markPupil(id, mark, { presence: "late", minutes: mark.question.minutes }, t("att.late.minutes", { m: mark.question.minutes })),
      test: "late-change",
    },
    { name: t("att.latetap.keep"), reason, onPress: () => keepTap(id, mark.person_id), test: "late-keep" },
  ]}>${t("att.latetap", { name: mark.short_name, t: hhmm(mark.question.at) })}<//>`;

/** Whether the last card was of another class's pupil who may learn with this one. */
const mayBeGuest = (one) => {
  const tap = lastTap.value;
  return Boolean(tap && tap.person_id && tap.lesson_id === one.id && ["other_class", "visit"].includes(tap.outcome));
};

const Guest = ({ one, tap, reason }) => html`
  <${Question} icon="card" test="guest" actions=${[
    { name: t("att.guest.add"), look: "primary", reason, onPress: () => addGuest(one.id, tap), test: "guest-add" },
    { name: t("att.guest.no"), onPress: () => (lastTap.value = null), test: "guest-no" },
  ]}>${t("att.guest.ask", { c: tap.class_name || "" })}<//>`;

async function addGuest(id, tap) {
  const told = await guest(id, tap.person_id);
  if (told.failed || told.busy) return;
  lastTap.value = null;
  const undo = async () => {
    const undone = await guest(id, tap.person_id, true);
    if (!undone.failed) say(t("act.undone"));
  };
  const added = told.guests.find((mark) => mark.person_id === tap.person_id);
  say(t("att.guest.added", { name: added.short_name, c: added.class_name }), { undo, look: "ok" });
}

const Confirmed = ({ one, counts, onMore }) => html`
  <div class="roll-bar confirmed" data-test="confirmed">
    <${StatusChip} look="ok" icon="ok">${t("att.lesson.confirmed", { t: hhmm(one.confirmed_at) })}<//>
    <span class="banner-text">${t("att.confirmed", { p: counts.present, a: counts.absent, who: t("att.place") })}</span>
    <${Press} class="button" aria-haspopup="dialog" onPress=${onMore} test="confirmed-more"><${Icon} name="ellipsis" /><span>${t("att.more")}</span><//>
  </div>`;

/** To open the roll again: on a sheet and at its left, never where Chốt or the way here was touched. */
function ConfirmedSheet({ one, onClose }) {
  const reopen = () => (onClose(), reopenRoll(one.id));
  return html`
    <${Sheet} title=${t("att.lesson.confirmed", { t: hhmm(one.confirmed_at) })} onClose=${onClose} test="confirmed-sheet">
      <div class="choices four">
        <${Press} class="choice" reason=${waitReason()} onPress=${reopen} test="reopen"><${Icon} name="undo" size=${32} /><span>${t("att.reopen")}</span><//>
      </div>
    <//>`;
}

/** What a pupil's row opens: the marks a teacher may give, each saved at once. */
function RowSheet({ one, mark, onClose }) {
  const [minutes, setMinutes] = useState(mark.presence === "late" && mark.minutes ? mark.minutes : Math.max(1, minutesSince(one.starts_at) || 1));
  const [more, setMore] = useState(false);
  const choose = (presence, extra = {}, words = t(PRESENCES[presence].key)) => {
    markPupil(one.id, mark, { presence, ...extra }, words);
    onClose();
  };
  const choice = (presence, { extra, icon = PRESENCES[presence].icon, words = t(PRESENCES[presence].key) } = {}) => html`
    <${Press} class=${`choice ${mark.presence === presence && !extra ? "chosen" : ""}`} onPress=${() => choose(presence, extra, words)} test=${`mark-${extra ? "forgot" : presence}`}>
      <${Icon} name=${icon} size=${32} /><span>${words}</span>
    <//>`;
  const state = markView(mark);
  const title = html`<span class=${`chip ${state.look}`}><${Icon} name=${state.icon} size=${20} /><span>${state.words}</span></span>`;
  return html`
    <${Sheet} title=${mark.stt === null ? mark.name : `${mark.stt} · ${mark.name}`} extra=${title} onClose=${onClose} test="row-sheet">
      ${more
        ? html`<div class="choices four">
            ${choice("left_early")}${choice("skipped")}${choice("out_on_duty")}
            ${choice("present", { extra: { note: "forgot_card" }, icon: "card", words: t("att.forgot") })}
          </div>`
        : html`<div class="choices marks">
            ${choice("present")}
            <div class="late-choice">
              <${Press} class="button step" aria-label=${t("att.late.less")} onPress=${() => setMinutes(Math.max(1, minutes - 1))} test="late-less"><${Icon} name="minus" size=${28} /><//>
              <${Press} class=${`choice ${mark.presence === "late" ? "chosen" : ""}`} onPress=${() => choose("late", { minutes }, t("att.late.minutes", { m: minutes }))} test="mark-late">
                <${Icon} name="clock" size=${32} /><span>${t("att.late")}<br /><span class="late-minutes">${t("att.minutes", { m: minutes })}</span></span>
              <//>
              <${Press} class="button step" aria-label=${t("att.late.more")} onPress=${() => setMinutes(Math.min(300, minutes + 1))} test="late-more"><${Icon} name="plus" size=${28} /><//>
            </div>
            ${choice("absent")}
            <${Press} class="choice" onPress=${() => setMore(true)} test="mark-more"><${Icon} name="ellipsis" size=${32} /><span>${t("att.more")}</span><//>
          </div>`}
    <//>`;
}

const LessonChips = ({ all, one }) => html`
  <div class="roll-lessons" role="group" aria-label=${t("lesson.choose")}>
    ${all.map((each) => html`<button type="button" key=${each.id} class="view" aria-pressed=${each.id === one.id} onClick=${() => (chosenLesson.value = each.id)}>${t("lesson.class", { name: each.class_name })}</button>`)}
  </div>`;

/** The tab Điểm danh. `goToLesson` leads to where a lesson is started. */
export function Attendance({ goToLesson }) {
  const [person, setPerson] = useState(null);
  const [more, setMore] = useState(false);
  const all = running.value;
  if (!run.value) {
    const { k, n } = lesson.value.tapped;
    const count = n ? ` ${t("att.idle", { k, n })}.` : "";
    return html`<main class="screen centre"><${Empty} icon="roll" action=${{ name: t("att.closed.go"), onPress: goToLesson, test: "go-lesson" }}>${t("att.closed")}${count}<//></main>`;
  }
  const one = all.find((each) => each.id === chosenLesson.value) || all[0];
  const list = one && rollOf(one.id);
  if (!one) return html`<main class="screen centre"><${Empty} icon="roll">${t("att.noroll")}<//></main>`;
  if (!list) return html`<main class="screen roll loading" aria-busy="true"><p class="slow">${t("app.loading")}</p></main>`;
  const counts = countsOf(list);
  const mark = person && !folded.value && list.find((each) => each.person_id === person);
  return html`
    <main class=${`screen roll ${all.length > 1 ? "several" : ""}`}>
      ${all.length > 1 && html`<${LessonChips} all=${all} one=${one} />`}
      <${Info} counts=${counts} guests=${one.guests} />
      <div class="roll-views" role="group" aria-label=${t("att.views")}>
        <${ViewButton} name="unseen" words=${t("att.unseen")} count=${counts.absent + counts.unmarked} />
        <${ViewButton} name="whole" words=${t("att.whole")} count=${counts.size} />
      </div>
      <${List} id=${one.id} list=${list} onRow=${setPerson} />
      <${Bar} one=${one} list=${list} counts=${counts} onMore=${() => setMore(true)} />
    </main>
    ${more && one.attendance === "confirmed" && html`<${ConfirmedSheet} one=${one} onClose=${() => setMore(false)} />`}
    ${mark && html`<${RowSheet} key=${mark.person_id} one=${one} mark=${mark} onClose=${() => setPerson(null)} />`}`;
}
