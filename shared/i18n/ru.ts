// Russian. Not reviewed by a native reader; faces and reports say so. Counts stand behind a colon or before a noun in a
// form that fits any number, where a sentence allows it.

import type { Params, VerdictParams } from '../domain/statements.ts';
import type { Confidence, InterferenceKind, TriggerKind } from '../domain/vocabulary.ts';
import type { LiveWords } from './language.ts';
import { russianCount as count, russianAmount as number } from './numbers.ts';
import type { Translation } from './translation.ts';

const packets = (n: number): string => count(n, 'пакет', 'пакета', 'пакетов');
const bytes = (n: number): string => count(n, 'байт', 'байта', 'байт');
const times = (n: number): string => count(n, 'раз', 'раза', 'раз');
const connections = (n: number): string => count(n, 'соединение', 'соединения', 'соединений');
const hops = (n: number): string => count(n, 'переход', 'перехода', 'переходов');
const samples = (n: number): string => `замеров: ${number(n)}`;

function milliseconds(ms: number): string {
  if (Math.abs(ms) >= 10_000) return `${number(ms / 1000)} с`;
  return Math.abs(ms) < 1 ? `${String(Math.round(ms * 1000) / 1000).replace('.', ',')} мс` : `${number(ms)} мс`;
}

function seconds(s: number): string {
  return s < 10 ? `${String(Math.round(s * 100) / 100).replace('.', ',')} с` : `${number(s)} с`;
}

function hex(n: number): string {
  return `0x${n.toString(16).padStart(4, '0')}`;
}

function list(values: readonly (string | number)[], limit = 4, more = 0): string {
  if (values.length === 0 && more === 0) return 'нет';
  const shown = values.slice(0, limit).map(String);
  const rest = values.length - shown.length + more;
  if (rest > 0) return `${shown.join(', ')} и ещё ${rest}`;
  if (shown.length < 2) return shown.join('');
  return `${shown.slice(0, -1).join(', ')} и ${shown[shown.length - 1]!}`;
}

function addresses(values: readonly string[]): string {
  return values.length === 0 ? 'без адреса' : list(values);
}

function text(params: Params, name: string): string | null {
  const value = params[name];
  return typeof value === 'string' && value !== '' ? value : null;
}

function of(params: Params): string {
  const path = text(params, 'path');
  if (path === '-') return 'Стандартный ввод';
  return path ?? 'Запись';
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
  return rcodes[code] ?? `код ответа ${code}`;
}

/** RFC 8914 §4.16 to §4.18. */
const extendedErrors: Readonly<Record<number, string>> = {
  15: 'заблокировано его владельцем',
  16: 'подвергнуто цензуре по требованию третьей стороны',
  17: 'отфильтровано по желанию клиента',
};

function icmp(params: { type: number; code: number; from: string; hops: number | null }): string {
  const distance = params.hops === null ? '' : `, на расстоянии около ${hops(params.hops)}`;
  return `от ${params.from}${distance} (тип ${params.type}, код ${params.code})`;
}

const confidenceWords: Readonly<Record<Confidence, string>> = {
  confirmed: 'подтверждено',
  likely: 'весьма вероятно',
  possible: 'возможно',
  inconclusive: 'неясно',
};

const interferenceWords: Readonly<Record<InterferenceKind, string>> = {
  'rst-injection': 'поддельный сброс',
  'forged-answer': 'поддельный ответ',
  'packet-drop': 'отбрасывание пакетов',
  'null-route': 'молчание всего адреса',
  'block-page': 'страница блокировки',
  'data-injection': 'поддельные данные',
  'tls-alert': 'поддельное предупреждение TLS',
  'tls-mitm': 'перехват TLS',
  'icmp-reject': 'отклонение по ICMP',
  throttling: 'замедление',
  'cut-off': 'обрыв передачи',
};

const triggerWords: Readonly<Record<TriggerKind, string>> = {
  'dns-name': 'запрошенное имя',
  'tls-sni': 'имя сайта в приветствии TLS',
  'tls-fingerprint': 'вид приветствия TLS',
  'http-host': 'имя сайта в запросе',
  'http-content': 'содержание запроса',
  'quic-sni': 'имя сайта в приветствии QUIC',
  'ip-address': 'адрес',
  port: 'порт',
  protocol: 'протокол',
  unknown: 'причина, которой не видно',
};

const because: Readonly<Record<TriggerKind, string>> = {
  'dns-name': 'из-за имени',
  'tls-sni': 'из-за имени',
  'tls-fingerprint': 'из-за вида приветствия',
  'http-host': 'из-за имени',
  'http-content': 'из-за содержания',
  'quic-sni': 'из-за имени',
  'ip-address': 'из-за адреса',
  port: 'из-за порта',
  protocol: 'из-за протокола',
  unknown: '',
};

function claim(confidence: Confidence, participle: string): string {
  switch (confidence) {
    case 'confirmed':
      return participle;
    case 'likely':
      return `весьма вероятно, ${participle}`;
    default:
      return `возможно, ${participle}`;
  }
}

const places: Readonly<Record<VerdictParams['place'], string>> = {
  'this-device': ' Это сделано на самом записывавшем устройстве: местный фильтр, а не сеть.',
  'local-network': ' По-видимому, это сделано в местной сети: роутером или фильтром поблизости.',
  resolver: ' Это сделано резолвером, к которому обращались.',
  path: '',
  unknown: '',
};

function verdict(p: VerdictParams, fact: string, judgement: string, noun: string): string {
  const counted =
    p.failed > 0 && p.attempts > 0 ? ` Неудачных попыток: ${number(p.failed)} из ${number(p.attempts)}.` : '';
  const survived = p.survived ? ' Соединение всё же состоялось.' : '';
  const residual =
    p.residual > 0
      ? ` Какое-то время после этого там же не удавались и другие попытки, что бы ни запрашивалось: ${number(p.residual)}.`
      : '';
  const why =
    p.trigger === 'unknown' || p.triggerConfidence === 'inconclusive'
      ? 'что послужило поводом, сказать нельзя'
      : `${because[p.trigger]}: ${confidenceWords[p.triggerConfidence]}`;
  const judged = judgement === '' ? '' : ` ${judgement}`;
  return `${fact}.${judged}${counted}${survived}${residual}${places[p.place]} (${noun}: ${confidenceWords[p.confidence]}; ${why})`;
}

function subject(p: VerdictParams): string {
  return list(p.targets, 3, p.more);
}

function after(p: VerdictParams): string {
  if (p.trigger === 'http-content') return ' после отправки запроса';
  if (p.trigger === 'tls-fingerprint') return ' после отправки приветствия TLS';
  if (p.trigger === 'tls-sni') return ' после того, как было отправлено имя сайта в приветствии TLS';
  if (p.trigger === 'http-host') return ' после того, как было отправлено имя сайта в запросе';
  return p.trigger === 'quic-sni' ? ' после того, как было отправлено имя сайта в приветствии QUIC' : '';
}

