// The table of services: which names and addresses belong to Telegram's website, its app, Signal's calls and so on.
// Single public facts, each with its source and date. Called once for each finding or target, not for each packet.

import type { Surface } from './vocabulary.ts';

export const SERVICE_NAMES = [
  'telegram',
  'whatsapp',
  'signal',
  'facebook',
  'instagram',
  'youtube',
  'x',
  'wikipedia',
  'tor',
  'discord',
  'tiktok',
  'linkedin',
  'reddit',
  'medium',
  'github',
  'openai',
  'bbc',
  'dw',
  'rferl',
  'meduza',
  'nytimes',
  'proton',
  'viber',
  'line',
  'snapchat',
  'twitch',
  'roblox',
  'netflix',
  'spotify',
  'soundcloud',
  'duckduckgo',
  'cloudflare',
] as const;
export type Service = (typeof SERVICE_NAMES)[number];

export function isService(name: string): name is Service {
  return (SERVICE_NAMES as readonly string[]).includes(name);
}

export interface ServiceSurface {
  readonly service: Service;
  readonly surface: Surface;
}

export interface ServiceRow {
  readonly service: Service;
  /** Who runs it, where several services share names and addresses. */
  readonly operator: string;
  /** Registrable domains, or longer names that belong to another surface than their parent. */
  readonly domains: Partial<Record<Surface, readonly string[]>>;
  /** What people open to use it: where these are blocked the website is, whatever a side name of it does. */
  readonly main?: readonly string[];
  readonly source: string;
  readonly date: string;
  readonly addresses?: {
    readonly prefixes: readonly string[];
    /** Only this service lives there, so an address alone tells the service. */
    readonly exclusive: boolean;
    readonly source: string;
    readonly date: string;
  };
}

const V2FLY = 'v2fly/domain-list-community';
const V2FLY_DATE = '2026-08';

/** Ports that the app tries at its data centres (OONI spec ts-020; 5222 by clients). */
export const TELEGRAM_APP_PORTS: readonly number[] = [80, 443, 5222];

/** What telegram.org, t.me and web.telegram.org resolve to: the website, though inside the app's prefixes. */
const TELEGRAM_WEB_ADDRESSES: readonly string[] = ['149.154.167.99', '2001:67c:4e8:f004::9'];

function web(
  service: Service,
  domains: readonly string[],
  source = `${V2FLY}, ${service}`,
  operator: string = service,
): ServiceRow {
  return { service, operator, domains: { web: domains }, source, date: V2FLY_DATE };
}

