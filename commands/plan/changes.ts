import { visible } from "../cli/visible";
import { isManifest, kindOf, type Path, type PlanJson, type ResourceChange } from "../terraform/plan-json";
import type { StackFolder } from "../terraform/stack-folder";
import {
  ACTIONS,
  type Action,
  type Change,
  type PlannedChanges,
  RISKS,
  type ShownDifference,
} from "./change";
import { contents, type Difference, differences, isEmpty, pathText, shownDifference } from "./differences";
import { changeFingerprint } from "./fingerprint";
import { labelsOf } from "./labels";
import { covered, isGroup, redacted, secretsOf, UNKNOWN, without } from "./redact";
import { refusedChange } from "./refused-change";
import { ownRisk, removedNodes, riskOf } from "./risks";
import { successions, type Succession } from "./successions";

/** What a plan does, with secrets redacted. */
export function plannedChanges(
  { path, nameOf }: Pick<StackFolder, "path" | "nameOf">,
  json: PlanJson,
): PlannedChanges {
  const secrets = secretsOf(json);
  const context: Context = { path, nameOf, secrets, written: writtenArguments(json) };
  const changes = successions(json, nameOf)
    .filter(({ mode }) => mode === "managed")
    .flatMap((resource) => {
      const action = actionOf(resource);
      return action === undefined ? [] : [changeOf(resource, action, context)];
    })
    .sort(byRisk);
  return { changes, outputs: outputsOf(json, secrets) };
}

/** What a plan says besides the change itself. */
interface Context extends Pick<StackFolder, "path" | "nameOf"> {
  readonly secrets: readonly string[];
  /** The arguments that the configuration sets, by resource. */
  readonly written: ReadonlyMap<string, ReadonlySet<string>>;
}

function actionOf({ previous_address: previous, change }: ResourceChange): Action | undefined {
  const [first, second] = change.actions;
  if (second !== undefined) return "replace";
  if (first === "no-op" || first === "read") {
    if (change.importing !== undefined) return "import";
    return previous === undefined ? undefined : "move";
  }
  return ACTIONS.find((action) => action === first);
}

/** @param raw with secrets, by which it is judged and which are never shown */
function changeOf(raw: Succession, action: Action, context: Context): Change {
  const { path: folder, nameOf, secrets, written } = context;
  const cover = (text: string) => covered(text, secrets);
  /** What is said of the raw change may quote its values. */
  const said = (text: string) => visible(cover(text));
  const resource: Succession = {
    ...raw,
    address: cover(raw.address),
    previous_address: raw.previous_address && cover(raw.previous_address),
    replaces: raw.replaces && cover(raw.replaces),
    change: redacted(raw.type, raw.change, secrets),
  };
  const { address, deposed, change, successor } = resource;
  const type = kindOf(raw);
  const [before, after] = [change.before, change.after].map((each) => ofInterest(raw.type, each));
  const compared = action === "update" || action === "replace" || successor !== undefined;
  const differ = compared ? differences(before, after) : [];
  const forcing = (change.replace_paths ?? []).map((path) => inManifest(raw.type, path));
  const known = isManifest(raw.type) ? undefined : written.get(indexless(raw.address));
  const found = action === "create" && labelsOf(type, []).includes("iam") ? granted(after) : differ;
  const shown = found.filter((each) => isShown(each, raw.type, forcing, known));
  const refused = refusedChange(folder, { ...raw, address });
  const [risk, why] =
    refused === undefined
      ? (ownRisk(raw, differ) ?? riskOf(type, action, successor))
      : (["high", `A deploy refuses this. ${refused}`] as const);
  // In a replacement, every computed value is new.
  const telling = shown.filter(({ after }) => action !== "replace" || after !== UNKNOWN);
  const forcedBy = forcing.length > 0 ? forcing.map(pathText) : reasons(raw);
  return {
    address,
    name: cover(nameOf(raw.address)),
    type,
    action,
    risk,
    labels: labelsOf(type, [...telling.map(({ path }) => pathText(path)), ...forcedBy]),
    why: deposed === undefined ? said(why) : "An earlier replacement could not remove it.",
    removedNodes: removedNodes(raw) || undefined,
    createFirst: action === "replace" ? change.actions[0] === "create" : undefined,
    replaces: resource.replaces,
    refused: refused && said(refused),
    forcedBy: action === "replace" ? forcedBy : [],
    differences: shown.map(shownDifference),
    previousAddress: resource.previous_address,
    importing: change.importing && (change.importing.id ?? ""),
    deposed,
    fingerprint: changeFingerprint(resource, action, differ),
  };
}

/** The outputs that a plan changes, by name; those that are sensitive, or named like a secret, without their values. */
function outputsOf(
  { output_changes: outputs = {} }: PlanJson,
  secrets: readonly string[],
): ShownDifference[] {
  return Object.entries(outputs)
    .filter(([, { actions }]) => actions[0] !== "no-op")
    .flatMap(([name, output]) => {
      const named = {
        actions: output.actions,
        before: { [name]: output.before },
        after: { [name]: output.after },
        after_unknown: { [name]: output.after_unknown },
        before_sensitive: { [name]: output.before_sensitive },
        after_sensitive: { [name]: output.after_sensitive },
      };
      const { before, after } = redacted("output", named, secrets);
      const found = differences(before, after).map(shownDifference);
      // Perhaps only its sensitivity changes.
      return found.length > 0 ? found : [{ path: name, before: "(sensitive)", after: "(sensitive)" }];
    });
}

/** What a new permission says: who gets it, and for what. */
function granted(after: unknown): Difference[] {
  if (!isGroup(after)) return [];
  return contents(without(without(after, "tags"), "tags_all")).filter(
    ({ after: value }) => value !== UNKNOWN,
  );
}

/** `object` repeats the manifest as stored in the cluster, with hundreds of generated lines. */
function ofInterest(type: string, values: unknown): unknown {
  if (!isManifest(type) || !isGroup(values)) return values;
  const { manifest, ...others } = without(values, "object");
  return { ...others, ...(isGroup(manifest) ? manifest : {}) };
}

function inManifest(type: string, path: Path): Path {
  return isManifest(type) && (path[0] === "manifest" || path[0] === "object") ? path.slice(1) : path;
}

/** What a cluster counts by itself. */
const COUNTED = /^metadata\.0\.(generation|resource_version|uid)$/;

/**
 * Leaves out what a provider takes for unset on both sides; in a manifest or a chart's values, though, an empty list or map
 * may mean something. Computed values are noise: of the unknown ones, only arguments in the code or those that force a
 * replacement count.
 */
function isShown(
  { path, before, after }: Difference,
  type: string,
  forcing: readonly Path[],
  written: ReadonlySet<string> | undefined,
): boolean {
  if (COUNTED.test(path.join("."))) return false;
  if (isEmpty(before) && isEmpty(after))
    return isManifest(type) || (type === "helm_release" && path[0] === "values");
  if (after !== UNKNOWN || written?.has(String(path[0])) !== false) return true;
  return forcing.some((each) => pathText(path).startsWith(pathText(each)));
}

const REASONS: Readonly<Record<string, string>> = {
  replace_because_tainted: "an earlier run left it incomplete (tainted)",
  replace_by_triggers: "something it depends on changes (replace_triggered_by)",
};

function reasons({ action_reason: reason = "" }: ResourceChange): string[] {
  return [REASONS[reason] ?? []].flat();
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
