/**
 * A stand-in for the module `vscode`: what a test puts there, and for all the rest something that takes any use. Must be
 * imported before what imports `vscode`. One for all test files, since Node keeps the modules that they load.
 */

import Module from "node:module";

type Listener<T> = (event: T) => void;

class FakeEmitter<T> {
  private readonly listeners = new Set<Listener<T>>();
  readonly event = (listener: Listener<T>) => {
    this.listeners.add(listener);
    return { dispose: () => this.listeners.delete(listener) };
  };
  fire(event: T): void {
    for (const listener of [...this.listeners]) listener(event);
  }
  dispose(): void {
    this.listeners.clear();
  }
}

class FakeTokenSource {
  private readonly cancelled = new FakeEmitter<undefined>();
  readonly token = { isCancellationRequested: false, onCancellationRequested: this.cancelled.event };
  cancel(): void {
    this.token.isCancellationRequested = true;
    this.cancelled.fire(undefined);
  }
  dispose(): void {
    this.cancelled.dispose();
  }
}

class FakeDisposable {
  static from(...parts: readonly { dispose(): unknown }[]): FakeDisposable {
    return new FakeDisposable(() => {
      for (const part of parts) part.dispose();
    });
  }
  constructor(readonly dispose: () => void) {}
}

/** Class, function and object at once; nothing done with it has an effect. */
function anything(): unknown {
  const target = function () {
    // a plain function: it can be called, constructed and extended
  };
  return new Proxy(target, {
    get: (of, name): unknown =>
      name in of || typeof name === "symbol" || name === "then" ? Reflect.get(of, name) : anything(),
    apply: anything,
  });
}

/** `given`, with anything for what it lacks. */
function withRest<T extends object>(given: T): T {
  return new Proxy(given, {
    get: (of, name): unknown => (name in of || typeof name === "symbol" ? Reflect.get(of, name) : anything()),
  });
}

function create() {
  /** Texts of all notifications, the newest last. */
  const shown: string[] = [];
  /** What is set under `hydraAuto`, by scope. */
  const settings: Record<"user" | "workspace", Record<string, unknown>> = { user: {}, workspace: {} };
  /** The button that the user presses in the next notifications. */
  const answer: { button: string | undefined } = { button: undefined };
  const show = (message: string) => {
    shown.push(message);
    return Promise.resolve(answer.button);
  };
  const clipboard: string[] = [];
  const window = {
    activeTextEditor: undefined as unknown,
    activeNotebookEditor: undefined as unknown,
    visibleTextEditors: [],
    tabGroups: withRest({ all: [] }),
    showErrorMessage: show,
    showWarningMessage: show,
    showInformationMessage: show,
    showTextDocument: (): Promise<unknown> => Promise.resolve(undefined),
  };
  const workspace = {
    workspaceFolders: undefined as { readonly uri: unknown; readonly name: string }[] | undefined,
    textDocuments: [],
    notebookDocuments: [],
    fs: { stat: () => Promise.resolve({}) },
    getConfiguration: () => ({
      get: (name: string, otherwise?: unknown) =>
        settings.workspace[name] ?? settings.user[name] ?? otherwise,
      inspect: (name: string) => ({
        globalValue: settings.user[name],
        workspaceValue: settings.workspace[name],
      }),
    }),
    getWorkspaceFolder: (uri: { readonly path: string }): unknown =>
      uri.path.startsWith("/folder/") ? {} : undefined,
    asRelativePath: (uri: { readonly path: string }) => uri.path.replace("/folder/", ""),
  };
  /** Commands by name, as registered. */
  const commands = new Map<string, () => Promise<void>>();
  const module = withRest({
    __esModule: true, // so that no copy of it is made
    version: "1.104.0",
    EventEmitter: FakeEmitter,
    Disposable: FakeDisposable,
    CancellationTokenSource: FakeTokenSource,
    LogLevel: { Off: 0, Trace: 1, Debug: 2, Info: 3, Warning: 4, Error: 5 },
    env: withRest({
      appName: "test",
      language: "en",
      clipboard: { writeText: (text: string) => Promise.resolve(void clipboard.push(text)) },
    }),
    window: withRest(window),
    workspace: withRest(workspace),
    commands: withRest({
      registerCommand: (name: string, command: () => Promise<void>) => {
        commands.set(name, command);
        return { dispose: () => commands.delete(name) };
      },
    }),
  });

  const loader = Module as unknown as { _load: (name: string, ...more: unknown[]) => unknown };
  const load = loader._load.bind(loader);
  loader._load = (name, ...more) => (name === "vscode" ? Object.create(module) : load(name, ...more));
  return { shown, answer, clipboard, settings, window, workspace, commands, FakeEmitter };
}

const KEY = Symbol.for("hydra-auto.test.vscode");
const shared = globalThis as unknown as Record<symbol, ReturnType<typeof create> | undefined>;

export const fake = (shared[KEY] ??= create());
