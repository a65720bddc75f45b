// The report as it would be written, on its paper: the document itself in a frame that runs no scripts. Its styles come
// as a sheet that the page makes, because the policy of the app allows none inside a document.

import { useCallback, useEffect, useMemo, useRef, useState } from 'react';

/** Pixels: A4 at 96 a inch. */
export const PAPER = 794;
/** Until its height is known. */
const TALL = 1_123;

/** The document without its styles, and these. */
export function apart(page: string): { readonly markup: string; readonly styles: string } {
  const styles: string[] = [];
  const markup = page.replace(/<style>([\s\S]*?)<\/style>/g, (_whole, css: string) => {
    styles.push(css);
    return '';
  });
  return { markup: markup.replace(/<meta http-equiv="Content-Security-Policy"[^>]*>/, ''), styles: styles.join('\n') };
}

/** The fonts of the app, which a frame does not inherit, by their whole addresses. */
function fontRules(): string {
  const rules: string[] = [];
  for (const sheet of document.styleSheets) {
    for (const rule of sheet.cssRules) {
      if (!(rule instanceof CSSFontFaceRule)) continue;
      const from = sheet.href ?? document.baseURI;
      rules.push(rule.cssText.replace(/url\("?([^")]+)"?\)/g, (_whole, url: string) => `url("${new URL(url, from)}")`));
    }
  }
  return rules.join('\n');
}

export function PaperPage({ page, label }: { readonly page: string; readonly label: string }) {
  const frame = useRef<HTMLIFrameElement>(null);
  const paper = useRef<HTMLDivElement>(null);
  const [isLoaded, setLoaded] = useState(false);
  const [height, setHeight] = useState(TALL);
  const [scale, setScale] = useState(0);
  const { markup, styles } = useMemo(() => apart(page), [page]);

  const measure = useCallback(() => {
    const inner = frame.current?.contentDocument?.documentElement;
    if (inner !== undefined && inner !== null) setHeight(inner.scrollHeight);
  }, []);

  useEffect(() => {
    const outer = paper.current;
    if (outer === null) return;
    const observer = new ResizeObserver(() => setScale(Math.min(1, outer.clientWidth / PAPER)));
    observer.observe(outer);
    return () => observer.disconnect();
  }, []);

  useEffect(() => {
    const inner = frame.current?.contentDocument;
    const view = inner?.defaultView;
    if (!isLoaded || inner === undefined || inner === null || view === null || view === undefined) return;
    const made = new DOMParser().parseFromString(markup, 'text/html');
    inner.replaceChild(inner.adoptNode(made.documentElement), inner.documentElement);
    // A sheet belongs to the document that it is made in
    const Sheet = (view as unknown as { readonly CSSStyleSheet: typeof CSSStyleSheet }).CSSStyleSheet;
    const sheets = [fontRules(), styles, 'html,body,main{background:#fff}main{margin:0;box-shadow:none}'].map((css) => {
      const sheet = new Sheet();
      sheet.replaceSync(css);
      return sheet;
    });
    inner.adoptedStyleSheets = sheets;
    measure();
    let isGone = false;
    void inner.fonts.ready.then(() => {
      if (!isGone) measure();
    });
    return () => {
      isGone = true;
    };
  }, [isLoaded, markup, styles, measure]);

  return (
    <div ref={paper} className="report-paper" style={{ blockSize: height * scale }}>
      <iframe
        ref={frame}
        title={label}
        sandbox="allow-same-origin"
        srcDoc="<!doctype html><title>–</title>"
        onLoad={() => setLoaded(true)}
        style={{ inlineSize: PAPER, blockSize: height, transform: `scale(${scale})` }}
      />
    </div>
  );
}
