// Persian, written from right to left. Not reviewed by a native reader; faces and reports say so. Numbers keep Latin
// digits here: faces put the digits of the language into prose of their own, and technical values stay Latin.

import type { Params, VerdictParams } from '../domain/statements.ts';
import type { Confidence, InterferenceKind, TriggerKind } from '../domain/vocabulary.ts';
import type { LiveWords } from './language.ts';
import { amount } from './numbers.ts';
import type { Translation } from './translation.ts';

/** First strong isolate to pop isolate: a value of left-to-right script keeps its own order inside the sentence. */
function isolated(value: string | number): string {
  return `\u2068${value}\u2069`;
}

const number = (n: number): string => amount(n, ',');

function milliseconds(ms: number): string {
  if (Math.abs(ms) >= 10_000) return `${number(ms / 1000)} ثانیه`;
  return Math.abs(ms) < 1 ? `${Math.round(ms * 1000) / 1000} میلی‌ثانیه` : `${number(ms)} میلی‌ثانیه`;
}

function seconds(s: number): string {
  return s < 10 ? `${Math.round(s * 100) / 100} ثانیه` : `${number(s)} ثانیه`;
}

function hex(n: number): string {
  return isolated(`0x${n.toString(16).padStart(4, '0')}`);
}

function list(values: readonly (string | number)[], limit = 4, more = 0): string {
  if (values.length === 0 && more === 0) return 'هیچ';
  const shown = values.slice(0, limit).map(isolated);
  const rest = values.length - shown.length + more;
  if (rest > 0) return `${shown.join('، ')} و ${rest} مورد دیگر`;
  if (shown.length < 2) return shown.join('');
  return `${shown.slice(0, -1).join('، ')} و ${shown[shown.length - 1]!}`;
}

function addresses(values: readonly string[]): string {
  return values.length === 0 ? 'بی‌نشانی' : list(values);
}

function text(params: Params, name: string): string | null {
  const value = params[name];
  return typeof value === 'string' && value !== '' ? value : null;
}

function of(params: Params): string {
  const path = text(params, 'path');
  if (path === '-') return 'ورودی استاندارد';
  return path === null ? 'ضبط' : isolated(path);
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
  return isolated(rcodes[code] ?? `rcode ${code}`);
}

/** RFC 8914 §4.16 to §4.18. */
const extendedErrors: Readonly<Record<number, string>> = {
  15: 'گرداننده‌اش آن را مسدود کرده',
  16: 'به خواست دیگری سانسور شده',
  17: 'به خواست کارخواه پالایش شده',
};

function icmp(params: { type: number; code: number; from: string; hops: number | null }): string {
  const distance = params.hops === null ? '' : `، حدود ${params.hops} گام دورتر`;
  return `از ${isolated(params.from)}${distance} (نوع ${params.type}، کد ${params.code})`;
}

const confidenceWords: Readonly<Record<Confidence, string>> = {
  confirmed: 'تأییدشده',
  likely: 'بسیار محتمل',
  possible: 'ممکن',
  inconclusive: 'نامعلوم',
};

const interferenceWords: Readonly<Record<InterferenceKind, string>> = {
  'rst-injection': 'بازنشانی جعلی',
  'forged-answer': 'پاسخ جعلی',
  'packet-drop': 'دور انداختن بسته‌ها',
  'null-route': 'سکوت همهٔ نشانی',
  'block-page': 'صفحهٔ مسدودسازی',
  'data-injection': 'دادهٔ جعلی',
  'tls-alert': 'هشدار جعلی TLS',
  'tls-mitm': 'رهگیری TLS',
  'icmp-reject': 'رد با ICMP',
  throttling: 'کند کردن',
  'cut-off': 'قطع انتقال',
};

const triggerWords: Readonly<Record<TriggerKind, string>> = {
  'dns-name': 'نام پرسیده‌شده',
  'tls-sni': 'نام وبگاه در پیام آغازین TLS',
  'tls-fingerprint': 'شکل پیام آغازین TLS',
  'http-host': 'نام وبگاه در درخواست',
  'http-content': 'محتوای درخواست',
  'quic-sni': 'نام وبگاه در پیام آغازین QUIC',
  'ip-address': 'نشانی',
  port: 'درگاه',
  protocol: 'پروتکل',
  unknown: 'علتی که دیده نشد',
};

const because: Readonly<Record<TriggerKind, string>> = {
  'dns-name': 'به سبب نام',
  'tls-sni': 'به سبب نام',
  'tls-fingerprint': 'به سبب شکل پیام آغازین',
  'http-host': 'به سبب نام',
  'http-content': 'به سبب محتوا',
  'quic-sni': 'به سبب نام',
  'ip-address': 'به سبب نشانی',
  port: 'به سبب درگاه',
  protocol: 'به سبب پروتکل',
  unknown: '',
};

function claim(confidence: Confidence, predicate: string): string {
  switch (confidence) {
    case 'confirmed':
      return `${predicate} است`;
    case 'likely':
      return `به احتمال بسیار ${predicate} است`;
    default:
      return `شاید ${predicate} باشد`;
  }
}

const places: Readonly<Record<VerdictParams['place'], string>> = {
  'this-device': ' این کار روی همان دستگاه ضبط‌کننده انجام شده: پالایه‌ای محلی، نه شبکه.',
  'local-network': ' به نظر می‌رسد در شبکهٔ محلی انجام شده، با مسیریاب یا پالایه‌ای در نزدیکی.',
  resolver: ' حل‌گری که از آن پرسیده شد این کار را کرد.',
  path: '',
  unknown: '',
};

function verdict(p: VerdictParams, fact: string, judgement: string, noun: string): string {
  const counted =
    p.failed > 0 && p.attempts > 0 ? ` از ${number(p.attempts)} تلاش ${number(p.failed)} ناکام ماند.` : '';
  const survived = p.survived ? ' با این همه اتصال برقرار شد.' : '';
  const residual =
    p.residual > 0 ? ` تا مدتی پس از آن ${number(p.residual)} تلاش دیگر در همان جا، هرچه خواسته می‌شد، ناکام ماند.` : '';
  const why =
    p.trigger === 'unknown' || p.triggerConfidence === 'inconclusive'
      ? 'چه چیز آن را برانگیخت: نامعلوم'
      : `${because[p.trigger]}: ${confidenceWords[p.triggerConfidence]}`;
  const judged = judgement === '' ? '' : ` ${judgement}`;
  return `${fact}.${judged}${counted}${survived}${residual}${places[p.place]} (${noun}: ${confidenceWords[p.confidence]}؛ ${why})`;
}

function subject(p: VerdictParams): string {
  return list(p.targets, 3, p.more);
}

function after(p: VerdictParams): string {
  if (p.trigger === 'http-content') return ' پس از فرستادن درخواست';
  if (p.trigger === 'tls-fingerprint') return ' پس از فرستادن پیام آغازین TLS';
  const names: readonly TriggerKind[] = ['tls-sni', 'http-host', 'quic-sni'];
  return names.includes(p.trigger) ? ` پس از فرستادن ${triggerWords[p.trigger]}` : '';
}

const controls: Translation['control'] = {
  'same-address-other-name': 'همان نشانی، نام دیگر',
  'same-name-other-address': 'همان نام، نشانی دیگر',
  'other-resolver': 'حل‌گر دیگر',
  'other-address': 'نشانی‌های دیگر در همان دقیقه',
};

function controlWords(kind: string): string {
  if (kind === 'same-address-other-port') return 'همان نشانی، درگاه دیگر';
  return controls[kind as keyof typeof controls] ?? isolated(kind);
}

function repeatedly(n: number): string {
  return n === 1 ? '' : ` (${number(n)} بار)`;
}

