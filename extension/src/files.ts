/** Which files a request is about, as far as the editor knows; attached ones the sidecar finds in the messages. */

import * as vscode from "vscode";

/** The active editor's path within its workspace folder, with `/`; files from elsewhere have none. */
export function activePaths(): string[] {
  const uri = vscode.window.activeTextEditor?.document.uri;
  if (uri?.scheme !== "file" || !vscode.workspace.getWorkspaceFolder(uri)) return [];
  return [vscode.workspace.asRelativePath(uri, false)];
}
