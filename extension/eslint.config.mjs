import { defineConfig } from "eslint/config";
import tseslint from "typescript-eslint";

export default defineConfig(
  { ignores: ["dist/", "out/", "node_modules/"] },
  {
    files: ["**/*.ts"],
    extends: [tseslint.configs.strictTypeChecked, tseslint.configs.stylisticTypeChecked],
    languageOptions: { parserOptions: { project: "./tsconfig.json", tsconfigRootDir: import.meta.dirname } },
    rules: {
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true }],
      "@typescript-eslint/switch-exhaustiveness-check": "error",
      "@typescript-eslint/consistent-type-imports": "error",
      // `void` marks a promise that is left alone on purpose.
      "@typescript-eslint/no-floating-promises": ["error", { ignoreVoid: true }],
      eqeqeq: "error",
    },
  },
  {
    // Only glue files know VS Code; the rest is tested without it.
    files: [
      "src/protocol.ts",
      "src/routing.ts",
      "src/gather.ts",
      "src/entries.ts",
      "src/fallbackMemory.ts",
      "src/kept.ts",
      "src/limits.ts",
      "src/told.ts",
      "src/decision.ts",
      "src/tokens.ts",
      "src/tried.ts",
      "src/errors.ts",
      "src/vetoes.ts",
      "src/catalogExample.ts",
      "src/sidecar/command.ts",
      "src/sidecar/backoff.ts",
      "src/sidecar/ending.ts",
      "src/sidecar/serial.ts",
    ],
    rules: {
      "no-restricted-imports": ["error", "vscode", "vscode-languageclient", "vscode-languageclient/node"],
    },
  },
);
