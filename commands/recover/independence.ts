import type { Environment } from "../../environments";
import { hostsOf } from "../../environments/hosts";
import { SERVICE_KEYS } from "../../environments/services";
import { wanted } from "../images/wanted";

/** What in a twin's settings would fail without the other's region, or take something away from the other. */
export function dependencies(from: Environment, to: Environment): string[] {
  const file = `environments/${to.name}.ts`;
  const { state } = to;
  const shared = hostsOf(to).find(
    ({ host, hostedZoneId }) =>
      hostedZoneId !== undefined && hostsOf(from).some((each) => each.host === host),
  );
  return [
    ...(to.region === from.region
      ? [`region is "${to.region}", the same as ${from.name}'s: set another in ${file}`]
      : []),
    ...(state.kind === "s3" && (state.region ?? to.region) === from.region
      ? [
          `state.bucket is in ${from.region}, ${from.name}'s region: set state: { kind: "s3", bucket: … } with a bucket of ${to.region} in ${file} (npx wbot bootstrap --env ${to.name})`,
        ]
      : []),
    ...SERVICE_KEYS.flatMap((key) => {
      const repository = to[key].image.repository;
      return wanted(to, key, "")?.ecr?.region === from.region && repository !== undefined
        ? [
            `${key}.image.repository is in ${from.region}, ${from.name}'s region (${repository}): set one in ${to.region} in ${file}`,
          ]
        : [];
    }),
    ...(to.domain.records && shared !== undefined
      ? [
          `domain.records is true, but ${shared.host} has a record of ${from.name}'s: set it to false in ${file}`,
        ]
      : []),
  ];
}
