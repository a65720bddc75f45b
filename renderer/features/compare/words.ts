// Words of the screen that puts captures side by side.

import { wordTable } from '../../ui/language.ts';

export const compareWords = wordTable(
  {
    title: 'Side by side',
    lead: 'What each capture says of the same targets and services: for instance one capture from each provider.',
    service: 'Service',
    target: 'Target',
    notSeen: 'not seen',
    failed: (failed: string, of: string) => `${failed} of ${of} failed`,
    none: 'Open two captures or more to see them beside each other.',
    differ: 'Only where they differ',
    reading: 'reading…',
    open: 'Open another capture',
  },
  {
    ru: {
      title: 'Рядом',
      lead: 'Что каждая запись говорит об одних и тех же целях и сервисах: например, по записи от каждого провайдера.',
      service: 'Сервис',
      target: 'Цель',
      notSeen: 'не встречалось',
      failed: (failed, of) => `неудач ${failed} из ${of}`,
      none: 'Откройте две записи или больше, чтобы увидеть их рядом.',
      differ: 'Только различия',
      reading: 'чтение…',
      open: 'Открыть ещё запись',
    },
    fa: {
      title: 'کنار هم',
      lead: 'هر ضبط دربارهٔ همان هدف‌ها و سرویس‌ها چه می‌گوید: برای نمونه از هر ارائه‌دهنده یک ضبط.',
      service: 'سرویس',
      target: 'هدف',
      notSeen: 'دیده نشد',
      failed: (failed, of) => `${failed} از ${of} ناکام`,
      none: 'برای دیدن در کنار هم دو ضبط یا بیشتر باز کنید.',
      differ: 'تنها جاهایی که فرق دارند',
      reading: 'در حال خواندن…',
      open: 'باز کردن ضبطی دیگر',
    },
    zh: {
      title: '并排比较',
      lead: '各个捕获对相同目标和服务的结论：例如每个运营商一份捕获。',
      service: '服务',
      target: '目标',
      notSeen: '未出现',
      failed: (failed, of) => `${of} 次中 ${failed} 次失败`,
      none: '请打开两个或更多捕获以并排查看。',
      differ: '仅显示不同之处',
      reading: '正在读取…',
      open: '打开另一个捕获',
    },
  },
);
