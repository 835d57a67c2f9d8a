// DuckDB-WASM over the same Parquet. Its worker, its WASM and the footer are there before the first search.

import { AsyncDuckDB, DuckDBDataProtocol, VoidLogger } from "@duckdb/duckdb-wasm";

import { byDataset, serve } from "./render.js";

const address = (path) => new URL(path, location.href).href;
const database = new AsyncDuckDB(new VoidLogger(), new Worker(address("duckdb.worker.js")));
await database.instantiate(address("duckdb.wasm"));
await database.registerFileURL("rows.parquet", address("data/rows.parquet"), DuckDBDataProtocol.HTTP, false);
const connection = await database.connect();
await connection.query("SET enable_object_cache = true"); // keeps the footer
await connection.query("SELECT count(*) FROM 'rows.parquet'");
const search = await connection.prepare("SELECT dataset, photo FROM 'rows.parquet' WHERE key = ?");

serve(async (key) => {
  const rows = await search.query(key);
  if (!rows.numRows) return new Map();
  return byDataset(rows.getChild("dataset").toArray(), rows.getChild("photo").toArray());
});
