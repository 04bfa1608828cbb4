import { isDeepStrictEqual } from "node:util";
import { layersOf, type Environment } from "../../environments";
import { resolved } from "../../environments/origins";
import { EXIT, type ExitCode } from "../cli/exit-codes";
import { colour, columns } from "../cli/terminal";

/** Longest value shown in full. */
const WIDTH = 60;

/** Prints every setting of an environment and where it comes from. */
export function show(environment: Environment, json: boolean): ExitCode {
  const all = resolved(environment, layersOf(environment.name));
  if (json) {
    const shown = all.map(({ path, value = null, from }) => ({ path, value, from }));
    console.log(JSON.stringify({ environment: environment.name, settings: shown }, null, 2));
  } else
    console.log(
      columns(
        all.map(({ path, value, from }) => [path, text(value), from === "default" ? colour.dim(from) : from]),
      ).join("\n"),
    );
  return EXIT.done;
}

/** Prints the settings that differ between two environments. */
export function diff(one: Environment, other: Environment): ExitCode {
  const valuesOf = (environment: Environment) =>
    new Map(resolved(environment, layersOf(environment.name)).map(({ path, value }) => [path, value]));
  const [first, second] = [valuesOf(one), valuesOf(other)];
  const differing = [...new Set([...first.keys(), ...second.keys()])]
    .map((path) => ({ path, one: first.get(path), other: second.get(path) }))
    .filter((each) => !isDeepStrictEqual(each.one, each.other));
  if (differing.length === 0) console.log(`${one.name} and ${other.name} have the same settings.`);
  else
    console.log(
      columns([
        ["", one.name, other.name],
        ...differing.map(({ path, one: a, other: b }) => [path, text(a), text(b)]),
      ]).join("\n"),
    );
  return EXIT.done;
}

function text(value: unknown): string {
  if (value === undefined) return "–";
  const shown = JSON.stringify(value);
  return shown.length > WIDTH ? `${shown.slice(0, WIDTH - 1)}…` : shown;
}
