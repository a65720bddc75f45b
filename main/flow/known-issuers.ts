// Who signs certificates for names that are not his: authorities that states had people install, and the programs and
// boxes that read along for their owner. By the issuer's common name; what TLS 1.3 hides nobody sees here.

export interface KnownIssuer {
  readonly system: string;
  readonly country: string | null;
  /** A `state` reads along on the way, a `product` where its owner put it. */
  readonly kind: 'state' | 'product';
  readonly source: string;
  readonly date: string;
}

const KILLED_BY_PROXY = { source: 'de Carnavalet and Mannan, Killed by Proxy (NDSS 2016)', date: '2016-02' };

function product(
  system: string,
  from: { readonly source: string; readonly date: string } = KILLED_BY_PROXY,
): KnownIssuer {
  return { system, country: null, kind: 'product', ...from };
}

const ISSUERS: ReadonlyMap<string, KnownIssuer> = new Map([
  [
    'Qaznet Trust Network',
    {
      system: 'Kazakhstan, national security certificate',
      country: 'KZ',
      kind: 'state',
      source: 'Censored Planet, Kazakhstan’s HTTPS interception',
      date: '2019-07',
    },
  ],
  ['avast! Web/Mail Shield Root', product('Avast')],
  ['Avast Web/Mail Shield Root', product('Avast')],
  ['AVG Web/Mail Shield Root', product('AVG')],
  ['Kaspersky Anti-Virus Personal Root Certificate', product('Kaspersky')],
  ['ESET SSL Filter CA', product('ESET')],
  ['Bitdefender Personal CA.Net-Defender', product('Bitdefender')],
  ['Superfish, Inc.', product('Superfish', { source: 'US-CERT, alert TA15-051A', date: '2015-02' })],
  ['mitmproxy', product('mitmproxy', { source: 'mitmproxy documentation, certificates', date: '2024' })],
]);

export function knownIssuer(issuer: string | null): KnownIssuer | null {
  return issuer === null ? null : (ISSUERS.get(issuer) ?? null);
}
