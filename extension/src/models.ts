/** The models that VS Code offers, without our own. */

import * as vscode from "vscode";
import { collapsing } from "./sidecar/serial";

/** How old the list may be and still serve a request, which then has it renewed for the next one. */
const FRESH_MS = 5_000;

/**
 * Asking VS Code re-asks every provider and takes longer than the decision itself, so the list is kept, until VS Code tells that
 * it changed. A model that is gone all the same refuses the request, and the next one is tried.
 */
export class OfferedModels implements vscode.Disposable {
  private models: readonly vscode.LanguageModelChat[] = [];
  private stale = true;
  private askedAt = 0;
  private readonly subscription: vscode.Disposable;

  constructor(
    private readonly ownVendor: string,
    private readonly onRenewed: (models: readonly vscode.LanguageModelChat[]) => void,
  ) {
    this.subscription = vscode.lm.onDidChangeChatModels(() => {
      this.stale = true;
    });
  }

  async list(): Promise<readonly vscode.LanguageModelChat[]> {
    if (this.stale) await this.renew();
    else if (Date.now() - this.askedAt > FRESH_MS) void this.renew();
    return this.models;
  }

  dispose(): void {
    this.subscription.dispose();
  }

  private readonly renew = collapsing(async () => {
    this.stale = false; // before the question: a change during it must not be lost
    this.askedAt = Date.now();
    try {
      const all = await vscode.lm.selectChatModels();
      // Auto must not call Auto.
      this.models = all.filter(({ vendor }) => vendor !== this.ownVendor);
      this.onRenewed(this.models);
    } catch {
      this.stale = true; // the old list may still do
    }
  });
}
