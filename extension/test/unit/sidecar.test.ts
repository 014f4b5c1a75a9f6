import assert from "node:assert/strict";
import { Backoff } from "../../src/sidecar/backoff";
import { collapsing } from "../../src/sidecar/serial";

describe("Backoff", () => {
  it("doubles up to a minute", () => {
    const backoff = new Backoff();
    const delays = Array.from({ length: 9 }, () => backoff.next(0));
    assert.deepEqual(delays, [500, 1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000]);
  });

  it("starts over after a healthy run, and when told to", () => {
    const backoff = new Backoff();
    backoff.next(0);
    assert.equal(backoff.next(60_000), 500);
    backoff.reset();
    assert.equal(backoff.next(0), 500);
  });
});

describe("collapsing", () => {
  const setUp = () => {
    const runs: (() => void)[] = [];
    const call = collapsing(() => new Promise<void>((resolve) => runs.push(resolve)));
    return { runs, call };
  };
  const turn = () => new Promise((resolve) => setImmediate(resolve));

  it("never runs twice at once and collapses later calls into one more run", async () => {
    const { runs, call } = setUp();
    const all = Promise.all([call(), call(), call()]);
    await turn();
    assert.equal(runs.length, 1);
    runs[0]?.();
    await turn();
    assert.equal(runs.length, 2);
    runs[1]?.();
    await all;
    assert.equal(runs.length, 2);
  });

  it("runs again for a call after the end", async () => {
    const { runs, call } = setUp();
    const first = call();
    runs[0]?.();
    await first;
    const second = call();
    runs[1]?.();
    await second;
    assert.equal(runs.length, 2);
  });

  it("loses no call, however soon after the end of a run it comes", async () => {
    for (let ticks = 0; ticks < 10; ticks++) {
      const { runs, call } = setUp();
      void call();
      runs[0]?.();
      for (let i = 0; i < ticks; i++) await Promise.resolve();
      void call();
      await turn();
      assert.equal(runs.length, 2, `after ${ticks} microtasks`);
    }
  });
});
