// The contract over every way there is; through the program as it is built.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { WebSocket } from 'ws';
import { decodeFrame, encodeFrame } from '../../shared/contract/codec.ts';
import type { Transport } from '../../shared/contract/service.ts';
import { conformance, FAKE_HELPER, type FaceOptions } from './conformance.ts';
import { Desktop } from './desktop.ts';

const BUILT = join(import.meta.dirname, '../../dist/main');
Object.assign(process.env, FAKE_HELPER);

async function built(options: FaceOptions, face: 'web' | 'in-process') {
  const { createService } = (await import(join(BUILT, 'service/service.js'))) as typeof import('../service/service.ts');
  const { defaultHost } = (await import(join(BUILT, 'service/host.js'))) as typeof import('../service/host.ts');
  return createService({ ...defaultHost(), ...options, config: null, face, openPath: face !== 'web' });
}

conformance('a pair within the process', async (options) => {
  const service = await built(options, 'in-process');
  const { transportPair } = (await import(join(BUILT, 'service/pair.js'))) as typeof import('../service/pair.ts');
  return {
    ...options,
    openPath: true,
    transport: async () => {
      const [here, there] = transportPair();
      service.connect(there);
      return here;
    },
    close: () => service.close(),
  };
});

conformance('a WebSocket', async (options) => {
  const service = await built(options, 'web');
  const { serveWeb } = (await import(join(BUILT, 'web/server.js'))) as typeof import('../web/server.ts');
  const web = await serveWeb(service, { port: 0 });
  return {
    ...options,
    openPath: false,
    transport: () => overSocket(web.port, web.token),
    close: async () => {
      await web.close();
      await service.close();
    },
  };
});

function overSocket(port: number, token: string): Promise<Transport> {
  const socket = new WebSocket(`ws://127.0.0.1:${port}/engine`, { origin: `http://127.0.0.1:${port}` });
  const transport: Transport = {
    send: (message) => socket.send(encodeFrame(message)),
    onMessage: (listener) => socket.on('message', (data: Buffer) => listener(decodeFrame(data)?.message)),
    onClose: (listener) => socket.on('close', listener),
    close: () => socket.close(),
  };
  return new Promise((resolve, reject) => {
    socket.once('error', reject);
    socket.once('open', () => {
      socket.send(token);
      resolve(transport);
    });
  });
}

conformance("Electron's messages", async (options) => {
  const config = mkdtempSync(join(tmpdir(), 'config-'));
  const desktop = new Desktop({
    env: {
      TMPDIR: options.temporary,
      XDG_CONFIG_HOME: config,
      XDG_DATA_HOME: join(options.recordings, '../..'),
    },
  });
  let windows = 0;
  return {
    ...options,
    uploadLimit: 2_147_483_648,
    openPath: true,
    transport: async () => {
      if (windows > 0) desktop.do('menu', { item: 'new-window' });
      await desktop.loaded(++windows);
      return desktop.bridge(windows);
    },
    close: async () => {
      desktop.do('quit');
      await desktop.exited;
      rmSync(config, { recursive: true });
    },
  };
});
