// One light question every 20 seconds while somebody looks at the page.
import { el, icon } from "./dom.js";
import { texts } from "./texts.js";

const EVERY = 20000;
let failures = 0;

function showCounts(counts) {
  for (const node of document.querySelectorAll("#rail-counts [data-count]")) {
    const count = counts[node.dataset.count];
    if (!count) continue;
    if (node.textContent !== count.text) node.textContent = count.text;
    node.classList.toggle("hot", Boolean(count.hot));
  }
}

function showConnection(up) {
  const old = document.getElementById("no-connection");
  if (up) old?.remove();
  else if (!old) {
    document.getElementById("over")?.append(
      el("div", { class: "ch-banner ch-offline", "data-st": "no", id: "no-connection", role: "alert" }, icon("warn"), el("span", {}, texts().offline)));
  }
}

export async function askPulse() {
  const url = document.body.dataset.pulseUrl;
  if (!url || document.hidden) return;
  try {
    const answer = await fetch(url, { headers: { Accept: "application/json" } });
    failures = 0;
    showConnection(true);
    if (!answer.ok) return;
    const news = await answer.json();
    showCounts(news.counts ?? {});
    document.querySelectorAll("[data-unread]").forEach((dot) => (dot.hidden = !news.unread));
    document.body.dispatchEvent(new CustomEvent("chancery:pulse", { detail: news }));
  } catch {
    if (++failures >= 2) showConnection(false);
  }
}

export function startPulse() {
  if (!document.body.dataset.pulseUrl) return;
  setInterval(askPulse, EVERY);
  document.addEventListener("visibilitychange", askPulse);
}
