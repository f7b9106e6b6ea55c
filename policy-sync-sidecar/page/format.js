// How numbers and times are written. Pure functions; what is missing is a dash.

export const NONE = "–";

/** Upper bounds of the duration bars of `/api/status`, in milliseconds; one more bar has what is above. */
const BOUNDS_MS = [5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10000, 30000, 60000, 300000];

const integer = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });
const decimal = new Intl.NumberFormat("en", { maximumFractionDigits: 1 });
const clock = new Intl.DateTimeFormat("en", { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
const day = new Intl.DateTimeFormat("en", { day: "numeric", month: "short" });
const exact = new Intl.DateTimeFormat("en", {
  hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23",
});

export const number = (n) => integer.format(n);

/** A time of day, of seconds since 1970. */
export const time = (s) => clock.format(new Date(s * 1000));

/** The same with its seconds. */
export const moment = (s) => exact.format(new Date(s * 1000));

export function bytes(n) {
  if (n < 1024) return `${n} B`;
  return n < 1024 * 1024 ? `${decimal.format(n / 1024)} KiB` : `${decimal.format(n / 1024 / 1024)} MiB`;
}

/** A span of whole seconds, in its two largest units. */
export function span(s) {
  if (s < 60) return `${s} s`;
  const minutes = Math.floor(s / 60);
  if (minutes < 60) return `${minutes} min ${s % 60} s`;
  const hours = Math.floor(minutes / 60);
  return hours < 24 ? `${hours} h ${minutes % 60} min` : `${Math.floor(hours / 24)} d ${hours % 24} h`;
}

/** How long ago a moment is; the clock may have been set back since. */
export function ago(then, now) {
  if (then == null) return NONE;
  const passed = Math.max(0, now - then);
  return passed < 86400 ? `${span(passed)} ago` : `${day.format(new Date(then * 1000))}, ${time(then)}`;
}

export const ahead = (then, now) => (then == null ? NONE : `in ${span(Math.max(0, then - now))}`);

export function milliseconds(ms) {
  if (ms < 1000) return `${decimal.format(ms)} ms`;
  return ms < 60000 ? `${decimal.format(ms / 1000)} s` : `${decimal.format(ms / 60000)} min`;
}

/** The mean of a count and its sum. */
export const mean = (sum, count) => (count === 0 ? NONE : milliseconds(sum / count));

/** The bound that this share of the durations keeps: they are known by bars only. */
export function within({ count, bars }, share) {
  if (count === 0) return NONE;
  const rank = Math.max(1, Math.ceil(count * share));
  let seen = 0;
  const bar = bars.findIndex((n) => (seen += n) >= rank);
  const last = BOUNDS_MS.length - 1;
  return bar < 0 || bar > last ? `> ${milliseconds(BOUNDS_MS[last])}` : `≤ ${milliseconds(BOUNDS_MS[bar])}`;
}

/** A share of a whole. Rounded down: 100 % is said where nothing failed, and only there. */
export function percent(part, whole) {
  return whole === 0 ? NONE : `${decimal.format(Math.floor((part / whole) * 1000) / 10)} %`;
}
