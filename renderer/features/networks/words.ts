// Words of the networks of addresses.

import { wordTable } from '../../ui/language.ts';

export const networksWords = wordTable(
  {
    title: 'Networks',
    what: 'Whose networks these addresses are in. For orientation; no evidence.',
    credit: (licence: string, day: string) =>
      `Data of RouteViews, DB-IP and NRO, compiled by ip-location-db (${licence}), as of ${day}:`,
    creditTitle: 'Networks and countries of addresses',
  },
  {
    ru: {
      title: 'Сети',
      what: 'Чьим сетям принадлежат эти адреса. Для ориентира, не доказательство.',
      credit: (licence: string, day: string) =>
        `Данные RouteViews, DB-IP и NRO, собраны ip-location-db (${licence}), по состоянию на ${day}:`,
      creditTitle: 'Сети и страны адресов',
    },
    fa: {
      title: 'شبکه‌ها',
      what: 'این نشانی‌ها در شبکهٔ چه کسانی‌اند. برای آگاهی است، نه گواه.',
      credit: (licence: string, day: string) =>
        `داده‌های RouteViews، DB-IP و NRO، گردآوری‌شده در ip-location-db (${licence})، تا ${day}:`,
      creditTitle: 'شبکه‌ها و کشورهای نشانی‌ها',
    },
    zh: {
      title: '网络',
      what: '这些地址属于谁的网络。仅供参考，不是证据。',
      credit: (licence: string, day: string) =>
        `数据来自 RouteViews、DB-IP 和 NRO，由 ip-location-db 汇编（${licence}），截至 ${day}：`,
      creditTitle: '地址所属的网络和国家',
    },
  },
);
