/** Which files a request is about, as far as the editor knows; attached ones the sidecar finds in the messages. */

import * as vscode from "vscode";

/**
 * Paths of the active editor and the active notebook within their workspace folders, with `/`; files from elsewhere have
 * none. A notebook's cells are documents of another scheme, so the notebook itself tells its file.
 */
export function activePaths(): string[] {
  const { activeTextEditor, activeNotebookEditor } = vscode.window;
  const uris = [activeTextEditor?.document.uri, activeNotebookEditor?.notebook.uri];
  const paths = uris.flatMap((uri) =>
    uri?.scheme === "file" && vscode.workspace.getWorkspaceFolder(uri)
      ? [vscode.workspace.asRelativePath(uri, false)]
      : [],
  );
  return [...new Set(paths)];
}
