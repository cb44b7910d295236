// The hub's page: sign in, then the school's day: rooms, classes, one class.
import { effect, html, render } from "../vendor/vendor.js";
import { LANGUAGES, language, t, useLanguage } from "../shared/i18n.js";
import { Banner, Empty, Icon, LiveRegion, Snackbar } from "../shared/parts.js";
import { remember, remembered, startBeat, wallNow, wallText } from "../shared/store.js";
import { cutOff } from "../shared/stream.js";
import { Classes } from "./classes.js";
import { ClassSheet } from "./class_sheet.js";
import { Rooms } from "./rooms.js";
import { begin, chosen, date, followAddress, ready, records, refusal, school, signedIn, signOut } from "./school.js";
import { SignIn } from "./sign_in.js";

/** "Thứ Hai, 23/11/2026" from "2026-11-23". */
function dayWords(iso) {
  if (!iso) return "";
  const [year, month, day] = iso.split("-");
  const weekday = new Date(Date.UTC(year, month - 1, day)).getUTCDay();
  return t("hub.day", { weekday: t(`hub.weekday.${weekday}`), day, month, year });
}

function Clock() {
  const now = wallNow();
  return html`<time class="clock" data-test="clock">${now ? wallText(now) : ""}</time>`;
}

const Languages = () => html`
  <div class="languages" role="group" aria-label=${t("help.language")}>
    ${LANGUAGES.map((code) => html`
      <button type="button" key=${code} class="button small" lang=${code} aria-pressed=${language.value === code} data-test=${`language-${code}`} onClick=${() => turnTo(code)}>
        ${t(`hub.language.${code}`)}
      </button>`)}
  </div>`;

const Header = () => html`
  <header class="header">
    <div class="header-words">
      <h1>${t("hub.title")}</h1>
      ${signedIn.value && html`<p class="muted" data-test="school">${[school.value.name, dayWords(date.value)].filter(Boolean).join(" · ")}</p>`}
    </div>
    ${signedIn.value && html`<${Clock} />`}
    <${Languages} />
    ${signedIn.value && html`<button type="button" class="button small" data-test="sign-out" onClick=${signOut}><${Icon} name="early" size=${20} /><span>${t("hub.signout")}</span></button>`}
  </header>`;

function Body() {
  if (signedIn.value === null) return html`<main><p class="muted">${t("app.loading")}</p></main>`;
  if (!signedIn.value) return html`<main class="narrow"><${SignIn} /></main>`;
  return html`
    <main>
      ${cutOff.value && html`<${Banner} look="warn" icon="offline" test="cut-off">${t("hub.cutoff")}<//>`}
      ${!cutOff.value && !ready.value && date.value && html`<${Banner} look="info" icon="clock" test="replaying">${t("hub.replaying")}<//>`}
      ${!cutOff.value && refusal.value && html`<${Banner} look="danger" icon="fault" test="refusal">${t(`hub.refusal.${refusal.value}`)}<//>`}
      ${!cutOff.value && records.value.state !== "ok" && html`<${Banner} look="danger" icon="fault" test="records">${t(`hub.records.${records.value.state}`, { file: records.value.file })}<//>`}
      ${!date.value ? html`<${Empty} icon="clock">${t("app.loading")}<//>` : chosen.value ? html`<${ClassSheet} />` : html`<${Rooms} /><${Classes} />`}
    </main>`;
}

const Hub = () => html`<${Header} /><${Body} /><${Snackbar} /><${LiveRegion} />`;

async function turnTo(code) {
  await useLanguage(code);
  document.title = t("hub.title");
  remember("hub.language", code);
}

async function open() {
  const asked = new URLSearchParams(location.search).get("lang");
  await turnTo(LANGUAGES.includes(asked) ? asked : remembered("hub.language", "vi"));
  startBeat();
  render(html`<${Hub} />`, document.getElementById("app"));
  followAddress();
  await begin();
}

effect(() => {
  document.body.dataset.signedIn = String(signedIn.value);
});

open();
