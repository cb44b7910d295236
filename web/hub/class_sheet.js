// One class's day: its pupils in the order of the list, with their marks by lesson.
import { html, useEffect, useRef } from "../vendor/vendor.js";
import { slotWords, t } from "../shared/i18n.js";
import { Banner, Empty, Icon, markView } from "../shared/parts.js";
import { hhmm } from "../shared/store.js";
import { Taken } from "./classes.js";
import { choose, sheet, sheetLost } from "./school.js";

const lessonName = (lesson) => slotWords(lesson) || hhmm(lesson.starts_at);

const LessonHead = ({ lesson }) => html`
  <th scope="col" data-test=${`lesson-${lesson.id}`}>
    <span class="lesson-name">${lessonName(lesson)}<span class="muted"> ${[t(`hub.session.${lesson.session}`), lesson.subject].filter(Boolean).join(" · ")}</span></span>
    <${Taken} state=${lesson.attendance} />
    ${lesson.guests ? html`<span class="muted">${t("att.guest.count", { n: lesson.guests })}</span>` : null}
  </th>`;

function MarkCell({ lesson, mark }) {
  const view = mark && mark.presence !== "unmarked" ? markView(mark) : null;
  const at = mark && mark.at ? hhmm(mark.at) : "";
  return html`
    <td data-label=${[lessonName(lesson), lesson.subject].filter(Boolean).join(" · ")} data-presence=${mark ? mark.presence : "unmarked"} data-quiet=${lesson.attendance === "none" ? "true" : null}>
      ${view ? html`<span class=${`chip ${view.look}`}><${Icon} name=${view.icon} size=${20} /><span>${view.words}</span></span><span class="at muted">${at}</span>`
        : html`<span class="muted">${lesson.attendance === "none" ? "–" : t("att.none")}</span>`}
    </td>`;
}

const Pupil = ({ pupil, lessons }) => html`
  <tr data-test=${`pupil-${pupil.person_id}`}>
    <td class="stt muted">${pupil.stt}</td>
    <th scope="row">${pupil.name}</th>
    ${lessons.map((lesson) => html`<${MarkCell} key=${lesson.id} lesson=${lesson} mark=${pupil.marks[lesson.id]} />`)}
  </tr>`;

function Pupils({ told }) {
  const lessons = told.lessons.filter((lesson) => lesson.session);
  if (!lessons.length) return html`<${Empty} icon="clock">${t("hub.nolessons")}<//>`;
  return html`
    <div class="wide" role="region" aria-label=${t("hub.sheet", { class: told.class.name })} tabindex="0">
      <table class="pupils">
        <thead><tr>
          <th scope="col" class="stt">${t("hub.col.stt")}</th><th scope="col">${t("hub.col.name")}</th>
          ${lessons.map((lesson) => html`<${LessonHead} key=${lesson.id} lesson=${lesson} />`)}
        </tr></thead>
        <tbody>${told.pupils.map((pupil) => html`<${Pupil} key=${pupil.person_id} pupil=${pupil} lessons=${lessons} />`)}</tbody>
      </table>
    </div>`;
}

export function ClassSheet() {
  const title = useRef(null);
  const told = sheet.value;
  useEffect(() => title.current && title.current.focus(), []);
  return html`
    <section class="card" data-test="sheet">
      <div class="card-head">
        <button type="button" class="button small" data-test="back" onClick=${() => choose(null)}><${Icon} name="undo" size=${20} /><span>${t("hub.back")}</span></button>
        <h2 tabindex="-1" ref=${title}>${told ? t("hub.sheet", { class: told.class.name }) : t("app.loading")}</h2>
      </div>
      ${told && sheetLost.value && html`<${Banner} look="warn" icon="offline" test="sheet-old">${t("hub.sheet.old")}<//>`}
      ${told ? html`<${Pupils} told=${told} />` : sheetLost.value && html`<${Empty} icon="alert" action=${{ name: t("hub.back"), onPress: () => choose(null) }}>${t("hub.sheet.lost")}<//>`}
    </section>`;
}
