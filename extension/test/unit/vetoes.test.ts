import assert from "node:assert/strict";
import { type Refusal, Vetoes } from "../../src/vetoes";

const a1 = { vendor: "a", id: "1" };
const a2 = { vendor: "a", id: "2" };
const b1 = { vendor: "b", id: "1" };
const MINUTE = 60_000;

describe("Vetoes", () => {
  const after = (refusal: Refusal, minutes: number) => {
    let now = 0;
    const vetoes = new Vetoes(() => now);
    vetoes.add(a1, refusal);
    now = minutes * MINUTE;
    return vetoes.among([a1, a2, b1]).map(({ vendor, id, reason }) => `${vendor}/${id} ${reason}`);
  };

  it("holds a failed model back for a minute", () => {
    assert.deepEqual(after("failed", 0.5), ["a/1 failed"]);
    assert.deepEqual(after("failed", 1), []);
  });

  it("holds a model without quota back for ten", () => {
    assert.deepEqual(after("blocked", 9), ["a/1 blocked"]);
    assert.deepEqual(after("blocked", 10), []);
  });

  it("takes a refused consent for the whole vendor and the whole session", () => {
    assert.deepEqual(after("no-permission", 10_000), ["a/1 no-permission", "a/2 no-permission"]);
  });

  it("forgets refused consents when told to, and nothing else", () => {
    const vetoes = new Vetoes(() => 0);
    vetoes.add(a1, "no-permission");
    vetoes.add(b1, "blocked");
    vetoes.forgetConsents();
    assert.deepEqual(vetoes.among([a1, b1]), [{ ...b1, reason: "blocked" }]);
  });
});
