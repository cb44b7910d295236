// The teacher's panel: header, tabs, the strip that is due, and the pages Sổ đầu bài and Trợ giúp.
import { effect, html, render, signal, useState } from "../vendor/vendor.js";
import { has, LANGUAGES, language, large, slotWords, small, t, useLanguage } from "../shared/i18n.js";
import { Banner, Empty, guardTouches, Icon, LiveRegion, Pager, Press, Snackbar, StatusChip, TabBar, useHeight } from "../shared/parts.js";
import { clockTrusted, dismiss, hhmm, minutesSince, nowMs, startBeat, wallNow, wallText } from "../shared/store.js";
import { cutOff } from "../shared/stream.js";
import { Attendance, countsOf, queue, rollOf, touched } from "./attendance.js";
import { action, darkWanted, Idle, Lesson, lessonWords, stayOn, stepsStrip, stillStrip, switchedOn, turnOff } from "./lesson.js";
import {
  called, calledAll, command, continueLesson, devices, endLesson, extendLesson, handed, keepLesson, known, leftOf, lesson, lit, mainDisplay,
  findings, isCurrent, isLost, isTrying, nameOf, netReason, offIn, openRoom, parts, powerView, readers, ready, room, run, running, safeToCut, startLesson, starting, sync, waitReason,
} from "./room.js";

const TABS = ["lesson", "roll", "book", "help"];
const TAB_ICONS = { lesson: "lesson", roll: "roll", book: "book", help: "help" };
const tab = signal("lesson");
const goTo = (id) => () => (tab.value = id);

const helpName = () => (room.value.help && room.value.help.person ? t("help.call", { person: room.value.help.person }) : t("help.call.any"));

// --- header ---------------------------------------------------------------------------------

/** What the room found in these areas; what is only worth knowing is left out. */
const found = (...areas) => findings.value.filter((one) => areas.includes(one.area) && one.level !== "info");

/** One chip: the store where taps are not kept any more or soon will not be, else the devices. */
function StateChip() {
  const store = found("store").find((one) => has(`chip.${one.code}`));
  if (store) return html`<${StatusChip} look=${store.level === "fault" ? "danger" : "warn"} icon=${store.level === "fault" ? "fault" : "alert"} test="store-chip">${t(`chip.${store.code}`)}<//>`;
  const bad = found("device", "reader").length;
  if (!bad && found("part").length) return html`<${StatusChip} look="warn" icon="alert" test="part-chip">${t("chip.part")}<//>`;
  if (bad) return html`<${StatusChip} look="warn" icon="alert" test="device-chip">${t("chip.look", { n: bad })}<//>`;
  if (!devices.value.length) return html`<${StatusChip} look="plain" icon="unknown" test="device-chip">${t("chip.none")}<//>`;
  return html`<${StatusChip} look="ok" icon="ok" test="device-chip">${t("chip.ok")}<//>`;
}

/** Why the school's server does not get what waits; null while it does. */
const linkFinding = () => findings.value.find((one) => one.area === "link") || null;

function HubCloud() {
  const one = linkFinding();
  if (!one || (one.level !== "fault" && !sync.value.waiting)) return null;
  return html`<span class=${`cloud ${one.level}`} data-test="hub-cloud"><${Icon} name="cloud-off" /><span class="unseen">${t("net.hub")}. ${t(`health.${one.code}`)}</span></span>`;
}

function Clock() {
  const now = wallNow();
  return html`
    <span class="clock" data-test="clock">
      ${!clockTrusted.value && html`<${Icon} name="unknown" size=${20} /><span class="unseen">${t("app.clock.doubtful")}</span>`}
      <time>${now ? wallText(now) : "--:--"}</time>
    </span>`;
}

function title() {
  const here = t("app.room", { name: room.value.name });
  const one = running.value[0];
  if (tab.value === "roll" && one) return [t("att.heading", { class: one.class_name, slot: slotWords(one) }), one.subject].filter(Boolean).join(" · ");
  if (!run.value) return here;
  return [here, ...running.value.map((each) => each.class_name), one && one.subject, one && slotWords(one)].filter(Boolean).join(" · ");
}

