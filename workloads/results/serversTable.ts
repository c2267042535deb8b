import { missing } from "./figures";
import { newTable, shortened, type Paint } from "./layout";
import type { Durations } from "./rally";
import type { ServersRecord } from "./schema";
import type { Boots, ServersFault, Stretch } from "./servers";

/** Characters of a workload's name, and of what happened, that are shown. */
const longestWide = { name: 20, stretch: 32 };
const longestNarrow = { name: 10, stretch: 17 };

/** A generator that begins a request so late, seconds, makes a part of what is told itself. */
const noteworthyLateSeconds = 0.5;

/** How many of those accepted became nothing that Nova would own up to: in BUILD, gone, or not to be asked after. */
export function lostOf({ stuck, gone, unknown }: Boots): number {
  return sumOf(stuck) + gone + unknown;
}

/** Requests that were not granted, whatever came instead. */
export function failuresOf({ refused, unanswered }: Pick<Boots, "refused" | "unanswered">): number {
  return sumOf(refused) + sumOf(unanswered);
}

/** The tables of servers at a steady rate, in full and a narrower one; undefined: there were none. */
export function serversTables(
  records: readonly ServersRecord[] | undefined,
  paint: Paint,
): [string, string] | undefined {
  if (records === undefined || records.every(({ boots }) => boots.asked === 0)) return undefined;
  const faults = faultsTable(records, paint);
  const below = faults === undefined ? [] : [faults];
  const parts = [serverColumns(paint), tokenColumns(paint)];
  const tableOf = (columns: readonly Column[], first: string, wide: boolean): string => {
    const { name, stretch: longest } = wide ? longestWide : longestNarrow;
    const table = newTable([first, "when", ...columns.map(([head]) => head)], 2, paint);
    for (const record of records)
      stretchesOf(record).forEach(([when, stretch], index) =>
        table.push([
          index === 0 ? nameOf(record, name, paint) : "",
          shortened(when, longest),
          ...columns.map(([, cell]) => cell(stretch)),
        ]),
      );
    return table.toString();
  };
  return [
    [tableOf(parts.flat(), "servers", true), ...below].join("\n"),
    [...parts.map((columns, at) => tableOf(columns, at === 0 ? "servers" : "tokens", false)), ...below].join(
      "\n",
    ),
  ];
}

type Column = readonly [string, (stretch: Stretch) => string];

function serverColumns(paint: Paint): Column[] {
  return [
    ["servers\nasked", ({ boots }) => String(boots.asked)],
    ["re-\nfused", ({ boots }) => bad(failuresOf(boots), paint)],
    ["\nACTIVE", ({ boots }) => String(boots.active)],
    ["\nERROR", ({ boots }) => bad(boots.error, paint)],
    ["\nlost", ({ boots }) => bad(lostOf(boots), paint)],
    ...timeColumns(({ boots }) => boots.activeSeconds),
  ];
}

function tokenColumns(paint: Paint): Column[] {
  return [
    ["tokens\nasked", ({ authentications }) => String(authentications.asked)],
    ["re-\nfused", ({ authentications }) => bad(failuresOf(authentications), paint)],
    ...timeColumns(({ authentications }) => authentications.seconds),
  ];
}

function timeColumns(timesOf: (stretch: Stretch) => Durations | undefined): Column[] {
  return [
    ["median\ns", (stretch) => seconds(timesOf(stretch)?.median)],
    ["max\ns", (stretch) => seconds(timesOf(stretch)?.max)],
  ];
}

/** What there is to be told of a load: all of it, and where something was broken what came before, during and after. */
function stretchesOf({ boots, authentications, before, faults }: ServersRecord): [string, Stretch][] {
  return [
    ["all", { boots, authentications }],
    ...(before === undefined ? [] : [["before", before] as [string, Stretch]]),
    ...faults.flatMap((fault): [string, Stretch][] => [
      ...(isEmpty(fault.underWay) ? [] : [["  under way", fault.underWay] as [string, Stretch]]),
      [`${fault.what} ${fault.subjects[0] ?? ""}`, fault.during],
      ...(isEmpty(fault.after) ? [] : [["  after", fault.after] as [string, Stretch]]),
    ]),
  ];
}

