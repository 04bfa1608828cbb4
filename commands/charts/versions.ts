/** Newer versions of a chart than the one that is installed. */
export interface Newer {
  /** The newest of the same major version, which should need no change of ours. */
  readonly compatible: string | undefined;
  readonly newest: string | undefined;
}

/** Looks among published versions; pre-releases, and what is no version, are left out. */
export function newer(current: string, published: readonly string[]): Newer {
  const own = parts(current);
  if (own === undefined) return { compatible: undefined, newest: undefined };
  const later = published
    .flatMap((version) => {
      const numbers = parts(version);
      return numbers !== undefined && compare(numbers, own) > 0 ? [{ version, numbers }] : [];
    })
    .sort((a, b) => compare(b.numbers, a.numbers));
  return {
    compatible: later.find(({ numbers }) => numbers[0] === own[0])?.version,
    newest: later[0]?.version,
  };
}

type Numbers = readonly [major: number, minor: number, patch: number];

function parts(version: string): Numbers | undefined {
  const found = /^v?(\d+)\.(\d+)\.(\d+)(?:\+.*)?$/.exec(version);
  return found ? [Number(found[1]), Number(found[2]), Number(found[3])] : undefined;
}

function compare(a: Numbers, b: Numbers): number {
  return a[0] - b[0] || a[1] - b[1] || a[2] - b[2];
}
