import assert from "node:assert/strict";
import type { ModelRef, RouteResult, Veto, WireModel } from "../../src/protocol";
import { type FallbackKnowledge, type Outcome, attempts, routeWithin } from "../../src/routing";
import { large, medium, model, result, small } from "./fixtures";

const never = new AbortController().signal;

describe("routeWithin", () => {
  const check = async (ask: (signal: AbortSignal) => Promise<RouteResult>, expected: string, ms = 1_000) => {
    const outcome = await routeWithin(ms, never, ask);
    assert.equal(outcome.kind === "routed" ? "routed" : outcome.why, expected);
    return outcome;
  };

  it("passes a decision with a target on", async () => {
    const outcome = await check(() => Promise.resolve(result(small)), "routed");
    assert.equal(outcome.kind === "routed" && outcome.target.id, "small");
  });

  for (const basis of ["empty-prompt", "no-eligible-model", "no-matching-model"]) {
    it(`names ${basis} when the sidecar chose nobody`, () =>
      check(() => Promise.resolve(result(null, { basis })), basis));
  }

  it("takes an unknown basis without a target for a failure", () =>
    check(() => Promise.resolve(result(null, { basis: "new-in-version-9" })), "sidecar-failed"));

  it("treats least-shortfall as a decision, since somebody was chosen", () =>
    check(() => Promise.resolve(result(large, { basis: "least-shortfall" })), "routed"));

  it("names sidecar-failed, with its message, when the request is rejected", async () => {
    const outcome = await check(() => Promise.reject(new Error("connection closed")), "sidecar-failed");
    assert.equal(outcome.kind === "default" && outcome.detail, "connection closed");
  });

  it("gives up at the deadline even if the request never settles, and aborts it", async () => {
    let aborted = false;
    await check(
      (signal) => {
        signal.addEventListener("abort", () => (aborted = true));
        return new Promise(() => undefined);
      },
      "timeout",
      10,
    );
    assert.ok(aborted);
  });

  it("takes a rejection that the deadline caused for a timeout", () =>
    check(
      (signal) =>
        new Promise((_, reject) => {
          signal.addEventListener("abort", () => {
            reject(new Error("cancelled"));
          });
        }),
      "timeout",
      10,
    ));

  it("aborts the request when the user cancels", async () => {
    const user = new AbortController();
    const asked = routeWithin(
      60_000,
      user.signal,
      (signal) =>
        new Promise((_, reject) => {
          signal.addEventListener("abort", () => {
            reject(new Error("cancelled"));
          });
        }),
    );
    user.abort();
    assert.equal((await asked).kind, "default");
  });

  it("does not wait when the user has cancelled before", async () => {
    const outcome = await routeWithin(60_000, AbortSignal.abort(), () => new Promise(() => undefined));
    assert.equal(outcome.kind, "default");
  });
});

