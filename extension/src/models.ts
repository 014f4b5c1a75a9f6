/** The models that VS Code offers, without our own. */

import * as vscode from "vscode";
import { Kept } from "./kept";
import type { WireModel } from "./protocol";

/**
 * Asking VS Code re-asks every provider and takes longer than the decision itself, so the list is kept until VS Code tells that
 * it changed. It is never renewed beside a request: VS Code 1.104 forgets all models for the moment of asking, and refuses
 * whatever is sent to them. Only where a provider does not answer, a request goes by the old list after a while.
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
    });
    this.subscription = vscode.lm.onDidChangeChatModels(() => {
      this.kept.invalidate();
    });
  }

  /** @param patienceMs How long to wait for a new list where there is an old one. */
  list(patienceMs?: number): Promise<readonly vscode.LanguageModelChat[]> {
    return this.kept.list(patienceMs);
  }

  /** After a model of the list refused. */
  invalidate(): void {
    this.kept.invalidate();
  }

  dispose(): void {
    this.subscription.dispose();
  }
}

/** A model as it is told to the sidecar. */
export function wireModel(chat: vscode.LanguageModelChat): WireModel {
  const { vendor, id, family, version, name, maxInputTokens } = chat;
  return { vendor, id, family, version, name, maxInputTokens };
}
