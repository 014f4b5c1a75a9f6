/** Tells once that there is no sidecar, and how to get one. */

import * as vscode from "vscode";
import type { Sidecar } from "./sidecar/client";

const INSTALL = "pip install hydra-auto";
/** A crash is tried again by itself; only a sidecar that keeps crashing is worth a notification. */
const CRASHES_IN_A_ROW = 3;

export function notifyWhenMissing(sidecar: Sidecar): vscode.Disposable {
  let crashes = 0;
  let told = "";
  return sidecar.onDidChangeState((state) => {
    if (state.kind === "ready") {
      crashes = 0;
      told = "";
    }
    if (state.kind !== "failed") return;
    if (state.problem === "crashed") crashes += 1;
    const worthTelling = state.problem !== "crashed" || crashes === CRASHES_IN_A_ROW;
    if (!worthTelling || told === state.message) return;
    told = state.message;
    void tell(state.message);
  });
}

async function tell(message: string): Promise<void> {
  const copy = "Copy Install Command";
  const settings = "Open Settings";
  const log = "Show Log";
  const answer = await vscode.window.showWarningMessage(
    `HyDRA Auto: ${message} Chat goes on with a default model. ` +
      `To get routing, run \`${INSTALL}\` with Python 3.11 or newer and restart the sidecar.`,
    copy,
    settings,
    log,
  );
  switch (answer) {
    case copy:
      await vscode.env.clipboard.writeText(INSTALL);
      break;
    case settings:
      await vscode.commands.executeCommand("workbench.action.openSettings", "hydraAuto");
      break;
    case log:
      await vscode.commands.executeCommand("hydraAuto.showLog");
      break;
    case undefined: // dismissed
  }
}
