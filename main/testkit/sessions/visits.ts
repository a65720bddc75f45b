// What clients do with web servers, and what servers with other habits than answering do to them.

import { ascii } from '../bytes.ts';
import { httpRequest, httpResponse } from '../dns-bytes.ts';
import { alert, clientHello, serverHello } from '../tls-bytes.ts';
import { Dialog, type DialogOptions, type Said } from './dialog.ts';
import { guarded, guardedBySite } from './oddities.ts';
import type { Client, Habit, Machine, Site, World } from './world.ts';

export interface Visit {
  readonly client: Client;
  readonly site: Site;
  readonly name: string;
  readonly machine: Machine;
  readonly at: number;
  readonly secure: boolean;
}

/** A visit, and when it was over at the client. */
export function visit(world: World, visit: Visit): number {
  const { site, name, machine, client, secure } = visit;
  const { dice } = world;
  if (world.portal !== null && visit.at < world.portal.until) return signIn(world, visit);
  const habit = habitFor(world, visit);
  world.tell(visit.at, `${client.address} ${secure ? 'https' : 'http'} ${name} at ${machine.address}: ${habit}`);
  // Browsers try again what did not work.
  const tries = client.behavior === 'browser' ? dice.whole(1, 4) : dice.whole(1, 2);
  let at = visit.at;
  for (let attempt = 0; attempt < tries; attempt++) {
    const again = attempt === 0 ? habit : habitFor(world, visit);
    const { time, worked } = attemptVisit(world, { ...visit, at }, again);
    at = time + dice.between(20, 3000);
    if (worked) break;
  }
  // Connections opened to have them ready
  if (client.behavior === 'browser' && dice.chance(0.15)) preconnect(world, visit);
  return at;

  function preconnect(world: World, { at }: Visit): void {
    if (['is-down', 'has-closed-the-port', 'firewall-refuses'].includes(site.habit)) return;
    const idle = new Dialog(world, { client, machine, port: secure ? 443 : 80, at: at + 5 });
    if (!idle.open()) return;
    idle.wait(dice.between(1000, 60_000));
    if (dice.chance(0.5)) idle.close(dice.pick(['client', 'server']));
    else idle.reset('client', 'abort');
  }
}

function habitFor(world: World, { site, name, at }: Visit): Habit {
  const { dice } = world;
  const { habit, habitOf } = site;
  if (habitOf !== null && habitOf !== name && isAboutNames(habit)) return 'answers';
  const near = Math.abs(at - site.moment) < 30_000;
  switch (habit) {
    case 'refuses-when-full':
    case 'ignores-when-full':
      return near || dice.chance(0.2) ? habit : 'answers';
    case 'restarts':
      return near ? habit : 'answers';
    default:
      return habit;
  }
}

function isAboutNames(habit: Habit): boolean {
  return [
    'rejects-the-name',
    'hangs-up-on-the-name',
    'resets-the-name',
    'wants-a-certificate',
    'forbids',
    'redirects',
    'is-slow',
    'hangs',
    'has-a-dead-backend',
    'limits-the-rate',
  ].includes(habit); // prettier-ignore
}

interface Outcome {
  readonly time: number;
  readonly worked: boolean;
}

