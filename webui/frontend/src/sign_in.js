// The session ended while somebody typed: sign in over the page, the page stays as it is.
import { el } from "./dom.js";
import { texts } from "./texts.js";
import { toast } from "./toasts.js";

const HEADERS = { "HX-Request": "true", "X-Sign-In-Over": "true" };

export function renewToken(token) {
  if (!token) return;
  document.querySelector('meta[name="csrf-token"]')?.setAttribute("content", token);
  document.querySelectorAll('input[name="csrf_token"]').forEach((input) => (input.value = token));
}

// The answer may be a whole page: only its <main> or the first form is wanted.
function formFrom(html) {
  const page = new DOMParser().parseFromString(html, "text/html");
  renewToken(page.querySelector('meta[name="csrf-token"]')?.content ?? page.querySelector('input[name="csrf_token"]')?.value);
  const part = page.querySelector("main") ?? page.body;
  return document.adoptNode(part.querySelector("form") ?? part);
}

async function submit(event, dialog, pressed) {
  event.preventDefault();
  const form = event.target;
  const answer = await fetch(form.action, { method: "POST", body: new FormData(form), headers: HEADERS, redirect: "manual" });
  if (answer.type === "opaqueredirect" || answer.status === 204) {
    const token = answer.headers.get("X-CSRF-Token") ?? (await freshToken());
    renewToken(token);
    dialog.close();
    toast(texts().signedIn);
    pressed?.focus();
    return;
  }
  dialog.querySelector(".bd").replaceChildren(formFrom(await answer.text()));
}

// The new session has a new token: any page of ours carries it.
async function freshToken() {
  const page = await (await fetch(location.href, { headers: { Accept: "text/html" } })).text();
  return new DOMParser().parseFromString(page, "text/html").querySelector('meta[name="csrf-token"]')?.content;
}

export async function signInOverPage(pressed) {
  const url = document.body.dataset.signinUrl;
  if (!url || document.getElementById("sign-in-over")) return;
  const answer = await fetch(url, { headers: HEADERS });
  const dialog = el("dialog", { class: "ch-dialog", id: "sign-in-over", "aria-label": document.title },
    el("div", { class: "bd" }, formFrom(await answer.text())));
  dialog.addEventListener("submit", (event) => submit(event, dialog, pressed));
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
}
