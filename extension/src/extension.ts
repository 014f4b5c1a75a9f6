import * as vscode from "vscode";
import { whenCatalogIsShown } from "./catalogEditor";
import { AutoProvider } from "./chat";
import { registerCommands } from "./commands";
import { type Decision, logLine } from "./decision";
import { VENDOR } from "./entries";
import { FallbackMemory } from "./fallbackMemory";
import { createLog } from "./log";
import { notifyWhenMissing } from "./notify";
import {
  changesRouting,
  changesSidecar,
  initializationOptions,
  readSettings,
  wireSettings,
} from "./settings";
import { type SidecarState, Sidecar } from "./sidecar/client";
import { findCommand } from "./sidecar/command";
import { machineProbe } from "./sidecar/probe";
import { createStatusItem } from "./status";

/** For other extensions, and for the tests. */
export interface HydraAutoApi {
  readonly onDidDecide: vscode.Event<Decision>;
  readonly sidecarState: () => SidecarState;
}

let sidecar: Sidecar | undefined;

export function activate(context: vscode.ExtensionContext): HydraAutoApi {
  const log = createLog();
  context.subscriptions.push(log);
  try {
    return wire(context, log);
  } catch (error) {
    // VS Code tells nobody that an activation failed.
    log.error(error instanceof Error ? error : String(error));
    void vscode.window.showErrorMessage("HyDRA Auto could not start. See its log in the Output view.");
    throw error;
  }
}

export function deactivate(): Promise<void> | undefined {
  return sidecar?.shutDown();
}

function wire(context: vscode.ExtensionContext, log: vscode.LogOutputChannel): HydraAutoApi {
  const running = new Sidecar(
    {
      findCommand: () =>
        findCommand(
          { ...readSettings(), env: process.env, platform: process.platform },
          machineProbe(process.env, process.platform),
        ),
      initializationOptions,
    },
    log,
  );
  sidecar = running;
  const provider = new AutoProvider(
    running,
    readSettings,
    new FallbackMemory([context.workspaceState, context.globalState]),
  );
  context.subscriptions.push(
    // First, since the workbench activates us when it wants the list of models, and waits.
    vscode.lm.registerLanguageModelChatProvider(VENDOR, provider),
    running,
    provider,
    provider.onDidDecide((decision) => {
      log.info(logLine(decision));
    }),
    createStatusItem(running, provider.onDidDecide),
    registerCommands(running, () => provider.offeredModels(), provider.onDidDecide, log),
    notifyWhenMissing(running),
    whenCatalogIsShown(() => void provider.lookAtModels()),
    vscode.workspace.onDidGrantWorkspaceTrust(() => void running.restartNow()),
    vscode.workspace.onDidChangeConfiguration((event) => {
      if (changesSidecar(event)) void running.restartNow();
      else if (changesRouting(event)) void running.sendSettings(wireSettings());
    }),
    vscode.workspace.onDidChangeWorkspaceFolders(() => void running.restartNow()),
    context.languageModelAccessInformation.onDidChange(() => {
      provider.forgetConsents();
    }),
  );
  provider.announce();
  void running.restart(); // never awaited here: the model picker must not wait for Python
  return { onDidDecide: provider.onDidDecide, sidecarState: () => running.state };
}
