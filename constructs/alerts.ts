/** Alerts that app defines, and that infra's Alertmanager routes by name. */
export const WATCHDOG_ALERT = "WbotWatchdog";
export const MAINTENANCE_ALERT = "WbotMaintenance";
