// htmx, pinned and on a short lead: no eval, our token on every request, answers that say something are shown.
import htmx from "htmx.org";
import { csrfToken } from "./dom.js";
import { texts } from "./texts.js";
import { toast } from "./toasts.js";
import { signInOverPage } from "./sign_in.js";

Object.assign(htmx.config, {
  allowEval: false,
  includeIndicatorStyles: false,
  selfRequestsOnly: true,
  historyCacheSize: 0, // personal data does not belong into localStorage
  refreshOnHistoryMiss: true,
  responseHandling: [
    { code: "204", swap: false },
    { code: "[23]..", swap: true },
    { code: "409|422", swap: true, error: false },
    { code: "[45]..", swap: false, error: true },
  ],
});

function addToken(event) {
  event.detail.headers["X-CSRFToken"] = csrfToken();
}

// A conflict is told above the form, which keeps what was typed.
function placeConflict(event) {
  const { xhr, requestConfig } = event.detail;
  if (xhr.status !== 409 || xhr.getResponseHeader("HX-Retarget")) return;
  const form = requestConfig.elt.closest("form");
  if (!form) return;
  form.parentElement.querySelectorAll(":scope > [data-conflict]").forEach((old) => old.remove());
  event.detail.target = form;
  event.detail.swapOverride = "beforebegin";
}

function answerFailed(event) {
  const { xhr, elt } = event.detail;
  if (xhr.status === 401) signInOverPage(elt);
  else toast(texts().failed(xhr.getResponseHeader("X-Error-Code") ?? xhr.status), { bad: true });
}

function keepFocus(event) {
  if (document.activeElement && document.activeElement !== document.body) return;
  event.detail.elt?.querySelector?.("[tabindex='-1']:is(h1, h2, h3)")?.focus({ preventScroll: true });
}

export function startServer() {
  const page = document.documentElement;
  page.addEventListener("htmx:configRequest", addToken);
  page.addEventListener("htmx:beforeSwap", placeConflict);
  page.addEventListener("htmx:responseError", answerFailed);
  page.addEventListener("htmx:sendError", () => toast(texts().offline, { bad: true }));
  page.addEventListener("htmx:afterSettle", keepFocus);
}

export { htmx };