function Header() {
  const kept = queue.value.length;
  if (cutOff.value)
    return html`
      <header class="header cut" data-test="cut-off">
        <${Icon} name="offline" size=${28} />
        <p class="header-title">${t("net.panel")}${kept > 0 && html` <span>${t("att.queued", { n: kept })}</span>`}</p><${Clock} />
      </header>`;
  const words = title();
  return html`
    <header class="header">
      <h1 class=${`header-title ${words.length > 40 ? "long" : ""}`} data-test="title">${words}</h1>
      <${HubCloud} />
      ${safeToCut.value && html`<${StatusChip} look="ok" icon="power" test="safe-to-cut">${t("power.safe")}<//>`}
      <${StateChip} /><${Clock} />
    </header>`;
}

// --- the strip: one at a time, the most urgent first --------------------------------------------

/** An action of the lesson: it waits for the room's store too. */
const deed = (name, onPress, test, look = "") => ({ ...action(name, onPress, test, look), reason: waitReason() });

function openingStrip() {
  if (!starting.value || netReason()) return null;
  return html`<${Banner} look="info" ring=${{}} test="strip-opening">${t("app.opening")}<//>`;
}

const ended = () => run.value || handed.value;
const heardAt = signal({ s: null, at_ms: 0 });
effect(() => {
  const ends = ended() && ended().ends_in_s;
  heardAt.value = { s: typeof ends === "number" ? ends : null, at_ms: performance.now() };
});

/** The devices that go off when a lesson's countdown is over. */
const endingWords = (left) => (lit.value.length ? t("lesson.ending", { ...called(mainDisplay.value || lit.value[0]), s: left }) : t("lesson.ending.plain", { s: left }));

const endingIn = () => {
  if (!ended() || ended().state !== "ending" || heardAt.value.s === null) return null;
  return Math.max(0, Math.ceil(heardAt.value.s - (nowMs() - heardAt.value.at_ms) / 1000));
};
const keepDeed = () => deed(t(lit.value.length ? "lesson.keep" : "lesson.goon"), keepLesson, "keep", "large");

function endingStrip() {
  const left = endingIn();
  return left === null ? null : html`<${Banner} look="warn" ring=${{ left_s: left, total_s: 10 }} test="strip-ending" actions=${[keepDeed()]}>${endingWords(left)}<//>`;
}

/** The same on the other pages: the way back is wherever the teacher is. */
function EndingBar() {
  const left = endingIn();
  if (left === null || tab.value === "lesson") return html`<${Snackbar} />`;
  const { name, ...rest } = keepDeed();
  return html`<aside class="snackbar" aria-label=${t("app.message")} data-test="bar-ending"><span class="snackbar-text">${endingWords(left)}</span><${Press} class="button" ...${rest}>${name}<//></aside>`;
}

function handoverStrip() {
  if (!handed.value) return null;
  const next = handed.value.handover;
  const key = switchedOn("blank") ? "lesson.handover" : lit.value.length ? "lesson.handover.on" : "lesson.handover.plain"; // what the devices said
  const words = t(key, { Slot: large(slotWords(next)) || t("lesson.nextone"), t: hhmm(next.at) });
  return html`<${Banner} look="info" icon="clock" test="strip-handover" actions=${[
    deed(t("lesson.alloff"), () => endLesson(), "all-off"), deed(t("lesson.goon"), continueLesson, "go-on", "primary large"),
  ]}>${words}<//>`;
}

/** Nothing is taught, and something is on: say so, and offer to turn it off. */
function litStrip() {
  const list = lit.value;
  if (ended() || !list.length) return null;
  const due = list.map((one) => offIn(one.id)).filter((left) => left !== null);
  if (!due.length) return html`<${Banner} look="info" icon="power" test="strip-lit" actions=${[action(t("display.off"), () => turnOff(list, { shown: true }), "lit-off")]}>${t("display.lit", calledAll(list))}<//>`;
  const left = Math.max(...due);
  return html`<${Banner} look="warn" ring=${{ left_s: left, total_s: 8 }} test="strip-off" actions=${[action(t("lesson.keep"), () => stayOn(list), "lit-keep", "large")]}>
    ${t("display.offin", { ...calledAll(list), s: Math.ceil(left) })}<//>`;
}

const NEXT_BEFORE_MIN = 2;

