/** How long the pure parts take: `bun bench/pure.ts`. */
import { bench, run, summary } from "mitata";
import { cgroup, hostFacts, ipc, mount, net, pid, plan, time, user, uts } from "../src/index.ts";
import { compose } from "../src/plan/plan.ts";
import { commandBlock } from "../src/stub/command.ts";
import { compile } from "../src/stub/compile.ts";
import { imageBase } from "../src/stub/elf.ts";

const fragments = [user(), mount(), pid(), net(), ipc(), uts({ hostname: "box" }), cgroup(), time({ boottime: "1d" })];
const env = Object.entries(process.env).map(([name, value]) => `${name}=${value}`);
const input = { host: hostFacts(), command: { argv: ["true"], env, cwd: "/" } };
const composed = compose(fragments, input);
const program = compile(composed, { base: imageBase, report: { to: "memory" } });

summary(() => {
	bench("compose a plan of all eight", () => compose(fragments, input));
	bench("the same, frozen", () => plan(fragments, input));
	bench("compile it", () => compile(composed, { base: imageBase, report: { to: "memory" } }));
	bench("encode its command", () => commandBlock(program, input.command));
});
await run();
