// What is captured, as a filter in libpcap's language. A name in such a filter would be looked up, and looking up is
// sending: names are refused here, addresses are not.

/** Names, handshakes and errors: DNS, DNS over TLS, the web, QUIC, and what routers say. */
export const NAMES_FILTER = 'port 53 or port 853 or port 80 or port 443 or icmp or icmp6';

const V4 = /^\d{1,3}(\.\d{1,3}){0,3}(\/\d{1,2})?$/;
const V6 = /^(?=.*:)[\da-f:]+(\.\d{1,3}){0,3}(%\w+)?(\/\d{1,3})?$/i;
const MAC = /^[\da-f]{1,2}([:.-][\da-f]{1,2}){5}$/i;
const isAddress = (word: string): boolean => V4.test(word) || V6.test(word) || MAC.test(word);

/** Values that bytes are compared with. */
const CONSTANT = /^(tcp|icmp6?)-[\w-]+$/;

/** Words of the language itself (pcap-filter(7)). */
const WORDS: ReadonlySet<string> = new Set(
  (
    'host net port portrange proto protochain gateway mask src dst inbound outbound and or not ether wlan link tr ' +
    'fddi ip ip6 arp rarp icmp icmp6 igmp igrp pim ah esp vrrp carp tcp udp sctp decnet atalk aarp iso clnp esis isis ' +
    'stp ipx netbeui lat moprc mopdl vlan mpls pppoes pppoed geneve vxlan broadcast multicast less greater len type ' +
    'subtype dir ifname ra ta addr1 addr2 addr3 addr4'
  ).split(' '),
);
/** After these, or at the beginning, a word that is none of the language's is a host. */
const BEFORE_HOST: ReadonlySet<string | undefined> = new Set([
  undefined,
  'host',
  'gateway',
  'src',
  'dst',
  'and',
  'or',
  'not',
]);

/** The first name that libpcap would look up; null where there is none. */
export function nameInFilter(filter: string): string | null {
  const plain = filter.toLowerCase().replace(/\[[^\]]*\]/g, ' ');
  const words = plain.match(/[^\s()!&|<>=+*]+/g) ?? [];
  for (const [at, word] of words.entries()) {
    if (WORDS.has(word) || isAddress(word) || CONSTANT.test(word)) continue;
    const isWord = /^[a-z]/.test(word) && BEFORE_HOST.has(words[at - 1]);
    if (isWord || /^[a-z\d_-]+(\.[a-z\d_-]+)*\.[a-z][a-z\d-]*\.?$/.test(word)) return word;
  }
  return null;
}

/** Where DNS is left out, forged answers for the site cannot be seen; and errors come from routers on the way. */
export function addressFilter(address: string): string | null {
  const trimmed = address.trim();
  if (!V4.test(trimmed) && !V6.test(trimmed)) return null;
  const word = trimmed.includes('/') ? 'net' : 'host';
  if (V4.test(trimmed) && !isWholeV4(trimmed)) return null;
  return `${word} ${trimmed} or port 53 or icmp or icmp6`;
}

function isWholeV4(address: string): boolean {
  const [host = '', length] = address.split('/');
  const parts = host.split('.');
  return parts.length === 4 && parts.every((part) => Number(part) <= 255) && Number(length ?? 32) <= 32;
}
