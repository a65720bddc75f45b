// Simplified Chinese. Not reviewed by a native reader; faces and reports say so.

import type { Params, VerdictParams } from '../domain/statements.ts';
import type { Confidence, InterferenceKind, TriggerKind } from '../domain/vocabulary.ts';
import type { LiveWords } from './language.ts';
import { amount } from './numbers.ts';
import type { Translation } from './translation.ts';

const number = (n: number): string => amount(n, ',');

function milliseconds(ms: number): string {
  if (Math.abs(ms) >= 10_000) return `${number(ms / 1000)} 秒`;
  return Math.abs(ms) < 1 ? `${Math.round(ms * 1000) / 1000} 毫秒` : `${number(ms)} 毫秒`;
}

function seconds(s: number): string {
  return s < 10 ? `${Math.round(s * 100) / 100} 秒` : `${number(s)} 秒`;
}

function hex(n: number): string {
  return `0x${n.toString(16).padStart(4, '0')}`;
}

function list(values: readonly (string | number)[], limit = 4, more = 0): string {
  if (values.length === 0 && more === 0) return '无';
  const shown = values.slice(0, limit).map(String);
  const rest = values.length - shown.length + more;
  return rest > 0 ? `${shown.join('、')} 等 ${shown.length + rest} 个` : shown.join('、');
}

function addresses(values: readonly string[]): string {
  return values.length === 0 ? '没有地址' : list(values);
}

function text(params: Params, name: string): string | null {
  const value = params[name];
  return typeof value === 'string' && value !== '' ? value : null;
}

function of(params: Params): string {
  const path = text(params, 'path');
  if (path === '-') return '标准输入';
  return path ?? '捕获';
}

const rcodes: Readonly<Record<number, string>> = {
  0: 'NOERROR',
  1: 'FORMERR',
  2: 'SERVFAIL',
  3: 'NXDOMAIN',
  4: 'NOTIMP',
  5: 'REFUSED',
};

function rcode(code: number): string {
  return rcodes[code] ?? `响应码 ${code}`;
}

/** RFC 8914 §4.16 to §4.18. */
const extendedErrors: Readonly<Record<number, string>> = {
  15: '被其运营者封锁',
  16: '应他人要求审查',
  17: '按客户端的意愿过滤',
};

function icmp(params: { type: number; code: number; from: string; hops: number | null }): string {
  const distance = params.hops === null ? '' : `，约 ${params.hops} 跳之外`;
  return `来自 ${params.from}${distance}（类型 ${params.type}，代码 ${params.code}）`;
}

const confidenceWords: Readonly<Record<Confidence, string>> = {
  confirmed: '已证实',
  likely: '很可能',
  possible: '可能',
  inconclusive: '无法判断',
};

const interferenceWords: Readonly<Record<InterferenceKind, string>> = {
  'rst-injection': '伪造的重置',
  'forged-answer': '伪造的应答',
  'packet-drop': '丢弃数据包',
  'null-route': '整个地址无声',
  'block-page': '封锁页面',
  'data-injection': '伪造的数据',
  'tls-alert': '伪造的 TLS 警报',
  'tls-mitm': 'TLS 拦截',
  'icmp-reject': 'ICMP 拒绝',
  throttling: '限速',
  'cut-off': '传输中断',
};

const triggerWords: Readonly<Record<TriggerKind, string>> = {
  'dns-name': '查询的域名',
  'tls-sni': 'TLS 握手消息中的网站名称',
  'tls-fingerprint': 'TLS 握手消息的形式',
  'http-host': '请求中的网站名称',
  'http-content': '请求的内容',
  'quic-sni': 'QUIC 握手消息中的网站名称',
  'ip-address': '地址',
  port: '端口',
  protocol: '协议',
  unknown: '未见的原因',
};

const because: Readonly<Record<TriggerKind, string>> = {
  'dns-name': '因为名称',
  'tls-sni': '因为名称',
  'tls-fingerprint': '因为握手消息的形式',
  'http-host': '因为名称',
  'http-content': '因为内容',
  'quic-sni': '因为名称',
  'ip-address': '因为地址',
  port: '因为端口',
  protocol: '因为协议',
  unknown: '',
};

function claim(confidence: Confidence, predicate: string): string {
  switch (confidence) {
    case 'confirmed':
      return `是${predicate}`;
    case 'likely':
      return `很可能是${predicate}`;
    default:
      return `可能是${predicate}`;
  }
}

const places: Readonly<Record<VerdictParams['place'], string>> = {
  'this-device': '这是在进行捕获的设备上发生的：是本机的过滤器，不是网络。',
  'local-network': '这似乎发生在本地网络中，由附近的路由器或过滤器所为。',
  resolver: '这是所询问的解析器所为。',
  path: '',
  unknown: '',
};

function verdict(p: VerdictParams, fact: string, judgement: string, noun: string): string {
  const counted = p.failed > 0 && p.attempts > 0 ? `${number(p.attempts)} 次尝试中有 ${number(p.failed)} 次失败。` : '';
  const survived = p.survived ? '但仍然连通了。' : '';
  const residual = p.residual > 0 ? `此后一段时间内，同一处另有 ${number(p.residual)} 次尝试失败，无论请求什么。` : '';
  const why =
    p.trigger === 'unknown' || p.triggerConfidence === 'inconclusive'
      ? '由什么触发：无法判断'
      : `${because[p.trigger]}：${confidenceWords[p.triggerConfidence]}`;
  return `${fact}。${judgement}${counted}${survived}${residual}${places[p.place]}（${noun}：${confidenceWords[p.confidence]}；${why}）`;
}

function subject(p: VerdictParams): string {
  return list(p.targets, 3, p.more);
}

function after(p: VerdictParams): string {
  if (p.trigger === 'http-content') return '在发送请求之后';
  if (p.trigger === 'tls-fingerprint') return '在发送 TLS 握手消息之后';
  const names: readonly TriggerKind[] = ['tls-sni', 'http-host', 'quic-sni'];
  const what = triggerWords[p.trigger];
  return names.includes(p.trigger) ? `在发送${/^[A-Z]/.test(what) ? ' ' : ''}${what}之后` : '';
}

const controls: Translation['control'] = {
  'same-address-other-name': '同一地址，不同名称',
  'same-name-other-address': '同一名称，不同地址',
  'other-resolver': '不同的解析器',
  'other-address': '同一分钟内的其他地址',
};