const controls: Translation['control'] = {
  'same-address-other-name': 'тот же адрес, другое имя',
  'same-name-other-address': 'то же имя, другой адрес',
  'other-resolver': 'другой резолвер',
  'other-address': 'другие адреса в ту же минуту',
};

function controlWords(kind: string): string {
  if (kind === 'same-address-other-port') return 'тот же адрес, другой порт';
  return controls[kind as keyof typeof controls] ?? kind;
}

export const ru: Translation = {
  code: 'ru',
  direction: 'ltr',
  evidence: {
    'data-after-reset': (p) =>
      `Сторона, которая будто бы сбросила соединение, через ${milliseconds(p.afterMs)} прислала впервые ещё ${bytes(p.bytes)} данных: сама она его не сбрасывала.`,
    'answer-after-reset': (p) =>
      `Подлинный ответ пришёл через ${milliseconds(p.afterMs)} после пакета, который закрыл соединение от его имени.`,
    'ack-after-reset': (p) =>
      `Через ${milliseconds(p.afterMs)} после своего сброса сторона всё ещё подтверждала данные, как делает лишь живое соединение.`,
    'syn-ack-after-reset': (p) =>
      `Через ${milliseconds(p.afterMs)} после сброса сервер принял соединение (SYN-ACK), будто сброса не посылал.`,
    'reset-behind-data': (p) =>
      `Номер последовательности сброса отстаёт на ${bytes(p.bytesBehind)} от того, что эта сторона уже отправила.`,
    'reset-sequence-jump': (p) =>
      `Затем пришёл второй сброс, номер которого на ${bytes(p.bytes)} больше всего отправленного до сих пор.`,
    'ttl-differs': (p) =>
      `TTL подозрительного пакета ${p.suspect}; у собственных пакетов этой стороны TTL ${list(p.genuine)} (разница: ${hops(Math.abs(p.difference))}).`,
    'ttl-equal': (p) =>
      `TTL ${p.ttl} такой же, как у собственных пакетов этой стороны. Вмешавшийся может его скопировать.`,
    'ip-id-mirrors-peer': (p) =>
      `IP ID ${hex(p.ipId)} следует за ${hex(p.peerIpId)} другой стороны: пакет сделан из того, на который отвечает.`,
    'window-mirrors-peer': (p) => `Окно ${p.window} скопировано у другой стороны.`,
    'df-differs': (p) =>
      `Флаг «не фрагментировать» ${p.suspect ? 'установлен' : 'снят'}, в отличие от всех прежних пакетов этой стороны (${number(p.packets)}).`,
    'window-nonzero': (p) => `У сброса окно ${p.window}, тогда как большинство систем ставит 0.`,
    'reserved-bits': (p) => `Установлены зарезервированные биты флагов TCP (${hex(p.flags)}).`,
    'timestamp-missing': (p) =>
      `В нём нет метки времени TCP, в отличие от всех пакетов этой стороны (${number(p.packets)}). У некоторых систем в сбросах её не бывает.`,
    'reset-burst': (p) =>
      `За ${milliseconds(p.withinMs)} пришло сбросов${p.identical ? ', одинаковых' : ''}: ${number(p.count)} (IP ID ${hex(p.ipId)}).`,
    'ttl-window-step': (p) =>
      `В пачках сбросов (${p.bursts}) TTL и окно меняются вместе: окно минус TTL всегда ${p.difference}.`,
    'known-payload': (p) => `Сброс несёт ${bytes(p.bytes)}, известные по одному из устройств: ${p.hex}.`,
    'too-soon': (p) =>
      `Он подтверждает запрос через ${milliseconds(p.elapsedMs)}, а быстрейший оборот до этого адреса занял ${milliseconds(p.leastRttMs)} (${samples(p.samples)}): пакет пришёл из места поближе.`,
    'identity-equal': () =>
      'TTL, IP ID, окно и флаги такие же, как у самой стороны: пакет вполне может быть её собственным.',
    'after-trigger': (p) => `Он пришёл через ${milliseconds(p.elapsedMs)} после запроса или приветствия.`,
    'residual-window': (p) =>
      `После ${p.name} соединения с тем же местом обрывались, ещё ничего не назвав, всего ${number(p.failed)}; последнее — через ${seconds(p.least)}, а через ${seconds(p.most)} снова удалось.`,
    'same-position': (p) => `То же случилось в том же месте и в других соединениях, всего ${number(p.flows)}.`,
    'client-kept-sending': (p) => `Клиент соединения не закрывал: он отправил ещё ${packets(p.packets)}.`,
    'fin-without-data': (p) =>
      `Соединение закрыто через ${milliseconds(p.elapsedMs)} после запроса без единого байта ответа.`,
    'before-last-router': (p) =>
      `Пробы с TTL ${p.lastClearTtl} не вызвали сброса, а с TTL ${p.firstResetTtl} вызвали: вмешательство происходит между этими переходами.`,
    'baseline-from-other-flows': (p) =>
      `В этом соединении сторона не сказала ничего; сравнение сделано с другими соединениями того же адреса (${number(p.flows)}), оно весит меньше.`,
    'syn-unanswered': (p) =>
      `Запросы на соединение (SYN: ${number(p.syns)}, попыток: ${number(p.attempts)}) за ${seconds(p.seconds)} остались совсем без ответа.`,
    'hello-unacknowledged': (p) =>
      `Приветствие повторено ${times(p.retransmissions)} за ${seconds(p.seconds)}, и ничего из него так и не подтверждено.`,
    'hello-muted': (p) =>
      `Приветствие подтверждено через ${milliseconds(p.ackMs)}, затем сервер молчал ${seconds(p.silentSeconds)}.`,
    'hello-partly-acknowledged': (p) =>
      `Из приветствия длиной ${bytes(p.length)} подтверждены лишь первые ${number(p.acknowledged)}; остальное повторено ${times(p.retransmissions)}.`,
    'request-unacknowledged': (p) =>
      `Запрос повторён ${times(p.retransmissions)} за ${seconds(p.seconds)}, и ничего из него так и не подтверждено.`,
    'request-muted': (p) =>
      `Запрос подтверждён через ${milliseconds(p.ackMs)}, затем сервер молчал ${seconds(p.silentSeconds)}.`,
    'silent-midway': (p) =>
      `После первого запроса прошло ${packets(p.fromServer)} от сервера и ${number(p.fromClient)} от клиента, затем за ${seconds(p.seconds)} не прошло ничего, хотя повторно отправлено: ${number(p.retransmissions)}.`,
    'client-unheard': (p) =>
      `В течение ${seconds(p.seconds)} сервер повторял то, что клиент подтвердил (${packets(p.serverAgain)}), а клиент — то, что не было подтверждено (${packets(p.retransmissions)}): пакеты сервера доходили, пакеты клиента — нет.`,
    'ping-unanswered': (p) => `Эхо-запросы к адресу (${number(p.requests)}) остались без ответа.`,
    'udp-unanswered': (p) => `Дейтаграммы (${number(p.datagrams)}) за ${seconds(p.seconds)} остались без ответа.`,
    'ports-silent': (p) => `Адрес молчал на портах: ${list(p.ports, 8)}.`,
    'prefix-silent': (p) => `Молчали и другие адреса из ${p.prefix}: ${list(p.addresses)}.`,
    'service-silent': (p) =>
      `Из адресов сервиса ${serviceNames(p.service)} молчали ${list(p.addresses)}, ответило: ${p.answered}.`,
    'syn-ack-repeated': (p) => `Сервер повторил SYN-ACK ${times(p.count)}: пакеты клиента до него не доходили.`,
    'icmp-prohibited': (p) => `Устройство сообщило, что пропускать запрещено: ICMP ${icmp(p)}.`,
    'icmp-unreachable': (p) => `Устройство сообщило, что адрес недостижим: ICMP ${icmp(p)}.`,
    'answers-contradict': (p) =>
      `Ответы на один запрос (${number(p.answers)}) противоречат друг другу: сначала ${addresses(p.first)}, через ${milliseconds(p.gapMs)} ${addresses(p.other)}.`,
    'answer-too-soon': (p) =>
      `Ответ пришёл через ${milliseconds(p.elapsedMs)}, а быстрейший оборот до этого резолвера занял ${milliseconds(p.leastRttMs)} (${samples(p.samples)}).`,
    'answer-identity-differs': (p) => `Ответы сделаны разными системами: различаются ${list(p.fields, 8)}.`,
    'bogus-address': (p) => `${p.address} (${p.range}) не может быть адресом публичного имени.`,
    'shared-bogus-address': (p) => `${p.address} дан для несвязанных имён: ${list(p.names)}.`,
    'listed-address': (p) => `${p.address} совпадает с записью ${p.entry} импортированного списка ${p.list}.`,
    'known-block-address': (p) => `${p.address} известен как адрес блокировки системы ${p.system} (${p.source}).`,
    'known-pool-address': (p) =>
      `${p.address} из числа адресов, которые ${p.system} ставит в поддельные ответы (${p.source}).`,
    'resolvers-disagree': (p) =>
      `${p.resolver} ответил: ${addresses(p.answer)}; ${p.other} ответил: ${addresses(p.otherAnswer)}.`,
    'denied-elsewhere-resolves': (p) => `Ответ был ${rcode(p.rcode)}, однако ${p.other} это имя находит.`,
    'answer-not-from-resolver': (p) => `${p.address} ответил на запрос DNS, хотя ничто не говорит, что это резолвер.`,
    'foreign-service-address': (p) =>
      `${p.address} принадлежит сервису ${serviceNames(p.service)}, а не запрошенному имени.`,
    'query-unanswered': (p) => `Запросы (${number(p.queries)}) за ${seconds(p.seconds)} остались без ответа.`,
    'other-names-answered': (p) =>
      `Тот же резолвер ${p.resolver} в это время ответил о других именах: ${number(p.names)}.`,
    'address-failed': (p) => `Соединение с ${p.address}, который дан в ответе, не удалось.`,
    'address-works': (p) => `Соединение с ${p.address}, который дан в ответе, для этого имени удалось.`,
    'teredo-address': (p) => `${p.address} — адрес Teredo: такие бывают в поддельных ответах, а у публичных имён нет.`,
    'answer-wrong-type': (p) => `Спрашивали ${p.asked}, в ответе лишь ${addresses(p.addresses)}.`,
    'extended-error': (p) =>
      `Резолвер сам называет причину (расширенная ошибка DNS ${p.code}): ${extendedErrors[p.code] ?? 'иная причина'}.`,
    'protocol-recognised': (p) => `Первое сообщение принадлежит ${p.protocol}: его выдаёт уже сама форма.`,
    'names-made-up': (p) =>
      `Имена из случайных букв (${number(p.count)}) в приветствиях одного вида, адресов: ${number(p.addresses)}; каждое встретилось один раз, и никто о нём не спрашивал (${list(p.names, 3, p.count - p.names.length)}): ${p.protocol} придумывает такое имя для каждого соединения.`,
    repeated: (p) => `Одинаково не удались попытки: ${number(p.failed)} из ${number(p.attempts)}.`,
    'control-ok': (p) =>
      `Сравнение: ${controlWords(p.control)}, ${p.value}: удалось${p.count === 1 ? '' : ` ${times(p.count)}`}.`,
    'control-failed': (p) =>
      `Сравнение: ${controlWords(p.control)}, ${p.value}: тоже не удалось${p.count === 1 ? '' : ` ${times(p.count)}`}.`,
    'attempt-succeeded': (p) => `К той же цели удались попытки: ${p.succeeded} из ${number(p.attempts)}.`,
    'name-fails-in-networks': (p) =>
      `С этим именем одинаково не удалось по адресам разных сетей (${p.networks.length}): ${list(p.networks)}.`,
    'fingerprint-separates': (p) =>
      `Неудачные приветствия отличаются от удачных по признаку ${p.attribute}: ${p.failing} не проходит, ${p.working} проходит.`,
    'names-share-fate': (p) =>
      `Разные имена (${number(p.names)}) по этому адресу не удались одинаково, так что дело не в имени.`,
    'steady-rate': (p) =>
      `${seconds(p.seconds)} передача держалась у ${number(p.kilobits)} кбит/с с отклонением ${number(p.variationPercent)} %, и почти ничего не терялось: её придерживали, а не урезали.`,
    'arrives-in-bursts': (p) =>
      `${number(p.percent)} % пакетов пришли пачками на скорости линии: их ничто не задерживало, очередь бы их разнесла.`,
    'control-faster': (p) => `Сравнение: ${controlWords(p.control)}, ${p.value}: быстрее в ${number(p.times)} раз.`,
    'failure-before-answer': (p) =>
      `На один запрос сначала ответили ${rcode(p.rcode)}, а через ${milliseconds(p.gapMs)} ${addresses(p.answer)}.`,
    'frozen-after': (p) =>
      `После ${bytes(p.bytes)} от сервера (всего пакетов: ${number(p.packets)}) за ${seconds(p.seconds)} больше ничего не пришло, и дальнейшие попытки клиента (${number(p.tries)}) остались без ответа.`,
    'fully-encrypted': (p) =>
      `Первое содержимое не похоже ни на что известное: ${number(p.bitsPerByte)} единичных бит на байт, ${number(p.printablePercent)} % печатных знаков, подряд не больше ${p.longest}. Фильтр из работы Wu и др. (USENIX Security 2023) такие соединения отбрасывает.`,
    'ip-id-constant': (p) =>
      `У разных пакетов (${number(p.packets)}) один IP ID ${hex(p.ipId)}, и ни у одного из собственных пакетов сервера его нет.`,
    'known-issuer': (p) =>
      `Сертификат подписан «${p.issuer}», который подписывает чужие имена: ${p.system} (${p.source}).`,
    'listed-page': (p) => `Страница совпадает с записью ${p.entry} импортированного списка ${p.list}.`,
    'known-page': (p) => `Страница известна как страница блокировки: ${p.system} (${p.source}).`,
    'no-queue': (p) =>
      `Очередь, которая отбрасывает эти пакеты, задержала бы другие на ${milliseconds(p.queueMs)}; у четырёх пакетов из пяти время в пути различалось не больше чем на ${milliseconds(p.spreadMs)}.`,
    'one-issuer-for-all': (p) =>
      `«${p.issuer}» подписал имена разных владельцев (${p.owners}) в разных сетях (${p.networks}), у которых больше нет ничего общего.`,
    policed: (p) =>
      `За ${seconds(p.seconds)} проходило не больше ${number(p.kilobits)} кбит/с: потеряно ${packets(p.losses)} (${number(p.lossPercent)} %), из них ${number(p.explainedPercent)} % тогда, когда отправлено больше, чем допускает постоянная скорость.`,
    'quic-silent-everywhere': (p) => `По QUIC не ответил никто, хотя по TCP отвечают все: ${list(p.addresses, 8)}.`,
    'quic-unanswered': (p) =>
      `Дейтаграммы QUIC (${number(p.datagrams)}, попыток: ${number(p.attempts)}) остались без ответа (до ${seconds(p.seconds)} каждая).`,
    'redirect-elsewhere': (p) => `Кто спрашивал ${p.name}, того отправляют на ${p.location}.`,
    'reply-with-end': (p) => `Весь ответ — один пакет в ${bytes(p.bytes)}, который сразу кончает соединение.`,
    'request-overlooked': (p) =>
      `Он отвечает на запрос и не подтверждает ${bytes(p.bytes)} из него: писавший его не получал.`,
    'resolver-alive': (p) =>
      p.port === 0
        ? `${p.resolver} работает: он ответил на эхо-запросы.`
        : `${p.resolver} работает: он ответил на порту ${p.port}.`,
    'resolver-silent': (p) =>
      `${p.resolver} не ответил ни на один из запросов (${number(p.queries)}) об именах (${number(p.names)}) за ${seconds(p.seconds)}.`,
    'resolver-too-near': (p) =>
      `Ответы от имени ${p.resolver} приходили через ${milliseconds(p.answerMs)} (${samples(p.samples)}), а путь до этого адреса и обратно занимает не меньше ${milliseconds(p.ownMs)}: отвечал кто-то поближе.`,
    'resolvers-silent': (p) => `${list(p.resolvers, 8)}: все молчат на порту 53 и все работают.`,
    'same-amount': (p) =>
      `Соединения (${number(p.flows)}) с разными адресами (${number(p.addresses)}) замерли примерно на одном объёме (от ${number(p.least)} до ${number(p.most)} байт).`,
    'smaller-passes': (p) => `Меньшие передачи от ${p.address} прошли целиком (соединений: ${number(p.count)}).`,
    'stream-rewritten': (p) =>
      `Одно и то же место потока пришло дважды с разными байтами, с промежутком ${milliseconds(p.gapMs)}: сервер повторяет то, что отправил раньше.`,
    'works-over-tcp': (p) =>
      `По TCP ${p.name} тем временем работал по адресу ${p.address} (соединений: ${number(p.count)}): узел и путь исправны.`,
  },
  alternative: {
    'server-closed': (p) => `Сервер сам закрыл соединение${p.timing === '' ? '' : ` (${p.timing})`}.`,
    'server-down': (p) => `Сервер ${p.address} не работает.`,
    'server-policy': (p) => `Сервер отказывает имени ${p.name} или клиентам отсюда.`,
    'server-overloaded': (p) => `Сервер ${p.address} перегружен.`,
    'server-firewall': (p) => `Межсетевой экран самого сервера ${p.address}.`,
    'load-balancer': (p) => `За ${p.address} отвечает балансировщик со своей системой.`,
    'client-aborted': () => 'Клиент прервал попытку сам.',
    'keep-alive-race': () => 'Сервер закрыл простаивавшее соединение, пока запрос был в пути.',
    'idle-timeout': (p) => `Истёк срок простоя: ${seconds(p.seconds)}.`,
    'packet-loss': (p) =>
      `Обычная потеря пакетов (${p.retransmissions > 0 ? `повторов: ${number(p.retransmissions)}` : 'повторов не видно'}).`,
    'mtu-black-hole': (p) => `Пакеты величиной ${bytes(p.length)} не проходят по пути (MTU).`,
    'local-filter': () => 'Межсетевой экран, антивирус, VPN или программа записи на самом устройстве.',
    'home-router': (p) =>
      `Домашний роутер или точка доступа${p.hops > 0 ? `, на расстоянии ${hops(p.hops)}` : ' поблизости'}.`,
    'nat-timeout': (p) => `NAT забыл соединение после простоя ${seconds(p.seconds)}.`,
    'middlebox-proxy': () => 'Вместо сервера отвечает прозрачный прокси.',
    'capture-duplicates': (p) => `Сама запись удвоила кадры${p.frames > 0 ? `: ${p.frames}` : ''}.`,
    'capture-incomplete': () => 'В записи нет пакетов, которые это объяснили бы.',
    'anycast-rehash': () => 'Пакеты одного соединения попали на разные серверы за одним адресом.',
    'older-segment-reordered': () => 'Более старый пакет просто обогнали в пути.',
    'cdn-rotation': (p) => `Сеть доставки содержимого даёт меняющиеся адреса (${list(p.addresses)}).`,
    'split-horizon': (p) => `Внутри этой сети у имени другой адрес (${p.address}).`,
    'filtering-resolver': (p) => `Резолвер ${p.resolver} фильтрует по желанию владельца.`,
    'captive-portal': (p) => `До входа в сеть отвечает портал (${p.address}).`,
    'name-does-not-exist': (p) => `Такого имени нет (${rcode(p.rcode)}).`,
    'resolver-failure': (p) => `Сбой резолвера (${rcode(p.rcode)}).`,
    'resolver-down': (p) => `Резолвер ${p.resolver} не работает.`,
    'unseen-query': () => 'Отправлено два запроса, а в записи виден один.',
    'network-down': () => 'Сеть в это время не работала.',
    'ipv6-broken': () => 'IPv6 здесь не работает вовсе.',
    'deferred-accept': (p) =>
      `Сервер ${p.address} принимает соединение лишь с первыми данными и до того повторяет SYN-ACK.`,
    'happy-eyeballs': () => 'Клиент пробовал два адреса сразу и бросил более медленный.',
    'host-down': (p) => `Узел ${p.address} выключен или исчез.`,
    'routing-accident': (p) => `Из-за сбоя маршрутизации ${p.prefix} был недостижим.`,
    'own-tool': () => 'Эти пакеты создало собственное средство обхода или проверки.',
    congestion: () => 'Перегруженный или слабый канал.',
    'server-pacing': (p) => `${p.address} сам отдаёт с такой скоростью.`,
    'server-without-quic': (p) => `${p.address} не говорит по QUIC или больше не говорит.`,
    'silent-by-design': (p) =>
      `${p.protocol} никогда не отвечает тому, чей ключ неверен или неизвестен: сначала проверьте ключи.`,
    'speed-limit': () => 'Ограничение скорости по тарифу, в офисе или у хостинга.',
  },
  quality: {
    snaplen: (_p, n) => `Обрезано при записи: ${packets(n)}; имена и содержание могут отсутствовать.`,
    'one-way': (_p, n) =>
      `Лишь одно направление записано для соединений: ${number(n)}; тишина там ничего не доказывает.`,
    'mid-stream': (_p, n) => `Начались до записи: ${connections(n)}.`,
    duplicated: (_p, n) => `В записи дважды: ${packets(n)}; копии не считались.`,
    drops: (_p, n) =>
      `Запись потеряла пакеты${n > 0 ? ` (${number(n)})` : ''}: где они могут отсутствовать, о тишине не судили.`,
    offload: (_p, n) =>
      `Сегменты крупнее, чем передаёт сеть${n > 0 ? ` (${number(n)})` : ''}: их соединила сетевая карта, число пакетов приблизительно.`,
    clock: (p, n) =>
      p.measured === 'program'
        ? 'Время измеряла записывающая программа, а не ядро: по времени ничего не судили, потерянные пакеты не посчитаны.'
        : `Метки времени идут назад${n > 0 ? ` (${times(n)})` : ''}: по времени ничего не судили.`,
    truncated: (p) => {
      const missing = p.missing ?? p.needed;
      return `Файл обрывается посреди записи${typeof missing === 'number' && missing > 0 ? ` (не хватает: ${bytes(missing)})` : ''}; всё до неё разобрано.`;
    },
    damaged: (_p, n) => `Пропущено повреждённых записей: ${number(n)}.`,
    'own-tool': (_p, n) =>
      `Похоже, созданы средством обхода или проверки самого пользователя: ${packets(n)}; в суждении не учтены.`,
    'link-type': (p, n) => {
      const types = p.linkTypes ?? p.linkType;
      const named = Array.isArray(types) ? list(types as readonly (string | number)[]) : String(types ?? 'неизвестен');
      const code = typeof p.number === 'number' ? `, номер ${p.number}` : '';
      return `Канальный тип или туннель, который не читается (${named}${code})${n > 0 ? `: ${packets(n)}` : ''}.`;
    },
    'wifi-encrypted': (_p, n) =>
      `Кадры данных Wi-Fi зашифрованы, их не прочитать (${number(n)}): записывайте на самом устройстве или на его маршрутизаторе.`,
    'wifi-damaged': (_p, n) =>
      `Кадры Wi-Fi дошли до записывающего приёмника повреждёнными и пропущены (${number(n)}): записывайте на самом устройстве, там ничего не теряется.`,
    budget: (p, n) =>
      p.what === 'queries'
        ? `В записи больше, чем хранится сразу: о части запросов DNS не сохранено ничего, и о них не судили (${number(n)}).`
        : `В записи больше, чем хранится сразу: ${connections(n)} отпущено или сохранено без пакетов, об их молчании не судили.`,
    'let-go': (p, n) =>
      p.what === 'targets'
        ? `Чтобы было место для новых целей, о прежних не сохранено, удались ли попытки (${number(n)}): в списке их нет, и с ними ничего не сравнивали.`
        : `Запись шла долго: чтобы было место для нового, отпущены подробности старых соединений и запросов (${number(n)}). Найденное прежде остаётся таким, как было сказано.`,
  },
  next: {
    'other-name-same-address': (p) =>
      `Во время записи откройте другой сайт по тому же адресу${p.address === null ? '' : ` ${p.address}`}: если удастся, дело в имени${p.name === null ? '' : ` ${p.name}`}.`,
    'same-name-other-address': (p) =>
      `Попробуйте ${p.name ?? 'тот же сервис'} по другому его адресу: если удастся, дело в адресе${p.address === null ? '' : ` ${p.address}`}.`,
    'other-resolver': (p) =>
      `Во время записи спросите о ${p.name ?? 'том же имени'} другой резолвер или резолвер через HTTPS и сравните.`,
    'other-network': (p) =>
      `Повторите с ${p.name ?? p.address ?? 'той же целью'} из другой сети (мобильной, другого провайдера) в то же время.`,
    'server-side-capture': (p) =>
      `Запишите и на сервере${p.address === null ? '' : ` ${p.address}`}: пакет, видимый лишь с одной стороны, решает дело.`,
    'capture-from-start': () =>
      'Начинайте запись до соединения: рукопожатие показывает, как выглядит подлинный сервер.',
    'capture-both-directions': () => 'Записывайте оба направления, лучше всего на самом устройстве.',
    'capture-full-packets': () => 'Записывайте пакеты целиком: имена и содержание были обрезаны.',
    'capture-longer': () =>
      'Продолжайте запись ещё минуту после неудачи: она кончилась раньше, чем можно судить о тишине.',
    'repeat-attempt': (p) =>
      `Попробуйте ${p.name ?? p.address ?? 'это'} несколько раз с промежутком в минуты: одна неудача может быть случайной.`,
    'check-local-filter': () =>
      'Сначала поищите межсетевой экран, антивирус, VPN или фильтр на этом устройстве и его роутере и повторите без них.',
    'check-routing': (p) =>
      `Проверьте по архивам маршрутизации, не объявлялся ли тогда маршрут к ${p.address ?? 'адресу'} из другого места.`,
    'try-ech': (p) =>
      `Попробуйте браузер с Encrypted Client Hello, если ${p.name ?? 'сайт'} его предлагает: если удастся, дело в видимом имени.`,
    traceroute: (p) =>
      `Во время записи выполните TCP-трассировку до ${p.address ?? 'адреса'}: она может показать, на каком переходе пакеты пропадают или получают ответ.`,
    'publish-report': () =>
      'Сохраните запись без изменений и отметьте, где, когда и в какой сети она сделана, чтобы другие могли её проверить.',
  },
  verdict: {
    'reset-by-name': (p) =>
      verdict(
        p,
        `Соединения с ${subject(p)} сброшены${after(p)}`,
        `Сбросы: ${claim(p.confidence, 'поддельные')}.`,
        'сброс',
      ),
    'reset-by-address': (p) =>
      verdict(p, `Соединения с ${subject(p)} сброшены`, `Сбросы: ${claim(p.confidence, 'поддельные')}.`, 'сброс'),
    reset: (p) =>
      verdict(p, `Соединения с ${subject(p)} сброшены`, `Сбросы: ${claim(p.confidence, 'поддельные')}.`, 'сброс'),
    'dropped-by-name': (p) =>
      verdict(
        p,
        `Соединения с ${subject(p)} замолчали${after(p)}`,
        `Пакеты: ${claim(p.confidence, 'отброшены в пути')}.`,
        'отбрасывание',
      ),
    dropped: (p) =>
      verdict(
        p,
        `Соединения с ${subject(p)} замолчали`,
        `Пакеты: ${claim(p.confidence, 'отброшены в пути')}.`,
        'отбрасывание',
      ),
    'closed-by-name': (p) =>
      verdict(
        p,
        `Соединения с ${subject(p)} закрыты${after(p)}, без ответа`,
        `Закрывающие пакеты: ${claim(p.confidence, 'поддельные')}.`,
        'закрытие',
      ),
    alerted: (p) =>
      verdict(
        p,
        `Соединения с ${subject(p)} отклонены предупреждением TLS${after(p)}`,
        `Предупреждения: ${claim(p.confidence, 'поддельные')}.`,
        'предупреждение',
      ),
    'dns-forged': (p) =>
      verdict(
        p,
        `На запросы DNS о ${subject(p)} пришли подозрительные ответы`,
        `Они: ${claim(p.confidence, 'поддельные')}.`,
        'поддельный ответ',
      ),
    'dns-lying-resolver': (p) =>
      verdict(
        p,
        `Резолвер дал ложные ответы о ${subject(p)}`,
        `Ответы: ${claim(p.confidence, 'выдуманы')}.`,
        'ложный ответ',
      ),
    'dns-denied': (p) =>
      verdict(
        p,
        `На запросы DNS о ${subject(p)} отвечено, что такого имени или ответа нет`,
        `Отказы: ${claim(p.confidence, 'поддельные')}.`,
        'отказ',
      ),
    'dns-silent': (p) =>
      verdict(
        p,
        `Запросы DNS о ${subject(p)} остались без ответа`,
        `Они: ${claim(p.confidence, 'отброшены')}.`,
        'отбрасывание',
      ),
    'address-silent': (p) =>
      verdict(
        p,
        `От ${subject(p)} ничего не вернулось`,
        `Пакеты: ${claim(p.confidence, 'отброшены в пути')}.`,
        'отбрасывание',
      ),
    'address-rejected': (p) => verdict(p, `Пакеты к ${subject(p)} отклонены устройством в пути`, '', 'отклонение'),
    other: (p) =>
      verdict(
        p,
        `В обмене с ${subject(p)} видны признаки вмешательства (${interferenceWords[p.interference]})`,
        '',
        'вмешательство',
      ),
    'cannot-tell': (p) =>
      verdict(
        p,
        `С ${subject(p)} что-то не так (мыслимо: ${interferenceWords[p.interference]}), и большего эта запись сказать не может`,
        '',
        'вмешательство',
      ),
    'cut-off': (p) =>
      verdict(
        p,
        `Соединения с ${subject(p)} замерли после некоторого объёма данных`,
        `Остальное: ${claim(p.confidence, 'отброшено в пути')}.`,
        'обрыв',
      ),
    'data-replaced': (p) =>
      verdict(
        p,
        `В соединениях с ${subject(p)} чужие данные`,
        `Они: ${claim(p.confidence, 'поддельные')}.`,
        'подделка',
      ),
    intercepted: (p) =>
      verdict(
        p,
        `Соединения с ${subject(p)} получили сертификат того, кто читает попутно`,
        `Они: ${claim(p.confidence, 'перехвачены')}.`,
        'перехват',
      ),
    'page-replaced': (p) =>
      verdict(
        p,
        `На запросы к ${subject(p)} пришла другая страница`,
        `Она: ${claim(p.confidence, 'подставлена вместо запрошенной')}.`,
        'подмена',
      ),
    'resolver-replaced': (p) =>
      verdict(p, `На запросы DNS от имени ${subject(p)} отвечал кто-то поближе`, '', 'перенаправление'),
    'resolver-silent': (p) =>
      verdict(
        p,
        `Резолвер ${subject(p)} не отвечал ни о каком имени`,
        `Запросы: ${claim(p.confidence, 'отброшены')}.`,
        'отбрасывание',
      ),
    slowed: (p) =>
      verdict(
        p,
        `Передачи от ${subject(p)} держат на постоянной скорости`,
        `Пакеты сверх неё: ${claim(p.confidence, 'отброшены в пути')}.`,
        'предел',
      ),
  },
  error: {
    'not-found': { text: (p) => `${of(p)}: такого файла нет.`, hint: 'Проверьте путь и его написание.' },
    'no-permission': {
      text: (p) => `${of(p)}: читать не разрешено.`,
      hint: 'Измените права на файл или скопируйте его туда, где вам можно читать.',
    },
    'is-directory': { text: (p) => `${of(p)} — папка.`, hint: 'Укажите файлы записей в ней.' },
    'read-failed': {
      text: (p) => `${of(p)}: чтение не удалось${text(p, 'system') === null ? '' : ` (${text(p, 'system')!})`}.`,
      hint: 'Проверьте диск или сетевой накопитель; прочитанное до этого остаётся.',
    },
    empty: {
      text: (p) => `${of(p)}: пусто.`,
      hint: 'Запишите снова; возможно, программу записи остановили раньше, чем она что-либо сохранила.',
    },
    'not-a-capture': {
      text: (p) => `${of(p)}: это не pcap и не pcapng.`,
      hint: 'Сохраните как pcap или pcapng, например: editcap -F pcapng <вход> <выход>',
    },
    'unsupported-version': {
      text: (p) =>
        `${of(p)}: версия ${typeof p.major === 'number' ? `${p.major}.${String(p.minor ?? 0)} ` : ''}этого формата не читается.`,
      hint: 'Преобразуйте в новом Wireshark: editcap -F pcapng <вход> <выход>',
    },
    'unsupported-format': {
      text: (p) => `${of(p)}: формат не читается${text(p, 'format') === null ? '' : ` (${text(p, 'format')!})`}.`,
      hint: 'Преобразуйте в Wireshark: editcap -F pcapng <вход> <выход>',
    },
    damaged: {
      text: (p) => `${of(p)}: повреждено в месте, которое нельзя пропустить.`,
      hint: 'Всё до этого места разобрано. Скопируйте файл снова, если исходный цел.',
    },
    'compressed-damaged': {
      text: (p) => `${of(p)}: сжатые данные повреждены.`,
      hint: 'Что удалось распаковать, разобрано. Скопируйте файл снова, если исходный цел.',
    },
    'no-space': {
      text: (p) => `${of(p)}: не осталось места для временного файла.`,
      hint: 'Освободите место на диске или сначала распакуйте запись в файл.',
    },
  },
  control: controls,
  technique: {
    'rst-injection': {
      name: 'Поддельный сброс',
      how: 'Устройство, которое наблюдает за обменом, посылает сброс TCP (или FIN) от имени сервера, клиента или обоих. Каждая сторона думает, что другая повесила трубку. Устройству не нужно стоять на пути пакетов: достаточно их видеть.',
      packets:
        'RST сразу после запроса или приветствия TLS, у которого TTL, IP ID, окно или флаг «не фрагментировать» не такие, как у других пакетов сервера; несколько одинаковых разом; RST, пришедший раньше, чем сервер мог ответить; и вернее всего: сервер продолжает говорить после того, как будто бы сбросил соединение.',
      mistaken:
        'Серверы и балансировщики действительно сбрасывают соединения: когда порт закрыт, когда повторно использовано простаивавшее соединение, когда отказывают имени. Сбрасывают и клиенты, когда закрыта вкладка. Одно необычное поле заголовка — не доказательство; TTL, равный TTL сервера, не доказывает невиновности.',
    },
    'dns-poisoning': {
      name: 'Подмена ответов DNS',
      how: 'На запрос об имени дан неправдивый ответ: чужой адрес, адрес страницы блокировки, адрес в никуда или утверждение, что имени нет. Ответ вставляет или переписывает устройство в пути либо даёт сам резолвер.',
      packets:
        'Два противоречащих ответа на один запрос, первый слишком рано; адрес, которого у публичного имени быть не может; адрес, известный по подделкам; ответ с адреса, который не резолвер; ответы двух резолверов, которые не могут быть верны оба.',
      mistaken:
        'Сети доставки содержимого дают разным спрашивающим разные адреса. Похоже выглядят резолверы, фильтрующие по желанию пользователя (реклама, родительский контроль), сети компаний с собственными именами, порталы входа и неисправные резолверы. Машина, которая сама разрешает имена, спрашивает серверы их владельцев, а многие из них плохо обслуживаются: друг с другом они не сравниваются.',
    },
    'dns-blocking': {
      name: 'Блокировка DNS',
      how: 'Запросы об имени отбрасываются, или соединение с резолвером сбрасывается, и ответ не приходит никогда.',
      packets:
        'Один и тот же запрос секундами повторяется без ответа, а о других именах тот же резолвер в это время отвечает.',
      mistaken:
        'Резолвер, медленный или неработающий для всех имён; потеря пакетов; имя, чьи собственные серверы сломаны.',
    },
    'sni-filtering': {
      name: 'Фильтрация по имени сайта (SNI)',
      how: 'Устройство читает имя сайта из приветствия TLS, где оно стоит открыто (Server Name Indication), или узнаёт программу по виду приветствия, а затем сбрасывает соединение, отбрасывает его пакеты или подделывает ответ.',
      packets:
        'Рукопожатие TCP удаётся; после приветствия приходит сброс, предупреждение TLS, которого сервер не посылал, или наступает тишина: приветствие повторяется снова и снова либо сервер повторяет давно подтверждённое клиентом и ничего от него не слышит. Приветствие с другим именем по тому же адресу проходит.',
      mistaken:
        'Сервер, отказывающий незнакомым именам; балансировщик без сервера за ним (подтверждает и молчит); путь, на котором теряются большие пакеты. Без другого имени по тому же адресу не показано, что дело в имени.',
    },
    'ip-null-routing': {
      name: 'Блокировка адреса',
      how: 'Пакеты к адресу или целому диапазону адресов отбрасываются или отклоняются, что бы в них ни было. Маршрутизатору велено отправлять их в никуда.',
      packets:
        'Запросы на соединение секундами повторяются на нескольких портах без всякого ответа, или маршрутизатор в пути сообщает по ICMP о запрете, а другие адреса в ту же минуту отвечают.',
      mistaken:
        'Выключенный узел, межсетевой экран сервера, неработающий IPv6, сбой маршрутизации где-то ещё. Тишина без сравнения никогда не больше, чем «возможно».',
    },
    'http-filtering': {
      name: 'Фильтрация HTTP',
      how: 'Устройство читает имя узла или содержание незашифрованного запроса и вмешивается.',
      packets:
        'Рукопожатие удаётся; после запроса приходит сброс, тишина или чужой ответ. По тому же адресу с другим именем всё работает.',
      mistaken: 'Серверы, отвечающие лишь на известные имена, экраны веб-приложений, прокси в сети компании.',
    },
    'http-blockpage': {
      name: 'Страница блокировки',
      how: 'Вместо запрошенной страницы приходит другая, где сказано о блокировке, или перенаправление на такую.',
      packets:
        'Ответ, известный из списков страниц блокировки, или перенаправление на чужой домен, которое приходит слишком рано и сразу кончает соединение, с полями заголовка не как у сервера.',
      mistaken:
        'Порталы входа, отказы самого сайта (по стране или против роботов), припаркованные домены, страницы хостинга.',
    },
    'data-injection': {
      name: 'Вставка данных',
      how: 'Устройство посылает данные от имени сервера раньше него. Клиент принимает то, что пришло первым.',
      packets:
        'Два сегмента для одного места потока с разным содержанием; ответ, не подтверждающий запроса, на который отвечает; отказ от имени почтового сервера, чей собственный ответ приходит следом.',
      mistaken:
        'Проверки соединения с произвольным содержанием, повторы посредника, который пережал данные, повреждённая запись.',
    },
    'quic-blocking': {
      name: 'Блокировка QUIC',
      how: 'Приветствие QUIC зашифровано ключом, который может вывести любой на пути. Устройство читает имя или лишь видит, что это QUIC, и с этого места отбрасывает пакеты соединения.',
      packets: 'Первые дейтаграммы повторяются без пригодного ответа, а по TCP тот же сайт работает.',
      mistaken:
        'Серверы без QUIC, экраны, не пропускающие UDP, пути, тесные для дейтаграмм в 1200 байт, браузеры, пробующие TCP и QUIC наперегонки.',
    },
    'port-blocking': {
      name: 'Блокировка порта или протокола',
      how: 'Порт или всё, что похоже на некий протокол (VPN, Tor, зашифрованный DNS, любое неопознанное), отбрасывается или сбрасывается, куда бы ни шло.',
      packets:
        'Один порт молчит, или маршрутизатор сообщает о запрете, а другой по тому же адресу отвечает; первый пакет проходит, и после него ничего; рукопожатия VPN остаются без ответа по нескольким адресам.',
      mistaken:
        'Сервис, не слушающий этот порт, экраны компаний и гостиниц, неработающий сервер, VPN с неверным ключом: WireGuard и, при обычной настройке, OpenVPN тогда не отвечают вовсе.',
    },
    'tls-mitm': {
      name: 'Перехват TLS',
      how: 'Устройство само завершает шифрование, показывает собственный сертификат и читает проходящее.',
      packets:
        'Сертификат неожиданного издателя, видимый до TLS 1.2. В TLS 1.3 сертификат зашифрован, и запись его не покажет.',
      mistaken: 'То же делают антивирусы и прокси компаний с ведома владельца устройства.',
    },
    throttling: {
      name: 'Замедление',
      how: 'Обмен с сайтом или сервисом замедляют до бесполезности, чаще всего отбрасывая всё сверх малой скорости.',
      packets:
        'Передача идёт ровно и медленно. Пакеты теряются именно тогда, когда отправлено больше, чем допускает эта скорость, а оборот остаётся коротким или прошедшее приходит пачками на скорости линии: очередь заставила бы его ждать. Другая передача в ту же минуту во много раз быстрее.',
      mistaken: 'Слабый радиосигнал, переполненные каналы, предел тарифа, серверы и проигрыватели со своим темпом.',
    },
    'data-cutoff': {
      name: 'Обрыв передачи',
      how: 'Соединение работает первые несколько пакетов или килобайт, а затем замирает.',
      packets:
        'Несколько соединений останавливаются после одинакового объёма, часто 15–20 кБ или около 25 пакетов, без закрытия, хотя обе стороны ещё хотят передавать.',
      mistaken: 'Страницы, которые просто такой длины; потери в первой серии сервера; теряющиеся большие пакеты.',
    },
    'residual-blocking': {
      name: 'Остаточная блокировка',
      how: 'После одного запретного соединения всё между теми же двумя адресами некоторое время заблокировано, часто несколько минут.',
      packets:
        'Соединения без чего-либо запретного не удаются до определённого времени после прежнего вмешательства, а потом снова удаются. Последнее неудачное и первое удачное говорят, сколько это длилось.',
      mistaken:
        'Сервер, ограничивающий адрес после ошибки; случайно кончившийся сбой. Сравнение внутри этого окна ничего не доказывает.',
    },
  },
  confidence: {
    confirmed: {
      word: 'Подтверждено',
      sentence:
        'Подтверждено: сами пакеты показывают вмешательство, и ни одно из перечисленных объяснений не подходит.',
    },
    likely: {
      word: 'Весьма вероятно',
      sentence: 'Весьма вероятно: подходит лучше всего; какое-то объяснение лишь ослаблено.',
    },
    possible: {
      word: 'Возможно',
      sentence: 'Возможно: согласуется с вмешательством и по меньшей мере с одной обычной причиной.',
    },
    inconclusive: { word: 'Неясно', sentence: 'Неясно: по записи сказать нельзя.' },
  },
  trigger: triggerWords,
  interference: interferenceWords,
  outcome: {
    blocked: { word: 'заблокировано', sentence: 'Попытки остановлены вмешательством.' },
    attempted: { word: 'пытались', sentence: 'Вмешательство было, но соединение всё же состоялось.' },
    down: { word: 'не работает', sentence: 'Не удалось, и ничто не указывает на вмешательство.' },
    ok: { word: 'работает', sentence: 'Удалось.' },
    insufficient: { word: 'мало данных', sentence: 'В записи недостаточно, чтобы судить.' },
  },
  stage: {
    syn: 'при запросе соединения',
    handshake: 'во время рукопожатия',
    'client-hello': 'после приветствия TLS',
    request: 'после запроса',
    response: 'во время ответа',
    data: 'в ходе передачи',
    query: 'при запросе DNS',
  },
  effect: {
    stopped: 'остановлено',
    degraded: 'ухудшено',
    survived: 'всё же прошло',
    unknown: 'последствий не видно',
  },
  place: {
    'this-device': 'на этом устройстве',
    'local-network': 'в местной сети',
    resolver: 'у резолвера',
    path: 'в пути',
    unknown: 'в месте, которое не установить',
  },
  strength: { strong: 'сильное', medium: 'среднее', weak: 'слабое' },
  surface: { web: 'сайт', app: 'приложение', calls: 'звонки', proxy: 'прокси' },
  service: { wikipedia: 'Википедия', tor: 'Проект Tor', meduza: 'Медуза' },
  serviceState: {
    blocked: 'заблокировано',
    degraded: 'частично заблокировано',
    reachable: 'доступно',
    inconclusive: 'неясно',
    'not-seen': 'не встречалось',
  },
  limits: [
    'кто распорядился о вмешательстве и затронуты ли другие: запись показывает одно место в одно время',
    'то, чего не пробовали, пока она шла',
    'то, что шло через VPN или туннель либо было зашифровано после первых пакетов',
  ],
};

