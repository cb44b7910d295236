// Looks at the page for the browser tests: what axe finds, what is cut, which targets are too small.
const TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
const BOXES = "button, a, .tile, .banner, .chip, .badge, .header, .tabs, .sheet, .roll-bar, .book-row, .call, .screen, .snackbar";
const TARGETS = "button, a[href], input";
const ROUND_PX = 1;

window.axeFinds = async (options) => {
  const result = await axe.run(document, { runOnly: TAGS, resultTypes: ["violations"], preload: false, ...options });
  return result.violations.flatMap((rule) => rule.nodes.map((node) => `${rule.id}: ${node.html.slice(0, 160)} ${node.any.map((check) => check.message).join(" ").slice(0, 200)}`));
};

const visible = (element) => {
  const box = element.getBoundingClientRect();
  return box.width > 0 && box.height > 0 && getComputedStyle(element).visibility === "visible" && !element.closest(".unseen");
};
const label = (element) => `${element.className || element.tagName} "${element.textContent.trim().slice(0, 40)}"`;
const scrolls = (element) => ["auto", "scroll"].includes(getComputedStyle(element).overflowY);

function outside(text, box) {
  const inner = box.getBoundingClientRect();
  const sideways = text.left < inner.left - ROUND_PX || text.right > inner.right + ROUND_PX;
  const upDown = !scrolls(box) && (text.top < inner.top - ROUND_PX || text.bottom > inner.bottom + ROUND_PX);
  return sideways || upDown;
}

/** Texts that reach out of the box they belong to, or out of the page. */
window.cutTexts = () => {
  const found = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    if (!node.textContent.trim() || !visible(node.parentElement)) continue;
    const range = document.createRange();
    range.selectNodeContents(node);
    const box = node.parentElement.closest(BOXES);
    for (const rect of range.getClientRects()) {
      if (rect.left < -ROUND_PX || rect.right > innerWidth + ROUND_PX || (box && outside(rect, box))) found.push(`cut: "${node.textContent.trim().slice(0, 40)}" in ${label(box || node.parentElement)}`);
    }
  }
  if (document.documentElement.scrollWidth > innerWidth) found.push("the page scrolls sideways");
  if (document.documentElement.scrollHeight > innerHeight && !document.querySelector(".gallery")) found.push("the page scrolls");
  return found;
};

const targets = () => {
  const dialog = document.querySelector("#app > .sheet-veil");
  const all = Array.from((dialog || document).querySelectorAll(TARGETS)).filter(visible);
  return dialog ? all : all.filter((one) => !one.closest(".sheet-veil") || document.querySelector(".gallery"));
};

/** Targets below 64 px, or below 104 px for the main action. */
window.smallTargets = () =>
  targets().flatMap((one) => {
    const { width, height } = one.getBoundingClientRect();
    const least = one.classList.contains("main-action") ? 104 : 64;
    return width < least - 0.5 || height < least - 0.5 ? [`small: ${label(one)} ${width.toFixed(0)}x${height.toFixed(0)}`] : [];
  });

/** Targets that overlap, or are less than 8 px apart (tabs stand side by side). */
window.closeTargets = () => {
  const all = targets().filter((one) => !one.closest(".tabs, .snackbar") && !scrolledAway(one));
  const found = [];
  all.forEach((one, i) => {
    const a = one.getBoundingClientRect();
    for (const other of all.slice(i + 1)) {
      const b = other.getBoundingClientRect();
      const gapX = Math.max(a.left, b.left) - Math.min(a.right, b.right);
      const gapY = Math.max(a.top, b.top) - Math.min(a.bottom, b.bottom);
      if (gapX < 7.5 && gapY < 7.5) found.push(`close: ${label(one)} and ${label(other)}`);
    }
  });
  return found;
};

function scrolledAway(element) {
  const screen = element.closest(".screen");
  return Boolean(screen) && element.getBoundingClientRect().top > screen.getBoundingClientRect().bottom;
}

/** Everything wrong with this screen in one theme and language; [] when it is well. */
window.lookAt = async ({ theme, language }) => {
  document.documentElement.dataset.theme = theme;
  const words = await import(document.querySelector("script[type=module]").src.replace("teacher/panel.js", "shared/i18n.js"));
  await words.useLanguage(language);
  await new Promise((drawn) => requestAnimationFrame(() => setTimeout(drawn)));
  return [...cutTexts(), ...smallTargets(), ...closeTargets(), ...(await axeFinds({}))];
};

void 0;
