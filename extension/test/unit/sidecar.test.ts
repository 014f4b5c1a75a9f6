import assert from "node:assert/strict";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { Backoff } from "../../src/sidecar/backoff";
import { Ending } from "../../src/sidecar/ending";
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

describe("Ending", () => {
  it("gives the work's result or error if that comes first", async () => {
    const ending = new Ending();
    assert.equal(await ending.before(Promise.resolve(1)), 1);
    await assert.rejects(ending.before(Promise.reject(new Error("no"))), /^Error: no$/);
  });

  it("rejects all who wait when the end comes, and who asks later", async () => {
    const ending = new Ending();
    const never = () => ending.before(new Promise(() => undefined));
    const waiting = [never(), never()];
    ending.come("killed");
    for (const wait of [...waiting, never()]) await assert.rejects(wait, /^Error: killed$/);
  });

  it("keeps no answer in memory while the process lives", async () => {
    const ending = new Ending();
    const answers: WeakRef<object>[] = [];
    for (let i = 0; i < 20; i++) answers.push(new WeakRef(await ending.before(Promise.resolve({ i }))));
    await new Promise((resolve) => setImmediate(resolve)); // a WeakRef holds its object until then
    setFlagsFromString("--expose-gc");
    (runInNewContext("gc") as () => void)();
    assert.ok(answers.filter((answer) => answer.deref() !== undefined).length <= 1); // the last may lie on the stack
    ending.come("");
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
