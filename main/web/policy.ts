// Who may talk to the server. A page of another site must not reach it (Origin), a name of
// another site that was pointed here must not either (Host, against DNS rebinding), and nobody who lacks the token.

import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

/** The names under which this server knows itself. */
function ownHosts(port: number): readonly string[] {
  return [`127.0.0.1:${port}`, `localhost:${port}`, `[::1]:${port}`];
}

/** Null: it may pass; else why not, as a status. */
export function refusal(request: IncomingMessage, port: number, isUpgrade: boolean): 400 | 403 | 421 | null {
  const { host, origin } = request.headers;
  // Node joins repeated Host headers of a request that should not have them; such a request is no browser's
  const hosts = request.rawHeaders.filter(
    (_name, at) => at % 2 === 0 && request.rawHeaders[at]?.toLowerCase() === 'host',
  );
  if (hosts.length !== 1) return 400;
  if (host === undefined || !ownHosts(port).includes(host)) return 421;
  // Browsers send it with every upgrade; who sends none there is no page of ours
  if (origin === undefined) return isUpgrade ? 403 : null;
  return origin === `http://${host}` ? null : 403;
}

export function newToken(): string {
  return randomBytes(32).toString('base64url');
}

/** In the same time whatever is wrong with it. */
export function isToken(given: Uint8Array, token: string): boolean {
  const digest = (bytes: Uint8Array | string): Buffer => createHash('sha256').update(bytes).digest();
  return timingSafeEqual(digest(given), digest(token));
}
