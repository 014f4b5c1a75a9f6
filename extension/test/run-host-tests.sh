#!/usr/bin/env bash
# Runs the extension's tests in a real VS Code: the suite inside the extension host, then the walk through the chat view.
#   usage: run-host-tests.sh
# Environment:
#   HOST_TESTS=required   a missing piece is an error; else it is named, and the tests are skipped with exit status 0
#   HOST_TESTS_ONLY       a regular expression: only in-host tests whose names match
#   HYDRA_AUTO_PYTHON     interpreter with hydra-auto installed (default: .venv of the checkout)
#   VSCODE_HOST           where the VS Code for tests is or will be (default: .vscode-host of the checkout)
#   CHROMIUM              the browser (default: chromium on PATH)
set -euo pipefail
cd "$(dirname "$0")/.."
root=$(cd .. && pwd)

missing=()
need() { command -v "$1" >/dev/null || missing+=("$2"); }
[ "$(uname -s)" = Linux ] || missing+=("Linux")
need node "Node.js 20 or newer"
need npm "npm"
need python3 "python3"
need g++ "g++ (Debian: apt-get install g++)"
need make "make"
CHROMIUM=${CHROMIUM:-$(command -v chromium || command -v chromium-browser || command -v google-chrome || true)}
[ -n "$CHROMIUM" ] || missing+=("Chromium (Debian: apt-get install chromium fonts-dejavu-core)")
HYDRA_AUTO_PYTHON=${HYDRA_AUTO_PYTHON:-$root/.venv/bin/python}
"$HYDRA_AUTO_PYTHON" -c 'import hydra_auto' 2>/dev/null || missing+=("hydra-auto in $HYDRA_AUTO_PYTHON (pip install -e .)")
[ -d node_modules ] || missing+=("the extension's Node packages (cd extension && npm ci)")

if [ ${#missing[@]} -gt 0 ]; then
  why=$(printf '%s; ' "${missing[@]}")
  if [ "${HOST_TESTS:-}" = required ]; then
    echo "host tests cannot run, missing: ${why%; }" >&2
    exit 1
  fi
  echo "skipped: host tests, missing: ${why%; }"
  exit 0
fi

export CHROMIUM HYDRA_AUTO_PYTHON VSCODE_HOST=${VSCODE_HOST:-$root/.vscode-host}
bash test/host/install-vscode.sh "$VSCODE_HOST"
npm run -s package >/dev/null
npm run -s build:host
node --enable-source-maps out/host/run.js
node --enable-source-maps out/browser/run.js
