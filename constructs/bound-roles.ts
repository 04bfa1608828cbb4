import { IamRole } from "@cdktf/provider-aws/lib/iam-role";
import { Aspects, type TerraformStack } from "cdktf";
import type { IConstruct } from "constructs";

/**
 * Puts a permissions boundary on every IAM role of a stack, including roles added later. A principal that may create
 * roles only with this boundary can't grant a role more than the boundary allows.
 */
export function boundRoles(stack: TerraformStack, boundary: string): void {
  Aspects.of(stack).add({
    visit(node: IConstruct) {
      if (node instanceof IamRole) node.permissionsBoundary = boundary;
    },
  });
}
