// The parts that screens are made of. Each is drawn in every state on /dev/parts.
import { html, useEffect, useLayoutEffect, useRef } from "../vendor/vendor.js";
import { t } from "./i18n.js";
import { announced, dismiss, message, nowMs, say, wordsOf } from "./store.js";

const SPRITE = new URL("../icons/icons.svg", import.meta.url).href;
const names = (...list) => list.filter(Boolean).join(" ");

/** A drawing of the sprite; says nothing to screen readers. */
export const Icon = ({ name, size = 24 }) => html`
  <svg class=${`icon icon-${name}`} width=${size} height=${size} aria-hidden="true" focusable="false">
    <use href=${`${SPRITE}#${name}`} />
  </svg>`;

/**
 * A button that acts on release inside itself. With `reason` it stays visible and touchable, and a
 * touch says the reason again, larger.
 */
export function Press({ reason = "", onPress, children, test, ...rest }) {
  const press = (event) => (reason ? say(reason, { look: "warn" }) : onPress(event));
  return html`<button type="button" aria-disabled=${reason ? "true" : null} data-test=${test} onClick=${press} ...${rest}>${children}</button>`;
}

/** A ring: with `left_s` and `total_s` it closes as time passes, else it turns. The text is inside. */
export function Ring({ left_s = null, total_s = 1, size = 40 }) {
  if (left_s === null) return html`<span class="ring turning" data-size=${size}><${Icon} name="working" size=${size} /></span>`;
  const gone = Math.min(1, Math.max(0, 1 - left_s / Math.max(1, total_s)));
  return html`
    <span class="ring" data-size=${size}>
      <svg width=${size} height=${size} viewBox="0 0 40 40" aria-hidden="true" focusable="false">
        <circle class="ring-way" cx="20" cy="20" r="17" />
        <circle class="ring-gone" cx="20" cy="20" r="17" pathLength="100" stroke-dasharray=${`${gone * 100} 100`} />
      </svg>
      <span class="ring-text" aria-hidden="true">${left_s > 0 ? Math.ceil(left_s) : ""}</span>
    </span>`;
}

/** The shape before a tile's name: its ring while it works, else its icon. */
const Mark = ({ icon, ring, size }) => (ring ? html`<${Ring} ...${ring} size=${40} />` : html`<${Icon} name=${icon} size=${size} />`);

/** One thing of the room: icon, name, state line, ring, and why it cannot be touched now. */
export const Tile = ({ icon, name, state = "", look = "plain", ring = null, reason = "", pressed, more = false, area = "", ...rest }) => html`
  <${Press} class=${names("tile", look, area)} reason=${reason} aria-pressed=${pressed} aria-haspopup=${more ? "dialog" : null} ...${rest}>
    <${Mark} icon=${icon} ring=${ring} size=${32} />
    <span class="tile-words"><span class="tile-name">${name}</span>${state && html`<span class="tile-state">${state}</span>`}</span>
    ${more && html`<${Icon} name="chevron-right" />`}
  <//>`;

/** The one thing to do on this screen. */
export const MainAction = ({ icon, name, lines = [], look = "primary", ring = null, ...rest }) => html`
  <${Press} class=${`main-action ${look}`} ...${rest}>
    <span class="main-name"><${Mark} icon=${icon} ring=${ring} size=${40} /><span>${name}</span></span>
    ${lines.filter(Boolean).map((line) => html`<span class="main-line">${line}</span>`)}
  <//>`;

/** The four tabs; they only navigate. `items`: [{id, name, icon, badge?}]. */
export const TabBar = ({ items, chosen, onChoose, label }) => html`
  <nav class="tabs" aria-label=${label}>
    ${items.map((item) => html`
      <button type="button" key=${item.id} class="tab" aria-current=${item.id === chosen ? "page" : null} data-test=${`tab-${item.id}`} onClick=${() => onChoose(item.id)}>
        <span class="tab-icon"><${Icon} name=${item.icon} size=${28} /></span>
        <span class="tab-name">${item.name}</span>${item.badge && html`<span class="badge">${item.badge}</span>`}
      </button>`)}
  </nav>`;

