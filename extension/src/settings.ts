/** Reads `hydraAuto.*`. What the sidecar knows is sent on unmerged; the rest is used here. */

import * as vscode from "vscode";
import { type Limit, limitsOf, textsOf } from "./limits";
import type { InitializationOptions, WireSettings } from "./protocol";
import { PROTOCOL_VERSION } from "./protocol";

const SECTION = "hydraAuto";
const SIDECAR_SETTINGS = [
  "regime",
  "tau",
  "allow",
  "deny",
  "vendors",
  "maxPrice",
  "costBasis",
  "unknownModels",
] as const;

/** What the extension itself goes by. Defaults are those of package.json. */
export interface Settings {
  readonly deadlineMs: number;
  readonly defaultModel: string;
  /** A list for each scope where it is set; a vendor must be in all of them, and an empty list allows all. */
  readonly vendors: readonly (readonly string[])[];
  /** What else keeps models out, of each scope. */
  readonly limits: readonly Limit[];
  readonly python: string;
  readonly sidecarCommand: readonly string[];
}

export function readSettings(): Settings {
  const config = vscode.workspace.getConfiguration(SECTION);
  return {
    deadlineMs: Math.max(1, numberOr(config.get("deadlineMs"), 1_000)),
    defaultModel: stringOr(config.get("defaultModel")).trim(),
    vendors: Object.values(wireSettings()).map(({ vendors }) => textsOf(vendors)),
    limits: limitsOf(wireSettings()),
    python: stringOr(config.get("python")),
    sidecarCommand: stringsOr(config.get("sidecarCommand")),
  };
}

/** Only what is set, apart for each scope: VS Code would let the workspace's value replace the user's. */
export function wireSettings(): WireSettings {
  const config = vscode.workspace.getConfiguration(SECTION);
  const user: Record<string, unknown> = {};
  const workspace: Record<string, unknown> = {};
  for (const name of SIDECAR_SETTINGS) {
    const set = config.inspect(name);
    const inWorkspace = set?.workspaceFolderValue ?? set?.workspaceValue;
    if (inWorkspace !== undefined) workspace[name] = inWorkspace;
    if (set?.globalValue !== undefined) user[name] = set.globalValue;
  }
  return { user, workspace };
}

export function initializationOptions(): InitializationOptions {
  const folders = (vscode.workspace.workspaceFolders ?? []).filter(({ uri }) => uri.scheme === "file");
  return {
    protocolVersion: PROTOCOL_VERSION,
    settings: wireSettings(),
    workspaceFolder: folders[0]?.uri.fsPath ?? null,
    workspaceFolders: folders.map(({ uri }) => uri.fsPath),
    workspaceTrusted: vscode.workspace.isTrusted,
  };
}

/** Whether a change touches how the sidecar is started. */
export function changesSidecar(event: vscode.ConfigurationChangeEvent): boolean {
  return ["python", "sidecarCommand"].some((name) => event.affectsConfiguration(`${SECTION}.${name}`));
}

/** Whether a change touches what the sidecar goes by. */
export function changesRouting(event: vscode.ConfigurationChangeEvent): boolean {
  return SIDECAR_SETTINGS.some((name) => event.affectsConfiguration(`${SECTION}.${name}`));
}

// VS Code does not check settings.json against the schema, so each value is checked here.

function numberOr(value: unknown, otherwise: number): number {
  return typeof value === "number" && Number.isFinite(value) ? value : otherwise;
}

function stringOr(value: unknown): string {
  return typeof value === "string" ? value : "";
}

function stringsOr(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((item): item is string => typeof item === "string") : [];
}
