/** Keeps one sidecar running and talks to it. */

import type { ChildProcessWithoutNullStreams } from "node:child_process";
import * as vscode from "vscode";
import { messageOf } from "../errors";
import {
  type CatalogAddResult,
  type InitializationOptions,
  Method,
  PROTOCOL_VERSION,
  type RouteParams,
  type RouteResult,
  type StatusResult,
  type WireModel,
  parseCatalog,
  parseCatalogAdd,
  parseRouteResult,
  parseStatus,
} from "../protocol";
import { Backoff } from "./backoff";
import type { SidecarCommand } from "./command";
import { Ending } from "./ending";
import { QuietClient, cancelledBy, clientOptions, isAnswer, protocolVersionOf } from "./languageClient";
import { spawnSidecar } from "./process";
import { collapsing } from "./serial";
import { type SidecarProblem, type SidecarState, nextChange } from "./state";

export type { SidecarProblem, SidecarState };

export interface SidecarOptions {
  readonly findCommand: () => Promise<SidecarCommand | null>;
  readonly initializationOptions: () => InitializationOptions;
}

/** How long a process may take to answer `initialize`. Loading the encoder comes after that. */
const INITIALIZE_MS = 30_000;
/** How long an orderly stop may take; then the process is killed. */
const STOP_MS = 3_000;

interface Running {
  readonly client: QuietClient;
  readonly child: ChildProcessWithoutNullStreams;
  readonly startedAt: number;
  /** The language client leaves requests to a dead process unanswered. */
  readonly end: Ending;
}

export class Sidecar implements vscode.Disposable {
  private readonly stateChanged = new vscode.EventEmitter<SidecarState>();
  readonly onDidChangeState = this.stateChanged.event;
  private readonly backoff = new Backoff();
  private current: SidecarState = { kind: "starting" };
  private running: Running | undefined;
  private retry: NodeJS.Timeout | undefined;
  private disposed = false;
  private catalogVendors: readonly string[] = [];
  private offered: readonly WireModel[] | undefined;

  constructor(
    private readonly options: SidecarOptions,
    private readonly log: vscode.LogOutputChannel,
  ) {}

  get state(): SidecarState {
    return this.current;
  }

  /** Vendors that the catalog lets prompts go to, as last told; empty means all. */
  get vendors(): readonly string[] {
    return this.catalogVendors;
  }

  /** Starts or restarts; calls during a restart collapse into one more. Never rejects. */
  readonly restart = collapsing(async () => {
    clearTimeout(this.retry);
    this.setState({ kind: "starting" }); // from now on requests wait
    await this.stop();
    if (this.disposed) return;
    try {
      const command = await this.options.findCommand();
      if (command === null) {
        this.fail("not-found", "No sidecar was found on this machine.");
        return;
      }
      this.log.info(`starting ${command.program} ${command.args.join(" ")} (${command.origin})`);
      await this.start(command);
    } catch (error) {
      this.fail("refused", messageOf(error));
    }
  });

  /** Asked for by the user: also forgets how often it crashed before. */
  async restartNow(): Promise<void> {
    this.backoff.reset();
    await this.restart();
  }

  /**
   * @throws when there is no sidecar, it answers with an error, or its answer has the wrong shape.
   */
  async route(params: RouteParams, signal: AbortSignal): Promise<RouteResult> {
    return parseRouteResult(await this.request(Method.route, params, signal));
  }

  /** @throws as `route`. */
  async status(): Promise<StatusResult> {
    return parseStatus(await this.request(Method.status, {}));
  }

  /** Has the sidecar look at its catalog files. What is wrong with them it tells as diagnostics. */
  private async readCatalog(): Promise<void> {
    try {
      this.catalogVendors = parseCatalog(await this.request(Method.catalog, {})).vendors;
    } catch (error) {
      this.log.warn(`no catalog: ${messageOf(error)}`);
    }
  }

  /** Tells what VS Code offers, now and after each start, for the help with editing catalogs. */
  async offer(models: readonly WireModel[]): Promise<void> {
    this.offered = models;
    await this.sendOffered();
  }

  private async sendOffered(): Promise<void> {
    if (!this.running || this.offered === undefined) return; // the next start sends them
    try {
      await this.running.client.sendNotification(Method.offeredModels, { models: this.offered });
    } catch (error) {
      this.log.debug(`models not sent: ${messageOf(error)}`);
    }
  }

  /**
   * A catalog file's text with the models of the offer that the catalog lacks; nothing is written.
   *
   * @throws as `route`.
   */
  async catalogWith(models: readonly WireModel[], text: string): Promise<CatalogAddResult> {
    return parseCatalogAdd(await this.request(Method.catalogAdd, { models, text }));
  }

  async sendSettings(settings: InitializationOptions["settings"]): Promise<void> {
    if (!this.running) return; // the next start sends them
    try {
      await this.running.client.sendNotification("workspace/didChangeConfiguration", { settings });
      const names = Object.entries(settings).flatMap(([scope, set]) =>
        Object.keys(set).map((name) => `${name} (${scope})`),
      );
      this.log.info(`settings sent: ${names.join(", ") || "none"}`);
    } catch (error) {
      this.log.warn(`settings not sent: ${messageOf(error)}`);
    }
  }

