// The door: the token of the hub, pasted once, opens a session in this browser.
import { html, useState } from "../vendor/vendor.js";
import { t } from "../shared/i18n.js";
import { Field, Icon } from "../shared/parts.js";
import { signIn } from "./school.js";

export function SignIn() {
  const [token, setToken] = useState("");
  const [error, setError] = useState("");
  const [busy, setBusy] = useState(false);
  const submit = async (event) => {
    event.preventDefault();
    if (busy) return;
    if (!token.trim()) return setError(t("hub.signin.empty"));
    setBusy(true);
    try {
      setError((await signIn(token)) ? "" : t("hub.signin.wrong"));
    } catch (lost) {
      setError(t("hub.signin.lost"));
    }
    setBusy(false);
  };
  return html`
    <form class="card signin" onSubmit=${submit} data-test="sign-in">
      <h2>${t("hub.signin.title")}</h2>
      <${Field} id="token" label=${t("hub.signin.label")} hint=${t("hub.signin.hint")} error=${error} value=${token}
        onInput=${(event) => setToken(event.target.value)} type="password" autocomplete="current-password" spellcheck=${false} />
      <button type="submit" class="button primary" aria-disabled=${busy ? "true" : null} data-test="enter"><${Icon} name="check" size=${20} /><span>${t("hub.signin.enter")}</span></button>
    </form>`;
}
