// Captures in which one thing comes by the thousand: scans, surveys of resolvers, a name that is tried all day. Judging
// holds attempts against each other, so what such a capture costs tells whether it looks at all of them for each.

import {
  clientHello,
  dnsMessage,
  type Ends,
  FLAGS,
  PAYLOAD,
  type Peer,
  SERVER_HELLO,
  tcp,
  udp,
  Writer,
} from './captures.ts';

export interface Crowd {
  readonly name: string;
  /** Writes the member with this number. */
  readonly member: (w: Writer, number: number) => void;
}

const { syn, ack, psh, rst, fin } = FLAGS;
const CLIENT: Peer = { v6: false, address: 0x0a000002, port: 0, ttl: 64 };
const RESOLVER: Peer = { v6: false, address: 0x08080808, port: 53, ttl: 55 };
const ONE_NAME = 'www.one.example.com';
/** A forged packet's hop limit; the servers' own is 50. */
const FORGED_TTL = 101;

const server = (number: number, port = 443): Peer => ({ v6: false, address: 0x5d000001 + number * 2, port, ttl: 50 });
const portOf = (number: number): number => 1_024 + (number % 60_000);
const nameOf = (number: number): string => `www.n${number}.example${number % 97}.com`;

function wait(w: Writer, milliseconds: number): void {
  w.microseconds += milliseconds * 1_000;
}

function ends(number: number, to: Peer, from = CLIENT): Ends {
  const client = { ...from, port: portOf(number) };
  return { client, server: to, vlan: false, clientSeq: (number * 7_919) | 0, serverSeq: (number * 104_729) | 0 };
}

function resolve(
  w: Writer,
  number: number,
  name: string,
  resolver: Peer,
  answers: readonly (number | [number, number])[],
) {
  const from = { ...CLIENT, port: portOf(number) };
  udp(w, from, resolver, false, dnsMessage(number & 0xffff, name, null));
  for (const answer of answers) {
    const [address, ttl] = typeof answer === 'number' ? [answer, resolver.ttl] : answer;
    wait(w, ttl === resolver.ttl ? 20 : 3);
    udp(w, { ...resolver, ttl }, from, false, dnsMessage(number & 0xffff, name, address));
  }
}

/** The handshake and the hello. */
function greet(w: Writer, number: number, name: string, to: Peer, from = CLIENT): Ends {
  const flow = ends(number, to, from);
  tcp(w, flow, true, syn, null);
  wait(w, 20);
  tcp(w, flow, false, syn | ack, null);
  tcp(w, flow, true, ack, null);
  tcp(w, flow, true, ack | psh, clientHello(name, 32));
  return flow;
}

function reset(w: Writer, flow: Ends): void {
  wait(w, 1);
  for (let copy = 0; copy < 3; copy++) tcp(w, flow, false, rst | ack, null, FORGED_TTL);
  wait(w, 20);
  tcp(w, flow, false, ack | psh, SERVER_HELLO);
}

function works(w: Writer, flow: Ends): void {
  wait(w, 20);
  tcp(w, flow, false, ack | psh, SERVER_HELLO);
  tcp(w, flow, true, ack | psh, PAYLOAD.subarray(0, 64));
  wait(w, 20);
  tcp(w, flow, false, ack | psh, PAYLOAD.subarray(0, 600));
  tcp(w, flow, true, ack | fin, null);
  wait(w, 20);
  tcp(w, flow, false, ack | fin, null);
  tcp(w, flow, true, ack, null);
}

export const CROWDS: readonly Crowd[] = [
  {
    name: 'names that a resolver leaves unanswered',
    member: (w, n) => {
      for (let query = 0; query < 8; query++) {
        resolve(w, n, nameOf(n), RESOLVER, []);
        wait(w, 1);
      }
    },
  },
  {
    name: 'resolvers asked for one name',
    member: (w, n) => resolve(w, n, ONE_NAME, { ...RESOLVER, address: 0x09000000 + n * 2 }, [server(n).address]),
  },
  {
    name: 'names answered by an injector first',
    member: (w, n) => resolve(w, n, nameOf(n), RESOLVER, [[0x1f0d5e25, FORGED_TTL], server(n).address]),
  },
  {
    name: 'ports of one address, every other one refused',
    member: (w, n) => {
      const flow = ends(n, server(0, 1 + (n % 65_000)));
      tcp(w, flow, true, syn, null);
      if (n % 2 === 0) tcp(w, flow, false, rst | ack, null);
    },
  },
  {
    name: 'names reset at one address, one in five',
    member: (w, n) => (n % 5 === 0 ? reset : works)(w, greet(w, n, nameOf(n), server(0))),
  },
  {
    name: 'names dropped at one address',
    member: (w, n) => {
      const flow = greet(w, n, nameOf(n), server(0));
      for (let again = 0; again < 4; again++) {
        wait(w, 300 * 2 ** again);
        flow.clientSeq -= clientHello(nameOf(n), 32).length;
        tcp(w, flow, true, ack | psh, clientHello(nameOf(n), 32));
      }
    },
  },
  {
    name: 'clients that one name is reset for',
    member: (w, n) => {
      const from = { ...CLIENT, address: 0x0a000000 + n * 2 };
      (n % 2 === 0 ? reset : works)(w, greet(w, n, ONE_NAME, server(0), from));
    },
  },
  {
    name: 'tunnels that are not answered, among visits that are',
    member: (w, n) => {
      if (n % 2 === 0) return works(w, greet(w, n, nameOf(n), server(n)));
      const initiation = Uint8Array.from({ length: 148 }, (_, at) => (at === 0 ? 1 : at < 4 ? 0 : (at * 37 + n) & 255));
      for (let again = 0; again < 4; again++) {
        udp(w, { ...CLIENT, port: portOf(n) }, server(n, 51_820), false, initiation);
        wait(w, 2_000);
      }
    },
  },
  {
    name: 'transfers that freeze after 18 KB',
    member: (w, n) => {
      const flow = greet(w, n, nameOf(n), server(n));
      wait(w, 20);
      for (let part = 0; part < 12; part++) tcp(w, flow, false, ack, PAYLOAD);
      for (let again = 0; again < 5; again++) {
        wait(w, 1_500);
        tcp(w, flow, true, ack | psh, PAYLOAD.subarray(0, 100));
        flow.clientSeq -= 100;
      }
    },
  },
];

/** Writes the capture of a crowd of `count`. */
export function generateCrowd(crowd: Crowd, count: number, path: string): void {
  const writer = new Writer(path, 100);
  for (let number = 0; number < count; number++) crowd.member(writer, number);
  writer.end();
}
