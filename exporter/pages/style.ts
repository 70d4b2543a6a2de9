/** The one stylesheet of both pages. It is allowed by its hash, so it stands in the page exactly as it is here. */
export const STYLE = `
:root{color-scheme:light dark;--bg:#f5f6f8;--card:#fff;--line:#e3e6eb;--text:#171a1f;--soft:#596170;--up:#1f8a4c;--up-text:#176b3a;--up-bg:#e9f6ee;--part:#b45f06;--part-bg:#fdf3e3;--down:#c5303a;--down-text:#b3202b;--down-bg:#fdecec;--none:#c3c9d3;--sign:#fff;--link:#1b5fc1}
@media (prefers-color-scheme:dark){:root{--bg:#101216;--card:#181b21;--line:#292e37;--text:#e8eaee;--soft:#9aa4b4;--up:#35a868;--up-text:#5fcf90;--up-bg:#13261b;--part:#e09a3a;--part-bg:#2a2011;--down:#ec5f67;--down-text:#ff8a90;--down-bg:#2e1719;--none:#434b58;--sign:#101216;--link:#7fb0ff}}
*{box-sizing:border-box}
body{margin:0;background:var(--bg);color:var(--text);font:15px/1.45 system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans","DejaVu Sans",sans-serif;font-variant-numeric:tabular-nums;-webkit-text-size-adjust:100%}
header,main,footer{max-width:1080px;margin:0 auto;padding:0 16px}
header{display:flex;flex-wrap:wrap;justify-content:space-between;align-items:center;gap:4px 16px;padding-top:14px;padding-bottom:14px}
a{color:var(--link);text-decoration:none}
a:hover{text-decoration:underline}
:focus-visible{outline:2px solid var(--link);outline-offset:2px;border-radius:4px}
.brand{color:var(--text);font-weight:650}
nav ul{display:flex;flex-wrap:wrap;gap:4px;margin:0;padding:0;list-style:none}
nav a{display:block;padding:6px 10px;border-radius:8px;color:var(--soft)}
nav a[aria-current]{background:var(--card);color:var(--text);box-shadow:inset 0 0 0 1px var(--line)}
h1,h2,h3,p,dl,dd,ul{margin:0}
h1{font-size:1.5rem;line-height:1.25;letter-spacing:-.01em}
h2{font-size:.8rem;font-weight:600;color:var(--soft);margin:0 0 6px 2px}
h1,h3,p,dt,dd,li,th{overflow-wrap:anywhere}
.hidden{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}
.sign{flex:none;width:16px;height:16px;fill:none;stroke-width:2;stroke-linecap:round;stroke-linejoin:round}
.sign circle{stroke:none}
.sign path{stroke:var(--sign)}
.sign.up circle,.strip .up{fill:var(--up)}
.sign.part circle{fill:var(--part)}
.sign.down circle,.strip .down{fill:var(--down)}
.sign.unknown circle{fill:var(--soft)}
.strip .unknown{fill:var(--none)}
.hero{display:flex;gap:14px;align-items:flex-start;padding:18px;border-radius:14px;background:var(--card);box-shadow:inset 0 0 0 1px var(--line)}
.hero.up{background:var(--up-bg)}
.hero.part{background:var(--part-bg)}
.hero.down{background:var(--down-bg)}
.hero>.sign{width:32px;height:32px}
.hero>div{min-width:0}
.hero p,.troubles{margin-top:2px}
.troubles{padding:0;list-style:none}
.figures{margin:12px 0 0}
.figures dl{display:grid;grid-template-columns:repeat(auto-fit,minmax(138px,1fr));gap:1px;border-radius:14px;overflow:hidden;background:var(--line);box-shadow:0 0 0 1px var(--line)}
.figures div{display:flex;flex-direction:column-reverse;justify-content:flex-end;padding:10px 14px;background:var(--card)}
.figures dt{font-size:.8rem;line-height:1.3;color:var(--soft)}
.figures dd{font-size:1.25rem;font-weight:600}
.group{margin-top:20px}
.rows,.card{padding:0;list-style:none;border-radius:14px;background:var(--card);box-shadow:inset 0 0 0 1px var(--line)}
.row{display:grid;grid-template-columns:minmax(0,1fr) auto;gap:2px 12px;align-items:baseline;padding:11px 16px}
.row+.row{border-top:1px solid var(--line)}
.row h3{display:flex;gap:9px;align-items:flex-start;font-size:1rem;font-weight:600;min-width:0}
.row h3 span{min-width:0}
.row h3 .sign{margin-top:3px}
.row p{font-size:.85rem;color:var(--soft)}
.row .state{grid-column:1/-1;grid-row:2;padding:0 4.6em 0 25px}
.row.up .state{color:var(--soft)}
.row.down .state,.row .error{color:var(--down-text)}
.row.down .state{font-weight:600}
.row.down .state span{font-weight:400}
.row .value{grid-column:2;grid-row:1;max-width:46vw;text-align:right}
.row .value span{white-space:nowrap}
.strip{display:block;width:100%;height:22px}
.row .strip{grid-column:1/-1;margin-top:5px}
.row .uptime{grid-column:1/-1;grid-row:2;justify-self:end}
.row .error{grid-column:1/-1;padding-left:25px;margin-top:3px}
details{margin-top:20px;color:var(--soft);font-size:.9rem}
summary{cursor:pointer;padding:6px 2px}
details dl{padding:4px 0 0 2px}
details div{display:flex;flex-wrap:wrap;gap:0 10px;padding:2px 0}
details dt{color:var(--text)}
details dd{min-width:0}
footer{display:flex;flex-wrap:wrap;justify-content:space-between;gap:4px 16px;padding-top:20px;padding-bottom:28px;color:var(--soft);font-size:.85rem}
.note{margin-top:8px;color:var(--soft);font-size:.85rem}
.worker{padding:12px 16px}
.worker+.worker{border-top:1px solid var(--line)}
.worker h3{display:flex;gap:9px;font-size:1rem;font-weight:600}
.worker h3>span{min-width:0}
.worker h3 .sign{margin-top:3px}
.worker h3 small{font-weight:400;font-size:.85rem;color:var(--soft)}
.worker.down h3 small{color:var(--down-text)}
.worker p{font-size:.85rem;color:var(--soft);padding-left:25px}
.worker dl{padding:2px 0 0 25px;font-size:.9rem}
.worker dt{margin-top:4px}
.worker dt{color:var(--soft)}
.worker li{display:flex;justify-content:space-between;gap:12px;list-style:none}
.worker ul{padding:0}
.worker li span:last-child{color:var(--soft);white-space:nowrap}
table{width:100%;border-collapse:collapse;font-size:.9rem}
.card{overflow-x:auto}
th,td{padding:7px 6px;text-align:right;vertical-align:baseline;font-weight:400}
th:first-child,td:first-child{padding-left:16px;text-align:left}
th:last-child,td:last-child{padding-right:16px}
thead th{color:var(--soft);font-size:.8rem;overflow-wrap:normal}
tbody tr{border-top:1px solid var(--line)}
tbody th{color:var(--text);min-width:7em}
td{white-space:nowrap}
td.zero{color:var(--soft)}
td strong{font-weight:650}
@media (max-width:480px){
th,td{padding:7px 4px}
table{font-size:.82rem}
}
@media (min-width:760px){
.row{grid-template-columns:minmax(0,1.15fr) minmax(0,1fr) minmax(180px,2fr) 4.6em;gap:2px 18px;align-items:center}
.row h3{grid-column:1;grid-row:1}
.row .state{grid-column:1;grid-row:2;padding-right:0}
.row .value{grid-column:2;grid-row:1/3;max-width:none}
.row .strip{grid-column:3;grid-row:1/3;margin:0;height:28px}
.row .uptime{grid-column:4;grid-row:1/3;justify-self:auto;text-align:right}
.hero{padding:22px 24px}
.hero>.sign{width:36px;height:36px}
h1{font-size:1.75rem}
.worker dl{display:grid;grid-template-columns:minmax(84px,auto) minmax(0,1fr);gap:3px 14px}
.worker dt{margin:0}
th,td{padding:7px 10px}
thead th:not(:first-child){width:10%}
}
`;
