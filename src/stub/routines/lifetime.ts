/** What a supervisor does for a lifetime. Loaded only for plans that have one. */
import type { Supervision } from "../../plan/supervision.ts";
import type { Plan, Routine } from "../../plan/types.ts";
import type { Label } from "../assembler.ts";
import { emitAgain } from "./again.ts";
import { emitBackground, emitPidFile } from "./background.ts";
import { emitBlock } from "./block.ts";
import { emitListen } from "./listen.ts";
import type { Machine } from "./machine.ts";
import { emitParent } from "./parent.ts";
import { emitTell } from "./tell.ts";
import { emitTimer } from "./timeout.ts";

export { emitWatch } from "./parent.ts";
export { emitTellEnd } from "./tell.ts";
export { emitTimeUp } from "./timeout.ts";

/** The routines of the lifetime module. */
export function emitLifetime(
	m: Machine,
	{ init, channel }: Plan,
	supervision: Supervision,
	{ id, routine, failed }: { id: number; routine: Routine | undefined; failed: Label },
): void {
	const { timeout, block = 0, parent = 0, server } = supervision;
	const reopened = channel !== undefined;
	if (routine === "background") emitBackground(m, supervision, id, failed);
	if (routine === "again" && server?.again) emitAgain(m, server.again, { supervision, channel, id, failed });
	if (routine === "listen" && server) emitListen(m, server.most, supervision);
	if (routine === "pidFile") emitPidFile(m, id, failed);
	if (routine === "parent") emitParent(m, parent, id, failed);
	if (routine === "tell") emitTell(m, supervision, init, reopened);
	if (routine === "timer" && timeout) emitTimer(m, timeout);
	if (routine === "block") emitBlock(m, reopened ? m.slot("block") : block, reopened, id, failed);
}
