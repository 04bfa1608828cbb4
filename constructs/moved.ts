import { TerraformElement, type TerraformResource } from "cdktf";
import type { Construct } from "constructs";

/**
 * A `moved` block from an id that a resource had in earlier versions: the next deploy moves it in the state instead of
 * replacing it.
 *
 * Whatever is created before its predecessor is destroyed, under another name, has that name as its id: each content has an
 * address of its own. If a rollout fails, the old object stays in the state at its address until another deploy destroys it,
 * and a revert finds it there. At one address for all, it would be a deposed object, and a revert would create it a second
 * time, under a name that is taken.
 */
export class Moved extends TerraformElement {
  private readonly to: TerraformResource;

  constructor(scope: Construct, formerId: string, to: TerraformResource) {
    super(scope, formerId);
    this.to = to;
  }

  /** Not by the resource's own `moveFromId`, for which cdktf starts Terraform, to ask for its version. */
  override toTerraform(): object {
    const { terraformResourceType: type, friendlyUniqueId: id } = this.to;
    return { moved: [{ from: `${type}.${this.friendlyUniqueId}`, to: `${type}.${id}` }] };
  }
}
