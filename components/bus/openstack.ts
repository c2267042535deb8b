/** Exchanges of the services' topics: their option `control_exchange`, which each project sets for itself (Zed). */
export const serviceExchanges = ["nova", "neutron"] as const;

/**
 * What their topics begin with: nova's `conductor`, `scheduler` and `compute`, each with hosts after a dot; what Neutron's server
 * listens to (`q-plugin` and others), and what it tells agents of (`neutron_lib.agent.topics`, Zed).
 */
export const serviceTopics = [
  "compute",
  "conductor",
  "scheduler",
  "q-",
  "l3_agent",
  "dhcp_agent",
  "neutron-vo-",
] as const;

/**
 * Fanout exchanges of topics that servers at several sites have: those of nova-computes, as each other service is at one.
 * Nova sends nothing to them (Zed).
 */
export const serviceFanouts = ["compute_fanout"] as const;