function attemptVisit(world: World, visit: Visit, habit: Habit): Outcome {
  const { dice } = world;
  const { client, machine, secure, site } = visit;
  const port = secure ? 443 : 80;
  const base: DialogOptions = { client, machine, port, at: visit.at, name: visit.name };
  const done = (dialog: Dialog, worked: boolean): Outcome => ({ time: dialog.time, worked });
  switch (habit) {
    case 'is-down': {
      const dialog = new Dialog(world, base);
      dialog.openInVain();
      return done(dialog, false);
    }
    case 'has-closed-the-port':
      return refused(world, base);
    case 'firewall-refuses': {
      const dialog = new Dialog(world, base);
      for (let attempt = 0; attempt < dice.whole(1, 3); attempt++) {
        dialog.conn.syn({ after: attempt === 0 ? 0.2 : 1000, lost: 'after-capture' });
        dialog.conn.icmp({
          type: 3,
          code: dice.pick([10, 13, 3]),
          from: machine.address,
          ttl: 64 - machine.hops,
          after: machine.rtt,
          quotedTtl: 64 - machine.hops,
        });
      }
      return done(dialog, false);
    }
    case 'refuses-when-full':
      if (dice.chance(0.7)) return refused(world, base);
      break;
    case 'ignores-when-full':
      if (dice.chance(0.7)) {
        const dialog = new Dialog(world, base);
        dialog.openInVain();
        return done(dialog, false);
      }
      break;
    case 'bans': {
      const count = world.remember(`${client.address} ${machine.address}`);
      if (count > 4 && count < 12) {
        const how = site.moment % 3;
        if (how < 1) return refused(world, base);
        const dialog = new Dialog(world, base);
        dialog.openInVain();
        return done(dialog, false);
      }
      break;
    }
    default:
  }

  const hops = habit === 'is-anycast' ? Math.max(3, machine.hops + dice.pick([0, 0, 0, -4, 3, 6])) : machine.hops;
  const dialog = new Dialog(world, { ...base, hops });
  if (habit === 'is-behind-an-accelerator') return accelerated(world, visit, dialog);
  const synAck: Said =
    habit === 'is-behind-a-scrubber' ? { ttl: dialog.conn.ttlAtCapture('server') + 6, ipId: 0, window: 1400 } : {};
  if (!dialog.open({ synAck })) return done(dialog, false);
  if (dice.chance(0.03)) {
    // The slower of two connections that race
    dialog.reset('client', 'abort');
    return done(dialog, true);
  }
  if (!ask(dialog, visit)) return done(dialog, false);
  const { odd } = world;
  const resets = odd.resetting.has(machine.address);
  if (resets && odd.dice.chance(0.35)) {
    if (odd.has('many-resets')) resetEach(dialog);
    else resetByBalancer(dialog, false);
    return done(dialog, false);
  }

  switch (habit) {
    case 'rejects-the-version':
    case 'rejects-the-name': {
      if (!secure) break;
      dialog.say('server', alert(habit === 'rejects-the-name' ? 112 : dice.pick([70, 40])));
      if (dice.chance(0.6)) dialog.close('server');
      else {
        dialog.conn.segment('client', { flags: 'FA' });
        dialog.reset('server', 'late');
      }
      return done(dialog, false);
    }
    case 'hangs-up-on-the-name':
      dialog.close('server');
      return done(dialog, false);
    case 'resets-the-name':
      dialog.reset('server', dice.pick(['abort', 'late']));
      return done(dialog, false);
    case 'has-a-dead-backend':
      if (dice.chance(1 / 3)) {
        hang(dialog, visit);
        return done(dialog, false);
      }
      break;
    case 'hangs':
      hang(dialog, visit);
      return done(dialog, false);
    case 'has-a-narrow-path': {
      if (!secure) break;
      // The large flight vanishes on its way to the client, the end of it arrives
      for (let attempt = 0; attempt < dice.whole(2, 5); attempt++) {
        dialog.wait(300 * 2 ** attempt);
        dialog.conn.segment('server', {
          flags: 'A',
          payload: new Uint8Array(1400),
          seq: dialog.conn.nextSequence('server'),
          lost: 'before-capture',
        });
      }
      dialog.wait(dice.between(3000, 20_000));
      dialog.close('client');
      return done(dialog, false);
    }
    case 'is-slow':
      dialog.wait(dice.between(1000, 14_000));
      break;
    case 'restarts':
      if (dice.chance(0.5)) {
        dialog.wait(dice.between(100, 4000));
        dialog.reset('server', dice.pick(['abort', 'late']));
        return done(dialog, false);
      }
      break;
    default:
  }

  if (!answer(dialog, visit, habit)) return done(dialog, false);
  if (habit === 'wants-a-certificate' && secure) {
    dialog.say('client', dice.sealed(120));
    dialog.say('server', dice.sealed(19));
    if (dice.chance(0.5)) dialog.reset('server', 'abort');
    else dialog.close('server');
    return done(dialog, false);
  }
  if (!browse(dialog, visit, habit)) return done(dialog, false);
  if (dialog.isLeft) return done(dialog, true);
  if (resets && odd.dice.chance(0.6)) {
    if (odd.has('many-resets')) resetEach(dialog);
    else resetByBalancer(dialog, true);
  } else finish(dialog, habit, secure);
  return done(dialog, true);

  function hang(dialog: Dialog, { client }: Visit): void {
    const patience = dice.between(2000, 30_000);
    dialog.wait(patience);
    if (dice.chance(0.4)) dialog.close('server');
    else if (dice.chance(0.3)) dialog.reset('server', 'abort');
    else if (client.behavior === 'browser') dialog.close('client');
    else dialog.reset('client', 'abort');
  }
}

