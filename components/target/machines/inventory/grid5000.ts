import { z } from "zod";
import { wrong, type Inventory, type InventoryHost } from "./host";

/** A job as Grid'5000's API tells of it (`/sites/<site>/jobs/<id>`). */
const apiJob = z.object({ assigned_nodes: z.array(z.string()) });
/** A job as `oarstat -J -j <id>` tells of it: by its number, or alone. */
const oarJob = z.object({ assigned_network_address: z.array(z.string()) });

/**
 * Reads the nodes of a job on Grid'5000: the file that `$OAR_NODE_FILE` names, in which a node's name stands once for each of
 * its cores; or what `oarstat -J` or the API tells of the job, in JSON. Groups are a node's cluster and its site, as its name has
 * them: `paravance-3.rennes.grid5000.fr`.
 */
export function readGrid5000(text: string): Inventory {
  const trimmed = text.trim();
  const names = /^[[{]/.test(trimmed) ? namesInJson(trimmed) : trimmed.split(/\s+/).filter(Boolean);
  if (names === undefined)
    return wrong("this is no job as `oarstat -J` or Grid'5000's API tells of it: it names no nodes");
  if (names.length === 0) return wrong("it names no node: a job that has not begun has none");
  const hosts = [...new Set(names)].map(hostOf);
  const odd = hosts.find(({ name }) => !/^[a-z0-9][a-z0-9.-]*$/i.test(name));
  return odd
    ? wrong(`"${odd.name}" is no node's name: use one a line, as in $OAR_NODE_FILE`)
    : { hosts, problems: [] };
}

/** The same nodes by their names, one a line: a job's description says more of it and of who has it. */
export function reduceGrid5000(text: string): string {
  return readGrid5000(text)
    .hosts.map(({ name }) => `${name}\n`)
    .join("");
}

function namesInJson(text: string): string[] | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  const jobs = Array.isArray(value) ? (value as unknown[]) : [value];
  const all = jobs.flatMap((job) =>
    apiJob.safeParse(job).success || oarJob.safeParse(job).success
      ? [job]
      : typeof job === "object" && job !== null
        ? (Object.values(job) as unknown[])
        : [job],
  );
  const names = all.map((job) => {
    const [api, oar] = [apiJob.safeParse(job), oarJob.safeParse(job)];
    return api.success
      ? api.data.assigned_nodes
      : oar.success
        ? oar.data.assigned_network_address
        : undefined;
  });
  return names.some((found) => found === undefined) ? undefined : names.flatMap((found) => found ?? []);
}

function hostOf(name: string): InventoryHost {
  const [node = "", site, domain] = name.split(".");
  const cluster = /^([a-z]+)-\d+/i.exec(node)?.[1];
  return {
    name,
    groups: [
      ...(cluster === undefined ? [] : [cluster]),
      ...(domain === undefined || site === undefined ? [] : [site]),
    ],
  };
}
