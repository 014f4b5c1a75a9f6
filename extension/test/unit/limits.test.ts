import assert from "node:assert/strict";
import { mayPass } from "../../src/limits";
import { model } from "./fixtures";

describe("patterns of limits", () => {
  const denies = (pattern: string, id: string) =>
    !mayPass(model("acme", id), { scope: "user", kind: "deny", patterns: [pattern] });

  it("are as in file names: * for any characters, ? for one, case does not matter", () => {
    for (const [pattern, id] of [
      ["small", "SMALL"],
      ["s*", "small"],
      ["*", "small"],
      ["s??ll", "small"],
      ["*a*l", "small-l"],
      ["*l*l*", "small"],
      ["gpt-?.1*", "gpt-4.1"],
      ["??", "a\u{1F600}"],
      ["acme/*ll", "small"],
      ["größe*", "GRÖßE-1"],
    ] as const) {
      assert.ok(denies(pattern, id), `${pattern} means ${id}`);
    }
    for (const [pattern, id] of [
      ["s", "small"],
      ["*?acme?small", "small"],
      ["s?", "s"],
      ["gpt-4.1", "gpt-4x1"],
      ["[s]mall", "small"],
      ["s*x", "small"],
      ["", "small"],
    ] as const) {
      assert.ok(!denies(pattern, id), `${pattern} does not mean ${id}`);
    }
  });

  it("of somebody else's repository take no time", () => {
    const started = performance.now();
    assert.ok(!denies(`${"*?".repeat(40)}x`, "a".repeat(60)));
    assert.ok(!denies(`${"*a".repeat(40)}x`, "a".repeat(60)));
    assert.ok(performance.now() - started < 1_000);
  });
});
