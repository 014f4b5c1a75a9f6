/**
 * `npm run test:browser`: one walk through the real chat view, as a user would see it. With KEEP_SCREENSHOTS=1 the pictures in
 * docs/images are taken anew.
 */

import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { type Bench, FIXTURE_MODELS, startBench } from "../host/environment";
import { EASY, HARD, USUAL_MODELS } from "../host/messages";
import {
  EXTENSION_DIR,
  answerConsent,
  ask,
  builtInChatReady,
  keepBuiltInChat,
  logOf,
  newChat,
  openModelPicker,
  openWorkbench,
  orScreenshot,
  pickModel,
  runCommand,
  until,
} from "../host/vscode-host";

interface Recorded {
  readonly id: string;
  readonly options: { readonly tools?: readonly string[] };
}

/** Hard as well, and short enough for a picture. */
const PICTURED =
  "Under load two queue workers book the same order twice when the consumer group rebalances. Find the race " +
  "condition, prove it with an interleaving, redesign the protocol and write a deterministic test that fails before.";

const OUT = path.join(EXTENSION_DIR, "out");
const RECORD = path.join(OUT, "browser-record.jsonl");
const SETTINGS = path.join(OUT, "browser-settings.json");

class Walk {
  private readonly startedAt = Date.now();

  constructor(private readonly bench: Bench) {}

  async run(): Promise<void> {
    const { host, workspace } = this.bench;
    await keepBuiltInChat(host);
    await openWorkbench(host, workspace);
    await this.step("the extension gets ready and says so", () => this.status("Auto: ready").waitFor());
    await builtInChatReady(host);

    await this.step("the model picker lists Auto in three regimes", async () => {
      await until("all entries", async () => {
        const rows = await openModelPicker(host);
        await host.page.locator(".action-widget input").first().fill("Auto");
        const texts = (await rows.allInnerTexts()).join("\n");
        await host.page.keyboard.press("Escape");
        return ["Auto", "Auto (quality)", "Auto (economy)"].every((name) => texts.includes(name));
      });
      await pickModel(host, "Auto");
    });

    const listFolder = `[[tool list_dir ${JSON.stringify({ path: workspace })}]]`;
    await this.step("an easy agent turn with a built-in tool stays on the cheap model", async () => {
      this.forgetRecord();
      const answer = await ask(host, `${EASY} ${listFolder}`, "tool result");
      assert.match(answer, /\[Fixture Small\] tool result: app\.py/);
      assert.deepEqual(this.agentSteps(), ["fixture-small", "fixture-small"]);
      await this.status("Fixture Small").waitFor();
    });

    await this.step("a hard agent turn stays on the strong model, every step of it", async () => {
      await newChat(host);
      this.forgetRecord();
      const answer = await ask(host, `${HARD}\n${listFolder}`, "tool result");
      assert.match(answer, /\[Fixture Large\] tool result: app\.py/);
      assert.deepEqual(this.agentSteps(), ["fixture-large", "fixture-large"]);
      await this.status("Fixture Large").waitFor();
    });

    await this.step(
      "the chat's title comes from the cheapest model and leaves the status bar alone",
      async () => {
        await until("the title request", () => this.utilityRequests().length > 0);
        assert.deepEqual([...new Set(this.utilityRequests())], ["fixture-small"]);
        assert.match(await this.status("Fixture").innerText(), /Fixture Large/);
      },
    );

    await this.step("the hover says why", async () => {
      await newChat(host);
      await ask(host, PICTURED, "answers");
      await this.status("Fixture Large").hover();
      const hover = host.page.locator(".monaco-hover", { hasText: "Fixture Large" });
      await hover.filter({ hasText: "debugging" }).first().waitFor();
      await this.screenshot("chat-dark.png");
    });

    await this.step("the command opens the explanation", async () => {
      await runCommand(host, "HyDRA Auto: Explain Last Decision");
      const preview = host.page.frameLocator("iframe.webview.ready").frameLocator("#active-frame");
      await preview.locator("h1", { hasText: "Fixture Large" }).waitFor();
      await preview.locator("td", { hasText: "Fixture Small" }).first().waitFor();
      await this.set("workbench.colorTheme", "Default Light Modern");
      await host.page.locator(".monaco-workbench.vs").waitFor();
      await preview.locator("body.vscode-light").waitFor();
      await this.screenshot("explanation-light.png");
    });

    await this.step("killing the sidecar in the middle of a chat still gets an answer", async () => {
      process.kill(this.sidecarPid(), "SIGKILL");
      await ask(host, "And a shorter version, please.", "answers");
      await until("the log to tell of the end", () => this.log().includes("The sidecar ended by SIGKILL."));
      const before = this.sidecarPid();
      await until("a new sidecar", () => this.sidecarPid() !== before || this.readyCount() > 1);
    });

    await this.step("an Ask turn reaches the model that the sidecar chose", async () => {
      await newChat(host);
      await runCommand(host, "Chat: Open Chat (Ask)");
      this.forgetRecord();
      assert.match(await ask(host, EASY, "answers"), /\[Fixture Small\]/);
      assert.ok(this.recorded().some(({ id }) => id === "fixture-small"));
      await this.status("Fixture Small").waitFor();
    });

    await this.step("a model behind consent is asked for, and used once allowed", async () => {
      await newChat(host);
      await this.setRouting("hydraAuto.allow", ["test/gated"]);
      const answer = ask(host, EASY, "answers");
      await answerConsent(host, "Allow");
      assert.match(await answer, /\[Fixture Gated\]/);
      await this.setRouting("hydraAuto.allow", USUAL_MODELS);
    });

    await this.step("a bad interpreter is told of, and chat goes on", async () => {
      await this.set("hydraAuto.python", "/nowhere/python");
      const toast = host.page.locator(".notification-toast", { hasText: "pip install hydra-auto" });
      await toast.filter({ hasText: "/nowhere/python" }).waitFor();
      await runCommand(host, "Notifications: Clear All Notifications"); // it covers the chat's input
      assert.match(await ask(host, EASY, "answers"), /answers/);
      await this.status("sidecar-failed").waitFor();
    });

    await this.step("the log has a line for each decision and no word of a prompt", () => {
      const log = this.log();
      assert.match(log, /fixture\/fixture-large \(chosen\) \| within-tau/);
      for (const word of ["userCnt", "Under load", "payment service"]) assert.ok(!log.includes(word), word);
    });
  }

