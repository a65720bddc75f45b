// Words of the imported lists in the settings.

import type { ListFailure } from '../../../shared/contract/service.ts';
import type { ListKind, RowProblem } from '../../../shared/domain/lists.ts';
import { wordTable } from '../../ui/language.ts';

interface ListWords {
  readonly title: string;
  readonly what: string;
  readonly none: string;
  readonly import: string;
  readonly remove: string;
  readonly removeNamed: (name: string) => string;
  readonly kind: { readonly [K in ListKind]: string };
  readonly rows: (rows: string) => string;
  readonly skipped: (rows: string) => string;
  readonly source: string;
  readonly licence: string;
  readonly date: string;
  readonly imported: (day: string) => string;
  readonly hash: string;
  readonly includes: string;
  readonly notStated: string;
  readonly done: (name: string) => string;
  readonly removed: (name: string) => string;
  readonly passedOver: string;
  readonly line: (file: string, line: string) => string;
  readonly problem: { readonly [K in RowProblem]: string };
  readonly failure: { readonly [K in ListFailure]: string };
  readonly openAgain: string;
}

const en: ListWords = {
  title: 'Imported lists',
  what: 'Published lists of block pages, block addresses and domains that you bring along: Censored Planet, OONI, Citizen Lab, v2fly, plain addresses. Nobody here checked them, so a match is evidence that something matches; alone it never makes more than “possible”. Every result names the lists it was made with.',
  none: 'None yet.',
  import: 'Import a list…',
  remove: 'Remove',
  removeNamed: (name) => `Remove ${name}`,
  kind: {
    'block-pages': 'Block pages',
    'not-block-pages': 'Pages that only look like block pages',
    'block-addresses': 'Block addresses',
    service: 'Names or addresses of a service',
  },
  rows: (rows) => `${rows} rows`,
  skipped: (rows) => `${rows} passed over`,
  source: 'Source',
  licence: 'Licence',
  date: 'Date',
  imported: (day) => `imported ${day}`,
  hash: 'SHA-256',
  includes: 'With',
  notStated: 'not stated',
  done: (name) => `${name} was imported.`,
  removed: (name) => `${name} was removed.`,
  passedOver: 'These rows were passed over:',
  line: (file, line) => `${file}, line ${line}`,
  problem: {
    'not-json': 'no JSON object',
    'not-csv': 'does not fit the columns of the first row',
    'missing-field': 'a field is missing',
    'too-long': 'too long',
    'too-short':
      'holds no fixed piece of four characters, or has an alternative that holds none: it would match anything',
    'bad-pattern': 'no pattern that runs in linear time',
    'pattern-too-large': 'a pattern that takes too much to compile',
    'unknown-location': 'names no place to look at',
    'not-an-address': 'no address',
    'not-a-domain': 'no domain',
    'include-missing': 'includes a file that does not lie beside it',
    'too-many': 'beyond the number of rows that are taken',
  },
  failure: {
    'not-found': 'The file does not exist.',
    'not-readable': 'The file cannot be read, or the list cannot be kept.',
    'too-large': 'The file is larger than 8 MiB.',
    'not-text': 'The file is no text.',
    'unknown-format':
      'The format of the file is not known. The command line can be told: blockscope lists import --format.',
    'nothing-usable': 'The file holds no row of use.',
    'too-many': 'Too many lists are imported. Remove one first.',
  },
  openAgain: 'Captures that are open keep the lists they were opened with; open them again to use this one.',
};

