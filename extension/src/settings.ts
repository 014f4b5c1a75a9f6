/** Reads `hydraAuto.*`. What the sidecar knows is sent on unmerged; the rest is used here. */

import * as vscode from "vscode";
import type { InitializationOptions, SettingScope, WireSettings } from "./protocol";
import { PROTOCOL_VERSION } from "./protocol";

const SECTION = "hydraAuto";
const SIDECAR_SETTINGS = ["regime", "tau", "allow", "deny", "vendors", "maxPrice"] as const;

/** What the extension itself goes by. Defaults are those of package.json. */
export interface Settings {
  readonly deadlineMs: number;
  readonly defaultModel: string;
  readonly vendors: readonly string[];
  readonly python: string;
  readonly sidecarCommand: readonly string[];
}

export function readSettings(): Settings {
  const config = vscode.workspace.getConfiguration(SECTION);
  return {
    deadlineMs: Math.max(1, numberOr(config.get("deadlineMs"), 1_000)),
    defaultModel: stringOr(config.get("defaultModel")).trim(),
    vendors: stringsOr(config.get("vendors")),
    python: stringOr(config.get("python")),
    sidecarCommand: stringsOr(config.get("sidecarCommand")),
  };
}

/** Only what the user set, each with the scope where it was set; the sidecar resolves. */
export function wireSettings(): WireSettings {
  const config = vscode.workspace.getConfiguration(SECTION);
  const settings: Record<string, { value: unknown; scope: SettingScope }> = {};
  for (const name of SIDECAR_SETTINGS) {
    const set = config.inspect(name);
    const inWorkspace = set?.workspaceFolderValue ?? set?.workspaceValue;
    if (inWorkspace !== undefined) settings[name] = { value: inWorkspace, scope: "workspace" };
    else if (set?.globalValue !== undefined) settings[name] = { value: set.globalValue, scope: "user" };
  }
  return settings;
}

export function initializationOptions(): InitializationOptions {
  const folder = vscode.workspace.workspaceFolders?.find(({ uri }) => uri.scheme === "file");
  return {
    protocolVersion: PROTOCOL_VERSION,
    settings: wireSettings(),
    workspaceFolder: folder?.uri.fsPath ?? null,
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
