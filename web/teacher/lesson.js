// The tab Tiết học: the idle room, the running lesson, its strips, and the sheets that open from them.
import { computed, html, signal, useState } from "../vendor/vendor.js";
import { slotWords, small, t } from "../shared/i18n.js";
import { Banner, Icon, MainAction, Mute, Press, Ring, Sheet, Tile, Volume } from "../shared/parts.js";
import { callOff, clockTrusted, countDown, hhmm, minutesSince, remember, remembered, say, withdraw } from "../shared/store.js";
import { cutOff } from "../shared/stream.js";
import {
  askOf, asks, called, calledAll, command, devices, endLesson, leftOf, lesson, mainDisplay, nameOf, netReason, OFF_AFTER_MS, offIn, powerView, run, running,
  saidNow, startLesson, takeOver, waitReason,
} from "./room.js";
import { countsOf, rollOf } from "./attendance.js";

/** The setting "Nền tối khi chiếu" of this browser. */
export const darkWanted = signal(remembered("dark", false));

const sheet = signal(""); // "", "classes", "sources", "more"
const closeSheet = () => (sheet.value = "");

/** "Lớp 10A1 · Toán · Tiết 2" of a lesson, leaving out what it does not have. */
export const lessonWords = (one) =>
  [t("lesson.class", { name: one.class_name }), one.subject, slotWords(one)].filter(Boolean).join(" · ");

const timeWords = (one) => [one.teacher, `${hhmm(one.starts_at)}–${hhmm(one.ends_at)}`].filter(Boolean).join(" · ");

// --- idle -----------------------------------------------------------------------------------

/** No lesson runs: one choice, which the timetable fills in. */
export function Idle({ strip }) {
  const { planned, next, tapped, choices } = lesson.value;
  const busy = Boolean(asks.value.start);
  const start = planned ? () => startLesson({ lesson_id: planned.id }) : () => (sheet.value = "classes");
  const lines = planned ? [lessonWords(planned), timeWords(planned)] : [t("lesson.choose")];
  return html`
    <main class=${`screen idle ${strip ? "with-strip" : ""}`}>
      ${strip}
      <${MainAction} icon="play" name=${busy ? t("lesson.starting") : t("lesson.start")} lines=${lines} ring=${busy ? {} : null}
        reason=${waitReason()} aria-haspopup=${planned ? null : "dialog"} onPress=${start} test="start" />
      <div class="idle-side">
        <${Tile} icon="roll" name=${t("lesson.noscreen")} reason=${waitReason() || (planned ? "" : t("lesson.none"))}
          onPress=${() => startLesson({ lesson_id: planned.id, picture: false })} test="start-no-picture" />
        <${Tile} icon="substitute" name=${t("lesson.other")} more reason=${waitReason()}
          onPress=${() => (sheet.value = "classes")} test="other-class" />
      </div>
      <p class="idle-foot" data-test="tapped">
        ${planned && tapped.n > 0
          ? html`<${Icon} name="card" /><span>${t("att.idle", { k: tapped.k, n: tapped.n })}</span>`
          : !planned && html`<span>${t("lesson.none")}${next ? ` ${t("lesson.later", { class: next.class_name, subject: next.subject, t: hhmm(next.starts_at) })}` : ""}</span>`}
      </p>
    </main>
    ${sheet.value === "classes" && html`<${ClassSheet} choices=${choices} planned=${planned} />`}`;
}

const gradeOf = (one) => (one.grade ? String(one.grade) : "");

