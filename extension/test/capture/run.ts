/**
 * `npm run capture`: asks in the real chat view and keeps what arrives at a model, as params of `router/route`, in
 * tests/fixtures/chat/. The sidecar's extraction of the user's words is tested on these files. Run it again when a new
 * VS Code changes the shapes, and read the diff.
 */

import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { type ChatMessage, gather } from "../../src/gather";
import type { RouteParams, WireMessage } from "../../src/protocol";
import {
  EXTENSION_DIR,
  ask,
  builtInChatReady,
  keepBuiltInChat,
  openWorkbench,
  orScreenshot,
  pickModel,
  startHost,
} from "../host/vscode-host";

interface Recorded {
  readonly messages: readonly ChatMessage[];
  readonly options: {
    readonly requestInitiator?: string;
    readonly tools?: readonly string[];
    readonly modelOptions?: { readonly _conversationId?: string };
  };
}

const FIXTURES = path.join(EXTENSION_DIR, "..", "tests", "fixtures", "chat");
const MODELS = ["small", "large"].map((size) => ({
  vendor: "fixture",
  id: `fixture-${size}`,
  family: `fixture-${size}`,
  version: "1",
  name: `Fixture ${size}`,
  maxInputTokens: 100_000,
}));

/** Copilot's own texts are not ours to copy: this much of each is kept, enough to recognise the shape. */
const KEPT_CHARS = 200;

async function capture(
  settings: Record<string, unknown>,
  turns: readonly (readonly [prompt: string, answer: string])[],
): Promise<Recorded[]> {
  const workspace = fs.mkdtempSync(path.join(os.tmpdir(), "hydra-auto-capture-"));
  const record = path.join(workspace, "..", `${path.basename(workspace)}.jsonl`);
  fs.writeFileSync(path.join(workspace, "app.py"), "userCnt = 1\nprint(userCnt)\n");
  const host = await startHost({
    unpacked: [path.join(EXTENSION_DIR, "out", "fixture-models")],
    settings,
    env: { FIXTURE_RECORD: record },
  });
  try {
    return await orScreenshot(host, async () => {
      await keepBuiltInChat(host);
      await openWorkbench(host, workspace);
      const file = host.page.locator(".explorer-folders-view .monaco-list-row", { hasText: "app.py" });
      await file.dblclick();
      await host.page.locator(".editor-instance .view-line", { hasText: "print(userCnt)" }).waitFor();
      await builtInChatReady(host);
      await pickModel(host, "Fixture Small");
      for (const [prompt, answer] of turns)
        await ask(host, prompt.replaceAll("WORKSPACE", workspace), answer);
      const lines = fs.readFileSync(record, "utf8").replaceAll(workspace, "/home/user/project");
      return lines
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line) as Recorded);
    });
  } finally {
    await host.stop();
    fs.rmSync(workspace, { recursive: true, force: true });
    fs.rmSync(record, { force: true });
  }
}

/** Shortens every tagged block but the user's own words, and the long untagged text of system messages. */
function cut(message: WireMessage): WireMessage {
  if (message.role === "system") return { ...message, text: message.text.slice(0, KEPT_CHARS) };
  const text = message.text.replaceAll(
    /<(\w+)([^>]*)>([\s\S]*?)<\/\1>/g,
    (block, tag: string, attributes: string, inner: string) =>
      ["userRequest", "prompt"].includes(tag) || inner.length <= KEPT_CHARS
        ? block
        : `<${tag}${attributes}>${inner.slice(0, KEPT_CHARS)} [...]\n</${tag}>`,
  );
  return { ...message, text };
}

function keep(name: string, recorded: Recorded | undefined): void {
  if (recorded === undefined) throw new Error(`nothing was recorded for ${name}`);
  const { options, messages } = recorded;
  const params: RouteParams = {
    requestId: name,
    messages: gather(messages).map(cut),
    tools: options.tools?.length ?? 0,
    initiator: options.requestInitiator ?? null,
    conversationId: options.modelOptions?._conversationId
      ? `conversation of ${name.split("-")[0] ?? ""}`
      : null,
    models: MODELS,
    vetoed: [],
  };
  fs.writeFileSync(path.join(FIXTURES, `${name}.json`), `${JSON.stringify(params, null, 2)}\n`);
  console.log(`${name}: ${params.messages.length} messages, ${params.tools} tools`);
}

async function main(): Promise<void> {
  fs.mkdirSync(FIXTURES, { recursive: true });
  const agent = await capture({}, [
    ["Rename userCnt to userCount in app.py, please.", "answers"],
    ['Look at the folder first. [[tool list_dir {"path":"WORKSPACE"}]]', "tool result"],
    ["Thanks! And now add a test.", "answers"],
  ]);
  const withTools = agent.filter((request) => request.options.tools?.length);
  const utility = agent.filter((request) => !request.options.tools?.length);
  keep("agent-first-step", withTools[0]);
  keep("agent-second-turn", withTools[1]);
  keep("agent-later-step", withTools[2]);
  keep("agent-third-turn", withTools[3]);
  utility.forEach((request, index) => {
    keep(`utility-${index + 1}`, request);
  });
  const asked = await capture({ "chat.agent.enabled": false }, [
    ["Why does app.py print 1?", "answers"],
    ["And in Python 2?", "answers"],
  ]);
  const questions = asked.filter((request) => JSON.stringify(request.messages).includes("app.py print 1?"));
  keep("ask-first-turn", questions[0]);
  keep("ask-second-turn", questions.at(-1));
  asked
    .filter((request) => !questions.includes(request))
    .forEach((request, index) => {
      keep(`ask-utility-${index + 1}`, request);
    });
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