  private async step(what: string, work: () => unknown): Promise<void> {
    try {
      await work();
    } catch (error) {
      console.error(`✗ ${what}`);
      throw error;
    }
    console.log(`✓ ${what} (${((Date.now() - this.startedAt) / 1_000).toFixed(0)} s)`);
  }

  private status(text: string) {
    return this.bench.host.page.locator(".statusbar-item", { hasText: text }).first();
  }

  private async set(name: string, value: unknown): Promise<void> {
    fs.writeFileSync(SETTINGS, JSON.stringify({ [name]: value }));
    await runCommand(this.bench.host, "Fixture: Apply Settings");
  }

  /** As `set`, for what the sidecar goes by: waits until it was told. */
  private async setRouting(name: string, value: unknown): Promise<void> {
    const told = () => this.log().split("settings sent:").length;
    const before = told();
    await this.set(name, value);
    await until("the sidecar to be told", () => told() > before);
  }

  private recorded(): Recorded[] {
    if (!fs.existsSync(RECORD)) return [];
    const lines = fs.readFileSync(RECORD, "utf8").trim().split("\n");
    return lines.filter((line) => line !== "").map((line) => JSON.parse(line) as Recorded);
  }

  private forgetRecord(): void {
    fs.rmSync(RECORD, { force: true });
  }

  /** Models of the requests with tools, in order: the steps of the agent. */
  private agentSteps(): string[] {
    return this.recorded()
      .filter(({ options }) => options.tools?.length)
      .map(({ id }) => id);
  }

  /** Models of the requests without tools: in Agent mode these are titles and progress messages. */
  private utilityRequests(): string[] {
    return this.recorded()
      .filter(({ options }) => !options.tools?.length)
      .map(({ id }) => id);
  }

  private log(): string {
    return logOf(this.bench.host, "HyDRA Auto.log");
  }

  private readyLines(): RegExpMatchArray[] {
    return [...this.log().matchAll(/ready, pid (\d+)/g)];
  }

  private readyCount(): number {
    return this.readyLines().length;
  }

  private sidecarPid(): number {
    const pid = Number(this.readyLines().at(-1)?.[1]);
    assert.ok(pid > 0, "the log names no pid");
    return pid;
  }

  private async screenshot(name: string): Promise<void> {
    if (!process.env.KEEP_SCREENSHOTS) return;
    const dir = path.join(EXTENSION_DIR, "..", "docs", "images");
    fs.mkdirSync(dir, { recursive: true });
    await this.bench.host.page.screenshot({ path: path.join(dir, name) });
  }
}

async function main(): Promise<void> {
  fs.rmSync(RECORD, { force: true });
  const bench = await startBench({
    unpacked: [FIXTURE_MODELS],
    settings: { "workbench.colorTheme": "Default Dark Modern" },
    env: { FIXTURE_RECORD: RECORD, FIXTURE_SETTINGS: SETTINGS },
  });
  try {
    const { host } = bench;
    await orScreenshot(host, () => new Walk(bench).run());
  } finally {
    await bench.stop();
  }
}

main().then(
  () => process.exit(0),
  (error: unknown) => {
    console.error(error);
    process.exit(1);
  },
);
