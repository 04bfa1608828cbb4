import { currentEnvironment, environments } from ".";
import { EnvironmentError, type Environment } from "./environment";
import { stateRegion } from "./local-state";
import { PART_OF } from "./names";
import { partitionOf } from "./region";

/** Loads an environment by name, as it is deployed. */
type Load = (name: string) => Environment;

/** With its local file on top, and not with this process's image tags, which are of one environment. */
const loaded: Load = (name) => currentEnvironment({ WBOT_ENV: name });

/**
 * What an environment's bootstrap stack is for: a state bucket, and the environments that keep their state in it. `account` is
 * the credentials'. Undefined if the environment keeps its state in local files.
 */
export function bootstrapOf(environment: Environment, account: string, load: Load = loaded) {
  const { state } = environment;
  if (state.kind === "local") return undefined;
  const { bucket } = state;
  const known = Object.keys(environments).map((name) =>
    name === environment.name ? environment : load(name),
  );
  const isHere = (each: Environment) => each.state.kind === "s3" && each.state.bucket === bucket;
  const all = known.filter(isHere);
  const region = same(all, bucket, "state.region", stateRegion);
  return {
    account: same(all, bucket, "account", (each) => each.account ?? account),
    /** The bucket's. */
    region,
    partition: partitionOf(region),
    bucket,
    kmsKeyId: same(all, bucket, "state.kmsKeyId", kmsKeyOf),
    /** Tags of what serves several environments: those that all of them have. */
    tags: { Project: PART_OF, ...common(all.map(({ tags }) => tags)) },
    /** Those of all of them: the organisation's tags are on what they share, too. */
    ignoreTags: {
      keys: union(all.map(({ ignoreTags }) => ignoreTags.keys)),
      prefixes: union(all.map(({ ignoreTags }) => ignoreTags.prefixes)),
    },
    /** At least one. */
    environments: all,
    /** All others: their states are elsewhere. */
    elsewhere: known.filter((each) => !isHere(each)),
  };
}

export type Bootstrap = NonNullable<ReturnType<typeof bootstrapOf>>;

function kmsKeyOf({ state }: Environment): string | undefined {
  return state.kind === "s3" ? state.kmsKeyId : undefined;
}

/** A value that must be the same in all of them. */
function same<T>(all: readonly Environment[], bucket: string, key: string, of: (each: Environment) => T): T {
  const values = all.map((each) => ({ name: each.name, value: of(each) }));
  const [first] = values;
  if (first === undefined) throw new Error("an environment is among those of its own bucket");
  const other = values.find(({ value }) => value !== first.value);
  if (other === undefined) return first.value;
  const shown = (value: T) => (value === undefined ? "not set" : `"${String(value)}"`);
  throw new EnvironmentError(
    `The environments ${first.name} and ${other.name} share the state bucket ${bucket}, but ${key} is ${shown(first.value)} in ${first.name} and ${shown(other.value)} in ${other.name}. Set the same in both, or give one of them another bucket.`,
  );
}

function union(lists: readonly (readonly string[])[]): string[] {
  return [...new Set(lists.flat())];
}

function common(all: readonly Readonly<Record<string, string>>[]): Readonly<Record<string, string>> {
  const [first = {}, ...others] = all;
  return Object.fromEntries(
    Object.entries(first).filter(([key, value]) => others.every((tags) => tags[key] === value)),
  );
}