function controlWords(kind: string): string {
  if (kind === 'same-address-other-port') return '同一地址，不同端口';
  return controls[kind as keyof typeof controls] ?? kind;
}

export const zh: Translation = {
  code: 'zh',
  direction: 'ltr',
  evidence: {
    'data-after-reset': (p) =>
      `据称重置了连接的一方在 ${milliseconds(p.afterMs)} 之后首次发送了 ${number(p.bytes)} 字节数据：它自己的协议栈从未重置过连接。`,
    'answer-after-reset': (p) => `真正的应答在以其名义结束连接的数据包之后 ${milliseconds(p.afterMs)} 到达。`,
    'ack-after-reset': (p) => `在其重置之后 ${milliseconds(p.afterMs)}，该方仍在确认数据，只有存活的连接才会如此。`,
    'syn-ack-after-reset': (p) =>
      `重置之后 ${milliseconds(p.afterMs)}，服务器接受了连接（SYN-ACK），仿佛从未发送过重置。`,
    'reset-behind-data': (p) => `重置的序列号比该方已发送的落后 ${p.bytesBehind} 字节。`,
    'reset-sequence-jump': (p) => `随后又来了一个重置，其序列号比迄今发送的一切都超前 ${number(p.bytes)} 字节。`,
    'ttl-differs': (p) =>
      `可疑数据包的 TTL 为 ${p.suspect}；同一方自己的数据包的 TTL 为 ${list(p.genuine)}（相差 ${Math.abs(p.difference)} 跳）。`,
    'ttl-equal': (p) => `TTL ${p.ttl} 与该方自己的数据包相同。干扰者可以复制它。`,
    'ip-id-mirrors-peer': (p) => `IP ID ${hex(p.ipId)} 跟随对方的 ${hex(p.peerIpId)}：此数据包由它所回应的数据包制成。`,
    'window-mirrors-peer': (p) => `窗口 ${p.window} 复制自对方。`,
    'df-differs': (p) =>
      `“不分片”标志${p.suspect ? '已设置' : '未设置'}，与该方之前的全部 ${number(p.packets)} 个数据包不同。`,
    'window-nonzero': (p) => `重置的窗口为 ${p.window}，而多数协议栈发送 0。`,
    'reserved-bits': (p) => `设置了保留的 TCP 标志位（${hex(p.flags)}）。`,
    'timestamp-missing': (p) =>
      `它不带 TCP 时间戳，与该方的全部 ${number(p.packets)} 个数据包不同。某些协议栈的重置从不携带。`,
    'reset-burst': (p) =>
      `在 ${milliseconds(p.withinMs)} 内到达 ${number(p.count)} 个${p.identical ? '完全相同的' : ''}重置（IP ID ${hex(p.ipId)}）。`,
    'ttl-window-step': (p) => `在 ${p.bursts} 组重置中 TTL 与窗口同步变化：窗口减 TTL 总是 ${p.difference}。`,
    'known-payload': (p) => `重置携带 ${number(p.bytes)} 字节，是某种注入设备的已知内容：${p.hex}。`,
    'too-soon': (p) =>
      `它在 ${milliseconds(p.elapsedMs)} 后就确认了请求，而到该地址最快的往返用了 ${milliseconds(p.leastRttMs)}（${number(p.samples)} 个样本）：它来自更近的地方。`,
    'identity-equal': () => 'TTL、IP ID、窗口和标志都与该方自身相同：此数据包很可能就是它自己的。',
    'after-trigger': (p) => `它在请求或握手消息之后 ${milliseconds(p.elapsedMs)} 到达。`,
    'residual-window': (p) =>
      `在 ${p.name} 之后，到同一地址和端口的 ${number(p.failed)} 个连接尚未说出任何名称就失败，最后一个在 ${seconds(p.least)} 之后；${seconds(p.most)} 之后又有一个成功。`,
    'same-position': (p) => `在 ${number(p.flows)} 个连接的同一位置都发生了同样的事。`,
    'client-kept-sending': (p) => `客户端并未关闭：它又发送了 ${number(p.packets)} 个数据包。`,
    'fin-without-data': (p) => `请求之后 ${milliseconds(p.elapsedMs)} 连接被关闭，没有一个字节的应答。`,
    'before-last-router': (p) =>
      `TTL 为 ${p.lastClearTtl} 的探测没有引来重置，TTL 为 ${p.firstResetTtl} 的引来了：干扰者位于这两跳之间。`,
    'baseline-from-other-flows': (p) =>
      `该方在此连接中从未发言；它与同一地址的另外 ${number(p.flows)} 个连接作了比较，这样的证据分量较轻。`,
    'syn-unanswered': (p) =>
      `${number(p.attempts)} 次尝试中的 ${number(p.syns)} 个连接请求（SYN）在 ${seconds(p.seconds)} 内完全没有应答。`,
    'hello-unacknowledged': (p) =>
      `握手消息在 ${seconds(p.seconds)} 内重发了 ${number(p.retransmissions)} 次，始终没有任何部分得到确认。`,
    'hello-muted': (p) =>
      `握手消息在 ${milliseconds(p.ackMs)} 后得到确认，随后服务器沉默了 ${seconds(p.silentSeconds)}。`,
    'hello-partly-acknowledged': (p) =>
      `${number(p.length)} 字节的握手消息只有前 ${number(p.acknowledged)} 字节得到确认；其余部分重发了 ${number(p.retransmissions)} 次。`,
    'request-unacknowledged': (p) =>
      `请求在 ${seconds(p.seconds)} 内重发了 ${number(p.retransmissions)} 次，始终没有任何部分得到确认。`,
    'request-muted': (p) =>
      `请求在 ${milliseconds(p.ackMs)} 后得到确认，随后服务器沉默了 ${seconds(p.silentSeconds)}。`,
    'silent-midway': (p) =>
      `第一个请求之后，来自服务器的 ${number(p.fromServer)} 个和来自客户端的 ${number(p.fromClient)} 个数据包通过，随后 ${seconds(p.seconds)} 内再无通过，尽管重发了 ${number(p.retransmissions)} 个数据包。`,
    'client-unheard': (p) =>
      `在 ${seconds(p.seconds)} 内，服务器重发了客户端已确认的数据（${number(p.serverAgain)} 个数据包），客户端重发了未被确认的数据（${number(p.retransmissions)} 个数据包）：服务器的数据包能到达，客户端的不能。`,
    'ping-unanswered': (p) => `对该地址的 ${number(p.requests)} 次 ping 没有应答。`,
    'udp-unanswered': (p) => `${seconds(p.seconds)} 内的 ${number(p.datagrams)} 个数据报没有应答。`,
    'ports-silent': (p) => `该地址在这些端口上无声：${list(p.ports, 8)}。`,
    'prefix-silent': (p) => `${p.prefix} 的其他地址也无声：${list(p.addresses)}。`,
    'service-silent': (p) =>
      `${serviceNames(p.service)} 的地址中 ${list(p.addresses)} 无声，有应答的为 ${p.answered} 个。`,
    'syn-ack-repeated': (p) => `服务器重复发送 SYN-ACK ${number(p.count)} 次：客户端的数据包没有到达它。`,
    'icmp-prohibited': (p) => `有设备表示禁止通过：ICMP ${icmp(p)}。`,
    'icmp-unreachable': (p) => `有设备表示该地址不可达：ICMP ${icmp(p)}。`,
    'answers-contradict': (p) =>
      `对同一查询的 ${number(p.answers)} 个应答互相矛盾：先是 ${addresses(p.first)}，${milliseconds(p.gapMs)} 后是 ${addresses(p.other)}。`,
    'answer-too-soon': (p) =>
      `应答在 ${milliseconds(p.elapsedMs)} 后到达，而到该解析器最快的往返用了 ${milliseconds(p.leastRttMs)}（${number(p.samples)} 个样本）。`,
    'answer-identity-differs': (p) => `这些应答由不同的协议栈生成：${list(p.fields, 8)} 不同。`,
    'bogus-address': (p) => `${p.address}（${p.range}）不可能是公共域名的地址。`,
    'shared-bogus-address': (p) => `${p.address} 被用作互不相关的域名的应答：${list(p.names)}。`,
    'listed-address': (p) => `${p.address} 与导入列表 ${p.list} 中的条目 ${p.entry} 相符。`,
    'known-block-address': (p) => `${p.address} 是 ${p.system} 的已知封锁地址（${p.source}）。`,
    'known-pool-address': (p) => `${p.address} 是 ${p.system} 放入伪造应答的地址之一（${p.source}）。`,
    'resolvers-disagree': (p) =>
      `${p.resolver} 应答 ${addresses(p.answer)}，${p.other} 应答 ${addresses(p.otherAnswer)}。`,
    'denied-elsewhere-resolves': (p) => `应答为 ${rcode(p.rcode)}，而 ${p.other} 能解析该域名。`,
    'answer-not-from-resolver': (p) => `${p.address} 应答了 DNS 查询，但没有迹象表明它是解析器。`,
    'foreign-service-address': (p) => `${p.address} 属于 ${serviceNames(p.service)}，而不属于所查询的域名。`,
    'query-unanswered': (p) => `${seconds(p.seconds)} 内的 ${number(p.queries)} 次查询没有应答。`,
    'other-names-answered': (p) => `同一解析器 ${p.resolver} 在此期间应答了另外 ${number(p.names)} 个域名。`,
    'address-failed': (p) => `到应答所给地址 ${p.address} 的连接失败了。`,
    'address-works': (p) => `到应答所给地址 ${p.address} 的连接对该域名成功了。`,
    'teredo-address': (p) => `${p.address} 是 Teredo 地址，伪造的应答会携带，公共域名不会。`,
    'answer-wrong-type': (p) => `查询的是 ${p.asked}，应答只有 ${addresses(p.addresses)}。`,
    'extended-error': (p) =>
      `解析器自己说明了原因（扩展 DNS 错误 ${p.code}）：${extendedErrors[p.code] ?? '其他原因'}。`,
    'protocol-recognised': (p) => `第一条消息属于 ${p.protocol}，其形式本身就已暴露。`,
    'names-made-up': (p) =>
      `发往 ${number(p.addresses)} 个地址的同一形式的握手消息中有 ${number(p.count)} 个由随机字母组成的名称，每个只用一次，也没有人查询过（${list(p.names, 3, p.count - p.names.length)}）：${p.protocol} 会为每个连接编造这样的名称。`,
    repeated: (p) => `${number(p.attempts)} 次尝试中有 ${number(p.failed)} 次以同样方式失败。`,
    'control-ok': (p) =>
      `对照：${controlWords(p.control)}，${p.value}：成功${p.count === 1 ? '' : ` ${number(p.count)} 次`}。`,
    'control-failed': (p) =>
      `对照：${controlWords(p.control)}，${p.value}：也失败${p.count === 1 ? '' : ` ${number(p.count)} 次`}。`,
    'attempt-succeeded': (p) => `对同一目标的 ${number(p.attempts)} 次尝试中有 ${p.succeeded} 次成功。`,
    'name-fails-in-networks': (p) =>
      `该名称在 ${p.networks.length} 个网络的地址上以同样方式失败：${list(p.networks)}。`,
    'fingerprint-separates': (p) =>
      `区分失败与成功的握手消息的是 ${p.attribute}：${p.failing} 失败，${p.working} 成功。`,
    'names-share-fate': (p) => `该地址上 ${number(p.names)} 个不同的名称同样失败，因此与名称无关。`,
    'steady-rate': (p) =>
      `${seconds(p.seconds)} 内传输一直保持在 ${number(p.kilobits)} kbit/s 左右，波动 ${number(p.variationPercent)} %，几乎没有丢失：它是被拖住，而不是被丢弃。`,
    'arrives-in-bursts': (p) =>
      `${number(p.percent)} % 的数据包以线路速度成批到达：没有东西阻拦它们，排队会把它们隔开。`,
    'control-faster': (p) => `对照：${controlWords(p.control)}，${p.value}：快 ${number(p.times)} 倍。`,
    'failure-before-answer': (p) =>
      `同一查询先得到 ${rcode(p.rcode)}，${milliseconds(p.gapMs)} 后得到 ${addresses(p.answer)}。`,
    'frozen-after': (p) =>
      `服务器发送 ${number(p.bytes)} 字节（共 ${number(p.packets)} 个数据包）之后 ${seconds(p.seconds)} 内再无内容，客户端的另外 ${number(p.tries)} 次尝试也没有应答。`,
    'fully-encrypted': (p) =>
      `首个载荷不像任何已知协议：每字节 ${number(p.bitsPerByte)} 个置位比特，${number(p.printablePercent)} % 可打印，连续可打印不超过 ${p.longest} 字节。Wu 等人（USENIX Security 2023）所述的过滤器会丢弃此类连接。`,
    'ip-id-constant': (p) =>
      `${number(p.packets)} 个不同的数据包带有相同的 IP ID ${hex(p.ipId)}，而服务器自己的数据包都没有。`,
    'known-issuer': (p) => `证书由“${p.issuer}”签发，它为不属于自己的名称签名：${p.system}（${p.source}）。`,
    'listed-page': (p) => `该页面与导入列表 ${p.list} 中的条目 ${p.entry} 相符。`,
    'known-page': (p) => `该页面是已知的封锁页面：${p.system}（${p.source}）。`,
    'no-queue': (p) =>
      `如果是队列丢弃了这些包，其他包会被耽搁 ${milliseconds(p.queueMs)}；而五分之四的包所用时间相差不超过 ${milliseconds(p.spreadMs)}。`,
    'one-issuer-for-all': (p) =>
      `“${p.issuer}”为 ${p.networks} 个网络中 ${p.owners} 个所有者的名称签名，它们别无共同之处。`,
    policed: (p) =>
      `${seconds(p.seconds)} 内通过的不超过 ${number(p.kilobits)} kbit/s：丢失 ${p.losses} 个数据包（${number(p.lossPercent)} %），其中 ${number(p.explainedPercent)} % 发生在发送超过固定速率之时。`,
    'quic-silent-everywhere': (p) => `没有任何一方应答 QUIC，尽管这些地址都应答 TCP：${list(p.addresses, 8)}。`,
    'quic-unanswered': (p) =>
      `${number(p.attempts)} 次尝试中的 ${number(p.datagrams)} 个 QUIC 数据报没有应答（每次最长 ${seconds(p.seconds)}）。`,
    'redirect-elsewhere': (p) => `请求 ${p.name} 的人被送往 ${p.location}。`,
    'reply-with-end': (p) => `整个应答是一个 ${number(p.bytes)} 字节的数据包，并立即结束连接。`,
    'request-overlooked': (p) => `它应答了请求，却没有确认其中的 ${number(p.bytes)} 字节：写它的一方从未收到请求。`,
    'resolver-alive': (p) =>
      p.port === 0 ? `${p.resolver} 在运行：它应答了 ping。` : `${p.resolver} 在运行：它在端口 ${p.port} 上应答。`,
    'resolver-silent': (p) =>
      `${p.resolver} 在 ${seconds(p.seconds)} 内对关于 ${number(p.names)} 个域名的 ${number(p.queries)} 次查询一次也未应答。`,
    'resolver-too-near': (p) =>
      `以 ${p.resolver} 名义的应答在 ${milliseconds(p.answerMs)} 后到达（${number(p.samples)} 个样本），而到该地址的往返至少需要 ${milliseconds(p.ownMs)}：是更近的某方在应答。`,
    'resolvers-silent': (p) => `${list(p.resolvers, 8)} 在端口 53 上全都无声，而又全都在运行。`,
    'same-amount': (p) =>
      `到 ${number(p.addresses)} 个地址的 ${number(p.flows)} 个连接在大致相同的数量处冻结（${number(p.least)} 至 ${number(p.most)} 字节）。`,
    'smaller-passes': (p) => `来自 ${p.address} 的较小传输完整通过（${number(p.count)} 个连接）。`,
    'stream-rewritten': (p) =>
      `数据流的同一部分以不同的字节来了两次，相隔 ${milliseconds(p.gapMs)}：服务器只会重发它之前发送的内容。`,
    'works-over-tcp': (p) =>
      `其间 ${p.name} 在 ${p.address} 上经由 TCP 可用（${number(p.count)} 个连接）：主机和路径正常。`,
  },
  alternative: {
    'server-closed': (p) => `服务器自己关闭了连接${p.timing === '' ? '' : `（${p.timing}）`}。`,
    'server-down': (p) => `服务器 ${p.address} 没有运行。`,
    'server-policy': (p) => `服务器拒绝名称 ${p.name}，或拒绝来自此处的客户端。`,
    'server-overloaded': (p) => `服务器 ${p.address} 过载。`,
    'server-firewall': (p) => `服务器 ${p.address} 自己的防火墙。`,
    'load-balancer': (p) => `负载均衡器以自己的协议栈代替 ${p.address} 应答。`,
    'client-aborted': () => '客户端自己放弃了。',
    'keep-alive-race': () => '请求在途中时，服务器关闭了空闲连接。',
    'idle-timeout': (p) => `空闲 ${seconds(p.seconds)} 后超时。`,
    'packet-loss': (p) =>
      `普通的丢包（${p.retransmissions > 0 ? `见到 ${number(p.retransmissions)} 次重传` : '未见重传'}）。`,
    'mtu-black-hole': (p) => `${number(p.length)} 字节大的数据包无法通过路径（MTU）。`,
    'local-filter': () => '设备本身的防火墙、杀毒软件、VPN 或捕获应用。',
    'home-router': (p) => `家用路由器或热点${p.hops > 0 ? `，${p.hops} 跳之外` : '，就在附近'}。`,
    'nat-timeout': (p) => `空闲 ${seconds(p.seconds)} 后 NAT 忘记了该连接。`,
    'middlebox-proxy': () => '透明代理代替服务器应答。',
    'capture-duplicates': (p) => `捕获本身重复了${p.frames > 0 ? ` ${p.frames} 个` : ''}帧。`,
    'capture-incomplete': () => '捕获缺少能作出解释的数据包。',
    'anycast-rehash': () => '同一连接的数据包到达了同一地址背后的不同服务器。',
    'older-segment-reordered': () => '较早的数据包只是在途中被超过了。',
    'cdn-rotation': (p) => `内容分发网络给出变化的地址（${list(p.addresses)}）。`,
    'split-horizon': (p) => `该域名在此网络内有另一个地址（${p.address}）。`,
    'filtering-resolver': (p) => `解析器 ${p.resolver} 按其所有者的意愿过滤。`,
    'captive-portal': (p) => `登录之前由认证门户（${p.address}）应答。`,
    'name-does-not-exist': (p) => `该域名不存在（${rcode(p.rcode)}）。`,
    'resolver-failure': (p) => `解析器失败（${rcode(p.rcode)}）。`,
    'resolver-down': (p) => `解析器 ${p.resolver} 没有运行。`,
    'unseen-query': () => '发送了两次查询，捕获只显示其中一次。',
    'network-down': () => '当时网络中断。',
    'ipv6-broken': () => '此处 IPv6 完全不通。',
    'deferred-accept': (p) => `服务器 ${p.address} 等到第一份数据才接受连接，其间重复发送 SYN-ACK。`,
    'happy-eyeballs': () => '客户端同时尝试两个地址，放弃了较慢的一个。',
    'host-down': (p) => `主机 ${p.address} 已关机或不存在。`,
    'routing-accident': (p) => `路由事故使 ${p.prefix} 不可达。`,
    'own-tool': () => '这些数据包由用户自己的翻墙或探测工具产生。',
    congestion: () => '拥塞或微弱的链路。',
    'server-pacing': (p) => `${p.address} 自己以此速度发送。`,
    'server-without-quic': (p) => `${p.address} 不支持或不再支持 QUIC。`,
    'silent-by-design': (p) => `${p.protocol} 从不应答密钥错误或未知的一方：请先核对密钥。`,
    'speed-limit': () => '套餐、办公室或主机的限速。',
  },
  quality: {
    snaplen: (_p, n) => `${number(n)} 个数据包被捕获长度截断：名称和内容可能缺失。`,
    'one-way': (_p, n) => `${number(n)} 个连接只捕获了一个方向：那里的无声不能证明任何事。`,
    'mid-stream': (_p, n) => `${number(n)} 个连接在捕获开始之前就已建立。`,
    duplicated: (_p, n) => `捕获中有 ${number(n)} 个数据包重复；副本未计入。`,
    drops: (_p, n) => `捕获丢失了${n > 0 ? ` ${number(n)} 个` : ''}数据包：凡可能缺包之处，未对无声作判断。`,
    offload: (_p, n) => `${n > 0 ? `${number(n)} 个` : '有'}段大于网络所能传输：由网卡合并，数据包数为估计值。`,
    clock: (p, n) =>
      p.measured === 'program'
        ? '时间由抓包程序测量，而非内核：未按时间作任何判断，丢失的数据包也未计数。'
        : `时间戳倒退${n > 0 ? `（${number(n)} 次）` : ''}：未按时间作任何判断。`,
    truncated: (p) => {
      const missing = p.missing ?? p.needed;
      return `文件在一条记录中间结束${typeof missing === 'number' && missing > 0 ? `（缺 ${missing} 字节）` : ''}；之前的内容均已分析。`;
    },
    damaged: (_p, n) => `略过了 ${number(n)} 条损坏的记录。`,
    'own-tool': (_p, n) => `${number(n)} 个数据包像是用户的翻墙或探测工具所产生；未参与判断。`,
    'link-type': (p, n) => {
      const types = p.linkTypes ?? p.linkType;
      const named = Array.isArray(types) ? list(types as readonly (string | number)[]) : String(types ?? '未知');
      const code = typeof p.number === 'number' ? `，编号 ${p.number}` : '';
      return `${n > 0 ? `${number(n)} 个` : ''}数据包的链路类型或隧道无法读取（${named}${code}）。`;
    },
    'wifi-encrypted': (_p, n) => `${number(n)} 个 Wi-Fi 数据帧已加密，无法读取：请改在设备本身或其路由器上捕获。`,
    'wifi-damaged': (_p, n) =>
      `${number(n)} 个 Wi-Fi 帧到达捕获网卡时已损坏，已跳过：请在设备本身上捕获，那里不会遗漏。`,
    budget: (p, n) =>
      p.what === 'queries'
        ? `捕获的内容超过同时保留的数量：有 ${number(n)} 个 DNS 查询未作任何保留，也未对其作判断。`
        : `捕获的内容超过同时保留的数量：${number(n)} 个连接被放弃或未保留数据包，未对其无声作判断。`,
    'let-go': (p, n) =>
      p.what === 'targets'
        ? `为给新目标腾出位置，放弃了 ${number(n)} 个较早目标的尝试结果：它们不在列表中，也没有与之比较。`
        : `捕获时间很长：为给新内容腾出位置，放弃了 ${number(n)} 个较早连接和查询的细节。此前的发现保持当时所述。`,
  },
  next: {
    'other-name-same-address': (p) =>
      `捕获时访问同一地址${p.address === null ? '' : ` ${p.address}`} 上的另一个网站：若成功，则关键在于${p.name ?? '名称'}。`,
    'same-name-other-address': (p) =>
      `尝试 ${p.name ?? '同一服务'} 的另一个地址：若成功，则关键在于 ${p.address ?? '地址'}。`,
    'other-resolver': (p) => `捕获时向另一个解析器或经由 HTTPS 的解析器查询 ${p.name ?? '同一域名'}，并作比较。`,
    'other-network': (p) => `同时从另一个网络（移动网络、另一运营商）重复访问 ${p.name ?? p.address ?? '同一目标'}。`,
    'server-side-capture': (p) =>
      `也在服务器${p.address === null ? '' : ` ${p.address}`} 上捕获：只在一端出现的数据包即可定论。`,
    'capture-from-start': () => '在连接之前开始捕获：握手显示真正的服务器是什么样。',
    'capture-both-directions': () => '捕获两个方向，最好在设备本身上进行。',
    'capture-full-packets': () => '捕获完整的数据包（不限制长度）：名称和内容被截断了。',
    'capture-longer': () => '失败后让捕获再运行一分钟：它在能判断无声之前就结束了。',
    'repeat-attempt': (p) => `隔几分钟多次尝试 ${p.name ?? p.address ?? ''}：一次失败可能是偶然。`,
    'check-local-filter': () => '先检查此设备及其路由器上的防火墙、杀毒软件、VPN 或过滤器，并在没有它们的情况下重复。',
    'check-routing': (p) => `查询路由档案：当时到 ${p.address ?? '该地址'} 的路由是否曾在别处宣告。`,
    'try-ech': (p) =>
      `若 ${p.name ?? '网站'} 支持，请用支持 Encrypted Client Hello 的浏览器：若成功，则关键在于可见的名称。`,
    traceroute: (p) => `捕获时对 ${p.address ?? '该地址'} 运行 TCP traceroute：它可显示数据包在哪一跳终止或得到应答。`,
    'publish-report': () => '保持捕获原样，并记下在何处、何时、在哪个网络上捕获，以便他人核对。',
  },
  verdict: {
    'reset-by-name': (p) =>
      verdict(p, `到 ${subject(p)} 的连接${after(p)}被重置`, `这些重置${claim(p.confidence, '伪造的')}。`, '重置'),
    'reset-by-address': (p) =>
      verdict(p, `到 ${subject(p)} 的连接被重置`, `这些重置${claim(p.confidence, '伪造的')}。`, '重置'),
    reset: (p) => verdict(p, `到 ${subject(p)} 的连接被重置`, `这些重置${claim(p.confidence, '伪造的')}。`, '重置'),
    'dropped-by-name': (p) =>
      verdict(
        p,
        `到 ${subject(p)} 的连接${after(p)}变为无声`,
        `数据包${claim(p.confidence, '在途中被丢弃的')}。`,
        '丢弃',
      ),
    dropped: (p) =>
      verdict(p, `到 ${subject(p)} 的连接变为无声`, `数据包${claim(p.confidence, '在途中被丢弃的')}。`, '丢弃'),
    'closed-by-name': (p) =>
      verdict(
        p,
        `到 ${subject(p)} 的连接${after(p)}被关闭，没有应答`,
        `关闭的数据包${claim(p.confidence, '伪造的')}。`,
        '关闭',
      ),
    alerted: (p) =>
      verdict(p, `到 ${subject(p)} 的连接${after(p)}被 TLS 警报拒绝`, `警报${claim(p.confidence, '伪造的')}。`, '警报'),
    'dns-forged': (p) =>
      verdict(
        p,
        `对 ${subject(p)} 的 DNS 查询得到可疑的应答`,
        `这些应答${claim(p.confidence, '伪造的')}。`,
        '伪造的应答',
      ),
    'dns-lying-resolver': (p) =>
      verdict(p, `解析器对 ${subject(p)} 给出虚假的应答`, `这些应答${claim(p.confidence, '编造的')}。`, '虚假的应答'),
    'dns-denied': (p) =>
      verdict(
        p,
        `对 ${subject(p)} 的 DNS 查询得到的应答是域名或记录不存在`,
        `这些否认${claim(p.confidence, '伪造的')}。`,
        '否认',
      ),
    'dns-silent': (p) =>
      verdict(p, `对 ${subject(p)} 的 DNS 查询没有应答`, `查询${claim(p.confidence, '被丢弃的')}。`, '丢弃'),
    'address-silent': (p) =>
      verdict(p, `${subject(p)} 没有任何回音`, `数据包${claim(p.confidence, '在途中被丢弃的')}。`, '丢弃'),
    'address-rejected': (p) => verdict(p, `到 ${subject(p)} 的数据包被途中的设备拒绝`, '', '拒绝'),
    other: (p) =>
      verdict(p, `与 ${subject(p)} 的通信有受干扰的迹象（${interferenceWords[p.interference]}）`, '', '干扰'),
    'cannot-tell': (p) =>
      verdict(
        p,
        `${subject(p)} 有些异常（可以设想是${interferenceWords[p.interference]}），此捕获无法说明更多`,
        '',
        '干扰',
      ),
    'cut-off': (p) =>
      verdict(
        p,
        `到 ${subject(p)} 的连接在一定数据量之后冻结`,
        `其余部分${claim(p.confidence, '在途中被丢弃的')}。`,
        '中断',
      ),
    'data-replaced': (p) =>
      verdict(p, `到 ${subject(p)} 的连接中有外来的数据`, `这些数据${claim(p.confidence, '伪造的')}。`, '伪造'),
    intercepted: (p) =>
      verdict(p, `到 ${subject(p)} 的连接得到了旁读者的证书`, `这些连接${claim(p.confidence, '被拦截的')}。`, '拦截'),
    'page-replaced': (p) =>
      verdict(
        p,
        `对 ${subject(p)} 的请求得到了另一个页面`,
        `它${claim(p.confidence, '用来代替所请求页面的')}。`,
        '替换',
      ),
    'resolver-replaced': (p) => verdict(p, `更近的某方以 ${subject(p)} 的名义应答了 DNS 查询`, '', '重定向'),
    'resolver-silent': (p) =>
      verdict(p, `解析器 ${subject(p)} 对任何域名都不应答`, `查询${claim(p.confidence, '被丢弃的')}。`, '丢弃'),
    slowed: (p) =>
      verdict(
        p,
        `来自 ${subject(p)} 的传输被限制在固定速度`,
        `超出的数据包${claim(p.confidence, '在途中被丢弃的')}。`,
        '限制',
      ),
  },
  error: {
    'not-found': { text: (p) => `${of(p)}：没有这个文件。`, hint: '请检查路径及其拼写。' },
    'no-permission': { text: (p) => `${of(p)}：不允许读取。`, hint: '请更改文件权限，或复制到您可以读取的位置。' },
    'is-directory': { text: (p) => `${of(p)} 是一个目录。`, hint: '请指定其中的捕获文件。' },
    'read-failed': {
      text: (p) => `${of(p)}：读取失败${text(p, 'system') === null ? '' : `（${text(p, 'system')!}）`}。`,
      hint: '请检查磁盘或网络驱动器；之前读取的内容仍然有效。',
    },
    empty: { text: (p) => `${of(p)} 是空的。`, hint: '请重新捕获；捕获程序可能在写入之前就被停止了。' },
    'not-a-capture': {
      text: (p) => `${of(p)} 既不是 pcap 也不是 pcapng。`,
      hint: '请存为 pcap 或 pcapng，例如：editcap -F pcapng <输入> <输出>',
    },
    'unsupported-version': {
      text: (p) =>
        `${of(p)}：无法读取文件格式的${typeof p.major === 'number' ? ` ${p.major}.${String(p.minor ?? 0)} ` : '此'}版本。`,
      hint: '请用新版 Wireshark 转换：editcap -F pcapng <输入> <输出>',
    },
    'unsupported-format': {
      text: (p) => `${of(p)} 的格式无法读取${text(p, 'format') === null ? '' : `（${text(p, 'format')!}）`}。`,
      hint: '请用 Wireshark 转换：editcap -F pcapng <输入> <输出>',
    },
    damaged: {
      text: (p) => `${of(p)} 在无法略过之处损坏。`,
      hint: '该处之前的内容均已分析。若原文件完好，请重新复制。',
    },
    'compressed-damaged': {
      text: (p) => `${of(p)}：压缩数据已损坏。`,
      hint: '能解压的部分均已分析。若原文件完好，请重新复制。',
    },
    'no-space': { text: (p) => `${of(p)}：没有空间存放临时文件。`, hint: '请释放磁盘空间，或先将捕获解压到文件。' },
  },
  control: controls,
  technique: {
    'rst-injection': {
      name: '注入重置',
      how: '监视流量的设备以服务器、客户端或双方的名义发送 TCP 重置（或 FIN）。于是双方都以为对方挂断了。设备不必挡在数据包的路上；能看到它们就够了。',
      packets:
        '请求或 TLS 握手消息之后紧接着出现 RST，其 TTL、IP ID、窗口或“不分片”位与服务器的其他数据包不同；同时来了几个完全相同的；RST 早于服务器可能应答的时间；最确定的是：服务器在据称重置连接之后仍继续发言。',
      mistaken:
        '服务器和负载均衡器确实会重置连接：端口关闭时、重用空闲连接时、拒绝某个名称时。关闭标签页时客户端也会重置。一个奇怪的首部字段不是证据；TTL 与服务器相同也不是清白的证据。',
    },
    'dns-poisoning': {
      name: 'DNS 投毒',
      how: '对域名的查询得到不真实的应答：别人的地址、封锁页面的地址、无效地址，或声称域名不存在。应答由途中的设备注入、改写，或由解析器自己给出。',
      packets:
        '对同一查询的两个互相矛盾的应答，第一个来得太早；公共域名不可能有的地址；已知出现在伪造应答中的地址；来自并非解析器的地址的应答；两个解析器不可能都正确的应答。',
      mistaken:
        '内容分发网络对不同的询问者给出不同的地址。按用户意愿过滤的解析器（广告、家长控制）、有自己域名的公司网络、认证门户和有故障的解析器看起来相似。自行解析域名的机器询问的是域名所有者的服务器，其中许多维护不善：它们之间不作比较。',
    },
    'dns-blocking': {
      name: 'DNS 封锁',
      how: '对域名的查询被丢弃，或与解析器的连接被重置，因此永远没有应答。',
      packets: '同一查询在数秒内重复而没有应答，而同一解析器同时应答其他域名。',
      mistaken: '对所有域名都慢或停止工作的解析器、丢包、自身服务器有故障的域名。',
    },
    'sni-filtering': {
      name: 'SNI 过滤',
      how: '设备从 TLS 握手消息中读取未加密的网站名称（Server Name Indication），或从握手消息的形式识别程序，然后重置连接、丢弃数据包或伪造应答。',
      packets:
        'TCP 握手成功；握手消息之后出现重置、并非服务器发出的 TLS 警报，或陷入无声：握手消息一再重发，或服务器一再重发客户端早已确认的内容而听不到任何回应。向同一地址发送带其他名称的握手消息则成功。',
      mistaken:
        '拒绝未知名称的服务器、背后没有服务器的负载均衡器（确认后沉默）、丢失大数据包的路径。没有同一地址上的其他名称，就不能表明名称是原因。',
    },
    'ip-null-routing': {
      name: '地址封锁（空路由）',
      how: '发往某个地址或整个地址段的数据包无论内容如何都被丢弃或拒绝。路由器被要求把它们送往虚无。',
      packets:
        '在多个端口上数秒内重复的连接请求毫无应答，或途中的路由器以 ICMP 表示禁止，而其他地址在同一分钟内有应答。',
      mistaken: '关机的主机、服务器的防火墙、不通的 IPv6、别处的路由事故。没有对照的无声最多只是“可能”。',
    },
    'http-filtering': {
      name: 'HTTP 过滤',
      how: '设备读取未加密请求中的主机名或内容并加以干扰。',
      packets: '握手成功；请求之后出现重置、无声或外来的应答。同一地址换用其他主机名则成功。',
      mistaken: '只应答已知名称的服务器、Web 应用防火墙、公司网络中的代理。',
    },
    'http-blockpage': {
      name: '封锁页面',
      how: '所请求的页面被另一个说明已封锁的页面或到此类页面的重定向所代替。',
      packets: '封锁页面名单中已知的响应，或来得太早并立即结束连接的、指向外域的重定向，其首部字段与服务器不同。',
      mistaken: '认证门户、网站自己的拒绝（按国家或针对机器人）、停放的域名、主机商的页面。',
    },
    'data-injection': {
      name: '数据注入',
      how: '设备抢在服务器之前以其名义发送数据。客户端接受先到的。',
      packets:
        '数据流同一位置上内容不同的两个段；没有确认其所应答的请求的响应；以邮件服务器名义发出的拒绝，而服务器自己的应答随后到来。',
      mistaken: '带任意内容的保活探测、重新压缩过数据的中间设备的重传、损坏的捕获。',
    },
    'quic-blocking': {
      name: 'QUIC 封锁',
      how: 'QUIC 的握手消息用路径上任何人都能推导的密钥加密。设备读取名称，或仅看出是 QUIC，从此丢弃该连接的数据包。',
      packets: '最初的数据报一再重发而没有可用的应答，而同一网站经由 TCP 可用。',
      mistaken: '没有 QUIC 的服务器、不放行 UDP 的防火墙、容不下 1200 字节数据报的路径、让 TCP 与 QUIC 竞速的浏览器。',
    },
    'port-blocking': {
      name: '端口或协议封锁',
      how: '某个端口，或一切像某种协议的流量（VPN、Tor、加密 DNS、任何无法识别的），无论去往何处都被丢弃或重置。',
      packets:
        '某地址的一个端口无声，或有路由器称其被禁止，而另一个有应答；第一个数据包通过而其后全无；VPN 握手在多个地址均无应答。',
      mistaken:
        '未监听该端口的服务、公司和酒店的防火墙、没有运行的服务器、密钥错误的 VPN：这时 WireGuard 以及通常配置下的 OpenVPN 都不会应答。',
    },
    'tls-mitm': {
      name: 'TLS 拦截',
      how: '设备自己终结加密，出示自己的证书并读取经过的内容。',
      packets: '出乎意料的颁发者的证书，在 TLS 1.2 及以前可见。TLS 1.3 中证书是加密的，捕获无法显示。',
      mistaken: '杀毒软件和公司代理在设备所有者知情的情况下也这样做。',
    },
    throttling: {
      name: '限速',
      how: '某网站或服务的流量被减慢到无法使用，多半是丢弃超出某个小速率的部分。',
      packets:
        '传输以平稳的低速进行。恰在发送超过该速率时丢包，而往返时间保持很短，或通过的数据包以线路速度成串到达：若是排队，它们本应等待。同一分钟内另一传输快许多倍。',
      mistaken: '微弱的无线信号、拥挤的链路、套餐的上限、自行控制节奏的服务器和播放器。',
    },
    'data-cutoff': {
      name: '传输中断',
      how: '连接在最初几个数据包或若干千字节内正常，随后冻结。',
      packets: '多个连接在相同的数量之后停止，常为 15 至 20 kB 或约 25 个数据包，没有关闭，而双方仍要发送。',
      mistaken: '本来就那么长的页面、服务器首批数据的丢失、丢失的大数据包。',
    },
    'residual-blocking': {
      name: '残余封锁',
      how: '一次被禁止的连接之后，同样两个地址之间的一切在一段时间内都被封锁，常为数分钟。',
      packets:
        '不含任何被禁内容的连接在先前的干扰之后的固定时间内失败，之后又成功。最后一次失败和第一次成功表明其持续多久。',
      mistaken: '在出错后限制某地址的服务器、恰好结束的故障。窗口之内的对照不能证明任何事。',
    },
  },
  confidence: {
    confirmed: { word: '已证实', sentence: '已证实：数据包本身显示了干扰，且所列的其他解释都不符合。' },
    likely: { word: '很可能', sentence: '很可能：最为符合；某些其他解释只是被削弱。' },
    possible: { word: '可能', sentence: '可能：与干扰相符，也与至少一种普通原因相符。' },
    inconclusive: { word: '无法判断', sentence: '无法判断：此捕获说明不了。' },
  },
  trigger: triggerWords,
  interference: interferenceWords,
  outcome: {
    blocked: { word: '被封锁', sentence: '尝试被干扰所阻止。' },
    attempted: { word: '受干扰', sentence: '受到干扰，但仍然连通。' },
    down: { word: '不通', sentence: '失败了，但没有指向干扰的迹象。' },
    ok: { word: '正常', sentence: '成功了。' },
    insufficient: { word: '资料不足', sentence: '捕获的内容不足以判断。' },
  },
  stage: {
    syn: '在连接请求时',
    handshake: '在握手期间',
    'client-hello': '在 TLS 握手消息之后',
    request: '在请求之后',
    response: '在响应期间',
    data: '在传输过程中',
    query: '在 DNS 查询时',
  },
  effect: { stopped: '被阻止', degraded: '受损', survived: '仍然通过', unknown: '未见后果' },
  place: {
    'this-device': '在此设备上',
    'local-network': '在本地网络中',
    resolver: '在解析器处',
    path: '在路径上',
    unknown: '位置无法判断',
  },
  strength: { strong: '强', medium: '中', weak: '弱' },
  surface: { web: '网站', app: '应用', calls: '通话', proxy: '代理' },
  service: { wikipedia: '维基百科', tor: 'Tor 项目', dw: '德国之声', nytimes: '纽约时报' },
  serviceState: {
    blocked: '被封锁',
    degraded: '部分被封锁',
    reachable: '可达',
    inconclusive: '无法判断',
    'not-seen': '未出现',
  },
  limits: [
    '谁下令干扰，或他人是否受影响：它只显示某时某地',
    '捕获运行期间从未尝试过的',
    '经由 VPN 或隧道的，或在最初几个数据包之后加密的',
  ],
};

