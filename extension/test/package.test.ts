import assert from "node:assert/strict";
import * as path from "node:path";
import yauzl from "yauzl";

const VSIX = path.join(__dirname, "hydra-auto.vsix");

/** Name and size of every file in the package. */
async function contents(): Promise<Map<string, number>> {
  const files = new Map<string, number>();
  const zip = await new Promise<yauzl.ZipFile>((resolve, reject) => {
    yauzl.open(VSIX, { lazyEntries: true }, (error: Error | null, opened?: yauzl.ZipFile) => {
      if (opened) resolve(opened);
      else reject(error ?? new Error("no zip file"));
    });
  });
  await new Promise<void>((resolve, reject) => {
    zip.on("entry", (entry: yauzl.Entry) => {
      files.set(entry.fileName, entry.uncompressedSize);
      zip.readEntry();
    });
    zip.on("end", resolve);
    zip.on("error", reject);
    zip.readEntry();
  });
  return files;
}

describe("hydra-auto.vsix", () => {
  it("holds exactly what a user needs: no sources, tests, maps or node_modules", async () => {
    assert.deepEqual([...(await contents()).keys()].sort(), [
      "[Content_Types].xml",
      "extension.vsixmanifest",
      "extension/LICENSE.txt",
      "extension/changelog.md",
      "extension/dist/extension.js",
      "extension/images/icon.png",
      "extension/package.json",
      "extension/readme.md",
    ]);
  });

  it("is small", async () => {
    const total = [...(await contents()).values()].reduce((sum, size) => sum + size, 0);
    assert.ok(total < 1_500_000, `${total} bytes unpacked`);
  });
});
