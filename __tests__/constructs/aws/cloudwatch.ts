/** Stands for "@aws-sdk/client-cloudwatch", which only Lambda's runtime has. */

export const send = jest.fn();

export class CloudWatchClient {
  readonly send = send;
}

export class PutMetricDataCommand {
  constructor(readonly input: unknown) {}
}
