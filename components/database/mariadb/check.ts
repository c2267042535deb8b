import { notOneSite } from "../../bus/places";
import type { DatabaseIssue, DatabaseSites } from "../checks";
import type { Mariadb } from "./schema";

/** What is wrong with a MariaDB and its site. */
export function mariadbIssues({ site }: Mariadb, sites: DatabaseSites): DatabaseIssue[] {
  return notOneSite(["site"], site, sites);
}
