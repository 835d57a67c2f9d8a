// hyparquet over Parquet that is sorted by key; its footer is read before the first search.

import { asyncBufferFromUrl, parquetMetadataAsync, parquetReadObjects } from "hyparquet";

import { byDataset, serve } from "./render.js";

const { length, footer } = await (await fetch("data/rows.json")).json(); // spares a HEAD, and half a megabyte
const file = await asyncBufferFromUrl({ url: "data/rows.parquet", byteLength: length });
const metadata = await parquetMetadataAsync(file, { initialFetchSize: footer });

serve(async (key) => {
  const rows = await parquetReadObjects({ file, metadata, filter: { key: { $eq: key } } });
  return byDataset(rows.map((row) => row.dataset), rows.map((row) => row.photo));
});
