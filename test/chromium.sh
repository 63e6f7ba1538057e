#!/usr/bin/env bash
# Installs Debian's Chromium where it is missing and can be had: the dashboard's tests
# look at its pages with a real browser, and skip that without one, as the last lines of
# the run tell.
set -euo pipefail
for path in "${CHROMIUM:-}" /usr/bin/chromium /usr/bin/chromium-browser /usr/bin/google-chrome; do
	if [ -n "$path" ] && [ -x "$path" ]; then exit 0; fi
done
if ! command -v apt-get >/dev/null; then
	echo "there is no Chromium, and no apt-get to install it with: set CHROMIUM to the path of one" >&2
	exit 0
fi
run() { if [ "$(id -u)" = 0 ]; then "$@"; else sudo -n "$@"; fi; }
echo "installing Chromium"
if ! { run apt-get update -qq && run apt-get install -y -qq --no-install-recommends chromium fonts-dejavu-core; } >/dev/null; then
	echo "Chromium cannot be installed: set CHROMIUM to the path of one" >&2
fi
