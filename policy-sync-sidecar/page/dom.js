// Puts values into the page. Only as text, never as markup; and only what has changed, so that a selection,
// the focus and what a screen reader has read stay as they are.

export const element = (id) => document.getElementById(id);

/** Makes `text` the text of a node. */
export function put(node, text) {
  const value = String(text);
  if (node.textContent !== value) node.textContent = value;
}

export const text = (id, value) => put(element(id), value);

/** The class of a node, of those that stand for a state. */
export function mood(node, name) {
  for (const other of ["good", "warn", "bad"]) node.classList.toggle(other, other === name);
}

/** A line that is there only where it has something to say. */
export function optional(id, value) {
  text(id, value ?? "");
  element(id).parentElement.hidden = value == null;
}

/** Makes `parent` have `count` children, new ones by `make`. */
export function children(parent, count, make) {
  while (parent.childElementCount > count) parent.lastElementChild.remove();
  while (parent.childElementCount < count) parent.append(make());
  return Array.from(parent.children);
}

export function node(tag, className = "") {
  const made = document.createElement(tag);
  made.className = className;
  return made;
}

/** The width of the part of a bar that is full. */
export function fill(bar, share) {
  bar.style.width = `${Math.min(100, Math.max(0, share * 100)).toFixed(1)}%`;
}

function cell(tag, column, holder) {
  const made = node(tag, column.number ? "number" : "");
  if (tag === "th") made.scope = holder === "head" ? "col" : "row";
  if (tag === "td") made.dataset.name = column.name;
  if (holder !== "head") made.append(node("span"));
  return made;
}

function head(table, columns) {
  const names = JSON.stringify(columns);
  if (table.dataset.columns === names) return;
  table.dataset.columns = names;
  const row = node("tr");
  for (const column of columns) {
    const made = cell("th", column, "head");
    put(made, column.name);
    row.append(made);
  }
  const top = node("thead");
  top.append(row);
  table.replaceChildren(top, node("tbody"));
}

/**
 * Fills a table: `columns` of `{ name, number }`, `rows` of values; a value is a text or `{ text, mood }`.
 * The first column names its row. Where there is no row, `none` stands below.
 */
export function table(id, columns, rows, none) {
  const holder = element(id);
  head(holder, columns);
  holder.hidden = rows.length === 0;
  const makeRow = () => {
    const row = node("tr");
    row.append(...columns.map((column, n) => cell(n === 0 ? "th" : "td", column, "body")));
    return row;
  };
  const made = children(holder.tBodies[0], rows.length, makeRow);
  made.forEach((row, n) => {
    rows[n].forEach((value, k) => {
      const place = row.children[k].firstElementChild;
      put(place, value?.text ?? value);
      mood(place, value?.mood);
    });
  });
  empty(holder, rows.length === 0 ? none : null);
}

function empty(holder, none) {
  let note = holder.nextElementSibling;
  if (!note?.classList.contains("none")) {
    if (none == null) return;
    note = node("p", "none");
    holder.after(note);
  }
  note.hidden = none == null;
  if (none != null) put(note, none);
}

/** A table of names and counts, the largest first, each with a bar. */
export function counts(id, name, values, none) {
  const sorted = Object.entries(values).sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1));
  const columns = [{ name }, { name: "Count", number: true }];
  const write = (n) => new Intl.NumberFormat("en").format(n);
  table(id, columns, sorted.map(([key, count]) => [key, write(count)]), none);
  const most = sorted.length === 0 ? 1 : sorted[0][1];
  Array.from(element(id).tBodies[0].rows).forEach((row, n) => {
    let bar = row.cells[0].querySelector(".bar");
    if (!bar) {
      bar = node("div", "bar");
      bar.append(node("span"));
      row.cells[0].append(bar);
    }
    fill(bar.firstElementChild, sorted[n][1] / most);
  });
}
