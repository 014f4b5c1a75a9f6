/**
 * A real VS Code for tests: the server that install-vscode.sh put together, driven through its own workbench in a
 * headless Chromium. One call starts it on a fresh profile, `stop` removes every trace.
 */

import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import * as fs from "node:fs";
import * as net from "node:net";
import * as os from "node:os";
import * as path from "node:path";
import { format } from "node:util";
import { type BrowserContext, type Locator, type Page, chromium } from "playwright-core";

/** Generous on purpose: on a busy machine of two cores everything takes several times longer. */
export const PATIENCE_MS = 60_000;

export const EXTENSION_DIR = path.resolve(__dirname, "..", "..");
export const VSIX = path.join(EXTENSION_DIR, "out", "hydra-auto.vsix");

export interface HostOptions {
  /** Folders of extensions that count as installed. */
  readonly unpacked?: readonly string[];
  /** Packages to install as a user would. */
  readonly vsix?: readonly string[];
  readonly settings?: Readonly<Record<string, unknown>>;
  readonly env?: Readonly<Record<string, string>>;
  readonly args?: readonly string[];
}

export interface Host {
  readonly dir: string;
  readonly port: number;
  readonly page: Page;
  stop(): Promise<void>;
}

export async function startHost(options: HostOptions): Promise<Host> {
  const hostDir = path.resolve(process.env.VSCODE_HOST ?? path.join(EXTENSION_DIR, "..", ".vscode-host"));
  const dir = fs.mkdtempSync(path.join(os.tmpdir(), "hydra-auto-host-"));
  const extensions = path.join(dir, "extensions");
  const userDir = path.join(dir, "data", "User");
  fs.mkdirSync(userDir, { recursive: true });
  fs.mkdirSync(extensions);
  fs.writeFileSync(
    path.join(userDir, "settings.json"),
    JSON.stringify({ ...QUIET_SETTINGS, ...options.settings }, null, 2),
  );
  for (const from of options.unpacked ?? []) installUnpacked(from, extensions);

  const server = [
    path.join(hostDir, "vscode", "out", "server-main.js"),
    ...["--server-data-dir", path.join(dir, "server"), "--user-data-dir", path.join(dir, "data")],
    ...["--extensions-dir", extensions, "--accept-server-license-terms", "--disable-telemetry"],
  ];
  const node = path.join(hostDir, "node24");
  const tmp = path.join(dir, "tmp"); // the server leaves its sockets behind
  fs.mkdirSync(tmp);
  // An empty gallery keeps the server from asking a marketplace.
  const env = { ...process.env, EXTENSIONS_GALLERY: "{}", TMPDIR: tmp, ...options.env };
  if (options.vsix?.length) {
    execFileSync(node, [...server, ...options.vsix.flatMap((file) => ["--install-extension", file])], {
      env,
    });
  }
  const port = await freePort();
  const log = fs.openSync(path.join(dir, "server.log"), "w");
  const child = spawn(
    node,
    [
      ...server,
      ...["--host", "127.0.0.1", "--port", String(port), "--without-connection-token"],
      ...["--disable-workspace-trust", ...(options.args ?? [])],
    ],
    { env, stdio: ["ignore", log, log] },
  );
  const gone = once(child, "exit");
  let browser: BrowserContext | undefined;
  const stop = async (): Promise<void> => {
    await browser?.close();
    child.kill("SIGTERM");
    const hard = setTimeout(() => child.kill("SIGKILL"), 5_000);
    await gone;
    clearTimeout(hard);
    fs.rmSync(dir, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 });
  };
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.once(signal, () => void stop().finally(() => process.exit(1))); // the server would outlive us
  }
  try {
    await until("the VS Code server to answer", () => answers(port));
    browser = await chromium.launchPersistentContext(path.join(dir, "browser"), {
      executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
      headless: true,
      viewport: { width: 1400, height: 900 },
      args: CHROMIUM_FLAGS,
    });
    const page = browser.pages()[0] ?? (await browser.newPage());
    page.setDefaultTimeout(PATIENCE_MS);
    return { dir, port, page, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

const QUIET_SETTINGS = {
  "telemetry.telemetryLevel": "off",
  "workbench.enableExperiments": false,
  "workbench.startupEditor": "none",
  "extensions.autoCheckUpdates": false,
  "extensions.autoUpdate": false,
  // Titles and progress messages go through the chosen model; else a banner asks for a Copilot model.
  "chat.byokUtilityModelDefault": "mainAgent",
};

// --no-sandbox: the tests run as root in CI. The rest keeps Chromium from talking to the network.
const CHROMIUM_FLAGS = [
  ...["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"],
  ...["--disable-background-networking", "--disable-component-update", "--disable-sync"],
];

/** A folder counts as installed when it has the right name and no extensions.json exists yet. */
function installUnpacked(from: string, extensions: string): void {
  const manifest = JSON.parse(fs.readFileSync(path.join(from, "package.json"), "utf8")) as {
    publisher: string;
    name: string;
    version: string;
  };
  const name = `${manifest.publisher}.${manifest.name}-${manifest.version}`;
  fs.cpSync(from, path.join(extensions, name), { recursive: true });
}

async function freePort(): Promise<number> {
  const server = net.createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as net.AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}

async function answers(port: number): Promise<boolean> {
  try {
    return (await fetch(`http://127.0.0.1:${port}/`)).ok;
  } catch {
    return false;
  }
}

/** Polls until `condition` holds; the error names what was waited for. */
export async function until(
  what: string,
  condition: () => boolean | Promise<boolean>,
  patienceMs = PATIENCE_MS,
): Promise<void> {
  const end = Date.now() + patienceMs;
  while (!(await condition())) {
    if (Date.now() > end) throw new Error(`gave up waiting for ${what} after ${patienceMs} ms`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/**
 * Keeps the built-in Copilot Chat extension on. A profile that never signed in has it switched off at its first start,
 * unless this marker is in the workbench's storage; its Ask and Agent modes then work with contributed models alone.
 */
export async function keepBuiltInChat({ page, port }: Host): Promise<void> {
  const url = `http://127.0.0.1:${port}/__seed`;
  await page.route(url, (route) => route.fulfill({ contentType: "text/html", body: "<html></html>" }));
  await page.goto(url);
  // As text, since it runs in the page, whose types are not the tests'.
  await page.evaluate(`new Promise((resolve, reject) => {
    const open = indexedDB.open("vscode-web-state-db-global");
    open.onupgradeneeded = () => open.result.createObjectStore("ItemTable");
    open.onerror = () => reject(open.error);
    open.onsuccess = () => {
      const change = open.result.transaction("ItemTable", "readwrite");
      change.objectStore("ItemTable").put("true", "builtinChatExtensionEnablementMigration");
      change.oncomplete = () => { open.result.close(); resolve(); };
    };
  })`);
}

/** What a log file of this run holds; empty if there is none. */
export function logOf({ dir }: Host, name: string): string {
  const logs = path.join(dir, "data", "logs");
  return fs
    .readdirSync(logs, { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(name))
    .map((file) => fs.readFileSync(path.join(logs, file), "utf8"))
    .join("");
}

/** Runs `work`; if it fails, keeps a picture of the workbench in out/ and prints our log: a timeout says little. */
export async function orScreenshot<T>(host: Host, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const file = path.join(EXTENSION_DIR, "out", "failure.png");
    await host.page.screenshot({ path: file });
    console.error(`${logOf(host, "HyDRA Auto.log")}\nsee ${file}`);
    throw error;
  }
}

export async function openWorkbench(host: Host, folder: string): Promise<void> {
  await host.page.goto(workbenchUrl(host, folder, []));
  await host.page.waitForSelector(".monaco-workbench");
}

/**
 * Runs `tests`, a module that exports run(), inside the extension host, with `extension` as the extension under
 * development. The host must have been started with --enable-smoke-test-driver.
 *
 * @returns the exit code: 0, or 1 when run() rejects.
 */
export async function runInHost(
  host: Host,
  what: { readonly folder: string; readonly extension: string; readonly tests: string },
  patienceMs: number,
): Promise<number> {
  let exit: (code: number) => void = () => undefined;
  const exited = new Promise<number>((resolve) => (exit = resolve));
  // The workbench calls these two by name.
  await host.page.exposeFunction("codeAutomationLog", (_type: string, args: unknown[]) => {
    const text = format(...args);
    if (!NOISE.test(text)) console.log(text);
  });
  await host.page.exposeFunction("codeAutomationExit", (code: number) => {
    exit(code);
  });
  const remote = (file: string) => `vscode-remote://127.0.0.1:${host.port}${path.resolve(file)}`;
  await host.page.goto(
    workbenchUrl(host, what.folder, [
      ["extensionDevelopmentPath", remote(what.extension)],
      ["extensionTestsPath", remote(what.tests)],
      ["skipWelcome", "true"],
    ]),
  );
  let timer: NodeJS.Timeout | undefined;
  const tooLate = new Promise<number>((_, reject) => {
    timer = setTimeout(() => {
      reject(new Error(`the in-host tests did not end within ${patienceMs} ms`));
    }, patienceMs);
  });
  try {
    return await Promise.race([exited, tooLate]);
  } finally {
    clearTimeout(timer);
  }
}

const NOISE = /^(\[|Ignoring fetching|Updating additional|Creating a socket|Resolv)/;

function workbenchUrl(
  { port }: Host,
  folder: string,
  payload: readonly (readonly [string, string])[],
): string {
  const query = new URLSearchParams({ folder });
  if (payload.length) query.set("payload", JSON.stringify(payload));
  return `http://127.0.0.1:${port}/?${query.toString()}`;
}

const chatView = (page: Page): Locator => page.locator(".part.auxiliarybar");

export async function runCommand({ page }: Host, title: string): Promise<void> {
  await page.keyboard.press("F1");
  await page.locator(".quick-input-widget input[type=text]").first().fill(`>${title}`);
  await page.locator(".quick-input-list .monaco-list-row", { hasText: title }).first().click();
}

/** Answers the dialog that appears when one extension first uses another's models, as with Copilot's. */
export async function answerConsent({ page }: Host, button: "Allow" | "Cancel"): Promise<void> {
  const dialog = page.locator(".monaco-dialog-box", { hasText: "wants to access the language models" });
  await dialog.locator(".monaco-button", { hasText: button }).click();
}

export async function openModelPicker({ page }: Host): Promise<Locator> {
  await chatView(page).locator('[aria-label^="Models, "]').first().click();
  const rows = page.locator(".action-widget .monaco-list-row");
  await rows.first().waitFor();
  return rows;
}

/**
 * Waits until the built-in chat extension has registered its agents. A question asked before that gets a
 * sign-in dialog instead of an answer, and only the extension's log tells when it is over.
 */
export async function builtInChatReady(host: Host): Promise<void> {
  await until("the built-in chat to start", () =>
    logOf(host, "GitHub Copilot Chat.log").includes("activationBlocker from 'conversationFeature'"),
  );
}

/** Opens the picker anew until it lists `name`: a list that is open does not grow when providers come up. */
export async function pickModel(host: Host, name: string): Promise<void> {
  const chosen = chatView(host.page).locator(`[aria-label^="Models, ${name}"]`).first();
  await until(`the model picker to list ${name}`, async () => {
    const rows = await openModelPicker(host);
    const search = host.page.locator(".action-widget input").first(); // also finds what is folded away
    if ((await search.count()) > 0) await search.fill(name);
    const row = rows.filter({ hasText: name }).first();
    if ((await row.count()) > 0) await row.click();
    else await host.page.keyboard.press("Escape");
    return (await chosen.count()) > 0;
  });
}

export async function newChat(host: Host): Promise<void> {
  // The button, not the command: that one may open an editor.
  await chatView(host.page).locator('.action-label[aria-label^="New Chat"]').first().click();
  const answers = chatView(host.page).locator(".interactive-item-container.interactive-response");
  await until("an empty chat", async () => (await answers.count()) === 0);
}

/** Asks in the chat view and returns the text of the new answer, once it contains `expected`. */
export async function ask(host: Host, prompt: string, expected: string | RegExp): Promise<string> {
  const answers = chatView(host.page).locator(".interactive-item-container.interactive-response");
  const before = await answers.count();
  await typePrompt(host, prompt);
  const answer = answers.nth(before);
  await answer.filter({ hasText: expected }).waitFor();
  return answer.innerText();
}

export async function typePrompt({ page }: Host, prompt: string): Promise<void> {
  const input = chatView(page).locator(".interactive-input-editor").first();
  await input.click();
  await page.keyboard.insertText(prompt);
  // The editor wraps lines and shows the end of a long text only.
  const bare = (text: string) => text.replaceAll(/\s/g, "");
  const end = bare(prompt).slice(-12);
  await until("the typed prompt", async () => bare(await input.innerText()).endsWith(end));
  await page.keyboard.press("Enter");
}
