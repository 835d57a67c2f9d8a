// Times a synchronous request, which is how DuckDB-WASM and sql.js-httpvfs read.

onmessage = (event) => {
  const began = performance.now();
  const request = new XMLHttpRequest();
  request.open("GET", event.data, false);
  request.responseType = "arraybuffer";
  request.send();
  postMessage(performance.now() - began);
};
