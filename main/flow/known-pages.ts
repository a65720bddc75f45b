// Pages that states, providers and filtering products put in place of the one asked for, by a phrase that no other page
// holds. Each is a single fact with its source and date; what looks like such a page and is none comes first.
//
// Asked of the beginning of a reply only, so a page that names a filter far down in its text is none.

export interface KnownPage {
  readonly system: string;
  readonly country: string | null;
  /**
   * `state` and `provider` pages say that somebody is not to see it; a `product` serves whoever bought it. `listed`: an
   * imported list says so, named by `source`, and nobody here checked it.
   */
  readonly kind: 'state' | 'provider' | 'product' | 'listed';
  readonly phrase: string;
  /** Domains of whoever made the page: there it is their own. */
  readonly own: readonly string[];
  readonly source: string;
  readonly date: string;
  /** Of a listed one: the list itself says that a match may well be ordinary. */
  readonly vague?: boolean;
}

/** Pages of imported lists; both are asked about the beginning of a reply. */
export interface ListedPages {
  find(bytes: Uint8Array, start: number, end: number): KnownPage | null;
  /** A list says that it only looks like a block page. */
  isNone(bytes: Uint8Array, start: number, end: number): boolean;
}

const CENSORED_PLANET = { source: 'Censored Planet, block-page signatures', date: '2022-06' };
const CITIZEN_LAB = { source: 'Citizen Lab, filtering annotations', date: '2022-03' };

function page(
  system: string,
  country: string | null,
  kind: KnownPage['kind'],
  phrase: string,
  own: readonly string[] = [],
  from: { readonly source: string; readonly date: string } = CENSORED_PLANET,
): KnownPage {
  return { system, country, kind, phrase: utf8(phrase), own, ...from };
}

/** As the bytes of it look when each is read as one character. */
function utf8(text: string): string {
  return String.fromCharCode(...new TextEncoder().encode(text));
}

