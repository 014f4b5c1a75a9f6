/** What happened to one request, and its wording for status bar, hover, log and explanation. Pure. */

import { messageOf } from "./errors";
import type { RouteResult, WireModel } from "./protocol";
import type { Attempt, AttemptReason, DefaultReason, Outcome } from "./routing";

/** What VS Code calls a refusal; `Error` is any other one. */
export type ErrorCode = "NoPermissions" | "Blocked" | "NotFound" | "Error";

export interface FailedAttempt extends Attempt {
  /** Short, for people; a provider's words, which may hold prompt text, so not for the log. */
  readonly error: string;
  readonly code: ErrorCode;
}

/** One request's way; replaced as a whole when the next model is tried. */
export interface Decision {
  readonly requestId: string;
  readonly outcome: Outcome;
  /** Who answers; null if nobody could. */
  readonly answeredBy: Attempt | null;
  /** Who was tried before, in order. */
  readonly failed: readonly FailedAttempt[];
  /** From the request's arrival to the decision, VS Code's list of models included. */
  readonly routeMs: number;
}

const WHY: Readonly<Record<DefaultReason, string>> = {
  timeout: "The sidecar did not decide in time.",
  "sidecar-failed": "The sidecar could not decide.",
  "empty-prompt": "The request holds no words of yours to route by.",
  "no-eligible-model": "No model of the catalog is eligible for this request.",
  "no-matching-model": "VS Code offers no model that the catalog names.",
};

const AS: Readonly<Record<AttemptReason, string>> = {
  chosen: "chosen by the sidecar",
  alternative: "next best by the sidecar",
  "last-good": "answered this conversation last",
  "configured-default": "set as default model",
  "cheapest-known": "cheapest of earlier decisions",
  "first-available": "first model that VS Code offers",
};

/** The outcome's stable name: a reason for a default, else the basis of the decision. */
export function nameOf(outcome: Outcome): string {
  return outcome.kind === "default" ? outcome.why : outcome.result.basis;
}

/** Whether this was a title, a progress message or the like, which the editor asked for and not the user. */
export function isUtility({ outcome }: Decision): boolean {
  return outcome.kind === "routed" && outcome.result.basis === "utility-request";
}

/** What is shown of an error: a provider's may go on with the whole request. */
export function firstLineOf(error: unknown): string {
  const lines = messageOf(error)
    .split("\n")
    .map((line) => line.trim());
  return lines.find((line) => line !== "") ?? "The model gave no answer.";
}

/** One line for the log; no prompt text. */
export function logLine(decision: Decision): string {
  const { outcome, answeredBy, failed, requestId } = decision;
  const result = outcome.result;
  const parts = [
    requestId,
    answeredBy ? `${refOf(answeredBy.model)} (${answeredBy.as})` : "nobody",
    nameOf(outcome),
    ...(outcome.kind === "default" ? [outcome.detail] : []),
    ...(result?.requirements ? [requirementsLine(result.requirements)] : []),
    ...(typeof result?.tau === "number" ? [`tau ${result.tau}`] : []),
    ...failed.map(({ model, code }) => `refused by ${refOf(model)}: ${code}`),
    `${decision.routeMs.toFixed(0)} ms`,
  ];
  return parts.join(" | ");
}

/** Text of the status bar item, with codicons. */
export function statusText({ outcome, answeredBy }: Decision): string {
  if (!answeredBy) return "$(error) Auto: no model";
  const icon = outcome.kind === "routed" ? "$(zap)" : "$(debug-step-over)";
  const name = escapeIcons(answeredBy.model.name);
  return outcome.kind === "routed" ? `${icon} ${name}` : `${icon} ${name} (${outcome.why})`;
}

/** The same for a screen reader. */
export function statusLabel({ outcome, answeredBy }: Decision): string {
  if (!answeredBy) return "HyDRA Auto: no model could answer";
  const why = outcome.kind === "routed" ? outcome.result.explanation.line : WHY[outcome.why];
  return `HyDRA Auto chose ${answeredBy.model.name}. ${why}`;
}