function nextStrip() {
  const next = lesson.value.next;
  if (!run.value || !next || !clockTrusted.value || minutesSince(next.starts_at) < -NEXT_BEFORE_MIN || run.value.lessons.includes(next.id)) return null;
  return html`<button type="button" class="banner next" data-test="start-next" aria-disabled=${waitReason() ? "true" : null} onClick=${() => waitReason() || startLesson({ lesson_id: next.id })}>
    <${Icon} name="play" size=${32} /><span class="banner-text">${t("lesson.startslot", { slot: small(slotWords(next)), teacher: next.teacher })}</span></button>`;
}

function autoEndStrip() {
  const { auto_end_at: at, auto_end_notice_at: from } = run.value || {};
  if (!at || !clockTrusted.value || minutesSince(from) < 0) return null;
  const left = -minutesSince(at);
  return html`<${Banner} look="warn" icon="clock" test="strip-auto-end" actions=${[deed(t("lesson.extend"), extendLesson, "extend", "primary")]}>
    ${t("lesson.autoend", { m: Math.max(1, left) })}<//>`;
}

function maybeStrip() {
  const one = running.value[0];
  if (!one || one.attendance === "confirmed" || !one.maybe_absent_at || !clockTrusted.value) return null;
  const list = rollOf(one.id);
  const counts = list ? countsOf(list) : one.counts;
  const missing = counts.unmarked + counts.absent;
  if (minutesSince(one.maybe_absent_at) < 0 || !missing) return null;
  return html`<${Banner} look="info" icon="roll" test="strip-maybe" actions=${[{ name: t("att.maybe.look"), onPress: goTo("roll"), test: "look" }]}>${t("att.maybe", { m: minutesSince(one.starts_at), n: missing })}<//>`;
}

function troubleStrip() {
  const display = mainDisplay.value;
  if (!run.value || !run.value.picture || !display) return null;
  const power = display.readings.power || {};
  const help = { name: helpName(), onPress: goTo("help"), test: "go-help" };
  const again = action(t("act.retry"), () => command(display, "power", power.wanted || "on"), "retry", "primary");
  if (display.link === "refused") return html`<${Banner} look="danger" icon="fault" test="strip-trouble" actions=${[help]}>${t("display.refused", called(display))}<//>`;
  const trying = isTrying(display);
  const actions = [{ ...again, reason: again.reason || (trying ? t("act.doing") : "") }, help];
  if (isLost(display)) return html`<${Banner} look="danger" icon="offline" ring=${trying ? {} : null} test="strip-trouble" actions=${actions}>${t(trying ? "display.trying" : "display.noanswer", called(display))}<//>`;
  const view = powerView(display);
  if (power.value === "fault") return html`<${Banner} look="danger" icon="fault" test="strip-trouble" actions=${[help]}>${view.words}<//>`;
  if (power.slow) return html`<${Banner} look="warn" icon="alert" test="strip-slow" actions=${[help]}>${t("display.slow", called(display))}<//>`;
  return null;
}

function coolingStrip() {
  const cooling = devices.value.find((one) => (one.readings.power || {}).value === "cooling");
  if (!cooling || (run.value && run.value.picture)) return null;
  const left = leftOf(cooling);
  const words = left > 0.5 ? t("display.cooling", { ...called(cooling), s: Math.ceil(left) }) : t("display.cooling.soon", called(cooling));
  return html`<${Banner} look="info" ring=${left === null ? {} : { left_s: left, total_s: cooling.ring_s }} test="strip-cooling">${words}<//>`;
}

const STRIPS = [openingStrip, endingStrip, handoverStrip, nextStrip, troubleStrip, autoEndStrip, stepsStrip, stillStrip, maybeStrip, coolingStrip, litStrip];

const strip = () => STRIPS.reduce((drawn, draw) => drawn || draw(), null);

// --- Sổ đầu bài and Trợ giúp ------------------------------------------------------------------

const BOOK_LOOKS = { none: ["plain", "unmarked"], open: ["warn", "alert"], taps: ["warn", "card"], confirmed: ["ok", "ok"] };

/** Whether a lesson has begun or has anything to say; all of them where the time is doubtful. */
const isPast = (one) => !clockTrusted.value || one.attendance !== "none" || minutesSince(one.starts_at) >= 0;

