// Every page loads this. A page is complete without it; this makes it quick.
import { quiet, startChecks } from "./checks.js";
import { startDrafts, startForgetting } from "./drafts.js";
import { startFileInputs } from "./file_input.js";
import { openArrivedDialogs, pick, startFrame } from "./frame.js";
import { startIslands, stopIslands } from "./islands.js";
import { startLeaves } from "./leaves.js";
import { oneTabStop, startKeyboard } from "./keyboard.js";
import { startPulse } from "./pulse.js";
import { htmx, startServer } from "./server.js";
import { startToasts } from "./toasts.js";

function arrive(part) {
  startLeaves(part);
  startIslands(part);
  quiet(part);
  startFileInputs(part);
  oneTabStop(part);
  openArrivedDialogs(part);
  const waiting = part.querySelector?.('form[data-draft-key] [data-island="form"]');
  if (waiting) waiting.addEventListener("chancery:island-ready", () => startDrafts(part), { once: true });
  else startDrafts(part);
}

startServer();
startFrame();
startToasts();
startChecks();
startKeyboard(pick);
startForgetting();
// A page that is for writing begins in its first field.
document.querySelector("form[data-write] :is(input:not([type=hidden]), select, textarea)")?.focus();
startPulse();
htmx.onLoad(arrive);
// On a phone one pane is seen at a time: opening a task shows it.
document.addEventListener("htmx:afterSwap", ({ detail }) => {
  if (detail.target?.id === "task") detail.target.closest("[data-show]")?.setAttribute("data-show", "task");
});
document.addEventListener("htmx:beforeCleanupElement", ({ target }) => stopIslands(target));
