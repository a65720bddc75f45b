// Why a call could not be done, with the English of it.

import type { Failure, FailureCode } from '../../shared/contract/service.ts';

type Params = Record<string, string | number>;

const TEXT: Readonly<Record<FailureCode, (params: Params) => string>> = {
  'bad-request': ({ what }) =>
    what === undefined ? 'The request is malformed.' : `The request is malformed: ${what}.`,
  'unknown-call': ({ name }) => `There is no call ${name}.`,
  'unknown-capture': () => 'This capture is not open.',
  'unknown-flow': ({ flow }) => `The capture has no flow ${flow}.`,
  'unknown-frame': ({ frame }) => `The capture has no frame ${frame}.`,
  'unknown-sample': ({ slug }) => `There is no sample ${slug}.`,
  'not-found': ({ name }) => `The file ${name} does not exist.`,
  'not-readable': ({ name }) => `The file ${name} cannot be read.`,
  'too-large': ({ limit }) => `The file is larger than ${limit} bytes.`,
  'too-many': ({ limit }) => `No more than ${limit} at once.`,
  'no-longer-available': () => 'The packets of this capture can no longer be read again.',
  'several-files': () =>
    'This recording was written in several files. Put those that are kept together (mergecap -w whole.pcapng, then the files) and open that.',
  'recorded-in-part': () =>
    'The recording ended before the capture did. What its file has is told when the file itself is opened.',
  'bad-filter': () => 'The filter cannot be read.',
  exists: ({ name }) => `The target ${name} exists; it is not replaced.`,
  'not-writable': ({ name, system }) => `The target ${name} cannot be written (${system}).`,
  'folder-full': ({ limit }) => `The recordings of this program take up ${limit} bytes, which is all they may.`,
  cancelled: () => 'The call was cancelled.',
  'not-here': () => 'This face cannot do that.',
  'engine-gone': () => 'The engine of this capture ended unexpectedly. Open the capture again.',
  'still-reading': () => 'The capture is still being read.',
  changed: () => 'The file of this capture is no longer what it was. Open it again.',
  'unknown-incident': () => 'The capture has no such incident.',
  'disk-full': () => 'There is no room left on the disk. Nothing was written.',
  'would-leak': () => 'The report would still hold a value that was to be replaced. Nothing was written.',
  defect: () => 'Something went wrong inside Blockscope.',
};

export class ServiceFailure extends Error {
  readonly failure: Failure;

  constructor(code: FailureCode, params: Params = {}) {
    super(code);
    this.failure = failureOf(code, params);
  }
}

export function failureOf(code: FailureCode, params: Params = {}): Failure {
  return { code, params, text: TEXT[code](params) };
}