/** Another class, another teacher, or no lesson at all; a touch starts it. */
function ClassSheet({ choices, planned }) {
  const grades = Array.from(new Set(choices.map(gradeOf))).sort();
  const [grade, setGrade] = useState(choices.length ? gradeOf(choices[0]) : "");
  const start = (wish) => () => {
    closeSheet();
    wish();
  };
  return html`
    <${Sheet} title=${t("lesson.choose")} onClose=${closeSheet} test="class-sheet">
      <div class="choices sources">
        ${planned && html`<${Press} class="choice" reason=${waitReason()} onPress=${start(() => takeOver(planned.id))} test="take-over"><${Icon} name="substitute" size=${32} /><span>${t("lesson.substitute")}</span><//>`}
        <${Press} class="choice" reason=${waitReason()} onPress=${start(() => startLesson({ meeting: true }))} test="meeting"><${Icon} name="board" size=${32} /><span>${t("lesson.meeting")}</span><//>
      </div>
      ${grades.length > 1 && html`
        <div class="choices grades" role="group" aria-label=${t("lesson.choose")}>
          ${grades.map((one) => html`<button type="button" key=${one} class="view" aria-pressed=${one === grade} onClick=${() => setGrade(one)}>${one ? t("lesson.grade", { g: one }) : t("lesson.groups")}</button>`)}
        </div>`}
      ${!choices.length && html`<p>${t("lesson.nochoice", called(mainDisplay.value))}</p>`}
      <div class="choices classes">
        ${choices.filter((one) => gradeOf(one) === grade).map((one) => html`
          <${Press} key=${one.group_key} class="choice" reason=${waitReason()} onPress=${start(() => startLesson({ group_key: one.group_key }))} test=${`class-${one.group_key}`}>${one.name}<//>`)}
      </div>
    <//>`;
}

// --- the lesson -----------------------------------------------------------------------------

/** Attendance, source, blank, more, the sound, end. What a room lacks is left out. */
export function Lesson({ strip, goToRoll }) {
  const display = mainDisplay.value;
  const can = (capability) => display && display.capabilities[capability];
  return html`
    <main class=${`screen lesson ${strip ? "with-strip" : ""}`}>
      ${strip}
      <${RollTile} onPress=${goToRoll} />
      <div class="lesson-side">
        ${can("inputs") && html`<${SourceTile} display=${display} />`}
        ${can("blank") && html`<${BlankTile} display=${display} />`}
        <${Tile} icon="ellipsis" name=${t("more.title")} more onPress=${() => (sheet.value = "more")} area="more" test="more" />
      </div>
      <${SoundTile} />
      <${EndTile} />
    </main>
    ${sheet.value === "sources" && html`<${SourceSheet} display=${display} />`}
    ${sheet.value === "more" && html`<${MoreSheet} display=${display} />`}`;
}

function RollTile({ onPress }) {
  const one = running.value[0];
  const list = one && rollOf(one.id);
  const counts = list ? countsOf(list) : one ? one.counts : null;
  if (!counts) return html`<${Tile} icon="roll" name=${t("att.title")} state=${t("att.noroll")} onPress=${onPress} area="roll" test="roll" />`;
  const said = one.attendance === "confirmed" ? t("att.lesson.confirmed", { t: hhmm(one.confirmed_at) }) : t(`att.lesson.${one.attendance === "none" ? "none" : "open"}`);
  return html`
    <${Press} class="tile roll" onPress=${onPress} test="roll">
      <span class="tile-name">${t("att.title")}</span>
      <span class="roll-number" data-test="roll-number">${counts.present}/${counts.size}</span>
      <span class=${`roll-said ${one.attendance}`}>${one.attendance === "confirmed" && html`<${Icon} name="ok" />`}<span>${said}</span></span>
      <span class="roll-away"><span>${t("att.count.away", { l: counts.late, a: counts.absent })}</span><span>${t("att.count.unmarked", { u: counts.unmarked })}</span></span>
    <//>`;
}

/** Why the picture cannot be moved now: the display's own state in words. */
function pictureReason(display) {
  if (netReason()) return netReason();
  const view = powerView(display);
  if (view.both || view.look === "on" || !display.capabilities.power || offIn(display.id) !== null) return "";
  const power = (display.readings.power || {}).value;
  if (display.link === "online" && power === "off") return t("display.isoff", called(display));
  return display.link === "online" ? t("display.notyet", called(display)) : view.words;
}

const sourceName = (display, code) => (code ? display.capabilities.inputs.choices[code] || code : t("source.unknown"));