/** Shape, word and colour of a state. */
export const StatusChip = ({ look, icon, children, test }) => html`
  <span class=${`chip ${look}`} data-test=${test}><${Icon} name=${icon} size=${20} /><span>${children}</span></span>`;

/** A strip that stays while it is true; `actions`: [{name, onPress, test, look?, reason?}], at most two. */
export const Banner = ({ look = "info", icon = "alert", ring = null, children, actions = [], test }) => html`
  <div class=${names("banner", look, actions.length > 1 && "two")} data-test=${test}>
    <${Mark} icon=${icon} ring=${ring} size=${32} />
    <span class="banner-text">${children}</span>
    ${actions.map((action) => html`<${Press} key=${action.test} class=${`button ${action.look || ""}`} ...${action}>${action.name}<//>`)}
  </div>`;

/** The message of the store with its undo, one at a time. */
export function Snackbar() {
  const shown = message.value;
  if (!shown) return null;
  nowMs(); // a text that counts down is drawn with every beat
  return html`
    <aside class=${`snackbar ${shown.look}`} aria-label=${t("app.message")} data-test="snackbar">
      <span class="snackbar-text">${wordsOf(shown)}</span>
      ${shown.undo
        ? html`<button type="button" class="button" data-test="undo" onClick=${() => dismiss({ undo: true })}><${Icon} name="undo" /><span>${t("act.undo")}</span></button>`
        : html`<button type="button" class="button icon-only" aria-label=${t("act.close")} data-test="message-close" onClick=${() => dismiss()}><${Icon} name="close" /></button>`}
    </aside>`;
}

/** What screen readers are told: taps and results, at most one a second. */
export const LiveRegion = () => html`<div class="unseen" role="status" aria-live="polite">${announced.value}</div>`;

const REACHABLE = "button, a[href], input, [tabindex='0']";

/** A sheet from below: big choices, a way out, focus kept inside and given back after. */
export function Sheet({ title, onClose, children, test, extra = null }) {
  const box = useRef(null);
  useLayoutEffect(() => {
    const before = document.activeElement;
    box.current.focus();
    return () => before && before.isConnected && before.focus();
  }, []);
  const keys = (event) => {
    if (event.key === "Escape") return event.stopPropagation(), onClose();
    if (event.key === "Tab") keepInside(event, box.current);
  };
  return html`
    <div class="sheet-veil" onClick=${(event) => event.target === event.currentTarget && onClose()}>
      <section class="sheet" role="dialog" aria-modal="true" aria-label=${title} tabindex="-1" ref=${box} onKeyDown=${keys} data-test=${test}>
        <div class="sheet-head">
          <h2>${title}</h2>${extra}
          <button type="button" class="button icon-only" aria-label=${t("act.close")} data-test="sheet-close" onClick=${onClose}><${Icon} name="close" size=${28} /></button>
        </div>
        ${children}
      </section>
    </div>`;
}

function keepInside(event, box) {
  const all = box.querySelectorAll(REACHABLE);
  const last = all[all.length - 1];
  const here = document.activeElement;
  if (event.shiftKey && (here === all[0] || here === box)) {
    event.preventDefault();
    last.focus();
  } else if (!event.shiftKey && here === last) {
    event.preventDefault();
    all[0].focus();
  }
}

/** Moves focus with the arrows among the buttons of one group. */
export function arrowKeys(event) {
  const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
  if (!step) return;
  const all = Array.from(event.currentTarget.querySelectorAll("button"));
  const next = all[all.indexOf(document.activeElement) + step];
  if (next) next.focus();
  event.preventDefault();
}

const REPEAT_AFTER_MS = 450;
const REPEAT_MS = 220;

/** A button that steps on release, and again and again while it is held. */
function HoldStep({ icon, label, reason, onStep, test, area }) {
  const hold = useRef({ timer: 0, stepped: false });
  hold.current.onStep = onStep; // the newest one: while it is held, the level moves
  const stop = () => clearInterval(hold.current.timer);
  useEffect(() => stop, []);
  const repeat = () => {
    hold.current.stepped = true;
    hold.current.onStep();
    hold.current.timer = setTimeout(repeat, REPEAT_MS);
  };
  const down = () => {
    stop();
    hold.current.stepped = false;
    if (!reason) hold.current.timer = setTimeout(repeat, REPEAT_AFTER_MS);
  };
  const press = () => {
    stop();
    if (!hold.current.stepped) onStep();
    hold.current.stepped = false;
  };
  return html`
    <${Press} class=${`button step ${area}`} aria-label=${label} reason=${reason} test=${test} onPress=${press}
      onPointerDown=${down} onPointerUp=${stop} onPointerLeave=${stop} onPointerCancel=${stop} onContextMenu=${(e) => e.preventDefault()}>
      <${Icon} name=${icon} size=${32} />
    <//>`;
}