export const SERVICES: readonly ServiceRow[] = [
  {
    service: 'telegram',
    operator: 'telegram',
    domains: {
      web: [
        'telegram.org',
        't.me',
        'telegram.me',
        'telegra.ph',
        'telegram.dog',
        'telegram.space',
        'telesco.pe',
        'graph.org',
        'cdn-telegram.org',
        'telegram-cdn.org',
        'tdesktop.com',
        'tg.dev',
        'fragment.com',
        'comments.app',
        'contest.com',
        'quiz.directory',
        'ton.org',
      ],
    },
    main: ['telegram.org', 'web.telegram.org', 't.me'],
    source: `${V2FLY}, telegram`,
    date: V2FLY_DATE,
    addresses: {
      prefixes: [
        '91.105.192.0/23',
        '91.108.4.0/22',
        '91.108.8.0/22',
        '91.108.12.0/22',
        '91.108.16.0/22',
        '91.108.20.0/22',
        '91.108.56.0/22',
        '95.161.64.0/20',
        '149.154.160.0/20',
        '185.76.151.0/24',
        '2001:67c:4e8::/48',
        '2001:b28:f23c::/48',
        '2001:b28:f23d::/48',
        '2001:b28:f23f::/48',
        '2a0a:f280::/32',
      ],
      exclusive: true,
      source: 'agreeing public copies of core.telegram.org/resources/cidr.txt',
      date: '2026-08',
    },
  },
  {
    service: 'whatsapp',
    operator: 'meta',
    domains: {
      web: ['whatsapp.com', 'wa.me', 'whatsapp.org', 'whatsapp.info'],
      // e1 to e16.whatsapp.net carry the app's chats (OONI spec ts-018).
      app: ['whatsapp.net', 'v.whatsapp.com'],
    },
    main: ['whatsapp.com', 'web.whatsapp.com'],
    source: `${V2FLY}, whatsapp; OONI spec ts-018`,
    date: V2FLY_DATE,
  },
  {
    service: 'signal',
    operator: 'signal',
    domains: {
      web: ['signal.org', 'signal.art', 'signal.group', 'signal.link', 'signal.me', 'signal.tube', 'signalusers.org'],
      app: [
        'chat.signal.org',
        'cdsi.signal.org',
        'storage.signal.org',
        'uptime.signal.org',
        'cdn.signal.org',
        'cdn2.signal.org',
        'cdn3.signal.org',
        'whispersystems.org',
      ],
      calls: ['voip.signal.org'],
    },
    main: ['signal.org'],
    source: `${V2FLY}, signal; OONI spec ts-029`,
    date: V2FLY_DATE,
  },
  {
    service: 'facebook',
    operator: 'meta',
    domains: {
      web: ['facebook.com', 'facebook.net', 'fb.com', 'fb.me', 'fbcdn.net', 'fbsbx.com', 'messenger.com', 'm.me'],
    },
    source: `${V2FLY}, facebook and messenger`,
    date: V2FLY_DATE,
    addresses: {
      // WhatsApp and Instagram live there too, so the address tells the operator only.
      prefixes: ['31.13.64.0/18', '157.240.0.0/16', '2a03:2880::/32'],
      exclusive: false,
      source: 'RIPE and ARIN registrations of AS32934',
      date: '2024',
    },
  },
  web('instagram', ['instagram.com', 'cdninstagram.com', 'ig.me', 'igcdn.com'], undefined, 'meta'),
  web('youtube', [
    'youtube.com',
    'youtu.be',
    'googlevideo.com',
    'ytimg.com',
    'youtube-nocookie.com',
    'ggpht.com',
    'youtubei.googleapis.com',
    'youtube.googleapis.com',
  ]),
  {
    ...web('x', ['x.com', 'twitter.com', 't.co', 'twimg.com', 'pscp.tv', 'periscope.tv', 'tweetdeck.com', 'twttr.com']),
    addresses: {
      prefixes: ['104.244.40.0/21', '199.16.156.0/22', '199.59.148.0/22'],
      exclusive: false,
      source: 'ARIN registrations of AS13414',
      date: '2024',
    },
  },
  web(
    'wikipedia',
    [
      'wikipedia.org',
      'wikimedia.org',
      'wikidata.org',
      'wiktionary.org',
      'wikisource.org',
      'wikibooks.org',
      'wikinews.org',
      'wikiquote.org',
      'wikivoyage.org',
      'mediawiki.org',
      'w.wiki',
    ],
    `${V2FLY}, wikimedia`,
  ),
  web('tor', ['torproject.org'], `${V2FLY}, torproject`),
  web('discord', ['discord.com', 'discord.gg', 'discordapp.com', 'discordapp.net', 'discord.media', 'discordcdn.com']),
  web('tiktok', ['tiktok.com', 'tiktokv.com', 'tiktokcdn.com', 'tiktokcdn-us.com', 'tiktokcdn-eu.com', 'musical.ly']),
  web('linkedin', ['linkedin.com', 'licdn.com', 'lnkd.in']),
  web('reddit', ['reddit.com', 'redd.it', 'redditmedia.com', 'redditstatic.com']),
  web('medium', ['medium.com']),
  web('github', ['github.com', 'github.io', 'githubusercontent.com', 'githubassets.com', 'ghcr.io', 'git.io']),
  web('openai', ['openai.com', 'chatgpt.com', 'chat.com', 'oaistatic.com', 'oaiusercontent.com', 'sora.com']),
  web('bbc', ['bbc.com', 'bbc.co.uk', 'bbci.co.uk', 'bbc.in', 'bbcpersian.com']),
  web('dw', ['dw.com']),
  web('rferl', [
    'rferl.org',
    'svoboda.org',
    'radiosvoboda.org',
    'radiofarda.com',
    'currenttime.tv',
    'azattyq.org',
    'azattyk.org',
    'azatutyun.am',
    'azadliq.org',
    'ozodi.org',
    'ozodlik.org',
    'severreal.org',
    'sibreal.org',
    'idelreal.org',
    'kavkazr.com',
    'krymr.com',
    'svaboda.org',
  ]),
  web('meduza', ['meduza.io']),
  web('nytimes', ['nytimes.com', 'nyt.com', 'nytco.com', 'nyti.ms']),
  web('proton', ['proton.me', 'protonmail.com', 'protonmail.ch', 'protonvpn.com', 'pm.me'], `${V2FLY}, protonmail`),
  web('viber', ['viber.com', 'viber.me', 'vbcdn.com']),
  web('line', ['line.me', 'line-apps.com', 'line-scdn.net', 'line-cdn.net', 'line.naver.jp', 'lin.ee']),
  web('snapchat', ['snapchat.com', 'snap.com', 'sc-cdn.net', 'sc-gw.com', 'sc-static.net'], `${V2FLY}, snap`),
  web('twitch', ['twitch.tv', 'ttvnw.net', 'jtvnw.net']),
  web('roblox', ['roblox.com', 'rbxcdn.com', 'rbx.com']),
  web('netflix', ['netflix.com', 'nflxvideo.net', 'nflximg.net', 'nflxext.com', 'nflxso.net', 'fast.com']),
  web('spotify', ['spotify.com', 'scdn.co', 'spotifycdn.com', 'spoti.fi']),
  web('soundcloud', ['soundcloud.com', 'sndcdn.com']),
  web('duckduckgo', ['duckduckgo.com', 'duck.com', 'ddg.co', 'duck.ai']),
  {
    ...web('cloudflare', ['cloudflare.com', 'cloudflare-dns.com', 'cloudflareclient.com', 'cloudflare-ech.com']),
    addresses: {
      prefixes: ['1.1.1.1/32', '1.0.0.1/32', '2606:4700:4700::1111/128', '2606:4700:4700::1001/128'],
      exclusive: true,
      source: 'developers.cloudflare.com/1.1.1.1',
      date: '2024',
    },
  },
];