function SourceTile({ display }) {
  const ask = askOf(display, "inputs");
  const view = powerView(display);
  const off = pictureReason(display) && !netReason();
  const state = ask ? t("source.switching") : off ? (view.look === "plain" && !view.ring ? `${nameOf(display)}: ${view.words}` : view.words) : sourceName(display, saidNow(display, "inputs"));
  return html`<${Tile} icon=${off && view.icon !== "power" ? view.icon : "cable"} look=${off && view.look !== "on" ? view.look : "plain"} name=${t("source.title")} state=${state}
    ring=${ask ? {} : off ? view.ring : null} more onPress=${() => (sheet.value = "sources")} area="source" test="source" />`;
}

function BlankTile({ display }) {
  const ask = askOf(display, "blank");
  const blanked = saidNow(display, "blank") === true;
  return html`<${Tile} icon=${blanked ? "eye" : "eye-off"} look=${blanked ? "on" : "plain"}
    name=${t(blanked ? "blank.off" : "blank.on")} state=${ask ? t("act.doing") : ""} ring=${ask ? {} : null}
    reason=${pictureReason(display)} onPress=${() => toggle(display, "blank", !blanked)} area="blank" test="blank" />`;
}

/** Switch a capability; blank and freeze exclude one another. */
export function toggle(device, capability, value) {
  const other = { blank: "freeze", freeze: "blank" }[capability];
  if (value && other && (device.readings[other] || {}).value === true) command(device, other, false);
  command(device, capability, value);
}

/**
 * The devices whose sound the panel moves, volume and mute of the same one: the main display where
 * it has a loudness, else one that has both, else what there is.
 */
const soundDevice = computed(() => {
  const can = (one, ...all) => all.every((capability) => (one.capabilities[capability] || {}).writable);
  const main = mainDisplay.value;
  if (main && can(main, "volume")) return main;
  const found = [["volume", "mute"], ["volume"], ["mute"]].map((all) => devices.value.find((one) => can(one, ...all)));
  return found.find(Boolean) || null;
});

/** Loudness and mute of one device; a room that is muted says so here. */
function SoundTile() {
  const device = soundDevice.value;
  if (!device) return null;
  const reason = pictureReason(device);
  const mute = device.capabilities.mute ? muteOf(device, reason) : null;
  if (!device.capabilities.volume) return html`<div class="volume only-mute"><${Mute} ...${mute} /></div>`;
  const ask = askOf(device, "volume");
  const { low, high } = device.capabilities.volume;
  const reading = saidNow(device, "volume");
  const level = typeof reading === "number" ? reading : null;
  const step = (by) => {
    const from = ask ? ask.value : level === null ? low : level;
    command(device, "volume", Math.max(low, Math.min(high, from + by)));
  };
  return html`<${Volume} level=${level} asked=${ask ? ask.value : null} mute=${mute} reason=${reason} onStep=${step} />`;
}

function muteOf(device, reason) {
  const on = saidNow(device, "mute") === true;
  return { on, asked: Boolean(askOf(device, "mute")), reason, onPress: () => command(device, "mute", !on) };
}

/** "12/45 phút" of the lesson, or minutes since the start where nobody planned its end. */
function minuteWords() {
  const one = running.value[0];
  if (!run.value || !clockTrusted.value) return "";
  if (!one) return t("lesson.minutes.open", { m: Math.max(0, minutesSince(run.value.started_at)) });
  const length = Math.round((Date.parse(one.ends_at) - Date.parse(one.starts_at)) / 60000);
  return t("lesson.minutes", { m: Math.max(0, minutesSince(one.starts_at)), n: length });
}

function EndTile() {
  const busy = asks.value.end || (run.value && run.value.state === "ending");
  return html`
    <${Press} class="main-action end" reason=${waitReason() || (busy ? t("act.doing") : "")} onPress=${() => endLesson()} test="end">
      <span class="main-name">${busy ? html`<${Ring} size=${32} />` : html`<${Icon} name="stop" size=${32} />`}<span>${t("lesson.end.short")}</span></span>
      <span class="main-line">${busy ? t("lesson.end.busy") : minuteWords()}</span>
    <//>`;
}

