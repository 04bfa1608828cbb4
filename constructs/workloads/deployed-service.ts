import type { Environment } from "../../environments";
import type { WorkloadSettings } from "../../environments/schema";
import { SERVICES, type ServiceKey, type ServiceName, type ServiceRow } from "../../environments/services";
import { streamTimes, type PodTimes } from "../../environments/stream-times";

/** A service in an environment: its row, its settings, and the times of its pods. */
export interface DeployedService {
  readonly service: ServiceKey;
  readonly environment: Environment;
  readonly row: ServiceRow<ServiceKey, ServiceName>;
  readonly settings: WorkloadSettings;
  readonly times: PodTimes;
}

export function deployedService(environment: Environment, service: ServiceKey): DeployedService {
  return {
    service,
    environment,
    row: SERVICES[service],
    settings: environment[service],
    times: streamTimes(environment).pods[service],
  };
}