const BY_SUFFIX = new Map<string, ServiceSurface>();
const PREFIXES: { readonly network: bigint; readonly shift: bigint; readonly v6: boolean; readonly row: ServiceRow }[] =
  [];
const OPERATORS = new Map<Service, string>();

for (const row of SERVICES) {
  OPERATORS.set(row.service, row.operator);
  for (const [surface, domains] of Object.entries(row.domains) as [Surface, readonly string[]][]) {
    for (const domain of domains) BY_SUFFIX.set(domain, { service: row.service, surface });
  }
  for (const prefix of row.addresses?.prefixes ?? []) {
    const slash = prefix.indexOf('/');
    const parsed = parseAddress(prefix.slice(0, slash));
    if (parsed === null) throw new Error(`bad prefix in the table of services: ${prefix}`);
    const shift = BigInt((parsed.v6 ? 128 : 32) - Number(prefix.slice(slash + 1)));
    PREFIXES.push({ network: parsed.value >> shift, shift, v6: parsed.v6, row });
  }
}

/** By the longest domain suffix that ends on a label boundary: `nottelegram.org` is not `telegram.org`. */
export function serviceOfName(name: string): ServiceSurface | null {
  let rest = name.toLowerCase();
  if (rest.endsWith('.')) rest = rest.slice(0, -1);
  // A DNS name has at most 127 labels (RFC 1035 2.3.4), which bounds the walk over hostile names.
  for (let label = 0; label < 127; label++) {
    const found = BY_SUFFIX.get(rest);
    if (found !== undefined) return found;
    const dot = rest.indexOf('.');
    if (dot < 0) return null;
    rest = rest.slice(dot + 1);
  }
  return null;
}

/** Whether a name, with or without `www.`, is one that people open to use the service. */
export function isMainName(service: Service, name: string): boolean {
  const plain = name
    .toLowerCase()
    .replace(/\.$/, '')
    .replace(/^www\./, '');
  return SERVICES.find((row) => row.service === service)?.main?.includes(plain) ?? false;
}

