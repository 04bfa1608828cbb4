/** A repository of ECR, of any account and region. */
export interface EcrRepository {
  readonly account: string;
  readonly region: string;
  readonly name: string;
}

/** What an image's repository names in ECR; undefined where it is in another registry. */
export function ecrRepository(repository: string): EcrRepository | undefined {
  const [, account, region, name] =
    /^(\d{12})\.dkr\.ecr\.([a-z0-9-]+)\.amazonaws\.com\/(.+)$/.exec(repository) ?? [];
  return account === undefined || region === undefined || name === undefined
    ? undefined
    : { account, region, name };
}