/**
 * Loudness 0 to 100: plus, level, minus. `level` null is unknown; `asked` is what is on its way.
 * `mute` is the switch of the same device, {on, asked, reason, onPress}; null where it has none.
 */
export function Volume({ level, asked = null, mute = null, reason = "", onStep }) {
  const shown = asked === null ? level : asked;
  const muted = Boolean(mute && mute.on);
  const words = shown === null ? "–" : shown;
  return html`
    <div class=${names("volume", !mute && "plain")} role="group" aria-label=${t("volume.title")} onKeyDown=${arrowKeys} data-test="volume">
      <${HoldStep} icon="plus" label=${t("volume.up")} reason=${reason} onStep=${() => onStep(5)} test="volume-up" area="volume-plus" />
      <div class=${names("volume-level", muted && "muted")}>
        <span class="volume-name">${muted && html`<${Icon} name="mute" />`}${muted ? t("volume.muted") : t("volume.title")}</span>
        <span class="volume-row">
          <svg class="volume-bar" viewBox="0 0 100 12" preserveAspectRatio="none" aria-hidden="true">
            <rect class="volume-way" width="100" height="12" /><rect class="volume-full" width=${level || 0} height="12" />
          </svg>
          <span class="volume-number" data-test="volume-number">${words}</span>${asked !== null && html`<${Ring} size=${24} />`}
        </span>
      </div>
      <${HoldStep} icon="minus" label=${t("volume.down")} reason=${reason} onStep=${() => onStep(-5)} test="volume-down" area="volume-minus" />
      ${mute && html`<${Mute} ...${mute} />`}
    </div>`;
}

/** The switch of a device's sound. */
export const Mute = ({ on, asked = false, reason = "", onPress }) => html`
  <${Press} class=${names("button", "mute", on && "on")} reason=${reason} onPress=${onPress} test="mute">
    ${asked ? html`<${Ring} size=${28} />` : html`<${Icon} name=${on ? "volume" : "mute"} size=${28} />`}<span>${t(on ? "volume.unmute" : "volume.mute")}</span>
  <//>`;

/** Pages by buttons, never by long scrolling. */
export const Pager = ({ page, pages, onPage }) => html`
  <div class="pager" role="group" aria-label=${t("page.of", { i: page + 1, n: pages })}>
    <${Press} class="button page" aria-label=${t("page.up")} reason=${page > 0 ? "" : t("page.first")} onPress=${() => onPage(page - 1)} test="page-up"><${Icon} name="chevron-up" size=${32} /><//>
    <span class="page-of" data-test="page-of">${t("page.of", { i: page + 1, n: pages })}</span>
    <${Press} class="button page" aria-label=${t("page.down")} reason=${page < pages - 1 ? "" : t("page.last")} onPress=${() => onPage(page + 1)} test="page-down"><${Icon} name="chevron-down" size=${32} /><//>
  </div>`;

/** Look and shape of each presence; words come from the catalogue. */
export const PRESENCES = {
  present: { icon: "ok", look: "ok", key: "att.present" },
  late: { icon: "clock", look: "warn", key: "att.late" },
  absent: { icon: "absent", look: "danger", key: "att.absent" },
  left_early: { icon: "early", look: "ok", key: "att.early" },
  skipped: { icon: "skipped", look: "danger", key: "att.skipped" },
  out_on_duty: { icon: "duty", look: "ok", key: "att.duty" },
  unmarked: { icon: "unmarked", look: "plain", key: "att.none" },
};

