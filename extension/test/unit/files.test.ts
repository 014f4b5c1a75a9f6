import assert from "node:assert/strict";
import { fake } from "./vscode";
import { activePaths } from "../../src/files";

const uri = (path: string, scheme = "file") => ({ scheme, path });

describe("activePaths", () => {
  const check = (editor: unknown, notebook: unknown, expected: string[]) => {
    fake.window.activeTextEditor = editor && { document: { uri: editor } };
    fake.window.activeNotebookEditor = notebook && { notebook: { uri: notebook } };
    assert.deepEqual(activePaths(), expected);
  };
  after(() => {
    fake.window.activeTextEditor = fake.window.activeNotebookEditor = undefined;
  });

  it("tells the file of the active editor, within its workspace folder", () => {
    check(uri("/folder/src/a.py"), undefined, ["src/a.py"]);
    check(uri("/elsewhere/a.py"), undefined, []);
    check(undefined, undefined, []);
  });

  it("tells the file of the active notebook, whose cells have a scheme of their own", () => {
    check(uri("/folder/lab.ipynb", "vscode-notebook-cell"), uri("/folder/lab.ipynb"), ["lab.ipynb"]);
    check(undefined, uri("/folder/lab.ipynb"), ["lab.ipynb"]);
    check(undefined, uri("/lab.ipynb", "untitled"), []);
  });

  it("tells each file once", () => {
    check(uri("/folder/lab.ipynb"), uri("/folder/lab.ipynb"), ["lab.ipynb"]);
    check(uri("/folder/a.py"), uri("/folder/lab.ipynb"), ["a.py", "lab.ipynb"]);
  });
});
