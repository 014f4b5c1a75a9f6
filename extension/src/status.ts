/** The status bar item: whom the last request went to, or how the sidecar is. */

import * as vscode from "vscode";
import { type Decision, hoverMarkdown, isUtility, statusLabel, statusText } from "./decision";
import type { Sidecar, SidecarState } from "./sidecar/client";

export function createStatusItem(sidecar: Sidecar, onDidDecide: vscode.Event<Decision>): vscode.Disposable {
  const item = vscode.window.createStatusBarItem("hydraAuto.status", vscode.StatusBarAlignment.Right, 100);
  item.name = "HyDRA Auto";
  item.command = "hydraAuto.explainLast";
  let last: Decision | undefined;

  const show = () => {
    const { state } = sidecar;
    const broken = state.kind === "failed";
    item.backgroundColor = broken ? new vscode.ThemeColor("statusBarItem.warningBackground") : undefined;
    const idle = idleText(state);
    item.text = last ? statusText(last) : idle.text;
    const label = last ? statusLabel(last) : idle.label;
    // A decision stays in view; that the sidecar broke since must still be heard and read.
    item.accessibilityInformation = {
      label: broken && last ? `${label} ${idle.label}` : label,
      role: "button",
    };
    const hover = [...(last ? [hoverMarkdown(last)] : []), ...(last && !broken ? [] : [idle.label])];
    item.tooltip = new vscode.MarkdownString(hover.join("\n\n---\n\n"), true);
  };
  show();
  item.show();
  return vscode.Disposable.from(
    item,
    sidecar.onDidChangeState(show),
    onDidDecide((decision) => {
      if (isUtility(decision)) return; // nobody asked for it, and it would hide the answer's model
      last = decision;
      show();
    }),
  );
}

function idleText(state: SidecarState): { readonly text: string; readonly label: string } {
  switch (state.kind) {
    case "starting":
      return { text: "$(loading~spin) Auto: starting", label: "HyDRA Auto: the sidecar is starting." };
    case "ready":
      return {
        text: "$(zap) Auto: ready",
        label: "HyDRA Auto: ready. Pick Auto in the chat's model picker.",
      };
    case "failed":
      return {
        text: "$(warning) Auto: no sidecar",
        label: `HyDRA Auto: no sidecar, requests go to a default model. ${state.message}`,
      };
  }
}