describe("attempts", () => {
  const knowledge = (more: Partial<FallbackKnowledge> = {}): FallbackKnowledge => ({
    available: [large, medium, small],
    lastGood: null,
    defaultModel: "",
    cheapestKnown: [],
    vendors: [],
    vetoed: [],
    told: null,
    limits: [],
    ...more,
  });
  const failed: Outcome = { kind: "default", why: "sidecar-failed", detail: "", result: null };
  const routed = (target: WireModel, ...alternatives: WireModel[]): Outcome => ({
    kind: "routed",
    target,
    result: result(target, { alternatives: alternatives.map((a) => ({ chosen: a.id, target: a })) }),
  });
  const veto = ({ vendor, id }: ModelRef, reason: string): Veto => ({ vendor, id, reason });
  const check = (outcome: Outcome, known: FallbackKnowledge, expected: readonly string[]) => {
    assert.deepEqual(
      attempts(outcome, known).map(({ model: { id }, as }) => `${id} ${as}`),
      expected,
    );
  };

  it("follows the sidecar's order and guesses nobody of its own", () => {
    check(routed(small, medium), knowledge(), ["small chosen", "medium alternative"]);
  });

  it("carries the effort that an entry is for, and none where it is not for one", () => {
    const candidate = (id: string, effort: string | null) => ({
      id,
      name: id,
      effort,
      eligible: true,
      reason: null,
      shortfall: 0,
      costUsd: 1,
      withinTau: true,
    });
    const outcome: Outcome = {
      kind: "routed",
      target: small,
      result: result(small, {
        chosen: "a/small@low",
        alternatives: [
          { chosen: "a/small", target: small },
          { chosen: "a/medium", target: medium },
        ],
        candidates: [
          candidate("a/small@low", "low"),
          candidate("a/small", null),
          candidate("a/medium", null),
        ],
      }),
    };
    assert.deepEqual(
      attempts(outcome, knowledge()).map(({ model: { id }, effort }) => [id, effort]),
      [
        ["small", "low"],
        ["medium", undefined],
      ],
    );
  });

  it("ends with the configured default", () => {
    check(routed(small), knowledge({ defaultModel: "globex/large" }), [
      "small chosen",
      "large configured-default",
    ]);
  });

  it("tries each model once", () => {
    check(routed(small, medium, small), knowledge({ defaultModel: "medium" }), [
      "small chosen",
      "medium alternative",
    ]);
  });

  it("leaves out a target that VS Code no longer offers", () => {
    check(routed(small, large), knowledge({ available: [large] }), ["large alternative"]);
  });

  it("falls back to last good, then the configured default, then the cheapest known, then any", () => {
    const tiny = model("acme", "tiny");
    check(
      failed,
      knowledge({
        available: [tiny, large, medium, small],
        lastGood: large,
        defaultModel: "acme/medium",
        cheapestKnown: [small, large],
      }),
      ["large last-good", "medium configured-default", "small cheapest-known", "tiny first-available"],
    );
  });

  describe("for a message with an image and no words", () => {
    const canSee = (...models: WireModel[]): Outcome => ({
      kind: "default",
      why: "empty-prompt",
      detail: "",
      result: result(null, {
        basis: "empty-prompt",
        alternatives: models.map((one) => ({ chosen: one.id, target: one })),
      }),
    });

    it("leaves out a last-good model that cannot read it", () => {
      check(canSee(medium), knowledge({ lastGood: small, cheapestKnown: [small] }), [
        "medium alternative",
        "small cheapest-known",
        "large first-available",
      ]);
    });

    it("goes on with the last-good model that can, then the configured default", () => {
      check(canSee(medium, large), knowledge({ lastGood: large, defaultModel: "small" }), [
        "large last-good",
        "small configured-default",
        "medium alternative",
      ]);
    });

    it("goes on with the last-good model if nobody can", () => {
      check(canSee(), knowledge({ lastGood: small, available: [large, small] }), [
        "small last-good",
        "large first-available",
      ]);
    });
  });

  it("with no knowledge at all takes the first that VS Code offers", () => {
    check(failed, knowledge(), ["large first-available", "medium first-available", "small first-available"]);
  });

  it("never falls back to a vendor that may not get prompts", () => {
    const lastGood: ModelRef = large;
    const acme = ["medium first-available", "small first-available"];
    check(failed, knowledge({ vendors: [["acme"], []], lastGood, defaultModel: "globex/large" }), acme);
    check(failed, knowledge({ vendors: [["globex", "acme"], ["acme"]], lastGood }), acme);
    check(failed, knowledge({ vendors: [["globex"], ["acme"]], lastGood }), []);
  });

  it("never falls back to a model that has just refused", () => {
    check(failed, knowledge({ vetoed: [veto(large, "blocked"), veto(medium, "no-permission")] }), [
      "small first-available",
    ]);
  });

  it("asks those that refused before rather than nobody, but never one that the user declined", () => {
    const vetoed = [veto(large, "no-permission"), veto(medium, "blocked"), veto(small, "not-found")];
    check(failed, knowledge({ vetoed, lastGood: small }), ["small last-good", "medium first-available"]);
    check(failed, knowledge({ available: [large], vetoed }), []);
    check(failed, knowledge({ vetoed, vendors: [["globex"]] }), []);
  });

  it("takes whom the sidecar bars from its error", async () => {
    const told = [{ vendor: "acme", id: "small", reason: "denied" }, { vendor: 3 }];
    const refuse = (data: unknown) =>
      routeWithin(1_000, never, () => Promise.reject(Object.assign(new Error("no encoder"), { data })));
    const barredOf = async (data: unknown) => {
      const outcome = await refuse(data);
      return outcome.kind === "default" ? outcome.barred?.map(({ id }) => id) : "routed";
    };
    assert.deepEqual(await barredOf({ barred: told }), ["small"]);
    const both = await refuse({ barred: [], barredAnywhere: told });
    assert.ok(both.kind === "default");
    assert.deepEqual([both.barred, both.barredAnywhere], [[], told.slice(0, 1)]);
    for (const none of [undefined, null, {}, { barred: 3 }]) assert.equal(await barredOf(none), undefined);
  });

  it("never falls back to a model that the user's rules keep out, the configured default included", () => {
    const told = (...barred: WireModel[]) => ({
      limits: [],
      judged: [],
      barred: barred.map(({ vendor, id }) => ({ vendor, id, reason: "denied" })),
    });
    const rules = { told: told(large, small), lastGood: small, defaultModel: "globex/large" };
    const nobodyEligible: Outcome = { kind: "default", why: "no-eligible-model", detail: "", result: null };
    check(nobodyEligible, knowledge(rules), ["medium first-available"]);
    check(failed, knowledge({ told: told(large, medium, small) }), []);
    check(routed(small), knowledge({ told: told(large), defaultModel: "globex/large" }), ["small chosen"]);
  });

  it("uses a model that is ignored as unknown only if it is the configured default", () => {
    const barred = [large, small].map(({ vendor, id }) => ({ vendor, id, reason: "unknown", ignored: true }));
    const told = { limits: [], judged: [], barred };
    check(failed, knowledge({ told, lastGood: small }), ["medium first-available"]);
    check(failed, knowledge({ told, lastGood: small, defaultModel: "small" }), [
      "small configured-default",
      "medium first-available",
    ]);
  });

  it("has nobody when VS Code offers nobody", () => {
    check(failed, knowledge({ available: [], lastGood: small }), []);
  });
});
