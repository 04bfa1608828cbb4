/** Alerts that Alertmanager, which infra installs, routes by name; app defines them. */
export const WATCHDOG_ALERT = "WbotWatchdog";
export const MAINTENANCE_ALERT = "WbotMaintenance";
