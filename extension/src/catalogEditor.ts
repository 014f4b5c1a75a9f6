/** Help with editing catalogs comes from the sidecar; this tells when it may be needed. */

import * as vscode from "vscode";
import { CATALOG_FILES } from "./catalogFiles";

/** Calls `call` whenever a catalog file comes into view. */
export function whenCatalogIsShown(call: () => void): vscode.Disposable {
  const look = (editor: vscode.TextEditor | undefined) => {
    if (editor && vscode.languages.match(CATALOG_FILES, editor.document) > 0) call();
  };
  look(vscode.window.activeTextEditor);
  return vscode.window.onDidChangeActiveTextEditor(look);
}
