/** The look of the page: light or dark as the reader has it, and black on white on paper. */
export const style = `
:root{--ink:#1c2024;--soft:#60646c;--faint:#8b8d98;--line:#dfe1e6;--ground:#fff;--band:#f7f8fa;--accent:#0b68cb;--accent-band:#e8f1fc;--good:#18794e;--notable:#0b68cb;--bad:#c62a2f;--good-band:#eaf6ef;--bad-band:#fdf0f0;--changed:#946800;--sans:system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",sans-serif;--mono:ui-monospace,"SF Mono",SFMono-Regular,Menlo,Consolas,"Liberation Mono",monospace}
@media (prefers-color-scheme:dark){:root{--ink:#e6e8eb;--soft:#a3a8b0;--faint:#7a7f87;--line:#33373d;--ground:#15171a;--band:#1c1f23;--accent:#6cb0f6;--accent-band:#16283b;--good:#5cc492;--notable:#6cb0f6;--bad:#f2777a;--good-band:#14261d;--bad-band:#2b1718;--changed:#d9ab4a}}
*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%}
body{margin:0 auto;max-width:1200px;padding:3rem 2rem 4rem;background:var(--ground);color:var(--ink);font:15px/1.55 var(--sans);font-variant-numeric:tabular-nums}
header{border-top:3px solid var(--good);padding-top:1.25rem}
header.bad{border-color:var(--bad)}
header.notable{border-color:var(--notable)}
.command{margin:0;color:var(--soft);font:13px/1.4 var(--mono)}
h1{margin:.15rem 0 1.4rem;font-size:1.75rem;font-weight:600;line-height:1.25;letter-spacing:-.015em;overflow-wrap:anywhere}
h2{margin:3rem 0 .9rem;font-size:1.05rem;font-weight:600;letter-spacing:-.005em}
h3{margin:1.6rem 0 .35rem;font-size:1rem;font-weight:600;overflow-wrap:anywhere}
h3 code{font-weight:600;background:none;padding:0}
p{margin:.35rem 0;max-width:46rem}
.facts{display:flex;flex-wrap:wrap;gap:.9rem 2.6rem;margin:0}
.facts dt{color:var(--soft);font-size:12.5px}
.facts dd{margin:0;unicode-bidi:isolate;overflow-wrap:anywhere}
code{font:.88em/1.5 var(--mono);background:var(--band);border-radius:4px;padding:.1em .32em;unicode-bidi:isolate;overflow-wrap:anywhere;white-space:pre-wrap}
pre{margin:.6rem 0;padding:.85rem 1rem;background:var(--band);border-radius:6px;font:13px/1.55 var(--mono);white-space:pre-wrap;overflow-wrap:anywhere;unicode-bidi:plaintext}
pre.failure{background:var(--bad-band);box-shadow:inset 3px 0 var(--bad)}
.gone{color:var(--bad)}.come{color:var(--good)}.changed{color:var(--changed)}
article{padding-bottom:.4rem}
article+article{border-top:1px solid var(--line)}
ul.changes,ul.changes ul{list-style:none;margin:.5rem 0;padding:0}
ul.changes ul{margin:.1rem 0 .5rem 0;padding-left:1rem;border-left:1px solid var(--line)}
ul.changes li{margin:.28rem 0}
ul.changes b{display:inline-block;min-width:4.6rem;font-weight:500;color:var(--soft)}
ul.changes .adds>b{color:var(--good)}ul.changes .removes>b{color:var(--bad)}ul.changes .changes>b{color:var(--changed)}
.findings{margin:.6rem 0;padding:.6rem 1rem .6rem 1.9rem;background:var(--band);border-radius:6px;box-shadow:inset 3px 0 var(--changed)}
.undoing,.note,footer{color:var(--soft);font-size:13.5px}
.wide{overflow-x:auto}
table{border-collapse:collapse;width:100%;font-size:14px}
th{text-align:left;font-weight:500;color:var(--soft);font-size:12.5px}
th,td{padding:.42rem 1.4rem .42rem 0;border-bottom:1px solid var(--line);vertical-align:baseline;white-space:nowrap}
td{unicode-bidi:isolate}
td.version,td.name{font:13px/1.5 var(--mono)}
td.name,td.by{white-space:normal;overflow-wrap:anywhere}
td.when,td.by small{color:var(--soft)}
td.by small{white-space:nowrap}
.state{color:var(--good)}.pending .state,.superseded .state,.notexecuted .state{color:var(--faint)}.failed .state,.failedrolledback .state{color:var(--bad)}.running .state{color:var(--changed)}
td.took{width:11rem}
.bar{display:inline-block;height:.5em;border-radius:2px;background:var(--accent);opacity:.75;margin-right:.35em}
footer{margin-top:3.5rem;padding-top:.9rem;border-top:1px solid var(--line)}
svg.diagram{display:block;max-width:100%;height:auto}
.diagram text{font:12px var(--mono);fill:var(--ink);white-space:pre;direction:ltr;unicode-bidi:plaintext}
.diagram .frame{fill:var(--ground);stroke:var(--line)}
.diagram .head{fill:var(--band)}
.diagram .name{font-weight:600}
.diagram .type,.diagram .more{fill:var(--faint)}
.diagram .nullable{fill:var(--soft)}
.diagram .changes{fill:var(--accent);font-weight:600}
.diagram .mark{font-size:9.5px;fill:var(--faint);font-weight:600}
.diagram .mark.pk{fill:var(--accent)}
.diagram .edge{fill:none;stroke:var(--faint);stroke-width:1.2;opacity:.7}
.diagram .edge.optional{stroke-dasharray:4 3}
.diagram .edge.touched{stroke:var(--accent);opacity:1}
.diagram .touched .frame{stroke:var(--accent)}
.diagram .touched .head{fill:var(--accent-band)}
@media print{:root{--ink:#000;--soft:#444;--faint:#666;--line:#bbb;--ground:#fff;--band:#f4f4f4;--accent:#0b4f9c;--accent-band:#e8f1fc;--good:#18663f;--bad:#a51d22;--bad-band:#fbeeee;--changed:#7a5600}body{max-width:none;padding:0;font-size:10.5pt}h2,h3{break-after:avoid}article,pre,tr,svg{break-inside:avoid}.wide{overflow:visible}svg.diagram{min-width:0!important}*{-webkit-print-color-adjust:exact;print-color-adjust:exact}}
`;
