import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import * as vscode from "vscode";
import { CATALOG_EXAMPLE } from "../../../src/catalogExample";
import type { Decision } from "../../../src/decision";
import type { HydraAutoApi } from "../../../src/extension";
import type { SidecarState } from "../../../src/sidecar/client";
import type { FixtureModels } from "../../fixture-models/extension";
import { EASY, HARD, USUAL_MODELS } from "../messages";

const { User, Assistant } = vscode.LanguageModelChatMessageRole;

let api: HydraAutoApi;
let models: FixtureModels;
let decisions: Decision[];

async function activated<T>(id: string): Promise<T> {
  const extension = vscode.extensions.getExtension<T>(id);
  assert.ok(extension, `${id} is not installed`);
  return extension.activate();
}

/** Resolves once the sidecar is in the state `kind`; says which one it is in if that takes too long. */
async function sidecarState<K extends SidecarState["kind"]>(kind: K): Promise<SidecarState & { kind: K }> {
  const end = Date.now() + 50_000; // within mocha's own timeout
  for (;;) {
    const state = api.sidecarState();
    if (state.kind === kind) return state as SidecarState & { kind: K };
    assert.ok(Date.now() < end, `the sidecar is not ${kind} but ${JSON.stringify(state)}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

interface Asked {
  readonly entry?: string;
  readonly options?: vscode.LanguageModelChatRequestOptions;
  readonly token?: vscode.CancellationToken;
}

type Message = string | vscode.LanguageModelChatMessage[];

async function request(message: Message, { entry = "auto", options = {}, token }: Asked = {}) {
  const [auto] = await vscode.lm.selectChatModels({ vendor: "hydra-auto", id: entry });
  assert.ok(auto);
  const messages = typeof message === "string" ? [vscode.LanguageModelChatMessage.User(message)] : message;
  return auto.sendRequest(messages, options, token);
}

async function parts(message: Message, asked: Asked = {}): Promise<unknown[]> {
  const all: unknown[] = [];
  for await (const part of (await request(message, asked)).stream) all.push(part);
  return all;
}

async function answer(message: Message, asked: Asked = {}): Promise<string> {
  return (await parts(message, asked))
    .map((part) => (part instanceof vscode.LanguageModelTextPart ? part.value : ""))
    .join("");
}

function lastDecision(): Decision {
  const last = decisions.at(-1);
  assert.ok(last, "nothing was decided");
  return last;
}

function reason(): string {
  const { outcome } = lastDecision();
  return outcome.kind === "default" ? outcome.why : outcome.result.basis;
}

async function set(name: string, value: unknown): Promise<void> {
  await vscode.workspace.getConfiguration("hydraAuto").update(name, value, vscode.ConfigurationTarget.Global);
}

const TOOL: vscode.LanguageModelChatTool = {
  name: "read_file",
  description: "Reads a file",
  inputSchema: { type: "object", properties: { path: { type: "string" } } },
};

const routeTimes: number[] = [];
after(() => {
  const sorted = routeTimes.sort((a, b) => a - b);
  const at = (share: number) => sorted[Math.floor(share * (sorted.length - 1))]?.toFixed(0) ?? "?";
  console.log(
    `${sorted.length} decisions; from request to decision: median ${at(0.5)} ms, 90 % ${at(0.9)} ms`,
  );
});

before(async () => {
  models = await activated<FixtureModels>("hydra-auto-test.fixture-models");
  api = await activated<HydraAutoApi>("hydra-auto.hydra-auto");
  api.onDidDecide((decision) => {
    decisions.push(decision);
    if (decision.outcome.kind === "routed") routeTimes.push(decision.routeMs);
  });
  await sidecarState("ready");
});

beforeEach(() => {
  decisions = [];
  models.reset();
});

describe("Auto as a model", () => {
  it("is listed in three regimes, with room as large as the largest model's", async () => {
    await answer(EASY); // only after a first look at the models their room is known
    const listed = await vscode.lm.selectChatModels({ vendor: "hydra-auto" });
    assert.deepEqual(
      listed.map(({ id, name }) => [id, name]),
      [
        ["auto", "Auto"],
        ["auto-quality", "Auto (quality)"],
        ["auto-economy", "Auto (economy)"],
      ],
    );
    assert.ok(listed.every(({ maxInputTokens }) => maxInputTokens === 200_000));
  });

  it("has all its commands", async () => {
    const known = await vscode.commands.getCommands(true);
    for (const name of ["explainLast", "openCatalog", "restartSidecar", "showLog"]) {
      assert.ok(known.includes(`hydraAuto.${name}`), name);
    }
  });

  it("sends an easy message to the cheap model", async () => {
    assert.match(await answer(EASY), /^\[Fixture Small\]/);
    assert.equal(reason(), "within-tau");
  });

  it("sends a hard message with tools to the strong model", async () => {
    assert.match(await answer(HARD, { options: { tools: [TOOL] } }), /^\[Fixture Large\]/);
  });

  it("asks for the regime of the entry that was picked", async () => {
    const regimes = [];
    for (const entry of ["auto", "auto-quality", "auto-economy"]) {
      await answer(EASY, { entry });
      regimes.push(lastDecision().outcome.result?.regime);
    }
    assert.deepEqual(regimes, ["balanced", "quality", "economy"]);
  });

  it("calls no sidecar's choice for a message without words, and answers all the same", async () => {
    assert.match(await answer(" "), /answers/);
    assert.equal(reason(), "empty-prompt");
  });
});

describe("what passes through", () => {
  it("tool definitions and tool calls", async () => {
    const [call] = (
      await parts(`${EASY} [[tool read_file {"path":"app.py"}]]`, { options: { tools: [TOOL] } })
    ).filter((part) => part instanceof vscode.LanguageModelToolCallPart);
    assert.ok(call);
    assert.deepEqual([call.name, call.input], ["read_file", { path: "app.py" }]);
    assert.deepEqual(
      models.seen[0]?.options.tools?.map(({ name }) => name),
      ["read_file"],
    );
  });

  it("tool results, and the steps of a turn stay with one model", async () => {
    const asked = vscode.LanguageModelChatMessage.User(HARD);
    const options = { tools: [TOOL] };
    await answer([asked], { options });
    const first = lastDecision().answeredBy?.model.id;
    const call = new vscode.LanguageModelToolCallPart("c1", "read_file", { path: "app.py" });
    const result = new vscode.LanguageModelToolResultPart("c1", [new vscode.LanguageModelTextPart("x = 1")]);
    const later = [
      asked,
      vscode.LanguageModelChatMessage.Assistant([call]),
      vscode.LanguageModelChatMessage.User([result]),
    ];
    assert.match(await answer(later, { options }), /tool result: x = 1/);
    assert.equal(lastDecision().answeredBy?.model.id, first);
    assert.equal(reason(), "same-turn");
  });

  it("data parts, there and back, byte by byte", async () => {
    const { LanguageModelDataPart } = vscode as unknown as {
      LanguageModelDataPart: { json(value: unknown, mime: string): vscode.LanguageModelTextPart };
    };
    const sent = LanguageModelDataPart.json({ answer: 42 }, "application/x-fixture+json");
    const message = vscode.LanguageModelChatMessage.User([new vscode.LanguageModelTextPart(EASY), sent]);
    const back = (await parts([message])).find(
      (part): part is { mimeType: string; data: Uint8Array } =>
        typeof part === "object" && part !== null && "mimeType" in part,
    );
    assert.equal(back?.mimeType, "application/x-fixture+json");
    assert.deepEqual(JSON.parse(Buffer.from(back.data).toString()), { answer: 42 });
  });

  it("system messages, as user messages, since the stable API lets nobody send them", async () => {
    const system = vscode.LanguageModelChatMessage.User("Answer in verse.");
    Object.assign(system, { role: 3 }); // System, not in the stable enum
    await answer([system, vscode.LanguageModelChatMessage.User(EASY)]);
    const roles = models.seen[0]?.messages.map(({ role }) => role);
    assert.deepEqual(roles, [User, User]);
  });

  it("assistant messages and model options", async () => {
    await answer(
      [
        vscode.LanguageModelChatMessage.User("hi"),
        vscode.LanguageModelChatMessage.Assistant("hello"),
        vscode.LanguageModelChatMessage.User(EASY),
      ],
      { options: { modelOptions: { temperature: 0.5 } } },
    );
    assert.deepEqual(
      models.seen[0]?.messages.map(({ role }) => role),
      [User, Assistant, User],
    );
    assert.deepEqual(models.seen[0].options.modelOptions, { temperature: 0.5 });
  });

  it("a cancel, to the model that is answering", async () => {
    models.behave("fixture-small", "hang");
    const source = new vscode.CancellationTokenSource();
    const asked = answer(EASY, { token: source.token });
    while (models.seen.length === 0) await new Promise((resolve) => setTimeout(resolve, 10));
    source.cancel();
    await asked.catch(() => undefined); // some versions end the stream, others reject
    while (!models.seen[0]?.cancelled) await new Promise((resolve) => setTimeout(resolve, 10));
    assert.equal(models.seen.length, 1, "no second model may be tried");
  });
});

describe("a model that does not answer", () => {
  after(() => set("allow", USUAL_MODELS));

  for (const [flaky, behaviour, told] of [
    ["a", "blocked", "quota used up"],
    ["b", "error", "the fixture model broke"],
  ] as const) {
    it(`${behaviour} before its first word: the next best answers, and it is left out for a while`, async () => {
      await set("allow", [`test/flaky-${flaky}`, "test/large"]);
      models.behave(`fixture-flaky-${flaky}`, behaviour);
      assert.match(await answer(EASY), /^\[Fixture Large\]/);
      const { answeredBy, failed } = lastDecision();
      assert.equal(answeredBy?.as, "alternative");
      assert.deepEqual(
        failed.map(({ model, error }) => [model.id, error]),
        [[`fixture-flaky-${flaky}`, told]],
      );

      models.reset();
      assert.match(await answer(EASY), /^\[Fixture Large\]/);
      assert.deepEqual(
        models.seen.map(({ id }) => id),
        ["fixture-large"],
      );
      assert.equal(lastDecision().answeredBy?.as, "chosen", "the sidecar knows of the veto");
    });
  }

  it("after its first word: the error is shown, nobody else is asked", async () => {
    await set("allow", ["test/flaky-c", "test/large"]);
    models.behave("fixture-flaky-c", "break-on-release");
    const { stream } = await request(EASY);
    await assert.rejects(async () => {
      for await (const part of stream) {
        assert.ok(part instanceof vscode.LanguageModelTextPart);
        models.release();
      }
    }, /broke half way/);
    assert.deepEqual(
      models.seen.map(({ id }) => id),
      ["fixture-flaky-c"],
    );
  });

  it("for want of consent: the next vendor's best answers, and the user is not asked again", async () => {
    await set("allow", ["test/gated", "test/gated-too", "test/small"]);
    // The runner declines the dialog once. A second one, now or below, would hold the request for ever.
    assert.match(await answer(EASY), /^\[Fixture Small\]/);
    assert.deepEqual(
      lastDecision().failed.map(({ model }) => model.id),
      ["fixture-gated"],
    );
    assert.match(await answer(EASY), /^\[Fixture Small\]/);
    const { failed, outcome } = lastDecision();
    assert.deepEqual(failed, []);
    const gated = outcome.result?.candidates.find(({ id }) => id === "test/gated-too");
    assert.match(gated?.reason ?? "", /no-permission/);
  });

  it("like all the others, for the request's own fault: its error is shown, and nobody is left out", async () => {
    await set("allow", ["test/medium", "test/large"]);
    models.behave("fixture-medium", "error");
    models.behave("fixture-large", "error");
    await assert.rejects(answer(EASY), /the fixture model broke/);
    assert.equal(lastDecision().answeredBy, null);
    models.reset();
    assert.match(await answer(EASY), /^\[Fixture Medium\]/);
  });
});

describe("settings", () => {
  it("reach the sidecar while it runs", async () => {
    await set("deny", ["test/small"]);
    try {
      assert.match(await answer(EASY), /^\[Fixture Medium\]/);
    } finally {
      await set("deny", undefined);
    }
    assert.match(await answer(EASY), /^\[Fixture Small\]/);
  });

  it("regime changes what Auto goes by", async () => {
    await set("regime", "economy");
    try {
      await answer(EASY);
      assert.equal(lastDecision().outcome.result?.regime, "economy");
    } finally {
      await set("regime", undefined);
    }
  });
});

describe("Explain Last Decision", () => {
  it("opens a document with the choice, the requirements and every candidate", async () => {
    await answer(EASY);
    await vscode.commands.executeCommand("hydraAuto.explainLast");
    const uri = vscode.Uri.parse("hydra-auto:/Last decision.md");
    const document = await vscode.workspace.openTextDocument(uri);
    const text = document.getText();
    assert.match(text, /^# Fixture Small/);
    for (const word of ["debugging", "Fixture Medium", "Fixture Large", "within-tau"]) {
      assert.ok(text.includes(word), `${word} is missing in:\n${text}`);
    }
    assert.ok(!text.includes("userCnt"), "it repeats the prompt");
  });
});

describe("Open Catalog", () => {
  it("opens the user's own file", async () => {
    await vscode.commands.executeCommand("hydraAuto.openCatalog");
    const opened = vscode.window.activeTextEditor?.document;
    assert.equal(
      opened?.uri.fsPath,
      path.join(process.env.XDG_CONFIG_HOME ?? "", "hydra-auto", "catalog.yaml"),
    );
    assert.ok(opened.getText().includes("test/small"));
  });

  it("shows what is wrong with it where it is wrong, routes on by the last good one, and forgets it once mended", async () => {
    const uri = vscode.Uri.file(path.join(process.env.XDG_CONFIG_HOME ?? "", "hydra-auto", "catalog.yaml"));
    const document = await vscode.workspace.openTextDocument(uri);
    const good = document.getText();
    const save = async (text: string) => {
      const edit = new vscode.WorkspaceEdit();
      edit.replace(uri, new vscode.Range(0, 0, document.lineCount, 0), text);
      await vscode.workspace.applyEdit(edit);
      await document.save();
    };
    // Not what is only advice: the fixture models that must win make others useless.
    const problems = () =>
      vscode.languages
        .getDiagnostics(uri)
        .filter(
          ({ source, severity }) =>
            source === "HyDRA Auto" && severity < vscode.DiagnosticSeverity.Information,
        );
    const problemCount = async (wanted: number) => {
      const end = Date.now() + 50_000;
      while (problems().length !== wanted) {
        assert.ok(Date.now() < end, `problems are ${JSON.stringify(problems())}`);
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    };
    try {
      await save(good.replace("context_window: 100000", "context_window: plenty"));
      await problemCount(1);
      const [problem] = problems();
      assert.ok(problem);
      assert.equal(document.getText(problem.range), "plenty");
      assert.match(await answer(EASY), /^\[Fixture Small\]/);
    } finally {
      await save(good);
    }
    await problemCount(0);
  });

  it("starts a new one with an example that the sidecar takes, commented or not", () => {
    const dir = fs.mkdtempSync(path.join(os.tmpdir(), "hydra-auto-example-"));
    const file = path.join(dir, "catalog.yaml");
    try {
      for (const text of [CATALOG_EXAMPLE, CATALOG_EXAMPLE.replaceAll(/^# (?=routing|models| )/gm, "")]) {
        fs.writeFileSync(file, text);
        const check = ["-P", "-m", "hydra_auto", "catalog", "check", file];
        // Its complaints are part of the error that this throws.
        execFileSync(process.env.HYDRA_AUTO_PYTHON ?? "", check, { stdio: "pipe" });
      }
    } finally {
      fs.rmSync(dir, { recursive: true });
    }
  });
});

describe("Editing a catalog", () => {
  const TEXT = `schema_version: 1
routing: {regime: economy, "中😀": 1, tau:   7}
models:
  - id: anthropic/claude-sonnet-5
    price: {input: 3}
    match: [{vendor: fixture, family: }]
`;
  let document: vscode.TextDocument;
  let uri: vscode.Uri;

  const at = (word: string, more = 0) => document.positionAt(document.getText().indexOf(word) + more);
  const whole = () => new vscode.Range(0, 0, document.lineCount, 0);
  const ask = <T>(what: string, ...rest: unknown[]) =>
    vscode.commands.executeCommand<T>(`vscode.execute${what}Provider`, uri, ...rest);

  /** Asks again until the answer holds what is wanted: the sidecar may not know of the file yet. */
  async function eventually<T>(answer: () => T | Thenable<T>, holds: (found: T) => boolean): Promise<T> {
    const end = Date.now() + 50_000;
    for (;;) {
      const found = await answer();
      if (holds(found)) return found;
      assert.ok(Date.now() < end, `the last answer is ${JSON.stringify(found)}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  async function write(text: string): Promise<void> {
    const edit = new vscode.WorkspaceEdit();
    edit.replace(uri, whole(), text);
    await vscode.workspace.applyEdit(edit);
  }

  before(async () => {
    await sidecarState("ready");
    const folder = vscode.workspace.workspaceFolders?.[0];
    assert.ok(folder);
    uri = vscode.Uri.joinPath(folder.uri, "mine.hydra-auto.yaml");
    await vscode.workspace.fs.writeFile(uri, Buffer.from("schema_version: 1\n"));
    document = await vscode.workspace.openTextDocument(uri);
    await vscode.window.showTextDocument(document);
  });

  beforeEach(() => write(TEXT));

  after(async () => {
    await vscode.commands.executeCommand("workbench.action.revertAndCloseActiveEditor");
    await vscode.workspace.fs.delete(uri);
  });

  it("marks unsaved mistakes exactly, behind emoji and ideographs, too", async () => {
    const found = await eventually(
      () => vscode.languages.getDiagnostics(uri).map(({ range }) => document.getText(range)),
      (marked) => marked.includes("7"),
    );
    assert.ok(found.includes('"中😀"'));
    assert.ok(document.isDirty);
  });

  it("mends a value that is out of range", async () => {
    const range = new vscode.Range(at("7}"), at("7}", 1));
    const actions = await eventually(
      () => ask<vscode.CodeAction[]>("CodeAction", range),
      (offered) => offered.some(({ title }) => title === "Change to 1"),
    );
    const edit = actions.find(({ title }) => title === "Change to 1")?.edit;
    assert.ok(edit);
    await vscode.workspace.applyEdit(edit);
    assert.ok(document.getText().includes("tau:   1}"));
  });

  it("completes choices, and the families that VS Code offers of a vendor", async () => {
    const labels = async (position: vscode.Position) =>
      (await ask<vscode.CompletionList>("CompletionItem", position)).items.map(({ label }) =>
        typeof label === "string" ? label : label.label,
      );
    const families = await eventually(
      () => labels(at("family: ", 8)),
      (found) => found.includes("fixture-small"),
    );
    assert.ok(families.includes("fixture-large"));
    assert.ok((await labels(at("economy", 3))).includes("balanced"));
  });

  it("explains a value, and leads to where it was set before", async () => {
    const hovers = await eventually(
      () => ask<vscode.Hover[]>("Hover", at("input: 3", 7)),
      (found) => found.length > 0,
    );
    const told = hovers
      .flatMap(({ contents }) => contents as vscode.MarkdownString[])
      .map(({ value }) => value);
    assert.match(told.join("\n"), /this file, line 5/);
    const places = await ask<(vscode.Location | vscode.LocationLink)[]>("Definition", at("claude-sonnet-5"));
    const [place] = places;
    assert.ok(place);
    const target = "uri" in place ? place.uri : place.targetUri;
    assert.match(target.path, /default\.yaml$/);
  });

  it("shows what comes from weaker layers, and the outline", async () => {
    const shown = await eventually(
      () => ask<vscode.InlayHint[]>("InlayHint", whole()),
      (found) => found.length > 0,
    );
    const texts = shown.map(({ label }) =>
      typeof label === "string" ? label : label.map(({ value }) => value).join(""),
    );
    assert.ok(
      texts.some((text) => text.includes("cached_input")),
      texts.join(" | "),
    );
    const outline = await ask<vscode.DocumentSymbol[]>("DocumentSymbol");
    assert.deepEqual(
      outline.map(({ name }) => name),
      ["schema_version", "routing", "models"],
    );
    assert.equal(outline[2]?.children[0]?.name, "anthropic/claude-sonnet-5");
  });

  it("formats and keeps comments", async () => {
    await write("schema_version:   1   # one\nrouting: { tau: 0 }");
    const options = { tabSize: 2, insertSpaces: true };
    const edits = await eventually(
      () => ask<vscode.TextEdit[] | undefined>("FormatDocument", options),
      (found) => (found?.length ?? 0) > 0,
    );
    const edit = new vscode.WorkspaceEdit();
    edit.set(uri, edits ?? []);
    await vscode.workspace.applyEdit(edit);
    assert.equal(document.getText(), "schema_version: 1  # one\nrouting: {tau: 0}\n");
  });

  it("adds a model that VS Code offers and no catalog names", async () => {
    await write(`schema_version: 1
models:
  - id: fixture/fixture-small-2
    match: [{vendor: fixture, family: fixture-small-2}]
    price: {input: 1, output: 2}
    capabilities: {reasoning: 0.4, code_generation: 0.4, debugging: 0.4, tool_use: 0.4}
`);
    const position = at("models");
    const actions = await eventually(
      () => ask<vscode.CodeAction[]>("CodeAction", new vscode.Range(position, position)),
      (found) => found.some(({ title }) => title.startsWith("Add fixture/fixture-small")),
    );
    const edit = actions.find(({ title }) => title.startsWith("Add fixture/fixture-small"))?.edit;
    assert.ok(edit);
    await vscode.workspace.applyEdit(edit);
    assert.match(document.getText(), /fixture\/fixture-small@fixture/);
  });
});

describe("a sidecar in trouble", () => {
  it("that hangs costs no more than the deadline: timeout", async () => {
    const { status } = await sidecarState("ready");
    await answer(EASY);
    await set("deadlineMs", 200);
    process.kill(status.pid, "SIGSTOP");
    try {
      assert.match(await answer(EASY), /^\[Fixture Small\]/);
      assert.equal(reason(), "timeout");
      assert.equal(lastDecision().answeredBy?.as, "last-good");
    } finally {
      process.kill(status.pid, "SIGCONT");
      await set("deadlineMs", 20_000);
    }
  });

  it("that is killed: chat goes on with the conversation's model, and it comes back by itself", async () => {
    const { status } = await sidecarState("ready");
    const options = { modelOptions: { _conversationId: "hard one" }, tools: [TOOL] };
    assert.match(await answer(HARD, { options }), /^\[Fixture Large\]/);
    process.kill(status.pid, "SIGKILL");
    await sidecarState("failed");
    assert.match(await answer(EASY, { options }), /^\[Fixture Large\]/);
    assert.equal(reason(), "sidecar-failed");
    assert.equal(lastDecision().answeredBy?.as, "last-good");

    const again = await sidecarState("ready");
    assert.notEqual(again.status.pid, status.pid);
    assert.match(await answer(EASY), /^\[Fixture Small\]/);
    assert.equal(reason(), "within-tau");
  });

  it("that is killed while it decides: the request is answered all the same", async () => {
    const { status } = await sidecarState("ready");
    process.kill(status.pid, "SIGSTOP");
    const asked = answer(EASY);
    process.kill(status.pid, "SIGKILL");
    assert.match(await asked, /answers/);
    assert.equal(reason(), "sidecar-failed");
    await sidecarState("ready");
  });

  it("with a bad interpreter: default model, and back again when the setting is right", async () => {
    await set("python", "/nowhere/python");
    const state = await sidecarState("failed");
    assert.equal(state.problem, "not-found");
    assert.match(state.message, /\/nowhere\/python.*hydraAuto\.python/);
    assert.match(await answer(EASY), /answers/);
    assert.equal(reason(), "sidecar-failed");
    await set("python", undefined);
    await sidecarState("ready");
    assert.match(await answer(EASY), /^\[Fixture Small\]/);
  });

  it("in an interpreter without the package: says how it ended, chat goes on", async () => {
    await set("sidecarCommand", ["/bin/sh", "-c", "exit 3"]);
    const state = await sidecarState("failed");
    assert.deepEqual([state.problem, state.message], ["crashed", "The sidecar ended with status 3."]);
    assert.match(await answer(EASY), /answers/);
    await set("sidecarCommand", undefined);
    await sidecarState("ready");
  });

  it("that speaks another protocol is refused", async () => {
    const newer = `
import sys, json
def read():
    length = 0
    while (line := sys.stdin.buffer.readline().strip()):
        if line.lower().startswith(b"content-length:"): length = int(line.split(b":")[1])
    return json.loads(sys.stdin.buffer.read(length))
request = read()
result = {"capabilities": {"experimental": {"hydraAuto": {"protocolVersion": 99}}}}
body = json.dumps({"jsonrpc": "2.0", "id": request["id"], "result": result}).encode()
sys.stdout.buffer.write(b"Content-Length: %d\\r\\n\\r\\n" % len(body) + body); sys.stdout.flush()
read(); read()`;
    await set("sidecarCommand", [process.env.HYDRA_AUTO_PYTHON, "-c", newer]);
    const state = await sidecarState("failed");
    assert.equal(state.problem, "refused");
    assert.match(state.message, /protocol 99/);
    await set("sidecarCommand", undefined);
    await sidecarState("ready");
  });

  it("that is just starting: a request waits for it, within the deadline", async () => {
    const restarted = vscode.commands.executeCommand("hydraAuto.restartSidecar");
    assert.match(await answer(EASY), /^\[Fixture Small\]/);
    assert.equal(reason(), "within-tau");
    await restarted;
  });

  it("restarts on command", async () => {
    const { status } = await sidecarState("ready");
    await vscode.commands.executeCommand("hydraAuto.restartSidecar");
    assert.notEqual((await sidecarState("ready")).status.pid, status.pid);
  });
});
