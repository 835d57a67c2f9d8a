// Index records: the first argument names a file of JSON lines, {key, word, photos}; the second the folder to write.

import { createReadStream } from "node:fs";
import { createInterface } from "node:readline";

import { close, createIndex } from "pagefind";

const [, , lines, folder] = process.argv;
const { index } = await createIndex({ forceLanguage: "unknown" });
for await (const line of createInterface({ input: createReadStream(lines) })) {
  const { key, word, photos } = JSON.parse(line);
  const { errors } = await index.addCustomRecord({
    url: `/${key}`, content: word, language: "unknown", meta: { key, photos: JSON.stringify(photos) },
  });
  if (errors.length) throw new Error(errors.join("; "));
}
const { errors } = await index.writeFiles({ outputPath: folder });
if (errors.length) throw new Error(errors.join("; "));
await close();
