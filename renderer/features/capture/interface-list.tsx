// The connections of this computer: what people call them, what is going on there, and which one carries the traffic.

import { memo, useState } from 'react';
import type { CaptureInterfaceInfo } from '../../../shared/domain/live.ts';
import { visible } from '../../ui/format.ts';
import { useWords } from '../../ui/language.ts';
import { useNumber } from '../../ui/moment.ts';
import { rateText } from './counters.ts';
import { isPhone, shownInterfaces } from './interfaces.ts';
import { NO_TRAFFIC, rateNow, sparkOf, type Traffic } from './sparkline.ts';
import { captureWords } from './words.ts';

const WIDTH = 220;
const HEIGHT = 28;

type CaptureWords = ReturnType<typeof useWords<(typeof captureWords)['en']>>;

export function interfaceTitle(one: CaptureInterfaceInfo, words: CaptureWords): string {
  return visible(one.description ?? (isPhone(one) ? words.phone : words.kind[one.kind]));
}

interface Props {
  readonly interfaces: readonly CaptureInterfaceInfo[];
  readonly traffic: ReadonlyMap<string, Traffic>;
  readonly chosen: string | null;
  readonly choose: (name: string) => void;
}

export function InterfaceList({ interfaces, traffic, chosen, choose }: Props) {
  const words = useWords(captureWords);
  const number = useNumber();
  const [all, showAll] = useState(false);
  const { shown, others } = shownInterfaces(interfaces, chosen);
  return (
    <fieldset className="capture-interfaces">
      <legend className="silent">{words.connection}</legend>
      <div className="capture-heads" aria-hidden="true">
        <span>{words.connection}</span>
        <span>{words.last}</span>
        <span>{words.now}</span>
      </div>
      {(all ? interfaces : shown).map((one) => (
        <InterfaceRow
          key={one.name}
          one={one}
          traffic={traffic.get(one.name) ?? NO_TRAFFIC}
          chosen={one.name === chosen}
          choose={choose}
        />
      ))}
      {others.length === 0 || all ? null : (
        <button type="button" className="button quiet" onClick={() => showAll(true)}>
          {words.others(number(others.length))}
        </button>
      )}
    </fieldset>
  );
}

interface RowProps {
  readonly one: CaptureInterfaceInfo;
  readonly traffic: Traffic;
  readonly chosen: boolean;
  readonly choose: (name: string) => void;
}

const InterfaceRow = memo(function InterfaceRow({ one, traffic, chosen, choose }: RowProps) {
  const words = useWords(captureWords);
  const rate = one.isUp === false || one.traffic === null ? null : rateNow(traffic);
  const note = one.isUp === false ? words.down : words.aside[one.kind];
  const id = `capture-${one.name}`;
  return (
    <label className={chosen ? 'capture-interface chosen' : 'capture-interface'}>
      <input
        type="radio"
        name="interface"
        value={one.name}
        checked={chosen}
        onChange={() => choose(one.name)}
        aria-labelledby={`${id}-name`}
        aria-describedby={`${id}-what`}
      />
      <span className="capture-name">
        <span id={`${id}-name`}>
          <bdi className="strong">{interfaceTitle(one, words)}</bdi>{' '}
          {one.isDefault ? <span className="tag capture-carries">{words.carries}</span> : null}{' '}
          {note === '' ? null : <span className="mut">{note}</span>}
        </span>
        <span id={`${id}-what`} className="m mut">
          <bdi>{visible(one.name)}</bdi>
          {one.kind === 'any' ? null : one.addresses.length === 0 ? (
            <span className="capture-no-address"> · {words.noAddress}</span>
          ) : (
            one.addresses.slice(0, 3).map((address) => (
              <span key={address}>
                {' '}
                · <bdi>{address}</bdi>
              </span>
            ))
          )}
        </span>
      </span>
      <Spark traffic={one.isUp === false ? NO_TRAFFIC : traffic} />
      <span className="m num capture-rate" title={words.traffic(rateText(rate))}>
        <bdi className="ltr">{rateText(rate)}</bdi>
      </span>
    </label>
  );
});

/** Time runs to the right, as on the timeline. The number beside it says how much. */
function Spark({ traffic }: { readonly traffic: Traffic }) {
  const spark = sparkOf(traffic, WIDTH, HEIGHT - 1);
  return (
    <svg className="capture-spark ltr" viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" aria-hidden="true">
      {spark === null ? null : (
        <>
          <path d={spark.area} className="area" />
          <path d={spark.line} className="line" />
        </>
      )}
      <path d={`M0 ${HEIGHT - 0.5}H${WIDTH}`} className="ground" />
    </svg>
  );
}
