/** Errors of models that refused, and our own when nobody answers. */

import * as vscode from "vscode";
import type { WireModel } from "./protocol";
import type { Outcome } from "./routing";
import type { Refusal } from "./vetoes";

export function refusalOf(error: unknown): Refusal {
  if (!(error instanceof vscode.LanguageModelError)) return "failed";
  switch (error.code) {
    case vscode.LanguageModelError.NoPermissions.name:
      return "no-permission";
    case vscode.LanguageModelError.Blocked.name:
      return "blocked";
    case vscode.LanguageModelError.NotFound.name:
      return "not-found";
    default:
      return "failed";
  }
}

/** The chat view shows message and stack, so errors are short and have no stack of ours. */
export function shortError(error: unknown): vscode.LanguageModelError {
  if (error instanceof vscode.LanguageModelError) return error;
  const message = error instanceof Error ? error.message : String(error);
  const [firstLine = ""] = message.split("\n");
  const short = new vscode.LanguageModelError(firstLine === "" ? "The model gave no answer." : firstLine);
  short.stack = "";
  return short;
}

export function nobody(available: readonly WireModel[], outcome: Outcome): vscode.LanguageModelError {
  if (available.length === 0) {
    return vscode.LanguageModelError.NotFound(
      "HyDRA Auto found no chat model to send this to. Sign in to Copilot, or add a model in the model picker.",
    );
  }
  const unasked = outcome.kind === "default" && outcome.result === null;
  const why = unasked
    ? " Its sidecar gave no answer, and only that knows the catalog with its ids and prices."
    : "";
  return vscode.LanguageModelError.NotFound(
    `HyDRA Auto may send this to none of your models now.${why} Check its settings and your catalog.`,
  );
}