/** Whose prefix it is. Where services share an operator's addresses, the operator's best known service stands for it. */
export function serviceOfAddress(address: string): Service | null {
  return rowOfAddress(address)?.service ?? null;
}

/**
 * The service to which an address belongs although the name is somebody else's: an answer that says so is not that of
 * the name's owner. Null for services of one operator (instagram.com at an address of Facebook).
 */
export function foreignService(name: string, address: string): Service | null {
  const named = serviceOfName(name);
  const owner = named === null ? null : rowOfAddress(address);
  if (owner === null || OPERATORS.get(named!.service) === owner.operator) return null;
  return owner.service;
}

/**
 * Which service and surface an attempt or finding is about. `name` is the SNI, Host or queried name; null, or an address
 * in place of a name, where none was sent. In DNS the name alone counts: the address is the resolver's.
 */
export function serviceOf(
  name: string | null,
  address: string,
  port: number,
  protocol: 'tcp' | 'udp' | 'quic' | 'dns',
): ServiceSurface | null {
  if (name !== null && parseAddress(name) === null) return serviceOfName(name);
  if (protocol === 'dns') return null;
  const row = rowOfAddress(address);
  if (row?.addresses?.exclusive !== true) return null;
  if (row.service !== 'telegram') return { service: row.service, surface: 'web' };
  if (protocol === 'udp') return { service: 'telegram', surface: 'calls' };
  if (TELEGRAM_WEB_ADDRESSES.includes(address)) return { service: 'telegram', surface: 'web' };
  if (protocol === 'tcp' && TELEGRAM_APP_PORTS.includes(port)) return { service: 'telegram', surface: 'app' };
  return null;
}

const MAX_REMEMBERED = 8_192;
/** The same few addresses are asked for again and again. */
const ROWS_OF_ADDRESSES = new Map<string, ServiceRow | null>();

function rowOfAddress(address: string): ServiceRow | null {
  let row = ROWS_OF_ADDRESSES.get(address);
  if (row === undefined) {
    row = findRow(address);
    if (ROWS_OF_ADDRESSES.size >= MAX_REMEMBERED) ROWS_OF_ADDRESSES.clear();
    ROWS_OF_ADDRESSES.set(address, row);
  }
  return row;
}

function findRow(address: string): ServiceRow | null {
  const parsed = parseAddress(address);
  if (parsed === null) return null;
  let { value, v6 } = parsed;
  // NAT64 carries the IPv4 address in the last 32 bits of 64:ff9b::/96 (RFC 6052 2.1).
  if (v6 && value >> 32n === 0x0064_ff9b_0000_0000_0000_0000n) {
    value &= 0xffff_ffffn;
    v6 = false;
  }
  for (const prefix of PREFIXES) {
    if (prefix.v6 === v6 && value >> prefix.shift === prefix.network) return prefix.row;
  }
  return null;
}

/** IPv4 dotted, or IPv6 as RFC 5952 writes it. Null for anything else. */
function parseAddress(text: string): { value: bigint; v6: boolean } | null {
  if (text.length > 45) return null;
  if (/^\d{1,3}(\.\d{1,3}){3}$/.test(text)) {
    let value = 0n;
    for (const part of text.split('.')) {
      if (Number(part) > 255) return null;
      value = (value << 8n) | BigInt(part);
    }
    return { value, v6: false };
  }
  if (!text.includes(':') || !/^[0-9a-f:]+$/i.test(text)) return null;
  const halves = text.split('::');
  if (halves.length > 2) return null;
  const head = halves[0] === '' ? [] : halves[0]!.split(':');
  const tail = halves.length < 2 || halves[1] === '' ? [] : halves[1]!.split(':');
  const missing = 8 - head.length - tail.length;
  if (halves.length === 1 ? missing !== 0 : missing < 0) return null;
  let value = 0n;
  for (const group of [...head, ...Array<string>(missing).fill('0'), ...tail]) {
    if (!/^[0-9a-f]{1,4}$/i.test(group)) return null;
    value = (value << 16n) | BigInt(`0x${group}`);
  }
  return { value, v6: true };
}
