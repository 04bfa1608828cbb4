import { isDeepStrictEqual } from "node:util";
import {
  AddClientIDToOpenIDConnectProviderCommand,
  AttachRolePolicyCommand,
  CreateOpenIDConnectProviderCommand,
  CreatePolicyCommand,
  CreatePolicyVersionCommand,
  CreateRoleCommand,
  DeletePolicyVersionCommand,
  GetOpenIDConnectProviderCommand,
  GetPolicyCommand,
  GetPolicyVersionCommand,
  GetRoleCommand,
  ListAttachedRolePoliciesCommand,
  ListPolicyVersionsCommand,
  ListRolePoliciesCommand,
  PutRolePermissionsBoundaryCommand,
  UpdateAssumeRolePolicyCommand,
  UpdateRoleCommand,
  type IAMClient,
  type Role,
  type Tag,
} from "@aws-sdk/client-iam";
import { unlessNoEntity } from "../cli/aws";
import type { Policy } from "./policies/policy";

/** Something that is not yet as it should be, and what makes it so. */
export interface Change {
  readonly what: string;
  readonly make: () => Promise<void>;
}

/** One thing in IAM, as it was found. */
export interface Inspected {
  readonly name: string;
  readonly changes: readonly Change[];
  /** What others have put there, which stays. @default - nothing */
  readonly besides?: readonly string[];
}

export interface WantedPolicy {
  readonly arn: string;
  readonly about: string;
  readonly document: Policy;
}

export interface WantedRole {
  readonly arn: string;
  readonly about: string;
  readonly trust: Policy;
  readonly policies: readonly string[];
  readonly boundary: string;
  /** Longest session (hours). */
  readonly hours: number;
}

/** Versions that IAM keeps of a policy. */
const VERSIONS = 5;
const SECONDS_AN_HOUR = 3600;

