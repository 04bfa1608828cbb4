import {
  differing,
  isManifest,
  kindOf,
  type Path,
  type PlanJson,
  type ResourceChange,
  type ValueChange,
} from "../terraform/plan-json";
import type { StackFolder } from "../terraform/stack-folder";
import { ACTIONS, type Action, type Change, type Risk, type ShownDifference } from "./change";
import {
  contents,
  differences,
  isEmptyOnBothSides,
  pathText,
  shownDifference,
  type Difference,
} from "./differences";
import { changeFingerprint } from "./fingerprint";
import { labelsOf } from "./labels";
import { covered, isGroup, redacted, secretsOf, UNKNOWN, without } from "./redact";
import { refusedChange } from "./refused-change";
import { ownRisk, riskOf } from "./risks";
import { successions, type Succession } from "./successions";

/** What a plan changes, with secrets redacted, sorted by risk. */
export function changesOf({ path, nameOf }: Pick<StackFolder, "path" | "nameOf">, json: PlanJson): Change[] {
  const context: Context = {
    path,
    nameOf,
    secrets: secretsOf(json),
    written: writtenArguments(json),
  };
  return successions(json, nameOf)
    .filter(({ mode }) => mode === "managed")
    .flatMap((resource) => {
      const action = actionOf(resource);
      return action === undefined ? [] : [changeOf(resource, action, context)];
    })
    .sort(byRisk);
}

/** What a plan says beside the change itself. */
interface Context extends Pick<StackFolder, "path" | "nameOf"> {
  readonly secrets: readonly string[];
  /** The arguments that the configuration sets, by resource. */
  readonly written: ReadonlyMap<string, ReadonlySet<string>>;
}

function actionOf({ address, previous_address: previous, change }: ResourceChange): Action | undefined {
  const [first, second] = change.actions;
  if (second !== undefined) return "replace";
  if (first === "no-op" || first === "read") {
    if (change.importing !== undefined) return "import";
    return previous !== undefined && previous !== address ? "move" : undefined;
  }
  return ACTIONS.find((action) => action === first);
}

function changeOf(resource: Succession, action: Action, context: Context): Change {
  const { path: folder, nameOf, secrets, written } = context;
  const { address, previous_address: previous, deposed, change, replaces, successor } = resource;
  const type = kindOf(resource);
  const compared = action === "update" || action === "replace" || successor !== undefined;
  const differ = compared ? redactedDifferences(resource, secrets) : [];
  const forcing = (change.replace_paths ?? []).map((path) =>
    inManifest(resource.type, openPath(path, change, secrets)),
  );
  const shown =
    action === "create" && labelsOf(type, []).includes("iam")
      ? granted(resource, secrets)
      : shownOf(resource, differ).filter((each) =>
          isShown(each, forcing, isManifest(resource.type) ? undefined : written.get(indexless(address))),
        );
  const refused = refusedChange(folder, resource);
  const [risk, why] =
    refused === undefined
      ? (ownRisk(resource) ?? riskOf(type, action, successor))
      : (["high", `A deploy refuses this. ${refused}`] as const);
  // In a replacement, every computed value is new.
  const telling = shown.filter(({ after }) => action !== "replace" || after !== UNKNOWN);
  const forcedBy = forcing.length > 0 ? forcing.map(pathText) : reasons(resource);
  return {
    address: covered(address, secrets),
    name: covered(nameOf(address), secrets),
    type,
    action,
    risk,
    labels: labelsOf(type, [...telling.map(({ path }) => pathText(path)), ...forcedBy]),
    why: deposed === undefined ? why : "An earlier replacement could not remove it.",
    ...(action === "replace" ? { createFirst: change.actions[0] === "create" } : {}),
    ...(replaces === undefined ? {} : { replaces }),
    ...(refused === undefined ? {} : { refused }),
    forcedBy: action === "replace" ? forcedBy : [],
    differences: action === "update" && shown.length === 0 ? notShown(resource) : shown.map(shownDifference),
    ...(previous !== undefined && previous !== address
      ? { previousAddress: covered(previous, secrets) }
      : {}),
    ...(change.importing === undefined ? {} : { importing: covered(change.importing.id ?? "", secrets) }),
    ...(deposed === undefined ? {} : { deposed }),
    fingerprint: changeFingerprint(resource, action, differ, secrets),
  };
}

