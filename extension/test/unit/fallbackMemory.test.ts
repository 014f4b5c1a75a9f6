import assert from "node:assert/strict";
import { FallbackMemory, type Store } from "../../src/fallbackMemory";
import type { Barred, Candidate, ModelRef, WireModel } from "../../src/protocol";
import { type Outcome, attempts } from "../../src/routing";
import { large, medium, model, result, small } from "./fixtures";

/** As VS Code keeps it: plain data, by key. */
class FakeStore implements Store {
  readonly kept = new Map<string, string>();
  updates = 0;

  get(key: string): unknown {
    const text = this.kept.get(key);
    return text === undefined ? undefined : JSON.parse(text);
  }

  update(key: string, value: unknown): Promise<void> {
    this.updates += 1;
    this.kept.set(key, JSON.stringify(value));
    return Promise.resolve();
  }
}

const all = [large, medium, small];
const timeout: Outcome = { kind: "default", why: "timeout", detail: "", result: null };
const bars = (...models: ModelRef[]): Barred[] =>
  models.map(({ vendor, id }) => ({ vendor, id, reason: "a rule" }));
const decision = (here: Barred[], anywhere?: Barred[]): Outcome => ({
  kind: "routed",
  target: small,
  result: result(small, { barred: here, ...(anywhere ? { barredAnywhere: anywhere } : {}) }),
});

/** Whom a request may fall back to, after the memory learnt of its outcome. */
const left = (memory: FallbackMemory, outcome: Outcome, lastGood: ModelRef | null = null) =>
  attempts(
    { ...timeout, detail: "as if nobody had been chosen" },
    {
      available: all,
      lastGood,
      defaultModel: "",
      cheapestKnown: [],
      vendors: [],
      vetoed: [],
      told: memory.lastTold(outcome, all, []),
      limits: [],
    },
  )
    .map(({ model: { id } }) => id)
    .join(" ");

describe("what the memory says of the user's rules", () => {
  it("for a request without an answer: those for any file, since nobody knows what it is about", () => {
    const memory = new FallbackMemory([new FakeStore()]);
    assert.equal(left(memory, decision([], bars(large))), "large medium small"); // about README.md
    assert.equal(left(memory, timeout, large), "medium small"); // perhaps about secret/key.py
  });

  it("for a request with an answer: its own, whatever was told before", () => {
    const memory = new FallbackMemory([new FakeStore()]);
    assert.equal(left(memory, decision(bars(large), bars(large))), "medium small");
    assert.equal(left(memory, decision([], bars(large))), "large medium small");
  });

  it("also where the sidecar could say it though it could not decide", () => {
    const memory = new FallbackMemory([new FakeStore()]);
    const failed: Outcome = { ...timeout, barred: bars(small), barredAnywhere: bars(small, large) };
    assert.equal(left(memory, failed), "large medium");
    assert.equal(left(memory, timeout), "medium");
  });

  it("of a sidecar that knows no rules for any file, what it told of one request", () => {
    const memory = new FallbackMemory([new FakeStore()]);
    left(memory, decision(bars(large)));
    assert.equal(left(memory, timeout), "medium small");
  });

  it("comes from the workspace, else from wherever it was told last", () => {
    const [everywhere, here, elsewhere] = [new FakeStore(), new FakeStore(), new FakeStore()];
    left(new FallbackMemory([elsewhere, everywhere]), decision([], bars(large)));
    assert.equal(left(new FallbackMemory([here, everywhere]), timeout), "medium small"); // a new folder
    left(new FallbackMemory([here, everywhere]), decision([], bars(small)));
    assert.equal(left(new FallbackMemory([elsewhere, everywhere]), timeout), "medium small");
  });

  it("is written only when it changed", () => {
    const [here, everywhere] = [new FakeStore(), new FakeStore()];
    const memory = new FallbackMemory([here, everywhere]);
    for (const outcome of [decision([], bars(large)), decision([], bars(large)), timeout])
      left(memory, outcome);
    assert.deepEqual([here.updates, everywhere.updates], [1, 1]);
  });
});

describe("the cheapest that are known", () => {
  const candidate = (id: string, costUsd: number | null): Candidate => ({
    id,
    name: id,
    eligible: true,
    reason: null,
    shortfall: 0,
    costUsd,
    withinTau: false,
  });
  const check = (costs: readonly (readonly [WireModel, number | null])[], expected: string) => {
    const memory = new FallbackMemory([]);
    const [target = small, ...others] = costs.map(([one]) => one);
    memory.learnOrder({
      kind: "routed",
      target,
      result: result(target, {
        alternatives: others.map((one) => ({ chosen: one.id, target: one })),
        candidates: costs.map(([{ id }, cost]) => candidate(id, cost)),
      }),
    });
    assert.equal(memory.cheapestKnown.map(({ id }) => id).join(" "), expected);
  };

  it("are those of the last decision by cost, not as they were preferred", () => {
    check(
      [
        [large, 0.5],
        [medium, 0.02],
        [small, 0.0001],
      ],
      "small medium large",
    );
  });

  it("end with those whose cost nobody knows, in the order of the decision", () => {
    const tiny = model("acme", "tiny");
    check(
      [
        [large, null],
        [medium, null],
        [tiny, 0],
        [small, 3],
      ],
      "tiny small large medium",
    );
  });

  it("stay as they were after a decision that names one model only", () => {
    const memory = new FallbackMemory([]);
    memory.cheapestKnown = [large];
    memory.learnOrder({ kind: "routed", target: small, result: result(small) });
    memory.learnOrder(timeout);
    assert.deepEqual(memory.cheapestKnown, [large]);
  });
});

describe("whom a conversation was answered by last", () => {
  it("is known for the 200 latest conversations", () => {
    const memory = new FallbackMemory([]);
    for (let i = 0; i < 200; i += 1) memory.remember(`c${i}`, small);
    memory.remember("c0", large); // is the latest now
    memory.remember("one more", medium);
    assert.equal(memory.lastGoodOf("c1"), null);
    assert.deepEqual(memory.lastGoodOf("c0"), { vendor: "globex", id: "large" });
    assert.deepEqual(memory.lastGoodOf("one more"), { vendor: "acme", id: "medium" });
  });
});
