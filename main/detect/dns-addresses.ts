// Addresses and names that known systems put into forged answers: single public facts, each with its source and date.
// Longer lists are imported by the user; nothing here is needed to recognise a race or an impossible answer.

import { inPrefix } from '../observe/address.ts';

export interface BlockAddress {
  readonly address: string;
  readonly system: string;
  readonly country: string | null;
  /** A product that its owner chose: its answers are a filter's, no censor's. */
  readonly product: boolean;
  /** Domains of whoever runs it: their own names live there without being blocked. */
  readonly own: readonly string[];
  readonly source: string;
  readonly date: string;
}

const CITIZEN_LAB = 'citizenlab/filtering-annotations';
const CITIZEN_LAB_DATE = '2022-03';

function censor(address: string, system: string, country: string, ...own: string[]): BlockAddress {
  return { address, system, country, product: false, own, source: CITIZEN_LAB, date: CITIZEN_LAB_DATE };
}

function product(address: string, system: string, ...own: string[]): BlockAddress {
  return { address, system, country: null, product: true, own, source: CITIZEN_LAB, date: CITIZEN_LAB_DATE };
}

const BLOCK_ADDRESSES: ReadonlyMap<string, BlockAddress> = new Map(
  [
    censor('10.10.34.34', 'Iran, national filter', 'IR', 'peyvandha.ir'),
    censor('10.10.34.35', 'Iran, national filter', 'IR', 'peyvandha.ir'),
    {
      ...censor('10.10.34.36', 'Iran, national filter', 'IR', 'peyvandha.ir'),
      source: 'net4people/bbs#226 and OONI blocking-fingerprints',
      date: '2023',
    },
    { ...censor('d0::11', 'Iran, national filter', 'IR'), source: 'OONI blocking-fingerprints', date: '2023' },
    censor('195.175.254.2', 'Türk Telekom', 'TR', 'turktelekom.com.tr'),
    censor('5.3.3.17', 'ER-Telecom', 'RU', 'ertelecom.ru', 'domru.ru'),
    {
      ...censor('62.33.207.196', 'Russian provider', 'RU', 'ttk.ru'),
      source: 'OONI blocking-fingerprints',
      date: '2023',
    },
    censor(
      '36.86.63.185',
      'Telkom Indonesia, Internet Positif',
      'ID',
      'uzone.id',
      'telkom.co.id',
      'internet-positif.org',
    ),
    // Family profiles that a subscriber of TurkNet chooses.
    ...[41, 42, 43, 45, 46, 47, 48, 49].map((last) =>
      product(`193.192.98.${last}`, 'TurkNet family profile', 'turk.net'),
    ),
    product('146.112.61.106', 'OpenDNS', 'opendns.com', 'umbrella.com'),
    product('208.69.32.164', 'OpenDNS', 'opendns.com'),
    product('185.228.168.254', 'CleanBrowsing', 'cleanbrowsing.org'),
    product('195.46.39.11', 'SafeDNS', 'safedns.com'),
    product('193.58.251.1', 'SkyDNS', 'skydns.ru'),
    product('193.58.251.11', 'SkyDNS', 'skydns.ru'),
    product('208.91.112.55', 'FortiGuard', 'fortinet.com', 'fortiguard.com'),
    product('93.158.134.250', 'Yandex safe DNS', 'yandex.ru', 'yandex.net'),
  ].map((row) => [row.address, row]),
);

/** Hosts of block pages that answers lead to by CNAME. */
const BLOCK_HOSTS: ReadonlyMap<string, BlockAddress> = new Map(
  [
    censor('internet-positif.org', 'Telkom Indonesia, Internet Positif', 'ID', 'internet-positif.org'),
    censor('trustpositif.kominfo.go.id', 'Indonesia, Trust Positif', 'ID', 'kominfo.go.id'),
    {
      ...censor('lamanlabuh.aduankonten.id', 'Indonesia, Trust Positif', 'ID', 'aduankonten.id'),
      source: 'net4people/bbs#316',
      date: '2023',
    },
  ].map((row) => [row.address, row]),
);

