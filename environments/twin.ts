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
 * what is in one region alone and no twin could take out again.
 */
const OF_ITS_PLACE = [
  "ci",
  "protection",
  "state",
  "network.existing",
  "redis.restoreFrom",
  "registry.copies",
];

/** What a twin takes over from settings. */
export function inherited(settings: unknown): Readonly<Record<string, unknown>> {
  return withoutPlaces(settings as object, "");
}

function withoutPlaces(group: object, path: string): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    Object.entries(group)
      .filter(([key]) => !OF_ITS_PLACE.includes(path + key))
      .map(([key, value]: [string, unknown]) => [
        key,
        isGroup(value) ? withoutPlaces(value, `${path}${key}.`) : value,
      ]),
  );
}