/** Short Markdown for the hover: the choice, the requirements as bars, the saving. */
export function hoverMarkdown(decision: Decision): string {
  const result = decision.outcome.result;
  return [
    headline(decision),
    ...failures(decision),
    ...(result?.requirements ? [requirementBars(result.requirements)] : []),
    ...(result?.saving ? [savingLine(result, result.saving)] : []),
    "Click to see all candidates.",
  ].join("\n\n");
}

/** The whole explanation, as a document. */
export function explainMarkdown(decision: Decision): string {
  const { outcome, answeredBy } = decision;
  const title = answeredBy ? escapeMarkdown(answeredBy.model.name) : "No model could answer";
  return [
    `# ${title}`,
    ...(outcome.kind === "default" || answeredBy?.as !== "chosen" ? [headline(decision)] : []),
    ...failures(decision),
    ...(outcome.result ? [outcome.result.explanation.markdown] : []),
    `_Request \`${decision.requestId}\`, \`${nameOf(outcome)}\`, decided in ${decision.routeMs.toFixed(0)} ms._`,
  ].join("\n\n");
}

function headline({ outcome, answeredBy }: Decision): string {
  const model = answeredBy ? `**${escapeMarkdown(answeredBy.model.name)}**, ${AS[answeredBy.as]}.` : "";
  if (outcome.kind === "routed") {
    return answeredBy?.as === "chosen" ? `**${escapeMarkdown(outcome.result.explanation.line)}**` : model;
  }
  const detail = outcome.result ? "" : ` (${escapeMarkdown(outcome.detail)})`;
  return `${WHY[outcome.why]} \`${outcome.why}\`${detail}\n\n${model}`.trim();
}

function failures({ failed }: Decision): string[] {
  if (failed.length === 0) return [];
  const lines = failed.map(
    ({ model, error }) => `- ${escapeMarkdown(model.name)} was tried first: ${escapeMarkdown(error)}`,
  );
  return [lines.join("\n")];
}

function requirementsLine(requirements: Readonly<Record<string, number>>): string {
  return Object.entries(requirements)
    .map(([name, value]) => `${name} ${value.toFixed(2)}`)
    .join(" ");
}

const BAR_WIDTH = 16;

function requirementBars(requirements: Readonly<Record<string, number>>): string {
  const rows = Object.entries(requirements).map(([name, value]) => {
    const filled = Math.round(Math.min(Math.max(value, 0), 1) * BAR_WIDTH);
    const bar = "█".repeat(filled) + "░".repeat(BAR_WIDTH - filled);
    return `| ${name.replaceAll("_", " ")} | ${bar} | ${value.toFixed(2)} |`;
  });
  return ["| the request needs | | |", "|:---|:---|---:|", ...rows].join("\n");
}

function savingLine(result: RouteResult, saving: NonNullable<RouteResult["saving"]>): string {
  const strongest = result.candidates.find(({ id }) => id === saving.against)?.name ?? saving.against;
  const percent = perCent(saving.fraction);
  return saving.fraction >= 0
    ? `Costs ${percent} % less than the strongest, ${escapeMarkdown(strongest)}.`
    : `Costs ${percent} % more than the strongest, ${escapeMarkdown(strongest)}.`;
}

/** Whole per cent; what is not all of it is never rounded up to 100. */
function perCent(fraction: number): string {
  const almostAll = fraction >= 0.995 && fraction < 1;
  return almostAll ? (Math.min(fraction, 0.999) * 100).toFixed(1) : Math.abs(fraction * 100).toFixed(0);
}

function refOf({ vendor, id }: WireModel): string {
  return `${vendor}/${id}`;
}

/** A model's name may not smuggle in formatting, links or icons. */
function escapeMarkdown(text: string): string {
  return escapeIcons(text).replaceAll(/[\\`*_{}[\]()#+\-!|<>~]/g, "\\$&");
}

function escapeIcons(text: string): string {
  return text.replaceAll("$(", "$\u200b(");
}
