/** Looks at the machine for `findCommand`. */

import { execFile } from "node:child_process";
import { access, constants, stat } from "node:fs/promises";
import { homedir } from "node:os";
import { type Probe, pathCandidates } from "./command";

const PATIENCE_MS = 10_000;

export function machineProbe(env: NodeJS.ProcessEnv, platform: NodeJS.Platform): Probe {
  return {
    async onPath(program) {
      for (const file of pathCandidates(program, env, platform)) {
        if (await isProgram(file)) return file;
      }
      return null;
    },
    imports: (python) =>
      new Promise((resolve) => {
        // find_spec does not run the package; -P also fails on a Python that is too old.
        const code = "import sys, importlib.util; sys.exit(importlib.util.find_spec('hydra_auto') is None)";
        execFile(python, ["-P", "-c", code], { timeout: PATIENCE_MS, cwd: homedir() }, (error) => {
          resolve(error === null);
        });
      }),
  };
}

async function isProgram(file: string): Promise<boolean> {
  try {
    await access(file, constants.X_OK);
    return (await stat(file)).isFile();
  } catch {
    return false;
  }
}
