/** Which files the sidecar helps to edit. It looks at their names itself, so this may match a few too many. */

export const CATALOG_FILES: readonly { readonly scheme: string; readonly pattern: string }[] = [
  "**/.hydra-auto/catalog.yaml", // a workspace's
  "**/hydra-auto/catalog.yaml", // the user's, and on Windows and macOS, too, in a folder of this name
  "**/*.hydra-auto.{yaml,yml}", // for `--catalog`
  "**/hydra_auto/catalogs/default.yaml", // the built-in one of an installation
  "**/catalogs/default.yaml", // and of a checkout
].map((pattern) => ({ scheme: "file", pattern }));
