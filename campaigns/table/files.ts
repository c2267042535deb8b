/** Names of the tables in a campaign's folder; apart from what writes them, which takes a while to load. */
export const csvFile = "table.csv";
export const arrowFile = "table.arrow";
