/** The one log channel. No prompt text goes into it, at any level. */

import * as vscode from "vscode";

export function createLog(): vscode.LogOutputChannel {
  return vscode.window.createOutputChannel("HyDRA Auto", { log: true });
}
