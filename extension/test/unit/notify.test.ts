import assert from "node:assert/strict";
import { fake } from "./vscode";
import { notifyWhenMissing } from "../../src/notify";
import type { Sidecar, SidecarProblem, SidecarState } from "../../src/sidecar/client";

const turn = () => new Promise((resolve) => setImmediate(resolve));

describe("notifyWhenMissing", () => {
  const changed = new fake.FakeEmitter<SidecarState>();
  const failed = (problem: SidecarProblem, message: string) => {
    changed.fire({ kind: "failed", problem, message });
  };
  before(() => notifyWhenMissing({ onDidChangeState: changed.event } as unknown as Sidecar));
  beforeEach(() => {
    fake.shown.length = fake.clipboard.length = 0;
    fake.answer.button = "Copy Install Command";
  });
  after(() => (fake.answer.button = undefined));

  const check = async (problem: SidecarProblem, message: string, command: string) => {
    failed(problem, message);
    await turn();
    assert.equal(fake.shown.length, 1);
    assert.ok(fake.shown[0]?.includes(message) && fake.shown[0].includes(`\`${command}\``), fake.shown[0]);
    assert.deepEqual(fake.clipboard, [command]);
  };

  it("says how to install a sidecar that is not there", () =>
    check("not-found", "No sidecar was found.", "pip install hydra-auto"));

  it("says how to replace one of another protocol or with damaged files: a plain install would leave it", () =>
    check("refused", "The sidecar speaks protocol 0.", "pip install --upgrade hydra-auto"));

  it("tells of a crash only when it is the third in a row, and each message once", async () => {
    failed("crashed", "Ended with 1.");
    failed("crashed", "Ended with 1.");
    assert.deepEqual(fake.shown, []);
    await check("crashed", "Ended with 1.", "pip install --upgrade hydra-auto");
    failed("crashed", "Ended with 1.");
    assert.equal(fake.shown.length, 1);
  });
});
