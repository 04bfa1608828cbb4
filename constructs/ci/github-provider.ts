import { IamOpenidConnectProvider } from "@cdktf/provider-aws/lib/iam-openid-connect-provider";
import { Construct } from "constructs";
import { AUDIENCE, ISSUER } from "./policies/trust";

export interface GithubProviderProps {
  /** ARN of the provider, if the account already has it: it is imported. */
  readonly existing?: string | undefined;
}

/**
 * GitHub's identity provider. An account has only one, which other projects may use as well: an existing one is imported
 * and left as it is, and it is never destroyed.
 */
export class GithubProvider extends Construct {
  /** For the roles that trust it, to depend on. */
  readonly resource: IamOpenidConnectProvider;

  constructor(scope: Construct, id: string, { existing }: GithubProviderProps) {
    super(scope, id);
    this.resource = new IamOpenidConnectProvider(this, "provider", {
      url: `https://${ISSUER}`,
      // Without thumbprints: AWS verifies GitHub's certificate by its CA.
      clientIdList: [AUDIENCE],
      lifecycle: {
        preventDestroy: true,
        ignoreChanges: ["client_id_list", "thumbprint_list", "tags", "tags_all"],
      },
    });
    if (existing !== undefined) this.resource.importFrom(existing);
  }
}