function isEmpty({ boots, authentications }: Stretch): boolean {
  return boots.asked === 0 && authentications.asked === 0;
}

/** A line a fault: how soon all was well again. */
function faultsTable(records: readonly ServersRecord[], paint: Paint): string | undefined {
  const rows = records.flatMap(({ name, faults }) => faults.map((fault) => [name, fault] as const));
  if (rows.length === 0) return undefined;
  const head = [
    "fault",
    "of",
    "workload",
    "at\ns",
    "until\ns",
    "server\ns",
    "token\ns",
    "Nova's\ndown",
    "up\ns",
    "heard\ns",
  ];
  const table = newTable(head, 3, paint);
  for (const [workload, fault] of rows) table.push(faultRow(workload, fault, paint));
  return table.toString();
}

function faultRow(workload: string, fault: ServersFault, paint: Paint): string[] {
  const { subjects, during, after, novaServices: services } = fault;
  const [first = missing, ...others] = subjects;
  const back = (asked: number, value: number | undefined): string => {
    if (value !== undefined) return seconds(value);
    return asked === 0 ? missing : paint(["bold", "red"], "never");
  };
  const asked = (of: keyof Stretch) => during[of].asked + after[of].asked;
  return [
    fault.what,
    others.length === 0 ? shortened(first) : `${shortened(first)}\nand ${others.length} more`,
    shortened(workload, 14),
    seconds(fault.atSeconds),
    seconds(fault.untilSeconds),
    back(asked("boots"), fault.bootsBackSeconds),
    back(asked("authentications"), fault.authenticationsBackSeconds),
    services === undefined ? missing : bad(services.downMost, paint),
    back(services === undefined ? 0 : 1, services?.upSeconds),
    back(services === undefined ? 0 : 1, services?.reportedSeconds),
  ];
}

/** Why requests were refused and servers are errors, what was lost, and what is not well in the end. */
export function serversSentences(records: readonly ServersRecord[] | undefined): string[] {
  return (records ?? []).flatMap((record) => {
    const { name, boots, authentications, errors, unaccepted, novaServices, left, lateSeconds } = record;
    const stuck = { ...boots.stuck, ...counted("gone", boots.gone), ...counted("unknown", boots.unknown) };
    const said: [string, Record<string, number>][] = [
      ["servers refused", { ...boots.refused, ...boots.unanswered }],
      ["tokens refused", { ...authentications.refused, ...authentications.unanswered }],
      ["servers in ERROR", errors],
      [`accepted, and neither ACTIVE nor ERROR ${seconds(record.waitedSeconds)} s after the window`, stuck],
      ["servers that are there although their request was refused", unaccepted],
    ];
    return [
      ...said
        .filter(([, counts]) => sumOf(counts) > 0)
        .map(([what, counts]) => `${name}: ${what}: ${listed(counts)}.`),
      ...namesOf(`${name}: services of Nova that are down in the end`, novaServices?.down),
      ...namesOf(`${name}: services of Nova not heard of since the last fault`, novaServices?.silent),
      ...(left === undefined || left === 0 ? [] : [`${name}: ${left} servers could not be deleted.`]),
      ...(lateSeconds < noteworthyLateSeconds
        ? []
        : [`${name}: requests were begun up to ${seconds(lateSeconds)} s late: the machine was busy.`]),
    ];
  });
}

function counted(name: string, count: number): Record<string, number> {
  return count === 0 ? {} : { [name]: count };
}

function listed(counts: Readonly<Record<string, number>>): string {
  return Object.entries(counts)
    .map(([kind, count]) => `${kind} (${count})`)
    .join(", ");
}

function namesOf(what: string, names: readonly string[] = []): string[] {
  return names.length === 0 ? [] : [`${what}: ${names.join(", ")}.`];
}

function nameOf({ name, status }: ServersRecord, longest: number, paint: Paint): string {
  const short = shortened(name, longest);
  return status === "failed" ? paint(["bold", "red"], `${short} !`) : short;
}

function bad(count: number, paint: Paint): string {
  return count > 0 ? paint("red", String(count)) : "0";
}

function seconds(value: number | undefined): string {
  return value === undefined ? missing : String(Number(value.toPrecision(3)));
}

function sumOf(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((sum, count) => sum + count, 0);
}
