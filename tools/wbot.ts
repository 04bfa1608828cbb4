import { start } from "../commands/wbot";
import { addMaintenance } from "./maintenance";

/** What bin/wbot.js runs: the commands for users, and those for maintainers, of which commands/ must not know. */
start([addMaintenance]);
