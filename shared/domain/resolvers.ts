// Resolvers that anybody may ask.

/** Resolvers for everybody, on addresses published by their operators. */
export const PUBLIC_RESOLVERS: ReadonlySet<string> = new Set([
  // developers.google.com/speed/public-dns
  ...['8.8.8.8', '8.8.4.4', '2001:4860:4860::8888', '2001:4860:4860::8844'],
  // developers.cloudflare.com/1.1.1.1
  ...['1.1.1.1', '1.0.0.1', '2606:4700:4700::1111', '2606:4700:4700::1001'],
  // quad9.net
  ...['9.9.9.9', '149.112.112.112', '9.9.9.10', '149.112.112.10', '2620:fe::fe', '2620:fe::9'],
  // opendns.com
  ...['208.67.222.222', '208.67.220.220'],
  // adguard-dns.io
  ...['94.140.14.14', '94.140.15.15'],
  // dns.yandex.com
  ...['77.88.8.8', '77.88.8.1'],
  // alidns.com, dnspod.cn
  ...['223.5.5.5', '223.6.6.6', '119.29.29.29'],
]);

export function isPublicResolver(address: string): boolean {
  return PUBLIC_RESOLVERS.has(address);
}
