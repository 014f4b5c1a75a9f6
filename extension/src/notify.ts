/** Tells once that there is no sidecar, or none that works, and how to get one. */

import * as vscode from "vscode";
import type { Sidecar, SidecarState } from "./sidecar/client";

const INSTALL = "pip install hydra-auto";
/** For one of another protocol version or with damaged files: pip leaves what is installed otherwise. */
const UPGRADE = "pip install --upgrade hydra-auto";
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
    void tell(state);
  });
}

async function tell({ problem, message }: SidecarState & { readonly kind: "failed" }): Promise<void> {
  const command = problem === "not-found" ? INSTALL : UPGRADE;
  const copy = "Copy Install Command";
  const settings = "Open Settings";
  const log = "Show Log";
  const answer = await vscode.window.showWarningMessage(
    `HyDRA Auto: ${message} Chat goes on with a default model. ` +
      `To get routing, run \`${command}\` with Python 3.11 or newer (with a wheel that you built, its path ` +
      "instead of the name) and restart the sidecar.",
    copy,
    settings,
    log,
  );
  switch (answer) {
    case copy:
      await vscode.env.clipboard.writeText(command);
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
