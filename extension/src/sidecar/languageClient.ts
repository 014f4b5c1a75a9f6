/** The language client that talks with one sidecar: what it may show and log, and what its answers mean. */

import { createInterface } from "node:readline";
import * as vscode from "vscode";
import {
  CloseAction,
  ErrorAction,
  ErrorCodes,
  LanguageClient,
  type LanguageClientOptions,
  ResponseError,
  RevealOutputChannelOn,
} from "vscode-languageclient/node";
import { CATALOG_FILES } from "../catalogFiles";
import type { InitializationOptions } from "../protocol";

/** Logs what goes wrong, without a notification: the sidecar's state tells the user, once. */
export class QuietClient extends LanguageClient {
  override error(message: string, data?: unknown): void {
    super.error(message, data, false); // the client itself asks with "force" for one at every failed start
  }
}

export function clientOptions(
  initializationOptions: InitializationOptions,
  log: vscode.LogOutputChannel,
): LanguageClientOptions {
  return {
    documentSelector: CATALOG_FILES.map((files) => ({ ...files })),
    outputChannel: log,
    traceOutputChannel: withoutTrace(log),
    revealOutputChannelOn: RevealOutputChannelOn.Never,
    initializationOptions,
    // The state says what went wrong; these keep the client from starting again and from notifications of its own.
    initializationFailedHandler: () => false,
    errorHandler: {
      error: () => ({ action: ErrorAction.Continue, handled: true }),
      closed: () => ({
        action: CloseAction.DoNotRestart,
        handled: true,
        message: "sidecar connection closed",
      }),
    },
    stdioOptions: {
      stdout: () => undefined, // belongs to the protocol
      stderr: (input) => {
        createInterface({ input }).on("line", (line) => {
          log.info(`[sidecar] ${line}`);
        });
      },
    },
  };
}

/**
 * The log as a channel that never traces. With the log's level at Trace, and `hydraAuto.trace.server` (which a
 * repository's settings may hold) at `verbose`, the client would write every request into it, prompts included.
 */
function withoutTrace(log: vscode.LogOutputChannel): vscode.LogOutputChannel {
  return Object.create(log, {
    logLevel: { value: vscode.LogLevel.Off },
    onDidChangeLogLevel: { value: () => new vscode.Disposable(() => undefined) },
    trace: { value: () => undefined },
  }) as vscode.LogOutputChannel;
}

/** Does `work` with a token that `signal` cancels. */
export async function cancelledBy<T>(
  signal: AbortSignal | undefined,
  work: (token: vscode.CancellationToken) => Promise<T>,
): Promise<T> {
  const source = new vscode.CancellationTokenSource();
  const abort = () => {
    source.cancel();
  };
  signal?.addEventListener("abort", abort);
  try {
    return await work(source.token);
  } finally {
    signal?.removeEventListener("abort", abort);
    source.dispose();
  }
}

/** Whether the sidecar itself answered with an error, and not its broken connection. */
export function isAnswer(error: unknown): error is ResponseError<unknown> {
  const { MessageReadError, MessageWriteError, PendingResponseRejected, ConnectionInactive } = ErrorCodes;
  const broken: readonly number[] = [
    MessageReadError,
    MessageWriteError,
    PendingResponseRejected,
    ConnectionInactive,
  ];
  return error instanceof ResponseError && !broken.includes(error.code);
}

export function protocolVersionOf(client: LanguageClient): unknown {
  const experimental = client.initializeResult?.capabilities.experimental as
    { readonly hydraAuto?: { readonly protocolVersion?: unknown } } | undefined;
  return experimental?.hydraAuto?.protocolVersion;
}
