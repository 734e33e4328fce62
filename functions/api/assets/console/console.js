// What pages do beyond their forms. Every one of them works without this.
"use strict";
(() => {
  const cases = () => [...document.querySelectorAll("[data-case]")];
  const current = () => document.activeElement?.closest("[data-case]");
  const say = (text) => {
    const place = document.getElementById("announced");
    if (place) place.textContent = text;
  };
  const go = (all, at) => {
    const it = all[Math.max(0, Math.min(at, all.length - 1))];
    if (!it) return;
    it.focus();
    it.scrollIntoView({ block: "nearest" });
    say(`${it.dataset.case}, ${all.indexOf(it) + 1} of ${all.length}`);
  };
  const arrive = () => {
    const it = location.hash && document.getElementById(location.hash.slice(1));
    if (it && it.matches("[data-case]")) go(cases(), cases().indexOf(it));
  };

  // A list of cases by keyboard: from one to the next, and their buttons marked by `data-key`.
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey || event.defaultPrevented) return;
    if (event.target.closest("input, textarea, select")) return;
    const all = cases();
    if (!all.length) return;
    const here = current();
    const at = all.indexOf(here);
    const arrows = here && document.activeElement === here;
    if (event.key === "j" || (event.key === "ArrowDown" && arrows)) go(all, at + 1);
    else if (event.key === "k" || (event.key === "ArrowUp" && arrows)) go(all, Math.max(at, 1) - 1);
    else if (here && ["c", "n", "s"].includes(event.key)) {
      const button = here.querySelector(`[data-key="${event.key}"]`);
      if (button) button.click();
      else if (event.key === "s") {
        document.querySelector("a[rel=next]")?.focus();
        say("That was the last one of this page.");
      } else say("There is nothing to press for this key here.");
    } else return;
    event.preventDefault();
  });
  addEventListener("hashchange", arrive);
  addEventListener("DOMContentLoaded", arrive);

  // A file that is chosen is read into the field beside it.
  document.querySelectorAll("[data-script]").forEach((it) => { it.hidden = false; });
  document.addEventListener("change", async (event) => {
    const into = document.getElementById(event.target.dataset.into ?? "");
    const file = event.target.files?.[0];
    if (into && file) into.value = await file.text();
  });
})();
