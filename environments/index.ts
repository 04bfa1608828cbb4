import { lstatSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { distance } from "fastest-levenshtein";
import type { z } from "zod";
import { contradictions, type Contradiction } from "./contradictions";
import { EnvironmentError, type Environment } from "./environment";
import type { Layer } from "./origins";
import { PROJECT } from "../project";
import { decoded, doubledKeys, isGroup, valueAt } from "./json-text";
import { accessOf } from "./hosts";
import { standing, twins } from "./list";
import { ENVIRONMENT_NAME } from "./names";
import { settings, type Settings, type SettingsInput } from "./schema";
import { mayNameSecret } from "./secret-names";
import { looksSecret, withoutSecretShapes } from "./secret-shapes";
import { EVERY_TAG, SERVICE_KEYS, type ServiceKey } from "./services";
import { inherited, type Twin } from "./twin";
import { keysAt, settingsSchema } from "./walk";

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

export interface LoadOptions {
  /** @default - those of its file */
  readonly settings?: SettingsInput | undefined;
  /** @default - none */
  readonly overrides?: Overrides;
  readonly chartMirror?: string | undefined;
}

/**
 * The environment named by WBOT_ENV (default "dev"), with `environments/<name>.local.json` on top if it is there, and on
 * top of that the images of WBOT_IMAGE_TAG (EVERY_TAG; a tag may include its digest).
 */
export function currentEnvironment(env: NodeJS.ProcessEnv = process.env, folder = FOLDER): Environment {
  const name = given(env["WBOT_ENV"]) ?? "dev";
  const [first, ...over] = layersOf(name, env, folder);
  const own = `environments/${name}.ts`;
  // Each layer applies to the result of those below it, so that a new `kind` replaces their group.
  const written = over.reduce<unknown>((all, layer) => merge(all, layer.written), first.written);
  const others = over.map((layer) => layer.name).filter((layer) => layer !== own);
  const environment = checked(name, written, [own, ...others], mirror(given(env["CHART_MIRROR"])));
  for (const [service, { image }] of Object.entries(imageTags(given(env["WBOT_IMAGE_TAG"])) ?? {})) {
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
): readonly [Layer, ...Layer[]] {
  const settingsOf = known(name);
  const twin = twinOf(name);
  const tags = imageTags(given(env["WBOT_IMAGE_TAG"]));
  const named = tags === undefined ? [] : [{ name: "WBOT_IMAGE_TAG", written: tags }];
  if (twin === undefined) return [...filesOf(name, settingsOf, folder), ...named];
  const [first, ...others] = filesOf(twin.of, known(twin.of), folder).map((layer) => ({
    name: layer.name,
    written: inherited(layer.written),
  }));
  if (first === undefined) throw new Error("every environment has a file");
  return [first, ...others, ...filesOf(name, twin.differences, folder), ...named];
}

/** An environment's file, and its local file if there is one. */
function filesOf(name: string, written: unknown, folder: string): [Layer, ...Layer[]] {
  const file = join(folder, `${name}.local.json`);
  const shown = `environments/${name}.local.json`;
  // A link to nothing is a mistake, not a missing file.
  const isThere = lstatSync(file, { throwIfNoEntry: false }) !== undefined;
  return [
    { name: `environments/${name}.ts`, written },
    ...(isThere ? [{ name: shown, written: readOverrides(name, file, shown) }] : []),
  ];
}

/** The services named in WBOT_IMAGE_TAG. */
export function namedByTag(env: NodeJS.ProcessEnv = process.env): readonly ServiceKey[] {
  return Object.keys(imageTags(given(env["WBOT_IMAGE_TAG"])) ?? {}) as ServiceKey[];
}

const TAGGED = new RegExp(
  `^(?<service>${SERVICE_KEYS.join("|")})=(?<tag>[^@=]*)(?:@(?<digest>sha256:[0-9a-f]{64}))?$`,
);

type Tagged = Readonly<
  Record<string, { readonly image: { readonly tag?: string; readonly digest?: string } }>
>;

/** "ai=<tag>,web=<tag>@sha256:…", for one or more services, as overrides. */
function imageTags(text: string | undefined): Tagged | undefined {
  if (text === undefined) return undefined;
  const images = text.split(",").map((each) => {
    const { service = "", tag = "", digest } = TAGGED.exec(each.trim())?.groups ?? {};
    // A digest alone is enough.
    const image = { ...(tag === "" ? {} : { tag }), ...(digest === undefined ? {} : { digest }) };
    return { service, image };
  });
  const services = images.map(({ service }) => service);
  const known = images.every(({ service, image }) => service !== "" && Object.keys(image).length > 0);
  if (!known || new Set(services).size !== services.length) {
    throw new EnvironmentError(
      `WBOT_IMAGE_TAG (--image-tag) is "${text}": it must be "${EVERY_TAG}", or some of these; a tag may include its digest, "<tag>@sha256:<64 hexadecimal digits>".`,
    );
  }
  return Object.fromEntries(images.map(({ service, image }) => [service, { image }]));
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

/** Resolves and checks one environment; throws an EnvironmentError that lists everything wrong with it. */
export function loadEnvironment(
  name: string,
  { settings: written = known(name), overrides, chartMirror }: LoadOptions = {},
): Environment {
  const where = [`environments/${name}.ts`, ...(overrides ? ["overrides"] : [])];
  return checked(name, merge(written, overrides ?? {}), where, chartMirror);
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
    ? contradictions({ ...result.data, name }).map((refusal) => refusalLine(result.data, refusal))
    : result.error.issues.flatMap((issue) => explain(issue, written));
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

/** An environment with some settings changed, groups merged; throws an EnvironmentError if that is not valid. */
export function changedEnvironment(environment: Environment, changes: Overrides): Environment {
  const { name, chartMirror, ...settings } = environment;
  return loadEnvironment(name, { settings, overrides: changes, chartMirror });
}

/** "<setting> is <value>: it must be …" */
export function refusalLine(s: Settings, { path, allowed }: Contradiction): string {
  return line(path, valueAt(s, path.split(".")), allowed);
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

function readOverrides(name: string, file: string, shown: string): Overrides {
  const refuse = (why: string) =>
    new EnvironmentError(`The environment "${name}" is not valid: ${shown} ${why}.`);
  let bytes: Buffer;
  try {
    bytes = readFileSync(file);
  } catch (error) {
    throw refuse(`can't be read (${(error as Error).message})`);
  }
  let parsed: unknown;
  let doubled: string[];
  try {
    const text = decoded(bytes);
    parsed = JSON.parse(text);
    doubled = doubledKeys(text);
  } catch (error) {
    throw refuse(`is not valid JSON (${(error as Error).message})`);
  }
  if (!isGroup(parsed)) throw refuse("must be a JSON object");
  if (doubled.length > 0)
    throw refuse(
      `has ${doubled.map((key) => JSON.stringify(key)).join(", ")} twice in one object: only the last would count`,
    );
  // For editors: see settings.schema.json.
  return Object.fromEntries(Object.entries(parsed).filter(([key]) => key !== "$schema"));
}

function merge(base: unknown, over: unknown): unknown {
  if (!isGroup(base) || !isGroup(over)) return over === undefined ? base : over;
  // A group of another kind has other keys: the base's would all be unknown.
  if (base["kind"] !== undefined && over["kind"] !== undefined && over["kind"] !== base["kind"]) return over;
  const keys = new Set([...Object.keys(base), ...Object.keys(over)]);
  return Object.fromEntries([...keys].map((key) => [key, merge(base[key], over[key])]));
}

function explain(issue: z.core.$ZodIssue, written: unknown): string[] {
  if (issue.code === "unrecognized_keys") {
    const keys = keysAt(settingsSchema(), issue.path, written);
    return issue.keys.map((key) => {
      const path = [...issue.path, key].join(".");
      return `${path} is ${show(valueAt(written, [...issue.path, key]), key)}, but there is no such setting${didYouMean(key, keys)}; allowed here: ${keys.join(", ")}`;
    });
  }
  if (issue.code === "invalid_key") {
    const [name] = issue.path.slice(-1);
    return [
      `${issue.path.slice(0, -1).join(".")} has the key ${show(name)}: it must be ${issue.issues[0]?.message ?? issue.message}`,
    ];
  }
  return [line(issue.path.join("."), valueAt(written, issue.path), issue.message)];
}

function line(path: string, value: unknown, allowed: string): string {
  return value === undefined
    ? `${path} is missing: it must be ${allowed}`
    : `${path} is ${show(value, path.split(".").at(-1))}: it must be ${allowed}`;
}

/** Without secrets: the line may end up in CI's log. */
function show(value: unknown, name: PropertyKey = ""): string {
  const written = (key: string, each: unknown) => {
    if (typeof each === "bigint") return `${each}n`;
    if (typeof each !== "string") return each;
    const secret = mayNameSecret(key === "" ? String(name) : key) || looksSecret(each);
    return secret ? "***" : withoutSecretShapes(each, "***");
  };
  const shown = (JSON.stringify(value, written) as string | undefined) ?? String(value);
  return shown.length > 120 ? `${shown.slice(0, 117)}...` : shown;
}

/** A suggestion for a misspelled word, such as ` (did you mean "tier"?)`; empty if none is close. */
export function didYouMean(word: string, candidates: readonly string[]): string {
  const ranked = candidates
    .map((candidate) => ({ candidate, edits: distance(word.toLowerCase(), candidate.toLowerCase()) }))
    .sort((a, b) => a.edits - b.edits);
  const best = ranked[0];
  // Two swapped letters are two edits.
  const close =
    best && best.edits <= Math.max(2, Math.floor(word.length / 3)) && best.edits < best.candidate.length;
  return close ? ` (did you mean "${best.candidate}"?)` : "";
}