/** Today's lessons of this room, newest first: no names, no buttons. */
function Book() {
  const [height, setHeight] = useState(0);
  const [page, setPage] = useState(0);
  const box = useHeight(setHeight);
  const { today, lessons } = lesson.value;
  const all = new Map([...(today || []), ...lessons].map((one) => [one.id, one]));
  const list = Array.from(all.values()).filter(isPast).sort((a, b) => (a.starts_at < b.starts_at ? 1 : -1));
  const rows = Math.max(2, Math.floor((height + 8) / 80));
  const pages = Math.max(1, Math.ceil(list.length / rows));
  const here = Math.min(page, pages - 1);
  return html`
    <main class="screen book">
      <h2>${t("book.title")}</h2>
      <div class="book-list" ref=${box} data-test="book-list">
        ${list.length ? list.slice(here * rows, here * rows + rows).map((one) => html`<${BookRow} key=${one.id} one=${one} />`) : html`<${Empty} icon="book">${t("book.none")}<//>`}
      </div>
      ${pages > 1 && html`<div class="book-pager"><${Pager} page=${here} pages=${pages} onPage=${setPage} /></div>`}
      <p class="book-note">${t("book.note")}</p>
    </main>`;
}

function BookRow({ one }) {
  const [look, icon] = BOOK_LOOKS[one.attendance] || BOOK_LOOKS.none;
  const now = run.value && run.value.lessons.includes(one.id);
  const said = t(`att.lesson.${one.attendance}`, { t: hhmm(one.confirmed_at) });
  return html`
    <div class="book-row" data-test=${`book-${one.id}`}>
      <span class="book-time">${hhmm(one.starts_at)}–${hhmm(one.ends_at)}</span>
      <span class="book-what"><strong>${lessonWords(one)}</strong><br />${[one.teacher, now && t("book.now")].filter(Boolean).join(" · ")}</span>
      ${one.attendance !== "none" && one.counts && html`<span class="book-count">${t("book.present", { p: one.counts.present, n: one.counts.size })}</span>`}
      <${StatusChip} look=${look} icon=${icon}>${said}<//>
    </div>`;
}

const LEVEL_KEYS = { up: "state.up", down: "state.down", moving: "state.moving", stopped: "state.stopped", stop: "state.stopped" };

function deviceState(device) {
  if (device.capabilities.power) return powerView(device);
  if (isLost(device)) return { look: "danger", icon: "offline", words: t("state.noanswer") };
  const judged = (findings.value.find((one) => one.area === "device" && one.subject === device.id) || {}).code;
  if (judged === "device_silent") return { look: "warn", icon: "alert", words: t("state.noanswer") }; // whatever the broker remembers
  if (judged === "device_unheard") return { look: "plain", icon: "unknown", words: t("state.unheard") };
  const isUnsaid = ([name, can]) => can.confirms && !isCurrent(device.readings[name]);
  if (Object.entries(device.capabilities).some(isUnsaid)) return { look: "plain", icon: "unknown", words: t("state.unknown") };
  const screen = (device.readings.screen || {}).value;
  return { look: "ok", icon: "ok", words: t(LEVEL_KEYS[screen] || "state.live") };
}

const FINDING_LOOKS = { fault: ["danger", "fault"], warning: ["warn", "alert"], info: ["plain", "clock"] };

/** A reader's line: the room has judged whether it can be relied on. */
function readerState(one) {
  const judged = findings.value.find((each) => each.area === "reader" && each.subject === one.id);
  const isRead = !judged || one.reason === "raw_check"; // a variant that is read all the same
  const [look, icon] = isRead ? ["ok", "ok"] : FINDING_LOOKS[judged.level];
  return { look, icon, words: t(one.reason ? `reader.${one.reason}` : one.link === "online" ? "state.live" : "state.noanswer") };
}

const StateLine = ({ name, look, icon, words }) => html`
  <li class="state-line"><span class=${`state-icon ${look}`}><${Icon} name=${icon} /></span><span><strong>${name}</strong> · ${words}</span></li>`;

/** The school's server: nothing is called sent before something has arrived there. */
function hubState() {
  const { state, waiting, delivered } = sync.value;
  const one = linkFinding();
  const kept = waiting ? t("net.queue", { n: waiting }) : "";
  if (one) return { look: one.level === "fault" ? "danger" : "plain", icon: "cloud-off", words: [t(`health.${one.code}`), kept].filter(Boolean).join(" · ") };
  if (state === "off") return { look: "plain", icon: "minus", words: t("net.hub.off") };
  if (waiting) return { look: "plain", icon: "working", words: `${t("net.hub.sending")} · ${kept}` };
  return delivered ? { look: "ok", icon: "ok", words: t("net.hub.ok") } : { look: "ok", icon: "ok", words: t("net.hub.none") };
}

const URGENCY = ["danger", "warn"];
const urgency = ({ look }) => (URGENCY.indexOf(look) + URGENCY.length + 1) % (URGENCY.length + 1);

/** A part of the room's software in a person's words; of a device or reader that could not be made only its id is known. */
function partName(part) {
  const [kind, id] = part.split(" ");
  const key = `part.${part.replace(" ", "_")}`;
  const of = { device: devices, reader: readers }[kind];
  if (of && id) return t(`part.${kind}`, called(of.value.find((one) => one.id === id) || { name: `${t("device.any")} ${id}` }));
  return has(key) ? t(key) : t("part.other", { part });
}

/** All that the room has and how it is, what needs a look first. */
function stateLines() {
  const own = findings.value.filter((one) => ["store", "clock"].includes(one.area));
  const judged = own.map((one) => ({ key: one.code, name: t(`help.${one.area}`), look: FINDING_LOOKS[one.level][0], icon: FINDING_LOOKS[one.level][1], words: t(`health.${one.code}`) }));
  const broken = parts.value.filter((one) => one.state !== "up");
  const lines = [
    ...judged,
    { key: "hub", name: t("help.hub"), ...hubState() },
    ...devices.value.map((one) => ({ key: one.id, name: nameOf(one), ...deviceState(one) })),
    ...readers.value.map((one) => ({ key: `r-${one.id}`, name: nameOf(one), ...readerState(one) })),
    ...broken.map((one) => ({ key: `p-${one.name}`, name: partName(one.name), look: "warn", icon: "alert", words: t(`help.part.${one.state}`) })),
  ];
  return lines.map((line, n) => [urgency(line), n, line]).sort((one, two) => one[0] - two[0] || one[1] - two[1]).map(([, , line]) => line);
}

const version = () => {
  const found = /\/assets\/([^/]+)\//.exec(import.meta.url);
  return found ? decodeURIComponent(found[1]) : "";
};

function CallCard() {
  const { phone } = room.value.help || {};
  const words = html`
    <span class="main-name"><${Icon} name="phone" size=${40} /><span>${helpName()}</span></span>
    ${phone ? html`<span class="main-line">${t("help.phone")}</span><span class="phone">${phone}</span>` : html`<span class="main-line">${t("help.nophone")}</span>`}`;
  const canDial = phone && isNarrow();
  return canDial ? html`<a class="call" data-test="call" href=${`tel:${phone.replace(/[^+\d]/g, "")}`}>${words}</a>` : html`<div class="call" data-test="call">${words}</div>`;
}

const isNarrow = () => window.matchMedia("(max-width: 599px)").matches;
const WORDS_A_ROW = 42; // of a line's words at 800x480; large panels have larger letters
const ROW_PX = { small: [30, 50], large: [48, 56] }; // a line of one row of words, of two

/** The lines page by page; a phone's page is as long as it must be. */
function paged(lines, height) {
  if (isNarrow()) return [lines];
  const [one, two] = window.innerWidth < 1100 ? ROW_PX.small : ROW_PX.large;
  const pages = [[]];
  let left = height;
  for (const line of lines) {
    const need = line.name.length + line.words.length > WORDS_A_ROW ? two : one;
    if (need > left && pages[pages.length - 1].length) {
      pages.push([]);
      left = height;
    }
    pages[pages.length - 1].push(line);
    left -= need;
  }
  return pages;
}

function Help() {
  const [height, setHeight] = useState(0);
  const [page, setPage] = useState(0);
  const box = useHeight(setHeight);
  const pages = paged(stateLines(), height);
  const here = Math.min(page, pages.length - 1);
  return html`
    <main class="screen help">
      <${CallCard} />
      <section class="help-states" aria-label=${t("help.devices")} data-test="states">
        <h2>${t("help.devices")}</h2>
        ${!devices.value.length && html`<p>${t("help.nodevices")}</p>`}
        <ul ref=${box}>${pages[here].map(({ key, ...line }) => html`<${StateLine} key=${key} ...${line} />`)}</ul>
      </section>
      <div class="help-foot">
        <div class="languages" role="group" aria-label=${t("help.language")}>
          ${LANGUAGES.map((code) => html`<button type="button" key=${code} class="view" lang=${code} aria-pressed=${language.value === code} data-test=${`language-${code}`} onClick=${() => chooseLanguage(code)}>
            ${code === "vi" ? "Tiếng Việt" : "English"}</button>`)}
        </div>
        ${pages.length > 1 && html`<${Pager} page=${here} pages=${pages.length} onPage=${setPage} />`}
        <span class="version" data-test="version">${t("help.version", { v: version() })}</span>
      </div>
    </main>`;
}

// --- the page -------------------------------------------------------------------------------

function chooseLanguage(code) {
  sessionStorage.setItem("lophoc.language", code);
  useLanguage(code);
}

const startLanguage = () => {
  const asked = new URLSearchParams(location.search).get("lang") || sessionStorage.getItem("lophoc.language");
  return LANGUAGES.includes(asked) ? asked : null;
};

function Page() {
  if (!ready.value) return html`<main class="screen centre loading" aria-busy="true"><h1 class="unseen">${t("app.title")}</h1><p class="slow">${t("app.loading")}</p></main>`;
  if (!known.value && tab.value !== "help") return html`<main class="screen centre"><${Empty} icon="working" test="opening">${t("app.opening")}<//></main>`;
  if (tab.value === "roll") return html`<${Attendance} goToLesson=${goTo("lesson")} />`;
  if (tab.value === "book") return html`<${Book} />`;
  if (tab.value === "help") return html`<${Help} />`;
  return run.value ? html`<${Lesson} strip=${strip()} goToRoll=${goTo("roll")} />` : html`<${Idle} strip=${strip()} />`;
}

