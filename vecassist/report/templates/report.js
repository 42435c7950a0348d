"use strict";
document.documentElement.classList.add("js");

for (const fieldset of document.querySelectorAll("fieldset[hidden]")) fieldset.hidden = false;

// What was won should be in sight: a long prologue often stands before the first vector instruction.
function reveal(pane) {
  const first = pane.querySelector(".vector");
  if (!first || pane.scrollTop) return;
  const inside = first.offsetTop - pane.offsetTop;
  if (inside + first.offsetHeight > pane.clientHeight) pane.scrollTop = inside - pane.clientHeight / 3;
}

function chosen(name, apply) {
  const inputs = [...document.querySelectorAll(`input[name="${name}"]`)];
  if (!inputs.length) return;
  const update = () => apply(inputs.find((one) => one.checked).value);
  for (const input of inputs) input.addEventListener("change", update);
  update();
}

chosen("status", (status) => {
  for (const row of document.querySelectorAll(".loops li")) row.hidden = status !== "" && row.dataset.status !== status;
});
chosen("compiler", (number) => {
  for (const part of document.querySelectorAll(".machine")) {
    part.hidden = part.dataset.compiler !== number;
    if (!part.hidden) part.querySelectorAll(".code").forEach(reveal);
  }
});

const hint = document.querySelector(".hint");
const usual = hint ? hint.dataset.hint : "";
if (hint) hint.textContent = usual;

const lit = () => document.querySelectorAll(".row.on");
const linked = (pane) => [...pane.querySelectorAll(".row[data-l]")];

function clear() {
  for (const row of lit()) row.classList.remove("on");
  if (hint) hint.textContent = usual;
}

function visible(pane) {
  return pane.closest("[hidden]") === null;
}

function light(row, follow) {
  clear();
  const home = row.closest(".code");
  let instructions = 0;
  for (const pane of document.querySelectorAll(`.code[data-side="${home.dataset.side}"]`)) {
    if (!visible(pane)) continue;
    const rows = linked(pane).filter((one) => one.dataset.l === row.dataset.l);
    for (const one of rows) one.classList.add("on");
    if (pane.closest(".asm")) instructions += rows.length;
    const goal = pane === home ? row : rows[0];
    // Only the panes scroll; the page stays where the reader has it.
    if (follow && goal) {
      const inside = goal.offsetTop - pane.offsetTop;
      if (inside < pane.scrollTop || inside + goal.offsetHeight > pane.scrollTop + pane.clientHeight)
        pane.scrollTop = inside - pane.clientHeight / 2;
    }
  }
  if (hint) hint.textContent = `Line ${row.dataset.l} ${home.dataset.side}: ${instructions} instruction${instructions === 1 ? "" : "s"}.`;
}

for (const pane of document.querySelectorAll(".code")) {
  let place = -1;
  pane.addEventListener("mouseover", (event) => {
    const row = event.target.closest(".row[data-l]");
    if (row) light(row, false);
  });
  pane.addEventListener("mouseleave", () => { if (document.activeElement !== pane) clear(); });
  pane.addEventListener("click", (event) => {
    const row = event.target.closest(".row[data-l]");
    if (row) { place = linked(pane).indexOf(row); light(row, true); }
  });
  pane.addEventListener("blur", clear);
  pane.addEventListener("focus", () => {
    const rows = linked(pane);
    if (rows.length && pane.matches(":focus-visible")) { place = Math.max(place, 0); light(rows[place], true); }
  });
  pane.addEventListener("keydown", (event) => {
    const rows = linked(pane);
    const step = { ArrowDown: 1, ArrowUp: -1, Home: -rows.length, End: rows.length }[event.key];
    if (event.key === "Escape") clear();
    if (!step || !rows.length) return;
    event.preventDefault();
    place = Math.min(rows.length - 1, Math.max(0, place + step));
    light(rows[place], true);
  });
}
