// `blockscope explain <technique>`: the help page of a technique, and which rule of this version judges it.

import { TECHNIQUES } from '../../shared/domain/vocabulary.ts';
import { en } from '../../shared/i18n/en.ts';
import { paragraph } from './layout.ts';
import { oneOf, parse, UsageError } from './usage.ts';

const HELP = `Usage: blockscope explain <technique>

How a technique works, how it looks in packets, how it is mistaken, and which rule judges it.

Techniques
${TECHNIQUES.map((technique) => `  ${technique.padEnd(20)}${en.technique[technique].name}`).join('\n')}
`;

export async function explain(args: readonly string[]): Promise<number> {
  const { values, positionals } = parse(
    { args: [...args], allowPositionals: true, options: { help: { type: 'boolean', short: 'h' } } },
    'explain --help',
  );
  if (values.help === true) {
    process.stdout.write(HELP);
    return 0;
  }
  const [name] = positionals;
  if (name === undefined || positionals.length > 1) throw new UsageError('name one technique', 'explain --help');
  const technique = oneOf(name, TECHNIQUES, 'explain', 'explain --help');
  const words = en.technique[technique];
  const { DETECTORS } = await import('../detect/registry.ts');
  const rules = DETECTORS.filter((detector) => detector.judges.includes(technique)).map((detector) => detector.rule);
  const judged =
    rules.length > 0
      ? `In this version ${rules.join(' and ')} ${rules.length === 1 ? 'judges' : 'judge'} it.`
      : 'This version knows the name and has no rule to judge it.';
  process.stdout.write(
    [
      `${words.name} (${technique})`,
      '',
      'How it works',
      ...paragraph(words.how, 2),
      '',
      'How it looks in packets',
      ...paragraph(words.packets, 2),
      '',
      'How it is mistaken',
      ...paragraph(words.mistaken, 2),
      '',
      'Who judges it',
      ...paragraph(judged, 2),
      '',
    ].join('\n'),
  );
  return 0;
}