function tabs() {
  const one = running.value[0];
  const list = one && rollOf(one.id);
  const counts = list ? countsOf(list) : one && one.counts;
  const badge = counts ? `${counts.present}/${counts.size}` : "";
  return TABS.map((id) => ({ id, name: t(`tab.${id}`), icon: TAB_ICONS[id], badge: id === "roll" ? badge : "" }));
}

const App = () => html`
  <${Header} />
  <${Page} />
  <${TabBar} items=${tabs()} chosen=${tab.value} onChoose=${(id) => (tab.value = id)} label=${t("app.tabs")} />
  <${EndingBar} /><${LiveRegion} />`;

function keys(event) {
  touched();
  if (event.ctrlKey || event.altKey || event.metaKey || /^(INPUT|TEXTAREA|SELECT)$/.test(event.target.tagName)) return;
  if (event.key === "u" || event.key === "U") dismiss({ undo: true });
  if (document.querySelector("[role=dialog]")) return;
  const id = TABS[Number(event.key) - 1];
  if (id) tab.value = id;
}

/** Dark while a picture is projected, where this browser's setting asks for it. */
function followTheme() {
  const display = mainDisplay.value;
  const projecting = display && display.link === "online" && ["on", "warming"].includes((display.readings.power || {}).value);
  document.documentElement.dataset.theme = darkWanted.value && projecting ? "dark" : "light";
}

async function open() {
  const asked = startLanguage();
  await useLanguage(asked || "vi");
  render(html`<${App} />`, document.getElementById("app"));
  effect(followTheme);
  if (!asked) effect(() => ready.value && LANGUAGES.includes(room.value.language) && !startLanguage() && room.value.language !== language.peek() && useLanguage(room.value.language));
  window.addEventListener("pointerdown", touched, true);
  guardTouches(document.getElementById("app"), () => performance.now());
  window.addEventListener("keydown", keys);
  window.addEventListener("contextmenu", (event) => event.preventDefault());
  touched();
  startBeat();
  openRoom();
}

open().catch((error) => {
  document.getElementById("app").dataset.failed = "true";
  throw error;
});
