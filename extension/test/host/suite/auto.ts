/** Auto as a chat model: what it chooses, what passes through, who answers when a model refuses. */

import assert from "node:assert/strict";
import * as vscode from "vscode";
import { EASY, HARD, USUAL_MODELS } from "../messages";
import { TOOL, answer, lastDecision, models, parts, reason, request, set } from "./harness";

const { User, Assistant } = vscode.LanguageModelChatMessageRole;

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
    for (const name of ["explainLast", "openCatalog", "addModels", "restartSidecar", "showLog"]) {
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

describe("a model that no catalog names", () => {
  before(async () => {
    await set("allow", undefined);
    await set("deny", ["test/*"]);
  });

  after(async () => {
    await set("unknownModels", undefined);
    await set("deny", undefined);
    await set("allow", USUAL_MODELS);
  });

  it("is the last resort, unless the user wants such models ignored and did not name it as default", async () => {
    assert.match(await answer(EASY), /^\[Fixture Extra\]/);
    assert.equal(reason(), "no-eligible-model");
    await set("unknownModels", "ignore");
    await assert.rejects(answer(EASY), /none of your models now/);
    await set("defaultModel", "fixture/fixture-extra");
    try {
      assert.match(await answer(EASY), /^\[Fixture Extra\]/);
    } finally {
      await set("defaultModel", undefined);
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
