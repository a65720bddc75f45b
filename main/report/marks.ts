// The mark of each technique: one closed shape in a box of 16 by 16. Its filling tells how sure, and nothing else does.

import type { Confidence, Technique } from '../../shared/domain/vocabulary.ts';

const SHAPES: { readonly [K in Technique]: string } = {
  'rst-injection': 'M3.6 1.4 8 5.8l4.4-4.4 2.2 2.2L10.2 8l4.4 4.4-2.2 2.2L8 10.2l-4.4 4.4-2.2-2.2L5.8 8 1.4 3.6Z',
  'dns-poisoning': 'M8 .9 15.1 8 8 15.1.9 8Z',
  'dns-blocking': 'M8 .6 13.4 6H2.6ZM2.6 10h10.8L8 15.4Z',
  'sni-filtering': 'M8 1.4 15 14.2H1Z',
  'http-filtering': 'M1 1.8h14L8 14.6Z',
  'quic-blocking': 'M2 1.6h5.6L14.4 8l-6.8 6.4H2L8.6 8Z',
  'ip-null-routing': 'M2.3 11.7A6.8 6.8 0 0 1 11.7 2.3ZM13.7 4.3A6.8 6.8 0 0 1 4.3 13.7Z',
  'port-blocking': 'M1.6 1.8h4v5.6h4.8V1.8h4v12.6H1.6Z',
  'http-blockpage': 'M2.6 1.2h7L13.4 5v9.8H2.6ZM5.2 8v2.6h5.6V8Z',
  'data-injection': 'M5.9 1.4h4.2v4.5h4.5v4.2h-4.5v4.5H5.9v-4.5H1.4V5.9h4.5Z',
  'tls-mitm': 'M1.2 2.2 8 6.4l6.8-4.2v11.6L8 9.6l-6.8 4.2Z',
  throttling: 'M1.4 1.8H6v4.4h4.3v4.2h4.3v3.8H1.4Z',
  'data-cutoff': 'M1 4.2h8.2v7.6H1ZM11.6 1.4h3v13.2h-3Z',
  'residual-blocking': 'M8 8V1.2A6.8 6.8 0 1 0 14.8 8Z',
};

/** Where a half filled shape begins to be filled: the lower half of what there is to see. */
const HALF: Partial<Record<Technique, number>> = { 'sni-filtering': 10.2, 'http-filtering': 5.1 };

/** `id` must be unique in the page: it names the clip of a half filled mark. */
export function mark(
  technique: Technique,
  confidence: Confidence,
  x: number,
  y: number,
  size: number,
  id: string,
): string {
  const path = SHAPES[technique];
  const scale = Math.round((size / 16) * 1000) / 1000;
  const at = `transform="translate(${x} ${y}) scale(${scale})"`;
  const line = 'fill="none" stroke="#14181d" stroke-width="1.6" stroke-linejoin="round"';
  switch (confidence) {
    case 'confirmed':
      return `<g ${at}><path fill-rule="evenodd" fill="#14181d" stroke="#14181d" stroke-width=".6" d="${path}"/></g>`;
    case 'likely':
      return (
        `<g ${at}><clipPath id="${id}"><path d="M-1 ${HALF[technique] ?? 8}h18v9H-1Z"/></clipPath>` +
        `<path fill-rule="evenodd" fill="#14181d" clip-path="url(#${id})" d="${path}"/><path ${line} d="${path}"/></g>`
      );
    case 'possible':
      return `<g ${at}><path ${line} d="${path}"/></g>`;
    default:
      return `<g ${at}><path ${line} stroke-dasharray="1.6 1.5" d="${path}"/></g>`;
  }
}
