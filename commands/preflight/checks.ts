import type { Check } from "./check";
import { access } from "./checks/access";
import { addOns } from "./checks/add-ons";
import { alarms } from "./checks/alarms";
import { charts } from "./checks/charts";
import { ci } from "./checks/ci";
import { credentials } from "./checks/credentials";
import { database } from "./checks/database";
import { domain } from "./checks/domain";
import { exampleValues } from "./checks/example-values";
import { images } from "./checks/images";
import { instances } from "./checks/instances";
import { kubernetes } from "./checks/kubernetes";
import { quotas } from "./checks/quotas";
import { secrets } from "./checks/secrets";
import { serviceLinkedRoles } from "./checks/service-linked-roles";
import { state } from "./checks/state";
import { tools } from "./checks/tools";
import { zones } from "./checks/zones";
import type { CHECK_NAMES } from "./names";

const LOOKS: Readonly<Record<(typeof CHECK_NAMES)[number], Omit<Check, "name">>> = {
  tools,
  credentials,
  examples: exampleValues,
  access,
  zones,
  instances,
  quotas,
  roles: serviceLinkedRoles,
  ci,
  kubernetes,
  "add-ons": addOns,
  domain,
  alarms,
  state,
  secrets,
  database,
  images,
  charts,
};

export const CHECKS: readonly Check[] = Object.entries(LOOKS).map(([name, check]) => ({ name, ...check }));
