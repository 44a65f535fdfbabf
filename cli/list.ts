import { defineCommand } from "citty";
import { unseen } from "../src/survey/unseen.ts";
import { knownNames } from "../src/surveyor/named.ts";
import { surveyMachine } from "../src/surveyor/survey.ts";
import { userNames } from "../src/surveyor/users.ts";
import type { ReadArgv } from "./argv.ts";
import { cittyArgs } from "./citty.ts";
import { commandHelp, commands } from "./help.ts";
import { columnsText, type ListRequest, listRequest, listText, surveyOptions } from "./list-request.ts";
import { warn, write } from "./output.ts";
import { terminalWidth } from "./terminal.ts";

export default defineCommand({
	meta: { name: "list", description: commands.list.doc },
	args: cittyArgs("list"),
	/** The exit code is 0, also where nothing is found. */
	run({ data }) {
		const request = listRequest(data as ReadArgv);
		if (request.has("help")) write(1, commandHelp("list"));
		else if (request.has("list-columns")) write(1, columnsText(request));
		else list(request);
	},
});

/** Shows what was asked for, and says what could not be seen. */
function list(request: ListRequest): void {
	const { named, problems } = knownNames();
	const survey = surveyMachine({ ...surveyOptions(request), named });
	write(1, listText(request, survey, userNames(), terminalWidth(1)));
	warn([...unseen(survey), ...problems]);
}
