// Prints VERSIONS.toml: what was taken, under which licence, and the SHA-256 of every file made of it.
// Usage: node versions.mjs NODE_MODULES CHECKOUT
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";

const [modules, checkout] = process.argv.slice(2);
const FONTS = ["latin", "vietnamese"].flatMap((subset) =>
  ["400", "600"].map((weight) => `web/fonts/be-vietnam-pro-${subset}-${weight}-normal.woff2`),
);
const PARTS = [
  ["preact", "web/vendor/licences/preact.txt", ["web/vendor/vendor.js"]],
  ["htm", "web/vendor/licences/htm.txt", ["web/vendor/vendor.js"]],
  ["@preact/signals", "web/vendor/licences/preact-signals.txt", ["web/vendor/vendor.js"]],
  ["@preact/signals-core", "web/vendor/licences/preact-signals-core.txt", ["web/vendor/vendor.js"]],
  ["@fontsource/be-vietnam-pro", "web/vendor/licences/be-vietnam-pro.txt", FONTS],
  ["lucide-static", "web/vendor/licences/lucide-static.txt", ["web/icons/icons.svg"]],
  ["axe-core", "tests/browser/assets/axe-core-licence.txt", ["tests/browser/assets/axe.min.js"]],
];

console.log("# Written by remake.sh; a test compares the hashes with the files.");
for (const [name, licenceText, files] of PARTS) {
  const about = JSON.parse(readFileSync(join(modules, name, "package.json"), "utf8"));
  console.log(`\n[[part]]\nname = "${name}"\nversion = "${about.version}"\nlicence = "${about.license}"`);
  console.log(`licence_text = "${licenceText}"\n[part.files]`);
  for (const path of files) {
    const digest = createHash("sha256").update(readFileSync(join(checkout, path))).digest("hex");
    console.log(`"${path}" = "${digest}"`);
  }
}