const PAGES: readonly KnownPage[] = [
  page('Iran', 'IR', 'state', 'src="http://10.10.34.34'),
  page('Iran', 'IR', 'state', 'src="http://10.10.34.35'),
  page('Iran', 'IR', 'state', 'src="http://10.10.34.36', [], { source: 'net4people/bbs#226', date: '2023-03' }),
  page('Pakistan, "Surf Safely"', 'PK', 'state', 'prohibited for viewership from within Pakistan'),
  page('Pakistan, "Surf Safely"', 'PK', 'state', '<title>Surf Safely', [], {
    source: 'CenTrace public captures',
    date: '2022',
  }),
  page('Saudi Arabia', 'SA', 'state', 'Sorry, the requested page is violating the regulations of'),
  page('Republic of Korea', 'KR', 'state', 'http://www.warning.or.kr', ['warning.or.kr']),
  page('Republic of Korea', 'KR', 'state', 'http://warning.or.kr', ['warning.or.kr']),
  page('Indonesia, Trust Positif', 'ID', 'state', 'https://trustpositif.kominfo.go.id/', ['kominfo.go.id']),
  page('Indonesia, Trust Positif', 'ID', 'state', 'http://lamanlabuh.aduankonten.id', ['aduankonten.id'], {
    source: 'net4people/bbs#316',
    date: '2023-11',
  }),
  page(
    'Indonesia, Internet Positif',
    'ID',
    'provider',
    'http://internet-positif.org',
    ['internet-positif.org'],
    CITIZEN_LAB,
  ),
  page('Thailand', 'TH', 'state', 'https://illegal.mdes.go.th', ['mdes.go.th']),
  page('Turkey, BTK', 'TR', 'state', 'uyarınca Erişim Sağlayıcıları Birliği tarafından erişime engellen'),
  page('Turkey, BTK', 'TR', 'state', 'sayılı Telekomünikasyon İletişim Başkanlığı kararıyla erişime engellen'),
  page('Turkey, BTK', 'TR', 'state', 'SULH CM kararıyla erişime engellenmiştir'),
  page('Russia, Roskomnadzor register', 'RU', 'provider', 'http://blocklist.rkn.gov.ru', ['rkn.gov.ru']),
  page('Russia, Roskomnadzor register', 'RU', 'provider', 'href="https://blocklist.rkn.gov.ru', ['rkn.gov.ru']),
  page('Russia, Roskomnadzor register', 'RU', 'provider', 'eais.rkn.gov.ru/">', ['rkn.gov.ru']),
  page('Italy', 'IT', 'state', 'al presente sito &egrave; stato disabilitato in esecuzione di un provvedimento'),
  page('Australia, Federal Court', 'AU', 'state', 'disabled because the Federal Court of Australia has determined'),
  page('Belgium, gaming commission', 'BE', 'state', 'http://webstop.gamingcommission.be', ['gamingcommission.be']),
  page('United Kingdom, court orders', 'GB', 'provider', 'http://www.ukispcourtorders.co.uk', [
    'ukispcourtorders.co.uk',
  ]),
  page('Singapore', 'SG', 'state', 'unavailable as it contains prohibited material.'),
  page('Singapore', 'SG', 'state', 'pursuant to an Order of the High Court of Singapore'),
  page(
    'India',
    'IN',
    'provider',
    'has been blocked as per order of Ministry of Electronics and Information Technology',
  ),
  page('Nepal', 'NP', 'provider', 'has been restricted as per the directive of Nepal'),
  page('Moldova', 'MD', 'state', 'http://blackhole.transcor.md', ['transcor.md']),
  page('Lithuania', 'LT', 'state', 'https://blokuojama.lpt.lt', ['lpt.lt']),
  page('VAS Experts', 'RU', 'product', 'http://vasexperts.ru/test/blocked.php', ['vasexperts.ru']),
  page('Fortinet FortiGuard', null, 'product', '//url.fortinet.net:8008/', ['fortinet.net', 'fortinet.com']),
  page('Fortinet FortiGuard', null, 'product', 'FortiGuard Intrusion Prevention - Access Blocked', ['fortinet.com']),
  page('Fortinet FortiGuard', null, 'product', '<title>Web Filter Violation</title>', ['fortinet.com']),
  page('Barracuda NextGen Firewall', null, 'product', '<th>Barracuda NextGen Firewall:</th>', ['barracuda.com']),
  page('Barracuda NextGen Firewall', null, 'product', 'Server: Barracuda/NGFirewall', ['barracuda.com']),
  page('Palo Alto Networks', null, 'product', '<body bgcolor="#e7e8e9"><div id="content"><h1>Web Page Blocked</h1>'),
  page(
    'Palo Alto Networks',
    null,
    'product',
    'Access to the web page you were trying to visit has been blocked in accordance with',
  ),
  page('SonicWall', null, 'product', 'http://cfssupport.sonicwall.com', ['sonicwall.com']),
  page('WatchGuard', null, 'product', 'denied by WatchGuard HTTP Proxy', ['watchguard.com']),
  page('McAfee Web Gateway', null, 'product', 'McAfee Web Gateway - Notification - Blocked by', ['mcafee.com']),
  page('Kerio Control', null, 'product', 'создано прокси-сервером Kerio Control', ['kerio.ru', 'kerio.com']),
  page('NetentSec', 'CN', 'product', '<title>NetentSec Content Filter - Access Denied</title>'),
  page('Juniper', null, 'product', 'Juniper Web Filtering has been set to block this site', ['juniper.net']),
  page('Cisco Umbrella', null, 'product', 'https://block.opendns.com', ['opendns.com', 'umbrella.com', 'cisco.com']),
  page('Akamai Enterprise Threat Protector', null, 'product', 'http://error.etp.akamai.com/error.html', ['akamai.com']),
  page('Turkey, BTK', 'TR', 'product', 'policyName=BTK_FILTER'),
];

/** Pages of the site's own house, of its hosting or of what protects it. Such a refusal is the server's. */
const NOT_BLOCKING: readonly string[] = [
  'used Cloudflare to restrict access',
  '<title>Attention Required! | Cloudflare</title>',
  'The Amazon CloudFront distribution is configured to block access from your country',
  'Sucuri WebSite Firewall',
  'Incapsula incident ID',
  'errors.edgesuite.net',
  'Thank you for using nginx.',
  'Apache is functioning normally',
  'This domain is ready to be registered.',
  '/cgi-sys/defaultwebpage.cgi',
];

/** One pass over the text of every page that is none of them. */
const ANY = new RegExp(PAGES.map(({ phrase }) => phrase.replace(/[^\w ]/g, '\\$&')).join('|'));

/** Bytes of a reply that are looked at. */
export const PAGE_TEXT = 2_048;

/** The page that the beginning of a reply (status line, headers and what is there of the body) is known as, or null. */
export function knownPage(
  bytes: Uint8Array,
  start: number,
  end: number,
  listed: ListedPages | null = null,
): KnownPage | null {
  const last = Math.min(end, start + PAGE_TEXT);
  const own = ownKnownPage(bytes, start, last);
  if (listed === null) return own;
  return own !== null && !listed.isNone(bytes, start, last) ? own : listed.find(bytes, start, last);
}

function ownKnownPage(bytes: Uint8Array, start: number, end: number): KnownPage | null {
  const length = end - start;
  const text = Buffer.from(bytes.buffer, bytes.byteOffset + start, length).toString('latin1');
  if (!ANY.test(text)) return null;
  const found = PAGES.find(({ phrase }) => text.includes(phrase));
  return found === undefined || NOT_BLOCKING.some((phrase) => text.includes(phrase)) ? null : found;
}