/** Icon, look and words of one mark, as a row shows it. */
export function markView(mark) {
  const grey = mark.presence === "unmarked" && mark.proposed;
  const view = PRESENCES[grey ? mark.proposed : mark.presence] || PRESENCES.unmarked;
  if (grey) return { icon: view.icon, look: "grey", words: t(view.key), extra: t("att.proposed") };
  if (mark.presence === "absent" && mark.excuse === "excused") return { icon: "excused", look: "excused", words: t("att.excused"), extra: "" };
  if (mark.presence === "late" && mark.minutes) return { ...view, words: t("att.late.chip", { m: mark.minutes }), extra: "" };
  const came = mark.presence !== "unmarked" && mark.presence !== "absent" && mark.excuse === "excused";
  return { ...view, words: t(view.key), extra: came ? t("att.onleave") : "" };
}

const SAVING_WORDS = { now: "att.saving", queued: "att.waiting", stuck: "att.stuck" };

/** One pupil; the whole row is the button. `saving` is "", "now", "queued" or "stuck". */
export function StudentRow({ mark, saving = "", onPress }) {
  const view = markView(mark);
  const extra = saving ? t(SAVING_WORDS[saving]) : view.extra;
  return html`
    <button type="button" class="student" aria-haspopup="dialog" data-test=${`row-${mark.person_id}`} data-presence=${mark.presence} onClick=${onPress}>
      <span class="student-stt">${mark.stt}</span>
      <span class=${names("student-name", mark.name.length > 22 && "long")}>${mark.name}${extra && html`<span class="student-extra">${extra}</span>`}</span>
      <span class=${`chip ${view.look}`}><${Icon} name=${view.icon} size=${20} /><span>${view.words}</span></span>
    </button>`;
}

/** A text field: label above, hint, error below. */
export const Field = ({ id, label, hint = "", error = "", value, onInput, ...rest }) => html`
  <div class=${names("field", error && "wrong")}>
    <label for=${id}>${label}</label>
    ${hint && html`<span class="field-hint" id=${`${id}-hint`}>${hint}</span>`}
    <input id=${id} value=${value} onInput=${onInput} aria-invalid=${error ? "true" : null} aria-describedby=${names(hint && `${id}-hint`, error && `${id}-error`) || null} ...${rest} />
    ${error && html`<span class="field-error" id=${`${id}-error`}><${Icon} name="fault" size=${20} />${error}</span>`}
  </div>`;

