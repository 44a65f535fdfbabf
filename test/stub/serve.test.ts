/** Servers on both architectures, without any namespace. */
import { afterAll, expect } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { image } from "../../src/launch/image.ts";
import { plan } from "../../src/plan/plan.ts";
import { type ServerOptions, server } from "../../src/process/server.ts";
import { inTime, until } from "../kernel/waiting.ts";
import { needs } from "../needs.ts";
import { rootHost } from "../plan/fixtures.ts";
import { machines } from "./machines.ts";

const folder = mkdtempSync(join(tmpdir(), "nskit-serve-"));
afterAll(() => rmSync(folder, { recursive: true }));

for (const { arch, executeNeeds, prefix } of machines) {
	const it = needs(...executeNeeds);
	const file = join(folder, arch);
	const start = (options: ServerOptions, ...argv: string[]) => {
		const command = { argv, env: [], cwd: "/" };
		const made = plan([server(options)], { host: { ...rootHost, arch }, command });
		writeFileSync(file, image(made, { to: "stderr" }), { mode: 0o755 });
		return Bun.spawn([...prefix, file], { stdin: "ignore", stdout: "pipe", stderr: "pipe" });
	};

	it(`a program of ${arch} runs a command so often, and ends as the last`, async () => {
		const child = start({ again: true, times: 3, delay: "1ms" }, "/bin/sh", "-c", "echo x; exit 7");
		expect(await inTime("the end", child.exited)).toBe(7);
		expect([await child.stdout.text(), await child.stderr.text()]).toEqual(["x\nx\nx\n", ""]);
	});

	it(`a program of ${arch} that cannot start a command does not try again`, async () => {
		const child = start({ again: true }, "/nosuch");
		expect(await inTime("the end", child.exited)).toBe(127);
		expect(await child.stderr.text()).toContain("ENOENT");
	});

	it(`a program of ${arch} answers connections, and ends by a signal`, async () => {
		const listener = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data() {} } });
		const { port } = listener;
		listener.stop(true);
		const child = start({ listen: { port }, most: 1 }, "/bin/sh", "-c", "echo out; read x");
		for (let i = 0; i < 2; i++) {
			let text = "";
			let ended = false;
			const socket = {
				data(one: Bun.Socket, bytes: Uint8Array) {
					text += new TextDecoder().decode(bytes);
					one.write("\n");
				},
				close() {
					ended = true;
				},
			};
			await until("a connection", () => Bun.connect({ hostname: "127.0.0.1", port, socket }).catch(() => undefined));
			await until("its end", () => ended);
			expect(text).toBe("out\n");
		}
		child.kill("SIGTERM");
		await inTime("the end", child.exited);
		expect(child.signalCode).toBe("SIGTERM");
	});
}
