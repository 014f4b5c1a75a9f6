/** Auto as a chat model: asks the sidecar, calls the chosen model, streams its answer through unchanged. */

import { randomUUID } from "node:crypto";
import * as vscode from "vscode";
import type { Decision, FailedAttempt } from "./decision";
import { activePaths } from "./files";
import { conversationKey, gather } from "./gather";
import type { Limit } from "./limits";
import { OfferedModels } from "./models";
import type { ModelRef, RouteParams, WireModel } from "./protocol";
import { type Attempt, type Outcome, attempts, routeWithin, sameModel } from "./routing";
import type { Settings } from "./settings";
import type { Sidecar } from "./sidecar/client";
import { type Told, toldBy } from "./told";
import { type Refusal, Vetoes } from "./vetoes";

export const VENDOR = "hydra-auto";

interface Entry {
  readonly id: string;
  readonly name: string;
  readonly detail: string;
  readonly tooltip: string;
  /** Sent with each request of this entry; the plain entry leaves it to the user's settings. */
  readonly regime?: string;
}

const ENTRIES: readonly Entry[] = [
  {
    id: "auto",
    name: "Auto",
    detail: "Cheapest that will do",
    tooltip: "Sends each request to the cheapest model that is good enough for it, as your settings say.",
  },
  {
    id: "auto-quality",
    name: "Auto (quality)",
    detail: "Hardly any shortfall",
    tooltip: "As Auto, but accepts hardly any shortfall of the model, whatever it costs.",
    regime: "quality",
  },
  {
    id: "auto-economy",
    name: "Auto (economy)",
    detail: "Saves the most",
    tooltip: "As Auto, but accepts more shortfall of the model to save money.",
    regime: "economy",
  },
];

/** Before VS Code named any model. */
const ASSUMED_INPUT_TOKENS = 128_000;
const OUTPUT_TOKENS = 16_000;
/** How many models may refuse one request before its error is shown. */
const MOST_ATTEMPTS = 5;
/** Key of what the sidecar last told, in the workspace's memory. */
const TOLD = "told";
/** Conversations whose last model is remembered. */
const MOST_CONVERSATIONS = 200;

type Progress = vscode.Progress<vscode.LanguageModelResponsePart>;

export class AutoProvider implements vscode.LanguageModelChatProvider, vscode.Disposable {
  private readonly changed = new vscode.EventEmitter<void>();
  readonly onDidChangeLanguageModelChatInformation = this.changed.event;
  private readonly decided = new vscode.EventEmitter<Decision>();
  /** Fires when a model is tried, and again when it refused. */
  readonly onDidDecide = this.decided.event;

  private readonly vetoes = new Vetoes();
  private readonly lastGood = new Map<string, ModelRef>();
  private cheapestKnown: readonly ModelRef[] = [];
  private maxInputTokens = ASSUMED_INPUT_TOKENS;
  private readonly offered = new OfferedModels(VENDOR, (models) => {
    this.learnRoom(models);
    void this.sidecar.offer(models.map(wireModel));
  });

