/** The models that VS Code offers, without our own. */

import * as vscode from "vscode";
import { Kept } from "./kept";

const FRESH_MS = 5_000;

/**
 * Asking VS Code re-asks every provider and takes longer than the decision itself, so the list is kept, until VS Code tells that
 * it changed. A model that is gone all the same refuses the request, and the next one is tried.
 */
export class OfferedModels implements vscode.Disposable {
  private readonly kept: Kept<vscode.LanguageModelChat>;
  private readonly subscription: vscode.Disposable;

  constructor(ownVendor: string, onRenewed: (models: readonly vscode.LanguageModelChat[]) => void) {
    this.kept = new Kept(async () => {
      const all = await vscode.lm.selectChatModels();
      const others = all.filter(({ vendor }) => vendor !== ownVendor); // Auto must not call Auto
      onRenewed(others);
      return others;
    }, FRESH_MS);
    this.subscription = vscode.lm.onDidChangeChatModels(() => {
      this.kept.invalidate();
    });
  }

  list(): Promise<readonly vscode.LanguageModelChat[]> {
    return this.kept.list();
  }

  dispose(): void {
    this.subscription.dispose();
  }
}
