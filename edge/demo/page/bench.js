// The bench's page: cards to tap, faults to set, the way to the hub, the clock.

const POLL_MS = 1000;
const FAULTS = ["none", "silent", "garbage", "half", "wrong_password", "unplugged"];
const LINKS = ["up", "cut", "hang"];
const JUMPS_S = [-3600, -600, 600, 3600, 86400];
const GOOD = new Set(["present", "late", "staff", "visit", "noted", "repeat"]);

const $ = (id) => document.getElementById(id);
let words = { vi: {}, en: {} };
let reader = null;

function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (value !== null && value !== undefined) element.setAttribute(name, value);
  }
  element.append(...children);
  return element;
}

function fill(text, values) {
  return text.replace(/\{(\w+)\}/g, (_, name) => values[name] ?? "");
}

// Vietnamese, with English beside it in small letters.
function both(key, values = {}) {
  const vi = fill(words.vi[key] ?? key, values);
  const en = fill(words.en[key] ?? key, values);
  const parts = document.createDocumentFragment();
  parts.append(vi);
  if (en !== vi) parts.append(" ", make("small", { lang: "en" }, en));
  return parts;
}

async function call(method, path, body) {
  const options = { method };
  if (body) {
    options.headers = { "Content-Type": "application/json" };
    options.body = JSON.stringify(body);
  }
  const answer = await fetch(path, options);
  const content = await answer.json();
  if (!answer.ok) throw new Error(content.message ?? answer.statusText);
  return content;
}

function show(outcome, ...content) {
  $("answer").dataset.outcome = outcome;
  $("answer").replaceChildren(...content);
}

async function tap(uid, button, name) {
  if (button) button.disabled = true;
  try {
    const answer = await call("POST", "/api/tap", { uid, reader });
    const outcome = GOOD.has(answer.feedback) ? "good" : "bad";
    if (button) button.dataset.outcome = outcome;
    const said = both(`feedback.${answer.feedback}`);
    show(outcome, name ?? uid, " · ", said, ` · ${answer.ms} ms`, make("br"), answer.tap_id ?? "");
  } catch (error) {
    show("bad", error.message);
  } finally {
    if (button) button.disabled = false;
  }
}

function drawReaders(names) {
  reader ??= names[0];
  $("readers").replaceChildren(...names.map((name) => make("button", {
    type: "button",
    "aria-pressed": String(name === reader),
    onclick: () => { reader = name; drawReaders(names); },
  }, both(`reader.${name}`))));
}

function drawCards(cards) {
  const classes = [...new Set(cards.map((card) => card.class_name))];
  $("cards").replaceChildren(...classes.flatMap((name) => [
    make("h3", {}, name ?? both("cards.staff")),
    make("div", { class: "cards" }, ...cards.filter((card) => card.class_name === name).map(drawCard)),
  ]));
}

function drawCard(card) {
  const label = card.revoked ? [card.name, " · ", both("cards.revoked")] : [card.name];
  const button = make("button", { type: "button" }, ...label, make("small", {}, card.uid));
  button.addEventListener("click", () => tap(card.uid, button, card.name));
  return button;
}

function drawDevice(device) {
  const { id, driver, address, fault, ...state } = device;
  const chosen = make("select", {
    "aria-label": `${id}: fault`,
    onchange: async (event) => {
      try {
        await call("POST", `/api/devices/${id}/fault`, { fault: event.target.value });
      } catch (error) {
        show("bad", error.message);
      }
      event.target.blur();
    },
  }, ...FAULTS.map((name) => make("option", { value: name }, words.vi[`fault.${name}`], ` · ${name}`)));
  chosen.value = fault;
  const facts = Object.entries(state).map(([name, value]) => `${name} ${value ?? "–"}`).join(" · ");
  return make("div", { class: "device" },
    make("strong", {}, id), ` ${driver}`, make("p", {}, address, make("br"), facts), chosen);
}

function drawState(bench) {
  const active = document.activeElement;
  if (!$("devices").contains(active)) $("devices").replaceChildren(...bench.devices.map(drawDevice));
  if (!$("link").contains(active) || bench.link !== $("link").dataset.link) drawLink(bench.link);
  $("offset").replaceChildren(both("clock.offset", { seconds: Math.round(bench.clock_offset_ms / 1000) }));
}

function drawLink(link) {
  $("link").dataset.link = link;
  $("link").replaceChildren(...LINKS.map((name) => make("button", {
    type: "button",
    "aria-pressed": String(name === link),
    onclick: async () => drawLink((await call("POST", "/api/hub", { link: name })).link),
  }, both(`link.${name}`))));
}

function drawClock() {
  $("clock").replaceChildren(...JUMPS_S.map((seconds) => make("button", {
    type: "button",
    onclick: () => call("POST", "/api/clock", { jump_s: seconds }).then(poll),
  }, `${seconds > 0 ? "+" : "−"}${Math.abs(seconds) / 60} min`)));
}

async function poll() {
  try {
    drawState(await call("GET", "/api/bench"));
  } catch {
    show("bad", both("lost"));
  }
}

async function start() {
  words = await call("GET", "/api/words");
  for (const element of document.querySelectorAll("[data-word]")) {
    element.replaceChildren(both(element.dataset.word));
  }
  const bench = await call("GET", "/api/bench");
  drawReaders(bench.readers);
  drawCards(bench.cards);
  drawClock();
  drawState(bench);
  $("other-card").addEventListener("submit", (event) => {
    event.preventDefault();
    tap($("other-uid").value.trim(), null, null);
  });
  setInterval(poll, POLL_MS);
}

start();
