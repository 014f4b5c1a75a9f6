/** Starts the sidecar's process. */

import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { homedir } from "node:os";
import type { SidecarCommand } from "./command";

/**
 * Resolves once the process exists; rejects if the program is missing or may not be run. The current folder is the home
 * folder, never the workspace, so that nothing of a workspace can be picked up by the interpreter.
 */
export async function spawnSidecar({
  program,
  args,
}: SidecarCommand): Promise<ChildProcessWithoutNullStreams> {
  const child = spawn(program, args, {
    cwd: homedir(),
    env: { ...process.env, PYTHONUNBUFFERED: "1", PYTHONSAFEPATH: "1" },
    windowsHide: true,
  });
  await new Promise<void>((resolve, reject) => {
    child.once("spawn", resolve);
    child.once("error", reject);
  });
  child.on("error", () => undefined); // a failed kill; "exit" tells the rest
  return child;
}
