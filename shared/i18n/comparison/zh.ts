// Chinese words of the comparison of two captures. Not reviewed by a native reader; faces say so.

import type { ComparisonSide, ComparisonVerdictParams } from '../../domain/statements.ts';
import type { Confidence, InterferenceKind } from '../../domain/vocabulary.ts';
import { amount } from '../numbers.ts';
import type { ComparisonWords } from './words.ts';

const capture = (side: ComparisonSide): string => `捕获 ${side.toUpperCase()} `;
const otherOf = (side: ComparisonSide): ComparisonSide => (side === 'a' ? 'b' : 'a');
const packets = (n: number): string => `${amount(n, ',')} 个数据包`;
const bytes = (n: number): string => `${amount(n, ',')} 字节`;
const hex = (n: number): string => `0x${n.toString(16).padStart(4, '0')}`;
const seconds = (s: number): string => `${s < 10 ? Math.round(s * 100) / 100 : Math.round(s)} 秒`;

function subject({ targets, more }: ComparisonVerdictParams): string {
  return more > 0 ? `${targets.join('、')}等（另有 ${more} 个）` : targets.join('、');
}

const SURE: Readonly<Record<Confidence, string>> = {
  confirmed: '两份捕获共同证实了这一点。',
  likely: '两份捕获共同使其很可能；普通原因只是被削弱。',
  possible: '这是可能的；普通原因同样说得通。',
  inconclusive: '两份捕获说明不了更多。',
};

const WHAT: Partial<Record<InterferenceKind, string>> = {
  'rst-injection': '关闭连接的数据包',
  'forged-answer': 'DNS 应答',
  'data-injection': '数据',
};

const icmpType = (p: { type: number; code: number }): string => `ICMP 类型 ${p.type}、代码 ${p.code}`;

function passedRouters({ routers }: { routers: number | null }): string {
  return routers === null ? '' : `据所引数据包的 TTL，它此前已经过 ${routers} 个路由器。`;
}

