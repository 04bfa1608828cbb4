import type { Change } from "../../../commands/plan/change";
import { plannedChanges } from "../../../commands/plan/changes";
import type { PlanJson, ResourceChange } from "../../../commands/terraform/plan-json";

/** A resource's part of a plan, as `terraform show -json` prints it. */
export function resource(
  address: string,
  actions: readonly string[],
  before: unknown,
  after: unknown,
  { change = {}, ...more }: Partial<Omit<ResourceChange, "change">> & { change?: object } = {},
): ResourceChange {
  return {
    address,
    mode: "managed",
    type: address.split(".")[0] ?? "",
    change: { actions, before, after, after_unknown: {}, ...change },
    ...more,
  };
}

export const update = (address: string, before: unknown, after: unknown, change: object = {}) =>
  resource(address, ["update"], before, after, { change });

export const replace = (address: string, forcing: string, change: object = {}) =>
  resource(
    address,
    ["delete", "create"],
    { [forcing]: "a" },
    { [forcing]: "b" },
    {
      change: { replace_paths: [[forcing]], ...change },
    },
  );

/** A version of a Deployment, wbot-ai unless named otherwise. */
export const rollout = (version: string, replicas: string, name = "wbot-ai") => ({
  metadata: [{ name, namespace: "wbot" }],
  spec: [{ replicas, template: [{ spec: [{ container: [{ image: `${name}:${version}` }] }] }] }],
});

export const plan = (...resource_changes: readonly ResourceChange[]): PlanJson => ({ resource_changes });

/** What a plan does to resources. */
export const changesOf = (folder: Parameters<typeof plannedChanges>[0], json: PlanJson): readonly Change[] =>
  plannedChanges(folder, json).changes;

/** Names resources by address. */
export const FOLDER = { path: "/out/infra", nameOf: (address: string) => address };