/** Names that Chinese writes its own way; the others stay as they are. */
function serviceNames(service: string): string {
  return zh.service[service as keyof typeof zh.service] ?? service;
}

const limits: Readonly<Record<string, string>> = { time: '时间', size: '大小', packets: '数据包数' };

export const zhLive: LiveWords = {
  error: {
    'not-installed': (e) => `未安装 ${e.backend}。`,
    'no-permission': (e) => `${e.backend} 没有捕获权限。`,
    'no-interface': (e) => `${e.backend} 不认识这个接口。`,
    'interface-down': (e) => `${e.backend}：接口已关闭。`,
    'bad-filter': (e) => `${e.backend} 无法理解这个过滤器。`,
    failed: (e) => `${e.backend} 没有开始捕获。`,
  },
  notice: {
    'interface-gone': (p) =>
      `接口 ${text(p, 'interface') ?? ''} 已消失或关闭。已捕获的内容会保留；接口恢复后继续捕获。`,
    'interface-back': (p) => `接口 ${text(p, 'interface') ?? ''} 已恢复，捕获继续。对中断期间未完成的内容不作判断。`,
    'helper-ended': (p) =>
      `捕获程序结束了（${text(p, 'message') ?? '未说明原因'}），已重新启动。对中断期间未完成的内容不作判断。`,
    'helper-lost': (p) =>
      `捕获程序一再结束（${text(p, 'message') ?? '未说明原因'}），捕获到此为止。已捕获的内容会保留。`,
    'disk-full': (p) => `磁盘已满：${text(p, 'path') ?? '文件'} 中只保留已写入的部分。观察和分析继续进行。`,
    'recording-failed': (p) =>
      `写入 ${text(p, 'path') ?? '文件'} 失败（${text(p, 'system') ?? '原因不明'}）。观察和分析继续进行。`,
    slept: (p) => `这台电脑休眠了 ${seconds(Number(p.seconds))}。捕获继续；对中断期间未完成的内容不作判断。`,
    drops: (p) => `捕获时至少丢失了 ${number(Number(p.drops))} 个数据包：不再对无应答作判断。`,
    'limit-reached': (p) => `已达到限制：${limits[text(p, 'limit') ?? ''] ?? '预先设定的'}。`,
  },
  step: {
    'linux-install': '安装为 Blockscope 进行捕获的 dumpcap：',
    'linux-group': '允许您的用户捕获（询问是否允许普通用户时选择“是”）：',
    'linux-login': '注销并重新登录，使新的用户组生效。',
    'macos-install': '安装 Wireshark，其中带有 dumpcap：',
    'macos-bpf': '打开 Wireshark，在首页安装 ChmodBPF（“Install ChmodBPF”），然后注销并重新登录：',
    'windows-npcap': '安装 Npcap，它让程序能够捕获：',
    'windows-install': '安装 Wireshark，其中带有 dumpcap：',
    'try-again': '再试一次。',
    'open-instead': '打开已保存的捕获不需要任何权限。',
  },
  userTimes: '时间由本程序测量，丢失的数据包不计数：不会按时间作任何判断。',
  neverRoot: 'Blockscope 本身不需要更多权限；请勿以 root 身份运行。',
};
