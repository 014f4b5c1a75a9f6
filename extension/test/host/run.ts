/** `npm run test:host`: installs the package in a real VS Code and runs the suite inside its extension host. */

import * as path from "node:path";
import { FIXTURE_MODELS, startBench } from "./environment";
import { type Host, runInHost } from "./vscode-host";

const PATIENCE_MS = 300_000;

async function main(): Promise<number> {
  const startedAt = Date.now();
  const bench = await startBench({ args: ["--enable-smoke-test-driver"] });
  try {
    declineConsentOnce(bench.host).catch(() => undefined); // the page closed before a dialog came
    const code = await runInHost(
      bench.host,
      {
        folder: bench.workspace,
        extension: FIXTURE_MODELS,
        tests: path.join(FIXTURE_MODELS, "suite", "index.js"),
      },
      PATIENCE_MS,
    );
    console.log(`in-host tests: exit ${code} after ${((Date.now() - startedAt) / 1_000).toFixed(0)} s`);
    return code;
  } finally {
    await bench.stop();
  }
}

/** The user's part in the consent test: says no the first time the dialog appears. A second dialog fails that test. */
async function declineConsentOnce({ page }: Host): Promise<void> {
  const dialog = page.locator(".monaco-dialog-box", { hasText: "wants to access the language models" });
  await dialog.locator(".monaco-button", { hasText: "Cancel" }).click({ timeout: PATIENCE_MS });
}

main().then(
  (code) => process.exit(code),
  (error: unknown) => {
    console.error(error);
    process.exit(1);
  },
);
