import { app } from "../cdktf.json";

/** Arguments by which Node, started in the project's folder, runs its TypeScript, as cdktf does. */
export const TYPESCRIPT: readonly string[] = app.split(" ").slice(1, -1);
