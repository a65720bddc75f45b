// A result with every value that points to somebody replaced, and its sentences made anew from what is left.

import type { Analysis, Evidence, Finding, Incident, Target } from '../contract/analysis.ts';
import type { Params } from '../domain/statements.ts';
import { en } from '../i18n/en.ts';
import { sentence } from '../i18n/words.ts';
import { parseIp } from './addresses.ts';
import type { Pseudonyms } from './pseudonyms.ts';

/** Parameters that hold names of hosts. All others are searched for addresses. */
const NAME_PARAMS: ReadonlySet<string> = new Set(['name', 'names', 'targets', 'domain', 'value', 'failing', 'working']);
/** Of these a text without a dot is no host name: `attribute: 'alpn'`. */
const LOOKS_LIKE_NAME = /^(?=.{3,253}\.?$)[\w-]+(\.[\w-]+)+\.?$/u;

type PlainParams = Evidence['params'];

export class Anonymiser {
  readonly #pseudonyms: Pseudonyms;

  constructor(pseudonyms: Pseudonyms) {
    this.#pseudonyms = pseudonyms;
  }

  #value(name: string, text: string): string {
    if (parseIp(text) !== null) return this.#pseudonyms.address(text);
    if (NAME_PARAMS.has(name) && LOOKS_LIKE_NAME.test(text)) return this.#pseudonyms.name(text);
    return this.#pseudonyms.text(text);
  }

  params(params: Params): PlainParams {
    const copy: PlainParams = {};
    for (const [name, value] of Object.entries(params)) {
      if (typeof value === 'string') copy[name] = this.#value(name, value);
      else if (Array.isArray(value)) {
        copy[name] = value.map((item) => (typeof item === 'string' ? this.#value(name, item) : item)) as string[];
      } else copy[name] = value as number | boolean | null;
    }
    return copy;
  }

  #name(name: string | null): string | null {
    return name === null ? null : this.#pseudonyms.name(name);
  }

  finding(finding: Finding): Finding {
    const p = this.#pseudonyms;
    const { flow, dns } = finding;
    const endpoint = (end: { address: string; port: number }) => ({ address: p.address(end.address), port: end.port });
    return {
      ...finding,
      trigger: {
        ...finding.trigger,
        value: finding.trigger.value === null ? null : this.#value('value', finding.trigger.value),
      },
      target: {
        ...finding.target,
        domain: this.#name(finding.target.domain),
        address: p.address(finding.target.address),
      },
      flow: flow === null ? null : { ...flow, client: endpoint(flow.client), server: endpoint(flow.server) },
      dns:
        dns === null
          ? null
          : {
              query: { ...dns.query, name: p.name(dns.query.name), resolver: p.address(dns.query.resolver) },
              answers: dns.answers.map((answer) => ({
                ...answer,
                addresses: answer.addresses.map((address) => p.address(address)),
              })),
            },
      evidence: finding.evidence.map((item) => {
        const params = this.params(item.params);
        return { ...item, params, text: sentence(en, 'evidence', item.kind, params) };
      }),
      alternatives: finding.alternatives.map((item) => {
        const params = this.params(item.params);
        return { ...item, params, text: sentence(en, 'alternative', item.kind, params) };
      }),
      controls: finding.controls.map((control) => ({
        ...control,
        target: {
          ...control.target,
          domain: this.#name(control.target.domain),
          address: p.address(control.target.address),
        },
      })),
      attribution: finding.attribution.map((item) => ({ ...item, matched: item.matched.map((text) => p.text(text)) })),
      injector: finding.injector === null ? null : { ...finding.injector, basis: p.text(finding.injector.basis) },
    };
  }

  incident(incident: Incident): Incident {
    const params = this.params(incident.verdict.params);
    return {
      ...incident,
      verdict: { ...incident.verdict, params, text: sentence(en, 'verdict', incident.verdict.kind, params) },
      next: incident.next.map((step) => {
        const stepParams = this.params(step.params);
        return { ...step, params: stepParams, text: sentence(en, 'next', step.kind, stepParams) };
      }),
    };
  }

  target(target: Target): Target {
    return {
      ...target,
      domain: this.#name(target.domain),
      addresses: target.addresses.map((address) => this.#pseudonyms.address(address)),
    };
  }

  vantage(vantage: Analysis['capture']['vantage']): Analysis['capture']['vantage'] {
    const p = this.#pseudonyms;
    return {
      ...vantage,
      local: vantage.local.map((address) => p.address(address)),
      resolvers: vantage.resolvers.map((address) => p.address(address)),
    };
  }

  text(text: string): string {
    return this.#pseudonyms.text(text);
  }
}
