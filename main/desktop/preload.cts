// The only thing that the page sees of the desktop: messages to the engine and back, and the path of a file that was
// dropped. Runs in the sandbox, in a world of its own.

const { contextBridge, ipcRenderer, webUtils } = require('electron') as typeof import('electron');

const CHANNEL = 'blockscope';
const CLOSED = 'blockscope-closed';

contextBridge.exposeInMainWorld('blockscope', {
  send: (message: unknown): void => ipcRenderer.send(CHANNEL, message),
  onMessage: (listener: (message: unknown) => void): void => {
    ipcRenderer.on(CHANNEL, (_event, message: unknown) => listener(message));
  },
  onClose: (listener: () => void): void => {
    ipcRenderer.on(CLOSED, () => listener());
  },
  pathForFile: (file: File): string => webUtils.getPathForFile(file),
});
