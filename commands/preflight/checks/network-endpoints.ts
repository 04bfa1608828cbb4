import { DescribeVpcEndpointsCommand, EC2Client, type Subnet } from "@aws-sdk/client-ec2";
import type { Environment } from "../../../environments";
import { endpointRanges, separateEndpointRanges } from "../../../environments/address-plan";
import { isWithin } from "../../../environments/cidr";
import { ENDPOINT_SERVICES } from "../../../environments/schema-network";
import { isOwn } from "../../cli/aws";
import { fail, warn, type Found } from "../../cli/finding";
import type { Findings } from "../check";
import type { Session } from "../../session/session";

/** Interface endpoints in an existing network: this environment's, and others'. */

/** Only the product's pods call it, and they reach fewer endpoints than the controllers. */
const OF_THE_PRODUCT = "bedrock-runtime";

/** This environment's own endpoints are in the nodes' subnet of a zone that has no other. */
export function endpointsAmongNodes({ name, network: { endpoints, existing } }: Environment): Findings {
  const zones = Object.entries(existing?.subnets ?? {}).flatMap(([zone, { cache }]) => (cache ? [] : zone));
  if (!endpoints.includes(OF_THE_PRODUCT) || zones.length === 0) return [];
  return fail(
    `the endpoint of ${OF_THE_PRODUCT} would be among the nodes in ${zones.join(" and ")}, where the product's pods can't reach any endpoint`,
    `Take "${OF_THE_PRODUCT}" out of network.endpoints in environments/${name}.ts (pods then call it over the internet); or, before the first deploy, name a cache subnet in each zone`,
  );
}

/** Endpoints of its owner's by which services answer in the whole VPC under their usual names. */
export async function ofEndpoints(
  { client, environment }: Session,
  vpcId: string,
  subnets: readonly Subnet[],
): Promise<Found[]> {
  const { name, region, network: settings, zones } = environment;
  const nameOf = (service: string) => `com.amazonaws.${region}.${service}`;
  const { VpcEndpoints = [] } = await client(EC2Client).send(
    new DescribeVpcEndpointsCommand({
      Filters: [
        { Name: "vpc-id", Values: [vpcId] },
        { Name: "service-name", Values: ENDPOINT_SERVICES.map(nameOf) },
      ],
    }),
  );
  const rangeOf = (id: string) => subnets.find(({ SubnetId }) => SubnetId === id)?.CidrBlock ?? "";
  return VpcEndpoints.filter(
    ({ PrivateDnsEnabled, Tags }) => PrivateDnsEnabled === true && !isOwn(Tags, environment),
  ).flatMap(({ VpcEndpointId = "", ServiceName = "", SubnetIds = [] }) => {
    const service = ENDPOINT_SERVICES.find((each) => ServiceName === nameOf(each));
    const has = `${vpcId} has an endpoint of ${service ?? ""} already, ${VpcEndpointId}`;
    const open = (service === OF_THE_PRODUCT ? separateEndpointRanges : endpointRanges)(settings, zones);
    const closed = SubnetIds.filter((id) => !open.some((each) => isWithin(rangeOf(id), each))).join(", ");
    const refused = fail(
      `${has}: EC2 refuses a second one under the same name, so every deploy of infra would fail`,
      `Remove "${service ?? ""}" from network.endpoints in environments/${name}.ts`,
    );
    const unreached = warn(
      `${has}: network policies keep pods from it, because its addresses are in the VPC`,
      `List the ranges of ${closed} in network.existing.endpoints in environments/${name}.ts; for ${OF_THE_PRODUCT}, only ranges without nodes: docs/network.md`,
    );
    return [
      ...(settings.endpoints.some((each) => each === service) ? [refused] : []),
      ...(closed === "" ? [] : [unreached]),
    ];
  });
}
