import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { EXTENSION_DIR, readJson } from "./fixtures";

interface Property {
  readonly default: unknown;
  readonly scope?: string;
}
interface Manifest {
  readonly engines: { readonly vscode: string };
  readonly enabledApiProposals?: unknown;
  readonly dependencies?: unknown;
  readonly devDependencies: Readonly<Record<string, string>>;
  readonly capabilities: {
    readonly untrustedWorkspaces: { readonly restrictedConfigurations: readonly string[] };
  };
  readonly contributes: {
    readonly commands: readonly { readonly command: string }[];
    readonly languageModelChatProviders: readonly { readonly vendor: string }[];
    readonly configuration: { readonly properties: Readonly<Record<string, Property>> };
  };
}

const manifest = readJson(path.join(EXTENSION_DIR, "package.json")) as Manifest;
const settings = manifest.contributes.configuration.properties;
const source = (file: string) => fs.readFileSync(path.join(EXTENSION_DIR, "src", file), "utf8");

describe("package.json", () => {
  it("asks for no proposed API: stock VS Code would refuse it", () => {
    assert.equal(manifest.enabledApiProposals, undefined);
  });

  it("runs where the provider API became stable", () => {
    assert.equal(manifest.engines.vscode, "^1.104.0");
    assert.match(manifest.devDependencies["@types/vscode"] ?? "", /^1\.104\./);
  });

  it("needs nothing at run time that esbuild did not bundle", () => {
    assert.equal(manifest.dependencies, undefined);
  });

  it("pins every tool to one version", () => {
    for (const [name, version] of Object.entries(manifest.devDependencies)) {
      assert.match(version, /^\d+\.\d+\.\d+$/, name);
    }
  });

  it("lets an untrusted workspace choose no program, no model and no price: only how long a request waits", () => {
    const restricted = manifest.capabilities.untrustedWorkspaces.restrictedConfigurations;
    const free = Object.keys(settings).filter((name) => !restricted.includes(name));
    assert.deepEqual(free, ["hydraAuto.deadlineMs"]);
    for (const name of restricted) assert.ok(name in settings, `${name} does not exist`);
  });

  it("declares the vendor and every command that the code registers, and no other", () => {
    assert.ok(
      source("entries.ts").includes(`"${manifest.contributes.languageModelChatProviders[0]?.vendor ?? ""}"`),
    );
    const registered = [...source("commands.ts").matchAll(/registerCommand\("([^"]+)"/g)].map(
      ([, name]) => name,
    );
    assert.deepEqual(manifest.contributes.commands.map(({ command }) => command).sort(), registered.sort());
  });

  it("has the defaults that docs/EXTENSION.md tells, setting by setting", () => {
    const page = fs.readFileSync(path.join(EXTENSION_DIR, "..", "docs", "EXTENSION.md"), "utf8");
    const rows = [...page.matchAll(/^\| `(hydraAuto\.\w+)` \| `([^`]*)` \|/gm)].map(([, name, value]) => [
      name,
      value,
    ]);
    const declared = Object.entries(settings).map(([name, property]) => [
      name,
      JSON.stringify(property.default),
    ]);
    assert.deepEqual(Object.fromEntries(rows), Object.fromEntries(declared));
  });

  it("gives each default once more in code only where it is tested equal", () => {
    const [, deadline] = /config\.get\("deadlineMs"\), ([\d_]+)\)/.exec(source("settings.ts")) ?? [];
    assert.equal(Number(deadline?.replaceAll("_", "")), settings["hydraAuto.deadlineMs"]?.default);
  });
});