const ru: ListWords = {
  title: 'Импортированные списки',
  what: 'Опубликованные списки страниц блокировки, адресов блокировки и доменов, которые вы добавили сами: Censored Planet, OONI, Citizen Lab, v2fly, простые адреса. Здесь их никто не проверял, поэтому совпадение — это лишь свидетельство совпадения; само по себе оно не даёт больше, чем «возможно». Каждый результат называет списки, с которыми он получен.',
  none: 'Пока нет.',
  import: 'Импортировать список…',
  remove: 'Удалить',
  removeNamed: (name) => `Удалить ${name}`,
  kind: {
    'block-pages': 'Страницы блокировки',
    'not-block-pages': 'Страницы, лишь похожие на страницы блокировки',
    'block-addresses': 'Адреса блокировки',
    service: 'Имена или адреса сервиса',
  },
  rows: (rows) => `строк: ${rows}`,
  skipped: (rows) => `пропущено: ${rows}`,
  source: 'Источник',
  licence: 'Лицензия',
  date: 'Дата',
  imported: (day) => `импортирован ${day}`,
  hash: 'SHA-256',
  includes: 'Вместе с',
  notStated: 'не указано',
  done: (name) => `Список ${name} импортирован.`,
  removed: (name) => `Список ${name} удалён.`,
  passedOver: 'Эти строки пропущены:',
  line: (file, line) => `${file}, строка ${line}`,
  problem: {
    'not-json': 'не объект JSON',
    'not-csv': 'не соответствует столбцам первой строки',
    'missing-field': 'не хватает поля',
    'too-long': 'слишком длинно',
    'too-short': 'нет постоянной части из четырёх знаков, в целом или в одном из вариантов: совпадало бы с чем угодно',
    'bad-pattern': 'не шаблон, который выполняется за линейное время',
    'pattern-too-large': 'шаблон, который слишком дорого компилировать',
    'unknown-location': 'не указано, где искать',
    'not-an-address': 'не адрес',
    'not-a-domain': 'не домен',
    'include-missing': 'включает файл, которого нет рядом',
    'too-many': 'сверх числа принимаемых строк',
  },
  failure: {
    'not-found': 'Файл не существует.',
    'not-readable': 'Файл нельзя прочитать, или список нельзя сохранить.',
    'too-large': 'Файл больше 8 МиБ.',
    'not-text': 'Файл не текстовый.',
    'unknown-format':
      'Формат файла неизвестен. Его можно указать в командной строке: blockscope lists import --format.',
    'nothing-usable': 'В файле нет ни одной пригодной строки.',
    'too-many': 'Импортировано слишком много списков. Сначала удалите какой-нибудь.',
  },
  openAgain: 'Открытые записи сохраняют списки, с которыми они открыты; чтобы применить этот, откройте их заново.',
};

const fa: ListWords = {
  title: 'فهرست‌های واردشده',
  what: 'فهرست‌های منتشرشدهٔ صفحه‌های مسدودسازی، نشانی‌های مسدودسازی و دامنه‌ها که خودتان آورده‌اید: Censored Planet، OONI، Citizen Lab، v2fly و نشانی‌های ساده. کسی اینجا آن‌ها را بررسی نکرده است؛ پس همخوانی تنها نشان می‌دهد که چیزی همخوان است و به‌تنهایی هرگز بیش از «ممکن» نمی‌شود. هر نتیجه فهرست‌هایی را که با آن‌ها به دست آمده نام می‌برد.',
  none: 'هنوز هیچ.',
  import: 'وارد کردن فهرست…',
  remove: 'برداشتن',
  removeNamed: (name) => `برداشتن ${name}`,
  kind: {
    'block-pages': 'صفحه‌های مسدودسازی',
    'not-block-pages': 'صفحه‌هایی که فقط شبیه صفحهٔ مسدودسازی‌اند',
    'block-addresses': 'نشانی‌های مسدودسازی',
    service: 'نام‌ها یا نشانی‌های یک سرویس',
  },
  rows: (rows) => `${rows} ردیف`,
  skipped: (rows) => `${rows} ردیف نادیده گرفته شد`,
  source: 'منبع',
  licence: 'پروانه',
  date: 'تاریخ',
  imported: (day) => `واردشده در ${day}`,
  hash: 'SHA-256',
  includes: 'همراه با',
  notStated: 'گفته نشده',
  done: (name) => `فهرست ${name} وارد شد.`,
  removed: (name) => `فهرست ${name} برداشته شد.`,
  passedOver: 'این ردیف‌ها نادیده گرفته شدند:',
  line: (file, line) => `${file}، سطر ${line}`,
  problem: {
    'not-json': 'شیء JSON نیست',
    'not-csv': 'با ستون‌های ردیف نخست جور نیست',
    'missing-field': 'یک فیلد کم دارد',
    'too-long': 'بیش از اندازه بلند است',
    'too-short': 'تکهٔ ثابتی از چهار نویسه ندارد، یا یکی از گزینه‌هایش ندارد، و با هر چیزی همخوان می‌شد',
    'bad-pattern': 'الگویی نیست که در زمان خطی اجرا شود',
    'pattern-too-large': 'الگویی است که ساختنش بیش از اندازه سنگین است',
    'unknown-location': 'جایی برای جستجو نام نبرده است',
    'not-an-address': 'نشانی نیست',
    'not-a-domain': 'دامنه نیست',
    'include-missing': 'پرونده‌ای را در بر می‌گیرد که کنار آن نیست',
    'too-many': 'بیش از شمار ردیف‌هایی که پذیرفته می‌شود',
  },
  failure: {
    'not-found': 'پرونده وجود ندارد.',
    'not-readable': 'پرونده خوانده نمی‌شود یا فهرست نگه داشته نمی‌شود.',
    'too-large': 'پرونده بزرگ‌تر از ۸ مبی‌بایت است.',
    'not-text': 'پرونده متنی نیست.',
    'unknown-format': 'قالب پرونده شناخته نیست. در خط فرمان می‌توان آن را گفت: blockscope lists import --format',
    'nothing-usable': 'پرونده هیچ ردیف به‌دردبخوری ندارد.',
    'too-many': 'فهرست‌های واردشده بیش از اندازه‌اند. نخست یکی را بردارید.',
  },
  openAgain: 'ضبط‌های باز فهرست‌هایی را نگه می‌دارند که با آن‌ها باز شده‌اند؛ برای به کار بردن این یکی دوباره بازشان کنید.',
};