export const fa: Translation = {
  code: 'fa',
  direction: 'rtl',
  evidence: {
    'data-after-reset': (p) =>
      `سویی که گویا اتصال را بازنشانی کرد، ${milliseconds(p.afterMs)} پس از آن برای نخستین بار ${number(p.bytes)} بایت داده فرستاد: پشتهٔ خودش هرگز آن را بازنشانی نکرده بود.`,
    'answer-after-reset': (p) =>
      `پاسخ راستین ${milliseconds(p.afterMs)} پس از بسته‌ای رسید که به نام آن اتصال را پایان داده بود.`,
    'ack-after-reset': (p) =>
      `${milliseconds(p.afterMs)} پس از بازنشانی، آن سو هنوز داده را تأیید می‌کرد؛ کاری که تنها اتصال زنده می‌کند.`,
    'syn-ack-after-reset': (p) =>
      `${milliseconds(p.afterMs)} پس از بازنشانی، کارساز اتصال را پذیرفت (SYN-ACK)، گویی بازنشانی نفرستاده بود.`,
    'reset-behind-data': (p) => `شمارهٔ توالی بازنشانی ${p.bytesBehind} بایت عقب‌تر از چیزی است که آن سو فرستاده بود.`,
    'reset-sequence-jump': (p) =>
      `سپس بازنشانی دومی آمد که شمارهٔ توالی‌اش ${number(p.bytes)} بایت جلوتر از هر چیز فرستاده‌شده است.`,
    'ttl-differs': (p) =>
      `TTL بستهٔ مشکوک ${p.suspect} است؛ بسته‌های خود آن سو TTL ${list(p.genuine)} داشتند (اختلاف ${Math.abs(p.difference)} گام).`,
    'ttl-equal': (p) => `TTL ${p.ttl} همان TTL بسته‌های خود آن سو است. مداخله‌گر می‌تواند آن را رونویسی کند.`,
    'ip-id-mirrors-peer': (p) =>
      `IP ID ${hex(p.ipId)} دنبالهٔ ${hex(p.peerIpId)} سوی دیگر است: بسته از روی همان که به آن پاسخ می‌دهد ساخته شده.`,
    'window-mirrors-peer': (p) => `پنجرهٔ ${p.window} رونوشت پنجرهٔ سوی دیگر است.`,
    'df-differs': (p) =>
      `پرچم «تکه‌تکه نکن» ${p.suspect ? 'روشن' : 'خاموش'} است، برخلاف همهٔ ${number(p.packets)} بستهٔ پیشین آن سو.`,
    'window-nonzero': (p) => `پنجرهٔ بازنشانی ${p.window} است، در حالی که بیشتر پشته‌ها 0 می‌فرستند.`,
    'reserved-bits': (p) => `بیت‌های ذخیرهٔ پرچم‌های TCP روشن‌اند (${hex(p.flags)}).`,
    'timestamp-missing': (p) =>
      `مُهر زمان TCP ندارد، برخلاف همهٔ ${number(p.packets)} بستهٔ آن سو. بازنشانی برخی پشته‌ها هرگز ندارد.`,
    'reset-burst': (p) =>
      `${number(p.count)} بازنشانی${p.identical ? ' یکسان' : ''} (IP ID ${hex(p.ipId)}) در ${milliseconds(p.withinMs)} رسید.`,
    'ttl-window-step': (p) =>
      `در ${p.bursts} رگبار بازنشانی، TTL و پنجره با هم تغییر می‌کنند: پنجره منهای TTL همواره ${p.difference} است.`,
    'known-payload': (p) =>
      `بازنشانی ${number(p.bytes)} بایت دارد که از یک تزریق‌گر شناخته شده است: ${isolated(p.hex)}.`,
    'too-soon': (p) =>
      `درخواست را پس از ${milliseconds(p.elapsedMs)} تأیید می‌کند، اما سریع‌ترین رفت‌وبرگشت تا آن نشانی ${milliseconds(p.leastRttMs)} طول کشید (${number(p.samples)} نمونه): از جایی نزدیک‌تر آمده است.`,
    'identity-equal': () => 'TTL، IP ID، پنجره و پرچم‌ها از آنِ خود آن سو است: بسته چه بسا از خودش باشد.',
    'after-trigger': (p) => `${milliseconds(p.elapsedMs)} پس از درخواست یا پیام آغازین آمد.`,
    'residual-window': (p) =>
      `پس از ${isolated(p.name)}، ${number(p.failed)} اتصال به همان جا پیش از آن‌که نامی ببرند شکست خوردند، واپسین آن‌ها پس از ${seconds(p.least)}؛ پس از ${seconds(p.most)} یکی باز کار کرد.`,
    'same-position': (p) => `همین در همان نقطهٔ ${number(p.flows)} اتصال رخ داد.`,
    'client-kept-sending': (p) => `کارخواه اتصال را نبسته بود: ${number(p.packets)} بستهٔ دیگر فرستاد.`,
    'fin-without-data': (p) => `اتصال ${milliseconds(p.elapsedMs)} پس از درخواست بی یک بایت پاسخ بسته شد.`,
    'before-last-router': (p) =>
      `کاوش با TTL ${p.lastClearTtl} بازنشانی نیاورد و با TTL ${p.firstResetTtl} آورد: مداخله‌گر میان این دو گام است.`,
    'baseline-from-other-flows': (p) =>
      `آن سو در این اتصال هیچ نگفت؛ با ${number(p.flows)} اتصال دیگر همان نشانی سنجیده شد که وزن کمتری دارد.`,
    'syn-unanswered': (p) =>
      `${number(p.syns)} درخواست اتصال (SYN) در ${number(p.attempts)} تلاش طی ${seconds(p.seconds)} هیچ پاسخی نگرفت.`,
    'hello-unacknowledged': (p) =>
      `پیام آغازین طی ${seconds(p.seconds)} ${number(p.retransmissions)} بار دوباره فرستاده شد و هیچ بخش آن هرگز تأیید نشد.`,
    'hello-muted': (p) =>
      `پیام آغازین پس از ${milliseconds(p.ackMs)} تأیید شد، سپس کارساز ${seconds(p.silentSeconds)} خاموش ماند.`,
    'hello-partly-acknowledged': (p) =>
      `از ${number(p.length)} بایت پیام آغازین تنها ${number(p.acknowledged)} بایت نخست تأیید شد؛ بقیه ${number(p.retransmissions)} بار دوباره فرستاده شد.`,
    'request-unacknowledged': (p) =>
      `درخواست طی ${seconds(p.seconds)} ${number(p.retransmissions)} بار دوباره فرستاده شد و هیچ بخش آن هرگز تأیید نشد.`,
    'request-muted': (p) =>
      `درخواست پس از ${milliseconds(p.ackMs)} تأیید شد، سپس کارساز ${seconds(p.silentSeconds)} خاموش ماند.`,
    'silent-midway': (p) =>
      `پس از نخستین درخواست ${number(p.fromServer)} بسته از کارساز و ${number(p.fromClient)} بسته از کارخواه گذشت، سپس ${seconds(p.seconds)} هیچ چیز نگذشت، هرچند ${number(p.retransmissions)} بسته دوباره فرستاده شد.`,
    'client-unheard': (p) =>
      `طی ${seconds(p.seconds)} کارساز آنچه را کارخواه تأیید کرده بود دوباره فرستاد (${number(p.serverAgain)} بسته) و کارخواه آنچه را تأیید نشده بود (${number(p.retransmissions)} بسته): بسته‌های کارساز می‌رسید و بسته‌های کارخواه نه.`,
    'ping-unanswered': (p) => `${number(p.requests)} پینگ به نشانی بی‌پاسخ ماند.`,
    'udp-unanswered': (p) => `${number(p.datagrams)} داده‌نگار طی ${seconds(p.seconds)} پاسخی نگرفت.`,
    'ports-silent': (p) => `نشانی روی این درگاه‌ها خاموش بود: ${list(p.ports, 8)}.`,
    'prefix-silent': (p) => `نشانی‌های دیگر ${isolated(p.prefix)} نیز خاموش بودند: ${list(p.addresses)}.`,
    'service-silent': (p) =>
      `از نشانی‌های ${serviceNames(p.service)}، ${list(p.addresses)} خاموش بودند و ${p.answered} نشانی پاسخ داد.`,
    'syn-ack-repeated': (p) => `کارساز SYN-ACK خود را ${number(p.count)} بار تکرار کرد: بسته‌های کارخواه به آن نمی‌رسید.`,
    'icmp-prohibited': (p) => `دستگاهی گفت که گذشتن ممنوع است: ICMP ${icmp(p)}.`,
    'icmp-unreachable': (p) => `دستگاهی گفت که نشانی دست‌یافتنی نیست: ICMP ${icmp(p)}.`,
    'answers-contradict': (p) =>
      `${number(p.answers)} پاسخ به یک پرسش با هم ناسازگارند: نخست ${addresses(p.first)}، ${milliseconds(p.gapMs)} بعد ${addresses(p.other)}.`,
    'answer-too-soon': (p) =>
      `پاسخ پس از ${milliseconds(p.elapsedMs)} آمد، اما سریع‌ترین رفت‌وبرگشت تا آن حل‌گر ${milliseconds(p.leastRttMs)} طول کشید (${number(p.samples)} نمونه).`,
    'answer-identity-differs': (p) => `پاسخ‌ها را پشته‌های گوناگون ساخته‌اند: ${list(p.fields, 8)} فرق دارند.`,
    'bogus-address': (p) => `${isolated(p.address)} (${isolated(p.range)}) نمی‌تواند نشانی نامی همگانی باشد.`,
    'shared-bogus-address': (p) => `${isolated(p.address)} برای نام‌های بی‌ربط داده شد: ${list(p.names)}.`,
    'listed-address': (p) =>
      `${isolated(p.address)} با مدخل ${isolated(p.entry)} از فهرست واردشدهٔ ${isolated(p.list)} همخوان است.`,
    'known-block-address': (p) =>
      `${isolated(p.address)} نشانی مسدودسازی شناخته‌شدهٔ ${isolated(p.system)} است (${isolated(p.source)}).`,
    'known-pool-address': (p) =>
      `${isolated(p.address)} یکی از نشانی‌هایی است که ${isolated(p.system)} در پاسخ‌های جعلی می‌گذارد (${isolated(p.source)}).`,
    'resolvers-disagree': (p) =>
      `${isolated(p.resolver)} پاسخ داد ${addresses(p.answer)} و ${isolated(p.other)} پاسخ داد ${addresses(p.otherAnswer)}.`,
    'denied-elsewhere-resolves': (p) => `پاسخ ${rcode(p.rcode)} بود، با این همه ${isolated(p.other)} نام را می‌یابد.`,
    'answer-not-from-resolver': (p) =>
      `${isolated(p.address)} به پرسش DNS پاسخ داد، هرچند هیچ نشانه‌ای نیست که حل‌گر باشد.`,
    'foreign-service-address': (p) =>
      `${isolated(p.address)} از آنِ ${serviceNames(p.service)} است، نه نامی که پرسیده شد.`,
    'query-unanswered': (p) => `${number(p.queries)} پرسش طی ${seconds(p.seconds)} پاسخی نگرفت.`,
    'other-names-answered': (p) =>
      `همان حل‌گر ${isolated(p.resolver)} در آن زمان برای ${number(p.names)} نام دیگر پاسخ داد.`,
    'address-failed': (p) => `اتصال به ${isolated(p.address)} که پاسخ داده بود ناکام ماند.`,
    'address-works': (p) => `اتصال به ${isolated(p.address)} که پاسخ داده بود برای آن نام کار کرد.`,
    'teredo-address': (p) =>
      `${isolated(p.address)} نشانی Teredo است؛ پاسخ‌های جعلی چنین چیزی دارند و نام‌های همگانی نه.`,
    'answer-wrong-type': (p) => `${isolated(p.asked)} پرسیده شد، پاسخ تنها ${addresses(p.addresses)} دارد.`,
    'extended-error': (p) =>
      `حل‌گر خودش علت را می‌گوید (خطای گستردهٔ DNS ${p.code}): ${extendedErrors[p.code] ?? 'علتی دیگر'}.`,
    'protocol-recognised': (p) => `نخستین پیام از آنِ ${isolated(p.protocol)} است و ریختش به تنهایی آن را لو می‌دهد.`,
    'names-made-up': (p) =>
      `${number(p.count)} نام از حروف تصادفی در پیام‌های آغازین یک‌ریخت به ${number(p.addresses)} نشانی، هر کدام تنها یک بار و بی آنکه کسی آن را پرسیده باشد (${list(p.names, 3, p.count - p.names.length)}): ${isolated(p.protocol)} برای هر اتصال چنین نامی می‌سازد.`,
    repeated: (p) => `از ${number(p.attempts)} تلاش ${number(p.failed)} تا به همین شکل ناکام ماند.`,
    'control-ok': (p) => `مقایسه: ${controlWords(p.control)}، ${isolated(p.value)}: کار کرد${repeatedly(p.count)}.`,
    'control-failed': (p) =>
      `مقایسه: ${controlWords(p.control)}، ${isolated(p.value)}: آن هم ناکام ماند${repeatedly(p.count)}.`,
    'attempt-succeeded': (p) => `از ${number(p.attempts)} تلاش برای همان هدف ${p.succeeded} تا کامیاب شد.`,
    'name-fails-in-networks': (p) =>
      `این نام در نشانی‌های ${p.networks.length} شبکه به همین شکل ناکام ماند: ${list(p.networks)}.`,
    'fingerprint-separates': (p) =>
      `آنچه پیام‌های آغازین ناکام را از کامیاب جدا می‌کند ${isolated(p.attribute)} است: ${isolated(p.failing)} ناکام، ${isolated(p.working)} کامیاب.`,
    'names-share-fate': (p) => `${number(p.names)} نام گوناگون در این نشانی یکسان ناکام ماندند، پس نام مهم نیست.`,
    'steady-rate': (p) =>
      `${seconds(p.seconds)} انتقال نزدیک ${number(p.kilobits)} کیلوبیت بر ثانیه ماند، با نوسان ${number(p.variationPercent)}٪، و تقریباً چیزی گم نشد: نگه داشته شد، نه بریده.`,
    'arrives-in-bursts': (p) =>
      `${number(p.percent)}٪ بسته‌ها دسته‌دسته با سرعت خط رسیدند: چیزی جلوی آن‌ها را نگرفت، صف آن‌ها را از هم دور می‌کرد.`,
    'control-faster': (p) =>
      `مقایسه: ${controlWords(p.control)}، ${isolated(p.value)}: ${number(p.times)} برابر تندتر.`,
    'failure-before-answer': (p) =>
      `به یک پرسش نخست ${rcode(p.rcode)} پاسخ داده شد و ${milliseconds(p.gapMs)} بعد ${addresses(p.answer)}.`,
    'frozen-after': (p) =>
      `پس از ${number(p.bytes)} بایت از کارساز (روی هم ${number(p.packets)} بسته) تا ${seconds(p.seconds)} چیز دیگری نیامد و ${number(p.tries)} تلاش دیگر کارخواه بی‌پاسخ ماند.`,
    'fully-encrypted': (p) =>
      `نخستین محتوا به هیچ چیز شناخته نمی‌ماند: ${number(p.bitsPerByte)} بیت روشن در هر بایت، ${number(p.printablePercent)}٪ چاپ‌شدنی، حداکثر ${p.longest} بایت چاپ‌شدنی پشت هم. پالایه‌ای که Wu و همکاران (USENIX Security 2023) شرح داده‌اند چنین اتصال‌هایی را دور می‌اندازد.`,
    'ip-id-constant': (p) =>
      `${number(p.packets)} بستهٔ گوناگون IP ID یکسان ${hex(p.ipId)} دارند و هیچ بستهٔ خود کارساز آن را ندارد.`,
    'known-issuer': (p) =>
      `گواهی را ${isolated(p.issuer)} امضا کرده که نام‌های دیگران را امضا می‌کند: ${isolated(p.system)} (${isolated(p.source)}).`,
    'listed-page': (p) => `صفحه با مدخل ${isolated(p.entry)} از فهرست واردشدهٔ ${isolated(p.list)} همخوان است.`,
    'known-page': (p) => `صفحه به عنوان صفحهٔ مسدودسازی شناخته شده است: ${isolated(p.system)} (${isolated(p.source)}).`,
    'no-queue': (p) =>
      `صفی که این‌ها را دور بریزد، بقیه را ${milliseconds(p.queueMs)} معطل می‌کرد؛ زمان رسیدن چهار بسته از هر پنج بسته حداکثر ${milliseconds(p.spreadMs)} با هم تفاوت داشت.`,
    'one-issuer-for-all': (p) =>
      `${isolated(p.issuer)} نام‌های ${p.owners} دارنده را در ${p.networks} شبکه امضا کرد که چیز مشترک دیگری ندارند.`,
    policed: (p) =>
      `در ${seconds(p.seconds)} بیش از ${number(p.kilobits)} کیلوبیت بر ثانیه نگذشت: ${p.losses} بسته (${number(p.lossPercent)}٪) گم شد که ${number(p.explainedPercent)}٪ آن هنگامی بود که بیش از سرعتی ثابت فرستاده شده بود.`,
    'quic-silent-everywhere': (p) =>
      `هیچ‌کس به QUIC پاسخ نداد، هرچند همهٔ این‌ها به TCP پاسخ می‌دهند: ${list(p.addresses, 8)}.`,
    'quic-unanswered': (p) =>
      `${number(p.datagrams)} داده‌نگار QUIC در ${number(p.attempts)} تلاش بی‌پاسخ ماند (هر یک تا ${seconds(p.seconds)}).`,
    'redirect-elsewhere': (p) => `هر که ${isolated(p.name)} را بخواهد به ${isolated(p.location)} فرستاده می‌شود.`,
    'reply-with-end': (p) => `همهٔ پاسخ یک بستهٔ ${number(p.bytes)} بایتی است که بی‌درنگ اتصال را پایان می‌دهد.`,
    'request-overlooked': (p) =>
      `به درخواست پاسخ می‌دهد و ${number(p.bytes)} بایت آن را تأیید نمی‌کند: نویسنده‌اش هرگز آن را دریافت نکرده است.`,
    'resolver-alive': (p) =>
      p.port === 0
        ? `${isolated(p.resolver)} کار می‌کند: به پینگ پاسخ داد.`
        : `${isolated(p.resolver)} کار می‌کند: روی درگاه ${p.port} پاسخ داد.`,
    'resolver-silent': (p) =>
      `${isolated(p.resolver)} در ${seconds(p.seconds)} به هیچ‌یک از ${number(p.queries)} پرسش دربارهٔ ${number(p.names)} نام پاسخ نداد.`,
    'resolver-too-near': (p) =>
      `پاسخ‌ها به نام ${isolated(p.resolver)} پس از ${milliseconds(p.answerMs)} آمدند (${number(p.samples)} نمونه)، در حالی که رفت و برگشت تا آن نشانی دست‌کم ${milliseconds(p.ownMs)} زمان می‌برد: کسی نزدیک‌تر پاسخ داد.`,
    'resolvers-silent': (p) => `${list(p.resolvers, 8)} همه روی درگاه 53 خاموش‌اند و همه کار می‌کنند.`,
    'same-amount': (p) =>
      `${number(p.flows)} اتصال به ${number(p.addresses)} نشانی در اندازه‌ای کمابیش یکسان یخ زدند (${number(p.least)} تا ${number(p.most)} بایت).`,
    'smaller-passes': (p) => `انتقال‌های کوچک‌تر از ${isolated(p.address)} کامل گذشتند (${number(p.count)} اتصال).`,
    'stream-rewritten': (p) =>
      `همان بخش جریان دو بار با بایت‌های گوناگون آمد، با فاصلهٔ ${milliseconds(p.gapMs)}: کارساز همان را که فرستاده دوباره می‌فرستد.`,
    'works-over-tcp': (p) =>
      `در این میان ${isolated(p.name)} روی TCP در ${isolated(p.address)} کار می‌کرد (${number(p.count)} اتصال): میزبان و مسیر سالم‌اند.`,
  },
  alternative: {
    'server-closed': (p) => `کارساز خودش اتصال را بست${p.timing === '' ? '' : ` (${isolated(p.timing)})`}.`,
    'server-down': (p) => `کارساز ${isolated(p.address)} از کار افتاده است.`,
    'server-policy': (p) => `کارساز نام ${isolated(p.name)} یا کارخواهان اینجا را نمی‌پذیرد.`,
    'server-overloaded': (p) => `کارساز ${isolated(p.address)} زیر بار زیاد است.`,
    'server-firewall': (p) => `دیوار آتش خود کارساز ${isolated(p.address)}.`,
    'load-balancer': (p) => `متعادل‌کنندهٔ باری با پشتهٔ خودش به جای ${isolated(p.address)} پاسخ می‌دهد.`,
    'client-aborted': () => 'کارخواه خودش دست کشید.',
    'keep-alive-race': () => 'کارساز اتصال بیکار را هنگامی بست که درخواست در راه بود.',
    'idle-timeout': (p) => `پایان مهلت پس از ${seconds(p.seconds)} بیکاری.`,
    'packet-loss': (p) =>
      `گم شدن عادی بسته‌ها (${p.retransmissions > 0 ? `${number(p.retransmissions)} بازفرستی دیده شد` : 'بازفرستی دیده نشد'}).`,
    'mtu-black-hole': (p) => `بسته‌های ${number(p.length)} بایتی از مسیر نمی‌گذرند (MTU).`,
    'local-filter': () => 'دیوار آتش، ضدویروس، VPN یا برنامهٔ ضبط روی خود دستگاه.',
    'home-router': (p) => `مسیریاب خانگی یا نقطهٔ دسترسی${p.hops > 0 ? `، ${p.hops} گام دورتر` : ' در نزدیکی'}.`,
    'nat-timeout': (p) => `NAT اتصال را پس از ${seconds(p.seconds)} بیکاری فراموش کرد.`,
    'middlebox-proxy': () => 'پروکسی ناپیدایی به جای کارساز پاسخ می‌دهد.',
    'capture-duplicates': (p) => `خود ضبط ${p.frames > 0 ? `${p.frames} قاب` : 'قاب‌ها'} را دو بار دارد.`,
    'capture-incomplete': () => 'ضبط بسته‌هایی را که آن را توضیح می‌دهند ندارد.',
    'anycast-rehash': () => 'بسته‌های یک اتصال به کارسازهای گوناگون پشت یک نشانی رسیدند.',
    'older-segment-reordered': () => 'از بسته‌ای کهنه‌تر تنها در راه پیشی گرفته شد.',
    'cdn-rotation': (p) => `شبکهٔ توزیع محتوا نشانی‌های متغیر می‌دهد (${list(p.addresses)}).`,
    'split-horizon': (p) => `نام درون این شبکه نشانی دیگری دارد (${isolated(p.address)}).`,
    'filtering-resolver': (p) => `حل‌گر ${isolated(p.resolver)} به خواست صاحبش پالایش می‌کند.`,
    'captive-portal': (p) => `درگاه ورود (${isolated(p.address)}) تا هنگام ورود پاسخ می‌دهد.`,
    'name-does-not-exist': (p) => `چنین نامی نیست (${rcode(p.rcode)}).`,
    'resolver-failure': (p) => `حل‌گر ناکام ماند (${rcode(p.rcode)}).`,
    'resolver-down': (p) => `حل‌گر ${isolated(p.resolver)} از کار افتاده است.`,
    'unseen-query': () => 'دو پرسش فرستاده شد که ضبط یکی را نشان می‌دهد.',
    'network-down': () => 'شبکه در آن زمان قطع بود.',
    'ipv6-broken': () => 'IPv6 اینجا اصلاً کار نمی‌کند.',
    'deferred-accept': (p) =>
      `کارساز ${isolated(p.address)} تا نخستین داده اتصال را نمی‌پذیرد و در این میان SYN-ACK را تکرار می‌کند.`,
    'happy-eyeballs': () => 'کارخواه دو نشانی را با هم آزمود و کندتر را رها کرد.',
    'host-down': (p) => `میزبان ${isolated(p.address)} خاموش یا ناپدید است.`,
    'routing-accident': (p) => `حادثه‌ای در مسیریابی ${isolated(p.prefix)} را دست‌نیافتنی کرد.`,
    'own-tool': () => 'ابزار دورزدن یا کاوش خود کاربر این بسته‌ها را ساخت.',
    congestion: () => 'پیوندی شلوغ یا ضعیف.',
    'server-pacing': (p) => `${isolated(p.address)} خودش با همین آهنگ می‌فرستد.`,
    'server-without-quic': (p) => `${isolated(p.address)} به QUIC سخن نمی‌گوید یا دیگر نمی‌گوید.`,
    'silent-by-design': (p) =>
      `${isolated(p.protocol)} هرگز به کسی که کلیدش نادرست یا ناشناخته باشد پاسخ نمی‌دهد: نخست کلیدها را وارسی کنید.`,
    'speed-limit': () => 'سقف سرعت قرارداد، اداره یا میزبان.',
  },
  quality: {
    snaplen: (_p, n) => `${number(n)} بسته هنگام ضبط بریده شد: نام‌ها و محتوا شاید نباشند.`,
    'one-way': (_p, n) => `از ${number(n)} اتصال تنها یک سو ضبط شد: سکوت آنجا چیزی را ثابت نمی‌کند.`,
    'mid-stream': (_p, n) => `${number(n)} اتصال پیش از ضبط آغاز شده بود.`,
    duplicated: (_p, n) => `ضبط ${number(n)} بسته را دو بار دارد؛ رونوشت‌ها شمرده نشدند.`,
    drops: (_p, n) =>
      `ضبط ${n > 0 ? `${number(n)} بسته` : 'بسته‌هایی'} را از دست داد: جایی که شاید بسته‌ای نباشد، دربارهٔ سکوت داوری نشد.`,
    offload: (_p, n) =>
      `${n > 0 ? `${number(n)} قطعه` : 'قطعه‌هایی'} بزرگ‌تر از آنچه شبکه می‌برد: کارت شبکه آن‌ها را به هم پیوست، شمار بسته‌ها برآورد است.`,
    clock: (p, n) =>
      p.measured === 'program'
        ? 'زمان‌ها را برنامهٔ ضبط سنجیده است، نه هسته: هیچ چیز از روی زمان داوری نشد و بسته‌های ازدست‌رفته شمرده نشدند.'
        : `مُهرهای زمان به عقب می‌روند${n > 0 ? ` (${number(n)} بار)` : ''}: هیچ چیز از روی زمان داوری نشد.`,
    truncated: (p) => {
      const missing = p.missing ?? p.needed;
      return `پرونده در میانهٔ یک رکورد پایان می‌یابد${typeof missing === 'number' && missing > 0 ? ` (${missing} بایت کم است)` : ''}؛ همهٔ پیش از آن بررسی شد.`;
    },
    damaged: (_p, n) => `از ${number(n)} رکورد آسیب‌دیده گذر شد.`,
    'own-tool': (_p, n) => `${number(n)} بسته گویا ساختهٔ ابزار دورزدن یا کاوش کاربر است؛ در داوری نیامد.`,
    'link-type': (p, n) => {
      const types = p.linkTypes ?? p.linkType;
      const named = Array.isArray(types) ? list(types as readonly (string | number)[]) : isolated(String(types ?? '?'));
      const code = typeof p.number === 'number' ? `، شمارهٔ ${p.number}` : '';
      return `${n > 0 ? `${number(n)} بسته` : 'بسته‌هایی'} از نوع پیوند یا تونلی که خوانده نمی‌شود (${named}${code}).`;
    },
    'wifi-encrypted': (_p, n) =>
      `${number(n)} قاب دادهٔ وای‌فای رمزگذاری شده بود و خوانده نشد: به جای آن روی خود دستگاه یا مسیریابش ضبط کنید.`,
    'wifi-damaged': (_p, n) =>
      `${number(n)} قاب وای‌فای آسیب‌دیده به گیرندهٔ ضبط رسید و از آن گذر شد: روی خود دستگاه ضبط کنید که چیزی از دست نرود.`,
    budget: (p, n) =>
      p.what === 'queries'
        ? `ضبط بیش از آن دارد که یکجا نگه داشته شود: از ${number(n)} پرس‌وجوی DNS چیزی نگه داشته نشد و دربارهٔ آن‌ها داوری نشد.`
        : `ضبط بیش از آن دارد که یکجا نگه داشته شود: ${number(n)} اتصال رها یا بی‌بسته نگه داشته شد و دربارهٔ سکوتشان داوری نشد.`,
    'let-go': (p, n) =>
      p.what === 'targets'
        ? `نتیجهٔ تلاش‌ها برای ${number(n)} مقصد قدیمی‌تر رها شد تا برای تازه‌ها جا باشد: در فهرست نیستند و چیزی با آن‌ها سنجیده نشد.`
        : `ضبط طولانی بود: جزئیات ${number(n)} اتصال و پرس‌وجوی قدیمی‌تر رها شد تا برای تازه‌ها جا باشد. آنچه پیش‌تر یافت شده بود همان‌گونه که گفته شد می‌ماند.`,
  },
  next: {
    'other-name-same-address': (p) =>
      `هنگام ضبط وبگاه دیگری را در همان نشانی${p.address === null ? '' : ` ${isolated(p.address)}`} باز کنید: اگر کار کرد، ${p.name === null ? 'نام' : isolated(p.name)} مهم است.`,
    'same-name-other-address': (p) =>
      `${p.name === null ? 'همان سرویس' : isolated(p.name)} را در نشانی دیگری از آن بیازمایید: اگر کار کرد، ${p.address === null ? 'نشانی' : isolated(p.address)} مهم است.`,
    'other-resolver': (p) =>
      `هنگام ضبط ${p.name === null ? 'همان نام' : isolated(p.name)} را از حل‌گری دیگر یا روی HTTPS بپرسید و بسنجید.`,
    'other-network': (p) =>
      `هم‌زمان از شبکه‌ای دیگر (همراه، ارائه‌دهندهٔ دیگر) با ${isolated(p.name ?? p.address ?? 'همان هدف')} تکرار کنید.`,
    'server-side-capture': (p) =>
      `در کارساز${p.address === null ? '' : ` ${isolated(p.address)}`} نیز ضبط کنید: بسته‌ای که تنها در یک سر دیده شود کار را روشن می‌کند.`,
    'capture-from-start': () => 'ضبط را پیش از اتصال آغاز کنید: دست‌دادن نشان می‌دهد کارساز راستین چه شکلی دارد.',
    'capture-both-directions': () => 'هر دو سو را ضبط کنید، بهتر از همه روی خود دستگاه.',
    'capture-full-packets': () => 'بسته‌ها را کامل ضبط کنید: نام‌ها و محتوا بریده شده بود.',
    'capture-longer': () =>
      'بگذارید ضبط یک دقیقه پس از ناکامی ادامه یابد: پیش از آنکه بتوان دربارهٔ سکوت داوری کرد پایان یافت.',
    'repeat-attempt': (p) =>
      `${isolated(p.name ?? p.address ?? 'آن')} را چند بار با چند دقیقه فاصله بیازمایید: یک ناکامی شاید تصادفی باشد.`,
    'check-local-filter': () =>
      'نخست دنبال دیوار آتش، ضدویروس، VPN یا پالایه روی این دستگاه و مسیریابش بگردید و بی آن‌ها تکرار کنید.',
    'check-routing': (p) =>
      `در بایگانی‌های مسیریابی ببینید آیا مسیر ${p.address === null ? 'نشانی' : isolated(p.address)} در آن زمان از جای دیگری اعلام شده بود.`,
    'try-ech': (p) =>
      `اگر ${p.name === null ? 'وبگاه' : isolated(p.name)} عرضه می‌کند، مرورگری با Encrypted Client Hello بیازمایید: اگر کار کرد، نام پیدا مهم است.`,
    traceroute: (p) =>
      `هنگام ضبط traceroute با TCP تا ${p.address === null ? 'نشانی' : isolated(p.address)} اجرا کنید: می‌تواند نشان دهد بسته‌ها در کدام گام پایان می‌یابند یا پاسخ می‌گیرند.`,
    'publish-report': () =>
      'ضبط را دست‌نخورده نگه دارید و یادداشت کنید کجا، کی و روی کدام شبکه گرفته شده تا دیگران بتوانند بسنجند.',
  },
  verdict: {
    'reset-by-name': (p) =>
      verdict(
        p,
        `اتصال‌ها به ${subject(p)}${after(p)} بازنشانی شد`,
        `بازنشانی ${claim(p.confidence, 'جعلی')}.`,
        'بازنشانی',
      ),
    'reset-by-address': (p) =>
      verdict(p, `اتصال‌ها به ${subject(p)} بازنشانی شد`, `بازنشانی ${claim(p.confidence, 'جعلی')}.`, 'بازنشانی'),
    reset: (p) =>
      verdict(p, `اتصال‌ها به ${subject(p)} بازنشانی شد`, `بازنشانی ${claim(p.confidence, 'جعلی')}.`, 'بازنشانی'),
    'dropped-by-name': (p) =>
      verdict(
        p,
        `اتصال‌ها به ${subject(p)}${after(p)} خاموش شد`,
        `علت ${claim(p.confidence, 'دور انداختن بسته‌ها در راه')}.`,
        'دور انداختن',
      ),
    dropped: (p) =>
      verdict(
        p,
        `اتصال‌ها به ${subject(p)} خاموش شد`,
        `علت ${claim(p.confidence, 'دور انداختن بسته‌ها در راه')}.`,
        'دور انداختن',
      ),
    'closed-by-name': (p) =>
      verdict(
        p,
        `اتصال‌ها به ${subject(p)}${after(p)} بی‌پاسخ بسته شد`,
        `بستهٔ پایان‌دهنده ${claim(p.confidence, 'جعلی')}.`,
        'بستن',
      ),
    alerted: (p) =>
      verdict(
        p,
        `اتصال‌ها به ${subject(p)}${after(p)} با هشدار TLS رد شد`,
        `هشدار ${claim(p.confidence, 'جعلی')}.`,
        'هشدار',
      ),
    'dns-forged': (p) =>
      verdict(
        p,
        `پرسش‌های DNS دربارهٔ ${subject(p)} پاسخ مشکوک گرفت`,
        `پاسخ ${claim(p.confidence, 'جعلی')}.`,
        'پاسخ جعلی',
      ),
    'dns-lying-resolver': (p) =>
      verdict(p, `حل‌گر دربارهٔ ${subject(p)} پاسخ نادرست داد`, `پاسخ ${claim(p.confidence, 'ساختگی')}.`, 'پاسخ نادرست'),
    'dns-denied': (p) =>
      verdict(
        p,
        `به پرسش‌های DNS دربارهٔ ${subject(p)} پاسخ داده شد که چنین نام یا پاسخی نیست`,
        `این انکار ${claim(p.confidence, 'جعلی')}.`,
        'انکار',
      ),
    'dns-silent': (p) =>
      verdict(
        p,
        `پرسش‌های DNS دربارهٔ ${subject(p)} بی‌پاسخ ماند`,
        `علت ${claim(p.confidence, 'دور انداختن پرسش‌ها')}.`,
        'دور انداختن',
      ),
    'address-silent': (p) =>
      verdict(
        p,
        `از ${subject(p)} هیچ چیز برنگشت`,
        `علت ${claim(p.confidence, 'دور انداختن بسته‌ها در راه')}.`,
        'دور انداختن',
      ),
    'address-rejected': (p) => verdict(p, `دستگاهی در راه بسته‌های به سوی ${subject(p)} را رد کرد`, '', 'رد'),
    other: (p) =>
      verdict(p, `در ارتباط با ${subject(p)} نشانه‌های مداخله هست (${interferenceWords[p.interference]})`, '', 'مداخله'),
    'cannot-tell': (p) =>
      verdict(
        p,
        `چیزی دربارهٔ ${subject(p)} عجیب است (${interferenceWords[p.interference]} تصورپذیر است) و این ضبط بیش از این نمی‌گوید`,
        '',
        'مداخله',
      ),
    'cut-off': (p) =>
      verdict(
        p,
        `اتصال‌ها به ${subject(p)} پس از اندازه‌ای داده یخ زد`,
        `علت ${claim(p.confidence, 'دور انداختن بقیه در راه')}.`,
        'قطع',
      ),
    'data-replaced': (p) =>
      verdict(p, `در اتصال‌ها به ${subject(p)} دادهٔ بیگانه هست`, `این داده ${claim(p.confidence, 'جعلی')}.`, 'جعل'),
    intercepted: (p) =>
      verdict(
        p,
        `اتصال‌ها به ${subject(p)} گواهی کسی را گرفت که در میانه می‌خواند`,
        `علت ${claim(p.confidence, 'رهگیری')}.`,
        'رهگیری',
      ),
    'page-replaced': (p) =>
      verdict(
        p,
        `درخواست‌ها از ${subject(p)} صفحهٔ دیگری گرفت`,
        `این صفحه ${claim(p.confidence, 'جایگزین صفحهٔ خواسته‌شده')}.`,
        'جایگزینی',
      ),
    'resolver-replaced': (p) =>
      verdict(p, `کسی نزدیک‌تر به نام ${subject(p)} به پرسش‌های DNS پاسخ داد`, '', 'تغییر مسیر'),
    'resolver-silent': (p) =>
      verdict(
        p,
        `حل‌گر ${subject(p)} دربارهٔ هیچ نامی پاسخ نداد`,
        `علت ${claim(p.confidence, 'دور انداختن پرسش‌ها')}.`,
        'دور انداختن',
      ),
    slowed: (p) =>
      verdict(
        p,
        `انتقال‌ها از ${subject(p)} در سرعتی ثابت نگه داشته می‌شود`,
        `علت ${claim(p.confidence, 'دور انداختن بسته‌های بیش از آن')}.`,
        'سقف',
      ),
  },
  error: {
    'not-found': { text: (p) => `${of(p)}: چنین پرونده‌ای نیست.`, hint: 'مسیر و املای آن را ببینید.' },
    'no-permission': {
      text: (p) => `${of(p)}: اجازهٔ خواندن نیست.`,
      hint: 'اجازه‌های پرونده را تغییر دهید یا آن را به جایی که می‌توانید بخوانید رونویسی کنید.',
    },
    'is-directory': { text: (p) => `${of(p)} یک پوشه است.`, hint: 'پرونده‌های ضبط درون آن را نام ببرید.' },
    'read-failed': {
      text: (p) =>
        `${of(p)}: خواندن ناکام ماند${text(p, 'system') === null ? '' : ` (${isolated(text(p, 'system')!)})`}.`,
      hint: 'دیسک یا درایو شبکه را ببینید؛ آنچه پیش از آن خوانده شد می‌ماند.',
    },
    empty: {
      text: (p) => `${of(p)} تهی است.`,
      hint: 'دوباره ضبط کنید؛ شاید برنامهٔ ضبط پیش از نوشتن متوقف شده باشد.',
    },
    'not-a-capture': {
      text: (p) => `${of(p)} نه pcap است و نه pcapng.`,
      hint: 'آن را به شکل pcap یا pcapng ذخیره کنید، برای نمونه: \u2066editcap -F pcapng <in> <out>\u2069',
    },
    'unsupported-version': {
      text: (p) =>
        `${of(p)}: نسخهٔ ${typeof p.major === 'number' ? isolated(`${p.major}.${String(p.minor ?? 0)}`) : ''} این قالب خوانده نمی‌شود.`,
      hint: 'با Wireshark تازه تبدیلش کنید: \u2066editcap -F pcapng <in> <out>\u2069',
    },
    'unsupported-format': {
      text: (p) =>
        `${of(p)} قالبی دارد که خوانده نمی‌شود${text(p, 'format') === null ? '' : ` (${isolated(text(p, 'format')!)})`}.`,
      hint: 'با Wireshark تبدیلش کنید: \u2066editcap -F pcapng <in> <out>\u2069',
    },
    damaged: {
      text: (p) => `${of(p)} در جایی آسیب دیده که نمی‌توان از آن گذشت.`,
      hint: 'آنچه پیش از آن است بررسی شد. اگر اصل سالم است دوباره رونویسی کنید.',
    },
    'compressed-damaged': {
      text: (p) => `${of(p)}: دادهٔ فشرده آسیب دیده است.`,
      hint: 'آنچه باز شد بررسی شد. اگر اصل سالم است دوباره رونویسی کنید.',
    },
    'no-space': {
      text: (p) => `${of(p)}: جایی برای پروندهٔ موقت نمانده است.`,
      hint: 'جایی در دیسک باز کنید یا نخست ضبط را از حالت فشرده درآورید.',
    },
  },
  control: controls,
  technique: {
    'rst-injection': {
      name: 'تزریق بازنشانی',
      how: 'دستگاهی که ترافیک را می‌بیند، به نام کارساز، کارخواه یا هر دو بازنشانی TCP (یا FIN) می‌فرستد. هر دو سر گمان می‌کنند دیگری قطع کرده است. لازم نیست دستگاه سر راه بسته‌ها باشد؛ دیدنشان بس است.',
      packets:
        'یک RST درست پس از درخواست یا پیام آغازین TLS که TTL، IP ID، پنجره یا پرچم «تکه‌تکه نکن» آن مانند بسته‌های دیگر کارساز نیست؛ چند RST یکسان با هم؛ RST که زودتر از پاسخ ممکن کارساز آمده؛ و مطمئن‌تر از همه: کارساز پس از بازنشانی ادعایی باز سخن می‌گوید.',
      mistaken:
        'کارسازها و متعادل‌کننده‌ها به‌راستی اتصال‌ها را بازنشانی می‌کنند: وقتی درگاه بسته است، وقتی اتصال بیکار دوباره به کار می‌رود، وقتی نامی را نمی‌پذیرند. کارخواه هم با بستن زبانه چنین می‌کند. یک میدان عجیب سرآیند دلیل نیست؛ TTL برابر با کارساز نیز دلیل بی‌گناهی نیست.',
    },
    'dns-poisoning': {
      name: 'مسموم‌سازی DNS',
      how: 'به پرسش دربارهٔ نام پاسخی نادرست داده می‌شود: نشانی دیگری، نشانی صفحهٔ مسدودسازی، نشانی هیچ‌جا، یا ادعای نبودن نام. پاسخ را دستگاهی در راه تزریق یا بازنویسی می‌کند یا خود حل‌گر می‌دهد.',
      packets:
        'دو پاسخ ناسازگار به یک پرسش که نخستین زودتر از حد آمده؛ نشانی‌ای که هیچ نام همگانی نمی‌تواند داشته باشد؛ نشانی شناخته از پاسخ‌های جعلی؛ پاسخ از نشانی‌ای که حل‌گر نیست؛ پاسخ‌های دو حل‌گر که هر دو نمی‌توانند درست باشند.',
      mistaken:
        'شبکه‌های توزیع محتوا به پرسندگان گوناگون نشانی‌های گوناگون می‌دهند. حل‌گرهایی که به خواست کاربر پالایش می‌کنند (تبلیغات، نظارت والدین)، شبکه‌های شرکتی با نام‌های خود، درگاه‌های ورود و حل‌گرهای خراب همین‌گونه دیده می‌شوند. دستگاهی که نام‌ها را خود می‌یابد از کارسازهای صاحبان نام‌ها می‌پرسد که بسیاری‌شان خوب نگهداری نمی‌شوند: اینها با هم سنجیده نمی‌شوند.',
    },
    'dns-blocking': {
      name: 'مسدودسازی DNS',
      how: 'پرسش‌ها دربارهٔ نامی دور انداخته می‌شوند، یا اتصال به حل‌گر بازنشانی می‌شود، تا پاسخی هرگز نرسد.',
      packets: 'همان پرسش چند ثانیه بی‌پاسخ تکرار می‌شود، در حالی که همان حل‌گر برای نام‌های دیگر پاسخ می‌دهد.',
      mistaken: 'حل‌گری که برای همهٔ نام‌ها کند یا خاموش است، گم شدن بسته‌ها، نامی که کارسازهای خودش خراب است.',
    },
    'sni-filtering': {
      name: 'پالایش نام وبگاه (SNI)',
      how: 'دستگاهی نام وبگاه را از پیام آغازین TLS می‌خواند که آنجا رمزنشده است (Server Name Indication)، یا برنامه را از شکل پیام می‌شناسد، سپس اتصال را بازنشانی می‌کند، بسته‌هایش را دور می‌اندازد یا پاسخی جعل می‌کند.',
      packets:
        'دست‌دادن TCP کامیاب است؛ پس از پیام آغازین بازنشانی می‌آید، یا هشدار TLS که کارساز نفرستاده، یا سکوت: پیام بارها دوباره فرستاده می‌شود، یا کارساز آنچه را کارخواه دیری است تأیید کرده تکرار می‌کند و چیزی از او نمی‌شنود. پیام با نامی دیگر به همان نشانی کار می‌کند.',
      mistaken:
        'کارسازی که نام‌های ناشناس را نمی‌پذیرد، متعادل‌کنندهٔ باری بی کارساز پشتش (تأیید می‌کند و خاموش می‌ماند)، مسیری که بسته‌های بزرگ در آن گم می‌شوند. بی نامی دیگر در همان نشانی، نشان داده نشده که نام علت است.',
    },
    'ip-null-routing': {
      name: 'مسدودسازی نشانی',
      how: 'بسته‌های به سوی یک نشانی یا یک بازهٔ کامل، هرچه باشند، دور انداخته یا رد می‌شوند. به مسیریابی گفته شده آن‌ها را به هیچ‌جا بفرستد.',
      packets:
        'درخواست‌های اتصال چند ثانیه روی چند درگاه بی هیچ پاسخی تکرار می‌شوند، یا مسیریابی در راه با ICMP می‌گوید ممنوع است، در حالی که نشانی‌های دیگر در همان دقیقه پاسخ می‌دهند.',
      mistaken:
        'میزبان خاموش، دیوار آتش کارساز، IPv6 خراب، حادثهٔ مسیریابی در جایی دیگر. سکوت بی مقایسه هرگز بیش از «ممکن» نیست.',
    },
    'http-filtering': {
      name: 'پالایش HTTP',
      how: 'دستگاهی نام میزبان یا محتوای درخواست رمزنشده را می‌خواند و در آن مداخله می‌کند.',
      packets:
        'دست‌دادن کامیاب است؛ پس از درخواست بازنشانی، سکوت یا پاسخی بیگانه می‌آید. همان نشانی با نام میزبان دیگر کار می‌کند.',
      mistaken: 'کارسازهایی که تنها به نام‌های آشنا پاسخ می‌دهند، دیوارهای آتش وب، پروکسی‌ها در شبکهٔ شرکت.',
    },
    'http-blockpage': {
      name: 'صفحهٔ مسدودسازی',
      how: 'به جای صفحهٔ خواسته‌شده صفحهٔ دیگری می‌آید که می‌گوید مسدود است، یا هدایتی به چنین صفحه‌ای.',
      packets:
        'پاسخی شناخته از فهرست صفحه‌های مسدودسازی، یا هدایت به دامنه‌ای بیگانه که زودتر از حد می‌آید و اتصال را بی‌درنگ پایان می‌دهد، با میدان‌های سرآیندی که از کارساز نیست.',
      mistaken:
        'درگاه‌های ورود، نپذیرفتن خود وبگاه (بر پایهٔ کشور یا در برابر ربات‌ها)، دامنه‌های پارک‌شده، صفحه‌های میزبان.',
    },
    'data-injection': {
      name: 'تزریق داده',
      how: 'دستگاهی پیش از خود کارساز به نام آن داده می‌فرستد. کارخواه آنچه نخست می‌رسد را می‌پذیرد.',
      packets:
        'دو قطعه برای یک جای جریان با محتوای گوناگون؛ پاسخی که درخواستی را که به آن پاسخ می‌دهد تأیید نمی‌کند؛ ردی به نام کارساز رایانامه که پاسخ خود آن در پی می‌آید.',
      mistaken: 'کاوش‌های زنده‌نگه‌دار با محتوای دلخواه، بازفرستی میان‌افزاری که داده را دوباره فشرده، ضبط آسیب‌دیده.',
    },
    'quic-blocking': {
      name: 'مسدودسازی QUIC',
      how: 'پیام آغازین QUIC با کلیدی رمز می‌شود که هر کس در مسیر می‌تواند به دست آورد. دستگاهی نام را می‌خواند، یا تنها می‌بیند که QUIC است، و از آن پس بسته‌های آن اتصال را دور می‌اندازد.',
      packets: 'نخستین داده‌نگارها بی پاسخ به‌دردبخور تکرار می‌شوند، در حالی که همان وبگاه روی TCP کار می‌کند.',
      mistaken:
        'کارسازهای بی QUIC، دیوارهای آتشی که UDP را نمی‌گذرانند، مسیرهای تنگ برای داده‌نگار 1200 بایتی، مرورگرهایی که TCP و QUIC را با هم می‌آزمایند.',
    },
    'port-blocking': {
      name: 'مسدودسازی درگاه یا پروتکل',
      how: 'درگاهی، یا هر چه به پروتکلی می‌ماند (VPN، Tor، DNS رمزشده، هر چیز ناشناخته)، به هر سو که برود دور انداخته یا بازنشانی می‌شود.',
      packets:
        'یک درگاه خاموش است، یا مسیریابی می‌گوید که ممنوع است، و درگاهی دیگر در همان نشانی پاسخ می‌دهد؛ نخستین بسته می‌گذرد و پس از آن هیچ؛ دست‌دادن‌های VPN در چند نشانی بی‌پاسخ می‌ماند.',
      mistaken:
        'سرویسی که به آن درگاه گوش نمی‌دهد، دیوارهای آتش شرکت‌ها و هتل‌ها، کارساز از کار افتاده، VPN با کلید نادرست: WireGuard و، با تنظیم معمول، OpenVPN آنگاه هیچ پاسخی نمی‌دهند.',
    },
    'tls-mitm': {
      name: 'رهگیری TLS',
      how: 'دستگاهی خودش رمزنگاری را پایان می‌دهد، گواهی خود را نشان می‌دهد و آنچه می‌گذرد را می‌خواند.',
      packets:
        'گواهی‌ای از صادرکننده‌ای نامنتظر، که تا TLS 1.2 پیداست. در TLS 1.3 گواهی رمز شده و ضبط نمی‌تواند نشانش دهد.',
      mistaken: 'ضدویروس‌ها و پروکسی‌های شرکتی با آگاهی صاحب دستگاه همین کار را می‌کنند.',
    },
    throttling: {
      name: 'کند کردن',
      how: 'ترافیک وبگاه یا سرویسی تا بی‌فایده شدن کند می‌شود، بیشتر با دور انداختن آنچه از سرعتی اندک بیشتر است.',
      packets:
        'انتقالی که با سرعتی کم و یکنواخت می‌رود. بسته‌ها درست هنگامی گم می‌شوند که بیش از آن سرعت فرستاده شده، و رفت‌وبرگشت کوتاه می‌ماند یا آنچه می‌گذرد دسته‌دسته با سرعت خط می‌رسد: صف آن را معطل می‌کرد. انتقالی دیگر در همان دقیقه چندین برابر تندتر است.',
      mistaken: 'امواج ضعیف، پیوندهای شلوغ، سقف قرارداد، کارسازها و پخش‌کننده‌هایی که خود آهنگ را تنظیم می‌کنند.',
    },
    'data-cutoff': {
      name: 'قطع انتقال',
      how: 'اتصال برای چند بسته یا کیلوبایت نخست کار می‌کند و سپس یخ می‌زند.',
      packets:
        'چند اتصال پس از اندازه‌ای یکسان می‌ایستند، بیشتر 15 تا 20 کیلوبایت یا حدود 25 بسته، بی بسته شدن، در حالی که هر دو سو هنوز می‌خواهند بفرستند.',
      mistaken: 'صفحه‌هایی که درازایشان همین است، گم شدن در نخستین دستهٔ کارساز، بسته‌های بزرگی که گم می‌شوند.',
    },
    'residual-blocking': {
      name: 'مسدودسازی پس‌ماند',
      how: 'پس از یک اتصال ممنوع، هر چه میان همان دو نشانی است چندی مسدود می‌ماند، بیشتر چند دقیقه.',
      packets:
        'اتصال‌هایی که هیچ چیز ممنوعی ندارند تا زمانی معین پس از مداخلهٔ پیشین ناکام می‌مانند و سپس دوباره کار می‌کنند. واپسین ناکام و نخستین کامیاب می‌گویند چه مدت پاییده است.',
      mistaken:
        'کارسازی که پس از خطا نشانی‌ای را محدود می‌کند، قطعی‌ای که تصادفاً پایان می‌یابد. مقایسه درون این بازه چیزی را ثابت نمی‌کند.',
    },
  },
  confidence: {
    confirmed: {
      word: 'تأییدشده',
      sentence: 'تأییدشده: خود بسته‌ها مداخله را نشان می‌دهند و هیچ توضیح دیگری که آمده جور نیست.',
    },
    likely: { word: 'بسیار محتمل', sentence: 'بسیار محتمل: بهترین سازگاری را دارد؛ توضیحی دیگر تنها تضعیف شده است.' },
    possible: { word: 'ممکن', sentence: 'ممکن: با مداخله و دست‌کم با یک علت عادی سازگار است.' },
    inconclusive: { word: 'نامعلوم', sentence: 'نامعلوم: ضبط نمی‌تواند بگوید.' },
  },
  trigger: triggerWords,
  interference: interferenceWords,
  outcome: {
    blocked: { word: 'مسدود', sentence: 'مداخله تلاش‌ها را متوقف کرد.' },
    attempted: { word: 'مداخله‌شده', sentence: 'در آن مداخله شد، اما با این همه گذشت.' },
    down: { word: 'از کار افتاده', sentence: 'ناکام ماند و هیچ چیز به مداخله اشاره نمی‌کند.' },
    ok: { word: 'سالم', sentence: 'کار کرد.' },
    insufficient: { word: 'ناکافی', sentence: 'ضبط آن‌قدر نشان نمی‌دهد که بتوان گفت.' },
  },
  stage: {
    syn: 'هنگام درخواست اتصال',
    handshake: 'هنگام دست‌دادن',
    'client-hello': 'پس از پیام آغازین TLS',
    request: 'پس از درخواست',
    response: 'هنگام پاسخ',
    data: 'در میانهٔ انتقال',
    query: 'هنگام پرسش DNS',
  },
  effect: { stopped: 'متوقف شد', degraded: 'آسیب دید', survived: 'با این همه گذشت', unknown: 'پیامد دیده نشد' },
  place: {
    'this-device': 'روی این دستگاه',
    'local-network': 'در شبکهٔ محلی',
    resolver: 'نزد حل‌گر',
    path: 'در مسیر',
    unknown: 'در جایی که نمی‌توان گفت',
  },
  strength: { strong: 'قوی', medium: 'میانه', weak: 'ضعیف' },
  surface: { web: 'وبگاه', app: 'برنامه', calls: 'تماس‌ها', proxy: 'پروکسی' },
  service: {
    telegram: 'تلگرام',
    whatsapp: 'واتساپ',
    signal: 'سیگنال',
    facebook: 'فیس‌بوک',
    instagram: 'اینستاگرام',
    youtube: 'یوتیوب',
    wikipedia: 'ویکی‌پدیا',
    tor: 'پروژهٔ تور',
    bbc: 'بی‌بی‌سی',
    dw: 'دویچه‌وله',
  },
  serviceState: {
    blocked: 'مسدود',
    degraded: 'تا اندازه‌ای مسدود',
    reachable: 'در دسترس',
    inconclusive: 'نامعلوم',
    'not-seen': 'دیده نشد',
  },
  limits: [
    'چه کسی دستور مداخله داده یا دیگران هم گرفتارند یا نه: ضبط یک جا را در یک زمان نشان می‌دهد',
    'آنچه هنگام ضبط هرگز آزموده نشد',
    'آنچه از VPN یا تونل گذشت یا پس از نخستین بسته‌ها رمز شده بود',
  ],
};

