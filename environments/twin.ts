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

/** Settings of a place, which another place must not share: CI's roles, the guard against a destroy, the state. */
const OF_ITS_PLACE = ["ci", "protection", "state"];

/** What a twin takes over from settings. An existing network is of its place too: no twin could take its subnets out again. */
export function inherited(settings: unknown): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    Object.entries(settings as object)
      .filter(([key]) => !OF_ITS_PLACE.includes(key))
      .map(([key, value]: [string, unknown]) => [key, key === "network" ? ownNetwork(value) : value]),
  );
}

function ownNetwork(network: unknown): unknown {
  if (typeof network !== "object" || network === null) return network;
  return Object.fromEntries(Object.entries(network).filter(([key]) => key !== "existing"));
}
