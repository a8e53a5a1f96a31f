/** The page's style: light or dark by system setting or button. No information is conveyed by colour alone. */
export const STYLE = `
:root { color-scheme: light dark; --page:#fbfbfa; --card:#ffffff; --ink:#1c1f23; --soft:#5d6570; --edge:#e1e4e8; --grid:#eceef1;
  --accent:#0b62c4; --good:#16794a; --bad:#b3261e; --plain:#5d6570;
  --s0:#0b62c4; --s1:#d9730d; --s2:#16794a; --s3:#8e44ad; --s4:#c2185b; --s5:#00838f; --s6:#8d6e63; --s7:#7a7a00; }
@media (prefers-color-scheme: dark) { :root:not([data-theme="light"]) { --page:#14171b; --card:#1c2026; --ink:#e8eaed; --soft:#a2abb6;
  --edge:#333a43; --grid:#2a3038; --accent:#7db4ff; --good:#5fd39a; --bad:#ff8a80; --plain:#a2abb6;
  --s0:#7db4ff; --s1:#ffb066; --s2:#5fd39a; --s3:#c99af0; --s4:#ff8ab5; --s5:#5cd6e0; --s6:#c8a99c; --s7:#d6d65c; } }
:root[data-theme="dark"] { color-scheme: dark; --page:#14171b; --card:#1c2026; --ink:#e8eaed; --soft:#a2abb6;
  --edge:#333a43; --grid:#2a3038; --accent:#7db4ff; --good:#5fd39a; --bad:#ff8a80; --plain:#a2abb6;
  --s0:#7db4ff; --s1:#ffb066; --s2:#5fd39a; --s3:#c99af0; --s4:#ff8ab5; --s5:#5cd6e0; --s6:#c8a99c; --s7:#d6d65c; }
:root[data-theme="light"] { color-scheme: light; }
* { box-sizing: border-box; }
body { margin:0; background:var(--page); color:var(--ink); font:16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; }
main, header, footer { max-width: 1120px; margin: 0 auto; padding: 0 24px; }
header { padding-top: 32px; display:flex; gap:16px; align-items:flex-start; justify-content:space-between; flex-wrap:wrap; }
h1 { font-size: 1.7rem; line-height:1.2; margin:0 0 4px; } h2 { font-size:1.25rem; margin:40px 0 12px; } h3 { font-size:1.05rem; margin:24px 0 8px; }
p { margin: 8px 0; } .soft, footer { color:var(--soft); } footer { padding-bottom:40px; margin-top:40px; font-size:.9rem; }
code { font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; font-size:.9em; }
pre { overflow-x:auto; background:var(--card); border:1px solid var(--edge); border-radius:8px; padding:12px; }
a { color:var(--accent); } :focus-visible { outline:3px solid var(--accent); outline-offset:2px; border-radius:4px; }
.skip { position:absolute; left:-9999px; } .skip:focus { left:16px; top:16px; background:var(--card); padding:8px 12px; z-index:1; }
button { font:inherit; color:inherit; background:var(--card); border:1px solid var(--edge); border-radius:8px; padding:6px 12px; cursor:pointer; }
.tiles { display:grid; grid-template-columns:repeat(auto-fit, minmax(150px, 1fr)); gap:12px; margin:20px 0; padding:0; list-style:none; }
.tiles li { background:var(--card); border:1px solid var(--edge); border-radius:10px; padding:12px 16px; }
.tiles .name { display:block; color:var(--soft); font-size:.85rem; } .tiles .figure { font-size:1.5rem; font-weight:650; font-variant-numeric:tabular-nums; }
.tiles .note { display:block; color:var(--soft); font-size:.8rem; }
.verdict { border-left:5px solid var(--plain); background:var(--card); padding:10px 16px; border-radius:0 8px 8px 0; } .verdict.bad { border-color:var(--bad); } .verdict.good { border-color:var(--good); }
.plots { display:grid; grid-template-columns:repeat(auto-fit, minmax(min(100%, 480px), 1fr)); gap:16px; }
.plot { margin:0; background:var(--card); border:1px solid var(--edge); border-radius:10px; padding:16px; min-width:0; }
.plot figcaption { font-weight:600; margin-bottom:8px; } .plot svg { width:100%; height:auto; display:block; }
.plot details { margin-top:8px; font-size:.9rem; } summary { cursor:pointer; color:var(--soft); }
.scroll { overflow-x:auto; background:var(--card); border:1px solid var(--edge); border-radius:10px; } .plot .scroll { border:0; }
table { border-collapse:collapse; width:100%; font-variant-numeric:tabular-nums; font-size:.9rem; }
th, td { padding:7px 12px; text-align:right; white-space:nowrap; border-bottom:1px solid var(--edge); } tr:last-child > * { border-bottom:0; }
th:first-child, td:first-child, th.text, td.text { text-align:left; } tbody th { font-weight:500; } thead th { color:var(--soft); font-weight:600; }
td.text { white-space:normal; min-width:220px; } thead button { border:0; background:none; padding:0; font-weight:600; color:inherit; }
thead [aria-sort="ascending"] button::after { content:" ↑"; } thead [aria-sort="descending"] button::after { content:" ↓"; }
.yes { color:var(--good); } .no { color:var(--bad); font-weight:600; }
svg text { font: 12px system-ui, sans-serif; fill:var(--ink); } svg .label { paint-order:stroke; stroke:var(--card); stroke-width:3px; } svg .tick, svg .value { fill:var(--soft); } svg .value { font-size:11.5px; }
svg .grid { stroke:var(--grid); } svg .axis { stroke:var(--edge); } svg .reference { stroke:var(--ink); stroke-dasharray:4 3; }
svg .mark { stroke:var(--ink); stroke-width:1.6; } svg .p90 { stroke-dasharray:5 3; } svg .p99 { stroke-dasharray:1.5 2.5; }
svg .whisker { stroke-width:2.5; } svg .line { fill:none; stroke-width:2.5; } svg .good { fill:var(--good); stroke:var(--good); }
svg .bad { fill:var(--bad); stroke:var(--bad); } svg .plain { fill:var(--plain); stroke:var(--plain); }
${[0, 1, 2, 3, 4, 5, 6, 7].map((n) => `svg .series-${n} { fill:var(--s${n}); } svg .line-${n} { stroke:var(--s${n}); }`).join("\n")}
@media print { button, .skip { display:none; } }
`;

/** Optional script: adds sorting and the choice of light or dark. */
export const SCRIPT = `
document.querySelector("#theme").addEventListener("click", () => {
  const root = document.documentElement;
  const dark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  root.dataset.theme = dark ? "light" : "dark";
});
for (const table of document.querySelectorAll("table.sortable")) {
  const heads = [...table.tHead.rows[0].cells];
  heads.forEach((head, column) => head.querySelector("button")?.addEventListener("click", () => {
    const up = head.getAttribute("aria-sort") !== "ascending";
    heads.forEach((other) => other.removeAttribute("aria-sort"));
    head.setAttribute("aria-sort", up ? "ascending" : "descending");
    const value = (row) => row.cells[column].dataset.value ?? row.cells[column].textContent;
    const body = table.tBodies[0];
    body.append(...[...body.rows].sort((a, b) => (up ? 1 : -1) * value(a).localeCompare(value(b), "en", { numeric: true })));
  }));
}
`;