// --- strips of the lesson ---------------------------------------------------------------------

/** An action of a strip that asks something of a device. */
export const action = (name, onPress, test, look = "") => ({ name, onPress, test, look, reason: netReason() });

const STEP_ICONS = { waiting: "unmarked", done: "ok", failed: "alert", skipped: "minus" };

/** What the lesson's scene does now, step by step. */
export function stepsStrip() {
  if (!run.value || run.value.state !== "starting") return null;
  return html`
    <div class="banner steps" data-test="strip-steps" role="group" aria-label=${t("lesson.prep")}>
      <span class="steps-title">${t("lesson.prep")}</span>
      ${run.value.steps.map((step) => html`
        <span class=${`prep-step ${step.state}`} key=${step.id} data-test=${`step-${step.id}`}>
          <${Icon} name=${step.state === "running" ? "working" : STEP_ICONS[step.state]} size=${24} />
          <span>${stepName(step)}${stepLeft(step)}</span><span class="unseen">${t(`step.state.${step.state}`)}</span>
        </span>`)}
    </div>`;
}

const stepDevice = (step) => devices.value.find((one) => one.id === step.device);

function stepName(step) {
  const device = stepDevice(step);
  const words = t(step.word);
  return words !== step.word ? words : device ? nameOf(device) : step.id;
}

function stepLeft(step) {
  const device = stepDevice(step);
  const left = step.state === "running" && device ? leftOf(device) : null;
  return left !== null && left > 0.5 ? ` ${t("step.seconds", { s: Math.ceil(left) })}` : "";
}

/** The main display where it says that a switch is on now; else null. */
export const switchedOn = (capability) => {
  const display = mainDisplay.value;
  return display && saidNow(display, capability) === true ? display : null;
};

/** The class sees a frozen picture or none: say so, and offer the way back. */
export function stillStrip() {
  const frozen = switchedOn("freeze");
  if (frozen) return html`<${Banner} look="info" icon="snowflake" test="strip-freeze" actions=${[action(t("freeze.off"), () => toggle(frozen, "freeze", false), "unfreeze", "primary")]}>${t("freeze.note")}<//>`;
  const blanked = run.value && switchedOn("blank");
  if (blanked) return html`<${Banner} look="info" icon="eye-off" test="strip-blank" actions=${[action(t("blank.off"), () => toggle(blanked, "blank", false), "unblank", "primary")]}>${t("blank.note")}<//>`;
  return null;
}

// --- turning off ----------------------------------------------------------------------------

/**
 * Turn devices off in eight seconds, in which that can be taken back: by a message, unless where it
 * was asked shows the way back itself (`shown`).
 */
export function turnOff(list, { shown = false } = {}) {
  const ids = list.map((one) => one.id).filter((id) => offIn(id) === null);
  withdraw();
  countDown(ids, OFF_AFTER_MS, offNow);
  const left = () => Math.ceil(Math.max(...ids.map((id) => offIn(id) || 0)));
  if (ids.length && !shown) say(() => t("display.offin", { ...calledAll(list), s: left() }), { undo: () => callOff(ids) });
}

/** Take that back. */
export function stayOn(list) {
  callOff(list.map((one) => one.id));
  withdraw();
}

function offNow(id) {
  const device = devices.value.find((one) => one.id === id);
  if (cutOff.value) say(t("display.offnot", called(device)), { look: "danger" });
  else if (device) command(device, "power", "off");
}

// --- sheets ---------------------------------------------------------------------------------

const MOST_SOURCES = 6;

