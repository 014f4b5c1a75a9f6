/**
 * Models that stand in for remote ones. What they answer is steered by the message (`[[tool NAME {json}]]`, `[[slow]]`)
 * or, inside the extension host, by `behave`. Vendor `fixture-gated` asks for the user's consent, as Copilot's models
 * do; that takes a proposed API, which only this test extension may use.
 */

import * as fs from "node:fs";
import * as vscode from "vscode";

/** What one model is told to do instead of answering. */
export type Behaviour = "answer" | "blocked" | "error" | "break-on-release" | "hang";

export interface Seen {
  readonly vendor: string;
  readonly id: string;
  readonly messages: readonly vscode.LanguageModelChatRequestMessage[];
  readonly options: vscode.ProvideLanguageModelChatResponseOptions;
  /** Turns true when the caller cancels. */
  cancelled: boolean;
}

export interface FixtureModels {
  /** Requests that reached a model, oldest first. */
  readonly seen: Seen[];
  behave(id: string, behaviour: Behaviour): void;
  /** Lets a model break that said its first word: an error right after it would overtake the word. */
  release(): void;
  reset(): void;
}

type Information = vscode.LanguageModelChatInformation & {
  readonly requiresAuthorization?: { readonly label: string };
};

const model = (id: string, name: string, more: Partial<Information> = {}): Information => ({
  id,
  name,
  family: id,
  version: "1",
  maxInputTokens: 100_000,
  maxOutputTokens: 8_000,
  capabilities: { imageInput: true, toolCalling: true },
  ...more,
});

const MODELS: Readonly<Record<string, readonly Information[]>> = {
  fixture: [
    model("fixture-small", "Fixture Small"),
    model("fixture-medium", "Fixture Medium"),
    model("fixture-large", "Fixture Large", { maxInputTokens: 200_000 }),
    // Each is made to fail by one test: who failed is left out for a while, and tests must not disturb each other.
    ...["a", "b", "c"].map((name) => model(`fixture-flaky-${name}`, `Fixture Flaky ${name.toUpperCase()}`)),
    model("fixture-extra", "Fixture Extra"), // in no catalog until a test adds it
  ],
  "fixture-gated": ["fixture-gated", "fixture-gated-too"].map((id) =>
    model(id, id === "fixture-gated" ? "Fixture Gated" : "Fixture Gated Too", {
      requiresAuthorization: { label: "fixture account" },
    }),
  ),
};

export function activate(context: vscode.ExtensionContext): FixtureModels {
  const seen: Seen[] = [];
  const behaviours = new Map<string, Behaviour>();
  let release: () => void = () => undefined;
  const released = new Promise<void>((resolve) => (release = resolve));
  const names = new Map(Object.values(MODELS).flatMap((models) => models.map((m) => [m.id, m.name])));

  const changed = new vscode.EventEmitter<void>();
  context.subscriptions.push(changed);
  const provider = (vendor: string, models: readonly Information[]): vscode.LanguageModelChatProvider => ({
    onDidChangeLanguageModelChatInformation: changed.event,
    provideLanguageModelChatInformation: () => [...models],
    provideTokenCount: (_model, text) => Promise.resolve(Math.ceil(JSON.stringify(text).length / 4)),
    async provideLanguageModelChatResponse({ id }, messages, options, progress, token) {
      const request: Seen = { vendor, id, messages, options, cancelled: token.isCancellationRequested };
      token.onCancellationRequested(() => (request.cancelled = true));
      seen.push(request);
      record(request);
      await answer(request, behaviours.get(id) ?? "answer", names.get(id) ?? id, progress, token, released);
    },
  });

  for (const [vendor, models] of Object.entries(MODELS)) {
    context.subscriptions.push(vscode.lm.registerLanguageModelChatProvider(vendor, provider(vendor, models)));
  }
  context.subscriptions.push(vscode.commands.registerCommand("fixtureModels.applySettings", applySettings));
  changed.fire(); // else the model picker does not list them until someone selects them
  return {
    seen,
    behave: (id, behaviour) => void behaviours.set(id, behaviour),
    release,
    reset: () => {
      seen.length = 0;
      behaviours.clear();
    },
  };
}

/** Sets what the file named by FIXTURE_SETTINGS holds, as the user: a test outside the host has no other quick way. */
async function applySettings(): Promise<void> {
  const file = process.env.FIXTURE_SETTINGS;
  if (file === undefined) return;
  const settings = JSON.parse(fs.readFileSync(file, "utf8")) as Record<string, unknown>;
  for (const [name, value] of Object.entries(settings)) {
    await vscode.workspace.getConfiguration().update(name, value, vscode.ConfigurationTarget.Global);
  }
}

async function answer(
  { messages, options }: Seen,
  behaviour: Behaviour,
  name: string,
  progress: vscode.Progress<vscode.LanguageModelResponsePart>,
  token: vscode.CancellationToken,
  released: Promise<void>,
): Promise<void> {
  const say = (text: string) => {
    progress.report(new vscode.LanguageModelTextPart(text));
  };
  switch (behaviour) {
    case "blocked":
      throw vscode.LanguageModelError.Blocked("quota used up");
    case "error":
      throw new Error("the fixture model broke");
    case "break-on-release":
      say("half an ");
      await released;
      throw new Error("the fixture model broke half way");
    case "hang":
      await cancelled(token);
      return;
    case "answer":
      break;
  }
  const parts = messages.at(-1)?.content ?? [];
  const result = parts.find((part) => part instanceof vscode.LanguageModelToolResultPart);
  if (result) {
    const text = result.content
      .map((c) => (c instanceof vscode.LanguageModelTextPart ? c.value : ""))
      .join("");
    say(`[${name}] tool result: ${text || JSON.stringify(result.content)}`);
    return;
  }
  const text = parts.map((part) => (part instanceof vscode.LanguageModelTextPart ? part.value : "")).join("");
  const [, tool, input] = /\[\[tool (\w+) (\{.*?\})\]\]/.exec(text) ?? [];
  if (tool !== undefined && input !== undefined && options.tools?.some((t) => t.name === tool)) {
    progress.report(
      new vscode.LanguageModelToolCallPart(`call-${Date.now()}`, tool, JSON.parse(input) as object),
    );
    return;
  }
  for (const part of parts) {
    // Data parts come back as they are. Their class is not in the types of VS Code 1.104.
    if (typeof part === "object" && part !== null && "mimeType" in part) {
      progress.report(part as unknown as vscode.LanguageModelResponsePart);
    }
  }
  for (const word of `[${name}] answers`.split(" ")) say(`${word} `);
  if (text.includes("[[slow]]")) await cancelled(token);
}

function cancelled(token: vscode.CancellationToken): Promise<void> {
  if (token.isCancellationRequested) return Promise.resolve();
  return new Promise((resolve) =>
    token.onCancellationRequested(() => {
      resolve();
    }),
  );
}

/** Writes each request as a JSON line to the file that FIXTURE_RECORD names, for `npm run capture`. */
function record({ vendor, id, messages, options }: Seen): void {
  const file = process.env.FIXTURE_RECORD;
  if (file === undefined) return;
  const seen = {
    vendor,
    id,
    messages: messages.map(({ role, name, content }) => ({ role, name, content })),
    options: { ...options, tools: options.tools?.map((tool) => tool.name) },
  };
  fs.appendFileSync(file, `${JSON.stringify(seen)}\n`);
}
