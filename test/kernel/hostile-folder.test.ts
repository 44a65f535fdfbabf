import { expect } from "bun:test";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { everywhere, rows } from "./harness.ts";

rows({ how: "dist" })("dist/ns takes nothing from the folder it is started in", async (ns) => {
	const marker = join(ns.folder, "marker");
	const write = (name: string, text: string) => writeFileSync(join(ns.folder, name), text);
	write("evil.ts", `require("node:fs").writeFileSync(${JSON.stringify(marker)}, "was here"); throw new Error("evil");`);
	write("bunfig.toml", 'preload = ["./evil.ts"]\n[run]\npreload = ["./evil.ts"]\n');
	for (const name of [".env", ".env.local", ".env.production", ".env.development"]) {
		write(name, "FROM_DOTENV=1\nPATH=/evil\nSHELL=/evil\nBUN_OPTIONS=--preload=./evil.ts\n");
	}
	write("package.json", '{ "name": "evil", "main": "./evil.ts", "imports": { "#*": "./evil.ts" } }');
	write("tsconfig.json", '{ "compilerOptions": { "paths": { "citty": ["./evil.ts"] } } }');
	ns.directory("node_modules/citty");
	write("node_modules/citty/index.js", 'require("../../evil.ts")');
	write("node_modules/citty/package.json", '{ "name": "citty", "main": "index.js" }');
	write("citty.js", 'require("./evil.ts")');

	const environment = await ns.output(["run", "env"]);
	const directly = await ns.command(["env"]);
	expect(environment.split("\n").toSorted()).toEqual(directly.stdout.split("\n").toSorted());
	expect(await ns.output(["plan", "--uts", "true"])).toContain("unshare(CLONE_NEW");
	expect((await ns.run(["run", "--hostnam", "x"])).code).toBe(125);
	// Also when it is called once more, to explain a failure.
	const failed = await ns.run(["run", "--root", "/no/such", "true"]);
	expect([failed.code, failed.stderr]).toEqual([125, expect.stringContaining("hint: /no/such does not exist")]);
	expect(existsSync(marker)).toBe(false);
});

everywhere("the command's environment has nothing from .env files", async (ns) => {
	writeFileSync(join(ns.folder, ".env"), "FROM_DOTENV=1\nHOME=/evil\n");
	const environment = await ns.output(["run", "env"]);
	expect(environment).not.toContain("FROM_DOTENV");
	expect(environment).toContain(`HOME=${ns.account.home}\n`);
});