/** Resolvers that filter because their user chose them for it. */
const FILTERING_RESOLVERS: ReadonlyMap<string, string> = new Map([
  // support.opendns.com, FamilyShield router instructions
  ['208.67.222.123', 'OpenDNS FamilyShield'],
  ['208.67.220.123', 'OpenDNS FamilyShield'],
  ['208.67.222.222', 'OpenDNS'],
  ['208.67.220.220', 'OpenDNS'],
  // cleanbrowsing.org/filters
  ['185.228.168.168', 'CleanBrowsing'],
  ['185.228.169.168', 'CleanBrowsing'],
  ['185.228.168.10', 'CleanBrowsing'],
  ['185.228.169.11', 'CleanBrowsing'],
  ['185.228.168.9', 'CleanBrowsing'],
  ['185.228.169.9', 'CleanBrowsing'],
  // adguard-dns.io/en/public-dns.html
  ['94.140.14.14', 'AdGuard DNS'],
  ['94.140.15.15', 'AdGuard DNS'],
  ['94.140.14.15', 'AdGuard DNS family protection'],
  ['94.140.15.16', 'AdGuard DNS family protection'],
  // developers.cloudflare.com/1.1.1.1/setup (1.1.1.1 for Families answers 0.0.0.0)
  ['1.1.1.2', 'Cloudflare for Families'],
  ['1.0.0.2', 'Cloudflare for Families'],
  ['1.1.1.3', 'Cloudflare for Families'],
  ['1.0.0.3', 'Cloudflare for Families'],
  // quad9.net: blocked names get NXDOMAIN
  ['9.9.9.9', 'Quad9'],
  ['149.112.112.112', 'Quad9'],
  // dns.yandex.com
  ['77.88.8.88', 'Yandex safe DNS'],
  ['77.88.8.2', 'Yandex safe DNS'],
  ['77.88.8.7', 'Yandex family DNS'],
  ['77.88.8.3', 'Yandex family DNS'],
]);

interface Pool {
  readonly system: string;
  readonly country: string;
  readonly prefixes: readonly string[];
  readonly source: string;
  readonly date: string;
}

/**
 * Networks from which the Great Firewall takes the real foreign addresses that it answers with: the commonest /16s of
 * the list leaked by Wallbleed. They belong to Facebook, Dropbox, Twitter and others, so an address there says something
 * only of an answer that is forged for another reason.
 */
const GFW_POOL: Pool = {
  system: 'Great Firewall of China',
  country: 'CN',
  prefixes: [
    '108.160.0.0/16',
    '31.13.0.0/16',
    '199.59.0.0/16',
    '157.240.0.0/16',
    '104.244.0.0/16',
    '128.242.0.0/16',
    '162.125.0.0/16',
  ],
  source: 'Wallbleed (NDSS 2025), addresses of injector 3',
  date: '2025',
};
/** AAAA answers of the same injectors: an address of Facebook with a fixed end. */
const GFW_POOL_6 = /^2a03:2880:f1[0-9a-f]{2}:[0-9a-f:]*face:b00c:0:25de$/;

/** The block address or block-page host in an answer to a question about `name`, unless the name is the operator's own. */
export function blockAddressOf(
  name: string,
  addresses: readonly string[],
  cnames: readonly string[],
): BlockAddress | null {
  for (const address of addresses) {
    const row = BLOCK_ADDRESSES.get(address);
    if (row !== undefined && !isOwn(name, row)) return row;
  }
  for (const cname of cnames) {
    const row = BLOCK_HOSTS.get(cname);
    if (row !== undefined && !isOwn(name, row)) return row;
  }
  return null;
}

function isOwn(name: string, row: BlockAddress): boolean {
  return row.own.some((domain) => name === domain || name.endsWith(`.${domain}`));
}

/** The filtering service behind a public resolver's address. */
export function filteringResolver(address: string): string | null {
  return FILTERING_RESOLVERS.get(address) ?? null;
}

/** The system from whose pool all of these addresses are; null where one is not. */
export function poolOf(addresses: readonly string[]): Pool | null {
  const isPooled = (address: string) =>
    GFW_POOL_6.test(address) || GFW_POOL.prefixes.some((prefix) => inPrefix(address, prefix));
  return addresses.length > 0 && addresses.every(isPooled) ? GFW_POOL : null;
}
