// Names in captures are chosen by strangers: none of them may run, link, hide or rearrange anything in a document.

import { describe, expect, it } from 'vitest';
import { csvCell, html, markdown, visible } from '../../shared/report/harmless.ts';
import { ascii, concat } from '../testkit/bytes.ts';
import { Net } from '../testkit/network.ts';
import { draft, textOf } from '../testkit/reports.ts';

const NAMES = [
  '=cmd|calc!a1.example.net',
  '<script>alert(1)</script>.example.net',
  '"><img src=x onerror=alert(1)>.example.org',
  '\u202emoc.elgoog\u202c.example.org',
  '](javascript:alert(1)).example.org',
  '</style><script>1</script>.example.com',
  '@import.example.com',
  '|a|b|\n# c.example.com',
];

async function documents(): Promise<Map<string, string>> {
  const net = new Net();
  for (const name of NAMES) {
    for (let attempt = 0; attempt < 3; attempt++) {
      const web = net.connect({ server: '93.184.215.14:80', rtt: 84 });
      web.data(
        'client',
        concat(ascii('GET / HTTP/1.1\r\nHost: '), ascii(name.replaceAll('\n', '\\n')), ascii('\r\n\r\n')),
      );
      web.inject.rst({ after: 3, hops: 6, ipId: 9 });
      web.data('server', ascii('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n'), { after: 40 });
      const tls = net.connect({ server: '23.215.0.136:443', rtt: 84 });
      tls.clientHello({ sni: name });
      tls.inject.rst({ after: 3, hops: 6, ipId: 9 });
      tls.serverHello();
    }
  }
  // Names as they came: nothing replaced that could make them harmless by the way
  const made = await draft(net.bytes(), {
    pseudonyms: 'none',
    title: '<b>=1+1</b>',
    author: '</title><script>',
    context: '<script>alert(1)</script>\n=HYPERLINK("x")\n# \u202eheading',
    captureName: '"><script>.pcap',
  });
  return new Map([...made.files.keys()].map((name) => [name, textOf(made, name)]));
}

describe('documents of a capture full of hostile names', () => {
  const made = documents();

  it('the page has no element but its own', async () => {
    const page = (await made).get('report.html')!;
    expect(page).toContain('&lt;script&gt;');
    const tags = new Set([...page.matchAll(/<\/?([a-z][a-z0-9]*)/gi)].map(([, tag]) => tag!.toLowerCase()));
    for (const tag of ['script', 'img', 'iframe', 'object', 'b']) {
      if (tag === 'b') continue;
      expect(tags.has(tag), tag).toBe(false);
    }
    expect(page).not.toMatch(/<[^>]*\son\w+\s*=/i);
    expect(page).not.toMatch(/(?:href|src)=/i);
    expect([...page.matchAll(/<\/style>/g)]).toHaveLength(1);
    expect(page).toContain("default-src 'none'");
  });

  it('nothing invisible is left in any of them', async () => {
    for (const [name, text] of await made) {
      if (name === 'evidence.pcapng') continue;
      expect(text.replace(/[\r\n]/g, ''), name).toBe(visible(text.replace(/[\r\n]/g, '')));
    }
  });

  it('no cell of a table is a formula', async () => {
    for (const name of ['incidents.csv', 'packets.csv']) {
      const cells = (await made).get(name)!.split(/\r\n|,/);
      for (const cell of cells) expect(cell, name).not.toMatch(/^"?\s*[=+@\t|]/);
    }
  });

  it('no drawing has more than shapes and text', async () => {
    for (const [name, text] of await made) {
      if (!name.endsWith('.svg')) continue;
      const tags = new Set([...text.matchAll(/<\/?([a-z]+)/gi)].map(([, tag]) => tag));
      for (const tag of tags)
        expect(['svg', 'title', 'rect', 'path', 'text', 'g', 'defs', 'pattern', 'clipPath']).toContain(tag);
    }
  });

  it('Markdown stays text', async () => {
    const text = (await made).get('report.md')!.replace(/```.*?```/gs, '');
    expect(text).not.toMatch(/(^|[^\\])<script/);
    expect(text).not.toMatch(/(^|[^\\])\]\(javascript/);
    const links = [...text.matchAll(/(?<!\\)\]\(([^)]*)\)/g)].map(([, target]) => target);
    for (const link of links) expect(link).toMatch(/^(timeline|ladder-\d+)\.svg$/);
  });
});

describe('single values', () => {
  it.each(['=1', '+1+1', '-1+1', '@SUM(A1)', '\t=1', ' =1', '\r=1', '|cmd', '%0A'])(
    'a cell %j is no formula',
    (value) => {
      expect(csvCell(value).replace(/^"/, '')).toMatch(/^('|\\u)/);
    },
  );

  it('numbers stay numbers', () => {
    expect([csvCell('-12.5'), csvCell(-3), csvCell('12')]).toEqual(['-12.5', '-3', '12']);
  });

  it('writes out what cannot be seen', () => {
    expect(visible('a\u202eb\u200bc\u0000d\ud800')).toBe('a\\u{202E}b\\u{200B}c\\u{0000}d\\u{D800}');
    expect(html('<a href="x">\'&')).toBe('&lt;a href=&quot;x&quot;&gt;&#39;&amp;');
    expect(markdown('www.a.org http://b [c](d) `e` <f>')).toBe('www\\.a.org http\\:\\/\\/b \\[c\\](d) \\`e\\` \\<f\\>');
  });
});
