import assert from "node:assert/strict";
import { type CommandSources, type Probe, findCommand, pathCandidates } from "../../src/sidecar/command";

const sources = (more: Partial<CommandSources> = {}): CommandSources => ({
  sidecarCommand: [],
  python: "",
  env: {},
  platform: "linux",
  ...more,
});

/** A machine with these programs on PATH; the last ones have the package. */
const machine = (programs: readonly string[], withPackage: readonly string[] = []): Probe => ({
  onPath: (program) => Promise.resolve(programs.includes(program) ? `/bin/${program}` : null),
  imports: (python) => Promise.resolve(withPackage.map((name) => `/bin/${name}`).includes(python)),
});
const everything = machine(["hydra-auto", "python3"], ["python3"]);
const MODULE = ["-P", "-m", "hydra_auto", "serve"];

describe("findCommand", () => {
  const check = async (given: CommandSources, probe: Probe, program: string | null, args?: string[]) => {
    const found = await findCommand(given, probe);
    assert.equal(found?.program ?? null, program);
    if (args) assert.deepEqual(found?.args, args);
  };

  it("prefers the setting sidecarCommand to all else, arguments as given", () =>
    check(
      sources({ sidecarCommand: ["/opt/ha", "serve", "-v"], python: "/opt/python" }),
      everything,
      "/opt/ha",
      ["serve", "-v"],
    ));

  it("then the setting python", () =>
    check(
      sources({ python: "/opt/python", env: { HYDRA_AUTO_PYTHON: "/env/python" } }),
      everything,
      "/opt/python",
      MODULE,
    ));

  it("then HYDRA_AUTO_PYTHON", () =>
    check(sources({ env: { HYDRA_AUTO_PYTHON: "/env/python" } }), everything, "/env/python", MODULE));

  it("then hydra-auto on PATH", () => check(sources(), everything, "/bin/hydra-auto", ["serve"]));

  it("then an interpreter that has the package", () =>
    check(sources(), machine(["python3", "python"], ["python"]), "/bin/python", MODULE));

  it("looks for python and py on Windows", () =>
    check(sources({ platform: "win32" }), machine(["py"], ["py"]), "/bin/py", MODULE));

  it("finds nothing where no interpreter has the package", () =>
    check(sources(), machine(["python3", "python"]), null));

  it("ignores settings that are blank", () =>
    check(sources({ sidecarCommand: [" "], python: "  " }), everything, "/bin/hydra-auto"));
});

describe("pathCandidates", () => {
  it("leaves out relative entries of PATH: they would lie in the workspace", () => {
    assert.deepEqual(pathCandidates("hydra-auto", { PATH: ".:/usr/bin::bin:/opt/bin" }, "linux"), [
      "/usr/bin/hydra-auto",
      "/opt/bin/hydra-auto",
    ]);
  });

  it("knows Windows' ways", () => {
    assert.deepEqual(pathCandidates("py", { Path: "C:\\Python;.;\\\\host\\bin" }, "win32"), [
      "C:\\Python\\py.exe",
      "\\\\host\\bin\\py.exe",
    ]);
  });

  it("is empty without PATH", () => {
    assert.deepEqual(pathCandidates("py", {}, "linux"), []);
  });
});