/** Where the two sides of a resource differ; for a custom resource, within its manifest. */
function redactedDifferences(resource: ResourceChange, secrets: readonly string[]): Difference[] {
  const before = ofInterest(resource.type, redacted(resource, "before", secrets));
  return differences(before, ofInterest(resource.type, redacted(resource, "after", secrets)));
}

/** What a new permission says: who gets it, and for what. */
function granted(resource: ResourceChange, secrets: readonly string[]): Difference[] {
  const after = ofInterest(resource.type, redacted(resource, "after", secrets));
  if (!isGroup(after)) return [];
  const written = without(without(after, "tags"), "tags_all");
  return shownOf(resource, contents(written)).filter(({ after: value }) => value !== UNKNOWN);
}

/** The differences worth showing. In a chart's values, an empty list or map may override a default. */
function shownOf({ type }: ResourceChange, differ: readonly Difference[]): Difference[] {
  return differ.filter(
    (each) => !isEmptyOnBothSides(each) || (type === "helm_release" && each.path[0] === "values"),
  );
}

/** `object` repeats the manifest as stored in the cluster, with hundreds of generated lines. */
function ofInterest(type: string, values: unknown): unknown {
  if (!isManifest(type) || !isGroup(values)) return values;
  const { manifest, ...others } = without(values, "object");
  return { ...others, ...(isGroup(manifest) ? manifest : {}) };
}

/** A path up to what is sensitive: the keys of a sensitive map are as well. */
function openPath(
  path: Path,
  { before_sensitive, after_sensitive }: ValueChange,
  secrets: readonly string[],
): Path {
  const masks = [before_sensitive, after_sensitive];
  const depth = path.findIndex((_, at) =>
    masks.some((mask) => path.slice(0, at).reduce<unknown>(stepInto, mask) === true),
  );
  return path
    .slice(0, depth === -1 ? undefined : depth)
    .map((step) => (typeof step === "string" ? covered(step, secrets) : step));
}

function stepInto(mask: unknown, step: string | number): unknown {
  return typeof mask === "object" && mask !== null ? (mask as Record<string, unknown>)[step] : undefined;
}

function inManifest(type: string, path: Path): Path {
  return isManifest(type) && (path[0] === "manifest" || path[0] === "object") ? path.slice(1) : path;
}

/** Computed values are noise: of the unknown ones, only arguments in the code or those that force a replacement count. */
function isShown(
  { path, after }: Difference,
  forcing: readonly Path[],
  written: ReadonlySet<string> | undefined,
): boolean {
  if (after !== UNKNOWN || written?.has(String(path[0])) !== false) return true;
  return forcing.some((each) => pathText(path).startsWith(pathText(each)));
}

/** An update with nothing to show is reported all the same. */
function notShown({ change }: ResourceChange): ShownDifference[] {
  return differing(change).map((path) => ({
    path: pathText([path]),
    before: "(as found)",
    after: "(as written; the difference can't be shown)",
  }));
}

const REASONS: Readonly<Record<string, string>> = {
  replace_because_tainted: "an earlier run left it incomplete (tainted)",
  replace_by_triggers: "something it depends on changes (replace_triggered_by)",
};

function reasons({ action_reason: reason = "" }: ResourceChange): string[] {
  const words = REASONS[reason];
  return words === undefined ? [] : [words];
}

function writtenArguments({ configuration }: PlanJson): Map<string, ReadonlySet<string>> {
  const resources = configuration?.root_module?.resources ?? [];
  return new Map(
    resources.map(({ address, expressions = {} }) => [address, new Set(Object.keys(expressions))]),
  );
}

/** An address without its instance key. */
function indexless(address: string): string {
  return address.replace(/\[[^\]]*\]$/, "");
}

const RISKS: readonly Risk[] = ["high", "medium", "low"];

/** Deletions first, then changes, then what is new; within each, by risk, action and number of labels. */
function byRisk(a: Change, b: Change): number {
  const group = ({ action }: Change) =>
    action === "delete" || action === "replace" ? 0 : action === "update" || action === "forget" ? 1 : 2;
  return (
    group(a) - group(b) ||
    RISKS.indexOf(a.risk) - RISKS.indexOf(b.risk) ||
    ACTIONS.indexOf(a.action) - ACTIONS.indexOf(b.action) ||
    b.labels.length - a.labels.length ||
    a.name.localeCompare(b.name)
  );
}
