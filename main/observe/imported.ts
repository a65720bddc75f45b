// What detectors may ask of the lists that a person imported. Nobody here checked those, so a match is a fact with the
// name of its list, and never as strong as a fact of the project's own tables.

export interface ListedMatch {
  /** Name of the list, and of the entry in it. */
  readonly list: string;
  readonly entry: string;
  readonly country: string | null;
  /** When the list was published, or else imported. */
  readonly date: string;
  /** The list itself says that such a match may well be ordinary. */
  readonly vague: boolean;
}

export interface ListedAddress extends ListedMatch {
  /** The address, or the host of a CNAME, that is listed. */
  readonly address: string;
}

export interface ImportedLists {
  /** An answer to a question for `name` that leads where a list says that filters lead. */
  blockAddress(name: string, addresses: readonly string[], cnames: readonly string[]): ListedAddress | null;
  /** The service that a list gives this name, or address where there is no name, to. */
  service(name: string | null, address: string): string | null;
}
