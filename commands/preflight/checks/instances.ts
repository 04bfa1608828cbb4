import { EC2Client, paginateDescribeInstanceTypeOfferings } from "@aws-sdk/client-ec2";
import type { Environment } from "../../../environments";
import { contradictionLine } from "../../../environments/setting-errors";
import { amountText, capacityOf } from "../../../stacks/capacity";
import { instanceTypesOf } from "../../../environments/instance-types";
import { describedTypes, type InstanceType } from "../instance-types";
import { allOf } from "../../cli/aws";
import type { Session } from "../../session/session";
import { fail, pass, type Found } from "../../cli/finding";
import type { Check, Findings } from "../check";

type Types = ReadonlyMap<string, InstanceType>;

/** Whether EC2 has the instance types in every zone, in the right architecture, and such nodes have room for all pods. */
export const instances: Check = async ({ session }) => {
  const { environment } = session;
  const missing = await missingInZones(session);
  if (missing.length > 0) return missing;
  const types = await session.once(describedTypes);
  const mismatched = [...ofAnotherArchitecture(environment, types), ...ofSeveralSizes(environment, types)];
  return mismatched.length > 0 ? mismatched : capacity(environment, types);
};

/** EKS finds this out only a quarter of an hour into a deploy. */
async function missingInZones({ client, environment }: Session): Promise<Found[]> {
  const { name, region, zones } = environment;
  const types = instanceTypesOf(environment);
  const pages = paginateDescribeInstanceTypeOfferings(
    { client: client(EC2Client) },
    {
      LocationType: "availability-zone",
      Filters: [
        { Name: "instance-type", Values: types },
        { Name: "location", Values: [...zones] },
      ],
    },
  );
  const offers = await allOf(pages, ({ InstanceTypeOfferings }) => InstanceTypeOfferings);
  const has = (type: string, zone: string) =>
    offers.some(({ InstanceType, Location }) => InstanceType === type && Location === zone);
  return types.flatMap((type) => {
    const without = zones.filter((zone) => !has(type, zone)).join(",");
    if (without === "") return [];
    return fail(
      `EC2 does not offer ${type} in ${without.replaceAll(",", ", ")}`,
      `Use a type that all zones offer or, for a new environment, other zones, in environments/${name}.ts: aws ec2 describe-instance-type-offerings --region ${region} --location-type availability-zone --filters Name=location,Values=${without} --query 'InstanceTypeOfferings[].InstanceType'`,
    );
  });
}

function ofAnotherArchitecture(environment: Environment, types: Types): Found[] {
  const { architecture } = environment.nodes;
  return [...types]
    .filter(([, { architectures }]) => !architectures.includes(architecture))
    .map(([name, { architectures }]) =>
      fail(
        `${name} is ${architectures.join(" or ")}, but nodes.architecture is "${architecture}"`,
        `Use types of that architecture, or set nodes.architecture in environments/${environment.name}.ts`,
      ),
    );
}

/** Groups with types whose size only EC2 knows: all others are compared when the settings are read. */
function ofSeveralSizes({ name, nodes }: Environment, types: Types): Found[] {
  return (["onDemand", "spot"] as const).flatMap((key) => {
    const sizes = nodes[key].instanceTypes.map((type) => {
      const size = types.get(type);
      return [type, size === undefined ? "an unknown size" : amountText(size)] as const;
    });
    if (new Set(sizes.map(([, size]) => size)).size <= 1) return [];
    return fail(
      `the types of nodes.${key} differ in size, but the autoscaler assumes that all nodes of a group are the same: ${sizes.map((each) => each.join(" has ")).join(", ")}`,
      `nodes: { ${key}: { instanceTypes: [<types of one size>] } } in environments/${name}.ts`,
    );
  });
}

function capacity(environment: Environment, types: Types): Findings {
  const { shortfalls } = capacityOf(environment, (type) => types.get(type));
  if (shortfalls.length > 0)
    return shortfalls.map((shortfall) => fail(contradictionLine(environment, shortfall)));
  const sizes = [...types].map(([type, size]) => `${type} has ${amountText(size)}`);
  return pass(`${sizes.join(", ")}, and the nodes have room for all pods`);
}