/** The gateway answers in everybody's name until people have signed in. */
function signIn(world: World, { client, machine, name, at, secure }: Visit): number {
  const { dice } = world;
  world.tell(at, `${client.address} ${name} at ${machine.address}: captive portal`);
  const gateway: Machine = { address: machine.address, hops: 0, rtt: 2, stack: 'linux', backends: ['linux'] };
  const dialog = new Dialog(world, { client, machine: gateway, port: secure ? 443 : 80, at, gateway: true });
  if (secure && dice.chance(0.5)) {
    dialog.conn.syn();
    dialog.conn.reset('server', { seq: 0, ipId: 0 });
    return dialog.time;
  }
  if (!dialog.open()) return dialog.time;
  if (secure) {
    dialog.say('client', clientHello({ sni: name, postQuantum: client.behavior === 'browser' }));
    dialog.reset('server', 'abort');
    return dialog.time;
  }
  dialog.say('client', httpRequest({ host: name }));
  const location = 'http://login.hotspot.example/?continue=1';
  dialog.say(
    'server',
    httpResponse({ status: 302, reason: 'Found', headers: { Location: location, Connection: 'close' }, body: '' }),
  );
  dialog.close('server');
  return dialog.time;
}

function refused(world: World, options: DialogOptions): Outcome {
  const dialog = new Dialog(world, options);
  const times = options.client.stack === 'windows' ? 3 : 1;
  for (let attempt = 0; attempt < times; attempt++) {
    dialog.conn.syn({ after: attempt === 0 ? 0.2 : 500 });
    dialog.conn.reset('server', { seq: 0, ...(options.machine.stack === 'linux' ? { ipId: 0 } : {}) });
  }
  return { time: dialog.time, worked: false };
}

/** The first request or hello; false: it never arrived, or somebody stood in the way. */
function ask(dialog: Dialog, { client, name, secure }: Visit): boolean {
  const { world } = dialog;
  const payload = secure
    ? clientHello({
        sni: name,
        seed: `${dialog.conn.nextSequence('client')}`,
        ...(client.behavior === 'browser' ? { postQuantum: true } : { size: client.behavior === 'curl' ? 517 : 230 }),
      })
    : httpRequest({ host: name, target: `/${world.dice.whole(1, 99)}` });
  if (world.interferer?.request?.(dialog, payload, name) === true) return false;
  const { odd } = world;
  if (odd.guard?.names.has(name) === true) {
    // Stopped before it is sent, or after
    if (odd.dice.chance(0.5)) dialog.conn.data('client', payload, { lost: 'after-capture' });
    return !guarded(dialog, name);
  }
  if (odd.siteGuard?.name === name) {
    dialog.conn.data('client', payload, {});
    return !guardedBySite(dialog, name);
  }
  if (dialog.say('client', payload, { after: world.dice.between(0.2, 20), unacknowledged: world.dice.chance(0.4) }))
    return true;
  giveUp(dialog);
  return false;
}

function giveUp(dialog: Dialog): void {
  if (dialog.world.dice.chance(0.5)) dialog.conn.segment('client', { flags: 'FA', lost: 'after-capture' });
}

function answer(dialog: Dialog, { site, name, secure }: Visit, habit: Habit): boolean {
  const { dice } = dialog.world;
  const after = dice.between(0.3, 60);
  if (secure) {
    const tls12 = dice.chance(0.25);
    const hello = serverHello({ tls12, names: site.names, seed: `${dialog.conn.nextSequence('server')}` });
    if (!dialog.say('server', hello, { after })) return false;
    return dialog.say('client', dice.sealed(58), { after: 1, unacknowledged: true });
  }
  const [status, reason] = statusOf(dialog, habit, name);
  const headers: Record<string, string> =
    habit === 'redirects' || dice.chance(0.2) ? { Location: `https://${name}/`, Connection: 'close' } : {};
  const response = httpResponse({
    status: 'Location' in headers ? 301 : status,
    reason: 'Location' in headers ? 'Moved Permanently' : reason,
    headers,
    body: `<!doctype html><title>${name}</title>${'x'.repeat(dice.whole(10, 3000))}`,
  });
  const [flags, rest] = dice.chance(0.2) && response.length < 1400 ? ['FPA', false] : ['PA', true];
  void rest;
  return dialog.say('server', response, { after, ...(response.length < 1400 ? { flags } : {}) });
}

