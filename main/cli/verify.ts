// `blockscope verify`: whether a report is unchanged, and whether its evidence still gives its findings.

import { harmless } from './layout.ts';
import { ownLists } from './own-lists.ts';
import { parse, UsageError } from './usage.ts';

const HELP = 'verify --help';

export const VERIFY_HELP = `Usage: blockscope verify <folder|file.zip> [--capture <file>]

Checks a report: every file against MANIFEST.sha256, report.json against its schema, and that
analyzing evidence.pcapng gives the findings of the report.

Options
  --capture <file>         the original capture: compares its SHA-256 and analyzes it again
  -h, --help               this text

Exit status: 0 everything agrees; 1 something differs or cannot be read; 2 wrong usage.
`;

const TITLES = {
  manifest: 'files and MANIFEST.sha256',
  report: 'report.json',
  evidence: 'findings from evidence.pcapng',
  original: 'the original capture',
} as const;

export async function verify(args: readonly string[]): Promise<number> {
  const { values, positionals } = parse(
    {
      args: [...args],
      allowPositionals: true,
      options: { capture: { type: 'string' }, help: { type: 'boolean', short: 'h' } },
    },
    HELP,
  );
  if (values.help === true) {
    process.stdout.write(VERIFY_HELP);
    return 0;
  }
  const [path] = positionals;
  if (path === undefined || positionals.length > 1) throw new UsageError('name one report', HELP);
  const { BundleError, checkEvidence, checkManifest, checkOriginal, readBundle, readReport } = await import(
    '../report/verify.ts'
  );
  let files: Map<string, Uint8Array>;
  try {
    files = readBundle(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (!(error instanceof BundleError) && code === undefined) throw error;
    process.stderr.write(`blockscope: ${harmless(path)}: ${code ?? (error as Error).message}\n`);
    return 1;
  }
  const { report, check } = readReport(files);
  const checks = [checkManifest(files), check];
  if (report !== null) {
    const own = await ownLists(true);
    checks.push(await checkEvidence(report, files, own));
    if (values.capture !== undefined) checks.push(await checkOriginal(report, values.capture, own));
  }
  let isSame = true;
  for (const { what, problems, note } of checks) {
    const suffix = note === '' ? '' : ` (${note})`;
    process.stdout.write(`${problems.length === 0 ? 'ok     ' : 'DIFFERS'}  ${TITLES[what]}${harmless(suffix)}\n`);
    for (const problem of problems) process.stdout.write(`           ${harmless(problem)}\n`);
    isSame &&= problems.length === 0;
  }
  return isSame ? 0 : 1;
}
