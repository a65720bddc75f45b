// Addresses by a prefix-preserving permutation (the construction of Crypto-PAn, Xu et al. 2002): bit n of the result
// depends on the first n bits alone. The key lives as long as one report is being made.

import { createHmac, randomBytes } from 'node:crypto';
import { ipText, isCommon } from '../../shared/report/addresses.ts';

function permutation(key: Uint8Array): (address: Uint8Array) => Uint8Array {
  return (address) => {
    const out = new Uint8Array(address.length);
    const prefix = new Uint8Array(address.length + 2);
    for (let bit = 0; bit < address.length * 8; bit++) {
      // The number of bits and the family are part of what is hashed, so that no prefix is another one's beginning
      prefix[address.length] = bit;
      prefix[address.length + 1] = address.length;
      const flip = createHmac('sha256', key).update(prefix).digest()[0]! & 1;
      const mask = 0x80 >> (bit & 7);
      const value = (address[bit >> 3]! & mask) !== 0 ? 1 : 0;
      if ((value ^ flip) === 1) out[bit >> 3] = out[bit >> 3]! | mask;
      if (value === 1) prefix[bit >> 3] = prefix[bit >> 3]! | mask;
    }
    return out;
  };
}

const TRIES = 64;

/** A permutation with a key of its own under which none of `addresses` becomes one of `taken` or an address of all. */
export function freshPermutation(
  addresses: readonly Uint8Array[],
  taken: ReadonlySet<string>,
): (address: Uint8Array) => Uint8Array {
  for (let left = TRIES; ; left--) {
    const permute = permutation(randomBytes(32));
    const isClear = addresses.every((address) => {
      const made = permute(address);
      return !isCommon(made) && !taken.has(ipText(made));
    });
    if (isClear || left === 0) return permute;
  }
}
