// How the page looks: paper first, light only, nothing from elsewhere. Serif for what is concluded, sans for the rest,
// mono for what packets say; hatching for what did not come from whom it says.

/** `footer`: printed at the foot of every page. */
export function styleSheet(footer: { readonly left: string; readonly right: string; readonly of: string }): string {
  return `
:root{color-scheme:light;--ink:#14181d;--ink-2:#33393f;--ink-3:#5b636d;--rule:#c6cbd1;--hair:#e3e6e9;
--ui:Inter,'Inter Variable',Vazirmatn,'Noto Sans SC','Noto Sans CJK SC',system-ui,'Segoe UI','Helvetica Neue',Arial,'PingFang SC','Microsoft YaHei',sans-serif;
--read:'Source Serif 4','Source Serif 4 Variable','Source Serif Pro',Vazirmatn,'Noto Serif SC',Charter,'Iowan Old Style',Georgia,'Noto Serif','DejaVu Serif','Songti SC','Noto Sans SC',serif;
--mono:'JetBrains Mono','JetBrains Mono Variable',ui-monospace,'SF Mono',Menlo,Consolas,'DejaVu Sans Mono','Noto Sans SC',monospace}
:root:lang(fa){--read:Vazirmatn,'Noto Naskh Arabic','DejaVu Sans',Tahoma,sans-serif;--ui:Vazirmatn,'Noto Naskh Arabic','DejaVu Sans',Tahoma,sans-serif}
*{box-sizing:border-box}
html{background:#eceff1}
body{margin:0;background:#eceff1;color:var(--ink);font:12.5px/19px var(--ui);-webkit-text-size-adjust:100%}
main{width:794px;max-width:100%;margin:28px auto;padding:52px 64px 56px;background:#fff;box-shadow:0 0 0 1px #14181d14,0 6px 24px #14181d14}
.top{display:flex;justify-content:space-between;gap:24px;font-size:11px;color:var(--ink-3);border-bottom:2px solid var(--ink);padding-bottom:8px}
h1 .m,.lead .m{font:inherit}
.lead .m{font-weight:600}
h1{font:500 30px/36px var(--read);letter-spacing:-.012em;margin:22px 0 12px;text-wrap:balance;overflow-wrap:anywhere}
h2{font:600 17px/24px var(--ui);margin:36px 0 6px;padding-top:10px;border-top:1px solid var(--ink);break-after:avoid}
h2 .n{color:var(--ink-3);font-weight:400;margin-inline-end:10px}
h3{font:600 13px/19px var(--ui);margin:20px 0 6px;break-after:avoid}
p{margin:0 0 8px;max-width:72ch;overflow-wrap:anywhere}
.lead{font:15.5px/23px var(--read);margin-bottom:8px}
.lead b{font-weight:600}
.not{border-inline-start:2px solid var(--ink);padding-inline-start:12px;margin:14px 0 18px;color:var(--ink-2)}
.note{font-size:11px;line-height:16px;color:var(--ink-3);margin-top:6px}
.notice{border:1px solid var(--rule);padding:8px 12px;margin:14px 0;font-size:12px}
.m{font-family:var(--mono);font-size:.93em;overflow-wrap:break-word}
th,.list td:first-child{white-space:nowrap}
.kf th,.kf td .m{overflow-wrap:anywhere}
.kf th{white-space:normal}
bdi.m{unicode-bidi:isolate}
table{border-collapse:collapse;width:100%;margin:6px 0 10px;font-size:12px;line-height:18px}
td,th{text-align:start;vertical-align:top;padding:3px 8px;border-bottom:1px solid var(--hair);overflow-wrap:break-word}
td:first-child,th:first-child{padding-inline-start:0}
td:last-child,th:last-child{padding-inline-end:0}
th{font-size:11px;font-weight:500;color:var(--ink-3)}
thead th{border-bottom:1px solid var(--rule)}
tr{break-inside:avoid}
.kf{border-top:1px solid var(--ink)}
.kf th{width:156px;font-weight:400;font-size:12px;padding-inline-start:0}
.cmp td{font-family:var(--mono);font-size:11.5px;padding-inline:8px}
.cmp td:first-child{font-family:var(--ui);font-size:12px}
.cmp td.differs{font-weight:600}
.hatch td{background:url("data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' width='6' height='6'%3E%3Cpath d='M-1 1l2-2M0 6l6-6M5 7l2-2' stroke='%2314181d' stroke-opacity='.2'/%3E%3C/svg%3E")}
.hatch td span,.hatch td bdi{background:#fff;padding:0 2px}
.claims td:first-child{font-weight:600;white-space:nowrap;width:44px}
.claims td.w{white-space:nowrap;width:90px}
.claims td.f{width:176px}
.verdict{display:flex;gap:12px;align-items:flex-start;margin:0 0 10px}
.verdict svg{flex:none;margin-top:4px}
.verdict p{margin:0}
.check td:first-child{width:44%}
.check td.s{white-space:nowrap;width:112px;font-weight:600}
.ruled-out .what{text-decoration:line-through;text-decoration-thickness:1px;color:var(--ink-3)}
.check .open .what,.check .open .s{font-weight:700}
.pseud{box-shadow:inset 0 0 0 1px var(--ink);padding:0 3px;border-radius:2px}
.drawing{display:block;max-width:100%;height:auto;margin:8px 0}
figure{margin:18px 0 14px;break-inside:avoid}
figcaption{font-weight:600;font-size:13px}
pre{font:11px/17px var(--mono);background:#f6f7f8;padding:8px 10px;margin:6px 0 12px;white-space:pre-wrap;overflow-wrap:anywhere;direction:ltr;text-align:left}
ul{margin:0 0 10px;padding-inline-start:18px}
li{margin-bottom:3px;max-width:72ch}
dl{margin:0}dt{font-weight:600;margin-top:6px}dd{margin:0 0 2px;max-width:72ch}
.context{font:14.5px/22px var(--read);white-space:pre-wrap}
.en{color:var(--ink-3)}
.page-break{break-before:page}
footer{margin-top:32px;border-top:1px solid var(--rule);padding-top:6px;font-size:10.5px;line-height:15px;color:var(--ink-3)}
:root:lang(fa) body{line-height:23px}
:root:lang(fa) h1{line-height:46px;letter-spacing:0}
:root:lang(fa) .lead,:root:lang(fa) .context{line-height:28px}
:root:lang(zh) h1{letter-spacing:0}
@media screen and (max-width:700px){main{padding:28px 20px;margin:0}table{display:block;overflow-x:auto}}
@page{size:A4;margin:16mm 17mm 20mm;
@bottom-left{content:${cssText(footer.left)};font:8px/11px var(--ui),sans-serif;color:#5b636d;white-space:pre;text-align:left}
@bottom-right{content:${cssText(`${footer.right}\n`)} counter(page) ${cssText(` ${footer.of} `)} counter(pages);font:8px/11px var(--ui),sans-serif;color:#5b636d;white-space:pre;text-align:right}}
@media print{html,body{background:#fff}main{width:auto;margin:0;padding:0;box-shadow:none}.drawing{width:100%}
*{-webkit-print-color-adjust:exact;print-color-adjust:exact}footer{display:none}a{color:inherit}}
`;
}

/** A CSS string; whatever could end it or the style element is written as an escape. */
function cssText(text: string): string {
  const safe = Array.from(text, (letter) =>
    /[\w .:,·/-]/u.test(letter) && letter.charCodeAt(0) < 128
      ? letter
      : `\\${letter.codePointAt(0)!.toString(16).padStart(6, '0')}`,
  );
  return `"${safe.join('')}"`;
}
