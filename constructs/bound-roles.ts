import { IamRole } from "@cdktf/provider-aws/lib/iam-role";
import { Aspects, type TerraformStack } from "cdktf";
import type { IConstruct } from "constructs";

/**
 * Puts a permissions boundary on every IAM role of a stack, on those that are yet to be written as well. Whoever may
 * make roles, but only within that boundary, can't give one of them more than it allows.
 */
export function boundRoles(stack: TerraformStack, boundary: string): void {
  Aspects.of(stack).add({
    visit(node: IConstruct) {
      if (node instanceof IamRole) node.permissionsBoundary = boundary;
    },
  });
}
