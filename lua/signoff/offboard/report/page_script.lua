-- SPDX-License-Identifier: MIT

--- The script of the page of a report: the filter, and people who are out are folded up. The page is whole without it: it shows,
-- hides, opens and closes what is there.
-- @module signoff.offboard.report.page_script

return [[
(function () {
  "use strict";
  var byId = document.getElementById.bind(document);
  var list = function (selector) { return Array.prototype.slice.call(document.querySelectorAll(selector)); };
  var form = byId("filter"), words = byId("words"), verdict = byId("verdict"), count = byId("count");
  var rows = list("#matrix tbody tr");
  var people = list("#evidence details").map(function (details, i) {
    return { details: details, row: rows[i], text: details.textContent.toLowerCase(),
      verdicts: Array.prototype.map.call(details.querySelectorAll("li>b"), function (b) { return b.textContent; }),
      left: details.className === "left" };
  });

  function fits(person, text, wanted) {
    return person.text.indexOf(text) >= 0 &&
      (!wanted || (wanted === "left" ? person.left : person.verdicts.indexOf(wanted) >= 0));
  }

  function filter() {
    var text = words.value.trim().toLowerCase(), shown = 0;
    people.forEach(function (person) {
      var hidden = !fits(person, text, verdict.value);
      person.details.hidden = person.row.hidden = hidden;
      shown += hidden ? 0 : 1;
    });
    count.textContent = shown + " of " + people.length + " people are shown";
  }

  function openAll(open) {
    people.forEach(function (person) { person.details.open = open; });
  }

  function openTarget() {
    var target = byId(location.hash.slice(1));
    if (target && target.tagName === "DETAILS") {
      target.open = true;
      target.scrollIntoView();
    }
  }

  if (form && people.length > 1) {
    people.forEach(function (person) { person.details.open = person.left; });
    form.hidden = false;
    form.addEventListener("submit", function (event) { event.preventDefault(); });
    form.addEventListener("reset", function () { setTimeout(filter); });
    words.addEventListener("input", filter);
    verdict.addEventListener("change", filter);
    byId("open").addEventListener("click", function () { openAll(true); });
    byId("close").addEventListener("click", function () { openAll(false); });
    filter();
  }

  var closed = [];
  addEventListener("beforeprint", function () {
    closed = people.filter(function (person) { return !person.details.open; });
    openAll(true);
  });
  addEventListener("afterprint", function () {
    closed.forEach(function (person) { person.details.open = false; });
  });
  addEventListener("hashchange", openTarget);
  openTarget();
})();
]]
