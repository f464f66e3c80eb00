/**
 * What Argo CD's own classes (`white-box`) leave open. Its dark theme is the class `theme-dark` on an ancestor; text has at least
 * the contrast of WCAG AA on the backgrounds of both.
 */
export const STYLE = `
.lynceus-images{--lynceus-text:#363c4a;--lynceus-muted:#526370;--lynceus-line:#ccd6dd;--lynceus-link:#006f8a;--lynceus-code:#eff3f5;
--lynceus-good:#0a6f2c;--lynceus-wait:#8a5f00;--lynceus-bad:#c2182b;color:var(--lynceus-text);font-size:14px;line-height:1.5;padding:4px 0 40px}
.theme-dark .lynceus-images{--lynceus-text:#f1f5f7;--lynceus-muted:#b9c6cf;--lynceus-line:#555b63;--lynceus-link:#8edbe6;--lynceus-code:#1e2023;
--lynceus-good:#4fd07f;--lynceus-wait:#f4c030;--lynceus-bad:#ff8089}
.lynceus-images *{box-sizing:border-box}
.lynceus-images .white-box{padding:16px 20px;margin:0 0 14px;color:inherit;font-size:inherit}
.lynceus-images ul{list-style:none;margin:0;padding:0}
.lynceus-images h3{font-size:16px;line-height:1.4;font-weight:600;margin:0;color:inherit;overflow-wrap:anywhere}
.lynceus-images h4{font-size:13px;font-weight:600;margin:14px 0 4px;color:var(--lynceus-muted)}
.lynceus-images p{font-size:14px;margin:6px 0;color:inherit;overflow-wrap:anywhere}
.lynceus-images a{color:var(--lynceus-link);text-decoration:underline}
.lynceus-images code{font-family:ui-monospace,Menlo,Consolas,monospace;font-size:12.5px;color:inherit;background:var(--lynceus-code);border:0;
border-radius:3px;padding:1px 4px;overflow-wrap:anywhere;white-space:normal}
.lynceus-images__head{display:flex;gap:8px 14px;flex-wrap:wrap;align-items:baseline;justify-content:space-between}
.lynceus-images__muted{color:var(--lynceus-muted)}
.lynceus-images__outcome{border:1px solid currentColor;border-radius:10px;padding:0 10px;font-size:12.5px;font-weight:600;white-space:nowrap;
color:var(--lynceus-muted)}
.lynceus-images__outcome--current,.lynceus-images__outcome--updated{color:var(--lynceus-good)}
.lynceus-images__outcome--held,.lynceus-images__outcome--update{color:var(--lynceus-wait)}
.lynceus-images__outcome--failed{color:var(--lynceus-bad)}
.lynceus-images__versions{margin:8px 0 0;display:flex;gap:4px 24px;flex-wrap:wrap}
.lynceus-images dl{margin:10px 0 0;display:grid;grid-template-columns:minmax(90px,140px) 1fr;border-top:1px solid var(--lynceus-line)}
.lynceus-images dt{font-weight:500;font-size:13px;color:var(--lynceus-muted);padding:7px 12px 7px 0;border-bottom:1px solid var(--lynceus-line);margin:0}
.lynceus-images dd{margin:0;padding:7px 0;border-bottom:1px solid var(--lynceus-line);overflow-wrap:anywhere;min-width:0}
.lynceus-images__changes li{padding:5px 0;border-bottom:1px solid var(--lynceus-line);overflow-wrap:anywhere}
.lynceus-images button{font:inherit;font-size:13px;color:var(--lynceus-link);background:none;border:1px solid var(--lynceus-line);border-radius:4px;
padding:3px 10px;margin-top:10px;cursor:pointer}
.lynceus-images button:focus-visible,.lynceus-images a:focus-visible{outline:2px solid var(--lynceus-link);outline-offset:2px}
.lynceus-images__notice{border-left:4px solid var(--lynceus-wait)}
.lynceus-images__unseen{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}
`;
