import * as pulumi from "@pulumi/pulumi";
import type { Target } from "../target/target";
import { Service } from "../topology/service";
import { mustSite, type Site } from "../topology/site";
import { environmentOf, paths, ports, renderPages, renderPrometheus, renderTargets } from "./configuration";
import type { MetricsPlan } from "./plan";

const healthySeconds = 120;

export interface PrometheusArgs {
  /** As planned. */
  plan: MetricsPlan;
}

/** What it needs to make its parts, beside its args. */
export interface PrometheusDependencies {
  readonly target: Target;
  readonly sites: ReadonlyMap<string, Site>;
  /** Every other service of the deployment, which gateways are to know by their names. */
  readonly services: readonly Service[];
}

/**
 * Collects figures of everything, and shows them. Whom it asks, and what a site's containers are called, is told while it and the
 * gateways run: what comes or goes restarts neither.
 */
export class Prometheus extends pulumi.ComponentResource {
  /** Healthy once its output resolves. */
  readonly service: Service;
  /** Done once everything that there is to be asked is known to be. */
  readonly ready: readonly pulumi.Resource[];
  /** Where its pages are, on the machine that has the sites. */
  readonly url: string;
  /** Rendered configuration files by path; nothing of it is secret. */
  readonly configuration: Readonly<Record<string, string>>;

  constructor(
    name: string,
    args: PrometheusArgs,
    { target, sites, services }: PrometheusDependencies,
    opts?: pulumi.ComponentResourceOptions,
  ) {
    super("buswide:metrics:Prometheus", name, args, opts);
    const { plan } = args;
    const files = [
      { path: paths.configuration, content: renderPrometheus(plan) },
      { path: paths.pages, content: renderPages() },
    ];
    this.service = new Service(
      `${name}-${plan.site}-${plan.service}`,
      {
        site: plan.site,
        service: plan.service,
        image: "prometheus",
        address: plan.address,
        memoryBytes: plan.memoryBytes,
        files,
        environment: environmentOf(plan),
        published: { port: ports.pages, at: plan.port },
        waitHealthySeconds: healthySeconds,
      },
      { target, site: mustSite(sites, plan.site) },
      { parent: this },
    );
    const targets = target.runIn(
      `${name}-targets`,
      this.service.container,
      { command: "metrics-targets", stdin: renderTargets(plan) },
      { parent: this },
    );
    const named = [...sites].map(([site, { gateway }]) =>
      target.nameContainers(
        `${name}-${site}-containers`,
        gateway.container,
        Object.fromEntries([
          ["gateway", gateway.container],
          ...[...services, this.service]
            .filter((one) => one.site === site)
            .map(({ service, container }) => [service, container] as const),
        ]),
        { parent: this },
      ),
    );
    this.ready = [targets, ...named];
    this.url = `http://127.0.0.1:${plan.port}/`;
    const container = `${plan.site}-${plan.service}`;
    this.configuration = Object.fromEntries([
      ...files.map(({ path, content }) => [`${container}/${path.split("/").at(-1)}`, content]),
      [`${container}/${paths.targets.split("/").at(-1)}`, renderTargets(plan)],
    ]) as Record<string, string>;
    // What policies of the whole stack read: they see outputs.
    this.registerOutputs({ plan, url: this.url });
  }
}