function SourceSheet({ display }) {
  const { value } = display.readings.inputs || {};
  const live = saidNow(display, "inputs");
  const reason = pictureReason(display);
  const all = display.capabilities.inputs.order;
  const choices = all.slice(0, MOST_SOURCES);
  if (all.includes(value) && !choices.includes(value)) choices.splice(-1, 1, value);
  const choose = (code) => {
    closeSheet();
    command(display, "inputs", code); // also the one that is shown: a remote may have changed it since
  };
  return html`
    <${Sheet} title=${t("source.title")} onClose=${closeSheet} test="source-sheet">
      ${reason && html`<p class="sheet-note"><${Icon} name="alert" />${reason}</p>`}
      <div class="choices sources">
        ${choices.map((code) => {
          const shown = !reason && code === live;
          return html`
            <${Press} key=${code} class=${`choice ${shown ? "chosen" : ""}`} reason=${reason} onPress=${() => choose(code)} test=${`source-${code}`}>
              <${Icon} name=${shown ? "ok" : "cable"} size=${32} /><span>${sourceName(display, code)}${shown && html`<br /><span class="tile-state">${t("source.live")}</span>`}</span>
            <//>`;
        })}
      </div>
    <//>`;
}

/** A switch of the sheet Khác: filled, with a tick, while it is on. */
const SwitchRow = ({ icon, on, ...rest }) => html`<${Tile} icon=${on ? "ok" : icon} look=${on ? "on" : "plain"} ...${rest} />`;

function PowerRow({ device }) {
  const view = powerView(device);
  const words = called(device);
  const press = (value) => () => (value === "off" ? turnOff([device]) : command(device, "power", value));
  const queued = view.queued && html`<span class="chip info"><${Icon} name="clock" size=${20} /><span>${t(view.queued === "on" ? "display.requeue" : "display.offqueue")}</span></span>`;
  if (view.both)
    return html`
      <div class="power-both" role="group" aria-label=${nameOf(device)}>
        <p><strong>${nameOf(device)}</strong><br />${view.words}</p>
        ${["on", "off"].map((value) => html`<${Press} key=${value} class="button" reason=${netReason()} onPress=${press(value)} test=${`power-${device.id}-${value}`}>${t(`display.power.${value}`, words)}<//>`)}
      </div>`;
  if (offIn(device.id) !== null)
    return html`<${Tile} icon=${view.icon} look=${view.look} ring=${view.ring} name=${t("lesson.keep")} state=${`${nameOf(device)}: ${view.words}`} onPress=${() => stayOn([device])} test=${`keep-${device.id}`} />`;
  const cooling = (device.readings.power || {}).value === "cooling";
  const next = view.on || view.queued === "on" ? "off" : "on";
  const name = cooling && next === "on" ? `${nameOf(device)} · ${small(t("display.again"))}` : t(`display.power.${next}`, words);
  const busy = view.ring && !view.ring.total_s ? t("act.doing") : "";
  return html`
    <${Tile} icon=${view.icon} look=${view.look} ring=${view.ring} name=${name}
      state=${queued ? html`${view.words}<br />${queued}` : view.words} reason=${netReason() || busy} onPress=${press(next)} test=${`power-${device.id}`} />`;
}

function MoreSheet({ display }) {
  const powered = devices.value.filter((one) => one.capabilities.power && one.capabilities.power.writable);
  const frozen = display && saidNow(display, "freeze") === true;
  const dark = () => {
    darkWanted.value = !darkWanted.value;
    remember("dark", darkWanted.value);
  };
  return html`
    <${Sheet} title=${t("more.title")} onClose=${closeSheet} test="more-sheet">
      <div class="choices more">
        ${powered.map((one) => html`<${PowerRow} key=${one.id} device=${one} />`)}
        ${display && display.capabilities.freeze && html`
          <${SwitchRow} icon="snowflake" name=${t(frozen ? "freeze.off" : "freeze.on")} on=${frozen} ring=${askOf(display, "freeze") ? {} : null}
            reason=${pictureReason(display)} onPress=${() => toggle(display, "freeze", !frozen)} test="freeze" />`}
        <${SwitchRow} icon="moon" name=${t("more.dark")} on=${darkWanted.value} pressed=${darkWanted.value} onPress=${dark} test="dark" />
      </div>
    <//>`;
}
