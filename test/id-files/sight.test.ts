/** What this machine tells of ids. */
import { expect } from "bun:test";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { idSight } from "../../src/id-files/sight.ts";
import { needs } from "../needs.ts";

const onLinux = needs("linux");

onLinux("root is user 0 by name and number, and nobody has a name that is none", () => {
	expect(idSight.idOf("user", "root")).toBe(0);
	expect(idSight.idOf("group", "root")).toBe(0);
	expect(idSight.accountOf(0)).toEqual({ name: "root", gid: 0 });
	for (const bad of ["", "-h", "--help", "a:b", "a\nb", "no such user"])
		expect(idSight.idOf("user", bad)).toBeUndefined();
	expect(idSight.accountOf(4_294_967_290)).toBeUndefined();
});

onLinux("the ids of this user namespace are those of /proc", () => {
	expect(idSight.known("user")?.length).toBeGreaterThan(0);
	expect(idSight.known("group")?.some(({ first }) => first === 0)).toBe(true);
});

onLinux("who has no line has nothing", () => {
	expect(idSight.subids("user", { name: "nskit-none", uid: 4_294_967_290 }).spans).toEqual([]);
	expect(idSight.subids("group", { name: "-g" })).toMatchObject({ spans: [], source: "/etc/subgid" });
});

onLinux("programs are found by absolute paths of PATH, and asked where files say nothing", () => {
	const folder = mkdtempSync(join(tmpdir(), "sight-"));
	const path = process.env.PATH;
	try {
		const write = (name: string, text: string) => {
			writeFileSync(join(folder, name), text);
			chmodSync(join(folder, name), 0o755);
		};
		write("getsubids", '#!/bin/sh\n[ "$*" = "-g nskit-none" ] && echo "0: nskit-none 7 5"\n');
		write("getent", '#!/bin/sh\n[ "$*" = "passwd nskit-none" ] && echo "nskit-none:x:77:78::/:"\n');
		write("newuidmap", "");
		process.env.PATH = `.:${folder}:${path}`;
		expect(idSight.subids("group", { name: "nskit-none" })).toEqual({
			...{ spans: [{ first: 7, count: 5 }], source: "getsubids -g nskit-none", wrong: [] },
		});
		expect(idSight.subids("user", { name: "nskit-none" }).spans).toEqual([]);
		expect(idSight.idOf("user", "nskit-none")).toBe(77);
		expect(idSight.program("user")).toMatchObject({
			path: `${folder}/newuidmap`,
			useless: expect.stringContaining("set-user-ID"),
		});
	} finally {
		process.env.PATH = path;
		rmSync(folder, { recursive: true });
	}
});
