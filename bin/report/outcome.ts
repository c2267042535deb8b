import type { EngineEvent, OpMap, PolicyEvent } from "@pulumi/pulumi/automation";
import { leadsTo } from "../../workloads/hosts/destination";
import { isMeasurement } from "../engine/state";
import { kindOf, parseUrn } from "./urn";

/** A resource that could not be made, changed or removed; or, without one, what ended the operation. */
export interface FailedResource {
  readonly urn?: string;
  readonly messages: readonly string[];
}

/** A violated policy. */
export interface Violation {
  readonly policy: string;
  readonly urn?: string;
  readonly mandatory: boolean;
  /** What is wrong and what to do about it. */
  readonly message: string;
}

/** Says no more than that something else failed, or what the provider says better beside it. */
const followUp = /^(update|preview|destroy|refresh) failed$|context canceled$|^sdk-v2\/provider2\.go:/;

/** So many failures on one host have one reason, mostly that it can't be reached. */
const fewestTogether = 3;

/** Keeps what an operation's events say about its end: failures and violations once each, and the counts. */
export class Outcome {
  readonly #failures = new Map<string, Set<string>>();
  readonly #violations = new Map<string, Violation>();
  /** The host of each resource that is on one's engine. */
  readonly #hosts = new Map<string, string>();
  /** How each host's engine is reached, as its provider is told. */
  readonly #ways = new Map<string, { readonly url: string; readonly options: readonly string[] }>();
  /** What each command does, as a line for a shell. */
  readonly #lines = new Map<string, string>();
  #changes: OpMap = {};

  take(event: EngineEvent): void {
    const { diagnosticEvent: diagnostic, policyEvent, summaryEvent, resourcePreEvent } = event;
    if (resourcePreEvent) this.#place(resourcePreEvent.metadata);
    if (diagnostic?.severity === "error") this.#fail(diagnostic.urn ?? "", plain(diagnostic.message));
    if (policyEvent) this.#violate(policyEvent);
    if (summaryEvent) this.#changes = summaryEvent.resourceChanges;
  }

  /** Numbers of resources by what was done to them, without those that stayed as they are. */
  get changes(): Readonly<Record<string, number>> {
    return Object.fromEntries(
      Object.entries(this.#changes).filter(([op, count]) => op !== "same" && op !== "read" && count > 0),
    );
  }

  get violations(): readonly Violation[] {
    return [...this.#violations.values()];
  }

  get failures(): readonly FailedResource[] {
    const all = [...this.#failures].map(([urn, messages]) => ({
      ...(urn ? { urn } : {}),
      messages: [...messages],
    }));
    const telling = all.flatMap(({ messages, ...resource }) => {
      const own = messages.filter((message) => !followUp.test(message));
      return own.length === 0 ? [] : [{ ...resource, messages: own }];
    });
    // Where nothing says more, what says little is all there is.
    return telling.length > 0 ? telling : all;
  }

  /** What went wrong, for people: a paragraph each. */
  describe(): string[] {
    const policies = this.violations.map(({ policy, urn, mandatory, message }) => {
      const where = urn === undefined ? "" : ` by ${describeUrn(urn)}`;
      return `${mandatory ? "policy violated" : "policy warns"}: ${policy}${where}\n${indent(message)}`;
    });
    const { many, others } = this.#byHost();
    const failures = others.map(({ urn, messages }) =>
      urn === undefined || parseUrn(urn).types.at(-1) === "pulumi:pulumi:Stack"
        ? messages.join("\n")
        : `failed${this.#on(urn)}: ${describeUrn(urn)}\n${indent(isMeasurement(urn) ? lastWord(messages) : advised(brief(messages.join("\n"))))}`,
    );
    return [...policies, ...many, ...failures];
  }

