// English.

import type { ReportWords } from './words.ts';

function count(n: number, one: string, many = `${one}s`): string {
  return `${n} ${n === 1 ? one : many}`;
}

export const en: ReportWords = {
  tag: 'en',
  direction: 'ltr',
  unreviewed: null,
  document: 'Incident report',
  defaultTitle: (names) =>
    names.length === 0 ? 'What a recording of network traffic shows' : `What a recording shows of ${names.join(', ')}`,
  sections: {
    summary: 'Summary',
    facts: 'Key facts',
    vantage: 'Where it was seen from',
    methodology: 'How it was found out',
    timeline: 'Timeline',
    evidence: 'Evidence',
    controls: 'What worked, for comparison',
    alternatives: 'Other explanations',
    confidence: 'How sure, and what would change it',
    integrity: 'The recording',
    redaction: 'What was replaced',
    context: 'Context, in the words of the author',
    reproduce: 'How to check this',
    glossary: 'Words used here',
  },
  notClaimed:
    'This report does not say who ordered an interference, nor whether it happens elsewhere or to others. It says what the packets of one recording show, from one place, in one stretch of time.',
  nothing:
    'No interference was found in this recording. That is no proof that there was none: see what a recording cannot tell, below.',
  incident: 'Incident',
  interferenceIs: 'The interference',
  causeIs: 'What set it off',
  causeUnknown: 'cannot be told',
  labels: {
    networks: 'Networks',
    target: 'Target',
    technique: 'Technique',
    done: 'What was done',
    cause: 'What set it off',
    step: 'At which step',
    seen: 'Seen',
    attempts: 'Attempts',
    place: 'Where',
    confidence: 'How sure',
    findings: 'Findings',
    port: 'port',
    author: 'Author',
    created: 'Made',
    recording: 'Recording',
    tool: 'Program',
    licence: 'Licence of this report',
  },
  attempts: (failed, succeeded) => `${failed} failed, ${succeeded} succeeded`,
  utc: 'UTC',
  localTime: 'Times are UTC.',
  vantage: {
    role: 'Recorded at',
    country: 'Country',
    network: 'Network',
    asn: 'Autonomous system',
    access: 'Kind of access',
    resolver: 'DNS resolvers seen',
    vpn: 'VPN or proxy',
    local: 'Own addresses',
  },
  roles: { client: 'the client', server: 'the server', path: 'a point on the way' },
  basis: { declared: 'declared', inferred: 'inferred from the packets', 'not-stated': 'not stated' },
  methodology: {
    passive:
      'The recording was analyzed passively: nothing was sent, nothing was looked up. Each rule turns observations, each with its packets, into a judgement; the rule alone sets how sure it is, and there is no score and no probability. Facts count by families that one innocent cause does not produce together.',
    rules: 'Rules of this version',
    rule: 'Rule',
    state: { run: 'judged', limited: 'judged in part', 'not-run': 'not judged by this version' },
    thresholds: 'Limits the rules decide by',
    lists: 'Lists used',
    clock: 'All times are those that the recording program wrote into the file. No other clock was asked.',
    levels: 'What the four words mean',
  },
  timeline: {
    worked: 'Worked',
    caption:
      'Shape names the technique; filled is confirmed, half filled likely, outlined possible, dotted inconclusive. A number counts findings too close to draw apart.',
  },
  ladder: {
    client: 'Client',
    server: 'Server',
    injector: 'Suspected injector',
    title: 'What the recording shows',
    caption:
      'Hatched: packets that did not come from whom they say. Times count from the first line. Numbers are frames of the original recording.',
    silent: 'A line that ends in a bar drew no answer.',
    skipped: (n) => `${count(n, 'packet')} left out`,
  },
  headers: {
    title: 'Forged and genuine packets beside each other',
    caption: 'Addresses and ports are the same in all rows: whoever forges copies those.',
    packet: 'Packet',
    after: 'After the trigger',
    flags: 'Flags',
    window: 'Window',
    options: 'TCP options',
    payload: 'Payload',
    forged: 'Forged',
    genuine: 'Genuine',
  },
  dns: {
    title: 'DNS answers',
    query: 'Asked',
    resolver: 'Resolver',
    answer: 'Answer',
    addresses: 'Addresses',
    forged: 'judged false',
    notForged: 'not judged false',
    none: 'none',
  },
  evidence: {
    claim: 'Claim',
    strength: 'Weight',
    frames: 'Frames',
    framesNote: 'Frames: in the original recording, then (→) in evidence.pcapng.',
    notInFile: 'not in the file',
    for: 'For interference',
    against: 'Against it',
    neutral: 'Neither',
    more: (n) => `and ${n} more`,
    alsoIn: (findings) => `Shown by ${findings.join(', ')}.`,
  },
  controls: {
    worked: 'worked',
    failed: 'failed as well',
    none: 'The recording holds nothing comparable. Without a comparison a block is never more than likely.',
  },
  checklist: {
    intro: 'Every report goes through the same list, whatever was found.',
    items: {
      'server-closed': 'The server itself closed the connection, or was down',
      'server-policy': 'The server refused this country, this name or so many requests',
      'local-filter': 'A firewall, antivirus, VPN or recording app on the device itself',
      gateway: 'The home router, a captive portal or the provider’s address translation',
      loss: 'Ordinary loss or overload on the way',
      'dns-variation': 'Answers that rightly differ: split DNS, content networks, filtering resolvers',
      'stale-cache': 'An outdated answer from a cache',
      capture: 'The recording lacks packets: started late, one direction, cut packets, offloading',
      clock: 'The clock of the recording',
      'ttl-mirroring': 'Header fields copied by the interferer, so that equal ones prove nothing',
    },
    states: {
      'ruled-out': 'ruled out',
      weakened: 'weakened',
      open: 'open',
      'not-examined': 'not examined',
      'does-not-apply': 'does not apply',
    },
    asFarAsWeighed: 'ruled out, as far as weighed',
    reasons: {
      'no-dns-involved': 'The judgement rests on no DNS answer.',
      'capture-is-whole': 'No packet is known to be missing or cut.',
      'capture-lacks': 'The recording lacks something: see “The recording”.',
      'clock-is-steady': 'Times never run backwards.',
      'clock-jumps': 'Times run backwards: nothing was judged by timing.',
      'ttl-differs': 'The TTL differs, so nobody copied it.',
      'ttl-equal': 'The TTL is that of the endpoint, or was copied.',
      'not-weighed': 'The rule does not weigh it; weigh it yourself.',
    },
  },
  limitations: 'What no recording of this kind can tell',
  change: 'What would make this surer, or overturn it',
  integrity: {
    intro:
      'The original is identified by its SHA-256 even where it is not published. It was only read. The hash of every file of this bundle stands in MANIFEST.sha256.',
    sha256: 'SHA-256 of the original',
    notHashed: 'not computed',
    packets: 'Packets',
    bytes: 'Bytes on the wire',
    span: 'From – to (UTC)',
    linkType: 'Link type',
    snaplen: 'Snapshot length',
    unlimited: 'unlimited',
    drops: 'Packets the recording lost',
    notSaid: 'the file does not say',
    whole: 'Read to its end',
    yes: 'yes',
    no: 'no',
    quality: 'What the recording lacks',
    noQuality: 'Nothing that the program noticed.',
    files: 'Files of this bundle',
    edits: 'No judgement of the program was changed by hand.',
  },
  disagreements: 'Disagreements noted by whoever read the recording',
  redaction: {
    numbered:
      'Addresses on the side of whoever recorded, hardware addresses, names of hosts and all remote addresses that neither the table of services nor a public name of the incidents covers were replaced by others, numbered by first appearance. The same value has the same replacement everywhere, inside packets too. No key was used: the same recording gives the same bytes.',
    prefix:
      'The same values were replaced so that addresses with a common beginning still have one. The random key for it was thrown away: this cannot be reproduced, and nobody can undo it.',
    none: 'Nothing was replaced, as the author asked. This report can identify people.',
    preserved:
      'Never altered: TTL, IP ID, flags, sequence numbers, windows, TCP options, sizes and the times of and between packets.',
    headersOnly: 'Payloads were left out as the author asked.',
    decoded:
      'Of payloads only what the program understands was kept (the TLS hello, the request line and names, DNS messages); session tickets, cookies, paths and bodies were emptied or cut.',
    cited:
      'The content of block pages and injected data was kept whole, as the author asked: look through it for anything that names a subscriber.',
    payloadLeftOut:
      'A judgement of this report rests on content that was left out of the evidence file, because such pages may name the subscriber. Only the original shows it.',
    direction: 'Only one direction was kept, as the author asked.',
    rebased:
      'TCP timestamps count from the first one of each sender, so that they do not tell how long a computer had been running; the steps between them are unchanged.',
    minutes:
      'Times in the text are given to the minute, as the author asked; the evidence file and packets.csv keep them exact.',
    checksums: (invalid) =>
      `Checksums were computed anew. In the original ${invalid === 0 ? 'none' : count(invalid, 'frame')} of these had a wrong one (packets.csv says which; network cards that compute it themselves are the usual cause).`,
    cut: (frames, bytes) =>
      `Cut: ${count(frames, 'frame')}, by ${count(bytes, 'byte')} in all; the original lengths are kept.`,
    left: (others, limited) =>
      `Left out, because it belongs to nothing cited here: ${count(others, 'frame')}${limited > 0 ? `; of cited connections, beyond the limits or in the other direction: ${count(limited, 'frame')}` : ''}.`,
    comments: (n) =>
      n === 0
        ? 'Names of interfaces, filters and programs in the original were not taken over.'
        : `Names of interfaces, filters and programs, and ${count(n, 'comment')} in the original were not taken over.`,
    remains:
      'What remains sensitive: the times and the sites themselves, the form of the TLS hello (which tells the program), sequence numbers and TCP timestamps. Whoever watched the network at that time can recognise the connections.',
    replaced: 'Replaced values',
    kept: 'Kept, because the evidence rests on it',
    kind: 'What',
    value: 'In this report',
    places: 'Places',
    kinds: {
      'local-address': 'own address',
      'remote-address': 'remote address',
      'hardware-address': 'hardware address',
      name: 'host name',
    },
    nothing: 'none',
  },
  context: {
    intro: 'This section is the author’s own. The program neither checked nor used it.',
    none: 'The author added nothing.',
  },
  reproduce: {
    verify: 'Check the files of this bundle, and that the evidence still gives the same findings:',
    analyze: 'Analyze the evidence yourself:',
    original: 'With the original recording, compare it with this report:',
    wireshark:
      'Open evidence.pcapng in Wireshark: Analyze, Expert Information, group Comment lists the claims. Useful filters:',
    retest:
      'Test again: another name at the same address, the same name at another address, another resolver, another network. OONI Run (run.ooni.io) makes a link with which others can test the same.',
  },
  glossary: {
    frame: ['Frame', 'One packet as it was recorded, with its number in the file.'],
    flow: ['Connection', 'All packets between two addresses and ports, in both directions.'],
    ttl: ['TTL', 'A number that every router lowers by one. Packets of one sender mostly arrive with the same.'],
    'ip-id': ['IP ID', 'A number that the sender gives each packet; each system has its own habit.'],
    window: ['Window', 'How many bytes the sender of a packet can take.'],
    rst: ['RST (reset)', 'A packet that ends a TCP connection at once.'],
    hello: ['TLS hello', 'First message of an encrypted connection; it names the site in the clear (SNI).'],
    vantage: ['Vantage', 'The place on the network at which the recording was made.'],
    pseudonym: ['Replacement', 'A value that stands for another one, the same wherever it appears.'],
  },
  furtherIncidents: (n) => `${count(n, 'further incident')}: see incidents.csv and report.json.`,
  omitted: (n) => `The recording holds ${count(n, 'incident')} that this report leaves out.`,
  figure: (n) => `Figure ${n}`,
  attribution: 'It is like a published fingerprint',
};
