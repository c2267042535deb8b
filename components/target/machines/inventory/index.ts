import { readAnsible } from "./ansible";
import { readGrid5000 } from "./grid5000";
import type { Inventory } from "./host";
import { readOpenstack } from "./openstack";
import { readSshConfig } from "./sshConfig";

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

/** Reads what another tool says of hosts. */
export function readInventory(format: InventoryFormat, text: string, file: string): Inventory {
  return readers[format](text, file);
}
