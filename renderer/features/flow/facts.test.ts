import { expect, it } from 'vitest';
import type { FieldNode } from '../../../shared/contract/fields.ts';
import { factsOf } from './facts.ts';

const node = (name: FieldNode['name'], value: string, children: FieldNode[] = []): FieldNode => ({
  id: '0',
  name,
  label: name,
  value,
  start: 0,
  length: 1,
  children,
});

it('tells what a message says, names before versions, long lists cut', () => {
  const suites = Array.from({ length: 9 }, (_, at) => node('tls.handshake.ciphersuite', `suite ${at}`));
  const fields = [
    node('ip', 'a → b', [node('ip.ttl', '64')]),
    node('tls', '', [...suites, node('tls.handshake.extensions_server_name', 'a.example')]),
  ];
  expect(factsOf(fields)).toEqual([
    {
      name: 'tls.handshake.extensions_server_name',
      label: 'tls.handshake.extensions_server_name',
      value: 'a.example',
    },
    {
      name: 'tls.handshake.ciphersuite',
      label: 'tls.handshake.ciphersuite',
      value: 'suite 0, suite 1, suite 2, suite 3, suite 4, suite 5, +3',
    },
  ]);
});
