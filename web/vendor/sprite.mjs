// Makes one SVG sprite of the icons named in icons.txt. Usage: node sprite.mjs ICONS_TXT ICONS_DIR OUT
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const [list, folder, out] = process.argv.slice(2);
const wanted = readFileSync(list, "utf8")
  .split("\n")
  .filter((line) => line.includes("=") && !line.startsWith("#"))
  .map((line) => line.split("=").map((part) => part.trim()));

const drawing = (name) => {
  const svg = readFileSync(join(folder, `${name}.svg`), "utf8");
  const inside = svg.slice(svg.indexOf(">", svg.indexOf("<svg")) + 1, svg.lastIndexOf("</svg>"));
  return inside.split("\n").map((line) => line.trim()).join("");
};

// The picture outside the symbols is what a browser shows when it takes the sprite as page icon.
const page = `<rect width="24" height="24" rx="5" fill="#0B5CAD"/><g fill="none" stroke="#fff" stroke-width="2" stroke-linecap="round" stroke-linejoin="round" transform="translate(4 4) scale(.667)">${drawing("presentation")}</g>`;
const symbols = wanted.map(([ours, theirs]) => `<symbol id="${ours}" viewBox="0 0 24 24">${drawing(theirs)}</symbol>`);
writeFileSync(out, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24">\n${page}\n${symbols.join("\n")}\n</svg>\n`);
