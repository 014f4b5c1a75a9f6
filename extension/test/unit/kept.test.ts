import assert from "node:assert/strict";
import { Kept } from "../../src/kept";

describe("Kept", () => {
  const setUp = () => {
    const asked: ((items: string[] | Error) => void)[] = [];
    const kept = new Kept<string>(
      () =>
        new Promise((resolve, reject) => {
          asked.push((items) => {
            if (items instanceof Error) reject(items);
            else resolve(items);
          });
        }),
    );
    return { asked, kept };
  };
  const turn = () => new Promise((resolve) => setImmediate(resolve));

  it("asks once and keeps the answer", async () => {
    const { asked, kept } = setUp();
    const first = kept.list();
    asked[0]?.(["a"]);
    assert.deepEqual(await first, ["a"]);
    assert.deepEqual(await kept.list(), ["a"]);
    assert.equal(asked.length, 1);
  });

  it("gives callers at the same time the answer, not the emptiness before it", async () => {
    const { asked, kept } = setUp();
    const both = Promise.all([kept.list(), kept.list()]);
    await turn();
    asked[0]?.(["a"]);
    await turn();
    asked[1]?.(["a"]);
    assert.deepEqual(await both, [["a"], ["a"]]);
  });

  it("asks again after an invalidation, also for a caller who comes during the asking", async () => {
    const { asked, kept } = setUp();
    const first = kept.list();
    asked[0]?.(["a"]);
    await first;
    kept.invalidate();
    const second = kept.list();
    const third = kept.list();
    asked[1]?.(["a", "b"]);
    assert.deepEqual(await second, ["a", "b"]);
    assert.deepEqual(await third, ["a", "b"]);
    assert.equal(asked.length, 2);
  });

  it("does not lose an invalidation during the asking", async () => {
    const { asked, kept } = setUp();
    const first = kept.list();
    kept.invalidate();
    asked[0]?.(["old"]);
    await first;
    const second = kept.list();
    asked[1]?.(["new"]);
    assert.deepEqual(await second, ["new"]);
  });

  it("asks anew while the list is empty", async () => {
    const { asked, kept } = setUp();
    const first = kept.list();
    asked[0]?.([]);
    await first;
    const second = kept.list();
    asked[1]?.(["a"]);
    assert.deepEqual(await second, ["a"]);
  });

  it("uses the old list when the new one takes longer than the caller's patience, and waits once", async () => {
    const { asked, kept } = setUp();
    const first = kept.list(10);
    asked[0]?.(["old"]);
    assert.deepEqual(await first, ["old"]);
    kept.invalidate();
    assert.deepEqual(await kept.list(10), ["old"]); // nobody answers
    assert.deepEqual(await kept.list(60_000), ["old"]); // at once: the test would run into mocha's limit
    asked[1]?.(["new"]);
    await turn();
    assert.deepEqual(await kept.list(10), ["new"]);
  });

  it("waits for the first list, however long it takes", async () => {
    const { asked, kept } = setUp();
    const first = kept.list(1);
    await new Promise((resolve) => setTimeout(resolve, 20));
    asked[0]?.(["a"]);
    assert.deepEqual(await first, ["a"]);
  });

  it("keeps the old list when asking fails", async () => {
    const { asked, kept } = setUp();
    const first = kept.list();
    asked[0]?.(["a"]);
    await first;
    kept.invalidate();
    const second = kept.list();
    asked[1]?.(new Error("no"));
    assert.deepEqual(await second, ["a"]);
  });
});
