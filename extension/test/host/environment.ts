/** What both host runs share: a folder to work in, the fixture models, the fixture catalog as the user's own. */

import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { USUAL_MODELS } from "./messages";
import { EXTENSION_DIR, type Host, type HostOptions, VSIX, startHost } from "./vscode-host";

export const FIXTURE_MODELS = path.join(EXTENSION_DIR, "out", "fixture-models");

export interface Bench {
  readonly host: Host;
  readonly workspace: string;
  stop(): Promise<void>;
}

export async function startBench(
  options: Pick<HostOptions, "args" | "settings" | "unpacked" | "env">,
): Promise<Bench> {
  const dir = fs.mkdtempSync(path.join(os.tmpdir(), "hydra-auto-bench-"));
  const workspace = path.join(dir, "workspace");
  const catalog = path.join(dir, "config", "hydra-auto", "catalog.yaml");
  fs.mkdirSync(workspace);
  fs.writeFileSync(path.join(workspace, "app.py"), "userCnt = 1\nprint(userCnt)\n");
  fs.mkdirSync(path.dirname(catalog), { recursive: true });
  fs.copyFileSync(path.join(EXTENSION_DIR, "test", "fixtures", "catalog.yaml"), catalog);
  const remove = () => {
    fs.rmSync(dir, { recursive: true, force: true });
  };
  try {
    const host = await startHost({
      ...options,
      vsix: [VSIX],
      settings: {
        "hydraAuto.allow": USUAL_MODELS,
        // The machine may be busy; the deadline itself has a test of its own.
        "hydraAuto.deadlineMs": 20_000,
        ...options.settings,
      },
      env: {
        ...options.env,
        XDG_CONFIG_HOME: path.join(dir, "config"),
        HYDRA_AUTO_PYTHON:
          process.env.HYDRA_AUTO_PYTHON ?? path.join(EXTENSION_DIR, "..", ".venv", "bin", "python"),
      },
    });
    const stop = async () => {
      await host.stop();
      remove();
    };
    return { host, workspace, stop };
  } catch (error) {
    remove();
    throw error;
  }
}
