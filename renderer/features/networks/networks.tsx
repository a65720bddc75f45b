// Whose networks addresses are in. The table is made on first need, so it may come some seconds later; until then, and
// where there is none, nothing stands here.

import './networks.css';
import type { CallResult } from '../../../shared/contract/service.ts';
import { useCall } from '../../ui/hooks.ts';
import { LANGUAGE_FACTS, useLanguage, useWords } from '../../ui/language.ts';
import { networkName, useNetworks, useNetworksData, useShowsNetworks } from './known.ts';
import { networksWords } from './words.ts';

const MOST = 24;

export function NetworksOf({ addresses }: { readonly addresses: readonly string[] }) {
  const words = useWords(networksWords);
  const language = useLanguage();
  const wanted = [...new Set(addresses)].slice(0, MOST);
  const shows = useShowsNetworks();
  const asked = useCall('networks.of', wanted.length === 0 || !shows ? null : { addresses: wanted });
  const networks = asked.state === 'failed' ? null : (asked.result?.networks ?? null);
  if (!shows || networks === null || networks.entries.length === 0) return null;
  const countries = new Intl.DisplayNames(LANGUAGE_FACTS[language].tag, { type: 'region' });
  return (
    <section className="networks">
      <h2>{words.title}</h2>
      <dl>
        {networks.entries.map(({ address, asn, name, country }) => (
          <div key={address}>
            <dt>
              <bdi className="m">{address}</bdi>
            </dt>
            <dd>
              {asn === null ? null : <bdi className="m">AS{asn}</bdi>} {name === null ? null : <bdi>{name}</bdi>}
              {country === null
                ? null
                : `${asn === null && name === null ? '' : ' · '}${countries.of(country) ?? country}`}
            </dd>
          </div>
        ))}
      </dl>
      <p className="mut">{words.what}</p>
      <Credit networks={networks} />
    </section>
  );
}

/** What the licence asks to be said: whose data, which licence, where it is from. */
export function Credit({ networks }: { readonly networks: NonNullable<CallResult<'networks.of'>['networks']> }) {
  const words = useWords(networksWords);
  return (
    <p className="mut networks-credit">
      {words.credit(networks.licence, `\u2068${networks.asOf}\u2069`)} <bdi className="m">{networks.link}</bdi>
    </p>
  );
}

/** The credit alone, for the page that says what the program is made of. */
export function NetworksCredit({ data }: { readonly data: CallResult<'app.info'>['networks'] }) {
  const words = useWords(networksWords);
  if (data === null) return null;
  return (
    <p className="mut">
      {words.creditTitle}: {words.credit(data.licence, `\u2068${data.asOf}\u2069`)} <bdi className="m">{data.link}</bdi>
    </p>
  );
}

/** In a row of a table: the name of the network and the country in which its range was given out. */
export function NetworkCell({ address }: { readonly address: string }) {
  const entry = useNetworks([address]).get(address);
  const name = entry === undefined ? null : networkName(entry);
  if (entry === undefined || (name === null && entry.country === null)) return null;
  return (
    <bdi title={entry.asn === null ? undefined : `AS${entry.asn} ${name ?? ''}`}>
      {name} {entry.country === null ? null : <span className="mut">{entry.country}</span>}
    </bdi>
  );
}

/** Beside a table or lanes that name networks; nothing where none is named. */
export function CreditOfShown() {
  const shows = useShowsNetworks();
  const data = useNetworksData();
  return !shows || data === null ? null : <Credit networks={data} />;
}
