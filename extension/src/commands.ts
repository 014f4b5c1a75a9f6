/** The commands of the palette. */

import * as path from "node:path";
import * as vscode from "vscode";
import { CATALOG_EXAMPLE } from "./catalogExample";
import { type Decision, explainMarkdown, isUtility } from "./decision";
import { messageOf } from "./errors";
import type { WireModel } from "./protocol";
import type { Sidecar } from "./sidecar/client";

const SCHEME = "hydra-auto";
const EXPLANATION = vscode.Uri.parse(`${SCHEME}:/Last decision.md`);

export function registerCommands(
  sidecar: Sidecar,
  offered: () => Promise<WireModel[]>,
  onDidDecide: vscode.Event<Decision>,
  log: vscode.LogOutputChannel,
): vscode.Disposable {
  let last: Decision | undefined;
  const changed = new vscode.EventEmitter<vscode.Uri>();
  return vscode.Disposable.from(
    changed,
    onDidDecide((decision) => {
      if (isUtility(decision)) return;
      last = decision;
      changed.fire(EXPLANATION); // an open preview follows
    }),
    vscode.workspace.registerTextDocumentContentProvider(SCHEME, {
      onDidChange: changed.event,
      provideTextDocumentContent: () => (last ? explainMarkdown(last) : NOTHING_YET),
    }),
    vscode.commands.registerCommand("hydraAuto.explainLast", () =>
      vscode.commands.executeCommand("markdown.showPreview", EXPLANATION),
    ),
    vscode.commands.registerCommand("hydraAuto.openCatalog", () => openCatalog(sidecar)),
    vscode.commands.registerCommand("hydraAuto.addModels", () => addModels(sidecar, offered)),
    vscode.commands.registerCommand("hydraAuto.restartSidecar", () => sidecar.restartNow()),
    vscode.commands.registerCommand("hydraAuto.showLog", () => {
      log.show();
    }),
  );
}

const NOTHING_YET = `# Nothing routed yet

Pick **Auto** in the model picker of the chat view and ask something.
`;

async function openCatalog(sidecar: Sidecar): Promise<vscode.TextEditor | undefined> {
  let file: string | undefined;
  try {
    file = (await sidecar.status()).catalog.layers.find(({ name }) => name === "user")?.path;
  } catch (error) {
    void vscode.window.showWarningMessage(
      `HyDRA Auto: the sidecar knows where the catalog is. ${messageOf(error)}`,
    );
    return undefined;
  }
  if (file === undefined) {
    void vscode.window.showWarningMessage("HyDRA Auto: the sidecar uses no catalog of yours.");
    return undefined;
  }
  const uri = vscode.Uri.file(file);
  if (!(await exists(uri))) {
    const create = "Create";
    const answer = await vscode.window.showInformationMessage(
      `You have no catalog of your own yet. It would be ${file}.`,
      create,
    );
    if (answer !== create) return undefined;
    await vscode.workspace.fs.createDirectory(vscode.Uri.file(path.dirname(file)));
    await vscode.workspace.fs.writeFile(uri, Buffer.from(CATALOG_EXAMPLE));
  }
  return vscode.window.showTextDocument(uri);
}

/** Puts the models that the catalog lacks into the user's catalog, unsaved: the user looks at them first. */
async function addModels(sidecar: Sidecar, offered: () => Promise<WireModel[]>): Promise<void> {
  const editor = await openCatalog(sidecar);
  if (!editor) return;
  const document = editor.document;
  try {
    const before = document.getText();
    const { text, added, withoutRelative } = await sidecar.catalogWith(await offered(), before);
    const others = withoutRelative.map(({ vendor, id }) => `${vendor}/${id}`).join(", ");
    const left = others === "" ? "" : ` Like no model that is known, so add by hand: ${others}.`;
    if (added.length === 0) {
      void vscode.window.showInformationMessage(`HyDRA Auto: there is nothing to add.${left}`);
      return;
    }
    const same = document.getText() === before; // the sidecar takes its time, and the user may type meanwhile
    const whole = new vscode.Range(document.positionAt(0), document.positionAt(before.length));
    const done =
      same &&
      (await editor.edit((edit) => {
        edit.replace(whole, text);
      }));
    if (!done) throw new Error("The file changed in the meantime; try again.");
    const names = added.map(({ name, how }) => `${name} (${how})`).join(", ");
    void vscode.window.showInformationMessage(`HyDRA Auto added ${names}. Save to use them.${left}`);
  } catch (error) {
    void vscode.window.showWarningMessage(`HyDRA Auto: no model was added. ${messageOf(error)}`);
  }
}

async function exists(uri: vscode.Uri): Promise<boolean> {
  try {
    await vscode.workspace.fs.stat(uri);
    return true;
  } catch {
    return false;
  }
}
