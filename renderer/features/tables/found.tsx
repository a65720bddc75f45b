// The marks of the findings that a row is part of.

import type { Finding } from '../../../shared/contract/analysis.ts';
import { useView } from '../../ui/hooks.ts';
import { useEngineWords } from '../../ui/language.ts';
import { Mark } from '../../ui/mark.tsx';

export function Found({ capture, findings }: { readonly capture: string; readonly findings: readonly string[] }) {
  const engine = useEngineWords();
  const all = useView(capture)?.findings ?? [];
  const here = findings.flatMap((id) => all.find((finding) => finding.id === id) ?? []).slice(0, 4);
  return (
    <span className="found-marks">
      {here.map((finding: Finding) => (
        <span key={finding.id} title={`${finding.id}: ${engine.technique[finding.techniques[0]!].name}`}>
          <Mark technique={finding.techniques[0]!} confidence={finding.confidence} />
          <span className="silent">{engine.technique[finding.techniques[0]!].name}</span>
        </span>
      ))}
    </span>
  );
}
