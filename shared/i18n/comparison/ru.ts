// Russian words of the comparison of two captures. Not reviewed by a native reader; faces say so.

import type { ComparisonSide, ComparisonVerdictParams } from '../../domain/statements.ts';
import type { Confidence, InterferenceKind } from '../../domain/vocabulary.ts';
import { russianCount as count } from '../numbers.ts';
import type { ComparisonWords } from './words.ts';

const letter = (side: ComparisonSide): string => side.toUpperCase();
const otherOf = (side: ComparisonSide): ComparisonSide => (side === 'a' ? 'b' : 'a');

const packets = (n: number): string => count(n, 'пакет', 'пакета', 'пакетов');
const bytes = (n: number): string => count(n, 'байт', 'байта', 'байт');
const hex = (n: number): string => `0x${n.toString(16).padStart(4, '0')}`;

function seconds(s: number): string {
  return `${String(s < 10 ? Math.round(s * 100) / 100 : Math.round(s)).replace('.', ',')} с`;
}

function subject({ targets, more }: ComparisonVerdictParams): string {
  const rest = more > 0 ? ` и ещё ${more}` : '';
  if (targets.length < 2 || more > 0) return `${targets.join(', ')}${rest}`;
  return `${targets.slice(0, -1).join(', ')} и ${targets.at(-1)!}`;
}

const SURE: Readonly<Record<Confidence, string>> = {
  confirmed: 'Обе записи вместе это подтверждают.',
  likely: 'Обе записи вместе делают это весьма вероятным; обычная причина лишь ослаблена.',
  possible: 'Это возможно; обычная причина подходит не хуже.',
  inconclusive: 'Большего записи не скажут.',
};

const WHAT: Partial<Record<InterferenceKind, readonly [one: string, many: string]>> = {
  'rst-injection': ['пакет, закрывающий соединение; его', 'пакеты, закрывающие соединение; их'],
  'forged-answer': ['ответ DNS, его', 'ответы DNS, их'],
  'data-injection': ['данные, их', 'данные, их'],
};

const icmpType = (p: { type: number; code: number }): string => `ICMP, тип ${p.type}, код ${p.code}`;

function passedRouters({ routers }: { routers: number | null }): string {
  return routers === null ? '' : ` Судя по TTL в цитате, пакет успел пройти маршрутизаторов: ${routers}.`;
}

