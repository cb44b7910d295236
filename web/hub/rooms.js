// The rooms at one glance: what needs a look comes first, the others keep their places.
import { html, useState } from "../vendor/vendor.js";
import { t } from "../shared/i18n.js";
import { Icon } from "../shared/parts.js";
import { hhmm } from "../shared/store.js";
import { date, rooms } from "./school.js";

const since = (iso) => (iso.slice(0, 10) === date.value ? hhmm(iso) : `${hhmm(iso)} ${iso.slice(8, 10)}/${iso.slice(5, 7)}`);

// How a finding of the hub is drawn; its level and its code are the hub's own judgement.
const LOOKS = { fault: "danger", warning: "warn", info: "ok" };
const ICONS = { forks: "fault", blocked: "stop", lost: "offline", never: "unknown", storage_refuses: "fault", storage: "alert", rejected: "alert", not_admitted: "unknown", waiting: "clock", ok: "ok" };

/** Shape, colour and phrase of one room. */
function viewOf({ finding, last_seen_at }) {
  const { code, level, n } = finding;
  const look = code === "not_admitted" ? "plain" : LOOKS[level];
  return { look, icon: ICONS[code], words: t(`hub.room.${code}`, { n, t: last_seen_at ? since(last_seen_at) : "" }) };
}

const Room = ({ room, view }) => html`
  <li class=${`room ${view.look}`} data-test=${`room-${room.id}`} data-state=${room.state}>
    <${Icon} name=${view.icon} size=${24} />
    <span class="room-words"><span class="room-name">${room.name}</span><span class="room-state">${view.words}</span></span>
  </li>`;

const bad = (view) => view.look === "danger" || view.look === "warn";

const MANY = 12;

export function Rooms() {
  const [whole, setWhole] = useState(false);
  const all = rooms.value.map((room) => ({ room, view: viewOf(room) }));
  const sorted = [...all.filter((each) => bad(each.view)), ...all.filter((each) => !bad(each.view))];
  const lost = all.filter((each) => bad(each.view)).length;
  const shown = whole || all.length <= MANY ? sorted : sorted.slice(0, lost);
  const fine = all.filter((each) => each.view.look === "ok").length;
  const apart = all.length - lost - fine;
  const told = [lost && t("hub.rooms.look", { n: lost }), t("hub.rooms.well", { n: fine }), apart && t("hub.rooms.apart", { n: apart })];
  const summary = fine === all.length ? t("hub.rooms.fine", { n: fine }) : told.filter(Boolean).join(" · ");
  return html`
    <section class="card" aria-labelledby="rooms-title" data-test="rooms">
      <h2 id="rooms-title">${t("hub.rooms")} <span class="muted">${all.length ? summary : ""}</span></h2>
      ${all.length ? html`<ul class="rooms">${shown.map((each) => html`<${Room} key=${each.room.id} ...${each} />`)}</ul>` : html`<p class="muted">${t("hub.rooms.none")}</p>`}
      ${all.length > MANY && html`<button type="button" class="button small room-more" aria-expanded=${whole} data-test="room-more" onClick=${() => setWhole(!whole)}>${t(whole ? "hub.rooms.less" : "hub.rooms.all", { n: all.length })}</button>`}
    </section>`;
}