/** Nothing here: why, what to do, and one button at most. */
export const Empty = ({ icon, children, action = null, test = "empty" }) => html`
  <div class="empty" data-test=${test}>
    <${Icon} name=${icon} size=${48} /><p>${children}</p>
    ${action && html`<${Press} class="button primary" ...${action}>${action.name}<//>`}
  </div>`;

/** Height of an element as it changes: calls `onHeight(px)` after layout. */
export function useHeight(onHeight) {
  const box = useRef(null);
  useLayoutEffect(() => {
    const measure = () => box.current && onHeight(box.current.clientHeight);
    const watch = new ResizeObserver(measure);
    watch.observe(box.current);
    measure();
    return () => watch.disconnect();
  }, []);
  return box;
}

// --- touches --------------------------------------------------------------------------------
// A hand that touches twice never does two things: a touch counts only where the same target has
// lain under it for a while, and no target takes two touches in one go but those named here.

/** So long a target has to lie where it is before it takes a touch, and rests after one. */
export const QUIET_MS = 400;

/** So long a spot that was touched takes no touch for anything but what was touched there, unchanged:
 * who touches again after a wait means what was there, and never what came instead. */
const SPOT_MS = 1000;
const SPOT_PX = 40;

/** Targets that may be touched again at once, by their data-test: these and no others. */
export const REPEATABLE = ["volume-up", "volume-down", "late-less", "late-more", "page-up", "page-down"];

const TARGETS = "button, a[href], .sheet-veil";
const COVERS = [".sheet-veil", ".snackbar"]; // what lies over the rest, the highest last

const testOf = (element) => element.dataset.test || "";
/** What a target says: a switch that says something else is another target. */
const saidOf = (element) => `${element.textContent}/${element.getAttribute("aria-pressed")}`;
const holds = (box, x, y) => x >= box.left && x <= box.right && y >= box.top && y <= box.bottom;
const targetOf = (event) => (event.target instanceof Element ? event.target.closest(TARGETS) : null);

/** What lies where, as the page is drawn now. */
function lookAt(root, at) {
  const boxOf = (element) => ({ element, name: testOf(element), box: element.getBoundingClientRect() });
  const places = new Map(Array.from(root.querySelectorAll(TARGETS), (element) => [element, boxOf(element)]));
  const covers = COVERS.reduce((all, cover) => [...all, ...Array.from(root.querySelectorAll(cover), boxOf)], []);
  return { at, places, covers };
}

/** Whether `element`, with this name, was what a touch of the point would have hit then. */
function lay(look, element, name, x, y) {
  const place = look.places.get(element);
  if (!place || place.name !== name || !holds(place.box, x, y)) return false;
  const over = look.covers.filter((cover) => holds(cover.box, x, y));
  return !over.length || over[over.length - 1].element.contains(element);
}

/**
 * Guard everything inside `root`. `now` gives milliseconds; it is an argument so that tests can
 * move it. Touches that keys or assistive technology make are let through: they aim at a name.
 */
export function guardTouches(root, now) {
  let looks = []; // oldest first; of those from before the quiet time only the last is kept
  let due = 0;
  let down = null;
  let last = { element: null, name: "", said: "", x: 0, y: 0, at: -Infinity };

  const look = () => {
    cancelAnimationFrame(due);
    due = 0;
    const at = now();
    looks.push(lookAt(root, at));
    const old = looks.filter((one) => one.at <= at - QUIET_MS).length;
    looks = looks.slice(Math.max(0, old - 1));
  };
  const soon = () => (due = due || requestAnimationFrame(look));

  /** Whether the touch before, of this target or of what lay here, is too near for this one to count. */
  const isSecond = (element, name, x, y) => {
    const passed_ms = now() - last.at;
    const again = last.element === element && last.name === name;
    if (again && REPEATABLE.includes(name)) return false;
    if (again && last.said === saidOf(element)) return passed_ms < QUIET_MS;
    const here = Math.hypot(x - last.x, y - last.y) <= SPOT_PX;
    return passed_ms < (here ? SPOT_MS : again ? QUIET_MS : 0);
  };

  const mayTouch = (element, name, x, y) => {
    look();
    if (isSecond(element, name, x, y)) return false;
    return looks[0].at <= now() - QUIET_MS && looks.every((one) => lay(one, element, name, x, y));
  };

  const stop = (event) => {
    event.preventDefault();
    event.stopImmediatePropagation();
  };

  const pressed = (event) => {
    const element = targetOf(event);
    const name = element && testOf(element);
    const [x, y] = [event.clientX, event.clientY];
    down = element && { element, name, x, y, counts: mayTouch(element, name, x, y) };
    if (down && !down.counts) event.stopImmediatePropagation();
  };

  const clicked = (event) => {
    const element = targetOf(event);
    if (!element || event.detail === 0) return;
    const counts = down && down.counts && down.element === element && down.name === testOf(element);
    if (counts) last = { ...down, said: saidOf(element), at: now() };
    else stop(event);
    down = null;
  };

  window.addEventListener("pointerdown", pressed, true);
  window.addEventListener("click", clicked, true);
  for (const name of ["resize", "scroll", "animationend"]) window.addEventListener(name, soon, true);
  if (document.fonts) document.fonts.addEventListener("loadingdone", soon);
  new MutationObserver(soon).observe(root, { subtree: true, childList: true, characterData: true, attributes: true });
  look();
}
