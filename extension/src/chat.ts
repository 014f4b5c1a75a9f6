/** Auto as a chat model: asks the sidecar, calls the chosen model, streams its answer through unchanged. */

import { randomUUID } from "node:crypto";
import * as vscode from "vscode";
import type { Decision } from "./decision";
import { ASSUMED_INPUT_TOKENS, ENTRIES, OUTPUT_TOKENS, VENDOR, regimeOf } from "./entries";
import type { FallbackMemory } from "./fallbackMemory";
import { activePaths } from "./files";
import { type Progress, forward, withEffort } from "./forward";
import { conversationKey, gather } from "./gather";
import { OfferedModels, wireModel } from "./models";
import type { ModelRef, RouteParams, WireModel } from "./protocol";
import { codeOf, nobody, refusalOf, shortError } from "./refusals";
import { attempts, routeWithin, sameModel } from "./routing";
import type { Settings } from "./settings";
import type { Sidecar } from "./sidecar/client";
import { tokenCount } from "./tokens";
import { Tried } from "./tried";
import { Vetoes } from "./vetoes";

/** How many models may refuse one request before its error is shown. */
const MOST_ATTEMPTS = 5;

export class AutoProvider implements vscode.LanguageModelChatProvider, vscode.Disposable {
  private readonly changed = new vscode.EventEmitter<void>();
  readonly onDidChangeLanguageModelChatInformation = this.changed.event;
  private readonly decided = new vscode.EventEmitter<Decision>();
  /** Fires when a model is tried, and again when it refused. */
  readonly onDidDecide = this.decided.event;

  private readonly vetoes = new Vetoes();
  private maxInputTokens = ASSUMED_INPUT_TOKENS;
  private readonly offered = new OfferedModels(VENDOR, (models) => {
    this.learnRoom(models);
    void this.sidecar.offer(models.map(wireModel));
  });

  constructor(
    private readonly sidecar: Sidecar,
    private readonly settings: () => Settings,
    private readonly memory: FallbackMemory,
  ) {}

  /** Makes the model picker list the entries: it does not ask by itself after a registration. */
  announce(): void {
    this.changed.fire();
  }

  /** Has the sidecar know what VS Code offers; asks VS Code only if that may have changed. */
  async lookAtModels(): Promise<void> {
    await this.offered.list();
  }

  /** What VS Code offers now, without Auto. */
  async offeredModels(): Promise<WireModel[]> {
    return (await this.offered.list()).map(wireModel);
  }

  /** After the user changed what this extension may access. */
  forgetConsents(): void {
    this.vetoes.forgetConsents();
  }

  dispose(): void {
    this.offered.dispose();
    this.changed.dispose();
    this.decided.dispose();
  }

  // Called whenever anyone lists models, ourselves included: must stay cheap.
  provideLanguageModelChatInformation(): vscode.LanguageModelChatInformation[] {
    return ENTRIES.map(({ id, name, detail, tooltip }) => ({
      id,
      name,
      detail,
      tooltip,
      family: VENDOR,
      version: "1",
      maxInputTokens: this.maxInputTokens,
      maxOutputTokens: OUTPUT_TOKENS,
      capabilities: { imageInput: true, toolCalling: true },
    }));
  }

  // The chosen model is not known yet, so this is a guess.
  provideTokenCount(
    _model: vscode.LanguageModelChatInformation,
    text: string | vscode.LanguageModelChatRequestMessage,
  ): Promise<number> {
    return Promise.resolve(tokenCount(text));
  }

