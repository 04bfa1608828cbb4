/** Header of responses that refuse a request during maintenance, by which every check tells them from an outage. */
export const MAINTENANCE_HEADER = "X-Wbot-Maintenance";
