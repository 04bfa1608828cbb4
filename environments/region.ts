/** A pattern of AWS's regions: those of the partitions "aws" and "aws-us-gov". */
export const REGION =
  "(?:af|ap|ca|eu|il|me|mx|sa|us|us-gov)-(?:central|(?:north|south)?(?:east|west)|north|south)-\\d";

/** The AWS partition of a region, as in ARNs. */
export function partitionOf(region: string): string {
  return region.startsWith("us-gov-") ? "aws-us-gov" : "aws";
}

/** Those that every account has: AWS adds none to them. The others an account must enable first. */
const STANDARD =
  /^(ap-(northeast-[123]|south-1|southeast-[12])|ca-central-1|eu-(central-1|north-1|west-[123])|sa-east-1|us-(east|west)-[12]|us-gov-.*)$/;

/** Whether an account must enable the region first. */
export function isOptIn(region: string): boolean {
  return !STANDARD.test(region);
}