const zh: ListWords = {
  title: '导入的列表',
  what: '您自行导入的封锁页面、封锁地址和域名的公开列表：Censored Planet、OONI、Citizen Lab、v2fly、纯地址。这里没有人核对过它们，因此相符只说明相符；单凭相符，判断绝不会超过“可能”。每个结果都会列出所用的列表。',
  none: '尚无。',
  import: '导入列表…',
  remove: '移除',
  removeNamed: (name) => `移除 ${name}`,
  kind: {
    'block-pages': '封锁页面',
    'not-block-pages': '只是看似封锁页面的页面',
    'block-addresses': '封锁地址',
    service: '某服务的域名或地址',
  },
  rows: (rows) => `${rows} 行`,
  skipped: (rows) => `略过 ${rows} 行`,
  source: '来源',
  licence: '许可',
  date: '日期',
  imported: (day) => `导入于 ${day}`,
  hash: 'SHA-256',
  includes: '连同',
  notStated: '未说明',
  done: (name) => `已导入 ${name}。`,
  removed: (name) => `已移除 ${name}。`,
  passedOver: '以下各行被略过：',
  line: (file, line) => `${file}，第 ${line} 行`,
  problem: {
    'not-json': '不是 JSON 对象',
    'not-csv': '与首行的列不符',
    'missing-field': '缺少字段',
    'too-long': '过长',
    'too-short': '没有四个字符的固定片段（或其中某个选项没有），会与任何内容相符',
    'bad-pattern': '不是能以线性时间运行的模式',
    'pattern-too-large': '编译代价过大的模式',
    'unknown-location': '未说明在何处查找',
    'not-an-address': '不是地址',
    'not-a-domain': '不是域名',
    'include-missing': '所包含的文件不在旁边',
    'too-many': '超出可接受的行数',
  },
  failure: {
    'not-found': '文件不存在。',
    'not-readable': '文件无法读取，或列表无法保存。',
    'too-large': '文件大于 8 MiB。',
    'not-text': '文件不是文本。',
    'unknown-format': '文件格式未知。可在命令行中指定：blockscope lists import --format。',
    'nothing-usable': '文件中没有可用的行。',
    'too-many': '导入的列表过多，请先移除一个。',
  },
  openAgain: '已打开的抓包沿用打开时的列表；要使用此列表，请重新打开。',
};

export const listsWords = wordTable(en, { ru, fa, zh });