export const ruComparison: ComparisonWords = {
  evidence: {
    'absent-at-sender': (p) =>
      `В записи ${letter(p.side)}, у того конца, от имени которого он пришёл, есть другие пакеты этого конца в том же соединении (${p.matched}), а этого нет.`,
    'ids-without-gap': (p) =>
      `В записи ${letter(p.side)} идентификаторы IP отправителя идут вокруг этого момента от ${hex(p.first)} до ${hex(p.last)} без пропуска (${packets(p.packets)}): там ничего не потеряно.`,
    'sender-went-on': (p) =>
      `В записи ${letter(p.side)} мнимый отправитель и после этого продолжает соединение (${packets(p.packets)}).`,
    'other-bytes-sent': (p) =>
      `В записи ${letter(p.side)} отправитель посылает на этом месте другое (${bytes(p.bytes)}).`,
    'acknowledges-unseen': (p) =>
      `Он отвечает на ${bytes(p.bytes)}, которые, судя по записи ${letter(p.side)}, до мнимого отправителя не дошли.`,
    'arrives-with-other-ttl': (p) =>
      `В записи ${letter(p.side)} его TTL ${p.suspect}; то, что от этого конца есть в обеих записях, приходит с ${p.genuine}.`,
    'forged-both-ways': (p) =>
      `Другой конец тоже получил подобное от имени собеседника (${packets(p.frames)}), и этого тоже никто не посылал.`,
    'trigger-arrived': (p) => `Запрос перед ним есть и в записи ${letter(p.side)}: до другого конца он дошёл.`,
    'trigger-swallowed': (p) => `Запрос перед ним есть лишь в записи ${letter(p.side)}: до другого конца он не дошёл.`,
    'sent-and-absent': (p) =>
      p.packets === 1
        ? `Послано один раз; в записи ${letter(p.side)} этого нет.`
        : `Послано раз: ${p.packets} за ${seconds(p.seconds)}; в записи ${letter(p.side)} нет ни одного.`,
    'never-acknowledged': (p) =>
      `Судя по записи ${letter(p.side)}, получатель не подтвердил этих байтов (не более ${bytes(p.bytes)} в пакете): он их не получил.`,
    'nothing-after': (p) =>
      `Прежде в этом направлении прошло: ${packets(p.packets)}; дальше в записи ${letter(p.side)} ничего нет.`,
    'others-arrived': (p) =>
      `За это время в записи ${letter(p.side)} есть прошедшие тем же путём: ${packets(p.packets)}.`,
    'content-differs': (p) =>
      p.bytes === p.otherBytes
        ? `Тот же по заголовку пакет приходит с другим содержанием (${bytes(p.bytes)}).`
        : `Тот же по заголовку пакет уходит с длиной ${bytes(p.bytes)}, а приходит с длиной ${bytes(p.otherBytes)}.`,
    'flag-differs': (p) => `Тот же пакет уходит с флагами ${p.flags || 'нет'}, а приходит с ${p.otherFlags || 'нет'}.`,
    'same-hops-as-others': (p) =>
      `Он прошёл столько же маршрутизаторов, сколько прочие (${p.hops}): это переписанный пакет самого отправителя.`,
    'icmp-rejected': (p) =>
      `В записи ${letter(p.side)} есть сообщение от ${p.from}: этому пакету проходить нельзя (${icmpType(p)}).${passedRouters(p)}`,
    'icmp-unreachable': (p) =>
      `В записи ${letter(p.side)} есть сообщение от ${p.from}: пути к адресу нет (${icmpType(p)}).${passedRouters(p)} То же говорит и сбой маршрутизации.`,
    'icmp-unsent': (p) =>
      `Это сообщение пришло от имени другого конца, а в его записи ${letter(p.side)} такого нет: этот конец его не посылал.`,
    'icmp-too-big': (p) =>
      `В записи ${letter(p.side)} есть сообщение от ${p.from}: пакет слишком велик для пути (${icmpType(p)}).${passedRouters(p)}`,
    'capture-has-gaps': (p) =>
      `В записи ${letter(p.side)} не хватает прошедшего там: ${packets(p.packets)}; она теряла пакеты.`,
    'capture-dropped': (p) => `По собственному счёту запись ${letter(p.side)} потеряла ${packets(p.drops)}.`,
    'capture-filtered': (p) =>
      `Запись ${letter(p.side)} сделана с фильтром по флагам или байтам: пакетов может не быть намеренно.`,
    'similar-packet-sent': (p) =>
      `В записи ${letter(p.side)} есть подобный, который таким не дошёл: это может быть он же, переписанный.`,
    'loss-on-the-way': (p) => `В этом направлении терялись и другие пакеты: ${p.percent} %.`,
  },
  note: {
    'nothing-in-common': () =>
      'Ни одного соединения нет в обеих записях: они о разных соединениях или о разном времени.',
    terminated: (p) =>
      `У ${count(p.connections, 'соединения', 'соединений', 'соединений')} между теми же концами нет общих номеров: прокси или балансировщик кончает их в пути и начинает заново. Подделки там не различить.`,
    translated: (p) => `Адреса в пути переводятся: ${p.from} в записи A — это ${p.to} в записи B.`,
    'same-place': () => 'Обе записи сделаны в одном месте: о пути между концами они не говорят.',
    'order-unknown': (p) =>
      `У ${count(p.connections, 'соединения', 'соединений', 'соединений')} не понять, какая запись ближе к клиенту; о них не судим.`,
    'not-covered': (p) =>
      `${packets(p.packets)} приходится на время, когда запись ${letter(p.side)} ещё или уже не шла; о них не судим.`,
    'capture-lost': (p) =>
      `Мимо записи ${letter(p.side)} прошло: ${packets(p.packets)}; другой конец их подтвердил или продолжил после них. В пути они не терялись.`,
    'lost-on-the-way': (p) =>
      `Из записи ${letter(p.from)} не дошло: ${packets(p.packets)}; их послали снова или они не понадобились. Обычная потеря.`,
    merged: (p) =>
      `В записи ${letter(p.side)} нарезаны или склеены иначе, чем в другой: ${packets(p.packets)} (работа сетевой карты).`,
    recut: (p) =>
      `В записи ${letter(p.side)} заново нарезано чем-то в пути: ${packets(p.packets)} с данными; о данных там не судим.`,
    'payload-cut': (p) =>
      `В ${count(p.connections, 'соединении', 'соединениях', 'соединениях')} пакеты записаны не целиком: изменений содержания не увидеть.`,
    'header-rewritten': (p) =>
      `${p.field} в записях различается (${packets(p.packets)}): что-то в пути переписывает это поле, как делают многие маршрутизаторы и экраны.`,
    'answered-elsewhere': (p) =>
      `${count(p.connections, 'соединение', 'соединения', 'соединений')} записи ${letter(p.side)}: ответ был, а в другой записи их нет совсем. Отвечает другая машина с тем же адресом или кто-то в пути; о них не судим.`,
    expired: (p) =>
      `В записи ${letter(p.side)} есть пакеты, у которых в пути кончился TTL, как говорят сообщения ICMP (${packets(p.packets)}): пробы пути или петля. О них не судим.`,
    'over-budget': (p) => `В записи ${letter(p.side)} больше, чем сравнивается; об остальном не судим.`,
    'clock-unsteady': (p) =>
      `Часы расходятся неровно, на ${Math.round(p.spreadMs)} мс: порядок определён только по пакетам.`,
    'known-rewriting': (p) =>
      `Изменено на порту ${p.port}: ${packets(p.packets)}; так переводчики адресов поступают с этим протоколом.`,
  },
  verdict: {
    'sent-by-neither': (p) =>
      `Между двумя концами кто-то вмешивается в обмен с ${subject(p)}: пришло пакетов, которых другой конец не посылал: ${p.packets}. ${SURE[p.confidence]}`,
    'never-arrived': (p) =>
      `Между двумя концами пропадают пакеты обмена с ${subject(p)}: ушло и не дошло: ${p.packets}. ${SURE[p.confidence]}`,
    changed: (p) =>
      `Между двумя концами пакеты обмена с ${subject(p)} изменяются: пришло не такими, как послано: ${p.packets}. ${SURE[p.confidence]}`,
    several: (p) =>
      `Между двумя концами кто-то по-разному вмешивается в обмен с ${subject(p)}: подделано, отброшено или изменено пакетов: ${p.packets}. ${SURE[p.confidence]}`,
    agree: (p) =>
      `Обе записи согласны (сравнено соединений: ${p.connections}): всё, что послал один конец, дошло до другого, кроме обычных потерь. Между ними ничего не подделано.`,
    'nothing-in-common': () => 'У записей нет общих соединений, сравнить их нельзя.',
    terminated: () =>
      'По записям сказать нельзя: что-то в пути, прокси или балансировщик, кончает каждое соединение и начинает другое.',
    'same-place': () => 'Записи сделаны в одном месте и о пути между концами не говорят.',
    'cannot-tell': () => 'У записей есть общие соединения, но не понять, с какой стороны друг от друга они сделаны.',
    unreadable: () => 'Одну из записей не удалось прочесть, поэтому ничего не сравнено.',
  },
  claim: {
    'sent-by-neither': ({ interference, toServer, sender, packets: n }) => {
      const [one, many] = WHAT[interference] ?? ['пакет, его', 'пакеты, их'];
      const [receiver, claimed] = toServer ? ['Сервер', 'клиент'] : ['Клиент', 'сервер'];
      return `${receiver} получил ${n === 1 ? one : many} ${claimed} (запись ${letter(sender)}) не посылал${n === 1 ? '' : ` (${packets(n)})`}`;
    },
    'never-arrived': ({ toServer, sender, packets: n }) =>
      `${packets(n)} ${toServer ? 'клиента' : 'сервера'}: есть в записи ${letter(sender)} и не дошли до записи ${letter(otherOf(sender))}`,
    changed: ({ toServer, packets: n }) =>
      `${packets(n)} ${toServer ? 'клиента' : 'сервера'}: пришли не такими, как посланы`,
  },
  mark: {
    both: 'в обеих',
    forged: 'не послан ни одним концом',
    lost: 'не дошёл',
    changed: 'изменён в пути',
    merged: 'в другой записи нарезан иначе',
    'one-side': 'только в этой записи',
  },
  state: {
    compared: 'сравнено',
    terminated: 'в пути кончается и начинается заново',
    'order-unknown': 'место записей неизвестно',
    'same-place': 'записано в одном месте',
    'only-one-side': 'только в одной записи',
  },
  review: {
    confirmed: 'другой конец подтверждает',
    refuted: 'опровергнуто: другой конец это послал',
    open: 'другой конец этого не решает',
  },
  basis: {
    'both-ends': 'на этом сходятся подделки, посланные обоим концам',
    'start-guessed': 'если TTL начинался с обычного значения; его можно подделать',
    'like-the-sender': 'TTL как у самого отправителя: скопирован либо ничего не значит',
    varies: 'TTL меняется от пакета к пакету',
    impossible: 'TTL не подходит ни к какому месту между записями',
    'icmp-quote': 'по TTL пакета, который приведён в сообщении; плюс-минус один маршрутизатор',
    'not-seen': 'отброшенный или изменённый пакет не говорит, где это было',
  },
};
