import assert from "node:assert/strict";
import { fake } from "./vscode";
import type * as vscode from "vscode";
import { registerCommands } from "../../src/commands";
import type { Decision } from "../../src/decision";
import type { CatalogAddResult } from "../../src/protocol";
import type { Sidecar } from "../../src/sidecar/client";

describe("Add Unknown Models", () => {
  const document = { text: "", getText: () => document.text, positionAt: (offset: number) => offset };
  let replacement: string | undefined;
  const editor = {
    document,
    edit: (build: (edit: unknown) => void) => {
      build({ replace: (_range: unknown, text: string) => (replacement = text) });
      return Promise.resolve(true);
    },
  };
  let whileAsked: () => void;
  const sidecar = {
    status: () => Promise.resolve({ catalog: { layers: [{ name: "user", path: "/catalog.yaml" }] } }),
    catalogWith: (_models: unknown, text: string): Promise<CatalogAddResult> => {
      whileAsked();
      const added = [{ id: "acme/new", name: "New", how: "estimated" }];
      return Promise.resolve({ text: `${text}added\n`, added, withoutRelative: [] });
    },
  };
  before(() => {
    fake.window.showTextDocument = () => Promise.resolve(editor);
    const decided = new fake.FakeEmitter<Decision>().event as vscode.Event<Decision>;
    registerCommands(
      sidecar as unknown as Sidecar,
      () => Promise.resolve([]),
      decided,
      {} as vscode.LogOutputChannel,
    );
  });

  const run = async (meanwhile: () => void) => {
    document.text = "before\n";
    replacement = undefined;
    fake.shown.length = 0;
    whileAsked = meanwhile;
    await fake.commands.get("hydraAuto.addModels")?.();
    return fake.shown.join();
  };

  it("puts the text with the models in place of the old one", async () => {
    assert.match(await run(() => undefined), /added New \(estimated\)/);
    assert.equal(replacement, "before\nadded\n");
  });

  it("overwrites nothing that was typed meanwhile", async () => {
    const told = await run(() => (document.text = "before\ntyped\n"));
    assert.match(told, /no model was added\. The file changed in the meantime; try again\./);
    assert.equal(replacement, undefined);
  });
});