  constructor(
    private readonly sidecar: Sidecar,
    private readonly settings: () => Settings,
    private readonly memory: vscode.Memento,
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

  // The chosen model is not known yet; a quarter of the UTF-8 length fits most languages and code.
  provideTokenCount(
    _model: vscode.LanguageModelChatInformation,
    text: string | vscode.LanguageModelChatRequestMessage,
  ): Promise<number> {
    const bytes =
      typeof text === "string"
        ? Buffer.byteLength(text)
        : gather([text]).reduce((sum, { chars }) => sum + chars, 0);
    return Promise.resolve(Math.ceil(bytes / 4));
  }

  async provideLanguageModelChatResponse(
    { id }: vscode.LanguageModelChatInformation,
    messages: readonly vscode.LanguageModelChatRequestMessage[],
    options: vscode.ProvideLanguageModelChatResponseOptions,
    progress: Progress,
    token: vscode.CancellationToken,
  ): Promise<void> {
    const startedAt = performance.now();
    const chats = await this.offered.list();
    const available = chats.map(wireModel);
    const params = this.routeParams(id, messages, options, available);
    const { deadlineMs, defaultModel, vendors, limits } = this.settings();
    const outcome = await routeWithin(deadlineMs, abortSignalOf(token), (signal) =>
      this.sidecar.route(params, signal),
    );
    const routeMs = performance.now() - startedAt;
    if (isCancelled(token)) return;
    this.learnOrder(outcome);
    const told = this.lastTold(outcome, available, limits);

    const key = conversationKey(params.conversationId, messages);
    const order = attempts(outcome, {
      available,
      lastGood: this.lastGood.get(key) ?? null,
      defaultModel,
      cheapestKnown: this.cheapestKnown,
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
          this.remember(key, attempt.model);
          this.vetoFailed(tried);
          return;
        case "broken":
          throw shortError(answer.error);
        case "refused":
          tried.refused(attempt, answer.error);
          this.offered.invalidate(); // it may be gone
          this.vetoRefused(attempt.model, answer.error);
      }
    }
    this.decided.fire(tried.decision(null));
    throw tried.failed.length === 0 ? nobody(available, outcome) : shortError(tried.lastError);
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
    const regime = ENTRIES.find(({ id }) => id === entryId)?.regime;
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

  /** Keeps the order of the last full decision, for when there is no sidecar to ask. */
  private learnOrder(outcome: Outcome): void {
    if (outcome.kind !== "routed" || outcome.result.alternatives.length === 0) return;
    const { result, target } = outcome;
    this.cheapestKnown = [target, ...result.alternatives.map((alternative) => alternative.target)];
  }

  /** What the sidecar told now, else what it last told in this workspace, even before VS Code was started. */
  private lastTold(outcome: Outcome, available: readonly WireModel[], limits: readonly Limit[]): Told | null {
    const before = this.memory.get<Told>(TOLD) ?? null;
    const now = toldBy(outcome, available, limits, before) ?? before;
    if (JSON.stringify(now) !== JSON.stringify(before)) void this.memory.update(TOLD, now);
    return now;
  }

  private remember(key: string, { vendor, id }: ModelRef): void {
    this.lastGood.delete(key); // so that it moves to the end
    this.lastGood.set(key, { vendor, id });
    const oldest = this.lastGood.keys().next();
    if (this.lastGood.size > MOST_CONVERSATIONS && !oldest.done) this.lastGood.delete(oldest.value);
  }
}

/** The way of one request through the models. */
class Tried {
  readonly failed: FailedAttempt[] = [];
  lastError: unknown;

  constructor(private readonly routed: Pick<Decision, "requestId" | "outcome" | "routeMs">) {}

  refused(attempt: Attempt, error: unknown): void {
    this.failed.push({ ...attempt, error: shortError(error).message });
    this.lastError = error;
  }

  decision(answeredBy: Attempt | null): Decision {
    return { ...this.routed, answeredBy, failed: [...this.failed] };
  }
}

type Answer =
  | { readonly kind: "complete" }
  /** Before anything was streamed: another model may still answer. */
  | { readonly kind: "refused"; readonly error: unknown }
  /** After something was streamed. */
  | { readonly kind: "broken"; readonly error: unknown };

async function forward(
  chat: vscode.LanguageModelChat,
  messages: readonly vscode.LanguageModelChatRequestMessage[],
  options: vscode.ProvideLanguageModelChatResponseOptions,
  progress: Progress,
  token: vscode.CancellationToken,
): Promise<Answer> {
  let started = false;
  try {
    const answer = await chat.sendRequest(
      messages.map(sendable),
      {
        justification: "HyDRA Auto sends your request to the model that it chose for it.",
        toolMode: options.toolMode,
        ...(options.tools ? { tools: [...options.tools] } : {}),
        ...(options.modelOptions ? { modelOptions: options.modelOptions } : {}),
      },
      token,
    );
    for await (const part of answer.stream) {
      started = true;
      // The stream's type is unknown, so that parts of later versions fit; they go through as they are.
      progress.report(part as vscode.LanguageModelResponsePart);
    }
    return { kind: "complete" };
  } catch (error) {
    return { kind: started ? "broken" : "refused", error };
  }
}

/**
 * Asks for a reasoning effort as far as the stable API can: by `modelOptions`, which are the target provider's own.
 * Copilot's provider ignores this one and takes the effort that the user chose in the model picker.
 */
function withEffort(
  options: vscode.ProvideLanguageModelChatResponseOptions,
  effort: string | undefined,
): vscode.ProvideLanguageModelChatResponseOptions {
  if (effort === undefined) return options;
  return { ...options, modelOptions: { ...options.modelOptions, reasoningEffort: effort } };
}

/** System messages (role 3) reach us, but the stable API refuses to send them: they go on as User messages. */
function sendable(message: vscode.LanguageModelChatRequestMessage): vscode.LanguageModelChatMessage {
  const { Assistant, User } = vscode.LanguageModelChatMessageRole;
  return new vscode.LanguageModelChatMessage(
    message.role === Assistant ? Assistant : User,
    [...message.content] as (
      vscode.LanguageModelTextPart | vscode.LanguageModelToolResultPart | vscode.LanguageModelToolCallPart
    )[],
    message.name,
  );
}

function refusalOf(error: unknown): Refusal {
  if (!(error instanceof vscode.LanguageModelError)) return "failed";
  switch (error.code) {
    case vscode.LanguageModelError.NoPermissions.name:
      return "no-permission";
    case vscode.LanguageModelError.Blocked.name:
      return "blocked";
    case vscode.LanguageModelError.NotFound.name:
      return "not-found";
    default:
      return "failed";
  }
}

/** The chat view shows message and stack, so errors are short and have no stack of ours. */
function shortError(error: unknown): vscode.LanguageModelError {
  if (error instanceof vscode.LanguageModelError) return error;
  const message = error instanceof Error ? error.message : String(error);
  const [firstLine = ""] = message.split("\n");
  const short = new vscode.LanguageModelError(firstLine === "" ? "The model gave no answer." : firstLine);
  short.stack = "";
  return short;
}

function nobody(available: readonly WireModel[], outcome: Outcome): vscode.LanguageModelError {
  if (available.length === 0) {
    return vscode.LanguageModelError.NotFound(
      "HyDRA Auto found no chat model to send this to. Sign in to Copilot, or add a model in the model picker.",
    );
  }
  const unasked = outcome.kind === "default" && outcome.result === null;
  const why = unasked
    ? " Its sidecar gave no answer, and only that knows the catalog with its ids and prices."
    : "";
  return vscode.LanguageModelError.NotFound(
    `HyDRA Auto may send this to none of your models now.${why} Check its settings and your catalog.`,
  );
}

function wireModel(chat: vscode.LanguageModelChat): WireModel {
  const { vendor, id, family, version, name, maxInputTokens } = chat;
  return { vendor, id, family, version, name, maxInputTokens };
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
