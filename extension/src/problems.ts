/** Problems of the catalog files, at the place where they are. */

import * as path from "node:path";
import * as vscode from "vscode";
import type { CatalogProblem } from "./protocol";
import type { Sidecar } from "./sidecar/client";

const CATALOG_FILE = "catalog.yaml";

export function showCatalogProblems(sidecar: Sidecar): vscode.Disposable {
  const shown = vscode.languages.createDiagnosticCollection("HyDRA Auto");
  return vscode.Disposable.from(
    shown,
    sidecar.onDidReadCatalog(({ problems }) => {
      const byFile = new Map<string, vscode.Diagnostic[]>();
      for (const problem of problems) {
        byFile.set(problem.path, [...(byFile.get(problem.path) ?? []), diagnostic(problem)]);
      }
      shown.clear();
      for (const [file, diagnostics] of byFile) shown.set(vscode.Uri.file(file), diagnostics);
    }),
    // The sidecar follows its files by itself, but looks at them only when it is asked something.
    vscode.workspace.onDidSaveTextDocument(({ uri }) => {
      if (path.basename(uri.fsPath) === CATALOG_FILE) void sidecar.readCatalog();
    }),
  );
}

function diagnostic({
  line,
  column,
  endLine,
  endColumn,
  message,
  severity,
}: CatalogProblem): vscode.Diagnostic {
  const fromZero = (count: number) => Math.max(0, count - 1);
  const range = new vscode.Range(fromZero(line), fromZero(column), fromZero(endLine), fromZero(endColumn));
  const { Error, Warning } = vscode.DiagnosticSeverity;
  const found = new vscode.Diagnostic(range, message, severity === "error" ? Error : Warning);
  found.source = "HyDRA Auto";
  return found;
}
