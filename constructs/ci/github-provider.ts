import { IamOpenidConnectProvider } from "@cdktf/provider-aws/lib/iam-openid-connect-provider";
import { Construct } from "constructs";
import { AUDIENCE, ISSUER } from "./policies/trust";

export interface GithubProviderProps {
  /** ARN of the provider, where the account has it already: it is imported. */
  readonly existing?: string | undefined;
}

/**
 * GitHub's identity provider. An account has one, which other projects may use as well: what is there is imported and
 * left as it is, and it is never destroyed.
 */
export class GithubProvider extends Construct {
  /** Ready once the roles may trust it. */
  readonly resource: IamOpenidConnectProvider;

  constructor(scope: Construct, id: string, { existing }: GithubProviderProps) {
    super(scope, id);
    this.resource = new IamOpenidConnectProvider(this, "provider", {
      url: `https://${ISSUER}`,
      // Without thumbprints: AWS trusts GitHub's certificate by its authority.
      clientIdList: [AUDIENCE],
      lifecycle: {
        preventDestroy: true,
        ignoreChanges: ["client_id_list", "thumbprint_list", "tags", "tags_all"],
      },
    });
    if (existing !== undefined) this.resource.importFrom(existing);
  }
}
