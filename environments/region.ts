/** A pattern of AWS's regions: those of the partitions "aws" and "aws-us-gov". */
export const REGION =
  "(?:af|ap|ca|eu|il|me|mx|sa|us|us-gov)-(?:central|(?:north|south)?(?:east|west)|north|south)-\\d";

/** The AWS partition of a region, as in ARNs. */
export function partitionOf(region: string): string {
  return region.startsWith("us-gov-") ? "aws-us-gov" : "aws";
}