  /** Hosts on which much has failed, each in a paragraph with the first reason; and what else has failed. */
  #byHost(): { readonly many: string[]; readonly others: readonly FailedResource[] } {
    const failed = new Map<string, FailedResource[]>();
    const all = this.failures;
    for (const failure of all) {
      const host = failure.urn === undefined ? undefined : this.#hostOf(failure.urn);
      if (host !== undefined) failed.set(host, [...(failed.get(host) ?? []), failure]);
    }
    const large = [...failed].filter(([, failures]) => failures.length >= fewestTogether);
    const together = new Set(large.flatMap(([, failures]) => failures));
    return {
      many: large.map(([host, failures]) => {
        const names = failures.map(({ urn = "" }) => parseUrn(urn).name);
        const shown = [...names.slice(0, 4), ...(names.length > 4 ? [`… ${names.length - 4} more`] : [])];
        return `failed on ${host}: ${shown.join(", ")}\n${indent(advised(brief(failures[0]?.messages.join("\n") ?? "")))}`;
      }),
      others: all.filter((failure) => !together.has(failure)),
    };
  }

  #on(urn: string): string {
    const host = this.#hostOf(urn);
    return host === undefined ? "" : ` on ${host}`;
  }

  /** By the provider, else, of a command, by where its line leads: the command's own error need not say that. */
  #hostOf(urn: string): string | undefined {
    const [known, line] = [this.#hosts.get(urn), this.#lines.get(urn)];
    if (known !== undefined || line === undefined) return known;
    return [...this.#ways].find(([, { url, options }]) => leadsTo(line, url, options))?.[0];
  }

  /** A host's provider is called after it. */
  #place({ urn, provider, ...step }: NonNullable<EngineEvent["resourcePreEvent"]>["metadata"]): void {
    const host = /pulumi:providers:docker::target-(.+)::[^:]*$/.exec(provider)?.[1];
    if (host !== undefined) this.#hosts.set(urn, host);
    const inputs: Readonly<Record<string, unknown>> = (step.new ?? step.old)?.inputs ?? {};
    const told = /pulumi:providers:docker::target-(.+)$/.exec(urn)?.[1];
    if (told !== undefined && typeof inputs["host"] === "string")
      this.#ways.set(told, { url: inputs["host"], options: optionsOf(inputs["sshOpts"]) });
    if (typeof inputs["create"] === "string") this.#lines.set(urn, inputs["create"]);
  }

  #fail(urn: string, message: string): void {
    if (message === "") return;
    const messages = this.#failures.get(urn) ?? new Set();
    this.#failures.set(urn, messages.add(message));
  }

  #violate({ policyName, resourceUrn, enforcementLevel, message }: PolicyEvent): void {
    const violation: Violation = {
      policy: policyName,
      ...(resourceUrn ? { urn: resourceUrn } : {}),
      mandatory: enforcementLevel === "mandatory",
      message: plain(message),
    };
    this.#violations.set(JSON.stringify(violation), violation);
  }
}

/** A resource's name with what it is: `core-rabbitmq-container (docker container)`. */
export function describeUrn(urn: string): string {
  const { types, name } = parseUrn(urn);
  return `${name} (${kindOf(types.at(-1) ?? "")})`;
}

/** A provider's list, which it is given as JSON. */
function optionsOf(value: unknown): string[] {
  let list = value;
  if (typeof value === "string")
    try {
      list = JSON.parse(value);
    } catch {
      // What is secret is no list: it is told in another way.
    }
  return Array.isArray(list) ? list.map(String) : [];
}

/**
 * With what helps, where an engine's own words do not say it. After a host's power has failed, Docker may hold the ports of containers that it does
 * not have any more, in no socket that could be seen.
 */
function advised(text: string): string {
  return /port is already allocated/.test(text)
    ? `${text}\nIf nothing there uses the port, its Docker Engine holds it for a container that is gone: start that engine anew (systemctl restart docker), then give the same command again.`
    : text;
}

/** A message of the engine's without its colours, its padding and its word for "error". */
export function plain(message: string): string {
  return (
    message
      .replace(/<\{%[^%]*%\}>/g, "")
      .replace(/\u001b\[[0-9;]*[A-Za-z]/g, "")
      .replace(/\r/g, "")
      .trim()
      .replace(/^error: /, "")
      // How Terraform's providers wrap a single error.
      .replace(/^1 error occurred:\s*\* /, "")
      .trim()
  );
}

/** What the runner said at its end: all before it has been shown as it came. */
function lastWord(messages: readonly string[]): string {
  const text = messages.join("\n");
  return /^\s*(failed: .*)$/m.exec(text)?.[1] ?? brief(text);
}

/** The end of a long text, where what went wrong is; long lines are cut. */
function brief(text: string): string {
  const lines = text.split("\n").map((line) => (line.length > 400 ? `${line.slice(0, 399)}…` : line));
  return (lines.length > 30 ? ["…", ...lines.slice(-30)] : lines).join("\n");
}

function indent(text: string): string {
  return text.replace(/^/gm, "  ");
}