function statusOf({ world, client }: Dialog, habit: Habit, name: string): readonly [number, string] {
  switch (habit) {
    case 'forbids':
      return world.dice.pick([
        [403, 'Forbidden'],
        [451, 'Unavailable For Legal Reasons'],
        [503, 'Service Unavailable'],
      ]);
    case 'limits-the-rate':
      return world.remember(`${client.address} ${name} requests`) > 3 ? [429, 'Too Many Requests'] : [200, 'OK'];
    default:
      return world.dice.pick([
        [200, 'OK'],
        [200, 'OK'],
        [304, 'Not Modified'],
        [404, 'Not Found'],
      ]);
  }
}

/** Requests and answers after the first. */
function browse(dialog: Dialog, visit: Visit, habit: Habit): boolean {
  const { dice } = dialog.world;
  const message = (length: number, client: boolean): Uint8Array =>
    visit.secure
      ? dice.sealed(length)
      : client
        ? httpRequest({ host: visit.name, target: `/${dice.whole(1, 99)}` })
        : httpResponse({ body: 'y'.repeat(length) });
  if (dialog.world.interferer?.answered?.(dialog, visit.name) === true) return false;
  for (let round = dice.whole(0, 5); round > 0; round--) {
    if (
      !dialog.say('client', message(dice.whole(80, 900), true), {
        after: dice.between(1, 400),
        unacknowledged: dice.chance(0.5),
      })
    ) {
      giveUp(dialog);
      return false;
    }
    if (
      habit === 'limits-the-rate' &&
      dialog.world.remember(`${visit.client.address} ${visit.name}`) > 6 &&
      visit.secure
    ) {
      // An HTTP/2 GOAWAY, and the end
      dialog.say('server', dice.sealed(34));
      if (dice.chance(0.5)) dialog.reset('server', 'abort');
      else dialog.close('server');
      return false;
    }
    const length = dice.chance(0.12) ? dice.whole(5000, 30_000) : dice.whole(100, 4000);
    if (!flight(dialog, length, habit === 'paces')) return false;
    if (dice.chance(0.04)) {
      // Leaves in the middle: a close, and resets for what still comes
      dialog.reset('client', 'abort');
      return false;
    }
    if (dice.chance(0.15)) dialog.wait(dice.between(1000, 70_000));
  }
  return true;

  function flight(dialog: Dialog, length: number, paced: boolean): boolean {
    for (let left = length, burst = 10; left > 0; burst = Math.min(40, burst * 2)) {
      const size = Math.min(left, burst * 1400);
      if (!dialog.say('server', message(size, false), { after: paced ? 250 : dice.between(0.3, 40) })) return false;
      left -= size;
    }
    return true;
  }
}

const IDLE = [30, 60, 75, 300, 350] as const;

/** A stack that has closed resets once for each segment that still comes (RFC 9293 §3.10.7.1). */
function resetEach(dialog: Dialog): void {
  const { conn } = dialog;
  const { dice } = dialog.world.odd;
  const inFlight = dice.whole(1, 4);
  // Behind each other, so that what is acknowledged does not change in between
  for (let segment = 0; segment < inFlight; segment++)
    conn.data('client', dice.sealed(dice.whole(60, 1300)), { after: dice.between(0.02, 3) });
  const isAbort = dice.chance(0.5);
  if (isAbort) dialog.reset('server', 'abort');
  else if (dice.chance(0.5)) conn.segment('server', { flags: 'FA' });
  for (let segment = isAbort ? 1 : 0; segment < inFlight + dice.whole(0, 2); segment++)
    dialog.reset('server', 'late', { after: dice.between(0.01, 4) });
}

/** A balancer whose machine has died, or whose patience is over, in a handwriting of its own; some say why. */
function resetByBalancer(dialog: Dialog, isAnswered: boolean): void {
  const { conn } = dialog;
  const { dice } = dialog.world.odd;
  dialog.wait(dice.pick([dice.between(50, 16_000), dice.between(3000, 16_000), 30_000, 300_000, 350_000]));
  if (isAnswered && dice.chance(0.5)) conn.data('client', dice.sealed(200), { after: 1, lost: 'after-capture' });
  conn.segment('server', {
    flags: 'RA',
    window: dice.pick([0, 0, 4380, 8190]),
    ttl: dice.pick([64, 255, 255]) - conn.hops - dice.whole(-2, 0),
    df: dice.chance(0.5),
    ipId: dice.pick([0, dice.whole(1, 0xffff)]),
    ...(dice.chance(0.3) ? { payload: ascii('BIG-IP: [0x2b2c8b0:3371] {peer} No available pool member') } : {}),
  });
}