/** Names that Russian writes its own way; the others stay as they are. */
function serviceNames(service: string): string {
  return ru.service[service as keyof typeof ru.service] ?? service;
}

const limits: Readonly<Record<string, string>> = { time: 'время', size: 'размер', packets: 'число пакетов' };

export const ruLive: LiveWords = {
  error: {
    'not-installed': (e) => `${e.backend} не установлен.`,
    'no-permission': (e) => `У ${e.backend} нет права на запись трафика.`,
    'no-interface': (e) => `${e.backend} не знает такого интерфейса.`,
    'interface-down': (e) => `${e.backend}: интерфейс отключён.`,
    'bad-filter': (e) => `${e.backend} не понимает этот фильтр.`,
    failed: (e) => `${e.backend} не начал запись.`,
  },
  notice: {
    'interface-gone': (p) =>
      `Интерфейс ${text(p, 'interface') ?? ''} исчез или отключён. Записанное сохранено; запись продолжится, когда он вернётся.`,
    'interface-back': (p) =>
      `Интерфейс ${text(p, 'interface') ?? ''} вернулся, запись продолжается. О том, что было открыто во время перерыва, не судим.`,
    'helper-ended': (p) =>
      `Записывающая программа завершилась (${text(p, 'message') ?? 'причина не названа'}) и запущена снова. О том, что было открыто во время перерыва, не судим.`,
    'helper-lost': (p) =>
      `Записывающая программа завершается снова и снова (${text(p, 'message') ?? 'причина не названа'}); запись на этом окончена. Записанное сохранено.`,
    'disk-full': (p) =>
      `Диск заполнен: в файле осталось то, что успело записаться (${text(p, 'path') ?? 'файл'}). Наблюдение и анализ продолжаются.`,
    'recording-failed': (p) =>
      `Не удалось записать в ${text(p, 'path') ?? 'файл'} (${text(p, 'system') ?? 'причина неизвестна'}). Наблюдение и анализ продолжаются.`,
    slept: (p) =>
      `Компьютер спал ${seconds(Number(p.seconds))}. Запись продолжается; о том, что было открыто во время перерыва, не судим.`,
    drops: (p) =>
      `При записи потеряно не меньше ${count(Number(p.drops), 'пакета', 'пакетов', 'пакетов')}: о молчании больше не судим.`,
    'limit-reached': (p) => `Достигнут предел: ${limits[text(p, 'limit') ?? ''] ?? 'заданный'}.`,
  },
  step: {
    'linux-install': 'Установите dumpcap, который записывает трафик для Blockscope:',
    'linux-group':
      'Разрешите запись своему пользователю (на вопрос о непривилегированных пользователях ответьте «Да»):',
    'linux-login': 'Выйдите из системы и войдите снова, чтобы новая группа подействовала.',
    'macos-install': 'Установите Wireshark, вместе с ним приходит dumpcap:',
    'macos-bpf':
      'Откройте Wireshark и установите ChmodBPF с первой страницы («Install ChmodBPF»), затем выйдите из системы и войдите снова:',
    'windows-npcap': 'Установите Npcap, который позволяет программам записывать трафик:',
    'windows-install': 'Установите Wireshark, вместе с ним приходит dumpcap:',
    'try-again': 'Попробуйте снова.',
    'open-instead': 'Чтобы открывать готовые записи, никаких прав не нужно.',
  },
  userTimes: 'Время измеряет сама программа, потерянные пакеты не считаются: по времени ничего не судим.',
  neverRoot: 'Самому Blockscope больше прав не нужно; не запускайте его от имени root.',
};
