import assert from "node:assert/strict";
import { fake } from "./vscode";
import type * as vscode from "vscode";
import { Sidecar, type SidecarState } from "../../src/sidecar/client";

/** Speaks just enough of the protocol; the first argument says what is odd about it. */
const PROGRAM = `
const hangs = process.argv[1] === "hangs";
const send = (message) => {
  const body = JSON.stringify({ jsonrpc: "2.0", ...message });
  process.stdout.write("Content-Length: " + Buffer.byteLength(body) + "\\r\\n\\r\\n" + body);
};
const status = { protocolVersion: 1, version: "0", state: "ready", error: null, pid: process.pid,
  catalog: { models: 0, problems: [], layers: [] } };
const answers = { initialize: { capabilities: { experimental: { hydraAuto: { protocolVersion: 1 } } } },
  "router/status": status, "router/catalog": { routing: { vendors: [] } },
  "router/catalogAdd": { text: "", added: [], withoutRelative: [] } };
if (hangs) process.on("SIGTERM", () => undefined);
let heard = "";
process.stdin.on("data", (data) => {
  heard += data;
  for (;;) {
    const header = /Content-Length: (\\d+)\\r\\n\\r\\n/.exec(heard);
    const start = header ? header.index + header[0].length : 0;
    if (!header || heard.length < start + Number(header[1])) return;
    const { id, method } = JSON.parse(heard.slice(start, start + Number(header[1])));
    heard = heard.slice(start + Number(header[1]));
    if (method === "exit") process.exit(0);
    if (id !== undefined && !(hangs && method === "shutdown")) send({ id, result: answers[method] ?? null });
  }
});
setInterval(() => undefined, 1000);
`;

describe("Sidecar", () => {
  const TRACE = 1;
  const setUp = (...args: string[]) => {
    const lines: string[] = [];
    const line = (text: string) => void lines.push(text);
    const channel = { trace: line, debug: line, info: line, warn: line, error: line, logLevel: TRACE };
    const log = { ...channel, onDidChangeLogLevel: () => ({ dispose: () => undefined }) };
    const sidecar = new Sidecar(
      {
        findCommand: () => Promise.resolve({ program: process.execPath, args, origin: "test" }),
        initializationOptions: () => ({
          protocolVersion: 1,
          settings: { user: {}, workspace: {} },
          workspaceFolder: null,
          workspaceFolders: [],
          workspaceTrusted: true,
        }),
      },
      log as unknown as vscode.LogOutputChannel,
    );
    const reached = <K extends SidecarState["kind"]>(kind: K) =>
      new Promise<SidecarState & { kind: K }>((resolve) => {
        const look = (state: SidecarState) => {
          if (state.kind === kind) resolve(state as SidecarState & { kind: K });
        };
        sidecar.onDidChangeState(look);
        look(sidecar.state);
      });
    return { sidecar, lines, reached };
  };
  const isAlive = (pid: number) => {
    try {
      return process.kill(pid, 0);
    } catch {
      return false;
    }
  };

  beforeEach(() => (fake.shown.length = 0));
  afterEach(() => (fake.settings.workspace = {}));

  it("shows no notification when a start fails: its state tells", async () => {
    const { sidecar, reached } = setUp("-e", "process.exit(3)");
    await sidecar.restart();
    assert.equal((await reached("failed")).message, "The sidecar ended with status 3.");
    await sidecar.shutDown();
    assert.deepEqual(fake.shown, []);
  }).timeout(20_000);

  it("writes no prompt into the log, whatever its level and the repository's settings", async () => {
    fake.settings.workspace = { "trace.server": "verbose" };
    const { sidecar, lines, reached } = setUp("-e", PROGRAM);
    await sidecar.restart();
    await reached("ready");
    await sidecar.catalogWith([], "SECRET");
    await sidecar.shutDown();
    assert.ok(lines.some((line) => line.includes("ready, pid")));
    assert.ok(!lines.join().includes("SECRET"), lines.join("\n"));
  }).timeout(20_000);

  it("kills a process that does not stop when asked to, nor by SIGTERM", async () => {
    const { sidecar, lines, reached } = setUp("-e", PROGRAM, "hangs");
    await sidecar.restart();
    const { pid } = (await reached("ready")).status;
    await sidecar.shutDown();
    for (let i = 0; i < 50 && isAlive(pid); i++) await new Promise((resolve) => setTimeout(resolve, 20));
    const alive = isAlive(pid);
    if (alive) process.kill(pid, "SIGKILL");
    assert.ok(!alive);
    assert.ok(
      lines.some((line) => line.endsWith("Stopping the server timed out")),
      lines.join("\n"),
    );
  }).timeout(20_000);
});
