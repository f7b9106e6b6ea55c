// The charts, drawn by uPlot. A chart is an image to a screen reader, with its sum as the name; what it shows
// stands in the table below it, too.

import { children, element, node, put } from "./dom.js";
import { number, time } from "./format.js";

const HEIGHT = 190;
const WHOLE_STEPS = [1, 2, 5, 10, 20, 25, 50].flatMap((n) => [n, n * 100, n * 10000, n * 1e6]).sort((a, b) => a - b);

const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

/** Colours of the page for the parts that all charts have. */
function axis(more) {
  const soft = colour("--soft");
  const grid = { stroke: colour("--line"), width: 1 };
  return { stroke: soft, grid, ticks: { ...grid, size: 4 }, font: "12px system-ui, sans-serif", ...more };
}

function options(host, chart) {
  const counts = axis({ incrs: WHOLE_STEPS, size: 52, values: (_, at) => at.map(number) });
  return {
    width: host.clientWidth,
    height: HEIGHT,
    padding: [8, 16, 0, 0],
    legend: { show: false },
    cursor: { y: false, drag: { x: false, y: false }, points: { show: false } },
    scales: { x: chart.x, y: { range: (_, low, high) => [0, Math.max(4, high * 1.05)] } },
    axes: [axis(chart.axis), counts],
    series: [{}, ...chart.series],
    hooks: { setCursor: [(plot) => chart.point(plot.cursor.idx)] },
  };
}

const bars = (width) => uPlot.paths.bars({ size: [width, 60], align: 1 });

/** A chart in the element `id`: redrawn where its size or the colours of the page change. */
class Chart {
  constructor(id) {
    this.host = element(id);
    this.readout = element(`${id}-readout`);
    this.plot = null;
    this.shape = null;
    this.summary = "";
    new ResizeObserver(() => this.plot?.setSize({ width: this.host.clientWidth, height: HEIGHT })).observe(this.host);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.rebuild());
  }

  /** Shows `data`; `shape` names what the chart is made of, `build` says how that is drawn. */
  show(data, shape, build, summary) {
    this.data = data;
    this.build = build;
    this.summary = summary;
    this.host.setAttribute("aria-label", summary);
    if (this.shape !== shape || !this.plot) {
      this.shape = shape;
      this.rebuild();
    } else {
      this.plot.setData(data);
    }
    if (this.plot.cursor.idx == null || this.plot.cursor.left < 0) put(this.readout, summary);
  }

  rebuild() {
    if (!this.data) return;
    this.plot?.destroy();
    this.plot = new uPlot(options(this.host, this.build()), this.data, this.host);
  }

  /** What stands below while a bar is pointed at. */
  point(words) {
    put(this.readout, words ?? this.summary);
  }
}

/** Bars on top of each other, a minute each. */
export class Minutes {
  constructor(id) {
    this.id = id;
    this.chart = new Chart(id);
  }

  /**
   * @param starts the beginnings of the minutes, without a gap
   * @param parts `{ name, colour, values }`, the lowest first; `colour` is the name of a variable
   */
  show(starts, parts, summary) {
    this.starts = starts;
    this.parts = parts;
    const sums = [];
    parts.forEach(({ values }, n) => sums.push(values.map((v, k) => v + (n ? sums[n - 1][k] : 0))));
    // The tallest is drawn first: each covers the one before it up to its own part.
    const shape = JSON.stringify(parts.map(({ name, colour }) => [name, colour]));
    this.chart.show([starts, ...sums.reverse()], shape, () => this.build(), summary);
    this.legend();
  }

  build() {
    const series = this.parts.map(({ colour: name }) => ({
      fill: colour(name), stroke: colour(name), width: 0, paths: bars(0.85), points: { show: false },
    }));
    return {
      series: series.reverse(),
      x: { time: true, range: () => [this.starts[0], this.starts.at(-1) + 60] },
      axis: { size: 32, space: 60, values: (_, at) => at.map(time) },
      point: (n) => this.chart.point(n == null ? null : this.words(n)),
    };
  }

  words(n) {
    const told = this.parts.filter(({ values }) => values[n] > 0).map(({ name, values }) => `${name} ${number(values[n])}`);
    return `${time(this.starts[n])}: ${told.join(", ") || "none"}`;
  }

  legend() {
    const make = () => {
      const item = node("li");
      item.append(node("span", "swatch"), node("span"));
      return item;
    };
    children(element(`${this.id}-legend`), this.parts.length, make).forEach((item, n) => {
      const part = this.parts[n];
      item.firstElementChild.style.background = `var(${part.colour})`;
      put(item.lastElementChild, part.name);
    });
  }
}

/** A histogram over 0 to 1. */
export class Histogram {
  constructor(id) {
    this.chart = new Chart(id);
  }

  /** @param values counts, of parts of the same width */
  show(values, summary) {
    this.values = values;
    const starts = values.map((_, n) => n / values.length);
    this.chart.show([starts, values], String(values.length), () => this.build(), summary);
  }

  build() {
    const fill = colour("--c0");
    return {
      series: [{ fill, stroke: fill, width: 0, paths: bars(0.94), points: { show: false } }],
      x: { time: false, range: [0, 1] },
      axis: { size: 32, space: 24, incrs: [0.1, 0.2, 0.5], values: (_, at) => at.map((score) => score.toFixed(1)) },
      point: (n) => this.chart.point(n == null ? null : `${Histogram.part(n, this.values)}: ${number(this.values[n])}`),
    };
  }

  /** The name of a part. */
  static part(n, values) {
    return `${(n / values.length).toFixed(1)} to ${((n + 1) / values.length).toFixed(1)}`;
  }
}
