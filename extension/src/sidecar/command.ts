/** Which program starts the sidecar (docs/adr/0001). Pure: what the machine holds is asked through `Probe`. */

export interface CommandSources {
  /** Setting `hydraAuto.sidecarCommand`: program and arguments; empty if not set. */
  readonly sidecarCommand: readonly string[];
  /** Setting `hydraAuto.python`; empty if not set. */
  readonly python: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly platform: NodeJS.Platform;
}

export interface Probe {
  /** Absolute path of a program on PATH, or null. */
  onPath(program: string): Promise<string | null>;
  /** Whether this interpreter can import hydra_auto. */
  imports(python: string): Promise<boolean>;
}

export interface SidecarCommand {
  readonly program: string;
  readonly args: readonly string[];
  /** Where it comes from, for log and error messages. */
  readonly origin: string;
}

/**
 * -P (Python 3.11, the oldest that will do) keeps the current folder off the module path: a workspace must not be able
 * to bring a hydra_auto of its own.
 */
const MODULE_ARGS = ["-P", "-m", "hydra_auto", "serve"] as const;

/**
 * The first of: setting sidecarCommand, setting python, HYDRA_AUTO_PYTHON, `hydra-auto` on PATH, an interpreter on PATH
 * that has the package. What the user named is taken as it is: if it does not start, that is reported, not replaced.
 *
 * @returns null if there is none.
 */
export async function findCommand(sources: CommandSources, probe: Probe): Promise<SidecarCommand | null> {
  const [program, ...args] = sources.sidecarCommand;
  if (program !== undefined && program.trim() !== "") {
    return { program, args, origin: "setting hydraAuto.sidecarCommand" };
  }
  if (sources.python.trim() !== "") {
    return { program: sources.python.trim(), args: MODULE_ARGS, origin: "setting hydraAuto.python" };
  }
  const fromEnvironment = sources.env.HYDRA_AUTO_PYTHON;
  if (fromEnvironment !== undefined && fromEnvironment !== "") {
    return { program: fromEnvironment, args: MODULE_ARGS, origin: "environment HYDRA_AUTO_PYTHON" };
  }
  const installed = await probe.onPath("hydra-auto");
  if (installed !== null) {
    return { program: installed, args: ["serve"], origin: "hydra-auto on PATH" };
  }
  for (const name of sources.platform === "win32" ? ["python", "py"] : ["python3", "python"]) {
    const python = await probe.onPath(name);
    if (python !== null && (await probe.imports(python))) {
      return { program: python, args: MODULE_ARGS, origin: `${name} on PATH` };
    }
  }
  return null;
}

/**
 * Where `program` would be looked for on PATH, best first. Relative entries of PATH are left out: they would name a
 * place inside the workspace.
 */
export function pathCandidates(
  program: string,
  env: CommandSources["env"],
  platform: NodeJS.Platform,
): string[] {
  const windows = platform === "win32";
  const separator = windows ? "\\" : "/";
  const isAbsolute = (folder: string) => (windows ? /^[A-Za-z]:[\\/]|^\\\\/ : /^\//).test(folder);
  const path = (windows ? (env.Path ?? env.PATH) : env.PATH) ?? "";
  return path
    .split(windows ? ";" : ":")
    .filter(isAbsolute)
    .map((folder) => `${folder}${separator}${program}${windows ? ".exe" : ""}`); // scripts would need a shell
}