/** How a connection ends that did its work. */
function finish(dialog: Dialog, habit: Habit, secure: boolean): void {
  const { conn, world } = dialog;
  const { dice } = world;
  const closeNotify = (side: 'client' | 'server'): void => {
    if (secure) conn.segment(side, { flags: 'PA', payload: dice.sealed(19) });
  };
  switch (habit) {
    case 'resets-with-unread-data':
      closeNotify('client');
      dialog.reset('server', 'abort');
      return;
    case 'resets-late-packets': {
      dialog.conn.segment('server', { flags: 'FA', after: dice.between(100, 9000) });
      const late = dice.whole(1, 3);
      for (let packet = 0; packet < late; packet++) conn.data('client', dice.sealed(100), { after: 1 });
      for (let packet = 0; packet < late; packet++) dialog.reset('server', 'late');
      return;
    }
    case 'resets-after-close-notify':
      closeNotify('client');
      conn.segment('client', { flags: 'FA' });
      if (dice.chance(0.5)) closeNotify('server');
      dialog.reset('server', dice.pick(['abort', 'late']));
      if (dice.chance(0.5)) dialog.reset('server', 'late');
      return;
    case 'forgets-idle': {
      // A balancer, in a handwriting of its own; sometimes while a request is on its way
      dialog.wait(1000 * dice.pick(IDLE) + dice.between(0, 400));
      const how = {
        ttl: dice.pick([243, 250, conn.ttlAtCapture('server') + 4]),
        df: dice.chance(0.5),
        ipId: dice.whole(0, 0xffff),
      };
      const window = dice.pick([0, 0, 4380]);
      if (dice.chance(0.5)) conn.data('client', dice.sealed(120), { lost: 'after-capture' });
      conn.segment('server', { flags: 'RA', window, ...how });
      return;
    }
    case 'closes-idle':
      dialog.wait(1000 * dice.pick([5, 15, 60, 75]));
      conn.segment('server', { flags: 'FA' });
      if (dice.chance(0.4)) {
        // A race: the request leaves before the FIN arrives
        conn.data('client', dice.sealed(300), { after: 0.1 });
        dialog.reset('server', 'late');
      } else conn.segment('client', { flags: 'FA', after: dice.between(0.1, 5000) });
      return;
    case 'is-anycast':
      if (dice.chance(0.2)) {
        dialog.wait(dice.between(8000, 25_000));
        conn.data('client', dice.sealed(200), {});
        const ttl = conn.ttlAtCapture('server') + dice.pick([-5, 4, 7]);
        conn.segment('server', { flags: 'R', window: 0, ipId: 0, ttl, after: 0.2 });
        return;
      }
      break;
    default:
  }
  switch (dice.weighted({ client: 6, server: 3, open: 2, abort: 2, 'abort-late': 1, rebind: 0.4, home: 0.4 })) {
    case 'client':
      closeNotify('client');
      dialog.close('client');
      return;
    case 'server':
      closeNotify('server');
      dialog.close('server');
      return;
    case 'abort':
      dialog.reset('client', 'abort');
      return;
    case 'abort-late':
      conn.data('server', dice.sealed(2800), { after: 5 });
      dialog.reset('client', 'abort');
      conn.data('server', dice.sealed(1300), { after: 0.1 });
      dialog.reset('client', 'late');
      return;
    case 'rebind':
      // The NAT has forgotten the connection: the server sees a stranger, and says so
      dialog.wait(dice.between(60_000, 400_000));
      conn.data('client', dice.sealed(200), {});
      dialog.reset('server', 'late');
      return;
    case 'home':
      dialog.wait(dice.between(300_000, 900_000));
      conn.data('client', dice.sealed(200), { lost: 'after-capture' });
      conn.inject.rst({ after: 0.6, ttl: dice.pick([64, 255]), df: dice.chance(0.5) });
      return;
    case 'open':
      return;
  }
}

/** A TCP accelerator near the client accepts, the far server answers. */
function accelerated(world: World, visit: Visit, far: Dialog): Outcome {
  const { client, machine, secure } = visit;
  const near = new Dialog(world, { client, machine, port: secure ? 443 : 80, at: visit.at, rtt: 6, hops: 3 });
  void far;
  if (!near.open()) return { time: near.time, worked: false };
  if (!ask(near, visit)) return { time: near.time, worked: false };
  near.wait(machine.rtt);
  if (!answer(near, visit, 'answers')) return { time: near.time, worked: false };
  near.close(world.dice.pick(['client', 'server']));
  return { time: near.time, worked: true };
}
