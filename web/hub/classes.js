// Attendance of the school's half day: one row per class, columns as the morning report wants them.
import { html } from "../vendor/vendor.js";
import { t } from "../shared/i18n.js";
import { Empty, Icon, StatusChip } from "../shared/parts.js";
import { choose, session, sessions, shownRows, shownSession } from "./school.js";

const COLUMNS = ["present", "late", "excused", "unexcused", "unknown", "unmarked"];

export const TAKEN = {
  none: { look: "plain", icon: "unmarked" },
  taps: { look: "warn", icon: "card" },
  open: { look: "info", icon: "clock" },
  confirmed: { look: "ok", icon: "ok" },
};

/** How far a class or lesson is, as a chip. */
export const Taken = ({ state, test }) => html`
  <${StatusChip} look=${TAKEN[state].look} icon=${TAKEN[state].icon} test=${test}>${t(`hub.taken.${state}`)}<//>`;

const Cell = ({ row, column }) => html`
  <td class=${`number ${column}`} data-label=${t(`hub.col.${column}`)} data-empty=${row.state === "none" || !row[column] ? "true" : null} data-test=${`${row.class_id}-${column}`}>
    ${row.state === "none" ? "–" : row[column]}
  </td>`;

const Row = ({ row }) => html`
  <tr data-test=${`class-${row.class_id}`} data-state=${row.state} onClick=${() => choose(row.class_id)}>
    <th scope="row"><button type="button" class="link" onClick=${() => choose(row.class_id)}>${row.class_name}<${Icon} name="chevron-right" size=${20} /></button></th>
    <td class="state"><${Taken} state=${row.state} /></td>
    <td class="number size" data-label=${t("hub.col.size")}>${row.size}</td>
    ${COLUMNS.map((column) => html`<${Cell} key=${column} row=${row} column=${column} />`)}
  </tr>`;

function Totals({ rows }) {
  const taken = rows.filter((row) => row.state !== "none");
  const confirmed = rows.filter((row) => row.state === "confirmed").length;
  const sum = (name, list) => list.reduce((all, row) => all + row[name], 0);
  return html`
    <tfoot>
      <tr data-test="totals">
        <th scope="row">${t("hub.totals")}</th>
        <td class="state muted">${t("hub.totals.taken", { n: confirmed, m: rows.length })}</td>
        <td class="number size" data-label=${t("hub.col.size")}>${sum("size", rows)}</td>
        ${COLUMNS.map((column) => html`<td key=${column} class=${`number ${column}`} data-label=${t(`hub.col.${column}`)}>${sum(column, taken)}</td>`)}
      </tr>
    </tfoot>`;
}

const Sessions = () => sessions.value.length === 1 ? html`<p class="muted">${t(`hub.session.${sessions.value[0]}`)}</p>` : html`
  <div class="sessions" role="group" aria-label=${t("hub.session")}>
    ${sessions.value.map((each) => html`
      <button type="button" key=${each} class="button small" aria-pressed=${each === shownSession.value} data-test=${`session-${each}`} onClick=${() => (session.value = each)}>${t(`hub.session.${each}`)}</button>`)}
  </div>`;

export function Classes() {
  const rows = shownRows.value;
  return html`
    <section class="card" aria-labelledby="classes-title" data-test="classes">
      <div class="card-head"><h2 id="classes-title">${t("hub.attendance")}</h2><${Sessions} /></div>
      ${rows.length ? html`
        <table class="classes">
          <thead><tr>
            <th scope="col">${t("hub.col.class")}</th><th scope="col">${t("hub.col.state")}</th><th scope="col" class="number">${t("hub.col.size")}</th>
            ${COLUMNS.map((column) => html`<th scope="col" key=${column} class="number">${t(`hub.col.${column}`)}</th>`)}
          </tr></thead>
          <tbody>${rows.map((row) => html`<${Row} key=${row.class_id} row=${row} />`)}</tbody>
          <${Totals} rows=${rows} />
        </table>
        <p class="legend muted">${t("hub.legend")}</p>` : html`<${Empty} icon="clock">${t("hub.nolessons")}<//>`}
    </section>`;
}
