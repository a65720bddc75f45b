// What messages of a connection say, taken from their fields: names, versions, answers.

import type { FieldNode } from '../../../shared/contract/fields.ts';
import type { FieldName } from '../../../shared/domain/field-names.ts';

export interface Fact {
  readonly name: FieldName;
  /** English; the screen words the name where it can. */
  readonly label: string;
  readonly value: string;
}

/** Fields worth reading without opening a tree, in this order. */
const TOLD: readonly FieldName[] = [
  'tls.handshake.type',
  'tls.handshake.extensions_server_name',
  'tls.handshake.extensions_alpn_str',
  'tls.handshake.extensions.supported_version',
  'tls.handshake.version',
  'tls.handshake.ciphersuite',
  'blockscope.x509.subject',
  'blockscope.x509.issuer',
  'tls.alert_message.level',
  'tls.alert_message.desc',
  'http.request.method',
  'http.request.uri',
  'http.host',
  'http.user_agent',
  'http.response.code',
  'http.response.phrase',
  'http.location',
  'http.server',
  'http.content_type',
  'http.content_length_header',
  'dns.qry.name',
  'dns.qry.type',
  'dns.flags.rcode',
  'dns.a',
  'dns.aaaa',
  'dns.cname',
  'dns.resp.ttl',
  'dns.opt.ext_error.info_code',
  'quic.long.packet_type',
  'quic.version',
  'quic.dcid',
  'blockscope.mtproto.tag',
];
/** Values of one field; a hello offers dozens of cipher suites. */
const MOST_VALUES = 6;
const LONGEST = 160;

export function factsOf(fields: readonly FieldNode[]): readonly Fact[] {
  const found = new Map<FieldName, { label: string; values: string[]; more: number }>();
  const walk = (nodes: readonly FieldNode[]): void => {
    for (const node of nodes) {
      if (TOLD.includes(node.name) && node.value !== '') {
        const entry = found.get(node.name) ?? { label: node.label, values: [], more: 0 };
        const value = node.value.length > LONGEST ? `${node.value.slice(0, LONGEST)}…` : node.value;
        if (!entry.values.includes(value)) {
          if (entry.values.length < MOST_VALUES) entry.values.push(value);
          else entry.more++;
        }
        found.set(node.name, entry);
      }
      walk(node.children ?? []);
    }
  };
  walk(fields);
  return TOLD.flatMap((name) => {
    const entry = found.get(name);
    if (entry === undefined) return [];
    const more = entry.more > 0 ? `, +${entry.more}` : '';
    return [{ name, label: entry.label, value: `${entry.values.join(', ')}${more}` }];
  });
}
