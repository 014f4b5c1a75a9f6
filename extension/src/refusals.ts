/** Errors of models that refused, and our own when nobody answers. */

import * as vscode from "vscode";
import { type ErrorCode, firstLineOf } from "./decision";
import type { Veto, WireModel } from "./protocol";
import type { Outcome } from "./routing";
import type { Refusal } from "./vetoes";

const REFUSALS: Readonly<Record<ErrorCode, Refusal>> = {
  NoPermissions: "no-permission",
  Blocked: "blocked",
  NotFound: "not-found",
  Error: "failed",
};

export function codeOf(error: unknown): ErrorCode {
  const { LanguageModelError } = vscode;
  if (!(error instanceof LanguageModelError)) return "Error";
  switch (error.code) {
    case LanguageModelError.NoPermissions.name:
      return "NoPermissions";
    case LanguageModelError.Blocked.name:
      return "Blocked";
    case LanguageModelError.NotFound.name:
      return "NotFound";
    default:
      return "Error";
  }
}

export function refusalOf(error: unknown): Refusal {
  return REFUSALS[codeOf(error)];
}

/** The chat view shows message and stack, so errors are short and have no stack of ours; their code stays. */
export function shortError(error: unknown): vscode.LanguageModelError {
  const message = firstLineOf(error);
  if (error instanceof vscode.LanguageModelError && error.message === message) return error;
  const code = codeOf(error);
  const short =
    code === "Error" ? new vscode.LanguageModelError(message) : vscode.LanguageModelError[code](message);
  short.stack = "";
  return short;
}

/** Our own error when there is nobody to ask. */
export function nobody(
  available: readonly WireModel[],
  outcome: Outcome,
  vetoed: readonly Veto[],
): vscode.LanguageModelError {
  if (available.length === 0) {
    return vscode.LanguageModelError.NotFound(
      "HyDRA Auto found no chat model to send this to. Sign in to Copilot, or add a model in the model picker.",
    );
  }
  const unasked = outcome.kind === "default" && outcome.result === null;
  const why = unasked
    ? " Its sidecar gave no answer, and only that knows the catalog with its ids and prices."
    : "";
  const declined = vetoed.some(({ reason }) => reason === "no-permission")
    ? " You declined access to some: Manage Language Model Access allows them."
    : "";
  return vscode.LanguageModelError.NotFound(
    `HyDRA Auto may send this to none of your models now.${why}${declined} Check its settings and your catalog.`,
  );
}
