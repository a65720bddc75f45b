// The menu of the window, in the language of the system. What the window itself can do has its keys there.

import { Menu, type MenuItemConstructorOptions } from 'electron';

interface Words {
  readonly file: string;
  readonly open: string;
  readonly newWindow: string;
  readonly closeWindow: string;
  readonly quit: string;
  readonly edit: string;
  readonly undo: string;
  readonly redo: string;
  readonly cut: string;
  readonly copy: string;
  readonly paste: string;
  readonly selectAll: string;
  readonly view: string;
  readonly actualSize: string;
  readonly zoomIn: string;
  readonly zoomOut: string;
  readonly fullScreen: string;
  readonly developer: string;
}

const WORDS: Readonly<Record<string, Words>> = {
  en: {
    file: 'File',
    open: 'Open capture…',
    newWindow: 'New window',
    closeWindow: 'Close window',
    quit: 'Quit',
    edit: 'Edit',
    undo: 'Undo',
    redo: 'Redo',
    cut: 'Cut',
    copy: 'Copy',
    paste: 'Paste',
    selectAll: 'Select all',
    view: 'View',
    actualSize: 'Actual size',
    zoomIn: 'Zoom in',
    zoomOut: 'Zoom out',
    fullScreen: 'Full screen',
    developer: 'Developer tools',
  },
  ru: {
    file: 'Файл',
    open: 'Открыть запись…',
    newWindow: 'Новое окно',
    closeWindow: 'Закрыть окно',
    quit: 'Выйти',
    edit: 'Правка',
    undo: 'Отменить',
    redo: 'Повторить',
    cut: 'Вырезать',
    copy: 'Копировать',
    paste: 'Вставить',
    selectAll: 'Выделить всё',
    view: 'Вид',
    actualSize: 'Обычный размер',
    zoomIn: 'Увеличить',
    zoomOut: 'Уменьшить',
    fullScreen: 'Полный экран',
    developer: 'Инструменты разработчика',
  },
  fa: {
    file: 'پرونده',
    open: 'باز کردن ضبط…',
    newWindow: 'پنجرهٔ تازه',
    closeWindow: 'بستن پنجره',
    quit: 'خروج',
    edit: 'ویرایش',
    undo: 'برگرداندن',
    redo: 'انجام دوباره',
    cut: 'بریدن',
    copy: 'رونوشت',
    paste: 'چسباندن',
    selectAll: 'انتخاب همه',
    view: 'نما',
    actualSize: 'اندازهٔ واقعی',
    zoomIn: 'بزرگ‌نمایی',
    zoomOut: 'کوچک‌نمایی',
    fullScreen: 'تمام‌صفحه',
    developer: 'ابزار توسعه',
  },
  zh: {
    file: '文件',
    open: '打开抓包文件…',
    newWindow: '新建窗口',
    closeWindow: '关闭窗口',
    quit: '退出',
    edit: '编辑',
    undo: '撤销',
    redo: '重做',
    cut: '剪切',
    copy: '复制',
    paste: '粘贴',
    selectAll: '全选',
    view: '视图',
    actualSize: '实际大小',
    zoomIn: '放大',
    zoomOut: '缩小',
    fullScreen: '全屏',
    developer: '开发者工具',
  },
};

export interface MenuActions {
  readonly open: () => void;
  readonly newWindow: () => void;
}

export function setMenu(locale: string, actions: MenuActions): void {
  const words = WORDS[locale.split('-')[0] ?? ''] ?? WORDS.en!;
  const template: MenuItemConstructorOptions[] = [
    ...(process.platform === 'darwin' ? [{ role: 'appMenu' } as const] : []),
    {
      label: words.file,
      submenu: [
        { id: 'open', label: words.open, accelerator: 'CmdOrCtrl+O', click: actions.open },
        { id: 'new-window', label: words.newWindow, accelerator: 'CmdOrCtrl+N', click: actions.newWindow },
        { type: 'separator' },
        { role: 'close', label: words.closeWindow },
        { role: 'quit', label: words.quit },
      ],
    },
    {
      label: words.edit,
      submenu: [
        { role: 'undo', label: words.undo },
        { role: 'redo', label: words.redo },
        { type: 'separator' },
        { role: 'cut', label: words.cut },
        { role: 'copy', label: words.copy },
        { role: 'paste', label: words.paste },
        { role: 'selectAll', label: words.selectAll },
      ],
    },
    {
      label: words.view,
      submenu: [
        { role: 'resetZoom', label: words.actualSize },
        { role: 'zoomIn', label: words.zoomIn },
        { role: 'zoomOut', label: words.zoomOut },
        { type: 'separator' },
        { role: 'togglefullscreen', label: words.fullScreen },
        { role: 'toggleDevTools', label: words.developer },
      ],
    },
  ];
  Menu.setApplicationMenu(Menu.buildFromTemplate(template));
}
