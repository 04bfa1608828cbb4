import { DataAwsEc2ManagedPrefixList } from "@cdktf/provider-aws/lib/data-aws-ec2-managed-prefix-list";
import { Fn, TerraformIterator, Token } from "cdktf";
import type { Construct } from "constructs";
import type { Environment } from "../environments";
import { CLOUDFRONT, CLOUDFRONT_PREFIX_LIST, rangesOf } from "../environments/edge-ranges";

/**
 * Ranges whose `X-Forwarded-For` is trusted; may be empty. CloudFront's come from AWS's managed prefix list, read at plan:
 * the nightly drift check reports when it has changed.
 */
export function trustedRanges(scope: Construct, { traffic: { trustedProxies } }: Environment): string[] {
  const known = rangesOf(trustedProxies.filter((each) => each !== CLOUDFRONT));
  if (!trustedProxies.includes(CLOUDFRONT)) return known;
  const list = new DataAwsEc2ManagedPrefixList(scope, "cloudfront", { name: CLOUDFRONT_PREFIX_LIST });
  const ranges = TerraformIterator.fromComplexList(list.entries, "cidr").pluckProperty("cidr");
  // In the order of a map by range. Not by sort(): a Kubernetes manifest needs a tuple, and the provider finds its own plan
  // inconsistent with a list.
  return Token.asList(Fn.concat([known, ranges]));
}
