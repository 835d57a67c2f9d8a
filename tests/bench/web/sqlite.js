// sql.js-httpvfs over a table that is clustered by key. Its worker, its WASM and the schema are there before the
// first search. One row a dataset comes back, because a row a photo would cost more to hand over than to read.

import { createDbWorker } from "sql.js-httpvfs";

import { serve } from "./render.js";

const address = (path) => new URL(path, location.href).href;
const config = { serverMode: "full", requestChunkSize: 4096, url: address("data/rows.sqlite") };
const { db } = await createDbWorker([{ from: "inline", config }], address("sqlite.worker.js"), address("sql-wasm.wasm"));
await db.query("SELECT name FROM sqlite_master");

serve(async (key) => {
  const rows = await db.query("SELECT dataset, group_concat(photo) AS ids FROM held WHERE key = ? GROUP BY dataset", [key]);
  return new Map(rows.map(({ dataset, ids }) => [dataset, ids.split(",")]));
});
