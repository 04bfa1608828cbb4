/** Minimum Terraform version: ephemeral resources came with 1.10, S3 locking without DynamoDB with 1.11. */
export const TERRAFORM_VERSION = "1.11";
