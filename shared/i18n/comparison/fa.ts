// Persian words of the comparison of two captures. Not reviewed by a native reader; faces say so. Latin values stand in
// isolates, so that they keep their order within a sentence that runs the other way.

import type { ComparisonSide, ComparisonVerdictParams } from '../../domain/statements.ts';
import type { Confidence, InterferenceKind } from '../../domain/vocabulary.ts';
import { amount } from '../numbers.ts';
import type { ComparisonWords } from './words.ts';

const isolated = (text: string | number): string => `\u2068${text}\u2069`;
const capture = (side: ComparisonSide): string => `ضبط ${isolated(side.toUpperCase())}`;
const otherOf = (side: ComparisonSide): ComparisonSide => (side === 'a' ? 'b' : 'a');
const packets = (n: number): string => `${amount(n, ',')} بسته`;
const bytes = (n: number): string => `${amount(n, ',')} بایت`;
const hex = (n: number): string => isolated(`0x${n.toString(16).padStart(4, '0')}`);

function seconds(s: number): string {
  return `${String(s < 10 ? Math.round(s * 100) / 100 : Math.round(s)).replace('.', '٫')} ثانیه`;
}

function subject({ targets, more }: ComparisonVerdictParams): string {
  const names = targets.map(isolated).join('، ');
  return more > 0 ? `${names} و ${more} مورد دیگر` : names;
}

const SURE: Readonly<Record<Confidence, string>> = {
  confirmed: 'دو ضبط با هم آن را تأیید می‌کنند.',
  likely: 'دو ضبط با هم آن را محتمل می‌کنند؛ علت عادی تنها ضعیف شده است.',
  possible: 'این ممکن است؛ علتی عادی هم به همان اندازه می‌خورد.',
  inconclusive: 'ضبط‌ها بیش از این نمی‌گویند.',
};

const WHAT: Partial<Record<InterferenceKind, string>> = {
  'rst-injection': 'بستهٔ پایان‌دهندهٔ اتصال',
  'forged-answer': 'پاسخ DNS',
  'data-injection': 'بستهٔ داده',
};

const icmpType = (p: { type: number; code: number }): string => `پیام ICMP با نوع ${p.type} و کد ${p.code}`;

function passedRouters({ routers }: { routers: number | null }): string {
  return routers === null ? '' : ` بسته، بنا بر TTL در نقل‌قول، تا آنجا از ${routers} مسیریاب گذشته بود.`;
}

