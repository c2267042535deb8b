import { readAnsible, reduceAnsible } from "./ansible";
import { readGrid5000, reduceGrid5000 } from "./grid5000";
import type { Inventory } from "./host";
import { readOpenstack, reduceOpenstack } from "./openstack";
import { readSshConfig, reduceSshConfig } from "./sshConfig";

export type { Inventory, InventoryHost } from "./host";

/** Whose files are read, each by what it is called in a scenario. */
export const inventoryFormats = ["ansible", "ssh-config", "grid5000", "openstack"] as const;
export type InventoryFormat = (typeof inventoryFormats)[number];

const readers: Readonly<Record<InventoryFormat, (text: string, file: string) => Inventory>> = {
  ansible: readAnsible,
  "ssh-config": readSshConfig,
  grid5000: readGrid5000,
  openstack: readOpenstack,
};

const reducers: Readonly<Record<InventoryFormat, (text: string, file: string) => string>> = {
  ansible: reduceAnsible,
  "ssh-config": reduceSshConfig,
  grid5000: reduceGrid5000,
  openstack: reduceOpenstack,
};

/**
 * A text of the same format that says of the same hosts what is taken over, and nothing else. One that is wrong stays as it is, for its
 * reader to say so: nothing comes of it.
 */
export function reduceInventory(format: InventoryFormat, text: string, file: string): string {
  return readInventory(format, text, file).problems.length > 0 ? text : reducers[format](text, file);
}

/** Reads what another tool says of hosts. */
export function readInventory(format: InventoryFormat, text: string, file: string): Inventory {
  return readers[format](text, file);
}
