(function () {
  "use strict";
  var said = document.getElementById("said");

  function exact(cell) {
    var raw = cell.getAttribute("data-value");
    if (raw === null) { return null; }
    var parts = raw.split("/");
    return [BigInt(parts[0]), BigInt(parts[1] || "1")];
  }
  function compareNumbers(a, b) {
    var left = a[0] * b[1], right = b[0] * a[1];
    return left < right ? -1 : left > right ? 1 : 0;
  }
  function arabic(text) {
    return text.replace(/[๐-๙]/g, function (digit) { return String(digit.charCodeAt(0) - 0x0e50); }).toLowerCase();
  }

  function makeSortable(table) {
    var heads = Array.prototype.slice.call(table.tHead.rows[0].cells);
    var bodies = Array.prototype.slice.call(table.tBodies);
    var home = [];
    bodies.forEach(function (body) {
      Array.prototype.forEach.call(body.rows, function (row) {
        if (!row.classList.contains("band")) { home.push([row, body]); }
      });
    });
    var sorted = document.createElement("tbody");
    sorted.hidden = true;
    table.appendChild(sorted);

    function restore() {
      home.forEach(function (pair) { pair[1].appendChild(pair[0]); });
      bodies.forEach(function (body) { body.hidden = false; });
      sorted.hidden = true;
    }
    function sort(column, direction) {
      var isNumber = heads[column].getAttribute("data-kind") === "number";
      var rows = home.map(function (pair, place) {
        var cell = pair[0].cells[column];
        return { row: pair[0], place: place, key: isNumber ? exact(cell) : cell.textContent };
      });
      rows.sort(function (a, b) {
        if (a.key === null || b.key === null) {
          return a.key === b.key ? a.place - b.place : a.key === null ? 1 : -1;
        }
        var order = isNumber ? compareNumbers(a.key, b.key) : a.key.localeCompare(b.key, "th", { numeric: true });
        return direction * order || a.place - b.place;
      });
      rows.forEach(function (entry) { sorted.appendChild(entry.row); });
      bodies.forEach(function (body) { body.hidden = true; });
      sorted.hidden = false;
    }
    heads.forEach(function (head, column) {
      var button = head.querySelector("button");
      if (!button) { return; }
      button.addEventListener("click", function () {
        var now = head.getAttribute("aria-sort");
        var next = now === "none" ? "ascending" : now === "ascending" ? "descending" : "none";
        heads.forEach(function (other) { other.setAttribute("aria-sort", "none"); });
        head.setAttribute("aria-sort", next);
        if (next === "none") { restore(); } else { sort(column, next === "ascending" ? 1 : -1); }
        var how = { ascending: "จากน้อยไปมาก", descending: "จากมากไปน้อย", none: "ตามลำดับเดิม" }[next];
        said.textContent = "เรียงตาม" + button.textContent + " " + how;
      });
    });
  }

  function makeFilter(input) {
    var table = document.getElementById(input.getAttribute("aria-controls"));
    var count = document.getElementById(input.id.replace("-filter", "-count"));
    input.addEventListener("input", function () {
      var wanted = arabic(input.value.trim()), shown = 0, all = 0;
      Array.prototype.forEach.call(table.querySelectorAll("tbody tr:not(.band)"), function (row) {
        all += 1;
        row.hidden = wanted !== "" && arabic(row.textContent).indexOf(wanted) < 0;
        shown += row.hidden ? 0 : 1;
      });
      Array.prototype.forEach.call(table.tBodies, function (body) {
        var band = body.querySelector(".band");
        if (band) { band.hidden = wanted !== "" && !body.querySelector("tr:not(.band):not([hidden])"); }
      });
      count.textContent = wanted === "" ? "" : "แสดง " + shown + " จาก " + all + " แถว";
    });
  }

  Array.prototype.forEach.call(document.querySelectorAll("table[data-sortable]"), makeSortable);
  Array.prototype.forEach.call(document.querySelectorAll(".tools input"), makeFilter);
})();
