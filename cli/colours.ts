/** Whether output has colours: they are for people at a terminal that can show them, who have not said no. */
export const hasColours = (): boolean =>
	process.stdout.isTTY === true && !process.env.NO_COLOR && process.env.TERM !== "dumb";
