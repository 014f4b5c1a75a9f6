/** What is known of the sidecar, and how to wait for more. */

import type * as vscode from "vscode";
import type { StatusResult } from "../protocol";

export type SidecarState =
  | { readonly kind: "starting" }
  | { readonly kind: "ready"; readonly status: StatusResult }
  | { readonly kind: "failed"; readonly problem: SidecarProblem; readonly message: string };

/** `not-found` and `refused` wait for the user; `crashed` is tried again by itself. */
export type SidecarProblem = "not-found" | "refused" | "crashed";

/** Resolves at the next change, or when the caller gives up. */
export function nextChange(changes: vscode.Event<unknown>, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      heard.dispose();
      resolve();
    };
    const heard = changes(done);
    signal?.addEventListener("abort", done, { once: true });
  });
}
