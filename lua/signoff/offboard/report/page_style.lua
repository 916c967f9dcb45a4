-- SPDX-License-Identifier: MIT

--- The style of the page of a report. A verdict has a word, a shape and a colour; what is printed is the whole page, in black on white.
-- @module signoff.offboard.report.page_style

return [[
:root{color-scheme:light dark;--ink:#1a1a1f;--paper:#fff;--soft:#f2f2f6;--line:#8b8b97;--link:#0a4cab;
--good:#0a6630;--bad:#b0120d;--unsure:#7a4a00;--aside:#065f6a;--later:#6a1f8a}
@media (prefers-color-scheme:dark){:root{--ink:#ededf2;--paper:#15151a;--soft:#222229;--line:#85858f;--link:#8fbcff;
--good:#74dd90;--bad:#ff978f;--unsure:#f3c26e;--aside:#74d8e2;--later:#dcabf7}}
*{box-sizing:border-box}
body{margin:0 auto;max-width:80rem;padding:1rem;background:var(--paper);color:var(--ink);
font:1rem/1.5 system-ui,"Segoe UI",Roboto,"DejaVu Sans",sans-serif;overflow-wrap:anywhere}
h1{font-size:1.6rem;line-height:1.25;margin:.5rem 0}
h2{font-size:1.25rem;margin:2rem 0 .5rem;border-bottom:2px solid var(--line)}
a{color:var(--link)}
a,b,bdi,code{unicode-bidi:isolate}
:focus-visible{outline:3px solid var(--link);outline-offset:2px}
.skip{position:absolute;left:-99rem}
.skip:focus{position:static}
.sum{font-size:1.2rem;font-weight:bold;margin:.5rem 0}
.note{border-left:.4rem solid var(--line);padding:.2rem .8rem;margin:.5rem 0;background:var(--soft)}
.facts{display:grid;grid-template-columns:max-content 1fr;gap:.1rem 1rem;margin:1rem 0}
.facts dt{font-weight:bold}
.facts dd{margin:0}
code,time{font-family:ui-monospace,"DejaVu Sans Mono",Consolas,monospace;font-size:.9em}
time{white-space:nowrap}
table{border-collapse:collapse;width:100%}
caption{text-align:left;padding:.3rem 0}
th,td{text-align:left;vertical-align:top;padding:.2rem .6rem;border-bottom:1px solid var(--line);unicode-bidi:isolate}
thead th{background:var(--soft);overflow-wrap:normal}
.n{text-align:right;font-variant-numeric:tabular-nums;overflow-wrap:normal}
.bar{width:25%;min-width:8rem}
svg{display:block;width:100%;height:1.2rem}
rect{stroke:var(--paper);stroke-width:2;vector-effect:non-scaling-stroke}
.g{color:var(--good);fill:var(--good)}
.b{color:var(--bad);fill:var(--bad)}
.u{color:var(--unsure);fill:var(--unsure)}
.a{color:var(--aside);fill:var(--aside)}
.l{color:var(--later);fill:var(--later)}
.g::before,.b::before,.u::before,.a::before,.l::before{font-weight:bold;white-space:pre}
.g::before{content:"\2713  ";content:"\2713  " / ""}
.b::before{content:"\2717  ";content:"\2717  " / ""}
.u::before{content:"?  ";content:"?  " / ""}
.a::before{content:"\25CB  ";content:"\25CB  " / ""}
.l::before{content:"\2026  ";content:"\2026  " / ""}
.wide{overflow-x:auto}
form{display:flex;flex-wrap:wrap;gap:.5rem 1rem;align-items:end;margin:.5rem 0}
form[hidden]{display:none}
label{display:grid}
input,select,button{font:inherit;color:inherit;background:var(--paper);border:1px solid var(--line);padding:.3rem .6rem;min-height:2rem}
details{border-bottom:1px solid var(--line);padding:.3rem 0}
summary{cursor:pointer;padding:.2rem}
details ul{list-style:none;margin:.2rem 0;padding-left:1.5rem}
details ol{list-style:none;margin:0 0 .4rem;padding-left:1.5rem}
:target{background:var(--soft);outline:2px solid var(--line)}
.sign{display:grid;grid-template-columns:8rem 2fr 1fr 2fr;gap:2rem 1rem;margin:1.5rem 0}
.sign span{border-bottom:1px solid var(--ink);min-height:1.5rem;color:var(--ink)}
.words{display:grid;grid-template-columns:max-content 1fr;gap:.1rem 1rem}
.words dd{margin:0}
@media (max-width:40rem){.facts,.words,.sign{grid-template-columns:1fr}}
@media print{
:root{color-scheme:light;--ink:#000;--paper:#fff;--soft:#fff;--line:#777;--link:#000;
--good:#0a6630;--bad:#b0120d;--unsure:#7a4a00;--aside:#065f6a;--later:#6a1f8a}
body{max-width:none;padding:0;font-size:9pt}
form,.skip{display:none}
.wide{overflow:visible}
table{font-size:8pt}
th,td{padding:.1rem .25rem}
thead th,.n{overflow-wrap:anywhere}
.bar{min-width:2rem;width:15%}
a{text-decoration:none}
tr,li,.sign,.facts{break-inside:avoid}
h2,summary{break-after:avoid}
tr[hidden]{display:table-row!important}
details[hidden]{display:block!important}
details::details-content{content-visibility:visible!important;display:block!important;height:auto!important}
}
]]
