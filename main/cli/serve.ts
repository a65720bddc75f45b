// `blockscope serve`: the app in a browser on this computer. Its address goes to standard output.

import { defaultHost } from '../service/host.ts';
import { createService } from '../service/service.ts';
import { NoPage, serveWeb, type WebFace } from '../web/server.ts';
import { readServeOptions, SERVE_HELP } from './options.ts';
import { UsageError } from './usage.ts';

const CANNOT_LISTEN = 1;

export async function serve(args: readonly string[]): Promise<number> {
  const command = readServeOptions(args);
  if (command === null) {
    process.stdout.write(SERVE_HELP);
    return 0;
  }
  const service = createService({ ...defaultHost(), face: 'web', openPath: false });
  const face = await listen(service, command.port);
  if (typeof face === 'number') return face;
  process.stdout.write(`${face.address}\n`);
  process.stderr.write('Open this address in a browser on this computer. It is valid until Ctrl-C.\n');
  await new Promise<void>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => resolve());
  });
  await face.close();
  await service.close();
  return 0;
}

async function listen(service: ReturnType<typeof createService>, port: number): Promise<WebFace | number> {
  try {
    return await serveWeb(service, { port });
  } catch (error) {
    await service.close();
    if (error instanceof NoPage) throw new UsageError('the page is not built; npm run build builds it', 'serve --help');
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'EADDRINUSE' && code !== 'EACCES') throw error;
    process.stderr.write(
      `blockscope: port ${port} ${code === 'EACCES' ? 'may not be used' : 'is in use'}; choose another with --port\n`,
    );
    return CANNOT_LISTEN;
  }
}
