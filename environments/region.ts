/** A pattern of AWS's regions: those of the partitions "aws" and "aws-us-gov" that the AWS provider in locks/ accepts. */
export const REGION =
  "(?:af-south-1|ap-(?:east-[12]|northeast-[1-3]|south-[12]|southeast-[1-7])|ca-(?:central|west)-1|eu-(?:central-[12]|north-1|south-[12]|west-[1-3])|il-central-1|me-(?:central|south)-1|mx-central-1|sa-east-1|us-(?:east|west)-[12]|us-gov-(?:east|west)-1)";

/** The AWS partition of a region, as in ARNs. */
export function partitionOf(region: string): string {
  return region.startsWith("us-gov-") ? "aws-us-gov" : "aws";
}