export const faComparison: ComparisonWords = {
  evidence: {
    'absent-at-sender': (p) =>
      `${capture(p.side)}، نزد سری که بسته به نام آن آمده، ${packets(p.matched)} دیگر از همان سر در این اتصال دارد و این یکی را ندارد.`,
    'ids-without-gap': (p) =>
      `در ${capture(p.side)} شناسهٔ IP فرستنده در آن هنگام از ${hex(p.first)} تا ${hex(p.last)} بی‌گسست پیش می‌رود (${packets(p.packets)}): آنجا چیزی گم نشده است.`,
    'sender-went-on': (p) =>
      `در ${capture(p.side)} فرستندهٔ ادعایی پس از آن هم اتصال را ادامه می‌دهد (${packets(p.packets)}).`,
    'other-bytes-sent': (p) => `در ${capture(p.side)} فرستنده در همان جا چیز دیگری می‌فرستد (${bytes(p.bytes)}).`,
    'acknowledges-unseen': (p) =>
      `به ${bytes(p.bytes)} پاسخ می‌دهد که بنا بر ${capture(p.side)} هرگز به فرستندهٔ ادعایی نرسید.`,
    'arrives-with-other-ttl': (p) =>
      `در ${capture(p.side)} مقدار TTL آن ${p.suspect} است؛ آنچه از آن سر در هر دو ضبط هست با ${p.genuine} می‌رسد.`,
    'forged-both-ways': (p) => `سر دیگر هم مانند آن را به نام طرفش گرفت: ${packets(p.frames)} که کسی نفرستاده بود.`,
    'trigger-arrived': (p) => `درخواست پیش از آن در ${capture(p.side)} هم هست: به سر دیگر رسید.`,
    'trigger-swallowed': (p) => `درخواست پیش از آن تنها در ${capture(p.side)} هست: به سر دیگر نرسید.`,
    'sent-and-absent': (p) =>
      p.packets === 1
        ? `یک بار فرستاده شد؛ ${capture(p.side)} آن را ندارد.`
        : `${p.packets} بار در ${seconds(p.seconds)} فرستاده شد؛ ${capture(p.side)} هیچ‌یک را ندارد.`,
    'never-acknowledged': (p) =>
      `بنا بر ${capture(p.side)} گیرنده هیچ‌یک از این بایت‌ها را تأیید نکرد (حداکثر ${bytes(p.bytes)} در یک بسته): به آن نرسید.`,
    'nothing-after': (p) => `پیش‌تر ${packets(p.packets)} در این سو گذشت؛ پس از آن در ${capture(p.side)} چیزی نیست.`,
    'others-arrived': (p) => `در همین میان ${packets(p.packets)} که همین راه را رفت در ${capture(p.side)} ثبت شد.`,
    'content-differs': (p) =>
      p.bytes === p.otherBytes
        ? `همان بسته، از روی سرایندش، با محتوای دیگری می‌رسد (${bytes(p.bytes)}).`
        : `همان بسته، از روی سرایندش، با ${bytes(p.bytes)} می‌رود و با ${bytes(p.otherBytes)} می‌رسد.`,
    'flag-differs': (p) =>
      `همان بسته با پرچم‌های ${isolated(p.flags || '-')} می‌رود و با ${isolated(p.otherFlags || '-')} می‌رسد.`,
    'same-hops-as-others': (p) =>
      `به اندازهٔ بسته‌های دیگر از مسیریاب‌ها گذشت (${p.hops}): بستهٔ خود فرستنده است که بازنویسی شده.`,
    'icmp-rejected': (p) =>
      `در ${capture(p.side)} پیامی از ${isolated(p.from)} هست که این بسته نباید بگذرد (${icmpType(p)}).${passedRouters(p)}`,
    'icmp-unreachable': (p) =>
      `در ${capture(p.side)} پیامی از ${isolated(p.from)} هست که راهی به این نشانی نیست (${icmpType(p)}).${passedRouters(p)} خرابی مسیریابی هم همین را می‌گوید.`,
    'icmp-unsent': (p) =>
      `آن پیام به نام سر دیگر آمده و ${capture(p.side)} نزد آن سر چنین پیامی ندارد: آن سر آن را نفرستاده است.`,
    'icmp-too-big': (p) =>
      `در ${capture(p.side)} پیامی از ${isolated(p.from)} هست که بسته برای این راه بیش از اندازه بزرگ است (${icmpType(p)}).${passedRouters(p)}`,
    'capture-has-gaps': (p) => `${capture(p.side)} ${packets(p.packets)} را که از آنجا گذشته ندارد: بسته گم کرده است.`,
    'capture-dropped': (p) => `${capture(p.side)} به شمارش خودش ${packets(p.drops)} گم کرده است.`,
    'capture-filtered': (p) => `${capture(p.side)} با پالایهٔ پرچم یا بایت گرفته شده: شاید بسته‌ها به عمد نباشند.`,
    'similar-packet-sent': (p) =>
      `${capture(p.side)} مانند آن را دارد که به این صورت نرسید: شاید همان باشد که بازنویسی شده.`,
    'loss-on-the-way': (p) => `${p.percent}٪ از بسته‌های دیگر این سو هم گم شدند.`,
  },
  note: {
    'nothing-in-common': () => 'هیچ اتصالی در هر دو ضبط نیست: از اتصال‌های دیگر یا زمان‌های دیگرند.',
    terminated: (p) =>
      `${p.connections} اتصال میان همان دو سر شمارهٔ ترتیبی مشترک ندارند: پروکسی یا متعادل‌کنندهٔ بار آنها را در راه پایان می‌دهد و از نو آغاز می‌کند. آنجا جعل را نمی‌توان بازشناخت.`,
    translated: (p) =>
      `نشانی‌ها در راه ترجمه می‌شوند: ${isolated(p.from)} در ضبط ${isolated('A')} همان ${isolated(p.to)} در ضبط ${isolated('B')} است.`,
    'same-place': () => 'هر دو ضبط در یک جا گرفته شده‌اند: دربارهٔ راه میان دو سر چیزی نمی‌گویند.',
    'order-unknown': (p) =>
      `در ${p.connections} اتصال نمی‌توان گفت کدام ضبط به کارخواه نزدیک‌تر است؛ دربارهٔ آنها داوری نشد.`,
    'not-covered': (p) =>
      `${packets(p.packets)} در زمانی است که ${capture(p.side)} هنوز یا دیگر در کار نبود؛ دربارهٔ آنها داوری نشد.`,
    'capture-lost': (p) =>
      `${packets(p.packets)} از ${capture(p.side)} ثبت‌نشده گذشت: سر دیگر آنها را تأیید کرد یا از پس آنها ادامه داد. در راه گم نشدند.`,
    'lost-on-the-way': (p) =>
      `${packets(p.packets)} از ${capture(p.from)} به دیگری نرسید و دوباره فرستاده شد یا لازم نبود: گم‌شدن عادی.`,
    merged: (p) => `${packets(p.packets)} در ${capture(p.side)} جور دیگری بریده یا به هم پیوسته است (کار کارت شبکه).`,
    recut: (p) =>
      `${packets(p.packets)} با داده در ${capture(p.side)} را چیزی در راه از نو بریده است؛ دربارهٔ داده آنجا داوری نشد.`,
    'payload-cut': (p) => `در ${p.connections} اتصال بسته‌ها کامل ضبط نشده‌اند: تغییر محتوا را نمی‌توان دید.`,
    'header-rewritten': (p) =>
      `${isolated(p.field)} در ${packets(p.packets)} میان دو ضبط فرق دارد: چیزی در راه آن را بازنویسی می‌کند، چنان‌که بسیاری از مسیریاب‌ها و دیوارهای آتش می‌کنند.`,
    'answered-elsewhere': (p) =>
      `${p.connections} اتصال ${capture(p.side)} پاسخ گرفته و در ضبط دیگر هیچ نیست: دستگاه دیگری با همان نشانی یا کسی در راه پاسخ می‌دهد. داوری نشد.`,
    expired: (p) =>
      `TTL مربوط به ${packets(p.packets)} از ${capture(p.side)} در راه تمام شد، چنان‌که پیام‌های ICMP می‌گویند: آزمودن مسیر یا چرخه. داوری نشد.`,
    'over-budget': (p) => `${capture(p.side)} بیش از آن دارد که مقایسه می‌شود؛ دربارهٔ بقیه داوری نشد.`,
    'clock-unsteady': (p) =>
      `ساعت‌ها نسبت به هم ${Math.round(p.spreadMs)} میلی‌ثانیه می‌لرزند: ترتیب تنها از بسته‌ها دانسته شد.`,
    'known-rewriting': (p) =>
      `${packets(p.packets)} در درگاه ${p.port} چنان تغییر کرده که مترجم‌های نشانی با این پروتکل می‌کنند.`,
  },
  verdict: {
    'sent-by-neither': (p) =>
      `میان دو سر کسی در ارتباط با ${subject(p)} مداخله می‌کند: ${packets(p.packets)} رسید که سر دیگر هرگز نفرستاده بود. ${SURE[p.confidence]}`,
    'never-arrived': (p) =>
      `میان دو سر بسته‌های ارتباط با ${subject(p)} ناپدید می‌شوند: ${packets(p.packets)} از یک سر رفت و هرگز به دیگری نرسید. ${SURE[p.confidence]}`,
    changed: (p) =>
      `میان دو سر بسته‌های ارتباط با ${subject(p)} تغییر می‌کنند: ${packets(p.packets)} جز آن رسید که فرستاده شده بود. ${SURE[p.confidence]}`,
    several: (p) =>
      `میان دو سر کسی به چند شیوه در ارتباط با ${subject(p)} مداخله می‌کند: ${packets(p.packets)} جعل، حذف یا دگرگون شد. ${SURE[p.confidence]}`,
    agree: (p) =>
      `دو ضبط با هم می‌خوانند: در ${p.connections} اتصال هرچه یک سر فرستاد به دیگری رسید، جز گم‌شدن عادی. میان آنها چیزی جعل نشد.`,
    'nothing-in-common': () => 'دو ضبط هیچ اتصال مشترکی ندارند، پس نمی‌توان مقایسه‌شان کرد.',
    terminated: () =>
      'ضبط‌ها نمی‌توانند بگویند: چیزی در راه، مانند پروکسی یا متعادل‌کنندهٔ بار، هر اتصال را پایان می‌دهد و دیگری را آغاز می‌کند.',
    'same-place': () => 'دو ضبط در یک جا گرفته شده‌اند و از راه میان دو سر چیزی نمی‌گویند.',
    'cannot-tell': () => 'دو ضبط اتصال‌های مشترک دارند، اما نمی‌توان گفت هر یک در کدام سوی دیگری گرفته شده است.',
    unreadable: () => 'یکی از ضبط‌ها خوانده نشد، پس چیزی مقایسه نشد.',
  },
  claim: {
    'sent-by-neither': ({ interference, toServer, sender, packets: n }) =>
      `${toServer ? 'کارساز' : 'کارخواه'} ${n} ${WHAT[interference] ?? 'بسته'} گرفت که ${toServer ? 'کارخواه' : 'کارساز'} (${capture(sender)}) هرگز نفرستاده بود`,
    'never-arrived': ({ toServer, sender, packets: n }) =>
      `${packets(n)} از ${toServer ? 'کارخواه' : 'کارساز'} از ${capture(sender)} رفت و هرگز به ${capture(otherOf(sender))} نرسید`,
    changed: ({ toServer, packets: n }) =>
      `${packets(n)} از ${toServer ? 'کارخواه' : 'کارساز'} جز آن رسید که فرستاده شده بود`,
  },
  mark: {
    both: 'در هر دو',
    forged: 'هیچ سری نفرستاده',
    lost: 'هرگز نرسید',
    changed: 'در راه تغییر کرد',
    merged: 'در ضبط دیگر جور دیگری بریده شده',
    'one-side': 'تنها در این ضبط',
  },
  state: {
    compared: 'مقایسه شد',
    terminated: 'در راه پایان یافت و از نو آغاز شد',
    'order-unknown': 'جای ضبط‌ها نامعلوم است',
    'same-place': 'در یک جا ضبط شد',
    'only-one-side': 'تنها در یک ضبط',
  },
  review: {
    confirmed: 'سر دیگر تأیید می‌کند',
    refuted: 'رد شد: سر دیگر آن را فرستاده است',
    open: 'سر دیگر آن را روشن نمی‌کند',
  },
  basis: {
    'both-ends': 'جعل‌های فرستاده‌شده به هر دو سر بر آن هم‌داستان‌اند',
    'start-guessed': 'اگر TTL از مقداری معمول آغاز شده باشد؛ می‌توان آن را جعل کرد',
    'like-the-sender': 'TTL همان بسته‌های خود فرستنده است: رونوشت است یا راهنما نیست',
    varies: 'TTL از بسته‌ای به بستهٔ دیگر فرق می‌کند',
    impossible: 'TTL به هیچ جایی میان دو ضبط نمی‌خورد',
    'icmp-quote': 'از TTL بسته‌ای که پیام نقل می‌کند؛ با یک مسیریاب کم یا بیش',
    'not-seen': 'بستهٔ حذف‌شده یا دگرگون‌شده نمی‌گوید کجا',
  },
};
