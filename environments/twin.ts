import { isGroup } from "./json-text";
import type { SettingsInput } from "./schema";

/** Settings of which any may be left out. */
type Some<T> = T extends readonly unknown[]
  ? T
  : T extends object
    ? { readonly [K in keyof T]?: Some<T[K]> }
    : T;

/** An environment that can replace another one, from another region. */
export interface Twin {
  /** The other one, whose settings it has, those in its local file included. */
  readonly of: string;
  /** What differs: groups are merged, everything else is replaced. */
  readonly differences: Some<SettingsInput>;
}

/**
 * Settings tied to one environment, which its twin doesn't inherit: CI's roles, the guard against a destroy, the state, and
 * what exists in one region only, and no twin could unset.
 */
const OF_ITS_PLACE = [
  "ci",
  "protection",
  "state",
  "network.existing",
  "redis.restoreFrom",
  "registry.copies",
];

/** What a twin takes over from settings, or from the group of them at a path, which ends with a dot. */
export function inherited(settings: unknown, path = ""): Readonly<Record<string, unknown>> {
  const kept = Object.entries(settings as object).filter(([key]) => !OF_ITS_PLACE.includes(path + key));
  return Object.fromEntries(
    kept.map(([key, value]: [string, unknown]) => [
      key,
      isGroup(value) ? inherited(value, `${path}${key}.`) : value,
    ]),
  );
}
