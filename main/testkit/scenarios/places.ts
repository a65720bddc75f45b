// Addresses that scenarios use: public ones in different networks, so that no rule passes them over as special.

export const SITE = '93.184.215.14:443';
export const SITE_WEB = '93.184.215.14:80';
/** The same owner elsewhere. */
export const MIRROR = '23.215.0.136:443';
export const THIRD = '96.7.128.175:443';
export const OTHER = '151.101.2.132:443';
export const OTHER_WEB = '151.101.2.132:80';
export const SITE6 = '[2606:2800:21f:cb07::1]:443';
export const OTHER6 = '[2a04:4e42::644]:443';

export const BLOCKED = 'forum.example.net';
export const FREE = 'shop.example.com';
export const FREE_TOO = 'www.example.org';