  /** Ends the process in an orderly way, for good; for `deactivate`, which is waited for. */
  async shutDown(): Promise<void> {
    this.disposed = true; // a start that is under way ends what it started
    clearTimeout(this.retry);
    await this.stop();
  }

  dispose(): void {
    void this.shutDown();
    this.stateChanged.dispose();
  }

  private async stop(): Promise<void> {
    const running = this.running;
    this.running = undefined;
    if (!running) return;
    try {
      await running.client.dispose(STOP_MS);
      running.child.kill();
    } catch (error) {
      this.log.debug(`sidecar did not stop in an orderly way: ${messageOf(error)}`);
      running.child.kill("SIGKILL");
    }
  }

  private async request(method: string, params: unknown, signal?: AbortSignal): Promise<unknown> {
    while (!this.running && this.current.kind === "starting" && !signal?.aborted) {
      await nextChange(this.onDidChangeState, signal);
    }
    const { running, current } = this;
    if (!running) throw new Error(current.kind === "failed" ? current.message : "The sidecar is starting.");
    return cancelledBy(signal, (token) =>
      running.end.before(running.client.sendRequest<unknown>(method, params, token)),
    );
  }

  private async start(command: SidecarCommand): Promise<void> {
    let child: ChildProcessWithoutNullStreams;
    try {
      child = await spawnSidecar(command);
    } catch (error) {
      this.fail("not-found", `${command.program} (${command.origin}) does not start: ${messageOf(error)}`);
      return;
    }
    if (this.disposed) {
      child.kill();
      return;
    }
    const client = new QuietClient(
      "hydraAuto",
      "HyDRA Auto",
      () => Promise.resolve(child),
      clientOptions(this.options.initializationOptions(), this.log),
    );
    const running: Running = { client, child, startedAt: Date.now(), end: new Ending() };
    child.once("exit", (code, signal) => {
      const how = `The sidecar ended ${code === null ? `by ${signal ?? "a signal"}` : `with status ${code}`}.`;
      running.end.come(how);
      this.ended(running, how);
    });
    client.onNotification(Method.statusChanged, (raw: unknown) => {
      this.heard(running, raw);
    });
    client.onNotification(Method.catalogChanged, () => void this.readCatalog());

    this.running = running; // before the handshake, so that `ended` knows whose end it sees
    this.setState({ kind: "starting" }); // requests may queue up from now on
    const slow = setTimeout(() => {
      this.log.warn(`no answer to initialize within ${INITIALIZE_MS} ms`);
      child.kill("SIGKILL");
    }, INITIALIZE_MS);
    try {
      await client.start();
    } catch (error) {
      if (isAnswer(error) && this.running === running) {
        this.running = undefined;
        child.kill();
        this.fail("refused", error.message);
      } else {
        child.kill(); // its connection broke; `ended` reports how
      }
      return;
    } finally {
      clearTimeout(slow);
    }
    const spoken = protocolVersionOf(client);
    if (spoken !== PROTOCOL_VERSION) {
      await this.stop();
      this.fail(
        "refused",
        `The sidecar speaks protocol ${String(spoken)}, this extension ${PROTOCOL_VERSION}. Update the older one.`,
      );
      return;
    }
    void this.sendOffered();
    void this.readCatalog();
    void this.status().then(
      (status) => {
        this.heard(running, status);
      },
      (error: unknown) => {
        this.log.warn(`no status: ${messageOf(error)}`);
      },
    );
  }

  private heard(running: Running, raw: unknown): void {
    if (this.running !== running) return;
    try {
      const status = parseStatus(raw);
      if (status.state === "ready") {
        if (this.current.kind !== "ready")
          this.log.info(`sidecar ${status.version} ready, pid ${status.pid}`);
        this.setState({ kind: "ready", status });
      } else if (status.state === "failed") {
        const { message, hint } = status.error ?? { message: "The sidecar failed.", hint: "" };
        this.setState({ kind: "failed", problem: "refused", message: `${message} ${hint}`.trim() });
      }
    } catch (error) {
      this.log.warn(messageOf(error));
    }
  }

  private ended(running: Running, how: string): void {
    if (this.running !== running) return; // we stopped it
    this.running = undefined;
    void running.client.dispose().catch(() => undefined);
    const delay = this.backoff.next(Date.now() - running.startedAt);
    this.fail("crashed", how);
    this.log.info(`starting it again in ${delay} ms`);
    this.retry = setTimeout(() => void this.restart(), delay);
  }

  private fail(problem: SidecarProblem, message: string): void {
    this.log.error(message);
    this.setState({ kind: "failed", problem, message });
  }

  private setState(state: SidecarState): void {
    this.current = state;
    if (!this.disposed) this.stateChanged.fire(state);
  }
}
