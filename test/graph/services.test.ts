import { deepEqual, equal, match, ok } from "assert/strict";
import { pictureOf, renderMermaid, renderSvg } from "../../components/plan/graph";
import { layOutScene } from "../../components/plan/graph/scene";
import { controlPlane, elements, groupOf, parseSvg, planOf, samples, textsOf } from "./pictures";

const star = { generate: "star", center: "core", sites: ["edge"], delay: "25ms" };
const services = [
  ...["rabbitmq", "mariadb", "keystone", "placement", "glance"],
  ...["nova-api", "nova-conductor", "nova-scheduler", "neutron", "memcached", "rally"],
];

describe("the services of a drawing", () => {
  const picture = pictureOf(planOf(groupOf(4), [star], controlPlane));

  it("are those of OpenStack and of tools too, and a site's computes are one", () => {
    deepEqual(textsOf(parseSvg(renderSvg(picture)), "service"), [
      ...["gateway", ...services],
      ...["gateway", "nova-compute ×7", "gateway", "nova-compute ×6", "gateway", "nova-compute"],
    ]);
    const text = renderMermaid(picture);
    services.forEach((name, index) => ok(text.includes(`    s0x${index + 1}["${name}"]\n`), name));
    ok(text.includes('    s1x1["nova-compute ×7"]\n'));
  });

  it("are told apart by their signs: only the bus has full discs", () => {
    const document = parseSvg(renderSvg(picture));
    const full = elements(document).filter((element) => element.getAttribute("class") === "sign full");
    equal(full.length, 1);
    const circles = Array.from(document.getElementsByTagName("circle"));
    equal(circles.filter((circle) => circle.getAttribute("class") === "sign").length, 9 + 3);
  });

  it("are those of Shaker where it measures", () => {
    const workloads = [{ name: "plane", kind: "shaker", pairs: [["core", "edge-1"]] }];
    const text = renderMermaid(pictureOf(planOf(groupOf(3), [star], { workloads })));
    equal(text.match(/\["shaker"\]/g)?.length, 2);
  });

  it("are broken into lines where they would make a box a wall", () => {
    const many = samples["a control plane and 29 sites with computes"]?.();
    ok(many);
    const core = layOutScene(many).sites.find(({ site }) => site.name === "core");
    deepEqual(core?.lines.join(" ").split(", "), services);
    ok(core.lines.length > 1 && core.mark.width < 260, `${core.mark.width} px`);
    match(
      renderMermaid(many),
      /\[\["core<br\/>rabbitmq, mariadb, keystone, placement<br\/>glance, nova-api,/,
    );
  });

  it("are in the legend where sites are dots", () => {
    const many = samples["a control plane and 99 sites with computes"]?.();
    ok(many);
    const rows = layOutScene(many).legend.rows.map(({ text }) => text);
    ok(rows.includes(`site with ${services.join(", ")}`), rows.join("\n"));
    ok(rows.includes("site with nova-compute ×3 (99)"), rows.join("\n"));
  });
});
