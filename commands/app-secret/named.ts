import {
  paginateListSecrets,
  SecretsManagerClient,
  type ListSecretsRequest,
  type SecretListEntry,
} from "@aws-sdk/client-secrets-manager";
import { allOf } from "../cli/aws";
import type { Session } from "../session/session";

/** The secrets of these names in AWS's list, of which any page may be empty while others follow. */
export async function secretsNamed(
  { client }: Session,
  names: readonly string[],
  options: Pick<ListSecretsRequest, "IncludePlannedDeletion"> = {},
): Promise<SecretListEntry[]> {
  const pages = paginateListSecrets(
    { client: client(SecretsManagerClient) },
    { ...options, Filters: [{ Key: "name", Values: [...names] }] },
  );
  // AWS also finds names that only begin like these.
  return (await allOf(pages, ({ SecretList }) => SecretList)).filter(({ Name = "" }) => names.includes(Name));
}
