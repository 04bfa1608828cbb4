/**
 * Lambda's runtime of the scheduled checks. Until 2027-04-30 Lambda patches it, until 2027-06-01 it creates functions with it,
 * and a month later it updates none. Its successor is nodejs24.x, which Terraform's AWS provider accepts from version 6.19 on.
 *
 * @see https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html
 */
export const FUNCTION_RUNTIME = "nodejs22.x";
