import type { Environment } from "../../environments";
import { workspaceOf } from "../../environments/amp";
import { CLOUDFRONT } from "../../environments/edge-ranges";
import { hostsOf } from "../../environments/hosts";
import { SERVICE_KEYS } from "../../environments/services";
import { wanted } from "../images/wanted";

/** What in a twin's settings would fail without the other's region, or take something away from the other. */
export function dependencies(from: Environment, to: Environment): string[] {
  const file = `environments/${to.name}.ts`;
  const { state } = to;
  const { metrics } = to.observability;
  const shared = hostsOf(to).find(
    ({ host, hostedZoneId }) =>
      hostedZoneId !== undefined && hostsOf(from).some((each) => each.host === host),
  );
  const one = (path: string, what: string) =>
    `${path} is ${what} in ${from.region}, ${from.name}'s region: set one in ${to.region} in ${file}`;
  return [
    ...(to.region === from.region
      ? [`region is "${to.region}", the same as ${from.name}'s: set another in ${file}`]
      : []),
    ...(state.kind === "s3" && (state.region ?? to.region) === from.region
      ? [`${one("state.bucket", "a bucket")} (npx wbot bootstrap --env ${to.name})`]
      : []),
    ...inOneRegion(from, to).map(
      ([path, id]) =>
        `${path} has ${id} of ${from.region}, ${from.name}'s region: set those of ${to.region} in ${file}`,
    ),
    ...SERVICE_KEYS.flatMap((key) => {
      const repository = to[key].image.repository;
      return wanted(to, key, "")?.ecr?.region === from.region && repository !== undefined
        ? [one(`${key}.image.repository`, repository)]
        : [];
    }),
    ...(metrics.kind === "remote-write" && workspaceOf(metrics.url)?.region === from.region
      ? [one("observability.metrics.url", "a workspace")]
      : []),
    ...(to.domain.records && shared !== undefined
      ? [
          `domain.records is true, but ${shared.host} has a record of ${from.name}'s: set it to false in ${file}`,
        ]
      : []),
  ];
}

/** Names of one region that both have: the twin takes them over. */
function inOneRegion(from: Environment, to: Environment): (readonly [path: string, id: string])[] {
  const named = ({ access, loadBalancer }: Environment) =>
    [
      ["access.securityGroups", access.securityGroups],
      ["loadBalancer.allowedPrefixLists", loadBalancer.allowedPrefixLists],
    ] as const;
  const own = named(from).flatMap(([, ids]) => ids);
  return named(to).flatMap(([path, ids]) =>
    // CloudFront's list is in every region.
    ids.filter((id) => id !== CLOUDFRONT && own.includes(id)).map((id) => [path, id] as const),
  );
}
