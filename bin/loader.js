/** Lets this process require and import the project's TypeScript: no second process, so that signals reach the command. */
require("tsx");
