// A hand that touches twice never does two things: a touch counts only where the same target has
// lain under it for a while, and no target takes two touches in one go but those named here.

/** So long a target has to lie where it is before it takes a touch, and rests after one. */
export const QUIET_MS = 400;

/** Targets that may be touched again at once, by their data-test: these and no others. */
export const REPEATABLE = ["volume-up", "volume-down", "late-less", "late-more", "page-up", "page-down"];

const TARGETS = "button, a[href], .sheet-veil";
const COVERS = [".sheet-veil", ".snackbar"]; // what lies over the rest, the highest last

const nameOf = (element) => element.dataset.test || "";
const holds = (box, x, y) => x >= box.left && x <= box.right && y >= box.top && y <= box.bottom;
const targetOf = (event) => (event.target instanceof Element ? event.target.closest(TARGETS) : null);

/** What lies where, as the page is drawn now. */
function lookAt(root, at) {
  const boxOf = (element) => ({ element, name: nameOf(element), box: element.getBoundingClientRect() });
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
  let last = { element: null, name: "", at: -Infinity };

  const look = () => {
    cancelAnimationFrame(due);
    due = 0;
    const at = now();
    looks.push(lookAt(root, at));
    const old = looks.filter((one) => one.at <= at - QUIET_MS).length;
    looks = looks.slice(Math.max(0, old - 1));
  };
  const soon = () => (due = due || requestAnimationFrame(look));

  const mayTouch = (element, name, x, y) => {
    look();
    const at = now();
    const rests = last.element === element && last.name === name && at - last.at < QUIET_MS && !REPEATABLE.includes(name);
    return !rests && looks[0].at <= at - QUIET_MS && looks.every((one) => lay(one, element, name, x, y));
  };

  const stop = (event) => {
    event.preventDefault();
    event.stopImmediatePropagation();
  };

  const pressed = (event) => {
    const element = targetOf(event);
    const name = element && nameOf(element);
    down = element && { element, name, counts: mayTouch(element, name, event.clientX, event.clientY) };
    if (down && !down.counts) event.stopImmediatePropagation();
  };

  const clicked = (event) => {
    const element = targetOf(event);
    if (!element || event.detail === 0) return;
    const counts = down && down.counts && down.element === element && down.name === nameOf(element);
    if (counts) last = { element, name: down.name, at: now() };
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
