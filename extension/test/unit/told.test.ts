import assert from "node:assert/strict";
import { type Limit, limitsOf } from "../../src/limits";
import type { Barred, RouteResult } from "../../src/protocol";
import type { Outcome } from "../../src/routing";
import { type Told, isKeptOut, toldBy } from "../../src/told";
import { large, medium, small } from "./fixtures";

const all = [large, medium, small];

const limits = (user: Record<string, unknown>, workspace: Record<string, unknown> = {}) =>
  limitsOf({ user, workspace });
const left = (told: Told | null, now: readonly Limit[], asDefault = false) =>
  all
    .filter((one) => !isKeptOut(one, told, now, asDefault))
    .map(({ id }) => id)
    .join(" ");

/** A decision for `small`, which the catalog calls maker/tiny, with `medium` as the only other that can serve. */
const decision = (barred: readonly Barred[] = []): Outcome => {
  const result = {
    chosen: "maker/tiny",
    target: small,
    alternatives: [{ chosen: "maker/middle", target: medium }],
    barred,
  } as unknown as RouteResult;
  return { kind: "routed", target: small, result };
};

describe("limits of the settings, before any sidecar told anything", () => {
  for (const [allow, deny, passing] of [
    [[], [], "large medium small"],
    [[], ["vendor:globex"], "medium small"],
    [[], [" Vendor:ACME "], "large"],
    [[], ["maker/larg?"], "medium small"],
    [[], ["acme/*", "large"], ""],
    [[], ["[small]", "other/*"], "large medium small"],
    [["vendor:acme"], ["*med*"], "small"],
    [["maker/small", "nobody/*"], [], "small"],
  ] as const) {
    it(`allow ${allow.join() || "all"}, deny ${deny.join() || "none"}`, () => {
      assert.equal(left(null, limits({}, { allow, deny })), passing);
    });
  }

  it("of both scopes add up", () => {
    assert.equal(left(null, limits({ deny: ["small"] }, { deny: ["large"] })), "medium");
    assert.equal(left(null, limits({ allow: ["small"] }, { allow: ["large"] })), "");
  });

  it("a price limit lets nobody pass whose price nobody knows", () => {
    assert.equal(left(null, limits({ maxPrice: 20 })), "");
    assert.equal(left(null, limits({ maxPrice: 0 }), true), "");
  });

  it("who wants unknown models ignored gets none, but the one they named as default", () => {
    const ignoring = limits({ unknownModels: "ignore" });
    assert.equal(left(null, ignoring), "");
    assert.equal(left(null, ignoring, true), "large medium small");
  });

  it("values of the wrong type limit nothing, but a single text counts as a list", () => {
    assert.deepEqual(limits({ deny: [], allow: 3, maxPrice: "20", unknownModels: "estimate" }), []);
    assert.equal(left(null, limits({ deny: "small" })), "large medium");
  });
});

describe("what the sidecar told last", () => {
  const deny = limits({ deny: ["acme/*"], maxPrice: 3, unknownModels: "ignore" });

  it("counts for the limits that it knew, whatever the names look like", () => {
    const told = toldBy(decision([{ ...large, reason: "too dear" }]), all, deny);
    assert.equal(left(told, deny), "medium small");
  });

  it("is not enough for a model that came later, nor for a limit that came later", () => {
    const told = toldBy(decision(), [small, medium], deny);
    assert.equal(left(told, deny), "medium small");
    assert.equal(left(told, [...deny, ...limits({}, { deny: ["medium"] })]), "small");
    assert.equal(left(told, limits({ maxPrice: 2 })), "");
  });

  it("lets later lists use the catalog's ids, also those of an earlier decision", () => {
    const first = toldBy(decision(), all, []);
    const onlySmall: Outcome = {
      kind: "default",
      why: "empty-prompt",
      detail: "",
      result: { chosen: null, target: null, alternatives: [], barred: [] } as unknown as RouteResult,
    };
    for (const told of [first, toldBy(onlySmall, all, [], first)]) {
      assert.equal(left(told, limits({ deny: ["maker/tiny"] })), "large medium");
      assert.equal(left(told, limits({ allow: ["maker/*"] })), "medium small");
    }
  });

  it("bars by a setting only as long as one of the settings it went by is in force", () => {
    const allow = limits({ allow: ["small"] });
    const out = [large, medium].map(({ vendor, id }) => ({ vendor, id, reason: "not allowed" }));
    const told = toldBy(decision(out.map((one) => ({ ...one, bySettings: true }))), all, allow);
    assert.equal(left(told, allow), "small");
    assert.equal(left(told, []), "large medium small");
    assert.equal(left(told, limits({ allow: ["large"] })), "large");
    assert.equal(left(told, [...allow, ...limits({}, { deny: ["nobody"] })]), "small");
    const stays = toldBy(decision(out), all, allow); // the catalog bars them too, or an older sidecar told
    assert.equal(left(stays, []), "small");
  });

  it("outlives a restart, as plain data", () => {
    const told = toldBy(decision([{ ...large, reason: "denied" }]), all, deny);
    assert.deepEqual(JSON.parse(JSON.stringify(told)), told);
  });

  it("is nothing where it could not say, and what an error carries where it could", () => {
    const failed: Outcome = { kind: "default", why: "sidecar-failed", detail: "", result: null };
    assert.equal(toldBy(failed, all, []), null);
    const barred = [{ ...small, reason: "denied" }];
    assert.equal(left(toldBy({ ...failed, barred }, all, []), []), "large medium");
  });
});
