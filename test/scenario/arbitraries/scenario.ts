import fc from "fast-check";
import { bus, usualBus } from "./bus";
import { controlPlane, prometheus } from "./controlPlane";
import { links, sites } from "./network";
import { target } from "./target";
import { entry } from "./timeline";
import { rarely, some, withSomethingOdd } from "./words";
import { ofCloud, workload } from "./workloads";

function isTrace(workload: object): boolean {
  return "kind" in workload && workload.kind === "trace";
}

/** A scenario without what nobody meant. */
export const sensible = fc
  .tuple(
    some({ sites, links, bus, workloads: fc.array(workload, { maxLength: 2 }), seed: fc.nat() }, [
      ...["sites", "links", "bus"],
    ]),
    fc.option(
      fc.tuple(controlPlane, fc.array(ofCloud, { maxLength: 2 }), usualBus, fc.integer({ min: 0, max: 20 })),
      {
        nil: undefined,
        freq: 2,
      },
    ),
    fc.record({
      target: rarely(target),
      metrics: rarely(prometheus),
      timeline: rarely(fc.array(entry, { minLength: 1, maxLength: 1 })),
    }),
    rarely(rarely(ofCloud)),
  )
  .map(([whole, cloud, more, alone]): object => {
    const others = [...(cloud?.[1] ?? []), ...(alone === undefined ? [] : [alone])];
    const written = [...((whole.workloads ?? []) as object[]), ...others];
    // The scenario's own is for workloads that have none.
    const workloads =
      more.timeline === undefined
        ? written
        : written.map(({ timeline: _, ...one }: { timeline?: unknown }) => one);
    // Whether it is traced has to fit what there is to be traced; now and then it does not.
    const profiler =
      others.some((one) => ("trace" in one && one.trace === true) || isTrace(one)) !== (cloud?.[3] === 0);
    return {
      ...whole,
      ...(cloud ? { bus: cloud[2], controlPlane: { ...cloud[0], profiler } } : {}),
      ...Object.fromEntries(Object.entries(more).filter(([, value]) => value !== undefined)),
      ...(workloads.length === 0 ? {} : { workloads }),
    };
  });

/** A scenario, a person's or a fool's. */
export const scenario: fc.Arbitrary<unknown> = withSomethingOdd(sensible);