  async provideLanguageModelChatResponse(
    { id }: vscode.LanguageModelChatInformation,
    messages: readonly vscode.LanguageModelChatRequestMessage[],
    options: vscode.ProvideLanguageModelChatResponseOptions,
    progress: Progress,
    token: vscode.CancellationToken,
  ): Promise<void> {
    const startedAt = performance.now();
    const { deadlineMs, defaultModel, vendors, limits } = this.settings();
    const chats = await this.offered.list(deadlineMs);
    const available = chats.map(wireModel);
    const params = this.routeParams(id, messages, options, available);
    const outcome = await routeWithin(deadlineMs, abortSignalOf(token), (signal) =>
      this.sidecar.route(params, signal),
    );
    const routeMs = performance.now() - startedAt;
    if (isCancelled(token)) return;
    this.memory.learnOrder(outcome);
    const told = this.memory.lastTold(outcome, available, limits);

    const key = conversationKey(params.conversationId, messages);
    const order = attempts(outcome, {
      available,
      lastGood: this.memory.lastGoodOf(key),
      defaultModel,
      cheapestKnown: this.memory.cheapestKnown,
      vendors: [...vendors, this.sidecar.vendors],
      vetoed: params.vetoed,
      told,
      limits,
    });
    const tried = new Tried({ requestId: params.requestId, outcome, routeMs });
    for (const attempt of order) {
      if (tried.failed.length >= MOST_ATTEMPTS) break;
      if (this.vetoes.lacksConsent(attempt.model)) continue; // refused for a sibling, a moment ago
      const chat = chats.find((offered) => sameModel(offered, attempt.model));
      if (!chat) continue;
      this.decided.fire(tried.decision(attempt));
      const answer = await forward(chat, messages, withEffort(options, attempt.effort), progress, token);
      if (isCancelled(token)) return;
      switch (answer.kind) {
        case "complete":
          this.memory.remember(key, attempt.model);
          this.vetoFailed(tried);
          return;
        case "broken":
          throw shortError(answer.error);
        case "refused":
          tried.refused(attempt, answer.error, codeOf(answer.error));
          this.offered.invalidate(); // it may be gone
          this.vetoRefused(attempt.model, answer.error);
      }
    }
    this.decided.fire(tried.decision(null));
    if (tried.failed.length > 0) throw shortError(tried.lastError);
    throw nobody(available, outcome, this.vetoes.among(available));
  }

  /** What says something about the model, and not about the request, holds at once. */
  private vetoRefused(model: ModelRef, error: unknown): void {
    const refusal = refusalOf(error);
    if (refusal !== "failed") this.vetoes.add(model, refusal);
  }

  /** A model that failed is left out only if another took the same request: else the request may be at fault. */
  private vetoFailed({ failed }: Tried): void {
    const vetoed = this.vetoes.among(failed.map(({ model }) => model));
    for (const { model } of failed) {
      if (!vetoed.some((veto) => sameModel(veto, model))) this.vetoes.add(model, "failed");
    }
  }

  private learnRoom(models: readonly vscode.LanguageModelChat[]): void {
    const largest = Math.max(0, ...models.map((model) => model.maxInputTokens)) || ASSUMED_INPUT_TOKENS;
    if (largest === this.maxInputTokens) return;
    this.maxInputTokens = largest;
    this.changed.fire();
  }

  private routeParams(
    entryId: string,
    messages: readonly vscode.LanguageModelChatRequestMessage[],
    options: vscode.ProvideLanguageModelChatResponseOptions,
    available: readonly WireModel[],
  ): RouteParams {
    const regime = regimeOf(entryId);
    return {
      requestId: randomUUID().slice(0, 8),
      messages: gather(messages),
      tools: options.tools?.length ?? 0,
      initiator: stringIn(options, "requestInitiator"),
      conversationId: stringIn(options.modelOptions, "_conversationId"),
      models: available,
      vetoed: this.vetoes.among(available),
      paths: activePaths(),
      ...(regime === undefined ? {} : { regime }),
    };
  }
}

/** A call, since the compiler takes a property for unchanged across an await. */
function isCancelled(token: vscode.CancellationToken): boolean {
  return token.isCancellationRequested;
}

function abortSignalOf(token: vscode.CancellationToken): AbortSignal {
  const controller = new AbortController();
  if (token.isCancellationRequested) controller.abort();
  token.onCancellationRequested(() => {
    controller.abort();
  });
  return controller.signal;
}

/** Some fields are there at run time but in no stable type; they are hints only. */
function stringIn(object: object | undefined, key: string): string | null {
  const value: unknown = object && (object as Record<string, unknown>)[key];
  return typeof value === "string" ? value : null;
}
