import {
  Bool,
  Float64,
  Table as ArrowTable,
  tableToIPC,
  Utf8,
  vectorFromArray,
  type Vector,
} from "apache-arrow";
import { stringify } from "csv-stringify/sync";
import { join } from "path";
import type { Value } from "../columns";
import { writeWhole } from "../journal";
import { arrowFile, csvFile } from "./files";
import type { Table } from "./rows";

/** Writes a campaign's table as CSV and as Arrow into its folder; each file is replaced in one step. */
export function writeTable(folder: string, table: Table): void {
  writeWhole(join(folder, csvFile), renderCsv(table));
  writeWhole(join(folder, arrowFile), renderArrow(table));
}

/** CSV by RFC 4180 with a header; what there is no figure for is empty. */
export function renderCsv({ columns, rows }: Table): string {
  return stringify([...rows], {
    header: true,
    columns: [...columns],
    cast: { boolean: (value) => String(value) },
  });
}

/** An Arrow IPC file (Feather, version 2): numbers as doubles, what there is no figure for as null. */
export function renderArrow({ columns, rows }: Table): Uint8Array {
  const vectors = Object.fromEntries(columns.map((name) => [name, vector(rows.map((row) => row[name]))]));
  return tableToIPC(new ArrowTable(vectors), "file");
}

function vector(values: readonly Value[]): Vector {
  const known = values.filter((value) => value !== undefined);
  const every = (type: string) => known.length > 0 && known.every((value) => typeof value === type);
  const orNull = values.map((value) => value ?? null);
  if (every("number")) return vectorFromArray(orNull, new Float64());
  if (every("boolean")) return vectorFromArray(orNull, new Bool());
  return vectorFromArray(
    orNull.map((value) => (value === null ? null : String(value))),
    new Utf8(),
  );
}
