// /dev/parts: every part in every state, in the language of ?lang and the theme of ?theme.
import { html, render } from "../vendor/vendor.js";
import { t, useLanguage } from "../shared/i18n.js";
import { Banner, Empty, Field, Icon, MainAction, Pager, Press, PRESENCES, Ring, Sheet, Snackbar, StatusChip, StudentRow, TabBar, Tile, Volume } from "../shared/parts.js";
import { message } from "../shared/store.js";

const nothing = () => undefined;
const asked = new URLSearchParams(location.search);

const Part = ({ name, children }) => html`
  <section aria-label=${name} data-part=${name}><h2>${name}</h2><div class="gallery-row">${children}</div></section>`;

const TILES = () => [
  { icon: "power", name: t("display.power.on", { device: "máy chiếu", Device: "Projector" }), state: t("state.off") },
  { icon: "power", name: t("display.power.on", { device: "máy chiếu", Device: "Projector" }), state: t("state.turningon"), ring: {} },
  { icon: "power", name: t("source.title"), state: t("state.warming", { s: 25 }), ring: { left_s: 25, total_s: 40 } },
  { icon: "ok", look: "on", name: t("display.power.off", { device: "máy chiếu", Device: "Projector" }), state: t("state.on") },
  { icon: "power", name: t("display.again"), state: t("state.cooling", { s: 60 }), ring: { left_s: 60, total_s: 90 } },
  { icon: "alert", look: "warn", name: t("source.title"), state: t("state.slow") },
  { icon: "offline", look: "danger", name: t("source.title"), state: t("state.noanswer"), more: true },
  { icon: "fault", look: "danger", name: t("source.title"), state: t("state.fault", { Device: "Máy chiếu", what: t("fault.lamp") }) },
  { icon: "unknown", name: t("source.title"), state: t("state.unknown") },
  { icon: "eye-off", name: t("blank.on"), reason: t("net.reason") },
];

const CHIPS = () => [
  ["ok", "ok", t("chip.ok")],
  ["warn", "alert", t("chip.look", { n: 2 })],
  ["danger", "fault", t("state.noanswer")],
  ["info", "clock", t("display.requeue")],
  ["excused", "excused", t("att.excused")],
  ["plain", "unmarked", t("att.none")],
  ["grey", "ok", t("att.present")],
];

const TABS = () => ["lesson", "roll", "book", "help"].map((id) => ({ id, name: t(`tab.${id}`), icon: id, badge: id === "roll" ? "39/43" : "" }));

const mark = (presence, more = {}) => ({ person_id: presence, stt: 7, name: "Nguyễn Phước Bảo Quỳnh Như", presence, excuse: "unknown", minutes: null, proposed: null, ...more });

const rows = () => [
  ...Object.keys(PRESENCES).map((presence) => mark(presence, presence === "late" ? { minutes: 7 } : {})),
  mark("absent", { person_id: "leave", excuse: "excused" }),
  mark("present", { person_id: "came", excuse: "excused" }),
  mark("unmarked", { person_id: "carried", proposed: "present" }),
];

const Gallery = () => html`
  <h1>lophoc · parts</h1>
  <${Part} name="Tile">${TILES().map((tile, i) => html`<${Tile} key=${i} ...${tile} onPress=${nothing} />`)}<//>
  <${Part} name="MainAction">
    <${MainAction} icon="play" name=${t("lesson.start")} lines=${["10A1 · Toán", "08:00–08:45"]} onPress=${nothing} />
    <${MainAction} icon="play" name=${t("lesson.starting")} ring=${{}} onPress=${nothing} />
    <${MainAction} icon="play" name=${t("lesson.start")} reason=${t("net.reason")} onPress=${nothing} />
    <${MainAction} icon="stop" look="end" name=${t("lesson.end.short")} lines=${[t("lesson.minutes", { m: 12, n: 45 })]} onPress=${nothing} />
  <//>
  <${Part} name="TabBar"><div class="wide"><${TabBar} items=${TABS()} chosen="roll" onChoose=${nothing} label=${t("app.tabs")} /></div><//>
  <${Part} name="Volume">
    <${Volume} level=${60} onStep=${nothing} /><${Volume} level=${60} asked=${65} mute=${{ on: false, onPress: nothing }} onStep=${nothing} />
    <${Volume} level=${60} mute=${{ on: true, onPress: nothing }} onStep=${nothing} />
    <${Volume} level=${null} mute=${{ on: false, reason: t("net.reason"), onPress: nothing }} reason=${t("net.reason")} onStep=${nothing} />
  <//>
  <${Part} name="Sheet"><div class="wide">
    <${Sheet} title=${t("source.title")} onClose=${nothing}>
      <div class="choices sources">
        <${Press} class="choice chosen" onPress=${nothing}><${Icon} name="ok" size=${32} /><span>${t("source.title")}</span><//>
        <${Press} class="choice" onPress=${nothing}><${Icon} name="cable" size=${32} /><span>HDMI 2</span><//>
      </div>
    <//></div><//>
  <${Part} name="Snackbar"><div class="wide"><${Snackbar} /></div><//>
  <${Part} name="Banner">
    ${["info", "warn", "danger"].map((look) => html`<div class="wide" key=${look}><${Banner} look=${look} icon="alert" actions=${[{ name: t("act.retry"), onPress: nothing, test: look }]}>${t("freeze.note")}<//></div>`)}
    <div class="wide"><${Banner} look="info" ring=${{ left_s: 60, total_s: 90 }}>${t("display.cooling", { Device: "Máy chiếu", device: "projector", s: 60 })}<//></div>
  <//>
  <${Part} name="Ring"><${Ring} /><${Ring} left_s=${25} total_s=${40} /><${Ring} left_s=${0} total_s=${40} /><//>
  <${Part} name="StatusChip">${CHIPS().map(([look, icon, words]) => html`<div key=${look}><${StatusChip} look=${look} icon=${icon}>${words}<//></div>`)}<//>
  <${Part} name="StudentRow">
    ${rows().map((one) => html`<div class="wide roll-list" key=${one.person_id}><${StudentRow} mark=${one} onPress=${nothing} /></div>`)}
    <div class="wide roll-list"><${StudentRow} mark=${mark("present", { person_id: "saving" })} saving="queued" onPress=${nothing} /></div>
  <//>
  <${Part} name="Pager"><${Pager} page=${0} pages=${3} onPage=${nothing} /><${Pager} page=${1} pages=${3} onPage=${nothing} /><//>
  <${Part} name="Field">
    <${Field} id="plain" label="HDMI" hint=${t("lesson.choose")} value="" onInput=${nothing} />
    <${Field} id="wrong" label="HDMI" error=${t("error.other")} value="?" onInput=${nothing} />
  <//>
  <${Part} name="Empty"><${Empty} icon="roll" action=${{ name: t("att.closed.go"), onPress: nothing }}>${t("att.closed")}<//><//>`;

async function open() {
  await useLanguage(asked.get("lang") === "en" ? "en" : "vi");
  document.documentElement.dataset.theme = asked.get("theme") === "dark" ? "dark" : "light";
  message.value = { text: t("att.allhere.done", { n: 40 }), undo: nothing };
  render(html`<${Gallery} />`, document.getElementById("app"));
}

open();