export const zhComparison: ComparisonWords = {
  evidence: {
    'absent-at-sender': (p) =>
      `${capture(p.side)}位于它声称来自的一端，其中有该端在此连接中的 ${packets(p.matched)}，却没有这一个。`,
    'ids-without-gap': (p) =>
      `在${capture(p.side)}中，发送方的 IP 标识在该时刻前后从 ${hex(p.first)} 到 ${hex(p.last)} 连续无缺（${packets(p.packets)}）：那里没有遗漏。`,
    'sender-went-on': (p) => `在${capture(p.side)}中，所谓的发送方此后仍在继续该连接（${packets(p.packets)}）。`,
    'other-bytes-sent': (p) => `在${capture(p.side)}中，发送方在同一位置发送的是别的内容（${bytes(p.bytes)}）。`,
    'acknowledges-unseen': (p) =>
      `它回应了 ${bytes(p.bytes)}，而据${capture(p.side)}，这些字节从未到达它声称来自的一端。`,
    'arrives-with-other-ttl': (p) =>
      `在${capture(p.side)}中它的 TTL 为 ${p.suspect}；该端在两份捕获中都有的数据包到达时为 ${p.genuine}。`,
    'forged-both-ways': (p) => `另一端也收到了冒充对方的同类数据包：${packets(p.frames)}，同样无人发送。`,
    'trigger-arrived': (p) => `它之前的请求也在${capture(p.side)}中：已到达另一端。`,
    'trigger-swallowed': (p) => `它之前的请求只在${capture(p.side)}中：没有到达另一端。`,
    'sent-and-absent': (p) =>
      p.packets === 1
        ? `发送了一次；${capture(p.side)}中没有它。`
        : `在 ${seconds(p.seconds)}内发送了 ${p.packets} 次；${capture(p.side)}一次也没有。`,
    'never-acknowledged': (p) =>
      `据${capture(p.side)}，接收方从未确认这些字节（单个数据包最多 ${bytes(p.bytes)}）：它没有收到。`,
    'nothing-after': (p) => `此前这一方向通过了 ${packets(p.packets)}；之后在${capture(p.side)}中再无一个。`,
    'others-arrived': (p) => `与此同时，${capture(p.side)}记录到走同一路径的 ${packets(p.packets)}。`,
    'content-differs': (p) =>
      p.bytes === p.otherBytes
        ? `按首部是同一个数据包，到达时内容却不同（${bytes(p.bytes)}）。`
        : `按首部是同一个数据包，发出时为 ${bytes(p.bytes)}，到达时为 ${bytes(p.otherBytes)}。`,
    'flag-differs': (p) => `同一个数据包发出时标志为 ${p.flags || '无'}，到达时为 ${p.otherFlags || '无'}。`,
    'same-hops-as-others': (p) => `它经过的路由器与其他数据包一样多（${p.hops}）：是发送方自己的数据包，被改写了。`,
    'icmp-rejected': (p) =>
      `${capture(p.side)}中有来自 ${p.from} 的消息：不许此数据包通过（${icmpType(p)}）。${passedRouters(p)}`,
    'icmp-unreachable': (p) =>
      `${capture(p.side)}中有来自 ${p.from} 的消息：没有通往该地址的路径（${icmpType(p)}）。${passedRouters(p)}路由故障也会这样说。`,
    'icmp-unsent': (p) => `该消息以另一端的名义到来，而位于那一端的${capture(p.side)}中没有它：那一端没有发送。`,
    'icmp-too-big': (p) =>
      `${capture(p.side)}中有来自 ${p.from} 的消息：数据包对此路径来说太大（${icmpType(p)}）。${passedRouters(p)}`,
    'capture-has-gaps': (p) => `${capture(p.side)}缺少确实经过那里的 ${packets(p.packets)}：它丢失了一些。`,
    'capture-dropped': (p) => `据其自身计数，${capture(p.side)}丢失了 ${packets(p.drops)}。`,
    'capture-filtered': (p) => `${capture(p.side)}是用针对标志或字节的过滤器抓取的：可能有意缺少一些数据包。`,
    'similar-packet-sent': (p) => `${capture(p.side)}中有一个类似的数据包没有原样到达：可能就是它，被改写了。`,
    'loss-on-the-way': (p) => `这一方向的其他数据包也丢失了 ${p.percent}%。`,
  },
  note: {
    'nothing-in-common': () => '没有任何连接同时出现在两份捕获中：它们属于不同的连接或不同的时间。',
    terminated: (p) =>
      `相同两端之间的 ${p.connections} 个连接没有共同的序列号：路径上的代理或负载均衡器将其终止并重新建立。那里无法分辨伪造。`,
    translated: (p) => `路径上转换了地址：捕获 A 中的 ${p.from} 即捕获 B 中的 ${p.to}。`,
    'same-place': () => '两份捕获取自同一处：对两端之间的路径说明不了什么。',
    'order-unknown': (p) => `有 ${p.connections} 个连接无法判断哪份捕获更靠近客户端；未作判断。`,
    'not-covered': (p) => `${packets(p.packets)}处于${capture(p.side)}尚未开始或已经结束的时间；未作判断。`,
    'capture-lost': (p) =>
      `${packets(p.packets)}经过${capture(p.side)}而未被记录：另一端确认了它们或在其后继续。并非在路径上丢失。`,
    'lost-on-the-way': (p) => `${capture(p.from)}中有 ${packets(p.packets)}未到达另一份，已重发或不再需要：普通丢包。`,
    merged: (p) => `${capture(p.side)}中有 ${packets(p.packets)}与另一份的切分或合并方式不同（网卡分段）。`,
    recut: (p) =>
      `${capture(p.side)}中有 ${packets(p.packets)}带数据的数据包被路径上改写流的设备重新切分；未判断那里的数据。`,
    'payload-cut': (p) => `有 ${p.connections} 个连接的数据包只保留了一部分：看不出内容的改动。`,
    'header-rewritten': (p) =>
      `两份捕获之间有 ${packets(p.packets)}的 ${p.field} 不同：路径上有设备改写它，许多路由器和防火墙都会这样做。`,
    'answered-elsewhere': (p) =>
      `${capture(p.side)}中有 ${p.connections} 个连接得到应答，而在另一份中完全没有：由同一地址的另一台机器或路径上的某处应答。未作判断。`,
    expired: (p) =>
      `据 ICMP 消息，${capture(p.side)}中有 ${packets(p.packets)}在途中 TTL 耗尽：是路径探测或环路。未作判断。`,
    'over-budget': (p) => `${capture(p.side)}的内容超出比较的限度；超出部分未作判断。`,
    'clock-unsteady': (p) => `两个时钟彼此抖动 ${Math.round(p.spreadMs)} 毫秒：先后顺序只由数据包判定。`,
    'known-rewriting': (p) => `端口 ${p.port} 的 ${packets(p.packets)}按地址转换设备处理该协议的方式被改动。`,
  },
  verdict: {
    'sent-by-neither': (p) =>
      `两端之间有人干扰与 ${subject(p)} 的通信：到达了 ${packets(p.packets)}，而另一端从未发送。${SURE[p.confidence]}`,
    'never-arrived': (p) =>
      `两端之间与 ${subject(p)} 通信的数据包消失了：${packets(p.packets)}离开一端而从未到达另一端。${SURE[p.confidence]}`,
    changed: (p) =>
      `两端之间与 ${subject(p)} 通信的数据包被改动：${packets(p.packets)}到达时与发出时不同。${SURE[p.confidence]}`,
    several: (p) =>
      `两端之间有人以多种方式干扰与 ${subject(p)} 的通信：${packets(p.packets)}被伪造、丢弃或改动。${SURE[p.confidence]}`,
    agree: (p) =>
      `两份捕获一致：在 ${p.connections} 个连接中，除普通丢包外，一端发送的都到达了另一端。两端之间没有伪造。`,
    'nothing-in-common': () => '两份捕获没有共同的连接，因此无法比较。',
    terminated: () => '两份捕获无法说明：路径上的设备（如代理或负载均衡器）终止每个连接并另建一个。',
    'same-place': () => '两份捕获取自同一处，无法说明两端之间的路径。',
    'cannot-tell': () => '两份捕获有共同的连接，但无法判断它们各在对方的哪一侧。',
    unreadable: () => '有一份捕获无法读取，因此未作比较。',
  },
  claim: {
    'sent-by-neither': ({ interference, toServer, sender, packets: n }) =>
      `${toServer ? '服务器' : '客户端'}收到了 ${n} 个${WHAT[interference] ?? '数据包'}，而${toServer ? '客户端' : '服务器'}（${capture(sender).trim()}）从未发送`,
    'never-arrived': ({ toServer, sender, packets: n }) =>
      `${toServer ? '客户端' : '服务器'}的 ${packets(n)}离开了${capture(sender)}而从未到达${capture(otherOf(sender)).trim()}`,
    changed: ({ toServer, packets: n }) => `${toServer ? '客户端' : '服务器'}的 ${packets(n)}到达时与发出时不同`,
  },
  mark: {
    both: '两份都有',
    forged: '两端都没有发送',
    lost: '从未到达',
    changed: '在路径上被改动',
    merged: '在另一份捕获中切分不同',
    'one-side': '只在这份捕获中',
  },
  state: {
    compared: '已比较',
    terminated: '在路径上被终止并重新建立',
    'order-unknown': '捕获的位置未知',
    'same-place': '在同一处捕获',
    'only-one-side': '只在一份捕获中',
  },
  review: {
    confirmed: '另一端证实',
    refuted: '被推翻：另一端确实发送了它',
    open: '另一端无法定论',
  },
  basis: {
    'both-ends': '发往两端的伪造数据包一致指向此处',
    'start-guessed': '假定 TTL 从常见值开始；它可以伪造',
    'like-the-sender': 'TTL 与发送方自己的数据包相同：被复制，或没有参考价值',
    varies: 'TTL 因数据包而异',
    impossible: 'TTL 与两份捕获之间的任何位置都不符',
    'icmp-quote': '依据消息所引数据包的 TTL；误差为一个路由器',
    'not-seen': '被丢弃或改动的数据包不说明位置',
  },
};
