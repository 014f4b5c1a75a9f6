/** The sidecar's help with editing a catalog, as the editor shows it. */

import assert from "node:assert/strict";
import * as vscode from "vscode";
import { eventually, sidecarState } from "./harness";

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

  it("advises against a model that a cheaper one beats, and against old evidence", async () => {
    const levels = (level: number) =>
      `{reasoning: ${level}, code_generation: ${level}, debugging: ${level}, tool_use: ${level}}`;
    await write(`schema_version: 1
models:
  - id: mine/better
    match: [{vendor: fixture, id: fixture-small}]
    price: {input: 1, output: 2}
    capabilities: ${levels(0.6)}
  - id: mine/worse
    match: [{vendor: fixture, id: fixture-medium}]
    price: {input: 2, output: 4}
    capabilities: ${levels(0.5)}
    evidence: [{benchmark: swe-bench-verified, score: 40, date: 2020-02, source: "a test"}]
`);
    const advice = await eventually(
      () =>
        vscode.languages
          .getDiagnostics(uri)
          .map(({ code, range, message }) => ({ code, marked: document.getText(range), message })),
      (found) => found.length === 2,
    );
    assert.deepEqual(
      advice.map(({ code, marked }) => [code, marked]),
      [
        ["dominated-model", "mine/worse"],
        ["stale-evidence", "evidence"],
      ],
    );
    assert.match(advice[0]?.message ?? "", /^mine\/better is cheaper/);
    await write(document.getText().replace("input: 2, output: 4", "input: 0.5, output: 1"));
    await eventually(
      () => vscode.languages.getDiagnostics(uri).map(({ code }) => code),
      (left) => left.length === 1 && left[0] === "stale-evidence",
    );
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
