/**
 * EC2 requires it of whoever creates an interface endpoint that answers under its service's usual name: the hosted zone is
 * AWS's own.
 *
 * @see https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonec2.html (CreateVpcEndpoint)
 */
export const ENDPOINT_NAMES = "route53:AssociateVPCWithHostedZone";
