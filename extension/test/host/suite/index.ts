/** Runs inside the extension host: run() resolving means exit code 0, rejecting means 1. */

import * as path from "node:path";
import Mocha from "mocha";

export function run(): Promise<void> {
  const mocha = new Mocha({ ui: "bdd", timeout: 60_000, reporter: "spec", color: false });
  const only = process.env.HOST_TESTS_ONLY;
  if (only !== undefined) mocha.grep(new RegExp(only));
  mocha.addFile(path.join(__dirname, "suite.js"));
  return new Promise((resolve, reject) => {
    mocha.run((failures) => {
      if (failures > 0) reject(new Error(`${failures} in-host tests failed`));
      else resolve();
    });
  });
}
