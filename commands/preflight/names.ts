/** Names of the checks, in the order in which they are told. Apart from the checks, which take time to load. */
export const CHECK_NAMES = [
  "tools",
  "credentials",
  "examples",
  "access",
  "zones",
  "quotas",
  "roles",
  "ci",
  "kubernetes",
  "add-ons",
  "domain",
  "state",
  "secrets",
  "database",
  "images",
  "charts",
] as const;