/** GitHub's provider of identities, one for a whole account: others may use it, so only our audience is added. */
export async function lookAtProvider(
  client: IAMClient,
  { arn, audience, tags }: { readonly arn: string; readonly audience: string; readonly tags: Tag[] },
): Promise<Inspected> {
  const name = arn.replace(/^.*:oidc-provider\//, "");
  const found = await unlessNoEntity(
    client.send(new GetOpenIDConnectProviderCommand({ OpenIDConnectProviderArn: arn })),
  );
  if (found === undefined)
    // Without thumbprints: AWS trusts GitHub's certificate by its authority.
    return one(name, "make the identity provider", () =>
      client.send(
        new CreateOpenIDConnectProviderCommand({
          Url: `https://${name}`,
          ClientIDList: [audience],
          Tags: tags,
        }),
      ),
    );
  if (found.ClientIDList?.includes(audience) === true) return { name, changes: [] };
  return one(name, `add the audience ${audience}`, () =>
    client.send(
      new AddClientIDToOpenIDConnectProviderCommand({ OpenIDConnectProviderArn: arn, ClientID: audience }),
    ),
  );
}

/** A managed policy: what differs becomes its new default version, and the oldest one goes where there is no room. */
export async function lookAtPolicy(
  client: IAMClient,
  { arn, about, document }: WantedPolicy,
  tags: Tag[],
): Promise<Inspected> {
  const name = nameOf(arn);
  const text = JSON.stringify(document);
  const found = await unlessNoEntity(client.send(new GetPolicyCommand({ PolicyArn: arn })));
  if (found === undefined)
    return one(name, "make the policy", () =>
      client.send(
        new CreatePolicyCommand({
          PolicyName: name,
          PolicyDocument: text,
          Description: about,
          Tags: tags,
        }),
      ),
    );
  const { PolicyVersion: version } = await client.send(
    new GetPolicyVersionCommand({ PolicyArn: arn, VersionId: found.Policy?.DefaultVersionId }),
  );
  if (same(version?.Document, document)) return { name, changes: [] };
  return one(name, "write the policy anew", async () => {
    await makeRoom(client, arn);
    await client.send(
      new CreatePolicyVersionCommand({ PolicyArn: arn, PolicyDocument: text, SetAsDefault: true }),
    );
  });
}

async function makeRoom(client: IAMClient, PolicyArn: string): Promise<void> {
  const { Versions = [] } = await client.send(new ListPolicyVersionsCommand({ PolicyArn }));
  if (Versions.length < VERSIONS) return;
  const [oldest] = Versions.filter(({ IsDefaultVersion }) => IsDefaultVersion !== true).sort(
    (a, b) => Number(a.VersionId?.slice(1)) - Number(b.VersionId?.slice(1)),
  );
  await client.send(new DeletePolicyVersionCommand({ PolicyArn, VersionId: oldest?.VersionId }));
}

/** A role: whom it trusts, its boundary, its policies. */
export async function lookAtRole(client: IAMClient, wanted: WantedRole, tags: Tag[]): Promise<Inspected> {
  const RoleName = nameOf(wanted.arn);
  const found = await unlessNoEntity(client.send(new GetRoleCommand({ RoleName })));
  const attach = (PolicyArn: string): Change => ({
    what: `attach ${nameOf(PolicyArn)}`,
    make: async () => {
      await client.send(new AttachRolePolicyCommand({ RoleName, PolicyArn }));
    },
  });
  if (found?.Role === undefined)
    return {
      name: RoleName,
      changes: [{ what: "make the role", make: () => makeRole(client, wanted, tags) }].concat(
        wanted.policies.map(attach),
      ),
    };
  const attached = await attachedTo(client, RoleName);
  const inline = await client.send(new ListRolePoliciesCommand({ RoleName }));
  return {
    name: RoleName,
    changes: [
      ...differences(client, wanted, found.Role),
      ...wanted.policies.filter((arn) => !attached.includes(arn)).map(attach),
    ],
    besides: [
      ...attached.filter((arn) => !wanted.policies.includes(arn)).map(nameOf),
      ...(inline.PolicyNames ?? []),
    ],
  };
}

async function makeRole(client: IAMClient, wanted: WantedRole, Tags: Tag[]): Promise<void> {
  await client.send(
    new CreateRoleCommand({
      RoleName: nameOf(wanted.arn),
      Description: wanted.about,
      AssumeRolePolicyDocument: JSON.stringify(wanted.trust),
      PermissionsBoundary: wanted.boundary,
      MaxSessionDuration: wanted.hours * SECONDS_AN_HOUR,
      Tags,
    }),
  );
}

function differences(client: IAMClient, wanted: WantedRole, role: Role): Change[] {
  const RoleName = nameOf(wanted.arn);
  const changes: Change[] = [];
  const must = (holds: boolean, what: string, send: () => Promise<unknown>) => {
    if (!holds)
      changes.push({
        what,
        make: async () => {
          await send();
        },
      });
  };
  must(same(role.AssumeRolePolicyDocument, wanted.trust), "write anew whom it trusts", () =>
    client.send(
      new UpdateAssumeRolePolicyCommand({ RoleName, PolicyDocument: JSON.stringify(wanted.trust) }),
    ),
  );
  must(
    role.PermissionsBoundary?.PermissionsBoundaryArn === wanted.boundary,
    `bound it by ${nameOf(wanted.boundary)}`,
    () =>
      client.send(new PutRolePermissionsBoundaryCommand({ RoleName, PermissionsBoundary: wanted.boundary })),
  );
  must(
    role.MaxSessionDuration === wanted.hours * SECONDS_AN_HOUR,
    `limit its sessions to ${wanted.hours} h`,
    () =>
      client.send(new UpdateRoleCommand({ RoleName, MaxSessionDuration: wanted.hours * SECONDS_AN_HOUR })),
  );
  return changes;
}

async function attachedTo(client: IAMClient, RoleName: string): Promise<string[]> {
  const { AttachedPolicies = [] } = await client.send(new ListAttachedRolePoliciesCommand({ RoleName }));
  return AttachedPolicies.flatMap(({ PolicyArn }) => PolicyArn ?? []);
}

function one(name: string, what: string, send: () => Promise<unknown>): Inspected {
  return {
    name,
    changes: [
      {
        what,
        make: async () => {
          await send();
        },
      },
    ],
  };
}

/** IAM answers with documents encoded as in a URL. */
function same(encoded: string | undefined, wanted: Policy): boolean {
  return encoded !== undefined && isDeepStrictEqual(JSON.parse(decodeURIComponent(encoded)), wanted);
}

export function nameOf(arn: string): string {
  return arn.split("/").at(-1) ?? arn;
}
