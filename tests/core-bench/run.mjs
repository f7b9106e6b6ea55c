// Times the core's wasm exports in Node's V8: node run.mjs core_bench.wasm
import { readFile } from "node:fs/promises";

const { instance } = await WebAssembly.instantiate(await readFile(process.argv[2]), {});
const core = instance.exports;

function throughput(bytes, work) {
  const rates = [];
  for (let run = 0; run < 6; run++) {
    const begin = process.hrtime.bigint();
    let times = 0;
    while (process.hrtime.bigint() - begin < 100_000_000n) {
      work();
      times += 1;
    }
    // Bytes per nanosecond times a thousand: MB/s.
    rates.push((times * bytes * 1000) / Number(process.hrtime.bigint() - begin));
  }
  // The first run warms up.
  return rates.slice(1).sort((a, b) => a - b)[2];
}

console.log(`The core alone as wasm in V8 ${process.versions.v8}, MB/s (one thread)`);
["prose", "JSON", "source code", "dense with hits", "East Asian"].forEach((name, kind) => {
  const length = core.prepare_text(kind, 65536);
  if (length === 0) throw new Error("the core did not work");
  const rate = (work) => throughput(length, work).toFixed(0).padStart(6);
  const both = rate(() => core.both());
  console.log(`  ${name.padEnd(16)} detect ${rate(core.detect)}   injection score ${rate(core.score)}   both ${both}`);
});
if (core.prepare_terms() === 0) throw new Error("the core did not work");
const length = core.prepare_text(0, 65536);
const times = [0, 1, 2].map(() => {
  const begin = process.hrtime.bigint();
  if (core.read_terms() === 0) throw new Error("the core did not work");
  return Number(process.hrtime.bigint() - begin) / 1e6;
});
const memory = (core.memory.buffer.byteLength / 1e6).toFixed(0);
console.log(
  `  100,000 terms    policy read in ${times.map((t) => t.toFixed(0)).join(", ")} ms; ` +
    `prose ${throughput(length, core.detect).toFixed(0)}; ${memory} MB of memory in all`,
);
for (const size of [2048, 16384, 131072]) {
  const length = core.prepare(size);
  if (length === 0 || core.mask() === 0 || core.restore() === 0) throw new Error("the core did not work");
  const mask = throughput(length, core.mask).toFixed(0).padStart(6);
  const restore = throughput(size, core.restore).toFixed(0).padStart(6);
  console.log(`  ${String(size / 1024).padStart(4)} KB   mask ${mask}   restore ${restore}`);
}
if (core.prepare_gates(100_000) === 0 || core.pass_gates() !== 1000) throw new Error("the core did not work");
// A thousand requests each: throughput of one request a microsecond is one MB/s.
const gates = 1 / throughput(1000, core.pass_gates);
console.log(`  100,000 keys     all gates before detection, µs a request: ${gates.toFixed(2)}`);
console.log("  µs a delta, and for the first:");
["Chat", "Responses", "Anthropic", "Gemini", "Cohere", "Converse", "Ollama"].forEach((name, number) => {
  const frames = core.prepare_stream(number);
  if (frames === 0 || core.stream(frames) === 0) throw new Error("the core did not work");
  // Throughput of one byte a microsecond is one MB/s.
  const micros = (count) => (1 / throughput(count, () => core.stream(count))).toFixed(2).padStart(6);
  console.log(`  ${name.padEnd(16)} ${micros(frames)} ${micros(1)}`);
});
if (core.prepare_conversation() === 0) throw new Error("the core did not work");
console.log("  translation: µs a conversation of 4 KB from Chat, and a delta to Chat (from Chat to Anthropic):");
["Chat", "Responses", "Anthropic", "Gemini", "Cohere", "Converse", "Ollama"].forEach((name, number) => {
  const deltas = core.prepare_translated(number);
  if (core.translate_request(number) === 0 || core.translate_stream() === 0) throw new Error("the core did not work");
  const request = (1 / throughput(1, () => core.translate_request(number))).toFixed(1).padStart(6);
  const delta = (1 / throughput(deltas, core.translate_stream)).toFixed(2).padStart(6);
  console.log(`  ${name.padEnd(16)} ${request} ${delta}`);
});
