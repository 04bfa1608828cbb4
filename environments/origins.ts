import { valueAt } from "./json-text";
import { keysAt, settingRows, settingsSchema } from "./json-schema";

/** A setting's value and where it comes from: a file, an environment variable, or the schema. */
interface Resolved {
  /** Key path such as "network.nat". */
  readonly path: string;
  /** Undefined if the setting is left out. */
  readonly value: unknown;
  readonly from: string;
}

/** A layer of settings, such as a file, with its name for people. */
export interface Layer {
  readonly name: string;
  readonly written: unknown;
}

/** Every setting of an environment and its origin; the last layer that sets it wins. */
export function resolved(environment: unknown, layers: readonly Layer[]): Resolved[] {
  const schema = settingsSchema();
  const paths = [...new Set(settingRows(schema).map(({ path }) => path))];
  return paths.flatMap((path): Resolved[] => {
    const keys = path.split(".");
    const value = valueAt(environment, keys);
    const layer = notReplaced(layers, keys).findLast(({ written }) => valueAt(written, keys) !== undefined);
    // A setting of another kind of the group, such as the Redis that is not chosen.
    if (!keysAt(schema, keys.slice(0, -1), environment).includes(keys.at(-1) ?? "")) return [];
    return [{ path, value, from: layer?.name ?? (value === undefined ? "not set" : "default") }];
  });
}

/** Without the layers below the last one that sets another kind for a group on the path: it replaces the whole group. */
function notReplaced(layers: readonly Layer[], keys: readonly string[]): readonly Layer[] {
  const lowest = keys.map((_, depth) => {
    const kinds = layers.map(({ written }) => valueAt(written, [...keys.slice(0, depth), "kind"]));
    return kinds.findLastIndex((kind, at) => {
      const before = kinds.slice(0, at).findLast((each) => each !== undefined);
      return kind !== undefined && before !== undefined && kind !== before;
    });
  });
  return layers.slice(Math.max(0, ...lowest));
}
