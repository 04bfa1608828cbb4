import { lstatSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { contradictions } from "./contradictions";
import { EnvironmentError, type Environment } from "./environment";
import type { Layer } from "./origins";
import { PROJECT } from "../project";
import { decoded, duplicateKeys, isGroup } from "./json-text";
import { accessOf } from "./hosts";
import { imageTags } from "./image-tags";
import { standing, twins } from "./list";
import { ENVIRONMENT_NAME } from "./names";
import { didYouMean, contradictionLine, schemaErrorLines } from "./setting-errors";
import { settings, type SettingsInput } from "./schema";
import type { ServiceKey } from "./services";
import { inherited, type Twin } from "./twin";

export { EnvironmentError, type Environment } from "./environment";
export { twins } from "./list";

/** The environments' files, and their local files. */
const FOLDER = join(PROJECT, "environments");

/** The environments that WBOT_ENV can name. */
export const environments: Readonly<Record<string, SettingsInput>> = withTwins(standing, twins);

/** Environments and the twins of some of them. */
export function withTwins(
  originals: Readonly<Record<string, SettingsInput>>,
  theirTwins: Readonly<Record<string, Twin>>,
): Record<string, SettingsInput> {
  const resolved = { ...originals };
  for (const [name, { of, differences }] of Object.entries(theirTwins))
    resolved[name] = merge(inherited(originals[of]), differences) as SettingsInput;
  return resolved;
}

/** What an environment is a twin of, and how it differs; undefined if it stands on its own. */
export function twinOf(name: string): Twin | undefined {
  return Object.hasOwn(twins, name) ? twins[name] : undefined;
}

/** Whether an environment is a twin that isn't protected, and so not production yet: proxies lead to the other one. */
export function isStandby({ name, protection }: Environment): boolean {
  return twinOf(name) !== undefined && !protection;
}

/** Whether the internet reaches this environment's product: through the proxies of a standby, the other one answers. */
export function isReachedByInternet(environment: Environment): boolean {
  const access = accessOf(environment);
  return access === "direct" || (access === "proxied" && !isStandby(environment));
}

/** Settings on top of an environment's file: groups are merged, everything else is replaced. */
export type Overrides = { readonly [key: string]: unknown };

/**
 * The environment named by WBOT_ENV (default "dev"), with `environments/<name>.local.json` on top if it is there, and on
 * top of that the images of WBOT_IMAGE_TAG (EVERY_TAG; a tag may include its digest).
 */
export function currentEnvironment(env: NodeJS.ProcessEnv = process.env, folder = FOLDER): Environment {
  const name = given(env["WBOT_ENV"]) ?? "dev";
  const layers = layersOf(name, env, folder);
  // Each layer applies to the result of those below it, so that a new `kind` replaces their group.
  const written = layers.reduce<unknown>((below, layer) => merge(below, layer.written), {});
  const where = layers.map((layer) => layer.name);
  const environment = checked(name, written, where, mirror(given(env["CHART_MIRROR"])));
  for (const [service, { image }] of Object.entries(imageTags(env))) {
    if (image.digest !== undefined || environment[service as ServiceKey].image.digest === undefined) continue;
    throw new EnvironmentError(
      `WBOT_IMAGE_TAG gives ${service} a tag, but ${service}.image.digest is set in the environment "${name}" and overrides every tag: remove the digest first.`,
    );
  }
  return environment;
}

/**
 * The layers of an environment's settings: its file, its local file, the process's variable; later ones win. Below a twin's
 * are those of the environment that it is a twin of.
 */
export function layersOf(
  name: string,
  env: NodeJS.ProcessEnv = process.env,
  folder = FOLDER,
): readonly Layer[] {
  const resolved = known(name);
  const twin = twinOf(name);
  const files =
    twin === undefined
      ? filesOf(name, resolved, folder)
      : [
          ...filesOf(twin.of, known(twin.of), folder).map((layer) => ({
            name: layer.name,
            written: inherited(layer.written),
          })),
          ...filesOf(name, twin.differences, folder),
        ];
  const tags = imageTags(env);
  return Object.keys(tags).length === 0 ? files : [...files, { name: "WBOT_IMAGE_TAG", written: tags }];
}

/** An environment's file, and its local file if there is one. */
function filesOf(name: string, written: unknown, folder: string): Layer[] {
  const own = { name: `environments/${name}.ts`, written };
  const local = join(folder, `${name}.local.json`);
  // A link to nothing is a mistake, not a missing file.
  const isThere = lstatSync(local, { throwIfNoEntry: false }) !== undefined;
  return isThere
    ? [own, { name: `environments/${name}.local.json`, written: readLocal(name, local) }]
    : [own];
}

function readLocal(name: string, file: string): Overrides {
  const refuse = (why: string) =>
    new EnvironmentError(`The environment "${name}" is not valid: environments/${name}.local.json ${why}.`);
  let text: string;
  let parsed: unknown;
  try {
    text = decoded(readFileSync(file));
    parsed = JSON.parse(text);
  } catch (error) {
    throw refuse(`can't be read as JSON (${(error as Error).message})`);
  }
  if (!isGroup(parsed)) throw refuse("must be a JSON object");
  const duplicates = duplicateKeys(text);
  if (duplicates.length > 0)
    throw refuse(
      `has ${duplicates.map((key) => JSON.stringify(key)).join(", ")} twice in one object: only the last would count`,
    );
  // For editors: see settings.schema.json.
  return Object.fromEntries(Object.entries(parsed).filter(([key]) => key !== "$schema"));
}

/** The output folder that the cdktf command passes to this program, or cdktf's default. */
export function outputFolder(env: NodeJS.ProcessEnv = process.env): string {
  return given(env["CDKTF_OUTDIR"]) ?? join(PROJECT, "cdktf.out");
}

/** CI sets unknown variables to the empty string. */
function given(value: string | undefined): string | undefined {
  return value === "" ? undefined : value;
}

/** Terraform runs in a folder of its own, so a directory must be an absolute path. */
function mirror(value: string | undefined): string | undefined {
  return value === undefined || value.startsWith("oci://") ? value : resolve(value);
}

interface LoadOptions {
  /** @default - those of its file */
  readonly settings?: SettingsInput;
  /** @default - none */
  readonly overrides?: Overrides;
  readonly chartMirror?: string | undefined;
}

/** Resolves and checks one environment; throws an EnvironmentError that lists everything wrong with it. */
export function loadEnvironment(
  name: string,
  { settings: written = known(name), overrides, chartMirror }: LoadOptions = {},
): Environment {
  const where = [`environments/${name}.ts`, ...(overrides ? ["overrides"] : [])];
  return checked(name, merge(written, overrides), where, chartMirror);
}

/** An environment with some settings changed, groups merged; throws an EnvironmentError if that is not valid. */
export function changedEnvironment(environment: Environment, changes: Overrides): Environment {
  const { name, chartMirror, ...settings } = environment;
  return loadEnvironment(name, { settings, overrides: changes, chartMirror });
}

/** @param where names of the layers that it was written in, for messages */
function checked(
  name: string,
  written: unknown,
  where: readonly string[],
  chartMirror: string | undefined,
): Environment {
  const result = settings.safeParse(written);
  const problems = result.success
    ? contradictions({ ...result.data, name }).map((each) => contradictionLine(result.data, each))
    : result.error.issues.flatMap((issue) => schemaErrorLines(issue, written));
  if (problems.length > 0 || !result.success) {
    throw new EnvironmentError(
      [
        `The environment "${name}" is not valid (${where.join(", ")}):`,
        ...problems.map((p) => `  - ${p}`),
      ].join("\n"),
    );
  }
  return { ...result.data, name, chartMirror };
}

function known(name: string): SettingsInput {
  const found = Object.hasOwn(environments, name) ? environments[name] : undefined;
  const { pattern, allowed } = ENVIRONMENT_NAME;
  if (found && pattern.test(name)) return found;
  const shown = JSON.stringify(name);
  if (found)
    throw new EnvironmentError(`The environment ${shown} needs another name: it must be ${allowed}.`);
  const names = Object.keys(environments);
  throw new EnvironmentError(
    `The environment ${shown} is unknown: WBOT_ENV must be one of ${names.map((n) => `"${n}"`).join(", ")}${didYouMean(name, names)}. ` +
      (pattern.test(name)
        ? `To add one, create environments/${name}.ts and list it in environments/list.ts.`
        : `A new one's name must be ${allowed}.`),
  );
}

function merge(base: unknown, over: unknown): unknown {
  if (!isGroup(base) || !isGroup(over)) return over === undefined ? base : over;
  // A group of another kind has other keys: the base's would all be unknown.
  if (base["kind"] !== undefined && over["kind"] !== undefined && over["kind"] !== base["kind"]) return over;
  const keys = new Set([...Object.keys(base), ...Object.keys(over)]);
  return Object.fromEntries([...keys].map((key) => [key, merge(base[key], over[key])]));
}
