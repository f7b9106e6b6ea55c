// Asks `api/status` every two seconds, and shows what it says. Nothing is kept between two answers but the
// page itself.

import { Histogram, Minutes } from "./charts.js";
import { counts, element, fill, mood, optional, put, table, text } from "./dom.js";
import { NONE, ago, ahead, bytes, mean, milliseconds, moment, number, percent, span, time, within } from "./format.js";

const EVERY_MS = 2000;
/** Longest that an answer may take. */
const PATIENCE_MS = 5000;
/** Types with a colour of their own; the others are drawn together. */
const COLOURS = 6;
const MINUTES = 60;

const HEALTH = { ok: "good", degraded: "warn", red: "bad" };
const SOURCES = { file: "a file", control_plane: "the control plane", built_in: "the configuration" };
const SYNC = {
  off: ["none", ""], starting: ["starting", ""], in_sync: ["in sync", "good"],
  away: ["away", "warn"], unauthorized: ["key not accepted", "warn"], refused: ["answers with no policy", "warn"],
};
const ENVOY = {
  in_force: ["in force", "good"], refused: ["refused", "warn"], unready: ["takes no policy", "bad"], away: ["away", "bad"],
};

const charts = {
  traffic: new Minutes("traffic"),
  entities: new Minutes("entities"),
  injection: new Histogram("injection"),
};

const sum = (values) => Object.values(values).reduce((a, b) => a + b, 0);

function showHealth({ health, problems, version, now, uptime_s }) {
  text("version", version);
  text("health", health);
  mood(element("health"), HEALTH[health]);
  text("reach", "");
  text("now", moment(now));
  text("uptime", span(uptime_s));
  document.title = health === "ok" ? "Privet" : `Privet: ${health}`;
  const list = element("problems");
  list.hidden = problems.length === 0;
  if (JSON.stringify(problems) !== list.dataset.shown) {
    list.dataset.shown = JSON.stringify(problems);
    list.replaceChildren(...problems.map((problem) => {
      const item = document.createElement("li");
      item.textContent = problem;
      return item;
    }));
  }
}

function showPolicy({ policy, now }) {
  text("policy-revision", policy.revision ?? "none");
  text("policy-age", policy.age_s == null ? NONE : span(policy.age_s));
  text("policy-source", `${SOURCES[policy.source] ?? policy.source}${policy.from_disk ? ", as kept on disk" : ""}${policy.auth_required === false ? "; it requires no key of callers" : ""}`);
  text("policy-bytes", policy.sha256 == null ? NONE : bytes(policy.bytes));
  text("policy-sha256", policy.sha256?.slice(0, 16) ?? NONE);
  const { refused } = policy;
  const named = refused?.revision ? `${refused.revision}, ` : "";
  optional("policy-refused", refused && `${named}${ago(refused.at, now)}: ${refused.errors}`);
}

function showSync({ sync, now }) {
  const [words, feeling] = SYNC[sync.state] ?? [sync.state, ""];
  text("sync-state", words);
  mood(element("sync-state"), feeling);
  text("sync-last", ago(sync.last_success, now));
  text("sync-next", ahead(sync.next_attempt, now));
  text("sync-failures", number(sync.failures));
  optional("sync-error", sync.error);
}

function showRequests({ traces }) {
  const all = sum(traces.outcomes);
  text("requests", number(all));
  for (const outcome of ["success", "error", "blocked"]) text(`requests-${outcome}`, number(traces.outcomes[outcome]));
  text("masked", number(sum(traces.entities)));
  text("masking", mean(traces.masking_us / 1000, all));
}

function showOutbox({ outbox, now }) {
  text("outbox-depth", outbox.enabled ? number(outbox.depth) : "off");
  text("outbox-capacity", outbox.enabled ? `of ${number(outbox.capacity)} wait` : "");
  fill(element("outbox-fill"), outbox.capacity ? outbox.depth / outbox.capacity : 0);
  text("outbox-kept", outbox.enabled ? (outbox.durable ? "on disk" : "in memory") : NONE);
  mood(element("outbox-kept"), outbox.enabled && !outbox.durable ? "bad" : "");
  for (const name of ["delivered", "dropped", "dead"]) text(`outbox-${name}`, number(outbox[name]));
  text("outbox-last", ago(outbox.last_delivery, now));
  optional("outbox-error", outbox.disk_error ?? outbox.error);
}

function showEnvoys({ envoys, now }) {
  const columns = [
    { name: "Envoy" }, { name: "State" }, { name: "Revision" }, { name: "Since" }, { name: "Last push", number: true },
    { name: "Pushes", number: true }, { name: "Restarts", number: true }, { name: "Error" },
  ];
  const row = (e) => {
    const [words, feeling] = ENVOY[e.state] ?? [e.state, ""];
    return [
      e.address, { text: words, mood: feeling }, e.revision ?? NONE, ago(e.since, now),
      e.push_ms == null ? NONE : milliseconds(e.push_ms), number(e.pushes), number(e.losses),
      { text: e.error ?? NONE, mood: e.error ? "bad" : "" },
    ];
  };
  table("envoys", columns, envoys.map(row), "No Envoy is configured.");
}

