// Words while a recording runs: state, counters, what happened on the way and what can be done about it.

import type { LiveState } from '../../../shared/domain/live.ts';
import { enLive } from '../../../shared/i18n/en.ts';
import { faLive } from '../../../shared/i18n/fa.ts';
import type { LiveWords } from '../../../shared/i18n/language.ts';
import { ruLive } from '../../../shared/i18n/ru.ts';
import { zhLive } from '../../../shared/i18n/zh.ts';
import { useWords, type WordTable, wordTable } from '../../ui/language.ts';

const LIVE: WordTable<LiveWords> = { en: enLive, ru: ruLive, fa: faLive, zh: zhLive };

/** Errors, notices and steps, as kinds with parameters word them. */
export function useLiveWords(): LiveWords {
  return useWords(LIVE);
}

type States = { readonly [K in LiveState]: string };

export const runningWords = wordTable(
  {
    state: {
      starting: 'Starting',
      capturing: 'Recording',
      paused: 'Paused',
      waiting: 'Waiting for the connection',
      stopping: 'Stopping',
      stopped: 'Recorded',
      failed: 'Not recorded',
    } as States,
    following: 'Following',
    notFollowing: 'Follow now',
    toPause: 'to hold still',
    toFollow: 'to follow',
    pause: 'Pause',
    resume: 'Go on',
    stop: 'Stop',
    controls: 'Recording',
    dropped: (n: string) => `${n} dropped`,
    dropsUnknown: 'drops unknown',
    dropsLater: 'drops are told at the end',
    kernelTimes: 'times by the system',
    userTimes: 'times by this program',
    written: (size: string) => `${size} recorded`,
    files: (n: string) => `${n} files`,
    notices: 'What happened while recording',
    dismiss: 'Dismiss',
    earlier: (n: string) => `Earlier: ${n}`,
    nothingYet: 'Recording. No packet was seen yet.',
    nothingJudged: 'Recording. The first packets are being looked at.',
    nothingYetWhat:
      'Open the site or the app that fails, then one that works. What is found appears here while it happens.',
    wrong: 'Nothing for a while? Perhaps the traffic takes another connection.',
    otherConnection: 'Stop and choose another',
    stopFirst: 'Stop and keep what is there',
    again: 'Record again',
    setUp: 'Change what is recorded',
    kept: (path: string) => `Kept in ${path}`,
    keptSeveral: (n: string, folder: string) =>
      `Kept in several files (${n}) in ${folder}. To report it or compare it, make one of them there, and open that:`,
  },
  {
    ru: {
      state: {
        starting: 'Запуск',
        capturing: 'Идёт запись',
        paused: 'Пауза',
        waiting: 'Ожидание подключения',
        stopping: 'Остановка',
        stopped: 'Записано',
        failed: 'Не записано',
      },
      following: 'Слежение',
      notFollowing: 'Следить дальше',
      toPause: 'чтобы замереть',
      toFollow: 'чтобы следить',
      pause: 'Пауза',
      resume: 'Продолжить',
      stop: 'Остановить',
      controls: 'Запись',
      dropped: (n) => `потеряно: ${n}`,
      dropsUnknown: 'потери неизвестны',
      dropsLater: 'потери назовут в конце',
      kernelTimes: 'время даёт система',
      userTimes: 'время даёт программа',
      written: (size) => `записано ${size}`,
      files: (n) => `файлов: ${n}`,
      notices: 'Что случилось во время записи',
      dismiss: 'Скрыть',
      earlier: (n) => `Раньше: ${n}`,
      nothingYet: 'Идёт запись. Пока не видно ни одного пакета.',
      nothingJudged: 'Идёт запись. Первые пакеты просматриваются.',
      nothingYetWhat:
        'Откройте сайт или приложение, которое не работает, затем то, что работает. Найденное появляется здесь сразу.',
      wrong: 'Долго пусто? Возможно, трафик идёт через другое подключение.',
      otherConnection: 'Остановить и выбрать другое',
      stopFirst: 'Остановить и оставить записанное',
      again: 'Записать снова',
      setUp: 'Изменить, что записывается',
      kept: (path) => `Лежит в ${path}`,
      keptSeveral: (n, folder) =>
        `Лежит в нескольких файлах (${n}) в папке ${folder}. Для отчёта или сравнения сделайте там из них один и откройте его:`,
    },
    fa: {
      state: {
        starting: 'در حال آغاز',
        capturing: 'در حال ضبط',
        paused: 'درنگ',
        waiting: 'در انتظار اتصال',
        stopping: 'در حال پایان',
        stopped: 'ضبط شد',
        failed: 'ضبط نشد',
      },
      following: 'همراه با اکنون',
      notFollowing: 'همراه شو',
      toPause: 'برای ماندن',
      toFollow: 'برای همراهی',
      pause: 'درنگ',
      resume: 'ادامه',
      stop: 'پایان',
      controls: 'ضبط',
      dropped: (n) => `${n} گم‌شده`,
      dropsUnknown: 'گم‌شده‌ها نامعلوم',
      dropsLater: 'گم‌شده‌ها در پایان گفته می‌شود',
      kernelTimes: 'زمان از سیستم',
      userTimes: 'زمان از این برنامه',
      written: (size) => `\u2068${size}\u2069 ضبط شد`,
      files: (n) => `${n} پرونده`,
      notices: 'آنچه هنگام ضبط رخ داد',
      dismiss: 'پنهان کن',
      earlier: (n) => `پیش‌تر: ${n}`,
      nothingYet: 'در حال ضبط. هنوز بسته‌ای دیده نشده.',
      nothingJudged: 'در حال ضبط. نخستین بسته‌ها بررسی می‌شوند.',
      nothingYetWhat:
        'وبگاه یا برنامه‌ای را که کار نمی‌کند باز کنید، سپس یکی را که کار می‌کند. یافته‌ها همان دم اینجا پدیدار می‌شوند.',
      wrong: 'چندی است خبری نیست؟ شاید ترافیک از اتصال دیگری می‌گذرد.',
      otherConnection: 'پایان و گزینش اتصالی دیگر',
      stopFirst: 'پایان و نگه‌داشتن آنچه هست',
      again: 'ضبط دوباره',
      setUp: 'تغییر آنچه ضبط می‌شود',
      kept: (path) => `در \u2068${path}\u2069 است`,
      keptSeveral: (n, folder) =>
        `در چند پرونده (${n}) در \u2068${folder}\u2069 است. برای گزارش یا مقایسه همان‌جا یکی از آن‌ها بسازید و آن را باز کنید:`,
    },
    zh: {
      state: {
        starting: '正在启动',
        capturing: '正在捕获',
        paused: '已暂停',
        waiting: '等待连接',
        stopping: '正在停止',
        stopped: '已捕获',
        failed: '未捕获',
      },
      following: '跟随中',
      notFollowing: '跟随现在',
      toPause: '停住',
      toFollow: '跟随',
      pause: '暂停',
      resume: '继续',
      stop: '停止',
      controls: '捕获',
      dropped: (n) => `丢失 ${n}`,
      dropsUnknown: '丢失数未知',
      dropsLater: '丢失数在结束时得知',
      kernelTimes: '时间来自系统',
      userTimes: '时间来自本程序',
      written: (size) => `已记录 ${size}`,
      files: (n) => `${n} 个文件`,
      notices: '捕获期间发生的事',
      dismiss: '隐藏',
      earlier: (n) => `更早：${n}`,
      nothingYet: '正在捕获。尚未看到任何数据包。',
      nothingJudged: '正在捕获。正在查看最初的数据包。',
      nothingYetWhat: '先打开出问题的网站或应用，再打开一个正常的。发现的内容会立即显示在这里。',
      wrong: '一直没有动静？流量可能经过另一个连接。',
      otherConnection: '停止并选择其他连接',
      stopFirst: '停止并保留已有内容',
      again: '重新捕获',
      setUp: '更改捕获内容',
      kept: (path) => `保存在 ${path}`,
      keptSeveral: (n, folder) =>
        `保存为 ${folder} 中的多个文件（${n} 个）。要生成报告或进行比较，请在该处合并为一个文件并打开：`,
    },
  },
);
