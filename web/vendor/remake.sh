#!/bin/sh
# Remakes vendor.js, the fonts, the icon sprite and the tests' axe-core from the versions in
# package.json, then writes VERSIONS.toml. Needs node and npm; only whoever changes a version runs it.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
web=$(dirname "$here")
assets="$(dirname "$web")/tests/browser/assets"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cp "$here/package.json" "$here/entry.js" "$work/"
(cd "$work" && npm install --no-audit --no-fund --ignore-scripts --silent)
modules="$work/node_modules"

"$modules/.bin/esbuild" "$work/entry.js" --bundle --format=esm --target=chrome71 --minify \
    --legal-comments=none --log-level=warning --outfile="$here/vendor.js"
node "$here/sprite.mjs" "$here/icons.txt" "$modules/lucide-static/icons" "$web/icons/icons.svg"
for subset in latin vietnamese; do
    for weight in 400 600; do
        name="be-vietnam-pro-$subset-$weight-normal.woff2"
        cp "$modules/@fontsource/be-vietnam-pro/files/$name" "$web/fonts/$name"
    done
done
cp "$modules/axe-core/axe.min.js" "$assets/axe.min.js"

cp "$modules/preact/LICENSE" "$here/licences/preact.txt"
cp "$modules/htm/LICENSE" "$here/licences/htm.txt"
cp "$modules/@preact/signals/LICENSE" "$here/licences/preact-signals.txt"
cp "$modules/@preact/signals-core/LICENSE" "$here/licences/preact-signals-core.txt"
cp "$modules/@fontsource/be-vietnam-pro/LICENSE" "$here/licences/be-vietnam-pro.txt"
cp "$modules/lucide-static/LICENSE" "$here/licences/lucide-static.txt"
cp "$modules/axe-core/LICENSE" "$assets/axe-core-licence.txt"

node "$here/versions.mjs" "$modules" "$(dirname "$web")" > "$here/VERSIONS.toml"
