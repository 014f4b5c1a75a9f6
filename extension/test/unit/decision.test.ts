import assert from "node:assert/strict";
import {
  type Decision,
  explainMarkdown,
  firstLineOf,
  hoverMarkdown,
  isUtility,
  logLine,
  statusLabel,
  statusText,
} from "../../src/decision";
import type { WireModel } from "../../src/protocol";
import { parseRouteResult } from "../../src/protocol";
import { Tried } from "../../src/tried";
import { protocolFixture } from "./fixtures";

const haiku: WireModel = {
  vendor: "copilot",
  id: "claude-haiku-4.5",
  family: "claude-haiku-4.5",
  version: "1",
  name: "Claude Haiku 4.5",
  maxInputTokens: 128_000,
};

const routed = (): Decision => {
  const result = parseRouteResult(protocolFixture("route").result);
  assert.ok(result.target);
  return {
    requestId: result.requestId,
    outcome: { kind: "routed", result, target: result.target },
    answeredBy: { model: haiku, as: "chosen" },
    failed: [],
    routeMs: 12.3,
  };
};
const dead = (): Decision => ({
  ...routed(),
  outcome: { kind: "default", why: "sidecar-failed", detail: "it ended", result: null },
  answeredBy: { model: haiku, as: "last-good" },
});

describe("a decision in words", () => {
  it("shows the chosen model in the status bar", () => {
    assert.equal(statusText(routed()), "$(zap) Claude Haiku 4.5");
    assert.match(statusLabel(routed()), /^HyDRA Auto chose Claude Haiku 4\.5\. .*cheapest within tau/);
  });

  it("tells requests of the editor itself from the user's", () => {
    const decision = routed();
    assert.equal(isUtility(decision), false);
    assert.ok(decision.outcome.kind === "routed");
    const result = { ...decision.outcome.result, basis: "utility-request" };
    assert.equal(isUtility({ ...decision, outcome: { ...decision.outcome, result } }), true);
  });

  it("names the reason of a fallback everywhere", () => {
    for (const words of [statusText, logLine, hoverMarkdown, explainMarkdown]) {
      assert.match(words(dead()), /sidecar-failed/);
    }
    assert.match(statusLabel(dead()), /could not decide/);
  });

  it("says when nobody could answer", () => {
    const nobody = { ...dead(), answeredBy: null };
    assert.match(statusText(nobody), /no model/);
    assert.match(explainMarkdown(nobody), /^# No model could answer/);
  });

  it("has requirements as bars and the saving in the hover", () => {
    const hover = hoverMarkdown(routed());
    assert.match(hover, /\| tool use \| █*░+ \| 0\.\d\d \|/);
    assert.match(hover, /Costs \d+ % less than the strongest, Claude Opus/);
  });

  it("never rounds a saving up to all of it", () => {
    const saved = (fraction: number) => {
      const decision = routed();
      assert.ok(decision.outcome.kind === "routed" && decision.outcome.result.saving);
      const result = {
        ...decision.outcome.result,
        saving: { ...decision.outcome.result.saving, fraction },
      };
      return hoverMarkdown({ ...decision, outcome: { ...decision.outcome, result } });
    };
    assert.match(saved(0.998), /Costs 99\.8 % less/);
    assert.match(saved(0.99999), /Costs 99\.9 % less/);
    assert.match(saved(0.994), /Costs 99 % less/);
    assert.match(saved(1), /Costs 100 % less/);
    assert.match(saved(-0.5), /Costs 50 % more/);
  });

  it("explains with the sidecar's own Markdown, unchanged", () => {
    assert.ok(explainMarkdown(routed()).includes("**Claude Haiku 4.5** was chosen."));
  });

  it("tells who refused before", () => {
    const second = {
      ...routed(),
      failed: [
        {
          model: { ...haiku, name: "Other", id: "other" },
          as: "chosen" as const,
          error: "quota used up",
          code: "Blocked" as const,
        },
      ],
      answeredBy: { model: haiku, as: "alternative" as const },
    };
    for (const words of [hoverMarkdown, explainMarkdown]) assert.match(words(second), /quota used up/);
    assert.match(logLine(second), /refused by copilot\/other: Blocked \|/);
  });

  it("logs nothing of what a provider says, which may echo the request, and shows its first line", () => {
    const error = new Error("400 for zanzibar-7731\n{messages: [zanzibar-7732]}");
    const tried = new Tried(routed());
    tried.refused({ model: haiku, as: "chosen" }, error, "Error");
    const decision = tried.decision({ model: haiku, as: "alternative" });
    assert.ok(!logLine(decision).includes("zanzibar"));
    for (const words of [hoverMarkdown, explainMarkdown]) {
      assert.match(words(decision), /400 for zanzibar\\-7731/);
      assert.ok(!words(decision).includes("7732"));
    }
  });

  it("has words for an error without any", () => {
    for (const none of [new Error(""), "", new Error("\n")])
      assert.equal(firstLineOf(none), "The model gave no answer.");
    assert.equal(firstLineOf("\r\n  no quota \r\nmore"), "no quota");
  });

  it("logs one line without line breaks", () => {
    assert.match(
      logLine(routed()),
      /^r-1 \| copilot\/claude-haiku-4\.5 \(chosen\) \| within-tau \| .*tau 0\.025/,
    );
    assert.ok(!logLine(routed()).includes("\n"));
  });

  it("lets no model name bring links, formatting or icons", () => {
    const evil = { ...haiku, name: "[x](command:evil) $(bug) **b**" };
    const decision: Decision = { ...dead(), answeredBy: { model: evil, as: "last-good" } };
    assert.ok(!hoverMarkdown(decision).includes("[x](command:"));
    assert.ok(!statusText(decision).includes("$(bug)"));
  });
});