/** Names that Persian writes its own way; the others stay as they are. */
function serviceNames(service: string): string {
  return fa.service[service as keyof typeof fa.service] ?? isolated(service);
}

const limits: Readonly<Record<string, string>> = { time: 'زمان', size: 'حجم', packets: 'شمار بسته‌ها' };

export const faLive: LiveWords = {
  error: {
    'not-installed': (e) => `${isolated(e.backend)} نصب نیست.`,
    'no-permission': (e) => `${isolated(e.backend)} اجازهٔ ضبط ندارد.`,
    'no-interface': (e) => `${isolated(e.backend)} چنین رابطی نمی‌شناسد.`,
    'interface-down': (e) => `${isolated(e.backend)}: رابط خاموش است.`,
    'bad-filter': (e) => `${isolated(e.backend)} این پالایه را نمی‌فهمد.`,
    failed: (e) => `${isolated(e.backend)} ضبط را آغاز نکرد.`,
  },
  notice: {
    'interface-gone': (p) =>
      `رابط ${isolated(text(p, 'interface') ?? '')} رفته یا خاموش است. آنچه ضبط شده می‌ماند؛ با بازگشت آن، ضبط ادامه می‌یابد.`,
    'interface-back': (p) =>
      `رابط ${isolated(text(p, 'interface') ?? '')} بازگشت و ضبط ادامه دارد. دربارهٔ آنچه هنگام وقفه باز بود داوری نمی‌شود.`,
    'helper-ended': (p) =>
      `برنامهٔ ضبط پایان یافت (${isolated(text(p, 'message') ?? 'بی دلیل')}) و دوباره آغاز شد. دربارهٔ آنچه هنگام وقفه باز بود داوری نمی‌شود.`,
    'helper-lost': (p) =>
      `برنامهٔ ضبط پی‌درپی پایان می‌یابد (${isolated(text(p, 'message') ?? 'بی دلیل')})؛ ضبط همین‌جا تمام می‌شود. آنچه ضبط شده می‌ماند.`,
    'disk-full': (p) =>
      `دیسک پر است: در ${isolated(text(p, 'path') ?? 'پرونده')} همان می‌ماند که نوشته شده. مشاهده و تحلیل ادامه دارد.`,
    'recording-failed': (p) =>
      `نوشتن در ${isolated(text(p, 'path') ?? 'پرونده')} شکست خورد (${isolated(text(p, 'system') ?? 'نامعلوم')}). مشاهده و تحلیل ادامه دارد.`,
    slept: (p) =>
      `این رایانه ${seconds(Number(p.seconds))} خواب بود. ضبط ادامه دارد؛ دربارهٔ آنچه هنگام وقفه باز بود داوری نمی‌شود.`,
    drops: (p) => `دست‌کم ${number(Number(p.drops))} بسته هنگام ضبط گم شد: دیگر دربارهٔ خاموشی داوری نمی‌شود.`,
    'limit-reached': (p) => `به مرز رسید: ${limits[text(p, 'limit') ?? ''] ?? 'مرز تعیین‌شده'}.`,
  },
  step: {
    'linux-install': 'dumpcap را نصب کنید که برای Blockscope ضبط می‌کند:',
    'linux-group': 'به کاربر خود اجازهٔ ضبط بدهید (به پرسش دربارهٔ کاربران عادی پاسخ «Yes» بدهید):',
    'linux-login': 'از سیستم خارج و دوباره وارد شوید تا گروه تازه اثر کند.',
    'macos-install': 'Wireshark را نصب کنید که dumpcap را همراه دارد:',
    'macos-bpf':
      'Wireshark را باز کنید و از صفحهٔ نخست ChmodBPF را نصب کنید («Install ChmodBPF»)، سپس خارج و دوباره وارد شوید:',
    'windows-npcap': 'Npcap را نصب کنید که به برنامه‌ها اجازهٔ ضبط می‌دهد:',
    'windows-install': 'Wireshark را نصب کنید که dumpcap را همراه دارد:',
    'try-again': 'دوباره بیازمایید.',
    'open-instead': 'باز کردن ضبط‌های ذخیره‌شده هیچ اجازه‌ای نمی‌خواهد.',
  },
  userTimes: 'زمان‌ها را همین برنامه می‌سنجد و بسته‌های گم‌شده شمرده نمی‌شوند: هیچ چیز از روی زمان داوری نمی‌شود.',
  neverRoot: 'خود Blockscope اجازهٔ بیشتری نمی‌خواهد؛ آن را با root اجرا نکنید.',
};
