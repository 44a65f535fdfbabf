import { expect } from "bun:test";
import { readFileSync } from "node:fs";
import { isRoot } from "./checkout.ts";
import { everywhere } from "./harness.ts";

const wanted = 20_000;
const raise = ["prlimit", `--nofile=${wanted + 100}:${wanted + 100}`];
/** Root may raise the limit, unless it is that of a container. */
const raised = isRoot && Bun.spawnSync([...raise, "true"]).success;
const hard = Number(/^Max open files\s+\d+\s+(\d+)/m.exec(readFileSync("/proc/self/limits", "utf8"))?.[1]);
const limit = raised ? wanted + 100 : hard;
const before = raised ? raise : [];
const count = Math.min(wanted, limit - 100);
const open = `ulimit -Sn ${limit}; for ((fd = 3; fd < ${count + 3}; fd++)); do eval "exec $fd</etc"; done; "$@"; exit $?`;

everywhere(`a caller with ${count} open descriptors`, async (ns) => {
	for (const options of [[], ["--uts"]]) {
		const args = ["run", ...options, "sh", "-c", "ls /proc/self/fd; exit 3"];
		const ended = await ns.shell(open, { bash: true, args, before, within: 60_000 });
		expect(ended).toMatchObject({ code: 3, stdout: "0\n1\n2\n3\n", stderr: "" });
	}
});