function showProviders({ traces }) {
  const columns = [
    { name: "Provider" }, { name: "Success", number: true }, { name: "Answered", number: true },
    { name: "Failed", number: true }, { name: "As fallback", number: true }, { name: "Mean", number: true },
    { name: "95 % within", number: true }, { name: "First byte, 95 %", number: true },
    { name: "Tokens in", number: true }, { name: "Tokens out", number: true },
  ];
  const row = ([name, p]) => {
    const { success, error } = p.outcomes;
    return [
      name, { text: percent(success, success + error), mood: error ? "warn" : "" }, number(success), number(error),
      number(p.fallbacks), mean(p.duration.sum_ms, p.duration.count), within(p.duration, 0.95),
      within(p.first_byte, 0.95), number(p.input_tokens), number(p.output_tokens),
    ];
  };
  table("providers", columns, Object.entries(traces.providers).map(row), "No request has reached a provider yet.");
}

/** The last hour up to now, the minutes without requests included. */
function lastHour({ traces, now }) {
  const known = new Map(traces.minutes.map((minute) => [minute.at, minute]));
  const last = Math.max(now - (now % 60), traces.minutes.at(-1)?.at ?? 0);
  const starts = Array.from({ length: MINUTES }, (_, n) => last - 60 * (MINUTES - 1 - n));
  return { starts, minutes: starts.map((at) => known.get(at)) };
}

/** Minutes in which something happened, newest first. */
function minuteTable(id, { starts, minutes }, names, value) {
  const rows = [];
  minutes.forEach((minute, n) => {
    if (minute) rows.unshift([time(starts[n]), ...names.map((name) => number(value(minute, name)))]);
  });
  const columns = [{ name: "Minute" }, ...names.map((name) => ({ name, number: true }))];
  table(id, columns, rows, "No requests in the last hour.");
}

function showMinutes(status) {
  const hour = lastHour(status);
  const outcomes = { answered: "success", failed: "error", refused: "blocked" };
  const hues = { answered: "--c0", failed: "--bad", refused: "--c3" };
  const of = (minute, name) => minute.outcomes[outcomes[name]];
  const parts = Object.keys(outcomes).map((name) => ({
    name, colour: hues[name], values: hour.minutes.map((minute) => (minute ? of(minute, name) : 0)),
  }));
  const total = sum(parts.flatMap(({ values }) => values));
  charts.traffic.show(hour.starts, parts, `${number(total)} requests in the last hour`);
  minuteTable("traffic-table", hour, Object.keys(outcomes), of);
  showEntities(status, hour);
}

function showEntities({ traces }, hour) {
  const value = (minute, name) => minute.entities[name] ?? 0;
  const inHour = (name) => sum(hour.minutes.map((minute) => (minute ? value(minute, name) : 0)));
  const names = Object.keys(traces.entities).sort((a, b) => traces.entities[b] - traces.entities[a] || (a < b ? -1 : 1));
  const series = (name, colour, of) => ({ name, colour, values: hour.minutes.map((minute) => (minute ? of(minute) : 0)) });
  const parts = names.slice(0, COLOURS).map((name, n) => series(name, `--c${n}`, (minute) => value(minute, name)));
  const rest = names.slice(COLOURS);
  if (rest.length > 0) {
    parts.push(series("other types", `--c${COLOURS}`, (minute) => sum(rest.map((name) => value(minute, name)))));
  }
  const total = sum(names.map(inHour));
  charts.entities.show(hour.starts, parts, `${number(total)} values masked in the last hour`);
  minuteTable("entities-table", hour, names, value);
  counts("masked-by-type", "Type", traces.entities, "Nothing was masked yet.");
}

function showInjection({ traces: { injection } }) {
  charts.injection.show(injection, `${number(sum(injection))} requests by their score, 0 harmless to 1 an attack`);
  const rows = injection.map((count, n) => [Histogram.part(n, injection), number(count)]);
  table("injection-table", [{ name: "Score" }, { name: "Requests", number: true }], rows);
}

function showErrors({ errors, refused_batches, now }) {
  const columns = [{ name: "Part" }, { name: "Error" }, { name: "Times", number: true }, { name: "Last" }];
  const row = (e) => [e.part, e.message, number(e.times), ago(e.at, now)];
  table("errors", columns, errors.map(row), "None since the start.");
  optional("refused-batches", refused_batches > 0 ? number(refused_batches) : null);
}

function show(status) {
  showHealth(status);
  showPolicy(status);
  showSync(status);
  showRequests(status);
  showOutbox(status);
  showEnvoys(status);
  showProviders(status);
  showMinutes(status);
  showInjection(status);
  const { blocks_by_policy, blocks_by_code, fallback_reasons } = status.traces;
  counts("blocks-by-policy", "Policy", blocks_by_policy, "No policy has refused a request.");
  counts("blocks-by-code", "Code", blocks_by_code, "No request was refused.");
  counts("fallback-reasons", "Reason", fallback_reasons, "No fallback was asked.");
  showErrors(status);
}

async function ask() {
  try {
    const answer = await fetch("api/status", { cache: "no-store", signal: AbortSignal.timeout(PATIENCE_MS) });
    if (!answer.ok) throw new Error(`status ${answer.status}`);
    show(await answer.json());
  } catch {
    // What is shown below stays, and is known to be old.
    put(element("health"), "no answer");
    mood(element("health"), "bad");
    text("reach", "The sidecar does not answer; this is what it said last.");
    document.title = "Privet: no answer";
  }
}

let timer = null;

async function go() {
  clearTimeout(timer);
  await ask();
  timer = document.hidden ? null : setTimeout(go, EVERY_MS);
}

// A page that nobody looks at asks nothing.
document.addEventListener("visibilitychange", () => {
  if (!document.hidden && timer === null) go();
});
go();
